//! An agent: a process of its own that runs its hooks and its commands as children, as a client does.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::scene::surround;

pub struct Agent {
    name: &'static str,
    cwd: PathBuf,
    home: PathBuf,
    process: Option<Process>,
    rest: Rest,
    count: usize,
    /// Of the sub-agent at work.
    thread: Option<&'static str>,
    /// Where its hooks tell, if not to the sidecar.
    pub data: Option<PathBuf>,
}

/// Lives as long as its pipes are held.
pub struct Process {
    child: Child,
    stdin: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Where agents go when their part of the story is over: they live on to its end.
pub type Rest = Arc<Mutex<Vec<Process>>>;

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command under way.
pub struct Running {
    call: String,
    input: Value,
    process: Option<String>,
    began: Instant,
}

impl Agent {
    pub fn start(name: &'static str, cwd: &Path, home: &Path, rest: &Rest) -> Self {
        let mut command = Command::new(home.join("bin/claude"));
        surround(&mut command, home).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.current_dir(cwd).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let process = Some(Process { child, stdin, answers: BufReader::new(stdout) });
        let (cwd, home, rest) = (cwd.to_owned(), home.to_owned(), Arc::clone(rest));
        Self { name, cwd, home, process, rest, count: 0, thread: None, data: None }
    }

    /// What comes next is a sub-agent's doing.
    pub fn as_subagent(&mut self, id: &'static str) -> &mut Self {
        self.thread = Some(id);
        self
    }

    pub fn hook(&mut self, event: &str, more: Value) {
        let payload = self.payload(event, more);
        let file = self.scratch("json", &payload.to_string());
        let data = self.data.as_ref().map(|dir| format!("TMA1_DATA_DIR={} ", dir.display())).unwrap_or_default();
        let tma1 = env!("CARGO_BIN_EXE_tma1");
        self.say(&format!("{data}{tma1} hook --agent claude-code < {file} > /dev/null 2>&1; echo"));
    }

    fn payload(&self, event: &str, more: Value) -> Value {
        let mut payload = Map::from_iter([
            ("session_id".to_owned(), json!(self.name)),
            ("transcript_path".to_owned(), json!(self.home.join(".claude/none.jsonl"))),
            ("cwd".to_owned(), json!(self.cwd)),
            ("prompt_id".to_owned(), json!("p1")),
            ("permission_mode".to_owned(), json!("default")),
            ("hook_event_name".to_owned(), json!(event)),
        ]);
        if let Some(id) = self.thread {
            payload.insert("agent_id".to_owned(), json!(id));
            payload.insert("agent_type".to_owned(), json!("general-purpose"));
        }
        let Value::Object(more) = more else { panic!("an object") };
        payload.extend(more);
        Value::Object(payload)
    }

    fn before(&mut self, tool: &str, input: &Value) -> String {
        self.count += 1;
        let call = format!("toolu_{}_{}", self.name, self.count);
        self.hook("PreToolUse", json!({"tool_name": tool, "tool_input": input, "tool_use_id": call}));
        call
    }

    fn after(&mut self, tool: &str, call: &str, input: &Value, response: &Value, began: Instant) {
        let duration = u64::try_from(began.elapsed().as_millis()).unwrap();
        self.hook(
            "PostToolUse",
            json!({"tool_name": tool, "tool_input": input, "tool_use_id": call, "tool_response": response, "duration_ms": duration}),
        );
    }

    // Its own tools.

    pub fn write(&mut self, path: &str, content: &str) {
        let file = self.cwd.join(path);
        let input = json!({"file_path": file, "content": content});
        let call = self.before("Write", &input);
        let began = Instant::now();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, content).unwrap();
        let response = json!({"type": "create", "filePath": file, "content": content, "structuredPatch": [], "originalFile": null});
        self.after("Write", &call, &input, &response, began);
    }

    pub fn edit(&mut self, path: &str, old: &str, new: &str) {
        self.edit_as(path, old, new, true);
    }

    /// `whole`: it tells what the file was.
    pub fn edit_as(&mut self, path: &str, old: &str, new: &str, whole: bool) {
        let (call, input) = self.begin_edit(path, old, new);
        self.end_edit(path, &call, &input, whole);
    }

    pub fn begin_edit(&mut self, path: &str, old: &str, new: &str) -> (String, Value) {
        let input =
            json!({"file_path": self.cwd.join(path), "old_string": old, "new_string": new, "replace_all": false});
        (self.before("Edit", &input), input)
    }

    pub fn end_edit(&mut self, path: &str, call: &str, input: &Value, whole: bool) {
        self.end_edit_while(path, call, input, whole, || ());
    }

