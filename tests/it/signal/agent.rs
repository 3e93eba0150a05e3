//! An agent's process: runs its hooks and its commands as its children, as a client does.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use super::scene::World;

pub struct Process {
    child: Child,
    stdin: ChildStdin,
    answers: BufReader<ChildStdout>,
    scratch: PathBuf,
    count: usize,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Named as the client is: not by the name of a shell, which would be passed over on the way to the agent.
    pub fn start(world: &World, client: &str, cwd: &Path) -> Self {
        let mut command = Command::new(world.home.path().join("bin").join(client));
        world.surround(&mut command).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.current_dir(cwd).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let scratch = world.home.path().join(format!("scratch/{}", child.id()));
        fs::create_dir_all(&scratch).unwrap();
        Self { child, stdin, answers: BufReader::new(stdout), scratch, count: 0 }
    }

    /// What the hook printed.
    pub fn hook(&mut self, agent: &str, payload: &Value) -> String {
        let (file, out) = (self.file("json", &payload.to_string()), self.scratch.join("answer"));
        let tma1 = env!("CARGO_BIN_EXE_tma1");
        let code = self.say(&format!("{tma1} hook --agent {agent} < {file} > {} 2> /dev/null; echo $?", out.display()));
        assert_eq!(code, "0", "the hook failed on {payload}");
        fs::read_to_string(out).unwrap()
    }

    /// What hooks printed that ran at the same time.
    pub fn hooks(&mut self, agent: &str, payloads: &[Value]) -> Vec<String> {
        let files: Vec<String> = payloads.iter().map(|payload| self.file("json", &payload.to_string())).collect();
        let tma1 = env!("CARGO_BIN_EXE_tma1");
        let each =
            files.iter().map(|file| format!("{tma1} hook --agent {agent} < {file} > {file}.answer 2> /dev/null & "));
        self.say(&format!("{} wait; echo done", each.collect::<String>()));
        files.iter().map(|file| fs::read_to_string(format!("{file}.answer")).unwrap()).collect()
    }

    /// Exit code and output of a command.
    pub fn run(&mut self, command: &str) -> (i32, String) {
        let (script, out) = (self.file("sh", command), self.scratch.join("out"));
        let code = self.say(&format!("/bin/sh {script} > {} 2>&1 < /dev/null; echo $?", out.display()));
        (code.parse().unwrap(), fs::read_to_string(out).unwrap())
    }

    fn file(&mut self, kind: &str, text: &str) -> String {
        self.count += 1;
        let file = self.scratch.join(format!("{}.{kind}", self.count));
        fs::write(&file, text).unwrap();
        file.display().to_string()
    }

    fn say(&mut self, line: &str) -> String {
        writeln!(self.stdin, "{line}").unwrap();
        self.stdin.flush().unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }
}
