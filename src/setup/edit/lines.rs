//! The cuts that add and remove whole lines: of TOML a pair under its header, a header with its pairs; our block of text.
//!
//! They remember nothing. A new block always comes at the end, after one empty line (even where there is one already),
//! and takes one empty line with it when it goes (that below it where it is the first in the file); a file without a last line end is left without one.

use std::ops::Range;

use super::text::{BOM, Cut, before_line_end, indent_of, line_end_near, line_start, past_line_end};

/// Past the end of the line that holds `at`, and whether a line end stood there.
fn line_stop(text: &str, at: usize) -> (usize, bool) {
    let end = text.get(at..).and_then(|rest| rest.find(['\n', '\r'])).map_or(text.len(), |length| at + length);
    let stop = past_line_end(text, end);
    (stop, stop > end)
}

/// A line under the one that holds `after` (indented like its neighbour).
pub(super) fn add_below(text: &str, after: usize, neighbour: Option<usize>, line: &str) -> Cut {
    let indent = neighbour.map_or("", |neighbour| indent_of(text, neighbour));
    let (stop, ended) = line_stop(text, after);
    let end = line_end_near(text, stop);
    Cut::insert(stop, if ended { format!("{indent}{line}{end}") } else { format!("{end}{indent}{line}") })
}

/// A line above the first header: above its comments and the empty line that parts it from what comes before.
pub(super) fn add_above(text: &str, header: usize, line: &str) -> Cut {
    let mut start = line_start(text, header);
    let above = |start: usize| {
        let upper = line_start(text, before_line_end(text, start));
        text.get(upper..start).filter(|_| upper < start).map(|line| (upper, line.trim()))
    };
    while let Some((upper, _)) = above(start).filter(|(_, line)| line.starts_with('#')) {
        start = upper;
    }
    if let Some((upper, _)) = above(start).filter(|(_, line)| line.is_empty()) {
        start = upper;
    }
    Cut::insert(start, format!("{line}{}", line_end_near(text, start)))
}

/// A block at the end of the file.
pub(super) fn add_block(text: &str, block: &str) -> Cut {
    let end = line_end_near(text, text.len());
    let new = if text.trim_start_matches(BOM).is_empty() {
        format!("{block}{end}")
    } else if text.ends_with(['\n', '\r']) {
        format!("{end}{block}{end}")
    } else {
        format!("{end}{end}{block}")
    };
    Cut::insert(text.len(), new)
}

/// Takes out the lines of one pair.
pub(super) fn remove_line(text: &str, span: &Range<usize>) -> Cut {
    let start = line_start(text, span.start);
    match line_stop(text, span.end) {
        (stop, true) => Cut::delete(start..stop),
        (stop, false) => Cut::delete(before_line_end(text, start)..stop),
    }
}

/// Takes out a header with what stands under it.
pub(super) fn remove_block(text: &str, span: &Range<usize>) -> Cut {
    let start = line_start(text, span.start);
    let (stop, ended) = line_stop(text, span.end);
    let above = before_line_end(text, start);
    let empty_line = before_line_end(text, above) < above;
    if text.get(..start).is_some_and(|head| head.trim_start_matches(BOM).is_empty()) {
        // First in the file it came without one; the one after it belongs to what follows.
        return Cut::delete(start..past_line_end(text, stop));
    }
    let start = match (empty_line, ended) {
        (true, false) => before_line_end(text, above),
        (false, true) => start,
        _ => above,
    };
    Cut::delete(start..stop)
}
