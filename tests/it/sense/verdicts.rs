//! What is told of each change, and whether it is what it must be.

use std::fmt::{self, Display};
use std::path::Path;

use serde_json::{Value, json};

use super::scene::{PROBE, Scene, now_ms, pass};
use super::table::Line;
use crate::support::{Mcp, eventually};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Human,
    /// An edit tool of that session.
    Agent(&'static str),
    /// A command of that session.
    Command(&'static str),
    Unsure,
    Nothing,
}

impl Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Human => f.write_str("a person"),
            Self::Agent(name) => write!(f, "agent {name}"),
            Self::Command(name) => write!(f, "a command of {name}"),
            Self::Unsure => f.write_str("unsure"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

pub enum What {
    /// A change of that file; several of one file in their order.
    File(String),
    /// Every change below that directory, of which there is one at least.
    Below(String),
    /// So many files in one line.
    Many(usize),
    Commit(String),
    Branch(String),
    /// What git is in the middle of.
    Begun(&'static str),
}

pub struct Expected {
    pub what: What,
    pub truth: Who,
    pub told: Who,
}

impl Expected {
    pub fn told(path: &str, truth: Who) -> Self {
        let what = match path.strip_suffix('/') {
            Some(dir) => What::Below(dir.to_owned()),
            None => What::File(path.to_owned()),
        };
        Self { what, truth, told: truth }
    }
}

#[derive(Debug, Clone)]
pub struct Row {
    pub at: i64,
    root: String,
    pub path: String,
    pub change: String,
    by: Option<String>,
    session: Option<String>,
    reason: String,
}

impl Row {
    /// But for those of our probing.
    pub fn all(scene: &Scene) -> Vec<Self> {
        let rows = scene.query(
            "SELECT ts_ms, project_root, path, change, attribution, session_id, reason FROM external_changes ORDER BY ts_ms, path",
        );
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let row = |r: Vec<Value>| Self {
            at: r[0].as_i64().unwrap(),
            root: text(&r[1]).unwrap(),
            path: text(&r[2]).unwrap(),
            change: text(&r[3]).unwrap(),
            by: text(&r[4]),
            session: text(&r[5]),
            reason: text(&r[6]).unwrap_or_default(),
        };
        let mut rows: Vec<Self> = rows.into_iter().map(row).filter(|row| row.path != PROBE).collect();
        // Of another tree than the scene's own, the path says so.
        let project = scene.project.display().to_string();
        for row in &mut rows {
            if row.root != project {
                let name = Path::new(&row.root).file_name().unwrap().to_string_lossy().into_owned();
                row.path = format!("{name}:{}", row.path);
            }
        }
        rows
    }

    pub fn who(&self) -> String {
        who(self.by.as_deref(), self.session.as_deref())
    }
}

fn who(by: Option<&str>, session: Option<&str>) -> String {
    match (by, session) {
        (Some("human"), None) => Who::Human.to_string(),
        (Some("agent"), Some(name)) => format!("agent {name}"),
        (Some("command"), Some(name)) => format!("a command of {name}"),
        (None, None) => Who::Unsure.to_string(),
        odd => format!("{odd:?}"),
    }
}

impl Scene {
    /// The changes that git's log knows.
    pub fn commit(&mut self, subject: &str, truth: Who, told: Who) {
        self.expected.push(Expected { what: What::Commit(subject.to_owned()), truth, told });
    }

    pub fn branch(&mut self, to: &str, truth: Who, told: Who) {
        self.expected.push(Expected { what: What::Branch(to.to_owned()), truth, told });
    }

    pub fn begun(&mut self, operation: &'static str, truth: Who, told: Who) {
        self.expected.push(Expected { what: What::Begun(operation), truth, told });
    }

    pub fn many(&mut self, files: usize, truth: Who) {
        self.expected.push(Expected { what: What::Many(files), truth, told: truth });
    }

    /// Waits until everything is told and will be told so; then compares.
    pub fn end(&mut self, story: &str) -> Result<Line, String> {
        const JUDGED_AGAIN_MS: i64 = 5_400;
        self.probe_all();
        let open = |row: &&Row| row.by.as_deref() != Some("agent") && row.by.as_deref() != Some("command");
        let last = Row::all(self).iter().filter(open).map(|row| row.at).max();
        let git = self.expected.iter().any(|e| matches!(e.what, What::Commit(_) | What::Branch(_) | What::Begun(_)));
        let last = last.max(git.then(now_ms));
        if let Some(left) = last.and_then(|at| u64::try_from(at + JUDGED_AGAIN_MS - now_ms()).ok()) {
            pass(left);
        }
        for expected in &self.expected {
            assert!([expected.truth, Who::Unsure].contains(&expected.told), "{story} expects a wrong name");
        }
        let mut moves = git.then(|| self.server());
        let mut wrong = Err(String::new());
        let patience = std::time::Instant::now();
        eventually("a comparison", || {
            wrong = self.compare(moves.as_mut());
            (wrong.is_ok() || patience.elapsed().as_secs() > 5).then_some(())
        });
        wrong.map_err(|wrong| format!("{story}: {wrong}\n{}", self.shown()))?;
        Ok(Line::new(story, &self.expected))
    }

    pub fn shown(&self) -> String {
        let rows = Row::all(self);
        let lines = rows.iter().map(|r| format!("    {} {} {}: {} ({})", r.at, r.change, r.path, r.who(), r.reason));
        let calls = self.query("SELECT session_id, tool, command, started_ms, ended_ms, duration_ms, status FROM tool_calls ORDER BY started_ms");
        let calls = calls.iter().map(|call| format!("    {}", json!(call)));
        lines.chain(calls).collect::<Vec<_>>().join("\n")
    }

    fn compare(&self, moves: Option<&mut Mcp>) -> Result<(), String> {
        let mut rows = Row::all(self);
        let listed = moves.map(|mcp| mcp.tool("get_external_changes", &json!({}))["structuredContent"].clone());
        let listed = listed.unwrap_or_default();
        let mut wrong = Vec::new();
        for Expected { what, told, .. } in &self.expected {
            let told = told.to_string();
            match what {
                What::File(path) => {
                    let found = rows.iter().position(|row| row.path == *path);
                    let row = found.map(|at| rows.remove(at));
                    let by = row.map_or_else(|| Who::Nothing.to_string(), |row| row.who());
                    if by != told {
                        wrong.push(format!("{path} is told as {by}, not {told}"));
                    }
                }
                What::Below(dir) => {
                    let inside = |row: &Row| dir == "." || row.path.starts_with(&format!("{dir}/"));
                    let (found, rest): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(inside);
                    rows = rest;
                    let bad: Vec<&Row> = found.iter().filter(|row| row.who() != told).collect();
                    if found.is_empty() || !bad.is_empty() {
                        wrong.push(format!("of {} in {dir}, {} are not told as {told}", found.len(), bad.len()));
                    }
                }
                What::Many(files) => {
                    let summary = self.summary();
                    let row = (rows.len() == 1).then(|| rows.remove(0));
                    let by = row.map_or_else(|| format!("{} rows", rows.len()), |row| row.who());
                    if by != told || summary != Some(*files) {
                        wrong.push(format!("{summary:?} files are told as {by}, not {files} as {told}"));
                    }
                }
                What::Commit(subject) => wrong.extend(moved(&listed["commits"], "subject", subject, &told)),
                What::Branch(to) => wrong.extend(moved(&listed["branch_moves"], "to", to, &told)),
                What::Begun(name) => wrong.extend(moved(&json!([listed["in_progress"]]), "operation", name, &told)),
            }
        }
        wrong.extend(rows.iter().map(|row| format!("{} {} was not expected: {}", row.path, row.change, row.who())));
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }

    fn summary(&self) -> Option<usize> {
        let answer = self.server().tool("get_external_changes", &json!({}))["structuredContent"].clone();
        let mut files = answer["changes"].as_array()?.iter().filter_map(|change| change["files"].as_u64());
        files.next().and_then(|files| usize::try_from(files).ok())
    }

    pub fn server(&self) -> Mcp {
        let mut command = self.home.command();
        command.arg("mcp").current_dir(&self.project);
        let mut mcp = Mcp::start(command);
        mcp.initialize("2025-11-25");
        mcp
    }
}

fn moved(list: &Value, field: &str, name: &str, told: &str) -> Option<String> {
    let found = list.as_array().into_iter().flatten().find(|entry| entry[field] == name);
    let by = found.map(|entry| who(entry["attribution"].as_str(), entry["session_id"].as_str()));
    (by.as_deref() != Some(told)).then(|| format!("{name} is told as {by:?}, not {told}"))
}
