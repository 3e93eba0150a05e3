//! A session of an agent: what it does, told by its hooks, and what it is told.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::agent::Process;
use super::claude;
use super::codex::{self, Rollout};
use super::form::Answer;
use super::record::Delivery;
use super::scene::World;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Claude,
    Codex,
}

pub struct Session {
    pub world: Rc<World>,
    pub client: Client,
    pub id: String,
    pub cwd: PathBuf,
    process: RefCell<Option<Process>>,
    count: Cell<usize>,
    /// The sub-agent at work.
    thread: RefCell<Option<String>>,
    mode: RefCell<&'static str>,
    pub rollout: RefCell<Rollout>,
    transcript: RefCell<String>,
    /// Of the last step.
    pub answers: RefCell<Vec<Answer>>,
    heard_before: Cell<bool>,
}

/// A call under way.
pub struct Open {
    pub id: String,
    pub tool: &'static str,
    pub input: Value,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.world.resting.borrow_mut().extend(self.process.take());
    }
}

impl Session {
    pub fn new(world: Rc<World>, client: Client, cwd: &Path, number: usize) -> Self {
        let (name, agent) = match client {
            Client::Claude => ("claude", "c1a0de"),
            Client::Codex => ("codex", "c0de"),
        };
        let id = format!("{agent:0<7}{number}-1111-4111-8111-111111111111");
        let process = RefCell::new(Some(Process::start(&world, name, cwd)));
        Self {
            world,
            client,
            id,
            cwd: cwd.to_owned(),
            process,
            count: Cell::new(0),
            thread: RefCell::default(),
            mode: RefCell::new("default"),
            rollout: RefCell::default(),
            transcript: RefCell::default(),
            answers: RefCell::default(),
            heard_before: Cell::new(false),
        }
    }

    // Its hooks.

    /// What was said until now and not expected was wrong.
    pub fn step(&self) -> &Self {
        self.world.record.borrow_mut().flush(Some(&self.id));
        self.answers.borrow_mut().clear();
        self
    }

    pub fn payload(&self, event: &str, more: Value) -> Value {
        let mut payload = Map::new();
        let mut put = |name: &str, value: Value| payload.insert(name.to_owned(), value);
        put("session_id", json!(self.id));
        put("transcript_path", json!(self.transcript_path()));
        put("cwd", json!(self.cwd));
        put("hook_event_name", json!(event));
        let turn = format!("{}-turn-{}", self.id, self.turn());
        let in_turn = !matches!(event, "SessionStart" | "SessionEnd");
        match self.client {
            Client::Claude => {
                if in_turn {
                    put("prompt_id", json!(turn));
                }
                if in_turn && !matches!(event, "PreCompact" | "PostCompact" | "SubagentStart") {
                    put("permission_mode", json!(*self.mode.borrow()));
                }
            }
            Client::Codex => {
                put("model", json!("gpt-5.5"));
                put("permission_mode", json!(*self.mode.borrow()));
                if in_turn {
                    put("turn_id", json!(turn));
                }
            }
        }
        if let Some(id) = &*self.thread.borrow() {
            put("agent_id", json!(id));
            put("agent_type", json!("general-purpose"));
        }
        let Value::Object(more) = more else { panic!("an object") };
        payload.extend(more);
        Value::Object(payload)
    }

    fn turn(&self) -> usize {
        self.rollout.borrow().turn
    }

    pub fn hook(&self, event: &str, more: Value) {
        self.send(&self.payload(event, more));
    }

    pub fn send(&self, payload: &Value) {
        let agent = match self.client {
            Client::Claude => "claude-code",
            Client::Codex => "codex",
        };
        let began = Instant::now();
        let printed = self.process.borrow_mut().as_mut().expect("it lives").hook(agent, payload);
        self.world.took(began.elapsed());
        self.printed(payload, &printed);
    }

    /// Hooks that run at the same time.
    pub fn send_at_once(&self, payloads: &[Value]) {
        assert_eq!(self.client, Client::Claude);
        let began = Instant::now();
        let printed = self.process.borrow_mut().as_mut().expect("it lives").hooks("claude-code", payloads);
        self.world.took(began.elapsed());
        for (payload, printed) in payloads.iter().zip(&printed) {
            self.printed(payload, printed);
        }
    }

