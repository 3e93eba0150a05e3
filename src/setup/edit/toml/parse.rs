//! Reads TOML into headers and pairs with their spans; what may be said twice is judged by the `toml` crate.

use std::collections::HashMap;
use std::ops::Range;

use ::toml::de::DeTable;
use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, RecursionGuard, parse_document};
use toml_parser::{ErrorSink, ParseError, Source, Span};

use super::super::error::Fault;
use super::super::op::Step;
use super::super::tree::{Item, Key, Kind, Node};
use super::super::value::Value;

const DEPTH: u32 = 80;

/// A line (or more) of the document, in its order.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    Header(Header),
    Pair(Pair),
}

#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) span: Range<usize>,
    /// Elements of arrays of tables included.
    pub(super) path: Vec<Step>,
}

#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// Of the header it stands under.
    pub(super) under: Vec<Step>,
    pub(super) path: Vec<Step>,
    pub(super) start: usize,
    pub(super) value: Node,
}

impl Entry {
    pub(super) fn path(&self) -> &[Step] {
        match self {
            Self::Header(header) => &header.path,
            Self::Pair(pair) => &pair.path,
        }
    }

    pub(super) fn span(&self) -> Range<usize> {
        match self {
            Self::Header(header) => header.span.clone(),
            Self::Pair(pair) => pair.start..pair.value.span.end,
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Fault> {
    if let Err(error) = DeTable::parse(text) {
        let offset = error.span().map_or(0, |span| span.start);
        return Err(Fault::syntax(offset, error.message().lines().collect::<Vec<_>>().join(", ")));
    }
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut reader = Reader::new(source);
    let mut error: Option<ParseError> = None;
    parse_document(&tokens, &mut RecursionGuard::new(&mut reader, DEPTH), &mut error);
    match error {
        Some(error) => {
            let span = error.unexpected().or(error.context());
            Err(Fault::syntax(span.map_or(0, |span| span.start()), error.description().to_owned()))
        }
        None => Ok(reader.entries),
    }
}

/// The comments in a span that lies within one value.
pub(super) fn comments(text: &str, span: Range<usize>) -> Vec<(Range<usize>, bool)> {
    let part = text.get(span.clone()).unwrap_or_default();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = part.get(at..).and_then(|rest| rest.find('#')).map(|from| at + from) {
        let end = part[start..].find(['\n', '\r']).map_or(part.len(), |length| start + length);
        found.push((span.start + start..span.start + end, true));
        at = end;
    }
    found
}

/// An array or inline table that is still open.
struct Open {
    start: usize,
    is_array: bool,
    items: Vec<Item>,
    key: Vec<(String, Range<usize>)>,
}

struct Reader<'a> {
    source: Source<'a>,
    entries: Vec<Entry>,
    /// The header being read, and where it began.
    header: Option<(usize, bool)>,
    key: Vec<(String, Range<usize>)>,
    under: Vec<Step>,
    open: Vec<Open>,
    /// How many elements each array of tables has so far.
    counts: HashMap<Vec<Step>, usize>,
}

impl<'a> Reader<'a> {
    fn new(source: Source<'a>) -> Self {
        let (entries, key, under, open) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { source, entries, header: None, key, under, open, counts: HashMap::new() }
    }

    fn close_header(&mut self, end: usize) {
        let Some((start, is_element)) = self.header.take() else { return };
        let names: Vec<String> = self.key.drain(..).map(|(name, _)| name).collect();
        let mut path = Vec::new();
        for (at, name) in names.iter().enumerate() {
            path.push(Step::Key(name.clone()));
            let last = at + 1 == names.len();
            if last && is_element {
                let count = self.counts.entry(path.clone()).or_default();
                *count += 1;
                path.push(Step::Index(*count - 1));
            } else if let Some(count) = self.counts.get(&path) {
                path.push(Step::Index(count - 1));
            }
        }
        self.under.clone_from(&path);
        self.entries.push(Entry::Header(Header { span: start..end, path }));
    }

    fn value(&mut self, node: Node) {
        if let Some(open) = self.open.last_mut() {
            let key = (!open.is_array).then(|| joined(&mut open.key)).flatten();
            open.items.push(Item { key, value: node, comma: None });
            return;
        }
        let Some(key) = joined(&mut self.key) else { return };
        let path = [&self.under[..], &super::super::op::steps(&key.names)].concat();
        self.entries.push(Entry::Pair(Pair { under: self.under.clone(), path, start: key.span.start, value: node }));
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let kind = if open.is_array { Kind::Array(open.items) } else { Kind::Table(open.items) };
        self.value(Node { span: open.start..end, kind });
    }

    fn opens(&mut self, span: Span, is_array: bool) {
        self.open.push(Open { start: span.start(), is_array, items: Vec::new(), key: Vec::new() });
    }
}

fn joined(key: &mut Vec<(String, Range<usize>)>) -> Option<Key> {
    let span = key.first()?.1.start..key.last()?.1.end;
    Some(Key { names: key.drain(..).map(|(name, _)| name).collect(), span })
}

impl EventReceiver for Reader<'_> {
    fn std_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.header = Some((span.start(), false));
    }

    fn std_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.close_header(span.end());
    }

    fn array_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.header = Some((span.start(), true));
    }

    fn array_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.close_header(span.end());
    }

    fn inline_table_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        self.opens(span, false);
        true
    }

    fn inline_table_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.close(span.end());
    }

    fn array_open(&mut self, span: Span, _: &mut dyn ErrorSink) -> bool {
        self.opens(span, true);
        true
    }

    fn array_close(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.close(span.end());
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut name = String::new();
        if let Some(raw) = self.source.get(span) {
            toml_parser::Raw::new_unchecked(raw.as_str(), encoding, span).decode_key(&mut name, error);
        }
        let key = (name, span.start()..span.end());
        match self.open.last_mut() {
            Some(open) => open.key.push(key),
            None => self.key.push(key),
        }
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let Some(raw) = self.source.get(span) else { return };
        let mut text = String::new();
        let kind = toml_parser::Raw::new_unchecked(raw.as_str(), encoding, span).decode_scalar(&mut text, error);
        let value = match kind {
            ScalarKind::String => Value::Text(text),
            ScalarKind::Boolean(yes) => Value::Bool(yes),
            _ => Value::Literal(raw.as_str().to_owned()),
        };
        self.value(Node { span: span.start()..span.end(), kind: Kind::Scalar(value) });
    }

    fn value_sep(&mut self, span: Span, _: &mut dyn ErrorSink) {
        if let Some(item) = self.open.last_mut().and_then(|open| open.items.last_mut()) {
            item.comma = Some(span.start());
        }
    }
}
