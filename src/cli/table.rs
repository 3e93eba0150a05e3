//! Aligned columns: what every list on a terminal is written with.

use std::fmt::Write as _;

use super::terminal::{Style, Terminal};
use super::text;

const GAP: &str = "  ";
/// Where nobody looks nothing is cut; what is longer stands out of its column then.
const ALIGNED: usize = 60;
/// Narrower columns say nothing.
const NARROWEST: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

#[derive(Debug, Clone)]
pub struct Column {
    title: String,
    align: Align,
    /// May be cut to this where the terminal is too narrow.
    elastic: Option<usize>,
    /// Left out where that does not help; the highest goes first.
    expendable: u8,
    /// Never cut: what a person types from here.
    whole: bool,
}

impl Column {
    pub fn left(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Left, elastic: None, expendable: 0, whole: false }
    }

    pub fn right(title: impl Into<String>) -> Self {
        Self { align: Align::Right, ..Self::left(title) }
    }

    pub fn elastic(self, least: usize) -> Self {
        Self { elastic: Some(least), ..self }
    }

    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    pub fn expendable(self, rank: u8) -> Self {
        Self { expendable: rank, ..self }
    }
}

#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// Foreign text is made harmless here.
    pub fn new(text: &str, style: Style) -> Self {
        Self { text: text::line(text), style }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text.as_ref(), Style::Plain)
    }
}

/// Rows under titles (none of them: no title line).
#[derive(Debug, Default)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    /// The last row is a sum, set off from the others.
    total: bool,
    /// Blanks before every line.
    indent: usize,
}

