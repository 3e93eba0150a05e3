//! Where a command's words go: standard output for results, standard error for everything else.

use std::borrow::Cow;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use super::text;
use crate::answer::Refusal;
use crate::config::Env;

/// Taken where a terminal does not say how wide it is.
const USUAL_WIDTH: usize = 80;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
}

/// What standard output can show.
#[derive(Debug, Clone)]
pub struct Terminal {
    pub colour: bool,
    /// Columns; `None`: nobody looks, so nothing needs to be cut.
    pub width: Option<usize>,
}

impl Terminal {
    pub fn of_stdout(env: Env<'_>) -> Self {
        if !io::stdout().is_terminal() {
            return Self { colour: false, width: None };
        }
        let wanted = env("NO_COLOR").is_none_or(|value| value.is_empty());
        let told = env("COLUMNS").and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
        let asked =
            || terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0)).filter(|columns| *columns > 0);
        Self {
            colour: wanted && env("TERM").is_none_or(|name| name != "dumb"),
            width: Some(told.or_else(asked).unwrap_or(USUAL_WIDTH)),
        }
    }

    pub fn is_one(&self) -> bool {
        self.width.is_some()
    }

    pub fn paint<'a>(&self, style: Style, text: &'a str) -> Cow<'a, str> {
        let code = match style {
            _ if !self.colour || text.is_empty() => return Cow::Borrowed(text),
            Style::Plain => return Cow::Borrowed(text),
            Style::Bold => 1,
            Style::Dim => 2,
            Style::Red => 31,
            Style::Green => 32,
            Style::Yellow => 33,
        };
        Cow::Owned(format!("\u{1b}[{code}m{text}\u{1b}[0m"))
    }

    /// A line of `parts`, as far as the terminal is wide; the parts must be harmless already.
    pub fn fitted<'a>(&self, line: &'a str, indent: usize) -> Cow<'a, str> {
        match self.width {
            Some(width) => text::cut(line, width.saturating_sub(indent).max(16)),
            None => Cow::Borrowed(line),
        }
    }

    #[cfg(test)]
    pub fn plain(width: Option<usize>) -> Self {
        Self { colour: false, width }
    }
}

/// Prints a result. A reader that has seen enough and closed the pipe is no failure.
pub fn print(text: &str) -> Result<(), Refusal> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Refusal::internal(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints a result, and beside it what has to be known about it, such as how old it is.
pub fn print_noted(result: &str, note: Option<&str>) -> Result<(), Refusal> {
    print(result)?;
    if let Some(note) = note {
        remark(&text::line(note));
    }
    Ok(())
}

/// Says something beside the result; where nobody can hear it, nothing is lost.
pub fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
