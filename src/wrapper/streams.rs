//! The command's standard output and error: what it gets in place of ours, and the copying from there to here.
//!
//! Where ours is a terminal it gets a pseudo-terminal, else a pipe; where both of ours are the same thing it gets one
//! for both, so that their order stays. Its standard input is ours, untouched.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::stdio::{stderr, stdout};

use super::kept::Listener;
use super::relay;
use super::spawn::Ends;
use super::terminal::Terminal;

const BUFFER: usize = 256 * 1024;

/// Room in a pipe: the more, the less often somebody has to wait for somebody.
#[cfg(target_os = "linux")]
const ROOM: usize = 1024 * 1024;

/// After the command's end, what it left running may be about to end too.
const LAST_WORDS: Duration = Duration::from_millis(10);

/// No pipe holds more than this: what comes after it was not printed by the command itself.
const MOST_WAITING: usize = 1024 * 1024;
/// Reads.
const LOOK_EVERY: u32 = 16;

/// Until everything printed before a stop is shown.
const SHOWN_WITHIN: Duration = Duration::from_millis(200);

/// Which of ours is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ours {
    Out,
    Err,
}

impl Ours {
    pub fn fd(self) -> BorrowedFd<'static> {
        match self {
            Self::Out => stdout(),
            Self::Err => stderr(),
        }
    }
}

/// One way out of the command.
struct Channel {
    source: Arc<OwnedFd>,
    ours: Ours,
    terminal: Option<Arc<Terminal>>,
}

/// What is ready before the command starts.
pub(super) struct Prepared {
    channels: Vec<Channel>,
    out: OwnedFd,
    err: OwnedFd,
}

/// The copying, under way.
pub(super) struct Streams {
    copiers: Vec<Copier>,
}

struct Copier {
    thread: JoinHandle<()>,
    terminal: Option<Arc<Terminal>>,
    /// Nothing that was read is still to be written.
    idle: Arc<AtomicBool>,
    /// Not ours to keep open: the command must learn when nobody reads.
    source: Weak<OwnedFd>,
    /// Closed when the command has ended.
    alive: OwnedFd,
}

pub(super) fn prepare() -> io::Result<Prepared> {
    let mut channels = Vec::new();
    let mut open = |ours: Ours| -> io::Result<OwnedFd> {
        let (channel, theirs) = Channel::open(ours)?;
        channels.push(channel);
        Ok(theirs)
    };
    let out = open(Ours::Out)?;
    let err = if same(stdout(), stderr()) { out.try_clone()? } else { open(Ours::Err)? };
    Ok(Prepared { channels, out, err })
}

fn same(a: BorrowedFd<'_>, b: BorrowedFd<'_>) -> bool {
    let of = |fd| rustix::fs::fstat(fd).map(|stat| (stat.st_dev, stat.st_ino, stat.st_rdev));
    matches!((of(a), of(b)), (Ok(a), Ok(b)) if a == b)
}

impl Channel {
    /// With the end that the command gets.
    fn open(ours: Ours) -> io::Result<(Self, OwnedFd)> {
        let (terminal, source, theirs) = if let Some((terminal, source, theirs)) = Terminal::like(ours.fd()) {
            (Some(Arc::new(terminal)), source, theirs)
        } else {
            let (source, theirs) = pipe_with(PipeFlags::CLOEXEC)?;
            // A user has only so much; the usual will do.
            #[cfg(target_os = "linux")]
            let _ = rustix::pipe::fcntl_setpipe_size(&source, ROOM);
            (None, source, theirs)
        };
        rustix::io::ioctl_fionbio(&source, true)?;
        Ok((Self { source: Arc::new(source), ours, terminal }, theirs))
    }
}

impl Prepared {
    /// Begins to copy. The command has its ends, and ours of them are closed: else no end would ever be seen.
    pub fn copy(self, listener: &Arc<dyn Listener>) -> io::Result<Streams> {
        let Self { channels, out, err } = self;
        drop((out, err));
        let copiers = channels.into_iter().map(|channel| Copier::start(channel, Arc::clone(listener)));
        Ok(Streams { copiers: copiers.collect::<io::Result<_>>()? })
    }

    /// The ends for the command.
    pub fn ends(&self) -> Ends<'_> {
        (self.out.as_fd(), self.err.as_fd())
    }
}

impl Streams {
    /// The size of our terminal may have changed. Whether it had.
    pub fn terminals(&self) -> Vec<Arc<Terminal>> {
        self.copiers.iter().filter_map(|copier| copier.terminal.clone()).collect()
    }

