//! What happens to every fact before it is stored: builds are recognised, projects looked up, long texts cut
//! to head and tail, secrets removed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::payload;
use super::projects::Projects;
use crate::builds;
use crate::model::{
    BuildOrigin, BuildRun, BuildStatus, CallStatus, Fact, Message, PlanChange, Project, Role, SessionNote, SourceKind,
    ToolCall, ToolKind,
};
use crate::redact::{Level, Redactor};
use crate::store::Batch;

/// Bytes kept of a text: its beginning and its end, where compilers and test runners put the verdict.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub head: usize,
    pub tail: usize,
}

const SAID: Cut = Cut { head: 24 * 1024, tail: 8 * 1024 };
const THOUGHT: Cut = Cut { head: 6 * 1024, tail: 2 * 1024 };
const INJECTED: Cut = Cut { head: 1024, tail: 256 };
const OUTPUT: Cut = Cut { head: 1200, tail: 1800 };
/// What was read is on the disk; here only what it was about.
const LOOKED_AT: Cut = Cut { head: 256, tail: 128 };
const INPUT: Cut = Cut { head: 768, tail: 256 };
const COMMAND: Cut = Cut { head: 3 * 1024, tail: 1024 };
const ERROR: Cut = Cut { head: 512, tail: 512 };
const PAYLOAD: Cut = Cut { head: 1024, tail: 0 };
const SHORT: Cut = Cut { head: 512, tail: 0 };
/// The end of a build's output.
const BUILD_TAIL: usize = 4 * 1024;
const DIAGNOSTICS: usize = 20;
const FAILING_TESTS: usize = 50;

/// Looked at beyond a cut, so that a secret across it is still seen whole.
const MARGIN: usize = 4 * 1024;
/// Read of an output that the agent put into a file of its own, from each end.
const FILE_END: u64 = 64 * 1024;

/// A build whose end has not been read.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OpenBuild {
    verdict_hidden: bool,
    tag: String,
    kind: crate::model::BuildKind,
}

/// Remembered between two readings of one file; holds ids and command families, nothing anyone wrote.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct EnrichState {
    builds: HashMap<String, OpenBuild>,
}

pub(super) struct Enricher<'a> {
    redactor: &'a Redactor,
    projects: &'a mut Projects,
    file: PathBuf,
    pub state: EnrichState,
    kinds: HashMap<String, ToolKind>,
}

impl<'a> Enricher<'a> {
    pub fn new(redactor: &'a Redactor, projects: &'a mut Projects, file: &Path, state: EnrichState) -> Self {
        Self { redactor, projects, file: file.to_owned(), state, kinds: HashMap::new() }
    }

    /// Puts `fact`, and what follows from it, into `batch`.
    pub fn add(&mut self, fact: Fact, batch: &mut Batch) {
        match fact {
            Fact::Session(note) => batch.push(Fact::Session(self.session(note))),
            Fact::Message(message) => batch.push(Fact::Message(self.message(message))),
            Fact::ToolCall(call) => self.call(call, batch),
            Fact::CallAsked(mut asked) => {
                asked.command = asked.command.and_then(|text| self.keep(&text, COMMAND));
                batch.push(Fact::CallAsked(asked));
            }
            Fact::Event(mut event) => {
                event.payload = match event.source {
                    SourceKind::Hook if self.nothing_kept() => None,
                    // Read by programs: it stays JSON however much is cut.
                    SourceKind::Hook => event.payload.map(|p| payload::reduced(&p, *self.redactor)),
                    _ => event.payload.and_then(|p| self.keep(&p, PAYLOAD)),
                };
                batch.push(Fact::Event(event));
            }
            Fact::Plan { session, at, change } => {
                let change = match change {
                    PlanChange::Replace(items) => {
                        PlanChange::Replace(items.into_iter().map(|item| self.plan_item(item)).collect())
                    }
                    PlanChange::Item(item) => PlanChange::Item(self.plan_item(item)),
                };
                batch.push(Fact::Plan { session, at, change });
            }
            Fact::Subagent(mut note) => {
                note.description = note.description.and_then(|d| self.keep(&d, SHORT));
                batch.push(Fact::Subagent(note));
            }
            Fact::TitleOf { record_id, session_agent, title } => {
                if let Some(title) = self.keep(&title, SHORT) {
                    batch.push(Fact::TitleOf { record_id, session_agent, title });
                }
            }
            Fact::File(mut touch) => {
                if !self.nothing_kept() {
                    touch.path = self.clean(touch.path);
                    batch.push(Fact::File(touch));
                }
            }
            other @ (Fact::Usage(_)
            | Fact::FailedRequest(_)
            | Fact::Build(_)
            | Fact::Change(_)
            | Fact::Process(_)
            | Fact::Log(_)
            | Fact::Span(_)
            | Fact::Point(_)
            | Fact::OfThread(_)) => {
                batch.push(other);
            }
        }
    }

