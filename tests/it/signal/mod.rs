//! What an agent is told, and when: stories through the real sidecar and the real hook command, with a clock that
//! the story moves.
//!
//! What came of them is in `docs/signal.md`; a story that is told otherwise fails, `UPDATE_DOCS=1` writes the table
//! anew, `STORY=words` tells only those whose kind or name has them.

mod agent;
mod claude;
mod codex;
mod files;
mod form;
mod hearing;
mod outputs;
mod record;
mod scene;
mod session;
mod stories;
mod table;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use record::Outcome;
use scene::Scene;

use crate::support::alone;

/// Told at a time: much of a story is waiting for the file sensor.
const AT_ONCE: usize = 12;
/// A story in which a hook was not answered at once says nothing: an answer that comes too late is not heard.
const ATTEMPTS: usize = 5;

pub struct Story {
    /// The kind of finding that it is about, or `general`.
    pub kind: &'static str,
    pub name: &'static str,
    pub tell: fn(&Scene),
}

#[test]
fn stories() {
    let _alone = alone();
    let wanted = std::env::var("STORY").unwrap_or_default();
    let is_wanted = |story: &Story| format!("{}: {}", story.kind, story.name).contains(&wanted);
    let all: Vec<Story> = stories::all().into_iter().filter(is_wanted).collect();
    let told = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(all.len()) {
            scope.spawn(|| {
                while let number = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(story) = all.get(number)
                {
                    let began = std::time::Instant::now();
                    let outcome = tell(story);
                    eprintln!("{:6} ms: {}: {}", began.elapsed().as_millis(), story.kind, story.name);
                    told.lock().unwrap().push((number, outcome));
                }
            });
        }
    });
    let mut told = told.into_inner().unwrap();
    told.sort_by_key(|(number, _)| *number);
    let outcomes: Vec<Outcome> = told.into_iter().map(|(_, outcome)| outcome).collect();
    let text = table::text(&outcomes);
    println!("{text}");
    let wrong: Vec<String> = outcomes.iter().filter_map(Outcome::complaint).collect();
    assert!(wrong.is_empty(), "{} of {} stories are told otherwise:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    if wanted.is_empty() {
        table::check(&outcomes);
    }
}

fn tell(story: &Story) -> Outcome {
    static BY_ITSELF: Mutex<()> = Mutex::new(());
    let (mut outcome, mut slow) = attempt(story);
    for _ in 1..ATTEMPTS {
        if !slow || outcome.complaint().is_none() {
            break;
        }
        let _by_itself = BY_ITSELF.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (outcome, slow) = attempt(story);
    }
    outcome
}

/// Told once; and whether it was told on a machine that was too busy.
fn attempt(story: &Story) -> (Outcome, bool) {
    let scene = Scene::new();
    let told = catch_unwind(AssertUnwindSafe(|| {
        (story.tell)(&scene);
        scene.end();
    }));
    if let Err(panic) = told {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        scene.record.borrow_mut().odd(format!("it broke off: {}", words.unwrap_or_else(|| "panic".to_owned())));
    }
    (scene.record.replace(record::Record::default()).outcome(story), scene.slow.get())
}
