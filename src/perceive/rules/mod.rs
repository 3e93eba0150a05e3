//! The rules: each looks at a view and says what is wrong now. They decide nothing about telling it.

mod budget_exceeded;
mod build_broken_after_my_edit;
mod context_pressure;
mod course;
mod edit_thrash;
mod human_modified_during_session;
mod moments;
mod peer_modified_file;
mod repeated_failed_build;
mod repeated_tool_call;
mod sight;
#[cfg(test)]
mod speed;
mod stale_file_view;
#[cfg(test)]
pub(crate) mod stories;
mod test_stuck;
#[cfg(test)]
mod trials;
mod unseen;
mod wording;

use crate::model::Millis;
use crate::perceive::view::About;

pub use self::moments::possible;
pub use self::sight::Sight;

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

    /// A severity as it was kept.
    pub fn parse(name: &str) -> Self {
        [Self::Low, Self::Medium].into_iter().find(|known| known.name() == name).unwrap_or(Self::High)
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
    /// The command that failed: what several rules say of one is one matter.
    pub about: Option<String>,
}

/// Something that held and no longer does.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    pub key: &'a str,
    pub severity: Severity,
    pub files: &'a [String],
    /// When it was noticed first.
    pub since: Millis,
}

/// How a finding ends that no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It goes on until more has happened (a threshold has two sides).
    NotYet,
    /// Over; with what a session that was told of it should know, where it does not know by itself.
    Resolved(Option<String>),
    /// Nothing was done about it, it is just long ago.
    Expired,
}

pub trait Rule: Sync {
    fn kind(&self) -> &'static str;

    /// Everything that holds.
    fn findings(&self, view: &Sight<'_>) -> Vec<Finding>;

    #[cfg(test)]
    fn holds(&self, view: &crate::perceive::view::View) -> Vec<Finding> {
        self.findings(&Sight::of(view, &possible(view)))
    }

    /// Asked of what held before and is not among it any more. The words are one short sentence without the kind.
    fn ending(&self, _past: &Past<'_>, _view: &Sight<'_>) -> End {
        End::Resolved(None)
    }

    #[cfg(test)]
    fn end(&self, past: &Past<'_>, view: &crate::perceive::view::View) -> End {
        self.ending(past, &Sight::of(view, &possible(view)))
    }

    /// Whether a higher severity of the same finding is told once more.
    fn escalates(&self) -> bool {
        false
    }

    /// Whether it can hold only before a call, so that other moments say nothing of it.
    fn looks_at(&self, about: &About) -> bool {
        !matches!(about, About::Before)
    }
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
