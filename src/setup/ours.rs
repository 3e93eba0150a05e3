//! How tma1 is called by an agent, and how such a call is known again as ours.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::edit::{Pick, Value};
use crate::model::Agent;

/// The binary as agents call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Absolute, and as stable as it can be: a link that a package manager moves stays a link.
    pub path: PathBuf,
    /// Said in every call where it is not the usual one: agents hand on little of their environment.
    pub data_dir: Option<PathBuf>,
}

impl Program {
    /// One line for a shell. It must not change from version to version: Codex asks for trust anew when it does.
    pub fn hook_line(&self, agent: Agent, event: Option<&str>) -> String {
        let mut words = vec![self.name(), "hook".to_owned(), "--agent".to_owned(), agent_name(agent)];
        if let Some(event) = event {
            words.extend(["--event".to_owned(), event.to_owned()]);
        }
        words.extend(self.data_words());
        words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    pub fn mcp_args(&self, agent: Agent) -> Vec<String> {
        let mut words = vec!["mcp".to_owned(), "--caller".to_owned(), agent_name(agent)];
        words.extend(self.data_words());
        words
    }

    pub fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    fn data_words(&self) -> Vec<String> {
        let dir = self.data_dir.iter().map(|dir| dir.to_string_lossy().into_owned());
        dir.flat_map(|dir| ["--data-dir".to_owned(), dir]).collect()
    }
}

/// As the command line has it.
fn agent_name(agent: Agent) -> String {
    agent.name().replace('_', "-")
}

/// A word that a POSIX shell takes as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The words of a line as a POSIX shell parts them; without its expansions, which ours has none of.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => word.get_or_insert_default().extend(chars.by_ref().take_while(|c| *c != '\'')),
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    word.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Whether a hook's command is a call of tma1, this one or an older one.
pub fn is_hook_line(line: &str) -> bool {
    let calls = |words: &[String]| calls(words, &["hook"], "--agent");
    let words = words(line);
    // Without quotes, a shell would eat the backslashes of a path of Windows.
    let plain: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    calls(&words) || calls(&plain) || words.iter().any(|word| is_old_script(word))
}

/// Whether words call tma1 with one of these commands; under a longer name, such as `tma1-nightly`, only as we write it.
fn calls<S: AsRef<str>>(words: &[S], commands: &[&str], option: &str) -> bool {
    let [program, command, rest @ ..] = words else { return false };
    let program = program.as_ref();
    let longer = file_name(program).is_some_and(|name| name.starts_with("tma1"));
    commands.contains(&command.as_ref())
        && (is_tma1(program) || longer && rest.first().is_some_and(|word| word.as_ref() == option))
}

/// Whether what is written with this program as its command is known as ours again.
pub fn is_known_name(program: &Path) -> bool {
    program.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("tma1") || is_tma1(name))
}

fn is_tma1(program: &str) -> bool {
    file_name(program).is_some_and(|name| name == "tma1" || name.eq_ignore_ascii_case("tma1.exe"))
}

fn file_name(path: &str) -> Option<&str> {
    path.rsplit(['/', '\\']).next()
}

/// The scripts that the first TMA1 wrote into its data directory.
fn is_old_script(word: &str) -> bool {
    let mut parts = word.rsplit(['/', '\\']);
    let name = parts.next().unwrap_or_default();
    matches!(name, "tma1-hook.sh" | "tma1-hook.ps1" | "tma1-hook-codex.sh" | "tma1-hook-codex.ps1")
        && parts.next() == Some("hooks")
}

/// A handler whose command is ours, whatever the agent calls that member.
pub fn hook_handler() -> Pick {
    Pick::new(|handler: &Value| {
        ["command", "bash", "powershell"]
            .iter()
            .any(|key| handler.get(key).and_then(Value::text).is_some_and(is_hook_line))
    })
}

/// An entry that starts our MCP server.
pub fn mcp_entry() -> Pick {
    Pick::new(is_mcp_entry)
}

