//! A shell line cut into lists, pipelines and words: as much of the grammar as telling builds apart needs.
//!
//! Quotes, escapes, substitutions, here-documents, comments and redirections are understood; what
//! they expand to is not. A line that does not add up (an open quote, a `case`, a function
//! definition) is an error, because a guess could call an `echo` a build.

/// How deep groups and substitutions may nest; deeper lines are not written by anyone.
const MAX_DEPTH: usize = 24;

/// The line does not parse; nothing is known about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unparseable;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    And,
    Or,
    /// `;` or a new line, and the end of the list.
    Then,
    Background,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) pipeline: Pipeline,
    /// What follows the pipeline.
    pub(super) after: Separator,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pipeline {
    pub(super) negated: bool,
    pub(super) stages: Vec<Stage>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Assignments and words with quotes removed, redirections left out.
    Simple(Vec<String>),
    /// `( … )` or `{ …; }`.
    Group(Vec<Item>),
    /// The commands inside `if`, `for`, `while`, `until`.
    Compound(Vec<Item>),
}

pub(super) fn parse(line: &str) -> Result<Vec<Item>, Unparseable> {
    parse_with_files(line).map(|(items, _)| items)
}

/// Also the files that output is redirected to.
pub(super) fn parse_with_files(line: &str) -> Result<(Vec<Item>, Vec<String>), Unparseable> {
    let mut parser = Parser { rest: line, heredocs: Vec::new(), written: Vec::new(), depth: 0 };
    let items = parser.list()?;
    if parser.rest.is_empty() { Ok((items, parser.written)) } else { Err(Unparseable) }
}

pub(super) struct Parser<'a> {
    pub(super) rest: &'a str,
    /// Delimiters of here-documents whose bodies start after the next new line; `true`: tabs are stripped.
    pub(super) heredocs: Vec<(String, bool)>,
    /// Targets of redirections so far.
    pub(super) written: Vec<String>,
    depth: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn eat(&mut self, token: &str) -> bool {
        self.rest.strip_prefix(token).is_some_and(|rest| {
            self.rest = rest;
            true
        })
    }

    pub(super) fn skip_blanks(&mut self) {
        loop {
            let trimmed = self.rest.trim_start_matches([' ', '\t', '\r']);
            self.rest = trimmed.strip_prefix("\\\n").or_else(|| trimmed.strip_prefix("\\\r\n")).unwrap_or(trimmed);
            if self.rest.len() == trimmed.len() {
                break;
            }
        }
        if self.rest.starts_with('#') {
            self.rest = self.rest.find('\n').map_or("", |end| &self.rest[end..]);
        }
    }

    /// One level deeper; the way back is [`Self::leave`].
    pub(super) fn enter(&mut self) -> Result<(), Unparseable> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Unparseable);
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Blanks, new lines and stray `;` before a command.
    fn skip_to_command(&mut self) {
        loop {
            self.skip_blanks();
            if !(self.eat_newline() || self.eat(";")) {
                return;
            }
        }
    }

    fn eat_newline(&mut self) -> bool {
        if !self.eat("\n") {
            return false;
        }
        for (delimiter, strip_tabs) in std::mem::take(&mut self.heredocs) {
            self.skip_heredoc(&delimiter, strip_tabs);
        }
        true
    }

    fn skip_heredoc(&mut self, delimiter: &str, strip_tabs: bool) {
        while !self.rest.is_empty() {
            let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
            self.rest = rest;
            let line = line.strip_suffix('\r').unwrap_or(line);
            let line = if strip_tabs { line.trim_start_matches('\t') } else { line };
            if line == delimiter {
                return;
            }
        }
    }

    /// The bare word at the cursor, for keywords; does not move.
    fn keyword(&self) -> &'a str {
        let end =
            self.rest.find(|c: char| c.is_whitespace() || ";&|()<>\"'\\$`".contains(c)).unwrap_or(self.rest.len());
        &self.rest[..end]
    }

    /// Commands up to `)`, `}`, `fi`, `done` or the end; the terminator is left in place.
    fn list(&mut self) -> Result<Vec<Item>, Unparseable> {
        let mut items: Vec<Item> = Vec::new();
        loop {
            self.skip_to_command();
            let keyword = self.keyword();
            match keyword {
                "then" | "do" | "else" | "elif" => {
                    self.eat(keyword);
                    continue;
                }
                "fi" | "done" | "}" => return Ok(items),
                "case" | "function" => return Err(Unparseable),
                _ => {}
            }
            if self.rest.is_empty() || self.rest.starts_with(')') {
                return Ok(items);
            }
            let pipeline = self.pipeline()?;
            self.skip_blanks();
            let after = if self.eat("&&") {
                Separator::And
            } else if self.eat("||") {
                Separator::Or
            } else if self.eat("&") {
                Separator::Background
            } else {
                Separator::Then
            };
            items.push(Item { pipeline, after });
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, Unparseable> {
        let mut pipeline = Pipeline::default();
        while let keyword @ ("!" | "time") = self.keyword() {
            self.eat(keyword);
            pipeline.negated ^= keyword == "!";
            self.skip_blanks();
            if keyword == "time" && self.keyword() == "-p" {
                self.eat("-p");
                self.skip_blanks();
            }
        }
        loop {
            pipeline.stages.push(self.stage()?);
            self.skip_blanks();
            if self.rest.starts_with("||") || !(self.eat("|&") || self.eat("|")) {
                return Ok(pipeline);
            }
            while self.eat_newline() {
                self.skip_blanks();
            }
            self.skip_blanks();
        }
    }

    fn stage(&mut self) -> Result<Stage, Unparseable> {
        let keyword = self.keyword();
        let (open, closers): (&str, &[&str]) = match keyword {
            "{" => ("{", &["}"]),
            "if" => ("if", &["fi"]),
            "while" | "until" => (keyword, &["done"]),
            // The words of the head (`for x in a b`) are read as a command and mean nothing.
            "for" | "select" => ("", &["done"]),
            "[[" => return self.skip_to("]]"),
            _ if self.rest.starts_with("((") => return self.skip_to("))"),
            _ if self.rest.starts_with('(') => ("(", &[")"]),
            _ => return self.simple().map(Stage::Simple),
        };
        if open.is_empty() {
            self.simple()?;
        }
        self.eat(open);
        self.enter()?;
        let items = self.list()?;
        self.leave();
        if !closers.iter().any(|closer| self.eat(closer)) {
            return Err(Unparseable);
        }
        self.redirections_after_group()?;
        if open == "(" || open == "{" {
            return Ok(Stage::Group(items));
        }
        Ok(Stage::Compound(items))
    }

    fn redirections_after_group(&mut self) -> Result<(), Unparseable> {
        // `( … ) > log 2>&1`: the words there can only be redirections.
        if self.simple()?.is_empty() { Ok(()) } else { Err(Unparseable) }
    }

    fn skip_to(&mut self, closer: &str) -> Result<Stage, Unparseable> {
        let end = self.rest.find(closer).ok_or(Unparseable)?;
        self.rest = &self.rest[end + closer.len()..];
        Ok(Stage::Simple(vec!["[[".to_owned()]))
    }
}
