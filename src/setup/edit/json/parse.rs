//! Reads JSON, JSON with comments and JSON5 into a tree of spans; the text itself is never written anew.

use std::ops::Range;

use super::super::error::Fault;
use super::super::text::BOM;
use super::super::tree::{Item, Key, Kind, Node};
use super::super::value::Value;

/// Deeper nesting than any agent writes, shallow enough for every stack.
const DEPTH: usize = 200;

/// The comments between two places; whether each ends with its line.
pub(super) fn comments(text: &str, span: Range<usize>) -> Vec<(Range<usize>, bool)> {
    let mut reader = Reader { text, at: span.start };
    let mut found = Vec::new();
    while reader.at < span.end {
        let start = reader.at;
        match reader.comment() {
            Ok(Some(line)) => found.push((start..reader.at, line)),
            _ => reader.at += reader.peek().map_or(1, char::len_utf8),
        }
    }
    found
}

/// The tree, or nothing where the text holds only blanks and comments.
pub(super) fn parse(text: &str) -> Result<Option<Node>, Fault> {
    let mut reader = Reader { text, at: if text.starts_with(BOM) { BOM.len() } else { 0 } };
    reader.blanks()?;
    if reader.peek().is_none() {
        return Ok(None);
    }
    let root = reader.value(0)?;
    reader.blanks()?;
    match reader.peek() {
        None => Ok(Some(root)),
        Some(found) => Err(reader.fault(format!("nothing may follow the closing bracket, but `{found}` does"))),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn fault(&self, what: impl Into<String>) -> Fault {
        Fault::syntax(self.at, what)
    }

    fn wanted(&self, what: &str) -> Fault {
        match self.peek() {
            Some(found) => self.fault(format!("{what} should stand here, not `{found}`")),
            None => self.fault(format!("the file ends where {what} should stand")),
        }
    }

    fn takes(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn blanks(&mut self) -> Result<(), Fault> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len();
            if self.comment()?.is_none() {
                return Ok(());
            }
        }
    }

    /// Passes a comment; whether it goes to the end of its line.
    fn comment(&mut self) -> Result<Option<bool>, Fault> {
        let rest = self.rest();
        if rest.starts_with("//") {
            self.at += rest.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(rest.len());
            Ok(Some(true))
        } else if rest.starts_with("/*") {
            let Some(length) = rest.find("*/").filter(|&at| at >= 2) else {
                return Err(self.fault("this comment is never closed"));
            };
            self.at += length + 2;
            Ok(Some(false))
        } else {
            Ok(None)
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, Fault> {
        let start = self.at;
        if depth > DEPTH {
            return Err(self.fault(format!("brackets are nested deeper than {DEPTH}")));
        }
        let kind = match self.peek() {
            Some('{') => Kind::Table(self.items('}', depth)?),
            Some('[') => Kind::Array(self.items(']', depth)?),
            Some(quote @ ('"' | '\'')) => Kind::Scalar(Value::Text(self.string(quote)?)),
            _ => Kind::Scalar(self.word()?),
        };
        Ok(Node { span: start..self.at, kind })
    }

    fn items(&mut self, close: char, depth: usize) -> Result<Vec<Item>, Fault> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blanks()?;
            if self.takes(close) {
                return Ok(items);
            }
            let key = if close == '}' { Some(self.key()?) } else { None };
            let value = self.value(depth + 1)?;
            self.blanks()?;
            let comma = self.at;
            let more = self.takes(',');
            items.push(Item { key, value, comma: more.then_some(comma) });
            if !more && self.peek() != Some(close) {
                return Err(self.wanted(&format!("`,` or `{close}`")));
            }
        }
    }

    fn key(&mut self) -> Result<Key, Fault> {
        let start = self.at;
        let name = match self.peek() {
            Some(quote @ ('"' | '\'')) => self.string(quote)?,
            Some(first) if first.is_alphabetic() || matches!(first, '_' | '$' | '\\') => {
                let rest = self.rest();
                let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '\\' | '\u{200c}' | '\u{200d}');
                let length = rest.find(|c: char| !name(c)).unwrap_or(rest.len());
                let name = rest[..length].to_owned();
                self.at += length;
                name
            }
            _ => return Err(self.wanted("a name in quotes")),
        };
        let span = start..self.at;
        self.blanks()?;
        if !self.takes(':') {
            return Err(self.wanted("`:`"));
        }
        self.blanks()?;
        Ok(Key { names: vec![name], span })
    }

    /// A number, `true`, `false`, `null`, and what JSON5 has besides.
    fn word(&mut self) -> Result<Value, Fault> {
        let rest = self.rest();
        let part = |c: char| c.is_alphanumeric() || matches!(c, '+' | '-' | '.' | '_');
        let word = &rest[..rest.find(|c: char| !part(c)).unwrap_or(rest.len())];
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "" => return Err(self.wanted("a value")),
            number if is_number(number) => Value::Literal(number.to_owned()),
            other => return Err(self.fault(format!("`{other}` is no value; text stands in quotes"))),
        };
        self.at += word.len();
        Ok(value)
    }

    fn string(&mut self, quote: char) -> Result<String, Fault> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(next) = self.peek() else {
                return Err(Fault::syntax(start, "this text is never closed"));
            };
            match next {
                '\n' | '\r' => return Err(Fault::syntax(start, "this text is not closed on its line")),
                '\\' => self.escape(&mut out)?,
                _ => {
                    self.at += next.len_utf8();
                    if next == quote {
                        return Ok(out);
                    }
                    out.push(next);
                }
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        let Some(kind) = self.peek() else {
            return Err(self.wanted("an escaped character"));
        };
        self.at += kind.len_utf8();
        match kind {
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\u{b}'),
            '0' => out.push('\0'),
            'x' => out.push(self.digits(2, start).map(|code| char::from_u32(code).unwrap_or('\u{fffd}'))?),
            'u' => {
                let high = self.digits(4, start)?;
                let low = if (0xd800..0xdc00).contains(&high) && self.rest().starts_with("\\u") {
                    self.rest().get(2..6).and_then(|hex| u32::from_str_radix(hex, 16).ok())
                } else {
                    None
                };
                match low.filter(|low| (0xdc00..0xe000).contains(low)) {
                    Some(low) => {
                        self.at += 6;
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    // Half a pair is allowed in a file; it only has to differ from what we look for.
                    None => out.push(char::from_u32(high).unwrap_or('\u{fffd}')),
                }
            }
            '\r' => _ = self.takes('\n'),
            '\n' | '\u{2028}' | '\u{2029}' => {}
            other => out.push(other),
        }
        Ok(())
    }

    fn digits(&mut self, count: usize, start: usize) -> Result<u32, Fault> {
        let hex = self.rest().get(..count).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok());
        self.at += count;
        code.ok_or_else(|| Fault::syntax(start, format!("{count} hexadecimal digits should follow here")))
    }
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    matches!(digits, "Infinity" | "NaN")
        || (digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && digits.parse::<f64>().is_ok())
}