    /// Waits until what the command printed so far is shown.
    pub fn settle(&self) {
        let until = Instant::now() + SHOWN_WITHIN;
        let mut quiet = 0;
        while quiet < 2 && Instant::now() < until {
            quiet = if self.copiers.iter().all(Copier::is_through) { quiet + 1 } else { 0 };
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The command has ended: everything that it printed is shown when this returns. What it left running keeps
    /// its way out.
    pub fn finish(self) {
        let threads = self.copiers.into_iter().map(|copier| {
            drop(copier.alive);
            copier.thread
        });
        for thread in threads.collect::<Vec<_>>() {
            // It has said its last word even where it could not say why.
            let _ = thread.join();
        }
    }
}

impl Copier {
    /// Whether everything printed so far is shown.
    fn is_through(&self) -> bool {
        let waiting = self.source.upgrade().is_some_and(|source| {
            let mut fds = [PollFd::from_borrowed_fd(source.as_fd(), PollFlags::IN)];
            poll(&mut fds, Some(&timespec(Duration::ZERO))).is_ok_and(|ready| ready > 0)
        });
        !waiting && self.idle.load(Ordering::Acquire)
    }

    fn start(channel: Channel, listener: Arc<dyn Listener>) -> io::Result<Self> {
        let (ended, alive) = pipe_with(PipeFlags::CLOEXEC)?;
        let idle = Arc::new(AtomicBool::new(false));
        let (terminal, source) = (channel.terminal.clone(), Arc::downgrade(&channel.source));
        let copying = Copying { channel, listener, ended, idle: Arc::clone(&idle) };
        let thread = std::thread::Builder::new().name("copy".to_owned()).spawn(move || copying.run())?;
        Ok(Self { thread, terminal, idle, source, alive })
    }
}

struct Copying {
    channel: Channel,
    listener: Arc<dyn Listener>,
    ended: OwnedFd,
    idle: Arc<AtomicBool>,
}

/// A terminal holds little more than a page until somebody reads.
const SHORT_BREATH: Duration = Duration::from_micros(180);
const BREATH: Duration = Duration::from_micros(500);

/// Many small pieces, one right after the other. To wake up for each would cost the command more than they do; so
/// short a wait nobody sees.
#[derive(Default)]
struct Flurry {
    pieces: u32,
    last: Option<Instant>,
}

impl Flurry {
    const SMALL: usize = 2 * 1024;
    const MANY: u32 = 16;
    const CLOSE: Duration = Duration::from_millis(2);

    fn pause_after(&mut self, count: usize, breath: Duration) {
        let close = self.last.is_some_and(|last| last.elapsed() < Self::CLOSE);
        self.pieces = match (close, count < Self::SMALL) {
            (true, true) => self.pieces.saturating_add(1),
            (true, false) => self.pieces,
            (false, _) => 0,
        };
        if self.pieces > Self::MANY {
            std::thread::sleep(breath);
        }
        self.last = Some(Instant::now());
    }
}

/// What became of a source.
enum Next {
    More,
    /// The command has ended, and others still hold its way out.
    Left,
    Over,
}

impl Copying {
    fn run(self) {
        let mut buffer = vec![0; BUFFER];
        let mut reads = 0_u32;
        let mut left = MOST_WAITING;
        let mut flurry = Flurry::default();
        loop {
            reads = reads.wrapping_add(1);
            // A stream that others keep full shows its end nowhere else.
            if reads.is_multiple_of(LOOK_EVERY) && left == MOST_WAITING && self.has_ended() {
                left -= 1;
            }
            if left == 0 {
                return relay::hand_over(&self.channel.source, self.channel.ours);
            }
            match rustix::io::read(&*self.channel.source, &mut buffer[..]) {
                Ok(0) => return,
                Ok(count) => {
                    self.idle.store(false, Ordering::Release);
                    if let Some(terminal) = &self.channel.terminal {
                        terminal.mirror();
                    }
                    let shown = write_all(self.channel.ours.fd(), &buffer[..count]);
                    self.listener.heard(&buffer[..count]);
                    if shown.is_err() {
                        // Nobody reads on: dropping the source tells the command the way it would have been told.
                        return;
                    }
                    if left < MOST_WAITING {
                        left = left.saturating_sub(count);
                    }
                    flurry.pause_after(count, if self.channel.terminal.is_some() { SHORT_BREATH } else { BREATH });
                }
                Err(Errno::AGAIN) => match self.wait() {
                    Next::More => {}
                    Next::Left => return relay::hand_over(&self.channel.source, self.channel.ours),
                    Next::Over => return,
                },
                Err(Errno::INTR) => {}
                // A pseudo-terminal that nobody has open any more says so by an error.
                Err(_) => return,
            }
        }
    }

    fn has_ended(&self) -> bool {
        let mut fds = [PollFd::from_borrowed_fd(self.ended.as_fd(), PollFlags::empty())];
        poll(&mut fds, Some(&timespec(Duration::ZERO))).is_ok_and(|ready| ready > 0)
    }

    fn wait(&self) -> Next {
        self.idle.store(true, Ordering::Release);
        let mut pauses = self.channel.terminal.as_ref().map(|terminal| terminal.pauses());
        loop {
            let (source, ended) = (PollFlags::IN, PollFlags::empty());
            let mut fds = [
                PollFd::from_borrowed_fd(self.channel.source.as_fd(), source),
                PollFd::from_borrowed_fd(self.ended.as_fd(), ended),
            ];
            let pause = pauses.as_mut().and_then(Iterator::next);
            match poll(&mut fds, pause.map(timespec).as_ref()) {
                Ok(0) => {
                    if let Some(terminal) = &self.channel.terminal {
                        terminal.mirror();
                    }
                    continue;
                }
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(_) => return Next::Over,
            }
            if !fds[0].revents().is_empty() {
                return Next::More;
            }
            if !fds[1].revents().is_empty() {
                return self.last_words();
            }
        }
    }

    fn last_words(&self) -> Next {
        let mut fds = [PollFd::from_borrowed_fd(self.channel.source.as_fd(), PollFlags::IN)];
        match poll(&mut fds, Some(&timespec(LAST_WORDS))) {
            Ok(0) => Next::Left,
            Ok(_) | Err(Errno::INTR) => Next::More,
            Err(_) => Next::Over,
        }
    }
}

pub(super) fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() }
}

/// Writes all of it, also where somebody made the descriptor one that does not wait.
pub(super) fn write_all(to: BorrowedFd<'_>, mut bytes: &[u8]) -> rustix::io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(to, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let _ = poll(&mut [PollFd::new(&to, PollFlags::OUT)], None);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
