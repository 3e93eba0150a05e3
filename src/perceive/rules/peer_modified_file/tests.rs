//! What other sessions did to files of this one, alone and at the same time.

use super::*;
use crate::perceive::rules::stories::{MINUTE, NOW, path, session};
use crate::perceive::rules::unseen::stories::{A, assert_silent, assert_told, ended, other, tale};
use crate::perceive::view::{Lies, Peer};

const MEDIUM: &[&str] = &["medium 5 Another codex session edited src/a.rs after you last saw it."];
const HIGH: &[&str] =
    &["high 5 Another codex session is at work on src/a.rs as you are and edited it since you read it."];

#[test]
fn a_peers_change_of_a_file_of_this_session_is_told() {
    let read = || tale().read(10, A, 1);
    assert_told(
        &PeerModifiedFile,
        vec![
            ("what was read", read().peer_edits(5, A, 2), MEDIUM),
            ("what was written long ago", tale().edit(40, A, 1).peer_edits(5, A, 2), MEDIUM),
            (
                "by a command",
                read().peers_command(5, A, 2),
                &["medium 5 A command of another codex session changed src/a.rs after you last saw it."],
            ),
            (
                "several times",
                read().peer_edits(5, A, 2).peer_edits(6, A, 3),
                &["medium 5 Another codex session edited src/a.rs twice after you last saw it."],
            ),
            (
                "told by the peer, not yet seen on the disk",
                read().with(|v| {
                    let edited = vec![(path(A), NOW - 5 * MINUTE)];
                    v.peers.push(Peer { session: other(), last: NOW, ended: false, edited });
                    v.files[0].lies = Lies::Content(2);
                }),
                MEDIUM,
            ),
            ("the peer has ended", read().peer_edits(5, A, 2).peer_ended(), MEDIUM),
            (
                "renamed",
                read()
                    .change(5, "src/new.rs", Some(crate::model::Attribution::Command), Some("other"), Some(1))
                    .renames(A),
                &["medium 5 A command of another codex session moved src/a.rs to src/new.rs after you last saw it."],
            ),
            ("both edited it", tale().edit(10, A, 1).peer_edits(5, A, 2), HIGH),
            ("both, the peer has ended", tale().edit(10, A, 1).peer_edits(5, A, 2).peer_ended(), MEDIUM),
            ("both, mine was long ago", tale().edit(16, A, 1).peer_edits(5, A, 2), MEDIUM),
            (
                "both, its was long ago",
                tale().edit(30, A, 1).peer_edits(20, A, 2).edit(10, A, 3).peer(0),
                &["medium 20 Another codex session edited src/a.rs after you last saw it."],
            ),
            (
                "both, the peer is silent",
                tale().edit(5, A, 1).peer_edits(5, A, 2).with(|v| {
                    v.peers[0].last = NOW - 16 * MINUTE;
                    v.changes[0].at += 1_000;
                }),
                &["medium 4 Another codex session edited src/a.rs after you last saw it."],
            ),
            ("both, mine after its", tale().read(10, A, 1).peer_edits(5, A, 2).edit(3, A, 3), HIGH),
            ("both, mine after its, and I had never looked", tale().peer_edits(5, A, 2).edit(3, A, 3), HIGH),
            (
                "both, its by a command",
                tale().edit(10, A, 1).peers_command(5, A, 2),
                &["medium 5 A command of another codex session changed src/a.rs after you last saw it."],
            ),
            (
                "both, then it ran a command",
                tale().edit(10, A, 1).peer_edits(6, A, 2).peers_command(5, A, 3),
                &["high 5 Another codex session is at work on src/a.rs as you are and edited it since you read it."],
            ),
            (
                "an ignored file that its tool edited",
                read().peer_edits(5, A, 2).with(|v| v.changes[0].ignored = true),
                MEDIUM,
            ),
            ("a person changed it too", read().peer_edits(5, A, 2).person(4, A, 3), MEDIUM),
            ("read before, and changed again", tale().peer_edits(9, A, 1).read(8, A, 1).peer_edits(5, A, 2), MEDIUM),
        ],
    );
}

#[test]
fn anything_else_is_not() {
    let read = || tale().read(10, A, 1);
    assert_silent(
        &PeerModifiedFile,
        vec![
            ("nothing happened", read()),
            ("a peer works elsewhere", read().peer_edits(5, "b.rs", 2)),
            ("read again", read().peer_edits(5, A, 2).read(3, A, 2)),
            ("read again, by shell", read().peer_edits(5, A, 2).shell(3, "bat src/a.rs")),
            ("read again, the peer has ended", read().peer_edits(5, A, 2).peer_ended().read(3, A, 2)),
            ("both edited it, I read it since", tale().edit(10, A, 1).peer_edits(5, A, 2).read(3, A, 2)),
            ("read after its edit, then edited", tale().peer_edits(5, A, 2).read(4, A, 2).edit(3, A, 3)),
            ("my sub-agent", read().edit(5, A, 2)),
            ("somebody, too fresh to say who", read().somebody(5, A, 2).peer(0)),
            ("my command", read().my_command(5, A, 2)),
            ("a person", read().person(5, A, 2)),
            ("nobody knows who", read().unsure(5, A, 2).peer(0)),
            ("before I saw it first", tale().peer_edits(15, A, 1).read(10, A, 1)),
            ("before I wrote it first, long ago", tale().peer_edits(40, A, 1).edit(30, A, 2)),
            ("before I wrote it first, by one that has ended", tale().peer_edits(5, A, 1).edit(3, A, 2).peer_ended()),
            ("put back", read().peer_edits(5, A, 2).peer_edits(4, A, 1)),
            ("put back by a person", read().peer_edits(5, A, 2).person(4, A, 1)),
            ("the same content", read().peer_edits(5, A, 1)),
            ("another checkout", read().peer_edits(5, "../wt/src/a.rs", 2)),
            ("a log that its command writes", read().peers_command(5, A, 2).with(|v| v.changes[0].ignored = true)),
            (
                "told by the peer, the content is as I saw it",
                read().with(|v| {
                    let edited = vec![(path(A), NOW - 5 * MINUTE)];
                    v.peers.push(Peer { session: other(), last: NOW, ended: false, edited });
                }),
            ),
            (
                "told of myself",
                read().with(|v| {
                    let edited = vec![(path(A), NOW - 5 * MINUTE)];
                    v.peers.push(Peer { session: session("me"), last: NOW, ended: false, edited });
                    v.files[0].lies = Lies::Content(2);
                }),
            ),
        ],
    );
}

#[test]
fn it_ends_with_a_read_or_when_the_content_is_back() {
    let changed = || tale().read(10, A, 1).peer_edits(5, A, 2);
    for (why, tale, want) in [
        ("read", changed().read(3, A, 2), End::Resolved(None)),
        ("the peer ended and it was read", changed().peer_ended().read(3, A, 2), End::Resolved(None)),
        ("put back", changed().peer_edits(4, A, 1), End::Resolved(Some("src/a.rs is again as you saw it".to_owned()))),
    ] {
        assert_eq!(ended(&PeerModifiedFile, A, tale), want, "{why}");
    }
}

#[test]
fn a_clock_that_was_set_back_makes_no_peer_live() {
    let both = || tale().edit(10, A, 1).peer_edits(5, A, 2);
    let severity = |tale: crate::perceive::rules::unseen::stories::Tale| PeerModifiedFile.holds(&tale.0)[0].severity;
    assert_eq!(severity(both()), Severity::High);
    assert_eq!(severity(both().with(|v| v.peers[0].last = NOW + 60 * MINUTE)), Severity::Medium);
}