    /// Something happens between the writing and the telling.
    pub fn end_edit_while(&mut self, path: &str, call: &str, input: &Value, whole: bool, meanwhile: impl FnOnce()) {
        let began = Instant::now();
        let file = self.cwd.join(path);
        let (old, new) = (input["old_string"].as_str().unwrap(), input["new_string"].as_str().unwrap());
        let original = fs::read_to_string(&file).unwrap();
        assert!(original.contains(old), "{original}");
        fs::write(&file, original.replacen(old, new, 1)).unwrap();
        meanwhile();
        let mut response = json!({"filePath": file, "oldString": old, "newString": new, "structuredPatch": []});
        if whole {
            response["originalFile"] = json!(original);
        }
        self.after("Edit", call, input, &response, began);
    }

    pub fn read(&mut self, path: &str) {
        let file = self.cwd.join(path);
        let input = json!({"file_path": file});
        let call = self.before("Read", &input);
        let content = fs::read_to_string(&file).unwrap();
        let lines = content.split('\n').count();
        let response = json!({"type": "text", "file": {"filePath": file, "content": content, "numLines": lines,
            "startLine": 1, "totalLines": lines}});
        self.after("Read", &call, &input, &response, Instant::now());
    }

    /// A tool of a server.
    pub fn mcp(&mut self, tool: &str, input: &Value, act: impl FnOnce()) {
        let call = self.before(tool, input);
        let began = Instant::now();
        act();
        self.after(tool, &call, input, &json!("done"), began);
    }

    // Its shell.

    pub fn bash(&mut self, command: &str) {
        let running = self.begin(command);
        self.end(running);
    }

    pub fn begin(&mut self, command: &str) -> Running {
        let running = self.intend(json!({"command": command, "description": "It"}));
        self.run(running)
    }

    /// Its person is asked first.
    pub fn ask(&mut self, command: &str) -> Running {
        let running = self.intend(json!({"command": command, "description": "It"}));
        self.hook("PermissionRequest", json!({"tool_name": "Bash", "tool_input": running.input}));
        running
    }

    fn intend(&mut self, input: Value) -> Running {
        let call = self.before("Bash", &input);
        Running { call, input, process: None, began: Instant::now() }
    }

    /// Nothing of it ran before.
    pub fn run(&mut self, mut running: Running) -> Running {
        let script = self.scratch("sh", running.input["command"].as_str().unwrap());
        running.began = Instant::now();
        running.process = Some(self.say(&format!("/bin/sh {script} > {script}.out 2>&1 < /dev/null & echo $!")));
        running
    }

    /// Waits for its end.
    pub fn end(&mut self, running: Running) {
        let Running { call, input, process, began } = running;
        let code = self.say(&format!("wait {}; echo $?", process.expect("it was run")));
        if code == "0" {
            let response = json!({"stdout": "", "stderr": "", "interrupted": false, "isImage": false});
            return self.after("Bash", &call, &input, &response, began);
        }
        let duration = u64::try_from(began.elapsed().as_millis()).unwrap();
        self.hook(
            "PostToolUseFailure",
            json!({"tool_name": "Bash", "tool_input": input, "tool_use_id": call, "error": format!("Exit code {code}"),
                "is_interrupt": false, "duration_ms": duration}),
        );
    }

    /// Its person stopped it, of which no hook tells.
    pub fn stop(&mut self, running: Running) {
        let process = running.process.expect("it was run");
        self.say(&format!("pkill -P {process}; kill {process}; wait {process}; echo"));
    }

    /// Goes on beside the conversation.
    pub fn background(&mut self, command: &str) {
        let running = self.intend(json!({"command": command, "description": "It", "run_in_background": true}));
        let running = self.run(running);
        let response = json!({"stdout": "", "stderr": "", "interrupted": false, "backgroundTaskId": "b1"});
        self.after("Bash", &running.call, &running.input, &response, running.began);
    }

    /// As when its window is closed in the midst of something.
    pub fn die(mut self) {
        drop(self.process.take());
    }

    /// What waits in `cargo` and `npm` ends.
    pub fn over(&self) {
        fs::write(self.home.join("over"), "").unwrap();
    }

    /// A hook of the agent's own, such as a formatter: nothing is told of it.
    pub fn own_hook(&mut self, command: &str) {
        let script = self.scratch("sh", command);
        let cwd = self.cwd.display().to_string();
        self.say(&format!("(cd {cwd} && /bin/sh {script}) > /dev/null 2>&1; echo"));
    }

    /// To the process; its answer.
    fn say(&mut self, line: &str) -> String {
        let process = self.process.as_mut().expect("it lives");
        writeln!(process.stdin, "{line}").unwrap();
        process.stdin.flush().unwrap();
        let mut answer = String::new();
        process.answers.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }

    fn scratch(&mut self, kind: &str, text: &str) -> String {
        self.count += 1;
        let dir = self.home.join("scratch");
        fs::create_dir_all(&dir).unwrap();
        let file = dir.join(format!("{}-{}.{kind}", self.name, self.count));
        fs::write(&file, text).unwrap();
        file.display().to_string()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.rest.lock().unwrap().extend(self.process.take());
    }
}