    /// At level `full` neither content nor titles, commands and paths are kept.
    fn nothing_kept(&self) -> bool {
        self.redactor.level() == Level::Full
    }

    fn keep(&self, text: &str, cut: Cut) -> Option<String> {
        (!self.nothing_kept()).then(|| shorten(*self.redactor, text, cut))
    }

    /// Names and paths may hold secrets as well.
    fn clean(&self, text: String) -> String {
        match self.redactor.scrub(&text) {
            std::borrow::Cow::Borrowed(_) => text,
            std::borrow::Cow::Owned(clean) => clean,
        }
    }

    fn session(&mut self, mut note: SessionNote) -> SessionNote {
        note.title = note.title.and_then(|(rank, at, title)| Some((rank, at, self.keep(&title, SHORT)?)));
        if self.nothing_kept() {
            note.cwd = None;
            note.git_branch = None;
        }
        // The disk knows the directory by its real name.
        note.project = note.cwd.as_deref().map(|cwd| {
            let found = self.projects.of(cwd);
            Project { root: self.clean(found.root), repo: self.clean(found.repo) }
        });
        note.cwd = note.cwd.map(|cwd| self.clean(cwd));
        note.git_branch = note.git_branch.map(|branch| self.clean(branch));
        note
    }

    fn message(&self, mut message: Message) -> Message {
        let cut = match message.role {
            Role::User | Role::Assistant => SAID,
            Role::Thinking => THOUGHT,
            Role::System => INJECTED,
        };
        for piece in &mut message.pieces {
            piece.text = self.keep(&piece.text, cut).unwrap_or_default();
        }
        message
    }

    fn plan_item(&self, mut item: crate::model::PlanItem) -> crate::model::PlanItem {
        item.text = item.text.and_then(|text| self.keep(&text, SHORT));
        item
    }

    fn call(&mut self, mut call: ToolCall, batch: &mut Batch) {
        let full_output = call.output_file.take().and_then(|path| self.read_ends(&path)).or(call.output.take());
        if let Some(kind) = call.kind {
            self.kinds.insert(call.call_id.clone(), kind);
        }
        let run = self.build(&call, full_output.as_deref());
        let kind = match call.status {
            Some(_) => self.kinds.remove(&call.call_id).or(call.kind),
            None => call.kind,
        };
        let cut = match (kind, call.status) {
            (Some(ToolKind::Read | ToolKind::Edit), Some(CallStatus::Ok)) => LOOKED_AT,
            _ => OUTPUT,
        };
        call.output = full_output.and_then(|text| self.keep(&builds::strip_ansi(&text), cut));
        // A failed call's output is its error: kept once.
        if let Some(error) = call.error.take() {
            call.error = self.keep(&builds::strip_ansi(&error), ERROR);
            if error.len() <= ERROR.head + ERROR.tail {
                call.output = None;
            }
        }
        call.command = call.command.and_then(|text| self.keep(&text, COMMAND));
        call.input = call.input.and_then(|text| self.keep(&text, INPUT));
        if self.nothing_kept() {
            call.file_path = None;
        }
        call.file_path = call.file_path.map(|path| self.clean(path));
        // Its build after it: only the call knows which one it is.
        batch.push(Fact::ToolCall(call));
        if let Some(run) = run {
            batch.push(Fact::Build(run.without_false_alarms()));
        }
    }

