//! What the command line says, read by hand: a parsing library costs more time than the whole call.

use std::ffi::OsString;
use std::path::PathBuf;

pub const USAGE: &str = "\
Passes one event of an agent on to tma1, and prints what the agent is to be told.

Usage: tma1 hook --agent AGENT [--event NAME] [--data-dir DIR]

The event is read from standard input as JSON. Whatever happens, the exit code is 0 and the call ends within 300 ms.

  --agent AGENT    whose hook this is, such as claude_code
  --event NAME     the event, for agents whose payload does not name it
  --data-dir DIR   where tma1 keeps its data, instead of TMA1_DATA_DIR or ~/.tma1
";

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    pub agent: String,
    pub event: Option<String>,
    pub data_dir: Option<PathBuf>,
    pub help: bool,
}

/// What is not known is passed over: an agent's hook must not fail for a flag of a later version.
pub fn read(args: impl Iterator<Item = OsString>) -> Arguments {
    let mut read = Arguments::default();
    let mut args = args;
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy().into_owned();
        let (name, joined) = match text.split_once('=') {
            Some((name, value)) => (name, Some(OsString::from(value))),
            None => (text.as_str(), None),
        };
        match name {
            "--help" | "-h" => read.help = true,
            "--agent" => read.agent = value(joined, &mut args).to_string_lossy().into_owned(),
            "--event" => read.event = Some(value(joined, &mut args).to_string_lossy().into_owned()),
            "--data-dir" => read.data_dir = Some(value(joined, &mut args).into()),
            _ => {}
        }
    }
    read.event = read.event.filter(|event| !event.is_empty());
    read.data_dir = read.data_dir.filter(|dir| !dir.as_os_str().is_empty());
    read
}

fn value(joined: Option<OsString>, args: &mut impl Iterator<Item = OsString>) -> OsString {
    joined.or_else(|| args.next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(args: &[&str]) -> Arguments {
        read(args.iter().map(OsString::from))
    }

    #[test]
    fn both_spellings_and_whatever_else() {
        let full = Arguments {
            agent: "codex".to_owned(),
            event: Some("Stop".to_owned()),
            data_dir: Some("/d e".into()),
            help: false,
        };
        assert_eq!(of(&["--agent", "codex", "--event", "Stop", "--data-dir", "/d e"]), full);
        assert_eq!(of(&["-v", "--data-dir=/d e", "--later=1", "x", "--event=Stop", "--agent=codex"]), full);
        assert_eq!(of(&["--event=", "--data-dir", ""]), Arguments::default());
        assert_eq!(of(&["--agent"]), Arguments::default());
        assert!(of(&["--help"]).help && of(&["--agent", "x", "-h"]).help);
    }
}
