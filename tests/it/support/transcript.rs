//! Claude Code transcripts written by hand, one call a record.

use serde_json::{Map, Value, json};

/// Noon of a fixed day; records follow a second apart.
const START: i64 = 1_790_000_000_000;

/// A transcript under construction.
pub struct Transcript {
    session: String,
    cwd: String,
    at: i64,
    count: usize,
    lines: Vec<String>,
    always: Map<String, Value>,
}

#[allow(clippy::needless_pass_by_value, reason = "`json!` reads best in the place of the argument")]
impl Transcript {
    pub fn new(session: &str, cwd: &str) -> Self {
        Self {
            session: session.to_owned(),
            cwd: cwd.to_owned(),
            at: START,
            count: 0,
            lines: Vec::new(),
            always: Map::new(),
        }
    }

    /// Fields of every record from here on, in place of the usual ones.
    pub fn always(mut self, fields: &Value) -> Self {
        self.always.extend(fields.as_object().expect("an object").clone());
        self
    }

    /// Every line of `other` as it stands, as copies are.
    pub fn copy_of(mut self, other: &Self) -> Self {
        self.lines.extend(other.lines.iter().cloned());
        self
    }

    /// The lines so far, each changed.
    pub fn changed(mut self, change: impl Fn(&mut Value)) -> Self {
        for line in &mut self.lines {
            let mut record: Value = serde_json::from_str(line).expect("a record");
            change(&mut record);
            *line = record.to_string();
        }
        self
    }

    /// Goes on at that moment.
    pub fn at(mut self, ms: i64) -> Self {
        self.at = ms;
        self
    }

    /// Lets time pass.
    pub fn wait(mut self, seconds: i64) -> Self {
        self.at += seconds * 1000;
        self
    }

    /// A record of any type; `extra` fields go over the usual ones.
    pub fn record(mut self, kind: &str, extra: Value) -> Self {
        self.count += 1;
        self.at += 1000;
        let mut record = json!({
            "type": kind, "uuid": format!("{}-{}", self.session, self.count), "sessionId": self.session, "cwd": self.cwd,
            "gitBranch": "main", "version": "2.1.328", "isSidechain": false,
            "timestamp": time(self.at),
        });
        let fields = record.as_object_mut().expect("an object");
        fields.extend(self.always.clone());
        for (key, value) in extra.as_object().expect("an object") {
            fields.insert(key.clone(), value.clone());
        }
        self.lines.push(record.to_string());
        self
    }

    pub fn prompt(self, text: &str) -> Self {
        self.record("user", json!({"message": {"role": "user", "content": text}}))
    }

    pub fn answer(self, text: &str) -> Self {
        let id = format!("msg_{}_{}", self.session, self.count);
        self.assistant(&id, json!([{"type": "text", "text": text}]))
    }

    /// A user record with this content.
    pub fn user(self, content: Value) -> Self {
        self.record("user", json!({"message": {"role": "user", "content": content}}))
    }

    /// The end of a call, with more fields of the record.
    pub fn result(self, call: &str, output: &str, failed: bool, mut extra: Value) -> Self {
        let block = json!({"type": "tool_result", "tool_use_id": call, "content": output, "is_error": failed});
        extra["message"] = json!({"role": "user", "content": [block]});
        self.record("user", extra)
    }

    /// The beginning of a call, under an id of its own.
    pub fn begins(self, call: &str, name: &str, input: &Value) -> Self {
        let id = format!("msg_{call}");
        self.assistant(&id, json!([{"type": "tool_use", "id": call, "name": name, "input": input}]))
    }

    pub fn assistant(self, id: &str, content: Value) -> Self {
        let usage = json!({"input_tokens": 10, "output_tokens": 100, "cache_read_input_tokens": 2000, "cache_creation_input_tokens": 300});
        let message =
            json!({"id": id, "role": "assistant", "model": "claude-sonnet-5-5", "content": content, "usage": usage});
        self.record("assistant", json!({"requestId": format!("req_{id}"), "message": message}))
    }

    /// A call that has no result yet.
    pub fn call(self, name: &str, input: &Value) -> Self {
        let call = format!("toolu_{}_{}", self.session, self.count);
        let id = format!("msg_{}_{}", self.session, self.count);
        self.assistant(&id, json!([{"type": "tool_use", "id": call, "name": name, "input": input}]))
    }

    /// A call and its result.
    pub fn tool(self, name: &str, input: &Value, output: &str, failed: bool) -> Self {
        let call = format!("toolu_{}_{}", self.session, self.count);
        let id = format!("msg_{}_{}", self.session, self.count);
        let block = json!([{"type": "tool_use", "id": call, "name": name, "input": input}]);
        let result = json!([{"type": "tool_result", "tool_use_id": call, "content": output, "is_error": failed}]);
        let mut structured = json!({"filePath": input["file_path"]});
        if name == "Bash" {
            structured = json!({"stdout": output, "stderr": "", "interrupted": false});
        }
        self.assistant(&id, block)
            .record("user", json!({"message": {"role": "user", "content": result}, "toolUseResult": structured}))
    }

    pub fn bash(self, command: &str, output: &str, failed: bool) -> Self {
        self.tool("Bash", &json!({"command": command}), output, failed)
    }

    /// Any line at all.
    pub fn raw(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    pub fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }
}

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).expect("a time").to_string()
}

/// `bytes` of a real transcript as those of another session: every id is changed, its length is not.
pub fn renumbered(text: &str, number: usize) -> String {
    let tag = format!("{number:06x}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['-', '_']) {
        let (head, tail) = rest.split_at(at);
        let hex = head.len() >= 8 && head.as_bytes()[head.len() - 8..].iter().all(u8::is_ascii_hexdigit);
        if tail.starts_with('-') && hex && tail.len() > 28 && tail.as_bytes()[5] == b'-' && tail.as_bytes()[10] == b'-'
        {
            out.push_str(&head[..head.len() - 8]);
            out.push_str(&tag);
            out.push_str(&head[head.len() - 2..]);
        } else {
            out.push_str(head);
        }
        out.push_str(&tail[..1]);
        rest = &tail[1..];
        if (out.ends_with("msg_") || out.ends_with("toolu_") || out.ends_with("req_"))
            && rest.len() > 8
            && rest.is_char_boundary(7)
        {
            out.push_str(&tag);
            rest = &rest[6..];
        }
    }
    out.push_str(rest);
    out
}
