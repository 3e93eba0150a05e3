//! Whose change it was: stories with real files, real git and real processes, through the real sidecar and hooks.
//!
//! What came of them is `docs/signal.md`; a story that is told otherwise fails, `UPDATE_DOCS=1` writes the table anew,
//! `STORY=words` tells only those whose name has them.

mod agent;
mod person;
mod scene;
mod stories;
mod table;
mod verdicts;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use scene::Scene;
use table::Line;

use crate::support::alone;

/// Told at a time: nearly all of a story is waiting.
const AT_ONCE: usize = 24;

pub struct Story {
    pub name: &'static str,
    pub tell: fn(&mut Scene),
}

#[test]
fn stories() {
    let _alone = alone();
    let wanted = std::env::var("STORY").unwrap_or_default();
    let all: Vec<Story> = stories::all().into_iter().filter(|story| story.name.contains(&wanted)).collect();
    let told = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(all.len()) {
            scope.spawn(|| {
                while let number = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(story) = all.get(number)
                {
                    let began = std::time::Instant::now();
                    let line = tell(story);
                    eprintln!("{:5} ms: {}", began.elapsed().as_millis(), story.name);
                    told.lock().unwrap().push((number, line));
                }
            });
        }
    });
    let mut told = told.into_inner().unwrap();
    told.sort_by_key(|(number, _)| *number);
    let (lines, wrong): (Vec<_>, Vec<_>) = told.into_iter().map(|(_, line)| line).partition(Result::is_ok);
    let wrong: Vec<String> = wrong.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{} stories are told otherwise:\n{}", wrong.len(), wrong.join("\n"));
    let lines: Vec<Line> = lines.into_iter().filter_map(Result::ok).collect();
    if wanted.is_empty() {
        table::check(&lines);
    }
}

fn tell(story: &Story) -> Result<Line, String> {
    let mut scene = Scene::new();
    let told = catch_unwind(AssertUnwindSafe(|| {
        (story.tell)(&mut scene);
        scene.end(story.name)
    }));
    told.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        Err(format!("{}: {}", story.name, words.unwrap_or_else(|| "panic".to_owned())))
    })
}