    fn printed(&self, payload: &Value, printed: &str) {
        let event = payload["hook_event_name"].as_str().unwrap();
        let answer = match Answer::of(self.client, event, printed) {
            Ok(answer) => answer,
            Err(amiss) => {
                self.world.record.borrow_mut().odd(amiss);
                return;
            }
        };
        if let Some(text) = &answer.text {
            self.hear(event, text, &answer);
        }
        self.answers.borrow_mut().push(answer);
    }

    fn hear(&self, event: &str, text: &str, answer: &Answer) {
        let sql = format!(
            "SELECT id, kind, key, severity, channel, hook_event, related_files, tokens FROM deliveries \
             WHERE session_id = '{}' ORDER BY id",
            self.id
        );
        let rows = self.world.query(&sql);
        let mut record = self.world.record.borrow_mut();
        let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let new = rows.iter().filter(|row| !record.is_known(row[0].as_i64().unwrap())).map(|row| Delivery {
            id: row[0].as_i64().unwrap(),
            session: self.id.clone(),
            kind: word(&row[1]),
            key: word(&row[2]),
            severity: word(&row[3]),
            channel: word(&row[4]),
            event: word(&row[5]),
            files: word(&row[6]),
            tokens: row[7].as_i64().unwrap_or_default(),
            text: text.to_owned(),
        });
        let new: Vec<Delivery> = new.collect();
        if new.is_empty() && matches!(event, "PreToolUse" | "PostToolUse" | "PostToolUseFailure" | "Stop") {
            record.odd(format!("said at {event} and not kept as told: {text}"));
        }
        if self.thread.borrow().is_some() {
            record.odd(format!("said to a sub-agent: {text}"));
        }
        if let Some(flaw) = answer.flaw(!self.heard_before.replace(true)) {
            record.odd(flaw);
        }
        *record.bytes.entry(self.id.clone()).or_default() += text.len();
        record.deliver(event, new);
    }

    // What it does.

    pub fn start(&self, source: &str) {
        self.step();
        if self.client == Client::Codex {
            codex::begins(self);
        }
        self.hook("SessionStart", json!({"source": source}));
    }

    pub fn end(&self, reason: &str) {
        self.step().hook("SessionEnd", json!({"reason": reason}));
    }

    pub fn prompt(&self, text: &str) {
        self.step();
        self.rollout.borrow_mut().turn += 1;
        self.hook("UserPromptSubmit", json!({"prompt": text}));
    }

    /// Of a background task that has ended; the client sends it as a prompt.
    pub fn notified(&self) {
        let text = "<task-notification>\n<task-id>b1</task-id>\n<status>completed</status>\n<summary>Background command \
                    completed (exit code 0)</summary>\n</task-notification>";
        self.prompt(text);
    }

    /// In plan mode from here on, or back.
    pub fn mode(&self, mode: &'static str) {
        *self.mode.borrow_mut() = mode;
    }

    /// What `work` does is a sub-agent's doing.
    pub fn as_subagent(&self, work: impl FnOnce(&Self)) {
        let id = "a81e8113b236744fd";
        let outer = self.step().begin("Agent", json!({"description": "Look", "prompt": "Look.", "subagent_type": "general-purpose", "run_in_background": false}));
        *self.thread.borrow_mut() = Some(id.to_owned());
        self.hook("SubagentStart", json!({}));
        work(self);
        self.hook(
            "SubagentStop",
            json!({"stop_hook_active": false, "last_assistant_message": "Done.", "background_tasks": [],
            "session_crons": [], "agent_transcript_path": self.world.home.path().join(".claude/none.jsonl")}),
        );
        *self.thread.borrow_mut() = None;
        self.finish(
            &outer,
            &json!({"status": "completed", "prompt": "Look.", "agentId": id, "agentType": "general-purpose",
            "content": [{"type": "text", "text": "Done."}]}),
        );
    }