impl Table {
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, ..Self::default() }
    }

    pub fn indented(self) -> Self {
        Self { indent: GAP.len(), ..self }
    }

    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    pub fn total(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
        self.total = true;
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// As text, each line ended; no wider than the terminal, where it can be helped.
    pub fn render(&self, terminal: &Terminal) -> String {
        let mut widths = self.natural_widths(terminal.width);
        // A column with nothing in it is none.
        let mut shown: Vec<usize> = (0..self.columns.len()).filter(|i| widths[*i] > 0).collect();
        if let Some(most) = terminal.width {
            self.fit(&mut widths, &mut shown, most.saturating_sub(self.indent));
        }
        let mut text = String::new();
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            let titles: Vec<Cell> = self.columns.iter().map(|c| Cell::new(&c.title, Style::Dim)).collect();
            self.write(&mut text, &titles, &shown, &widths, terminal);
        }
        for (index, row) in self.rows.iter().enumerate() {
            if self.total && index + 1 == self.rows.len() {
                let rule: usize =
                    shown.iter().map(|i| widths[*i]).sum::<usize>() + GAP.len() * shown.len().saturating_sub(1);
                let _ = writeln!(text, "{}{}", " ".repeat(self.indent), terminal.paint(Style::Dim, &"─".repeat(rule)));
            }
            self.write(&mut text, row, &shown, &widths, terminal);
        }
        text
    }

    fn natural_widths(&self, most: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|column| text::width(&column.title)).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(text::width(&cell.text));
            }
        }
        for width in &mut widths {
            *width = (*width).min(most.unwrap_or(ALIGNED));
        }
        widths
    }

    /// Leaves out what is expendable until the rest fits, then cuts elastic columns, the widest first.
    fn fit(&self, widths: &mut [usize], shown: &mut Vec<usize>, most: usize) {
        while Self::needed(shown, |i| self.least(i, widths[i])) > most {
            let Some(victim) = shown.iter().copied().max_by_key(|i| self.columns[*i].expendable) else { return };
            if self.columns[victim].expendable == 0 {
                break;
            }
            shown.retain(|i| *i != victim);
        }
        Self::shrink(widths, shown, most, |i, width| self.least(i, width));
        // Still too wide: any text gives way, but never a number.
        Self::shrink(widths, shown, most, |i, width| match self.columns[i].align {
            Align::Left if !self.columns[i].whole => width.min(NARROWEST),
            _ => width,
        });
    }

    /// Takes from the widest column that is wider than its `least`, until all fit or none can give.
    fn shrink(widths: &mut [usize], shown: &[usize], most: usize, least: impl Fn(usize, usize) -> usize) {
        while Self::needed(shown, |i| widths[i]) > most {
            let can_give = shown.iter().filter(|i| least(**i, widths[**i]) < widths[**i]);
            let Some(widest) = can_give.max_by_key(|i| widths[**i]) else { return };
            widths[*widest] -= 1;
        }
    }

    fn needed(shown: &[usize], width: impl Fn(usize) -> usize) -> usize {
        (shown.iter().map(|i| width(*i) + GAP.len()).sum::<usize>()).saturating_sub(GAP.len())
    }

    /// What a column that would be `width` wide can be cut to.
    fn least(&self, column: usize, width: usize) -> usize {
        self.columns[column].elastic.map_or(width, |least| least.min(width))
    }

    fn write(&self, out: &mut String, row: &[Cell], shown: &[usize], widths: &[usize], terminal: &Terminal) {
        let mut line = " ".repeat(self.indent);
        for (place, index) in shown.iter().enumerate() {
            let Some(cell) = row.get(*index) else { continue };
            let written = match terminal.width {
                Some(_) => text::cut(&cell.text, widths[*index]),
                None => cell.text.as_str().into(),
            };
            let blanks = " ".repeat(widths[*index] - text::width(&written).min(widths[*index]));
            let painted = terminal.paint(cell.style, &written);
            if place > 0 {
                line.push_str(GAP);
            }
            match self.columns[*index].align {
                Align::Left => line.extend([painted.as_ref(), &blanks]),
                Align::Right => line.extend([&blanks, painted.as_ref()]),
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new(vec![
            Column::left("agent"),
            Column::right("calls").expendable(1),
            Column::left("title").elastic(12),
        ]);
        table.row(vec!["codex".into(), "7".into(), "review the token refresh".into()]);
        table.row(vec!["claude_code".into(), "1,200".into(), "日本語 \u{1b}[31mred".into()]);
        table
    }

    #[test]
    fn columns_are_aligned() {
        let want = "\
agent        calls  title
codex            7  review the token refresh
claude_code  1,200  日本語 red
";
        assert_eq!(sample().render(&Terminal::plain(None)), want);
    }

    #[test]
    fn narrow_terminals_cut_first_and_leave_out_then() {
        let cut = sample().render(&Terminal::plain(Some(36)));
        assert_eq!(cut.lines().nth(1), Some("codex            7  review the toke…"));
        let left_out = sample().render(&Terminal::plain(Some(28)));
        assert_eq!(left_out.lines().nth(1), Some("codex        review the tok…"));
        let narrow = sample().render(&Terminal::plain(Some(20)));
        assert_eq!(narrow.lines().nth(2), Some("claude_c…  日本語 r…"));
        for width in 1..60 {
            let text = sample().render(&Terminal::plain(Some(width)));
            assert!(width < 14 || text.lines().all(|line| text::width(line) <= width), "{width}: {text}");
        }
    }

    #[test]
    fn where_nobody_looks_nothing_is_cut_and_one_long_cell_pads_no_other() {
        let mut table = Table::new(vec![Column::left("a"), Column::left("b")]);
        table.row(vec!["x".repeat(500).into(), "1".into()]);
        table.row(vec!["y".into(), "2".into()]);
        let text = table.render(&Terminal::plain(None));
        assert!(text.contains(&"x".repeat(500)) && text.lines().last().unwrap().len() < 70, "{text}");
    }

    #[test]
    fn what_is_empty_takes_no_room() {
        let mut table = Table::new(vec![Column::left(""), Column::left(""), Column::right("")]).indented();
        table.row(vec!["a".into(), "".into(), "7".into()]);
        table.row(vec!["bc".into(), "".into(), "12".into()]);
        assert_eq!(table.render(&Terminal::plain(Some(80))), "  a    7\n  bc  12\n");
        assert_eq!(Table::new(vec![]).render(&Terminal::plain(Some(80))), "");
    }

    #[test]
    fn a_total_is_set_off() {
        let mut table = Table::new(vec![Column::left("day"), Column::right("cost")]);
        table.row(vec!["2026-11-20".into(), "$1.00".into()]);
        table.total(vec!["total".into(), "$1.00".into()]);
        let want = "day          cost\n2026-11-20  $1.00\n─────────────────\ntotal       $1.00\n";
        assert_eq!(table.render(&Terminal::plain(None)), want);
    }
}
