//! A position among the lines of an output, with a bounded view around it.

use std::cell::OnceCell;

use super::hints::Hints;
use super::place::{self, Place};

/// Longer lines are cut before anything looks at them: minified code and data, no diagnostics.
const MAX_LINE: usize = 1000;

/// The line being read and what surrounds it.
pub(super) struct Cursor<'a> {
    /// The whole output.
    text: &'a str,
    start: usize,
    /// Start of the next line.
    next: usize,
    /// Number of the line, from 0.
    pub(super) number: usize,
    /// The line without its end.
    pub(super) line: &'a str,
    /// Signs seen in the line; empty until the line is offered to formats.
    pub(super) hints: Hints,
    /// Read at most once, by the first format that asks.
    place: OnceCell<Option<(Place<'a>, &'a str)>>,
}

impl<'a> Cursor<'a> {
    pub(super) fn first(text: &'a str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::at(text, 0, 0))
    }

    fn at(text: &'a str, start: usize, number: usize) -> Self {
        let rest = &text[start..];
        let (line, next) = rest.split_once('\n').map_or((rest, text.len()), |(line, _)| (line, start + line.len() + 1));
        Self {
            text,
            start,
            next,
            number,
            line: cut(line.trim_ascii_end(), MAX_LINE),
            hints: Hints::default(),
            place: OnceCell::new(),
        }
    }

    /// Whether the line has one of these signs.
    pub(super) fn shows(&self, hints: Hints) -> bool {
        self.hints.meets(hints)
    }

    /// The place that the line starts with, and what follows it.
    pub(super) fn place(&self) -> Option<(Place<'a>, &'a str)> {
        self.place.get_or_init(|| place::leading(self.line)).clone()
    }

    pub(super) fn following(&self) -> Option<Self> {
        (self.next < self.text.len()).then(|| Self::at(self.text, self.next, self.number + 1))
    }

    /// The lines after this one, at most `limit`.
    pub(super) fn ahead(&self, limit: usize) -> impl Iterator<Item = &'a str> + use<'a> {
        std::iter::successors(self.following(), Self::following).take(limit).map(|cursor| cursor.line)
    }

    /// The lines before this one, nearest first, at most `limit`.
    pub(super) fn behind(&self, limit: usize) -> impl Iterator<Item = &'a str> + use<'a> {
        let before = self.text[..self.start].strip_suffix('\n');
        before
            .into_iter()
            .flat_map(|before| before.rsplit('\n'))
            .take(limit)
            .map(|line| cut(line.trim_ascii_end(), MAX_LINE))
    }

    /// The line before, if it is not blank.
    pub(super) fn previous(&self) -> Option<&'a str> {
        self.behind(1).find(|line| !line.is_empty())
    }
}

/// At most `limit` bytes from the start, cut between characters.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}
