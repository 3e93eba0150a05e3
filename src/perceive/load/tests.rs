//! Views from a store, and from what lies on the disk.

use std::cell::RefCell;

use super::{Memo, OnDisk, Spending, Wanted, load};
use crate::model::{
    Agent, Attribution, BuildKind, BuildOrigin, BuildRun, BuildStatus, CallStatus, ChangeKind, Diagnostic, Fact,
    FileChange, FileTouch, Millis, Project, SessionId, SessionNote, Severity, ToolCall, ToolKind, TouchKind, Verdict,
};
use crate::perceive::view::{About, Lies, Limits, View};
use crate::store::{Batch, Reader, Writer};

const NOW: Millis = 1_795_168_800_000;

struct World {
    dir: tempfile::TempDir,
    writer: Writer,
    session: SessionId,
    disk: RefCell<OnDisk>,
}

impl World {
    /// A session that began an hour ago in `/w/app`, which its agent calls `/link`.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::open(dir.path()).unwrap();
        let session = SessionId::new(Agent::ClaudeCode, "me");
        let mut world =
            Self { dir, writer, session, disk: RefCell::new(OnDisk { lies: Lies::Unknown, written: None }) };
        let mut note = SessionNote::new(world.session.clone());
        note.at = Some(NOW - 3_600_000);
        note.origin = note.at;
        note.cwd = Some("/w/app".to_owned());
        note.project = Some(project());
        world.tell(Fact::Session(note));
        world
    }

    fn tell(&mut self, fact: Fact) {
        let mut batch = Batch::told(NOW);
        batch.push(fact);
        self.writer.apply(batch).unwrap();
    }

    fn call(&mut self, id: &str, kind: ToolKind, words: &str, from: Millis, to: Option<Millis>) {
        let mut call = ToolCall::new(self.session.clone(), id.to_owned());
        call.tool = Some(format!("{kind:?}"));
        call.kind = Some(kind);
        match kind {
            ToolKind::Shell => call.command = Some(words.to_owned()),
            _ => call.file_path = Some(words.to_owned()),
        }
        call.thread_known = true;
        call.started_at = Some(NOW + from);
        call.ended_at = to.map(|to| NOW + to);
        call.status = to.map(|_| CallStatus::Ok);
        call.output = to.map(|_| "the same".to_owned());
        self.tell(Fact::ToolCall(call));
    }

    fn saw(&mut self, path: &str, at: Millis, hash: i64) {
        let touch = FileTouch {
            session: self.session.clone(),
            path: path.to_owned(),
            at: NOW + at,
            kind: TouchKind::Read,
            call_id: format!("{path}{at}"),
            content_hash: Some(hash),
            before_hash: None,
            agent_id: None,
        };
        self.tell(Fact::File(touch));
    }

    fn changed(&mut self, path: &str, at: Millis, after: i64) {
        let change = FileChange {
            project: project(),
            path: path.to_owned(),
            old_path: None,
            kind: ChangeKind::Modified,
            at: NOW + at,
            exact: true,
            before: None,
            after: Some(after),
            files: 1,
            ignored: false,
            verdict: Verdict { by: Some(Attribution::Human), session: None, reason: String::new() },
        };
        self.tell(Fact::Change(change));
    }

    fn view(&self, about: About, call: Option<&str>) -> View {
        let store = Reader::open(self.dir.path()).unwrap();
        let head = store.head(&self.session).unwrap().unwrap();
        let wanted = Wanted {
            session: &self.session,
            about,
            call,
            mind: &[],
            cwd: Some("/link/src"),
            now: NOW,
            limits: Limits::default(),
            spending: Spending::default(),
            memo: &Memo::default(),
            look: &|_| *self.disk.borrow(),
            spell: &|dir| Some(dir.replace("/link", "/w/app")),
        };
        load(&store, &head, &wanted).unwrap()
    }
}

fn project() -> Project {
    Project { root: "/w/app".to_owned(), repo: "/w/app".to_owned() }
}

#[test]
fn a_file_is_one_by_whatever_way_its_agent_reaches_it() {
    let mut world = World::new();
    world.saw("/link/src/a.rs", -60_000, 1);
    world.changed("src/a.rs", -30_000, 2);
    let view = world.view(About::Prompt, None);
    let files: Vec<_> = view.files.iter().map(|file| (file.path.as_str(), file.hash, file.lies)).collect();
    assert_eq!(files, [("/w/app/src/a.rs", Some(1), Lies::Content(2))]);
    assert_eq!(view.changes[0].path, "/w/app/src/a.rs");
}

