//! Of what was said in a session, the part worth reading: what came of it, what was asked, then the rest as it fits.

use schemars::JsonSchema;
use serde::Serialize;

use super::{budget, harmless, rfc3339};
use crate::store::MessageRow;

/// The last answer says what came of it; it gets more room than the rest.
const FINAL_BYTES: usize = 2_400;
const REQUEST_BYTES: usize = 700;
const OTHER_BYTES: usize = 500;

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PeerMessage {
    pub ts: String,
    pub role: String,
    pub content: String,
}

/// Of messages, newest first: the last answer and the last request, then as many of the others as fit.
pub(super) fn worth_reading(messages: &[MessageRow], most_bytes: usize) -> (Vec<PeerMessage>, bool) {
    const WRAPPING: usize = 64;
    let last = |role: &str| messages.iter().position(|m| m.role == role);
    let (answer, request) = (last("assistant"), last("user"));
    let mut order: Vec<usize> = answer.into_iter().chain(request).collect();
    order.extend((0..messages.len()).filter(|i| Some(*i) != answer && Some(*i) != request));
    let mut left = most_bytes;
    let mut cut = false;
    let mut chosen = Vec::new();
    for index in order {
        let message = &messages[index];
        let most = match index {
            i if Some(i) == answer => FINAL_BYTES,
            i if Some(i) == request => REQUEST_BYTES,
            _ => OTHER_BYTES,
        };
        let room = most.min(left.saturating_sub(WRAPPING));
        if room < 80 {
            cut = true;
            break;
        }
        let content = budget::ends(&harmless(&message.content), room);
        cut |= message.content.len() > room;
        // As JSON it may take more: quotes and line ends are escaped.
        left = left.saturating_sub(budget::tokens(&content) * 4 + WRAPPING);
        chosen.push((index, PeerMessage { ts: rfc3339(message.at), role: message.role.clone(), content }));
    }
    chosen.sort_by_key(|(index, _)| *index);
    (chosen.into_iter().map(|(_, message)| message).collect(), cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(row: i64, role: &str, content: &str) -> MessageRow {
        MessageRow {
            row,
            message_id: row.to_string(),
            at: row * 1000,
            role: role.to_owned(),
            content: content.to_owned(),
            model: None,
            agent_id: None,
        }
    }

    #[test]
    fn the_last_answer_and_request_come_before_the_rest() {
        let long = "x".repeat(400);
        let messages = [
            message(5, "assistant", "done"),
            message(4, "assistant", &long),
            message(3, "assistant", &long),
            message(2, "user", "do it"),
        ];
        let (chosen, cut) = worth_reading(&messages, 700);
        assert!(cut);
        assert_eq!(chosen.iter().map(|m| m.content.len()).collect::<Vec<_>>(), [4, 400, 5]);
        let (all, cut) = worth_reading(&messages, 10_000);
        assert!(!cut);
        assert_eq!(all.len(), 4);
        assert_eq!(worth_reading(&[], 100), (vec![], false));
    }
}
