//! The writer on its own thread: what a running agent waits for goes first, bulk waits its turn, and one batch
//! that cannot be stored harms no other.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::fold::Folding;
use super::{Batch, Writer};
use crate::store::{Result, StoreError};

/// Bulk batches under way; with a batch's size this bounds the memory of an import.
const BULK: usize = 4;
/// Urgent jobs that may wait; a sender that finds more is told so at once and keeps its event elsewhere.
const URGENT: usize = 4096;

/// Batches that wait are committed together up to this weight: fewer commits, and fewer segments of the
/// search index to merge.
const TOGETHER: usize = 24 * 1024 * 1024;
/// The same while urgent jobs may come at any moment: they wait for what is being committed.
const TOGETHER_LIVE: usize = 512 * 1024;

/// Called on the writer's thread once the batch is committed, or cannot be.
type Done = Box<dyn FnOnce(Result<()>) + Send>;
/// Who waits for a batch, and what makes it void.
type Waiter = (Done, Void);
type Work = Box<dyn FnOnce(&mut Writer) + Send>;

struct Job {
    batch: Batch,
    done: Done,
    void: Void,
}

/// Set when a job that others build on has failed: they must not be stored either.
type Void = Option<Arc<AtomicBool>>;

fn is_void(void: &Void) -> bool {
    void.as_ref().is_some_and(|void| void.load(Ordering::Acquire))
}

#[derive(Default)]
struct Waiting {
    urgent: VecDeque<Job>,
    bulk: VecDeque<Job>,
    work: VecDeque<Work>,
    closed: bool,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    /// Something to do, or nothing more to come.
    filled: Condvar,
    /// Room for bulk.
    emptied: Condvar,
    live: bool,
    panics: AtomicU64,
    commits: AtomicU64,
}

/// Hands batches to a writer that runs on a thread of its own.
pub struct WriterThread {
    queue: Arc<Queue>,
    thread: JoinHandle<Writer>,
    folding: Option<Folding>,
}

/// Sends to a [`WriterThread`]; one per source.
#[derive(Clone)]
pub struct WriterHandle(Arc<Queue>);

/// How the writer is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriterLoad {
    pub urgent: usize,
    pub bulk: usize,
    pub commits: u64,
    pub panics: u64,
}

impl WriterHandle {
    /// Waits while the queue is full; `done` is told how it went.
    ///
    /// # Errors
    /// [`StoreError::WriterGone`] once the writer was finished.
    pub fn submit(&self, batch: Batch, done: impl FnOnce(Result<()>) + Send + 'static) -> Result<()> {
        self.enqueue(Job { batch, done: Box::new(done), void: None })
    }

    /// The same for one of several that build on each other: once one has `failed`, which this sets, none of those
    /// behind it is stored.
    ///
    /// # Errors
    /// As for [`WriterHandle::submit`].
    pub fn submit_unless(
        &self,
        batch: Batch,
        failed: &Arc<AtomicBool>,
        done: impl FnOnce(Result<()>) + Send + 'static,
    ) -> Result<()> {
        let told = Arc::clone(failed);
        let done = move |outcome: Result<()>| {
            told.fetch_or(outcome.is_err(), Ordering::AcqRel);
            done(outcome);
        };
        self.enqueue(Job { batch, done: Box::new(done), void: Some(Arc::clone(failed)) })
    }

