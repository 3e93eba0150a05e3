//! The live stream's source: what was committed, in the order of the store, as long as somebody listens.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, broadcast};

use crate::serve::http::{LiveEvent, event_json};
use crate::store::{IdleReaders, Result};

/// Events that a slow reader may lie behind.
const BEHIND: usize = 1024;
/// Read at a time.
const CHUNK: usize = 500;

pub(super) struct Publisher {
    data_dir: PathBuf,
    idle: Arc<IdleReaders>,
    sender: broadcast::Sender<Arc<LiveEvent>>,
    /// The newest event that was told.
    last: Mutex<i64>,
    news: Notify,
}

impl Publisher {
    pub fn new(data_dir: PathBuf, idle: Arc<IdleReaders>) -> Self {
        Self { data_dir, idle, sender: broadcast::channel(BEHIND).0, last: Mutex::new(0), news: Notify::new() }
    }

    /// Something was committed.
    pub fn nudge(&self) {
        if self.sender.receiver_count() > 0 {
            self.news.notify_one();
        }
    }

    pub fn listen(&self) -> broadcast::Receiver<Arc<LiveEvent>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if self.sender.receiver_count() == 0 {
            // Nobody was there to be told of what came before.
            *last = self.newest().unwrap_or(*last);
        }
        self.sender.subscribe()
    }

    fn newest(&self) -> Result<i64> {
        let reader = self.idle.take(&self.data_dir)?;
        let newest = reader.newest_event()?;
        self.idle.give_back(reader);
        Ok(newest)
    }

    /// For a task of its own.
    pub async fn run(self: Arc<Self>) {
        loop {
            self.news.notified().await;
            let publisher = Arc::clone(&self);
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || publisher.tell()).await {
                tracing::warn!("the live stream could not be fed: {error}");
            }
        }
    }

    fn tell(&self) -> Result<()> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = self.idle.take(&self.data_dir)?;
        loop {
            let rows = reader.hook_events_from(*last, CHUNK)?;
            let Some(newest) = rows.last() else { break };
            *last = newest.id;
            for row in &rows {
                // No receiver is no error: the last one just left.
                let _ = self.sender.send(Arc::new(event_json(row)));
            }
        }
        self.idle.give_back(reader);
        Ok(())
    }
}
