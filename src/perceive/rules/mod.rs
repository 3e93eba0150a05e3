//! The rules: each looks at a view and says what is wrong now. They decide nothing about telling it.

mod budget_exceeded;
mod build_broken_after_my_edit;
mod context_pressure;
mod course;
mod edit_thrash;
mod human_modified_during_session;
mod peer_modified_file;
mod repeated_failed_build;
mod repeated_tool_call;
mod stale_file_view;
#[cfg(test)]
mod stories;
mod test_stuck;
mod unseen;
mod wording;

use crate::model::Millis;
use crate::perceive::view::View;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Low,
    Medium,
    High,
}

impl Severity {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Where something can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    SessionStart,
    Prompt,
    BeforeTool,
    AfterTool,
    Stop,
}

impl Channel {
    pub const fn name(self) -> &'static str {
        match self {
            Self::SessionStart => "session_start",
            Self::Prompt => "user_prompt_submit",
            Self::BeforeTool => "pre_tool_use",
            Self::AfterTool => "post_tool_use",
            Self::Stop => "stop_block",
        }
    }
}

/// Something that holds now.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Tells it from others of its kind in this session: the file, the command.
    pub key: String,
    pub severity: Severity,
    /// What was seen, with numbers; one sentence.
    pub evidence: String,
    /// What to do; one sentence that begins with a verb.
    pub suggestion: String,
    pub files: Vec<String>,
    /// Where it helps, the best first.
    pub channels: Vec<Channel>,
    /// Since when the evidence holds: new evidence has a later moment.
    pub since: Millis,
}

pub trait Rule: Sync {
    fn kind(&self) -> &'static str;

    /// Everything that holds; what is not among it any more has been resolved.
    fn holds(&self, view: &View) -> Vec<Finding>;
}

/// A new rule is its file and its line here.
pub const ALL: &[&dyn Rule] = &[
    &budget_exceeded::BudgetExceeded,
    &build_broken_after_my_edit::BuildBrokenAfterMyEdit,
    &context_pressure::ContextPressure,
    &edit_thrash::EditThrash,
    &human_modified_during_session::HumanModifiedDuringSession,
    &peer_modified_file::PeerModifiedFile,
    &repeated_failed_build::RepeatedFailedBuild,
    &repeated_tool_call::RepeatedToolCall,
    &stale_file_view::StaleFileView,
    &test_stuck::TestStuck,
];