    fn enqueue(&self, job: Job) -> Result<()> {
        let mut waiting = self.0.lock();
        while waiting.bulk.len() >= BULK && !waiting.closed {
            waiting = self.0.emptied.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.closed {
            return Err(StoreError::WriterGone);
        }
        waiting.bulk.push_back(job);
        self.0.filled.notify_one();
        Ok(())
    }

    /// Ahead of all bulk, and never waiting for room.
    ///
    /// # Errors
    /// [`StoreError::Busy`] with more waiting than can be stored soon; [`StoreError::WriterGone`].
    pub fn submit_urgent(&self, batch: Batch, done: impl FnOnce(Result<()>) + Send + 'static) -> Result<()> {
        self.enqueue_urgent(Job { batch, done: Box::new(done), void: None })
    }

    /// The same for one that is not to be stored once `void` is set, which the `done` of those before it may do.
    ///
    /// # Errors
    /// As for [`WriterHandle::submit_urgent`].
    pub fn submit_urgent_unless(
        &self,
        batch: Batch,
        void: &Arc<AtomicBool>,
        done: impl FnOnce(Result<()>) + Send + 'static,
    ) -> Result<()> {
        self.enqueue_urgent(Job { batch, done: Box::new(done), void: Some(Arc::clone(void)) })
    }

    fn enqueue_urgent(&self, job: Job) -> Result<()> {
        let mut waiting = self.0.lock();
        if waiting.closed {
            return Err(StoreError::WriterGone);
        }
        if waiting.urgent.len() >= URGENT {
            return Err(StoreError::Busy);
        }
        waiting.urgent.push_back(job);
        self.0.filled.notify_one();
        Ok(())
    }

    /// Stores `batch` and waits until it is committed.
    ///
    /// # Errors
    /// Those of [`Writer::apply`].
    pub fn commit(&self, batch: Batch) -> Result<()> {
        let (tell, told) = sync_channel(1);
        self.submit(batch, move |outcome| {
            let _ = tell.send(outcome);
        })?;
        told.recv().unwrap_or(Err(StoreError::WriterGone))
    }

    /// Runs `work` with the writer, between commits, and waits for what it says.
    ///
    /// # Errors
    /// [`StoreError::WriterGone`] once the writer was finished, or when `work` panicked.
    pub fn with<T: Send + 'static>(&self, work: impl FnOnce(&mut Writer) -> T + Send + 'static) -> Result<T> {
        let (tell, told) = sync_channel(1);
        {
            let mut waiting = self.0.lock();
            if waiting.closed {
                return Err(StoreError::WriterGone);
            }
            waiting.work.push_back(Box::new(move |writer| {
                let _ = tell.send(work(writer));
            }));
            self.0.filled.notify_one();
        }
        told.recv().map_err(|_| StoreError::WriterGone)
    }

    pub fn load(&self) -> WriterLoad {
        let waiting = self.0.lock();
        WriterLoad {
            urgent: waiting.urgent.len(),
            bulk: waiting.bulk.len(),
            commits: self.0.commits.load(Ordering::Relaxed),
            panics: self.0.panics.load(Ordering::Relaxed),
        }
    }
}