    pub fn stop(&self) {
        self.stop_with(&json!({}));
    }

    pub fn stop_again(&self) {
        self.stop_with(&json!({"stop_hook_active": true}));
    }

    pub fn stop_with(&self, more: &Value) {
        self.step();
        let mut payload = json!({"stop_hook_active": false, "last_assistant_message": "Done."});
        if self.client == Client::Claude {
            payload["background_tasks"] = json!([]);
            payload["session_crons"] = json!([]);
        }
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.hook("Stop", payload);
    }

    /// The context is summarised.
    pub fn compact(&self) {
        self.step().hook("PreCompact", json!({"trigger": "auto", "custom_instructions": null}));
        self.hook("SessionStart", json!({"source": "compact"}));
        self.hook("PostCompact", json!({"trigger": "auto", "compact_summary": "It was summarised."}));
    }

    pub fn begin(&self, tool: &'static str, input: Value) -> Open {
        self.count.set(self.count.get() + 1);
        let stem = if self.client == Client::Claude { "toolu" } else { "call" };
        let id = format!("{stem}_{}_{}", &self.id[..8], self.count.get());
        let open = Open { id, tool, input };
        if self.client == Client::Codex {
            codex::called(self, &open);
        }
        self.hook("PreToolUse", json!({"tool_name": tool, "tool_input": open.input, "tool_use_id": open.id}));
        open
    }

    pub fn finish(&self, open: &Open, response: &Value) {
        let mut payload = json!({"tool_name": open.tool, "tool_input": open.input, "tool_use_id": open.id,
            "tool_response": response});
        if self.client == Client::Claude {
            payload["duration_ms"] = json!(12);
        }
        self.hook("PostToolUse", payload);
    }

    pub fn fail(&self, open: &Open, error: &str) {
        assert_eq!(self.client, Client::Claude, "only Claude Code has this event");
        self.hook(
            "PostToolUseFailure",
            json!({"tool_name": open.tool, "tool_input": open.input, "tool_use_id": open.id, "error": error,
                "is_interrupt": false, "duration_ms": 12}),
        );
    }

    pub fn read(&self, path: &str) {
        self.step();
        match self.client {
            Client::Claude => claude::read(self, path, None),
            Client::Codex => codex::read(self, path),
        }
    }

    pub fn edit(&self, path: &str, old: &str, new: &str) {
        self.step();
        match self.client {
            Client::Claude => claude::edit(self, path, old, new),
            Client::Codex => codex::edit(self, path, old, new),
        }
    }

    pub fn write(&self, path: &str, content: &str) {
        self.step();
        match self.client {
            Client::Claude => claude::write(self, path, content),
            Client::Codex => codex::write(self, path, content),
        }
    }

    /// A command of which only the words and the end are told.
    pub fn shell(&self, command: &str, output: &str, code: i32) {
        self.step();
        let open = self.begin("Bash", self.command(command));
        self.ends(&open, output, code);
    }

    /// A command that really runs.
    pub fn runs(&self, command: &str) {
        self.step();
        let open = self.begin("Bash", self.command(command));
        let (code, output) = self.process.borrow_mut().as_mut().expect("it lives").run(command);
        self.world.disturb();
        self.ends(&open, &output, code);
    }

    pub fn command(&self, command: &str) -> Value {
        match self.client {
            Client::Claude => json!({"command": command, "description": "Run it"}),
            Client::Codex => json!({"command": command}),
        }
    }

    pub fn ends(&self, open: &Open, output: &str, code: i32) {
        match self.client {
            Client::Claude => claude::ends(self, open, output, code),
            Client::Codex => codex::ends(self, open, output, code),
        }
    }

    // Its record.

    pub fn transcript_path(&self) -> PathBuf {
        match self.client {
            Client::Claude => self.world.home.projects().join(format!("-app/{}.jsonl", self.id)),
            Client::Codex => codex::path(self),
        }
    }

    pub fn record(&self, lines: &str) {
        let path = self.transcript_path();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut transcript = self.transcript.borrow_mut();
        transcript.push_str(lines);
        fs::write(path, &*transcript).unwrap();
    }
}
