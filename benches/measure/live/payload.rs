//! What Claude Code hands to its hooks: payloads in the shape of version 2.1.328, no two alike.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::sidecar::Site;

/// An agent's session as its hooks tell of it.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: String,
    transcript: String,
    cwd: String,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// Told by nobody before.
pub fn fresh() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Session {
    /// In the busiest project.
    pub fn new(site: &Site<'_>, id: &str) -> Self {
        Self::within(site, id, site.scene.busiest())
    }

    pub fn within(site: &Site<'_>, id: &str, cwd: &str) -> Self {
        let transcript = transcript(site, cwd, id).to_string_lossy().into_owned();
        Self { id: id.to_owned(), transcript, cwd: cwd.to_owned() }
    }

    pub fn start(&self) -> String {
        self.tell("SessionStart", &json!({ "source": "startup" }))
    }

    pub fn end(&self) -> String {
        self.tell("SessionEnd", &json!({ "reason": "other" }))
    }

    pub fn prompt(&self) -> String {
        let number = fresh();
        let prompt = format!("Look into case {number}: the parser drops the last line of a file without a newline.");
        let more = json!({ "prompt_id": turn(number), "permission_mode": "default", "prompt": prompt });
        self.tell("UserPromptSubmit", &more)
    }

    pub fn before_tool(&self, number: u64) -> String {
        let (tool, input, _) = self.call(number);
        self.tell("PreToolUse", &call(number, tool, &input))
    }

    pub fn after_tool(&self, number: u64) -> String {
        let (tool, input, response) = self.call(number);
        let mut more = call(number, tool, &input);
        more["tool_response"] = response;
        more["duration_ms"] = json!(5 + number % 400);
        self.tell("PostToolUse", &more)
    }

    /// The mix of an ordinary session: much is read, some is run, some is edited, now and then tests.
    fn call(&self, number: u64) -> (&'static str, Value, Value) {
        let file = format!("{}/src/part_{}/file_{}.rs", self.cwd, number % 40, number % 10);
        let listing = (0..12).map(|line| format!("{file}:{line}: let value_{number} = parse(line)?;\n"));
        let listing = listing.collect::<String>();
        let shell = |out: &str| json!({ "stdout": out, "stderr": "", "interrupted": false, "isImage": false });
        match number % 10 {
            0..4 => {
                let inner =
                    json!({ "filePath": file, "content": listing, "numLines": 12, "startLine": 1, "totalLines": 12 });
                ("Read", json!({ "file_path": file }), json!({ "type": "text", "file": inner }))
            }
            4..7 => {
                let command = format!("rg -n 'value_{number}' src | head -40");
                ("Bash", json!({ "command": command, "description": "Look for the value" }), shell(&listing))
            }
            7..9 => {
                let (old, new) = (format!("parse_{number}(line)"), format!("parse_{number}(line.trim_end())"));
                let input = json!({ "file_path": file, "old_string": old, "new_string": new, "replace_all": false });
                let response = json!({ "filePath": file, "oldString": old, "newString": new, "userModified": false });
                ("Edit", input, response)
            }
            _ => {
                let input = json!({ "command": "cargo test --quiet", "description": "Run the tests" });
                ("Bash", input, shell("running 12 tests\n............\ntest result: ok. 12 passed; 0 failed\n"))
            }
        }
    }

    /// Any call of any tool.
    pub fn tool(&self, event: &str, number: u64, tool: &str, input: &Value, more: &Value) -> String {
        let mut told = call(number, tool, input);
        if let (Some(told), Some(more)) = (told.as_object_mut(), more.as_object()) {
            told.extend(more.clone());
        }
        self.tell(event, &told)
    }

    fn tell(&self, event: &str, more: &Value) -> String {
        let mut payload = json!({ "session_id": self.id, "transcript_path": self.transcript, "cwd": self.cwd });
        if let (Some(payload), Some(more)) = (payload.as_object_mut(), more.as_object()) {
            payload.extend(more.clone());
            payload.insert("hook_event_name".to_owned(), event.into());
        }
        payload.to_string()
    }
}

fn call(number: u64, tool: &str, input: &Value) -> Value {
    json!({
        "prompt_id": turn(1), "permission_mode": "default", "tool_name": tool, "tool_input": input,
        "tool_use_id": format!("toolu_{number:024x}"),
    })
}

fn turn(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

/// Where Claude Code keeps the transcript of a session in `cwd`.
pub fn transcript(site: &Site<'_>, cwd: &str, id: &str) -> std::path::PathBuf {
    let plain: String = cwd.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    site.claude.join("projects").join(plain).join(format!("{id}.jsonl"))
}
