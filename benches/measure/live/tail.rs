//! From a line that an agent appends to its transcript to the first query that sees it.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::json;

use super::hook::spread;
use super::payload::{fresh, transcript};
use super::sidecar::{Sidecar, Site};
use super::talk::request;
use crate::measure::Failure;
use crate::measure::report::Report;
use crate::measure::samples::{Samples, ms};

const AGENTS: usize = 3;
const LINES: usize = 500;
/// How the ids of these sessions begin.
pub const OURS: &str = "00000000-0000-4000-9000-";
/// After so long a line does not come any more.
const GIVEN_UP: Duration = Duration::from_secs(20);

pub fn measure(site: &Site<'_>, sidecar: &Sidecar, report: &mut Report) -> Result<(), Failure> {
    let mut agents = Vec::new();
    for root in site.scene.counts.projects.iter().take(AGENTS) {
        agents.push(Agent::new(site, root)?);
    }
    let mut connection = sidecar.connect()?;
    let (mut seen, mut asked) = (Samples::default(), Samples::default());
    for at in 0..AGENTS + LINES {
        let agent = agents.get_mut(at % AGENTS).ok_or("no project")?;
        let question = request("/api/query", Some(&agent.question));
        agent.append()?;
        let began = Instant::now();
        loop {
            let asking = Instant::now();
            let table = connection.exchange(&question)?.json()?;
            asked.push(asking.elapsed());
            if table["rows"][0][0].as_u64() >= Some(agent.lines) {
                break;
            }
            if began.elapsed() > GIVEN_UP {
                let state = sidecar.state()?;
                return Err(format!("line {} of {} in {} never came: {state}", agent.lines, agent.id, agent.cwd).into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // The first line of each makes the file.
        if at >= AGENTS {
            seen.push(began.elapsed());
        }
        // An agent takes a while for the next one, and never the same.
        std::thread::sleep(Duration::from_millis(20 + fresh() * 7 % 40));
    }
    let kept = Some(seen.p99() <= Duration::from_millis(100));
    let measured = format!("{}, slowest {} of {LINES}", spread(&seen), ms(seen.percentile(100)));
    let floor = format!("the query itself {}, asked every ms", ms(asked.median()));
    report.row(
        format!("line appended to one of {AGENTS} transcripts → seen by a query"),
        measured,
        ("p99 ≤ 100 ms", kept),
        floor,
    );
    Ok(())
}

struct Agent {
    id: String,
    cwd: String,
    file: File,
    question: String,
    /// Each is one message.
    lines: u64,
}

impl Agent {
    fn new(site: &Site<'_>, cwd: &str) -> Result<Self, Failure> {
        let id = format!("{OURS}{:012x}", fresh());
        let path = transcript(site, cwd, &id);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let question = json!({ "sql": "SELECT count(*) FROM messages WHERE session_id = ?1", "params": [id] });
        Ok(Self { id, cwd: cwd.to_owned(), file, question: question.to_string(), lines: 0 })
    }

    /// Prompts and answers in turn, of the length that they usually have.
    fn append(&mut self) -> Result<(), Failure> {
        let number = fresh();
        let text = format!("Line {number}: {}", "the cursor stays where it was, and the last test passes. ".repeat(8));
        let message = if self.lines.is_multiple_of(2) {
            json!({ "role": "user", "content": text })
        } else {
            let usage = json!({ "input_tokens": 4, "output_tokens": 120, "cache_read_input_tokens": 40_000 });
            let content = json!([{ "type": "text", "text": text }]);
            let id = format!("msg_{number:024x}");
            json!({ "id": id, "type": "message", "role": "assistant", "model": "claude-sonnet-5", "content": content,
                "stop_reason": "end_turn", "usage": usage })
        };
        let mut line = json!({
            "parentUuid": null, "isSidechain": false, "type": message["role"], "message": message,
            "uuid": format!("00000000-0000-4000-a000-{number:012x}"), "timestamp": jiff::Timestamp::now().to_string(),
            "userType": "external", "entrypoint": "cli", "cwd": self.cwd, "sessionId": self.id,
            "version": "2.1.328", "gitBranch": "main",
        })
        .to_string();
        line.push('\n');
        self.file.write_all(line.as_bytes())?;
        self.lines += 1;
        Ok(())
    }
}
