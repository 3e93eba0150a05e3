//! An agent at work: its hooks, after captured calls of Claude Code 2.1.328 and Codex 0.169.0, and its server.

use std::cell::Cell;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Home, Mcp, Ran};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Claude,
    Codex,
}

pub struct Agent<'a> {
    home: &'a Home,
    client: Client,
    pub id: String,
    pub cwd: PathBuf,
    calls: Cell<usize>,
}

/// A call that goes on.
pub struct Open {
    id: String,
    tool: &'static str,
    input: Value,
}

impl<'a> Agent<'a> {
    /// A session that has begun, and was asked something.
    pub fn starts(home: &'a Home, client: Client, id: &str, cwd: &Path) -> Self {
        let agent = Self { home, client, id: id.to_owned(), cwd: cwd.to_owned(), calls: Cell::new(0) };
        agent.hook("SessionStart", &json!({"source": "startup"}));
        agent.hook("UserPromptSubmit", &json!({"prompt": format!("what {id} is asked")}));
        agent
    }

    fn name(&self) -> &'static str {
        match self.client {
            Client::Claude => "claude-code",
            Client::Codex => "codex",
        }
    }

    /// What it is told.
    pub fn hook(&self, event: &str, more: &Value) -> String {
        let mut payload = json!({"session_id": self.id, "transcript_path": null, "cwd": self.cwd, "hook_event_name": event,
            "permission_mode": "default"});
        if self.client == Client::Codex {
            payload["model"] = json!("gpt-5.5");
            payload["turn_id"] = json!("turn-1");
        }
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut command = self.home.command();
        command.args(["hook", "--agent", self.name()]).current_dir(&self.cwd);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(payload.to_string().as_bytes()).unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "{event}: {}", ran.stderr);
        ran.stdout
    }

    pub fn begins(&self, tool: &'static str, input: Value) -> Open {
        self.calls.set(self.calls.get() + 1);
        let open = Open { id: format!("call_{}_{}", self.id, self.calls.get()), tool, input };
        self.hook("PreToolUse", &json!({"tool_name": tool, "tool_input": open.input, "tool_use_id": open.id}));
        open
    }

    pub fn ends(&self, open: &Open, response: &Value) {
        self.hook(
            "PostToolUse",
            &json!({"tool_name": open.tool, "tool_input": open.input, "tool_use_id": open.id, "tool_response": response}),
        );
    }

    pub fn edits(&self, path: &str) {
        let file = self.cwd.join(path);
        if self.client == Client::Claude {
            let input = json!({"file_path": file, "old_string": "a", "new_string": "b", "replace_all": false});
            let open = self.begins("Edit", input);
            self.ends(&open, &json!({"filePath": file, "oldString": "a", "newString": "b", "structuredPatch": []}));
            return;
        }
        let words = format!("*** Begin Patch\n*** Update File: {path}\n@@\n-a\n+b\n*** End Patch\n");
        let open = self.begins("apply_patch", json!({"command": words}));
        let told = format!("Exit code: 0\nOutput:\nSuccess. Updated the following files:\nM {path}\n");
        self.ends(&open, &json!(told));
    }

    pub fn reads(&self, path: &str) {
        assert_eq!(self.client, Client::Claude);
        let file = self.cwd.join(path);
        let open = self.begins("Read", json!({"file_path": file}));
        let told = json!({"type": "text", "file": {"filePath": file, "content": "a\n", "numLines": 1, "startLine": 1, "totalLines": 1}});
        self.ends(&open, &told);
    }

    /// A command that has not ended.
    pub fn runs(&self, command: &str) -> Open {
        self.begins("Bash", json!({"command": command}))
    }

    pub fn asks(&self, open: &Open) {
        self.hook("PermissionRequest", &json!({"tool_name": open.tool, "tool_input": open.input}));
    }

    pub fn stops(&self, words: &str) {
        self.hook("Stop", &json!({"stop_hook_active": false, "last_assistant_message": words}));
    }

    /// Asks as its model does.
    pub fn asked(&self, tool: &str, arguments: &Value) -> Value {
        let mut command = self.home.command();
        command.args(["mcp", "--caller", self.name()]).current_dir(&self.cwd);
        let mut meta = json!({});
        match self.client {
            Client::Claude => drop(command.env("CLAUDE_CODE_SESSION_ID", &self.id)),
            Client::Codex => meta["threadId"] = json!(self.id),
        }
        let mut mcp = Mcp::start(command);
        mcp.initialize("2025-11-25");
        let answer = mcp.request("tools/call", &json!({"name": tool, "arguments": arguments, "_meta": meta}));
        assert_ne!(answer["isError"], true, "{tool} {arguments}: {answer}");
        answer["structuredContent"].clone()
    }
}
