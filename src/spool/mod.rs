//! Events that could not be stored at once, kept in order until they are.

use std::collections::BTreeMap;

/// One hook call, as it is posted to the sidecar and as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// 128 random bits in hexadecimal: the same call, told twice, is one.
    pub id: String,
    /// When the hook ran, UTC milliseconds.
    pub at: i64,
    /// The agent, as the command line or the URL names it.
    pub source: String,
    /// The form of the answer, where one is asked for.
    pub envelope: Option<String>,
    /// The event, where the payload may not name it.
    pub event: Option<String>,
    /// The agent's own process: number and start in the system's unit (0: not told).
    pub process: Option<(u32, u64)>,
    /// Variables of the hook's environment that tell an agent, session or project.
    pub hints: BTreeMap<String, String>,
    pub body: Vec<u8>,
}
