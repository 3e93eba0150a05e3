//! The agent's own program: found, and in which version.

use super::Check;
use super::place::Looking;
use crate::setup::detect::Client;

pub(super) fn check(looking: &Looking<'_>, client: &Client) -> Check {
    let name = looking.wiring.program();
    if client.program.is_none() {
        return Check::warn("client", format!("`{name}` is not on the search path: its version is not known"));
    }
    let was = looking.place.record().and_then(|record| record.client.as_ref());
    match (&client.version, was) {
        (None, _) => Check::ok("client", format!("`{name}` is there, its version is not told")),
        (Some(now), Some(was)) if now != was => Check::ok("client", format!("{now}, {was} when it was wired")),
        (Some(now), _) => Check::ok("client", now.to_string()),
    }
}
