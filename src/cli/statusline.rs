//! `tma1 statusline`: how the session stands, on the one line that Claude Code shows below the prompt.
//!
//! It is run every few seconds, so it takes what the client tells and a few looks at the store, starts nothing, writes
//! nothing, and waits for nobody. Whatever fails leaves its part of the line out.

mod line;
mod told;

use std::io::{self, IsTerminal as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use jiff::tz::TimeZone;

use self::line::{Place, line};
use self::told::Told;
use super::terminal::{self, Terminal};
use crate::answer::standing::Standing;
use crate::answer::{Asker, Refusal, Surroundings};
use crate::clock::Clock;
use crate::config::Env;
use crate::store::Reader;
use crate::{paths, project};

/// For whoever holds the store to let go of it.
const BUSY: Duration = Duration::from_millis(5);
/// The store answers in a few milliseconds; on a disk that does not, the line comes without it.
const PATIENCE: Duration = Duration::from_millis(150);

#[derive(Debug, clap::Args)]
#[command(
    long_about = "One line about the session, for Claude Code's statusLine setting\n\nReads what Claude Code tells of \
                  itself from standard input, and shows project, branch, model, context, cost and the most urgent \
                  open finding. What is not known is left out.",
    after_help = "Examples:\n  tma1 statusline"
)]
pub struct Args {
    /// Where the store lies [default: TMA1_DATA_DIR, else ~/.tma1]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[expect(clippy::unnecessary_wraps, reason = "every command has this shape")]
pub fn run(args: &Args, env: Env<'_>) -> Result<(), Refusal> {
    // A line that can't be drawn is an empty one: the client has nowhere to show what went wrong.
    std::panic::set_hook(Box::new(|_| {}));
    let _ = catch_unwind(AssertUnwindSafe(|| draw(args, env)));
    Ok(())
}

fn draw(args: &Args, env: Env<'_>) -> Result<(), Refusal> {
    let told = if io::stdin().is_terminal() { Told::default() } else { Told::from(io::stdin()) };
    let home = env("HOME").or_else(|| env("USERPROFILE")).filter(|home| !home.is_empty()).map(PathBuf::from);
    let answer = ask(data_dir(args, env, home.as_deref()), &told);
    let place = place(&told, home.as_deref());
    let known = answer.and_then(|answer| answer.recv_timeout(PATIENCE).ok()).unwrap_or_default();
    let line = line(&told, &place, &known, Clock::SYSTEM.now_ms(), &terminal(env));
    if line.is_empty() { Ok(()) } else { terminal::print(&format!("{line}\n")) }
}

/// Its reader is a program, and shows colours all the same.
fn terminal(env: Env<'_>) -> Terminal {
    let wanted = env("NO_COLOR").is_none_or(|value| value.is_empty());
    Terminal { colour: wanted && env("TERM").is_none_or(|name| name != "dumb"), width: None }
}

fn data_dir(args: &Args, env: Env<'_>, home: Option<&Path>) -> Option<PathBuf> {
    let setting = env("TMA1_DATA_DIR").filter(|dir| !dir.is_empty());
    let told = args.data_dir.clone().filter(|dir| !dir.as_os_str().is_empty());
    told.or_else(|| match home {
        Some(home) => Some(paths::data_dir(setting.as_deref(), home)),
        None => setting.map(PathBuf::from),
    })
}

/// Looks at the store in a thread of its own, while this one looks at the working tree.
fn ask(data_dir: Option<PathBuf>, told: &Told) -> Option<Receiver<Standing>> {
    let data_dir = data_dir?;
    let session_id = told.session_id.clone().unwrap_or_default();
    let fill = told.filled.is_none();
    let (say, said) = sync_channel(1);
    let asking = move || {
        if let Some(standing) = standing(data_dir, &session_id, fill) {
            let _ = say.send(standing);
        }
    };
    std::thread::Builder::new().spawn(asking).ok()?;
    Some(said)
}

fn standing(data_dir: PathBuf, session_id: &str, fill: bool) -> Option<Standing> {
    let store = Reader::open_within(&data_dir, BUSY).ok()?;
    let asker = Asker::with(store, Surroundings { data_dir, ..Surroundings::default() }, Clock::SYSTEM);
    asker.standing(session_id, fill, &TimeZone::system()).ok()
}

fn place(told: &Told, home: Option<&Path>) -> Place {
    let told: Vec<&Path> = told.directories.iter().map(Path::new).collect();
    // Of a directory that is gone only the name is known.
    let there = told.iter().find(|dir| dir.is_dir()).or(told.first()).map(PathBuf::from);
    let Some(directory) = there.or_else(|| std::env::current_dir().ok()) else { return Place::default() };
    let root = project::resolve(&directory, home).root;
    let at_home = home.is_some_and(|home| home.canonicalize().is_ok_and(|home| home == root));
    let name = if at_home { "~".to_owned() } else { project::label(&root.to_string_lossy()).to_owned() };
    let head = project::head(&root);
    Place { project: Some(name), branch: head.and_then(|head| head.branch.or(head.head)) }
}
