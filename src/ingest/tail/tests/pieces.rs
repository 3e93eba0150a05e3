//! Followed in pieces, a file comes to the same as when it is imported whole.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::scene::{Scene, TOLD, append, make_dir, root_of, rows};
use crate::adapters::Places;
use crate::clock::Clock;
use crate::ingest::{Import, Progress};
use crate::redact::{Level, Redactor};
use crate::store::{Writer, WriterThread};

const TABLES: &[&str] = &[
    "SELECT * FROM sessions ORDER BY agent, session_id",
    "SELECT session_id, message_id, ts_ms, role, content, model, agent_id FROM messages ORDER BY role, message_id",
    "SELECT * FROM tool_calls ORDER BY tool_call_id",
    "SELECT session_id, request_id, ts_ms, model, input_tokens, output_tokens, cache_read_tokens, cost_usd, agent_id \
     FROM usage ORDER BY request_id, session_id",
    "SELECT session_id, ts_ms, event_type, payload FROM events ORDER BY ts_ms, event_type, session_id, payload",
    "SELECT session_id, tag, command, status, exit_code, diagnostics FROM builds ORDER BY started_ms, command",
    "SELECT session_id, path, reads, edits FROM files ORDER BY session_id, path",
];

fn dump(home: &Path) -> Vec<Vec<Vec<String>>> {
    TABLES.iter().map(|sql| rows(home, sql)).collect()
}

fn imported(text: &str) -> Vec<Vec<Vec<String>>> {
    let home = tempfile::tempdir().unwrap();
    make_dir(&root_of(home.path()).join("p"));
    fs::write(root_of(home.path()).join("p/s.jsonl"), text).unwrap();
    let writer = WriterThread::start(Writer::open(&home.path().join(".tma1")).unwrap()).unwrap();
    let places = Places { home: home.path().to_owned(), ..Places::default() };
    let import = Import { agent: None, path: None, since_ms: None, places, clock: Clock::SYSTEM };
    import.run(&writer.handle(), &Redactor::new(Level::Preview), &Arc::new(Progress::default())).unwrap();
    writer.finish().unwrap();
    dump(home.path())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_file_followed_in_pieces_comes_to_the_same_as_the_whole(
        cuts in prop::collection::vec((0.0f64..1.0, any::<bool>()), 1..12),
    ) {
        let sample = "adapters/claude-code/fixtures/2.1.328/multi/projects/-home-dev-project/\
                      22222222-2222-4222-8222-222222222222.jsonl";
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(sample)).unwrap();
        let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
        let file = scene.path("p/s.jsonl");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short text")]
        let mut cuts: Vec<(usize, bool)> =
            cuts.into_iter().map(|(cut, wait)| (text.floor_char_boundary((text.len() as f64 * cut) as usize), wait)).collect();
        cuts.sort_unstable();
        let mut written = 0;
        let mut told = 0;
        for (cut, wait) in cuts {
            append(&file, &text[written..cut]);
            written = cut;
            // Sometimes the next piece comes only when this one has been read.
            let whole = text[..cut].rfind('\n').map_or(0, |at| at as u64 + 1);
            while wait && told < whole {
                told = scene.news.recv_timeout(Duration::from_secs(20)).unwrap().read_to;
            }
        }
        append(&file, &text[written..]);
        while told < text.len() as u64 {
            told = scene.news.recv_timeout(Duration::from_secs(20)).unwrap().read_to;
        }
        for (followed, whole) in dump(scene.home.path()).iter().zip(&imported(&text)) {
            prop_assert_eq!(followed, whole);
        }
    }
}
