//! The writer on its own thread behind a bounded channel: a source that runs ahead waits here.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::{Batch, Writer};
use crate::store::{Result, StoreError};

/// Batches under way; with a batch's size this bounds the memory of an import.
const QUEUE: usize = 4;

/// Batches that wait are committed together up to this weight: fewer commits, and fewer segments of the
/// search index to merge.
const TOGETHER: usize = 24 * 1024 * 1024;

/// Hands batches to a writer that runs on a thread of its own.
pub struct WriterThread {
    sender: SyncSender<Batch>,
    thread: JoinHandle<Result<Writer>>,
}

/// Sends to a [`WriterThread`]; one per source task.
#[derive(Clone)]
pub struct WriterHandle(SyncSender<Batch>);

impl WriterHandle {
    /// Waits while the queue is full.
    ///
    /// # Errors
    /// [`StoreError::WriterGone`] once the writer has failed; [`WriterThread::finish`] says why.
    pub fn submit(&self, batch: Batch) -> Result<()> {
        self.0.send(batch).map_err(|_| StoreError::WriterGone)
    }
}

impl WriterThread {
    /// # Errors
    /// The system has no thread left.
    pub fn start(writer: Writer) -> Result<Self> {
        let path = writer.path.clone();
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("tma1 writer".to_owned())
            .spawn(move || run(writer, &receiver))
            .map_err(|source| StoreError::Io { action: "start a writer for", path, source })?;
        Ok(Self { sender, thread })
    }

    pub fn handle(&self) -> WriterHandle {
        WriterHandle(self.sender.clone())
    }

    /// Waits until everything handed over is committed.
    ///
    /// # Errors
    /// The first error of the writer: everything after it was refused.
    pub fn finish(self) -> Result<Writer> {
        drop(self.sender);
        self.thread.join().unwrap_or(Err(StoreError::WriterGone))
    }
}

fn run(mut writer: Writer, batches: &Receiver<Batch>) -> Result<Writer> {
    while let Ok(first) = batches.recv() {
        let mut weight = first.weight();
        let waiting = std::iter::from_fn(|| {
            let next = if weight < TOGETHER { batches.try_recv().ok() } else { None };
            weight += next.as_ref().map_or(0, Batch::weight);
            next
        });
        writer.apply_all(std::iter::once(first).chain(waiting))?;
    }
    Ok(writer)
}
