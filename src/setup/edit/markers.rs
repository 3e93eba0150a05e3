//! Our block in a file of instructions: between two marker lines, and only where those stand alone on their lines.

use std::ops::Range;

use super::error::Fault;
use super::lines;
use super::text::{BOM, Cut, cut, line_end_near};

/// What encloses the block. Comments of Markdown for instructions; other kinds of file have their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markers {
    pub begin: String,
    pub end: String,
    /// Beginnings and ends that older versions wrote.
    pub older: Vec<(String, String)>,
}

impl Markers {
    pub fn markdown() -> Self {
        Self {
            begin: "<!-- tma1:begin -->".into(),
            end: "<!-- tma1:end -->".into(),
            older: vec![("<!-- tma1:start -->".into(), "<!-- tma1:end -->".into())],
        }
    }

    fn begins(&self, line: &str) -> bool {
        line == self.begin || self.older.iter().any(|(begin, _)| line == begin)
    }

    fn ends(&self, line: &str) -> bool {
        line == self.end || self.older.iter().any(|(_, end)| line == end)
    }
}

/// Puts the block in, or anew in its place. At the end of the file an empty line comes before it.
pub fn put(text: &str, markers: &Markers, body: &str) -> Result<String, Fault> {
    let (found, fence) = find(text, markers)?;
    let at = found.first().map_or(text.len(), |span| span.start);
    let line_end = line_end_near(text, at);
    let body: Vec<&str> = body.trim_end().lines().collect();
    let block = [&[markers.begin.as_str()], &body[..], &[markers.end.as_str()]].concat().join(line_end);
    let Some((first, others)) = found.split_first() else {
        if let Some(fence) = fence {
            return Err(Fault::unfit(fence, "this fence of code is never closed, so that all after it is code"));
        }
        return Ok(cut(text, vec![lines::add_block(text, &block)]));
    };
    let mut cuts = vec![Cut::replace(first.clone(), block)];
    cuts.extend(others.iter().map(|span| removal(text, span)));
    Ok(cut(text, cuts))
}

/// Takes the block out, with the empty line that came with it.
pub fn take_out(text: &str, markers: &Markers) -> Result<String, Fault> {
    Ok(cut(text, find(text, markers)?.0.iter().map(|span| removal(text, span)).collect()))
}

/// Whether the block is there.
pub fn is_in(text: &str, markers: &Markers) -> Result<bool, Fault> {
    Ok(!find(text, markers)?.0.is_empty())
}

fn removal(text: &str, span: &Range<usize>) -> Cut {
    lines::remove_block(text, span)
}

/// The blocks, from the first marker to the end of the last one's line (its line end left out).
///
/// A marker inside a fence of code, indented as code or amid other text is somebody's example. One without the other
/// is an error: what lies between is nobody's to guess. Also tells where a fence begins that is never closed.
fn find(text: &str, markers: &Markers) -> Result<(Vec<Range<usize>>, Option<usize>), Fault> {
    let mut found = Vec::new();
    let mut fence: Option<(char, usize, usize)> = None;
    let mut begun: Option<usize> = None;
    for (start, line) in each_line(text) {
        let bare = line.trim_end();
        // Within our block a fence is ours; it can't hide the end.
        if begun.is_none() {
            if let Some((mark, length, from)) = fence {
                let closes = fence_of(bare).is_some_and(|(m, l, info)| m == mark && l >= length && info.is_empty());
                fence = (!closes).then_some((mark, length, from));
                continue;
            }
            if let Some((mark, length, _)) = fence_of(bare) {
                fence = Some((mark, length, start));
                continue;
            }
        }
        match (markers.begins(bare), markers.ends(bare), begun) {
            (true, _, None) => begun = Some(start),
            (true, _, Some(first)) => {
                return Err(Fault::unfit(first, format!("`{bare}` begins twice and ends once")));
            }
            (_, true, Some(first)) => {
                found.push(first..start + bare.len());
                begun = None;
            }
            (_, true, None) => return Err(Fault::unfit(start, format!("`{bare}` ends what never begins"))),
            _ => {}
        }
    }
    match begun {
        Some(first) => Err(Fault::unfit(first, "this block of tma1 has no end marker")),
        None => Ok((found, fence.map(|(_, _, from)| from))),
    }
}

fn each_line(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = if text.starts_with(BOM) { BOM.len() } else { 0 };
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line = (at, &rest[..length]);
        at = super::text::past_line_end(text, at + length);
        Some(line)
    })
}

/// A line that opens or closes a fence of code: its character, its length, what is said after it.
fn fence_of(line: &str) -> Option<(char, usize, &str)> {
    let inner = line.trim_start_matches(' ');
    let mark = inner.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let length = inner.len() - inner.trim_start_matches(mark).len();
    let info = inner[length..].trim();
    let fits = line.len() - inner.len() <= 3 && length >= 3 && !(mark == '`' && info.contains('`'));
    fits.then_some((mark, length, info))
}
