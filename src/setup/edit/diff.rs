//! What a dry run shows: the lines that change, with three around them.

use std::fmt::Write as _;

const CONTEXT: usize = 3;

/// Beyond this many comparisons the middle counts as changed whole; our edits never come near.
const EFFORT: usize = 4_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Both,
    Old,
    New,
}

/// A unified diff, empty where nothing changes; `None` is a file that is not there.
pub fn unified(path: &str, old: Option<&str>, new: Option<&str>) -> String {
    if old == new {
        return String::new();
    }
    let lines = compare(&split(old.unwrap_or_default()), &split(new.unwrap_or_default()));
    let name = |side: Option<&str>| if side.is_some() { path.to_owned() } else { "/dev/null".to_owned() };
    let mut out = format!("--- {}\n+++ {}\n", name(old), name(new));
    let changed: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].0 != Side::Both).collect();
    let mut from = 0;
    while let Some(&first) = changed.get(from) {
        let mut to = from;
        while changed.get(to + 1).is_some_and(|&next| next - changed[to] <= 2 * CONTEXT) {
            to += 1;
        }
        let hunk = first.saturating_sub(CONTEXT)..(changed[to] + CONTEXT + 1).min(lines.len());
        write_hunk(&mut out, &lines, hunk);
        from = to + 1;
    }
    out
}

/// Lines with their ends, so that a changed line end shows as a change.
fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn write_hunk(out: &mut String, lines: &[(Side, &str)], hunk: std::ops::Range<usize>) {
    let count = |of: &[(Side, &str)], not: Side| of.iter().filter(|(side, _)| *side != not).count();
    let start = |not, length: usize| count(&lines[..hunk.start], not) + usize::from(length > 0);
    let (old, new) = (count(&lines[hunk.clone()], Side::New), count(&lines[hunk.clone()], Side::Old));
    let _ = writeln!(out, "@@ -{},{old} +{},{new} @@", start(Side::New, old), start(Side::Old, new));
    for (side, line) in &lines[hunk] {
        out.push(match side {
            Side::Both => ' ',
            Side::Old => '-',
            Side::New => '+',
        });
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(Side, &'a str)> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let mut lines: Vec<(Side, &str)> = old[..head].iter().map(|line| (Side::Both, *line)).collect();
    lines.extend(middle(a, b));
    lines.extend(old[old.len() - tail..].iter().map(|line| (Side::Both, *line)));
    lines
}

/// By the longest common subsequence.
fn middle<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<(Side, &'a str)> {
    let mut lines = Vec::new();
    let (mut i, mut j) = (0, 0);
    if a.len().saturating_mul(b.len()) <= EFFORT {
        let width = b.len() + 1;
        let mut length = vec![0_u32; (a.len() + 1) * width];
        for i in (0..a.len()).rev() {
            for j in (0..b.len()).rev() {
                length[i * width + j] = if a[i] == b[j] {
                    length[(i + 1) * width + j + 1] + 1
                } else {
                    length[(i + 1) * width + j].max(length[i * width + j + 1])
                };
            }
        }
        while i < a.len() && j < b.len() {
            if a[i] == b[j] {
                lines.push((Side::Both, a[i]));
                (i, j) = (i + 1, j + 1);
            } else if length[(i + 1) * width + j] >= length[i * width + j + 1] {
                lines.push((Side::Old, a[i]));
                i += 1;
            } else {
                lines.push((Side::New, b[j]));
                j += 1;
            }
        }
    }
    lines.extend(a[i..].iter().map(|line| (Side::Old, *line)));
    lines.extend(b[j..].iter().map(|line| (Side::New, *line)));
    lines
}
