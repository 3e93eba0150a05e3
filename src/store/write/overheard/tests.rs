//! Stories in which hooks and records tell the same messages, in any order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::model::{Agent, Fact, Message, Piece, Role, SessionId};
use crate::store::{Batch, Reader, SearchFilter, Writer};

const BEGIN: i64 = 1_795_168_800_000;

fn message(role: Role, id: &str, at: i64, text: &str, turn: Option<&str>, overheard: bool) -> Message {
    let hash = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
    Message {
        session: SessionId::new(Agent::ClaudeCode, "s"),
        message_id: id.to_owned(),
        record_id: None,
        at,
        role,
        pieces: vec![Piece { hash, text: text.to_owned() }],
        model: None,
        agent_id: None,
        turn: turn.map(str::to_owned),
        overheard,
    }
}

fn tell(writer: &mut Writer, message: Message) {
    let mut batch = Batch::told(message.at);
    batch.push(Fact::Message(message));
    writer.apply(batch).unwrap();
}

/// How often each role said what.
type Words = BTreeMap<(String, String), i64>;

/// What was said; the session's own counts of prompts and answers; what the search finds of "word".
fn seen(dir: &std::path::Path) -> (Words, (i64, i64), i64) {
    let mut reader = Reader::open(dir).unwrap();
    let mut all = BTreeMap::new();
    let limit = std::time::Duration::from_secs(5);
    let rows = reader.sql("SELECT role, content FROM messages", limit, 10_000).unwrap().rows;
    for row in rows {
        let text = |i: usize| format!("{:?}", row[i]);
        *all.entry((text(0), text(1))).or_default() += 1;
    }
    let session = reader.session("s").unwrap();
    let counts = session.map_or((0, 0), |s| (s.user_prompts, s.assistant_messages));
    let filter = SearchFilter { query: "word", agent: None, projects: None, since: None, before: None, limit: 1000 };
    let found = reader.search(&filter).map_or(0, |hits| i64::try_from(hits.len()).unwrap());
    (all, counts, found)
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one of the ways in which stories differ")]
struct Said {
    role: Role,
    text: String,
    by_hook: bool,
    by_record: bool,
    /// Both name the turn.
    turns: bool,
    hook_twice: bool,
}

fn said() -> impl Strategy<Value = Said> {
    let role = prop_oneof![Just(Role::User), Just(Role::Assistant)];
    (role, "word (continue|yes|Done\\.)", any::<(bool, bool, bool, bool)>()).prop_map(
        |(role, text, (by_hook, by_record, turns, hook_twice))| Said {
            role,
            text,
            by_hook,
            by_record,
            turns,
            hook_twice,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whoever tells first, late or twice: the same words are one message for each time they were said.
    #[test]
    fn hooks_and_records_are_one(all in prop::collection::vec(said(), 1..8), order in any::<u64>()) {
        let mut tellings = Vec::new();
        let mut want: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
        for (index, one) in all.iter().enumerate() {
            let at = BEGIN + i64::try_from(index).unwrap() * 1000;
            let turn = format!("turn-{index}");
            let turn = one.turns.then_some(turn.as_str());
            let count = want.entry((one.role.name().to_owned(), one.text.clone())).or_default();
            if one.by_record {
                count.0 += 1;
                tellings.push(message(one.role, &format!("record-{index}"), at, &one.text, turn, false));
            }
            if one.by_hook {
                count.1 += 1;
                for _ in 0..=u8::from(one.hook_twice) {
                    tellings.push(message(one.role, &format!("hook:{index}"), at + 3, &one.text, turn, true));
                }
            }
        }
        let mut state = order | 1;
        for at in (1..tellings.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            tellings.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path()).unwrap();
        for telling in tellings {
            tell(&mut writer, telling);
        }
        drop(writer);
        let (rows, counts, found) = seen(dir.path());
        let total: i64 = rows.values().sum();
        let wanted: i64 = want.values().map(|(records, hooks)| records.max(hooks)).sum();
        prop_assert_eq!(total, wanted, "{:?}", rows);
        prop_assert_eq!(counts.0 + counts.1, wanted);
        prop_assert_eq!(found, wanted);
    }
}

#[test]
fn a_prompt_whose_record_reads_otherwise_is_known_by_its_turn() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    tell(&mut writer, message(Role::User, "hook:1", BEGIN, "look at [Image #1]", Some("t1"), true));
    tell(&mut writer, message(Role::User, "r1", BEGIN + 9, "[image]\nlook at", Some("t1"), false));
    tell(&mut writer, message(Role::User, "r2", BEGIN + 20, "and now", None, false));
    drop(writer);
    let (rows, counts, _) = seen(dir.path());
    assert_eq!((rows.len(), counts.0), (2, 2), "{rows:?}");
}

#[test]
fn what_the_record_calls_the_clients_words_is_no_prompt() {
    for hook_first in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path()).unwrap();
        let hook = message(Role::User, "hook:1", BEGIN, "word from a wrapper", None, true);
        let record = message(Role::System, "r1", BEGIN + 5, "word from a wrapper", None, false);
        let both = if hook_first { [hook, record] } else { [record, hook] };
        for m in both {
            tell(&mut writer, m);
        }
        drop(writer);
        let (rows, counts, _) = seen(dir.path());
        assert_eq!((rows.len(), counts.0), (1, 0), "{rows:?}");
    }
}

#[test]
fn an_answer_that_grows_by_the_piece_that_a_hook_told_is_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    tell(&mut writer, message(Role::Assistant, "hook:1", BEGIN + 9, "word at last", None, true));
    tell(&mut writer, message(Role::Assistant, "m1", BEGIN, "first some word", None, false));
    tell(&mut writer, message(Role::Assistant, "m1", BEGIN + 5, "word at last", None, false));
    drop(writer);
    let (rows, counts, found) = seen(dir.path());
    assert_eq!((rows.len(), counts.1, found), (1, 1, 1), "{rows:?}");
}