pub fn is_mcp_entry(entry: &Value) -> bool {
    let words: Vec<&str> = match entry.get("command") {
        Some(Value::Text(program)) => std::iter::once(program.as_str())
            .chain(entry.get("args").map_or(&[][..], Value::elements).iter().filter_map(Value::text))
            .collect(),
        Some(list) => list.elements().iter().filter_map(Value::text).collect(),
        None => return false,
    };
    calls(&words, &["mcp", "mcp-serve"], "--caller")
}

/// Where this binary lies, as its caller named it: `given` is the first word of the command line. What the system says
/// has its links resolved, and a package manager's link outlives what it points to.
pub fn own_path(given: &OsStr, cwd: &Path, search: Option<&OsStr>, system: &Path) -> PathBuf {
    let is_this = |path: &Path| {
        let same = path.canonicalize().ok().zip(system.canonicalize().ok()).is_some_and(|(a, b)| a == b);
        path.is_absolute() && same
    };
    let given = Path::new(given);
    let named = if given.components().count() > 1 {
        let joined = cwd.join(given);
        vec![joined.strip_prefix("./").map(Path::to_owned).unwrap_or(joined)]
    } else {
        search.map(|list| std::env::split_paths(list).map(|dir| dir.join(given)).collect()).unwrap_or_default()
    };
    named.iter().map(|path| without_dots(path)).find(|path| is_this(path)).unwrap_or_else(|| system.to_owned())
}

fn without_dots(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_written() {
        for path in ["/usr/bin/tma1", "/home/jo doe/tma1", "/h/it's/tma1", "/h/ü$x\"/tma1", "/a\\b/tma1"] {
            let program = Program { path: path.into(), data_dir: Some("/d ir".into()) };
            let line = program.hook_line(Agent::ClaudeCode, Some("Stop"));
            let want = [path, "hook", "--agent", "claude-code", "--event", "Stop", "--data-dir", "/d ir"];
            assert_eq!(words(&line), want);
            let shown = std::process::Command::new("sh")
                .args(["-c", &format!("set -- {line}; printf '%s\\n' \"$@\"")])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(shown.stdout).unwrap().lines().collect::<Vec<_>>(), want);
            assert!(is_hook_line(&line));
        }
    }

    #[test]
    fn ours_is_known_and_nothing_else() {
        for line in [
            "tma1 hook --agent codex",
            "\"/opt/my tools/tma1\" hook --agent claude_code",
            r"C:\bin\TMA1.EXE hook --agent codex",
            "~/.tma1/hooks/tma1-hook.sh",
            "bash '/h/.tma1/hooks/tma1-hook-codex.sh'",
            "/opt/tma1-nightly hook --agent codex --event Stop",
        ] {
            assert!(is_hook_line(line), "{line}");
        }
        for line in [
            "",
            "tma1-notify hook",
            "/h/bin/tma1-hook.sh",
            "echo tma1 hook --agent codex",
            "tma1 build -- make",
            "/h/.claude/hooks/tma1-mine.sh",
        ] {
            assert!(!is_hook_line(line), "{line}");
        }
    }

    #[test]
    fn a_link_that_was_called_stays_one() {
        let dir = tempfile::tempdir().unwrap();
        let (cellar, bin) = (dir.path().join("cellar"), dir.path().join("bin"));
        std::fs::create_dir_all(&cellar).unwrap();
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(cellar.join("tma1"), "").unwrap();
        std::os::unix::fs::symlink(cellar.join("tma1"), bin.join("tma1")).unwrap();
        let system = cellar.join("tma1");
        let search = std::env::join_paths([Path::new("/nowhere"), &bin]).unwrap();
        let of = |given: &str| own_path(OsStr::new(given), &bin, Some(&search), &system);
        assert_eq!(of("tma1"), bin.join("tma1"));
        assert_eq!(of("./tma1"), bin.join("tma1"));
        assert_eq!(of("../cellar/tma1").canonicalize().unwrap(), system.canonicalize().unwrap());
        assert_eq!(of("other"), system);
        assert_eq!(own_path(OsStr::new("tma1"), &bin, None, &system), system);
    }
}
