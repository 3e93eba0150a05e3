//! The system's watcher of directories, where a refusal or the death of its thread harms nobody who asks it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// Why the system tells of nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    Directories,
    Instances,
    Other(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directories => {
                f.write_str("the system's limit of watched directories is reached (fs.inotify.max_user_watches)")
            }
            Self::Instances => f.write_str(
                "the system gives no further watcher (fs.inotify.max_user_instances, or too many open files)",
            ),
            Self::Other(why) => write!(f, "watching failed ({why})"),
        }
    }
}

impl Trouble {
    pub fn of(error: &notify::Error) -> Self {
        /// Of `errno`: no descriptor left, for the process or the system; no room, which is of watches here.
        const NO_DESCRIPTOR: [i32; 2] = [24, 23];
        const NO_ROOM: i32 = 28;
        match &error.kind {
            ErrorKind::MaxFilesWatch => Self::Directories,
            ErrorKind::Io(e) if e.raw_os_error() == Some(NO_ROOM) => Self::Directories,
            ErrorKind::Io(e) if e.raw_os_error().is_some_and(|n| NO_DESCRIPTOR.contains(&n)) => Self::Instances,
            _ => Self::Other(error.to_string()),
        }
    }

    fn died() -> Self {
        Self::Other("the watcher has died".to_owned())
    }
}

pub(super) struct Watcher(Option<RecommendedWatcher>);

impl Watcher {
    /// `heard` is called on a thread of the watcher's own.
    pub fn start(heard: impl Fn(notify::Result<notify::Event>) + Send + 'static) -> Result<Self, Trouble> {
        match notify::recommended_watcher(heard) {
            Ok(watcher) => Ok(Self(Some(watcher))),
            Err(error) => Err(Trouble::of(&error)),
        }
    }

    /// Whether what happens directly in `dir` is told from now on; an error is not about this one alone.
    pub fn watch(&mut self, dir: &Path) -> Result<bool, Trouble> {
        let Some(watcher) = &mut self.0 else { return Err(Trouble::died()) };
        // It panics when its own thread has died.
        match catch_unwind(AssertUnwindSafe(|| watcher.watch(dir, RecursiveMode::NonRecursive))) {
            Ok(Ok(())) => Ok(true),
            Ok(Err(error)) => match Trouble::of(&error) {
                Trouble::Other(_) => Ok(false),
                limit => Err(limit),
            },
            Err(_panic) => Err(Trouble::died()),
        }
    }

    pub fn unwatch(&mut self, dir: &Path) {
        if let Some(watcher) = &mut self.0 {
            // What has gone is not watched any more.
            let _ = catch_unwind(AssertUnwindSafe(|| watcher.unwatch(dir)));
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let watcher = self.0.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(watcher)));
    }
}
