//! How long each rule takes in a long session: `cargo test --release speed -- --ignored --nocapture` shows it.
//! No limit, which would depend on the machine.

use std::hint::black_box;
use std::time::Instant;

use super::ALL;
use super::stories::{MINUTE, NOW, call, path, session, view};
use crate::model::{Attribution, BuildKind, ChangeKind, Millis};
use crate::perceive::view::{About, BuildSeen, Call, ChangeSeen, Edit, FileSeen, Lies, Occupancy, Peer, View};

fn file(n: Millis) -> String {
    path(&format!("src/some/module/file_{n}.rs"))
}

/// 100 calls, 100 files that changed, 50 builds and 5 peers, in an hour.
fn long_session() -> View {
    let mut view = view();
    let ago = |n: Millis, step: Millis| NOW - n * step * MINUTE / 10;
    view.calls = (0..100)
        .map(|n| {
            let (kind, tool) = [("edit", "Edit"), ("shell", "Bash"), ("read", "Read")][usize::try_from(n % 3).unwrap()];
            let command = format!("cd src && sed -i s/a/b/ file_{n}.rs && cat some/module/file_{n}.rs | head -20");
            let at = ago(n, 6) - 1_000;
            Call { at, ended: Some(at + 500), command: Some(command), path: Some(file(n)), ..call(0, tool, kind) }
        })
        .collect();
    view.files = (0..100)
        .map(|n| FileSeen {
            path: file(n),
            read: Some(NOW - 50 * MINUTE),
            edited: (n % 2 == 0).then_some(NOW - 10 * MINUTE),
            hash: Some(1),
            lies: Lies::Content(2),
        })
        .collect();
    view.edits =
        (0..100).map(|n| Edit { path: file(n % 20), at: ago(n, 5), before: Some(n % 3), hash: (n + 1) % 3 }).collect();
    view.changes = (0..100)
        .map(|n| ChangeSeen {
            at: ago(n, 4),
            path: file(n),
            old_path: None,
            kind: ChangeKind::Modified,
            by: Some([Attribution::Human, Attribution::Agent, Attribution::Command][usize::try_from(n % 3).unwrap()]),
            session: Some(session(if n % 2 == 0 { "me" } else { "peer1" })),
            by_another: false,
            before: Some(1),
            after: Some(2),
            files: 1,
            ignored: false,
        })
        .collect();
    view.builds = (0..50)
        .map(|n| BuildSeen {
            session: Some(session("me")),
            tag: "cargo test".to_owned(),
            same: if n % 2 == 0 { "cargo test --lib" } else { "cargo test module" }.to_owned(),
            kind: BuildKind::Test,
            cwd: Some(path("")),
            started: Some(ago(n, 11) - 5_000),
            ended: Some(ago(n, 11)),
            status: Some("failed".to_owned()),
            errors_in: (0..10).map(file).collect(),
            error: Some("error[E0425]: cannot find value".to_owned()),
            failing_tests: (0..40).map(|n| format!("some::module::of::tests::number_{n}")).collect(),
            fingerprint: Some("E1".to_owned()),
        })
        .collect();
    view.peers = (0..5)
        .map(|n| Peer {
            session: session(&format!("peer{n}")),
            last: NOW,
            ended: false,
            edited: (0..20).map(|m| (file(n * 20 + m), ago(m, 10))).collect(),
        })
        .collect();
    view.context = Some(Occupancy { tokens: 180_000, window: Some(200_000), at: NOW });
    (view.spent.session, view.limits.session_usd) = (Some(9.0), Some(5.0));
    view
}

#[test]
#[ignore = "a measurement"]
fn of_each_rule() {
    let mut circle = long_session();
    for call in &mut circle.calls {
        (call.tool, call.kind, call.asked) = ("Read".to_owned(), "read".to_owned(), 1);
    }
    circle.edits.clear();
    for about in [About::After, About::Before] {
        for (name, view) in [("long session", long_session()), ("one call again", circle.clone())] {
            let view = View { about: about.clone(), ..view };
            for rule in ALL {
                // The least of many: the machine has other things to do.
                let once = || {
                    let began = Instant::now();
                    let found = black_box(rule.holds(black_box(&view))).len();
                    (began.elapsed(), found)
                };
                let (least, found) = (0..2_000).map(|_| once()).min().unwrap();
                println!("{name}, {about:?}, {}: {least:?}, {found} found", rule.kind());
            }
        }
    }
}
