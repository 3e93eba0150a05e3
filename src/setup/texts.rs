//! What we write for agents to read: the skills and the block in a project's instructions.

/// A skill: its folder's name and its text.
pub struct Skill {
    pub name: &'static str,
    pub text: &'static str,
}

pub const SKILLS: &[Skill] = &[
    Skill { name: "tma1", text: include_str!("../../skills/tma1/SKILL.md") },
    Skill { name: "tma1-peer", text: include_str!("../../skills/tma1-peer/SKILL.md") },
];

/// Between the markers, in the project's AGENTS.md, CLAUDE.md or GEMINI.md.
pub const INSTRUCTIONS: &str = "\
## tma1

tma1 remembers what the coding agents on this machine did. A `<tma1-context>` block in your context comes from it and
states facts about this project now: trust it over memory, and re-read the files that it names as changed. A line that
is not there means nothing to report. Its tools tell more: `get_context_bundle` after a compaction, `get_session_state`,
`get_build_status`, `get_peer_sessions` for other agents' work, `search_history`. Run watchers and long builds as
`tma1 build --watch -- COMMAND`; others need no wrapping.
";
