//! Claude Code's tools as its hooks tell them, after captured calls of version 2.1.328.

use std::fs;

use serde_json::{Value, json};

use super::session::{Open, Session};
use crate::support::Transcript;

/// `part`: first line and how many.
pub fn read(session: &Session, path: &str, part: Option<(usize, usize)>) {
    let file = session.cwd.join(path);
    let mut input = json!({"file_path": file});
    if let Some((offset, limit)) = part {
        input["offset"] = json!(offset);
        input["limit"] = json!(limit);
    }
    let open = session.begin("Read", input);
    let Ok(content) = fs::read_to_string(&file) else {
        return session.fail(
            &open,
            &format!("File does not exist. Note: your current working directory is {}.", session.cwd.display()),
        );
    };
    let total = content.split('\n').count();
    let (start, lines) = part.unwrap_or((1, total));
    let shown: Vec<&str> = content.split('\n').skip(start - 1).take(lines).collect();
    let response = json!({"type": "text", "file": {"filePath": file, "content": shown.join("\n"), "numLines": shown.len(),
        "startLine": start, "totalLines": total}});
    session.finish(&open, &response);
}

pub fn edit(session: &Session, path: &str, old: &str, new: &str) {
    let file = session.cwd.join(path);
    let open =
        session.begin("Edit", json!({"file_path": file, "old_string": old, "new_string": new, "replace_all": false}));
    let original = fs::read_to_string(&file).unwrap();
    assert!(original.contains(old), "{path} has no {old:?}: {original}");
    session.world.put(&file, &original.replacen(old, new, 1));
    let response = json!({"filePath": file, "oldString": old, "newString": new, "originalFile": original,
        "structuredPatch": [], "userModified": false, "replaceAll": false});
    session.finish(&open, &response);
}

pub fn write(session: &Session, path: &str, content: &str) {
    let file = session.cwd.join(path);
    let open = session.begin("Write", json!({"file_path": file, "content": content}));
    let original = fs::read_to_string(&file).ok();
    session.world.put(&file, content);
    let kind = if original.is_some() { "update" } else { "create" };
    let response = json!({"type": kind, "filePath": file, "content": content, "structuredPatch": [],
        "originalFile": original, "userModified": false});
    session.finish(&open, &response);
}

pub fn ends(session: &Session, open: &Open, output: &str, code: i32) {
    if code != 0 {
        return session.fail(open, &format!("Exit code {code}\n{output}"));
    }
    let response = json!({"stdout": output, "stderr": "", "interrupted": false, "isImage": false,
        "noOutputExpected": output.is_empty()});
    session.finish(open, &response);
}

/// What only this client can do.
impl Session {
    pub fn read_part(&self, path: &str, from: usize, lines: usize) {
        read(self.step(), path, Some((from, lines)));
    }

    /// The client refuses an edit.
    pub fn edit_fails(&self, path: &str, old: &str, error: &str) {
        let file = self.cwd.join(path);
        let input = json!({"file_path": file, "old_string": old, "new_string": "other", "replace_all": false});
        let open = self.step().begin("Edit", input);
        self.fail(&open, error);
    }

    pub fn grep(&self, pattern: &str, found: &[&str]) {
        let open = self.step().begin("Grep", json!({"pattern": pattern, "output_mode": "files_with_matches"}));
        self.finish(&open, &json!({"mode": "files_with_matches", "filenames": found, "numFiles": found.len()}));
    }

    pub fn server_tool(&self, tool: &'static str, input: Value, answer: &str) {
        let open = self.step().begin(tool, input);
        self.finish(&open, &json!(answer));
    }

    /// Goes on beside the conversation.
    pub fn background(&self, command: &str) {
        let input = json!({"command": command, "description": "Run it", "run_in_background": true});
        let open = self.step().begin("Bash", input);
        let response =
            json!({"stdout": "", "stderr": "", "interrupted": false, "isImage": false, "backgroundTaskId": "b1"});
        self.finish(&open, &response);
    }

    /// Its person stops a command.
    pub fn interrupted(&self, command: &str, output: &str) {
        let open = self.step().begin("Bash", self.command(command));
        self.hook(
            "PostToolUseFailure",
            json!({"tool_name": "Bash", "tool_input": open.input, "tool_use_id": open.id,
                "error": format!("Exit code 137\n{output}\n[Request interrupted by user for tool use]"),
                "is_interrupt": true, "duration_ms": 1200}),
        );
    }

    /// Its person does not allow it.
    pub fn denied(&self, command: &str) {
        let open = self.step().begin("Bash", self.command(command));
        self.hook(
            "PermissionRequest",
            json!({"tool_name": "Bash", "tool_input": open.input, "permission_suggestions": []}),
        );
        self.hook(
            "PermissionDenied",
            json!({"tool_name": "Bash", "tool_input": open.input, "tool_use_id": open.id, "reason": "not allowed"}),
        );
    }

    /// The model answered a request of so many tokens: uncached, read from the cache, written to it.
    pub fn answered(&self, model: &str, (fresh, read, written): (i64, i64, i64), output: i64, sub_agent: bool) {
        let known = self.world.count(&format!("SELECT count(*) FROM usage WHERE session_id = '{}'", self.id));
        let usage = json!({"input_tokens": fresh, "cache_read_input_tokens": read, "cache_creation_input_tokens": written,
            "output_tokens": output});
        let message = json!({"id": format!("msg_{}_{known}", &self.id[..8]), "type": "message", "role": "assistant",
            "model": model, "content": [{"type": "text", "text": "I go on."}], "usage": usage});
        let mut more = json!({"requestId": format!("req_{}_{known}", &self.id[..8]), "message": message});
        if sub_agent {
            more["isSidechain"] = json!(true);
            more["agentId"] = json!("a81e8113b236744fd");
        }
        let line = Transcript::new(&self.id, &self.cwd.display().to_string())
            .at(self.world.now() - 1000)
            .always(&json!({"uuid": format!("{}-u{known}", self.id)}))
            .record("assistant", more);
        self.record(&line.text());
        self.world.until(&format!("SELECT count(*) > {known} FROM usage WHERE session_id = '{}'", self.id));
    }
}
