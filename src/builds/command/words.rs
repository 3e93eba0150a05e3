//! Words of a shell command: quotes, escapes, substitutions and redirections.

use super::shell::{Parser, Unparseable};

impl Parser<'_> {
    /// Words of one command; redirections and their targets are dropped.
    pub(super) fn simple(&mut self) -> Result<Vec<String>, Unparseable> {
        let mut words = Vec::new();
        loop {
            self.skip_blanks();
            if self.eat_redirection()? {
                continue;
            }
            match self.rest.bytes().next() {
                None | Some(b'\n' | b';' | b'&' | b'|' | b')') => return Ok(words),
                Some(b'(') => return Err(Unparseable),
                Some(_) => words.push(self.word()?),
            }
        }
    }

    fn eat_redirection(&mut self) -> Result<bool, Unparseable> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let after = &self.rest[digits..];
        let operator = ["<<<", "<<-", "<<", "&>>", "&>", ">>", ">&", ">|", "<>", "<&", ">", "<"]
            .into_iter()
            .find(|operator| after.starts_with(operator));
        let Some(operator) = operator else {
            return Ok(false);
        };
        // `<(cmd)` and `>(cmd)` are words, not redirections.
        if digits == 0 && matches!(operator, "<" | ">") && after[1..].starts_with('(') {
            return Ok(false);
        }
        self.rest = &after[operator.len()..];
        self.skip_blanks();
        let target = self.word()?;
        match operator {
            "<<" | "<<-" => self.heredocs.push((target, operator == "<<-")),
            "&>>" | "&>" | ">>" | ">|" | "<>" | ">" => self.written.push(target),
            _ => {}
        }
        Ok(true)
    }

    fn word(&mut self) -> Result<String, Unparseable> {
        let mut word = String::new();
        while let Some(next) = self.rest.chars().next() {
            match next {
                '\'' => self.single_quoted(&mut word)?,
                '"' => self.double_quoted(&mut word)?,
                '\\' => {
                    self.rest = &self.rest[1..];
                    let escaped = self.rest.chars().next().ok_or(Unparseable)?;
                    self.rest = &self.rest[escaped.len_utf8()..];
                    if escaped != '\n' {
                        word.push(escaped);
                    }
                }
                '$' if self.rest.starts_with("$'") => {
                    self.rest = &self.rest[1..];
                    self.ansi_quoted(&mut word)?;
                }
                '$' | '`' => self.expansion(&mut word)?,
                // A process substitution or an array: part of the word, meaning nothing here.
                '(' if word.ends_with('=') => self.balanced(&mut word, b'(', b')')?,
                '<' | '>' if word.is_empty() && self.rest[1..].starts_with('(') => {
                    word.push(next);
                    self.rest = &self.rest[1..];
                    self.balanced(&mut word, b'(', b')')?;
                }
                c if " \t\r\n;&|()<>".contains(c) => break,
                c => {
                    word.push(c);
                    self.rest = &self.rest[c.len_utf8()..];
                }
            }
        }
        Ok(word)
    }

    fn single_quoted(&mut self, word: &mut String) -> Result<(), Unparseable> {
        let body = &self.rest[1..];
        let end = body.find('\'').ok_or(Unparseable)?;
        word.push_str(&body[..end]);
        self.rest = &body[end + 1..];
        Ok(())
    }

    /// `$'…'`, where a backslash keeps the quote open.
    fn ansi_quoted(&mut self, word: &mut String) -> Result<(), Unparseable> {
        let mut chars = self.rest[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => {
                    self.rest = &self.rest[1 + at + 1..];
                    return Ok(());
                }
                '\\' => word.push(chars.next().ok_or(Unparseable)?.1),
                c => word.push(c),
            }
        }
        Err(Unparseable)
    }

    fn double_quoted(&mut self, word: &mut String) -> Result<(), Unparseable> {
        self.rest = &self.rest[1..];
        while let Some(next) = self.rest.chars().next() {
            match next {
                '"' => {
                    self.rest = &self.rest[1..];
                    return Ok(());
                }
                '\\' => {
                    let escaped = self.rest[1..].chars().next().ok_or(Unparseable)?;
                    if !matches!(escaped, '"' | '\\' | '$' | '`' | '\n') {
                        word.push('\\');
                    }
                    if escaped != '\n' {
                        word.push(escaped);
                    }
                    self.rest = &self.rest[1 + escaped.len_utf8()..];
                }
                '$' | '`' => self.expansion(word)?,
                c => {
                    word.push(c);
                    self.rest = &self.rest[c.len_utf8()..];
                }
            }
        }
        Err(Unparseable)
    }

    /// `$x`, `${x}`, `$(cmd)` or a backtick command, copied as it stands.
    fn expansion(&mut self, word: &mut String) -> Result<(), Unparseable> {
        if self.rest.starts_with('`') {
            let end = self.rest[1..].find('`').ok_or(Unparseable)? + 2;
            word.push_str(&self.rest[..end]);
            self.rest = &self.rest[end..];
            return Ok(());
        }
        word.push('$');
        self.rest = &self.rest[1..];
        match self.rest.bytes().next() {
            Some(b'(') => self.balanced(word, b'(', b')'),
            Some(b'{') => self.balanced(word, b'{', b'}'),
            _ => Ok(()),
        }
    }

    /// Copies from an opening bracket to its partner, minding quotes inside.
    fn balanced(&mut self, word: &mut String, open: u8, close: u8) -> Result<(), Unparseable> {
        self.enter()?;
        let start = self.rest;
        let mut level = 0_usize;
        while let Some(next) = self.rest.bytes().next() {
            let mut ignored = String::new();
            match next {
                b'\'' if open == b'(' => self.single_quoted(&mut ignored)?,
                b'"' => self.double_quoted(&mut ignored)?,
                _ => {
                    let mut step = self.rest.chars().next().map_or(1, char::len_utf8);
                    if next == b'\\' {
                        step += self.rest[1..].chars().next().map_or(0, char::len_utf8);
                    }
                    self.rest = &self.rest[step..];
                }
            }
            if next == open {
                level += 1;
            } else if next == close {
                level -= 1;
                if level == 0 {
                    word.push_str(&start[..start.len() - self.rest.len()]);
                    self.leave();
                    return Ok(());
                }
            }
        }
        Err(Unparseable)
    }
}
