//! Whose a thread is: forks, threads that a session spawned, history of others.

use super::rollout::{
    CHILD, CHILD_TURN, PARENT, PARENT_TURN, begins, count, facts, joined, line, meta, prompt, prompts,
};
use crate::model::{Fact, Message, SessionNote, SubagentNote, Usage};

#[test]
fn a_fork_tells_only_what_is_its_own() {
    // Copied anew in the moment of the fork, or with the dates that they had.
    for copied in ["10:00:00.010", "09:00:02.000"] {
        let fork = joined(&[
            meta("10:00:00.000", CHILD, &format!(r#","forked_from_id":"{PARENT}""#)),
            meta(copied, PARENT, ""),
            begins(copied, PARENT_TURN),
            prompt(copied, "of the parent"),
            count(copied, 10, 10),
            begins("10:00:01.000", CHILD_TURN),
            prompt("10:00:01.100", "of the fork"),
            count("10:00:02.000", 30, 20),
        ]);
        assert_eq!(prompts(&fork), ["of the fork"], "{copied}");
        let usage = facts!(fork, Usage, Usage);
        assert_eq!(usage.len(), 1, "{copied}");
        assert_eq!((usage[0].tokens.input, usage[0].tokens.cache_read), (10, 10));
        let notes = facts!(fork, Session, SessionNote);
        assert!(notes.iter().all(|note| &*note.session.id == CHILD));
        assert_eq!(notes[0].parent.as_deref(), Some(PARENT));
        assert_eq!(notes[0].origin, Some(1_795_168_800_000));
    }
}

#[test]
fn old_forks_number_no_turns_but_come_in_one_go() {
    let fork = joined(&[
        meta("10:00:00.000", "97b66f6c-a160-40e0-bd0f-1fdcbbb9498b", ""),
        meta("10:00:00.001", "11111111-a160-40e0-bd0f-1fdcbbb9498b", ""),
        prompt("10:00:00.002", "of the parent"),
        prompt("10:00:00.003", "of the parent, too"),
        prompt("10:00:09.000", "of the fork"),
        prompt("10:00:09.100", "at once again"),
    ]);
    assert_eq!(prompts(&fork), ["of the fork", "at once again"]);
}

#[test]
fn a_spawned_thread_belongs_to_its_session() {
    let spawned = |more: &str| {
        let source = format!(
            r#","session_id":"{PARENT}","source":{{"subagent":{{"thread_spawn":{{"parent_thread_id":"{PARENT}","agent_role":"explorer"}}}}}}{more}"#
        );
        let meta = meta("10:00:00.000", CHILD, "").replace(r#","source":"cli""#, &source);
        joined(&[
            meta,
            self::meta("10:00:00.001", PARENT, ""),
            line("10:00:00.002", "event_msg", r#"{"type":"user_message","message":"of the parent"}"#).replacen(
                '{',
                r#"{"ordinal":2,"#,
                1,
            ),
            begins("10:00:01.000", CHILD_TURN).replacen('{', r#"{"ordinal":9,"#, 1),
            prompt("10:00:01.000", "count").replacen('{', r#"{"ordinal":10,"#, 1),
            count("10:00:02.000", 8, 8).replacen('{', r#"{"ordinal":11,"#, 1),
        ])
    };
    for told in [spawned(""), spawned(r#","subagent_history_start_ordinal":9"#)] {
        assert!(facts!(told, Session, SessionNote).is_empty(), "it does not speak for its session");
        let note = facts!(told, Subagent, SubagentNote).remove(0);
        assert_eq!(
            (&*note.session.id, note.agent_id.as_str(), note.agent_type.as_deref()),
            (PARENT, CHILD, Some("explorer"))
        );
        assert_eq!(prompts(&told), ["count"]);
        let usage = facts!(told, Usage, Usage).remove(0);
        assert_eq!((&*usage.session.id, usage.agent_id.as_deref()), (PARENT, Some(CHILD)));
    }
}

#[test]
fn a_thread_of_the_clients_own_is_no_session() {
    for (source, kind) in [
        (r#"{"subagent":"review"}"#, "review"),
        (r#"{"subagent":{"other":"guardian"}}"#, "guardian"),
        (r#"{"subagent":"memory_consolidation"}"#, "memory_consolidation"),
    ] {
        let meta = meta("10:00:00.000", CHILD, "").replace(r#""source":"cli""#, &format!(r#""source":{source}"#));
        let told = joined(&[meta, prompt("10:00:00.001", "review this")]);
        let note = facts!(told, Subagent, SubagentNote).remove(0);
        assert_eq!((note.agent_id.as_str(), note.agent_type.as_deref()), (CHILD, Some(kind)));
        assert!(facts!(told, Message, Message).iter().all(|m| m.agent_id.as_deref() == Some(CHILD)));
    }
}

#[test]
fn history_of_other_agents_is_theirs() {
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        begins("10:00:00.001", "external-import-turn-1"),
        prompt("10:00:00.002", "asked elsewhere"),
        begins("10:00:01.000", CHILD_TURN),
        prompt("10:00:02.000", "asked here"),
    ]);
    assert_eq!(prompts(&told), ["asked here"]);
}