    /// The build run that a shell call is, at its start and again at its end.
    fn build(&mut self, call: &ToolCall, output: Option<&str>) -> Option<BuildRun> {
        if self.nothing_kept() {
            return None;
        }
        if let Some(command) = call.command.as_deref().filter(|_| call.kind == Some(ToolKind::Shell)) {
            let known = builds::classify(command)?;
            let open = OpenBuild { verdict_hidden: known.verdict_hidden, tag: known.family, kind: known.kind };
            let mut run = Self::run(call, &open);
            run.command = self.keep(command, COMMAND)?;
            self.state.builds.insert(call.call_id.clone(), open);
            if call.status.is_none() {
                run.status = Some(BuildStatus::Running);
                return Some(run);
            }
        }
        let status = call.status?;
        let open = self.state.builds.remove(&call.call_id)?;
        let output = self.clean(builds::strip_ansi(output.or(call.error.as_deref()).unwrap_or_default()).into_owned());
        let mut run = Self::run(call, &open);
        run.ended_at = call.ended_at;
        run.exit_code = call.exit_code.filter(|_| !open.verdict_hidden);
        run.status = match status {
            CallStatus::Denied | CallStatus::Interrupted => Some(BuildStatus::Stopped),
            _ if open.verdict_hidden => None,
            CallStatus::Error => Some(BuildStatus::Failed),
            CallStatus::Ok => (call.exit_code == Some(0)).then_some(BuildStatus::Passed),
        };
        run.diagnostics = builds::diagnostics(&output, DIAGNOSTICS);
        run.failing_tests = builds::failing_tests(&output, FAILING_TESTS);
        run.tail = self.keep(&output, Cut { head: 0, tail: BUILD_TAIL });
        Some(run)
    }

    fn run(call: &ToolCall, open: &OpenBuild) -> BuildRun {
        BuildRun {
            process: None,
            run_id: call.call_id.clone(),
            session: Some(call.session.clone()),
            origin: BuildOrigin::AgentShell,
            kind: open.kind,
            tag: open.tag.clone(),
            command: String::new(),
            cwd: None,
            project: None,
            started_at: call.started_at,
            ended_at: None,
            status: None,
            exit_code: None,
            diagnostics: Vec::new(),
            failing_tests: Vec::new(),
            tail: None,
        }
    }

    /// Both ends of an output that lies in a file beside the transcript; only there is one read.
    fn read_ends(&self, named: &str) -> Option<String> {
        let named = Path::new(named);
        let name = named.file_name()?;
        // A fork names the file in its parent's directory, which is a neighbour of its own.
        let owner = named.ancestors().nth(2).and_then(Path::file_name);
        let session_dir = self.file.with_extension("");
        // A sub-agent's file lies two levels below its session's directory, a workflow's three.
        let above = || self.file.ancestors().skip(1).take(4);
        let places = std::iter::once(session_dir).chain(above().map(Path::to_owned));
        let places = places.chain(owner.into_iter().flat_map(|owner| above().map(move |dir| dir.join(owner))));
        let path = places.map(|dir| dir.join("tool-results").join(name)).find(|path| path.is_file())?;
        let mut file = File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        let mut bytes = Vec::new();
        if length <= 2 * FILE_END {
            file.read_to_end(&mut bytes).ok()?;
            return Some(String::from_utf8_lossy(&bytes).into_owned());
        }
        (&mut file).take(FILE_END).read_to_end(&mut bytes).ok()?;
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        text.push_str("\n…\n");
        bytes.clear();
        file.seek(SeekFrom::End(-FILE_END.cast_signed())).ok()?;
        file.read_to_end(&mut bytes).ok()?;
        text.push_str(&String::from_utf8_lossy(&bytes));
        Some(text)
    }
}

/// Removes secrets from what is kept of `text`, then cuts it. Only what may be kept is looked at.
pub(super) fn shorten(redactor: Redactor, text: &str, cut: Cut) -> String {
    let most = cut.head + cut.tail;
    if text.len() <= most {
        return redactor.scrub(text).into_owned();
    }
    if text.len() <= most + 2 * MARGIN {
        return builds::excerpt(&redactor.scrub(text), cut.head, cut.tail).into_owned();
    }
    let head = redactor.scrub(&text[..text.floor_char_boundary(cut.head + MARGIN)]).into_owned();
    let tail = redactor.scrub(&text[text.ceil_char_boundary(text.len() - cut.tail - MARGIN)..]).into_owned();
    let mut kept = builds::excerpt(&format!("{head}{tail}"), cut.head, cut.tail).into_owned();
    if let Some((begin, end)) = marker(&kept) {
        let left_out = text.len().saturating_sub(kept.len() - (end - begin));
        kept.replace_range(begin..end, &format!("… [{left_out} bytes left out] …"));
    }
    kept
}

/// Where the excerpt says what it left out.
fn marker(text: &str) -> Option<(usize, usize)> {
    const END: &str = " bytes left out] …";
    let end = text.rfind(END)? + END.len();
    let begin = text[..end].rfind("… [")?;
    Some((begin, end))
}
