//! The pseudo-terminal that a command writes to in place of ours, kept like ours, and ours like it.
//!
//! The command's controlling terminal and its standard input stay the real ones: keys, job control and most changes of
//! modes never pass through here. Some libraries change the modes through standard output, though, which is this one;
//! such changes are carried over.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, OutputModes, Termios, Winsize, isatty, tcgetattr, tcgetpgrp, tcgetwinsize,
    tcsetattr, tcsetwinsize,
};

/// After the last output, modes may still change without any; looked at ever more rarely.
const PAUSES_MS: &[u64] = &[1, 4, 15, 50, 100];
const LAST_PAUSE: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(super) struct Terminal {
    ours: BorrowedFd<'static>,
    /// Our side of the pseudo-terminal. Modes set on either side are the same.
    theirs: OwnedFd,
    seen: Mutex<Option<Termios>>,
    /// Only who types cares about modes.
    has_input: bool,
}

impl Terminal {
    /// One like `ours`, with the side to read from and the side for the command. `None`: `ours` is no terminal.
    pub fn like(ours: BorrowedFd<'static>) -> Option<(Self, OwnedFd, OwnedFd)> {
        if !isatty(ours) {
            return None;
        }
        let source = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).ok()?;
        grantpt(&source).ok()?;
        unlockpt(&source).ok()?;
        let name = ptsname(&source, Vec::new()).ok()?;
        let command = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let theirs = source.try_clone().ok()?;
        let has_input = isatty(rustix::stdio::stdin());
        let terminal = Self { ours, theirs, seen: Mutex::new(None), has_input };
        terminal.resize();
        if let Ok(mut modes) = tcgetattr(ours) {
            // What is done to output, ours does.
            modes.output_modes -= OutputModes::OPOST;
            let _ = tcsetattr(&terminal.theirs, OptionalActions::Now, &modes);
        }
        *terminal.seen.lock().unwrap_or_else(PoisonError::into_inner) = tcgetattr(&terminal.theirs).ok();
        Some((terminal, source, command))
    }

    /// Takes over the size of ours. Whether it was another one.
    pub fn resize(&self) -> bool {
        let (Ok(size), known) = (tcgetwinsize(self.ours), tcgetwinsize(&self.theirs)) else { return false };
        let equal = |known: Winsize| known == size;
        !known.is_ok_and(equal) && tcsetwinsize(&self.theirs, size).is_ok()
    }

    /// When to look at the modes while nothing is printed.
    pub fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        let first: &[u64] = if self.has_input { PAUSES_MS } else { &[] };
        let last = self.has_input.then_some(LAST_PAUSE);
        first.iter().copied().map(Duration::from_millis).chain(std::iter::from_fn(move || last))
    }

    /// Does to ours what the command did to the modes of its own.
    pub fn mirror(&self) {
        if !self.has_input {
            return;
        }
        let Ok(mut now) = tcgetattr(&self.theirs) else { return };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(before) = seen.as_ref() else { return };
        if alike(&now, before) {
            return;
        }
        if let Ok(mut ours) = tcgetattr(self.ours) {
            carry_over(before, &now, &mut ours);
            // One in the background would be stopped for trying.
            if tcgetpgrp(self.ours).is_ok_and(|front| front == rustix::process::getpgrp()) {
                let _ = tcsetattr(self.ours, OptionalActions::Now, &ours);
            }
        }
        if now.output_modes.contains(OutputModes::OPOST) {
            now.output_modes -= OutputModes::OPOST;
            let _ = tcsetattr(&self.theirs, OptionalActions::Now, &now);
        }
        *seen = Some(now);
    }
}

fn alike(a: &Termios, b: &Termios) -> bool {
    a.input_modes == b.input_modes
        && a.output_modes == b.output_modes
        && a.local_modes == b.local_modes
        && codes(a).eq(codes(b))
}

/// The special codes, which can't be compared as a whole.
fn codes(modes: &Termios) -> impl Iterator<Item = u8> + '_ {
    use rustix::termios::SpecialCodeIndex as Index;
    const ALL: &[Index] = &[
        Index::VINTR,
        Index::VQUIT,
        Index::VERASE,
        Index::VKILL,
        Index::VEOF,
        Index::VTIME,
        Index::VMIN,
        Index::VSTART,
        Index::VSTOP,
        Index::VSUSP,
        Index::VEOL,
        Index::VREPRINT,
        Index::VWERASE,
        Index::VLNEXT,
    ];
    ALL.iter().map(|index| modes.special_codes[*index])
}

/// What became different between `before` and `now`, and only that.
fn carry_over(before: &Termios, now: &Termios, ours: &mut Termios) {
    let input = before.input_modes ^ now.input_modes;
    ours.input_modes = (ours.input_modes - input) | (now.input_modes & input);
    let local = before.local_modes ^ now.local_modes;
    ours.local_modes = (ours.local_modes - local) | (now.local_modes & local);
    let output = (before.output_modes ^ now.output_modes) - OutputModes::OPOST;
    ours.output_modes = (ours.output_modes - output) | (now.output_modes & output);
    if !codes(before).eq(codes(now)) {
        ours.special_codes = now.special_codes.clone();
    }
    // Raw in every respect means the output too; nobody who only reads keys goes so far.
    let raw = |modes: &Termios| {
        !modes.local_modes.intersects(LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN | LocalModes::ECHO)
            && !modes.input_modes.intersects(InputModes::ICRNL | InputModes::IXON)
    };
    if raw(now) && !raw(before) {
        ours.output_modes -= OutputModes::OPOST;
    } else if raw(before) && !raw(now) {
        ours.output_modes |= OutputModes::OPOST;
    }
}