#[test]
fn nothing_is_loaded_that_is_still_to_come() {
    let mut world = World::new();
    world.call("old", ToolKind::Shell, "ls", -9_000, Some(-8_000));
    world.call("ahead", ToolKind::Shell, "ls", 60_000, Some(61_000));
    world.changed("a", 60_000, 1);
    let view = world.view(About::After, None);
    assert_eq!(view.calls.iter().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["old"]);
    assert!(view.changes.is_empty());
}

#[test]
fn calls_are_compared_where_enough_of_them_look_alike() {
    let mut world = World::new();
    for at in 0..3 {
        world.call(&format!("c{at}"), ToolKind::Shell, "ls", -9_000 + at, Some(-8_000 + at));
    }
    let alike =
        |view: &View| view.calls.iter().all(|call| call.asked == view.calls[0].asked && call.answered.is_some());
    assert!(!alike(&world.view(About::After, None)), "three are no four");
    world.call("c3", ToolKind::Shell, "ls", -7_000, Some(-6_000));
    assert!(alike(&world.view(About::After, None)));
}

#[test]
fn the_call_that_is_asked_about_is_the_first() {
    let mut world = World::new();
    world.call("mine", ToolKind::Edit, "/w/app/a.rs", -100, None);
    world.call("later", ToolKind::Shell, "ls", -50, None);
    assert_eq!(world.view(About::Before, Some("mine")).calls[0].id, "mine");
}

#[test]
fn a_change_a_moment_ago_is_anothers_unless_the_session_may_have_made_it() {
    let fresh = |prepare: &dyn Fn(&mut World)| {
        let mut world = World::new();
        world.saw("/w/app/a.rs", -60_000, 1);
        prepare(&mut world);
        world.call("edit", ToolKind::Edit, "/w/app/a.rs", -10, None);
        let view = world.view(About::Before, Some("edit"));
        view.changes.first().is_some_and(|change| change.by_another)
    };
    let lies = |world: &mut World, content, written| {
        *world.disk.borrow_mut() = OnDisk { lies: Lies::Content(content), written: Some(NOW + written) };
    };
    assert!(fresh(&|world| lies(world, 2, -500)));
    assert!(!fresh(&|world| lies(world, 1, -500)), "only touched");
    assert!(!fresh(&|world| lies(world, 2, -90_000)), "before it was read");
    assert!(!fresh(&|world| lies(world, 2, 90_000)), "a time to come");
    assert!(!fresh(&|world| {
        world.call("own", ToolKind::Shell, "sed -i s/1/2/ a.rs", -900, Some(-400));
        lies(world, 2, -500);
    }));
    assert!(!fresh(&|world| {
        world.changed("a.rs", -500, 2);
        lies(world, 2, -500);
    }));
}

#[test]
fn a_run_is_placed_where_its_line_went() {
    let mut world = World::new();
    let error = |file: &str| Diagnostic {
        file: Some(file.to_owned()),
        line: Some(1),
        column: None,
        severity: Severity::Error,
        code: None,
        message: "wrong".to_owned(),
    };
    for (id, command) in [("one", "cd tools && cargo build"), ("two", "cargo build")] {
        world.tell(Fact::Build(BuildRun {
            run_id: id.to_owned(),
            session: Some(world.session.clone()),
            process: None,
            origin: BuildOrigin::AgentShell,
            kind: BuildKind::Build,
            tag: "cargo build".to_owned(),
            command: command.to_owned(),
            cwd: None,
            project: None,
            started_at: Some(NOW - 9_000),
            ended_at: Some(NOW - 8_000),
            status: Some(BuildStatus::Failed),
            exit_code: Some(101),
            diagnostics: vec![error("src/../src/lib.rs"), error("src/lib.rs")],
            failing_tests: Vec::new(),
            tail: None,
        }));
    }
    let view = world.view(About::After, None);
    let mut places: Vec<_> = view.builds.iter().flat_map(|run| run.errors_in.iter().map(String::as_str)).collect();
    places.sort_unstable();
    assert_eq!(places, ["/w/app/src/src/lib.rs", "/w/app/src/tools/src/lib.rs"], "its agent works in /w/app/src");
    assert!(view.builds.iter().all(|run| run.same == "cargo build"));
}