impl WriterThread {
    /// For an import that has the store for itself.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(writer: Writer) -> Result<Self> {
        Self::spawn(writer, false)
    }

    /// For a sidecar: urgent jobs may come at any moment.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start_live(writer: Writer) -> Result<Self> {
        Self::spawn(writer, true)
    }

    fn spawn(mut writer: Writer, live: bool) -> Result<Self> {
        let folding = if live { Some(Folding::start(&mut writer)?) } else { None };
        let path = writer.path.clone();
        let queue = Arc::new(Queue { live, ..Queue::default() });
        let theirs = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name("tma1 writer".to_owned())
            .spawn(move || run(writer, &theirs))
            .map_err(|source| StoreError::Io { action: "start a writer for", path, source })?;
        Ok(Self { queue, thread, folding })
    }

    pub fn handle(&self) -> WriterHandle {
        WriterHandle(Arc::clone(&self.queue))
    }

    /// Waits until everything handed over is committed, and gives the writer back.
    ///
    /// # Errors
    /// [`StoreError::WriterGone`]: the thread died.
    pub fn finish(self) -> Result<Writer> {
        self.queue.lock().closed = true;
        self.queue.filled.notify_all();
        self.queue.emptied.notify_all();
        let mut writer = self.thread.join().map_err(|_| StoreError::WriterGone)?;
        if let Some(folding) = self.folding {
            folding.stop(&mut writer)?;
        }
        Ok(writer)
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is done next; `None`: nothing will come any more.
    fn next(&self) -> Option<Next> {
        let mut waiting = self.lock();
        loop {
            if !waiting.urgent.is_empty() {
                return Some(Next::Jobs(waiting.urgent.drain(..).collect()));
            }
            if let Some(work) = waiting.work.pop_front() {
                return Some(Next::Work(work));
            }
            if !waiting.bulk.is_empty() {
                let most = if self.live { TOGETHER_LIVE } else { TOGETHER };
                let mut weight = 0;
                let mut jobs = Vec::new();
                while let Some(job) = waiting.bulk.pop_front() {
                    weight += job.batch.weight();
                    jobs.push(job);
                    if weight >= most {
                        break;
                    }
                }
                self.emptied.notify_all();
                return Some(Next::Jobs(jobs));
            }
            if waiting.closed {
                return None;
            }
            waiting = self.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

enum Next {
    Jobs(Vec<Job>),
    Work(Work),
}

fn run(mut writer: Writer, queue: &Queue) -> Writer {
    while let Some(next) = queue.next() {
        match next {
            Next::Work(work) => {
                if catch_unwind(AssertUnwindSafe(|| work(&mut writer))).is_err() {
                    queue.panics.fetch_add(1, Ordering::Relaxed);
                    writer.start_over();
                }
            }
            Next::Jobs(jobs) => store(&mut writer, jobs, queue),
        }
    }
    writer
}

/// All together; where others are waiting for their answer, else each for itself: what cannot be stored must not
/// take the rest with it.
fn store(writer: &mut Writer, jobs: Vec<Job>, queue: &Queue) {
    let (void, jobs): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(|job| is_void(&job.void));
    for job in void {
        (job.done)(Err(StoreError::WriterGone));
    }
    let again: Vec<Batch> =
        if queue.live && jobs.len() > 1 { jobs.iter().map(|j| j.batch.clone()).collect() } else { Vec::new() };
    let (batches, waiting): (Vec<Batch>, Vec<Waiter>) = jobs.into_iter().map(|j| (j.batch, (j.done, j.void))).unzip();
    let error = match apply(writer, batches, queue) {
        Ok(()) => return waiting.into_iter().for_each(|(done, _)| done(Ok(()))),
        Err(error) => error,
    };
    if again.is_empty() || error.is_of_the_place() {
        let rest = error.for_others();
        let errors = std::iter::once(error).chain(std::iter::repeat_with(rest));
        for ((done, _), error) in waiting.into_iter().zip(errors) {
            done(Err(error));
        }
        return;
    }
    for (batch, (done, void)) in again.into_iter().zip(waiting) {
        done(if is_void(&void) { Err(StoreError::WriterGone) } else { apply(writer, vec![batch], queue) });
    }
}

fn apply(writer: &mut Writer, batches: Vec<Batch>, queue: &Queue) -> Result<()> {
    let outcome = catch_unwind(AssertUnwindSafe(|| writer.apply_all(batches.into_iter()))).unwrap_or_else(|_| {
        queue.panics.fetch_add(1, Ordering::Relaxed);
        writer.start_over();
        Err(StoreError::Panicked)
    });
    queue.commits.fetch_add(u64::from(outcome.is_ok()), Ordering::Relaxed);
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Agent, Fact, Message, Piece, Role, SessionId};
    use crate::store::Reader;

    fn saying(id: &str, bytes: usize) -> Batch {
        let text = id.repeat(bytes / id.len());
        let mut batch = Batch::told(1);
        batch.push(Fact::Message(Message {
            session: SessionId::new(Agent::ClaudeCode, "s"),
            message_id: id.to_owned(),
            record_id: None,
            at: 1,
            role: Role::User,
            pieces: vec![Piece { hash: xxhash_rust::xxh3::xxh3_64(id.as_bytes()), text }],
            model: None,
            agent_id: None,
            turn: None,
            overheard: false,
        }));
        batch
    }

    /// A position behind lines that are missing would lose them for good.
    #[test]
    fn what_builds_on_a_failed_batch_is_not_stored_and_the_rest_is() {
        for live in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let thread = WriterThread::spawn(Writer::open(dir.path()).unwrap(), live).unwrap();
            let handle = thread.handle();
            let failed = Arc::new(AtomicBool::new(false));
            let (tell, told) = std::sync::mpsc::channel();
            let telling = |name: &'static str| {
                let tell = tell.clone();
                move |outcome: Result<()>| tell.send((name, outcome.is_ok())).unwrap()
            };
            handle.with(|w| w.leave_room(1)).unwrap().unwrap();
            handle.submit_unless(saying("first", 4_000_000), &failed, telling("first")).unwrap();
            assert_eq!(told.recv().unwrap(), ("first", false));
            handle.with(|w| w.leave_room(100_000)).unwrap().unwrap();
            handle.submit_unless(saying("second", 100), &failed, telling("second")).unwrap();
            assert_eq!(told.recv().unwrap(), ("second", false));
            handle.submit(saying("alone", 100), telling("alone")).unwrap();
            assert_eq!(told.recv().unwrap(), ("alone", true));
            drop(thread.finish().unwrap());
            let session = Reader::open(dir.path()).unwrap().session("s").unwrap().unwrap();
            assert_eq!(session.user_prompts, 1, "live: {live}");
        }
    }

    #[test]
    fn a_panic_in_the_writer_ends_nothing_but_itself() {
        let dir = tempfile::tempdir().unwrap();
        let thread = WriterThread::start_live(Writer::open(dir.path()).unwrap()).unwrap();
        let handle = thread.handle();
        assert!(matches!(handle.with(|_| panic!("bug")), Err(StoreError::WriterGone)));
        handle.commit(saying("after", 10)).unwrap();
        assert_eq!(handle.load().panics, 1);
    }
}
