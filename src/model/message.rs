//! Something said in a session.

use serde::{Deserialize, Serialize};

use super::{Millis, SessionId};

/// Who speaks. `System` is everything that nobody said: reminders, command wrappers, summaries, notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Assistant,
    Thinking,
    System,
}

impl Role {
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Thinking => "thinking",
            Self::System => "system",
        }
    }
}

/// One piece of a message. Agents write a response piece by piece and repeat pieces in copies: the hash of
/// the original text tells which are here already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub hash: u64,
    pub text: String,
}

/// One message of one role. A model response is one `Assistant` message even when it only called tools
/// (then it has no pieces), plus one `Thinking` message where it thought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub session: SessionId,
    /// The agent's id of the response or record; unique per agent and role.
    pub message_id: String,
    /// The id of the record itself where it differs: other records may point at it.
    pub record_id: Option<String>,
    pub at: Millis,
    pub role: Role,
    pub pieces: Vec<Piece>,
    pub model: Option<String>,
    pub agent_id: Option<String>,
    /// The turn it belongs to, where the agent numbers them: two tellings of one prompt share it.
    pub turn: Option<String>,
    /// A hook told it: the record of the same message, should one come, is this message.
    pub overheard: bool,
}

impl Message {
    /// Adds what `other`, seen of the same message, knows more.
    pub fn absorb(&mut self, other: Self) {
        self.at = self.at.min(other.at);
        let before = self.pieces.len();
        for piece in other.pieces {
            if self.pieces.iter().all(|known| known.hash != piece.hash) {
                self.pieces.push(piece);
            }
        }
        // Of the record that told something new last, however the records come in batches.
        let grown = self.pieces.len() > before;
        self.record_id = other.record_id.filter(|_| grown || self.record_id.is_none()).or(self.record_id.take());
        self.model = self.model.take().or(other.model);
        self.turn = self.turn.take().or(other.turn);
        // A record of the main thread decides: side threads hold copies of it.
        self.agent_id = self.agent_id.take().filter(|_| other.agent_id.is_some());
    }
}
