//! A text as it lies in a file: places by line and column, line ends, indentation, and cuts by span.

use std::fmt;
use std::ops::Range;

pub(super) const BOM: &str = "\u{feff}";

/// Counted from one, in characters, as editors show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub fn of(text: &str, offset: usize) -> Self {
        let offset = (0..=offset.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let before = text.get(..offset).unwrap_or_default();
        let before = before.strip_prefix(BOM).unwrap_or(before);
        let line = 1 + breaks(before);
        let column = 1 + before.rsplit(['\n', '\r']).next().unwrap_or_default().chars().count();
        Self { line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Line ends of all three kinds.
fn breaks(text: &str) -> usize {
    let bytes = text.as_bytes();
    bytes
        .iter()
        .enumerate()
        .filter(|&(at, &byte)| byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        .count()
}

/// The first line end in a text.
pub(super) fn line_end(text: &str) -> Option<&'static str> {
    let at = text.find(['\n', '\r'])?;
    Some(match (text.as_bytes()[at], text.as_bytes().get(at + 1)) {
        (b'\n', _) => "\n",
        (_, Some(b'\n')) => "\r\n",
        _ => "\r",
    })
}

/// The line end that a new line beside `offset` gets: that of the line before it, else of the next, else of Unix.
pub(super) fn line_end_near(text: &str, offset: usize) -> &'static str {
    let before = text.get(..offset).unwrap_or_default();
    if before.ends_with("\r\n") {
        return "\r\n";
    }
    match before.rfind(['\n', '\r']) {
        Some(at) if before.as_bytes()[at] == b'\r' => "\r",
        Some(at) if at > 0 && before.as_bytes()[at - 1] == b'\r' => "\r\n",
        Some(_) => "\n",
        None => line_end(text).unwrap_or("\n"),
    }
}

/// Where the line that holds `offset` begins.
pub(super) fn line_start(text: &str, offset: usize) -> usize {
    let start = text.get(..offset).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |at| at + 1);
    if start == 0 && text.starts_with(BOM) { BOM.len().min(offset) } else { start }
}

/// The blanks that the line of `offset` begins with.
pub(super) fn indent_of(text: &str, offset: usize) -> &str {
    let line = text.get(line_start(text, offset)..offset).unwrap_or_default();
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Past the line end that begins at `offset`, if one does.
pub(super) fn past_line_end(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    offset + line_end(rest).filter(|end| rest.starts_with(*end)).map_or(0, str::len)
}

/// Before the line end that stops at `offset`, if one does.
pub(super) fn before_line_end(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    ["\r\n", "\n", "\r"].iter().find(|end| before.ends_with(**end)).map_or(offset, |end| offset - end.len())
}

/// One cut: what is put in place of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) span: Range<usize>,
    pub(super) text: String,
}

impl Cut {
    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { span: at..at, text: text.into() }
    }

    pub(super) fn delete(span: Range<usize>) -> Self {
        Self { span, text: String::new() }
    }

    pub(super) fn replace(span: Range<usize>, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }
}

/// Makes the cuts; those at one place keep their order.
pub(super) fn cut(text: &str, mut cuts: Vec<Cut>) -> String {
    cuts.sort_by_key(|cut| cut.span.start);
    let mut out = String::with_capacity(text.len() + cuts.iter().map(|cut| cut.text.len()).sum::<usize>());
    let mut done = 0;
    for Cut { span, text: new } in cuts {
        out.push_str(text.get(done..span.start.max(done)).unwrap_or_default());
        out.push_str(&new);
        done = done.max(span.end);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}
