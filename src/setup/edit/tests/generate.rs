//! Configurations as people write them, and a little worse; the same seed gives the same one.

pub(in crate::setup) struct Dice(u64);

impl Dice {
    pub(in crate::setup) fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x2545_F491_4F6C_DD1D);
        for _ in 0..4 {
            dice.next();
        }
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(in crate::setup) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 11).unwrap() % limit
    }

    pub(in crate::setup) fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub(in crate::setup) fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// How a generated file is written.
pub(in crate::setup) struct Hand {
    pub(in crate::setup) dice: Dice,
    pub(in crate::setup) ends: &'static [&'static str],
    unit: &'static str,
    comments: bool,
    trailing: bool,
    json5: bool,
    inline: usize,
}

impl Hand {
    pub(in crate::setup) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let ends: &[&[&str]] = &[&["\n"], &["\n"], &["\r\n"], &["\r"], &["\n", "\r\n"]];
        let ends = ends[dice.below(ends.len())];
        let unit = dice.pick(&["  ", "    ", "\t", " ", "   ", ""]);
        let (comments, trailing) = (dice.one_in(2), dice.one_in(4));
        let json5 = comments && dice.one_in(3);
        let inline = [1, 3, 8, 1000][dice.below(4)];
        Self { dice, ends, unit, comments, trailing, json5, inline }
    }

    fn end(&mut self) -> &'static str {
        self.ends[self.dice.below(self.ends.len())]
    }

    /// Where a break of the line may be.
    fn blank(&mut self, inline: bool, indent: &str, usual: &str) -> String {
        if inline {
            let blank = if self.dice.one_in(9) { self.dice.pick(&["", " ", "  "]) } else { usual };
            return if self.comments && self.dice.one_in(12) {
                format!("{blank}/* c */{blank}")
            } else {
                blank.to_owned()
            };
        }
        let mut out = String::new();
        if self.comments && self.dice.one_in(4) {
            out.push_str(self.dice.pick(&[" // note", " /* , } ] */", "  // \"a\": {", " /* two", "//"]));
            if out.ends_with("two") {
                out.push_str(self.end());
                out.push_str("lines */");
            }
        }
        if self.dice.one_in(12) {
            out.push_str(self.end());
        }
        out.push_str(self.end());
        if self.comments && self.dice.one_in(6) {
            out.push_str(indent);
            out.push_str(self.dice.pick(&["// own line", "/* own */ // and", "/* { */"]));
            out.push_str(self.end());
        }
        out.push_str(indent);
        if self.dice.one_in(15) {
            out.push_str(self.dice.pick(&[" ", "\t", "   "]));
        }
        out
    }

    pub(in crate::setup) fn scalar(&mut self) -> String {
        let plain = [
            "1",
            "-0",
            "1.50",
            "1e400",
            "12345678901234567890123",
            "true",
            "null",
            "\"\"",
            "\"a\\u00e9\\/b\"",
            "\"ö // no {\"",
            "\"/* x */\"",
            "\"\\ud83d\\ude00\"",
            "[]",
            "{}",
        ];
        let loose = ["'it\\'s'", "+1", ".5", "0xFF", "NaN", "-Infinity", "'two\\\n lines'"];
        if self.json5 && self.dice.one_in(3) { self.dice.pick(&loose) } else { self.dice.pick(&plain) }.to_owned()
    }

    fn key(&mut self, name: &str) -> String {
        if self.json5 && self.dice.one_in(2) && name.chars().all(char::is_alphanumeric) {
            return if self.dice.one_in(2) { name.to_owned() } else { format!("'{name}'") };
        }
        format!("\"{name}\"")
    }

    /// Items between brackets.
    pub(in crate::setup) fn list(&mut self, brackets: &str, items: &[String], indent: &str, inline: bool) -> String {
        let inner = format!("{indent}{}", self.unit);
        let (open, close) = brackets.split_at(1);
        let mut out = open.to_owned();
        if items.is_empty() {
            if self.dice.one_in(3) {
                let blank = self.blank(inline, indent, " ");
                out.push_str(&blank);
            }
            return out + close;
        }
        for (at, item) in items.iter().enumerate() {
            let usual = if at == 0 { "" } else { " " };
            let blank = self.blank(inline, &inner, usual);
            out.push_str(&blank);
            out.push_str(item);
            if at + 1 < items.len() || self.trailing {
                out.push_str(if self.dice.one_in(20) { " ," } else { "," });
            }
        }
        let blank = self.blank(inline, indent, "");
        out + &blank + close
    }

    fn member(&mut self, name: &str, value: &str) -> String {
        let colon = if self.dice.one_in(15) { self.dice.pick(&[":", " : ", ":  ", " :"]) } else { ": " };
        format!("{}{colon}{value}", self.key(name))
    }

    fn deeper(&self, indent: &str) -> String {
        format!("{indent}{}", self.unit)
    }

    /// Somebody's hook groups; sometimes with our legacy entry, or ours among others.
    fn groups(&mut self, indent: &str) -> String {
        let count = self.dice.below(3);
        let (one, two) = (self.deeper(indent), self.deeper(&self.deeper(indent)));
        let mut groups = Vec::new();
        for _ in 0..count {
            let inline = self.dice.one_in(self.inline);
            let mut handlers = Vec::new();
            for _ in 0..self.dice.below(3) {
                let command = self.member("command", "\"/usr/bin/tma1-like hook\"");
                let kind = self.member("type", "\"command\"");
                handlers.push(self.list("{}", &[kind, command], &two, inline));
            }
            let handlers = self.list("[]", &handlers, &one, inline);
            let mut members = vec![self.member("hooks", &handlers)];
            if self.dice.one_in(2) {
                members.insert(0, self.member("matcher", "\"Bash\""));
            }
            groups.push(self.list("{}", &members, &one, inline));
        }
        let inline = self.dice.one_in(self.inline);
        self.list("[]", &groups, indent, inline)
    }

    pub(in crate::setup) fn json(&mut self) -> Option<String> {
        let blanks = [
            "",
            " ",
            "\n",
            "\r\n\r\n",
            "\u{feff}",
            "\u{feff}\n",
            "// only a comment",
            "/* c */\n",
            "{}",
            "{ }",
            "{\n}",
            "{\r\n\r\n}\r\n",
            "{\n  // c\n}\n",
            "{/*c*/}",
        ];
        if self.dice.one_in(8) {
            return if self.dice.one_in(5) { None } else { Some(self.dice.pick(&blanks).to_owned()) };
        }
        let one = self.unit.to_owned();
        let two = self.deeper(&one);
        let mut members = Vec::new();
        for name in ["model", "env", "x y", "hooks", "mcpServers", "tma1", "otel", "numStartups", "env", "hooks"] {
            if !self.dice.one_in(2) {
                continue;
            }
            let inline = self.dice.one_in(self.inline);
            let value = match name {
                "env" => {
                    let mut inner: Vec<String> = Vec::new();
                    for name in ["A", "OTEL_LOGS_EXPORTER", "B", "A"] {
                        if self.dice.one_in(3) {
                            let value = self.dice.pick(&["\"otlp\"", "\"none\"", "\"\\u006ftlp\""]);
                            inner.push(self.member(name, value));
                        }
                    }
                    self.list("{}", &inner, &one, inline)
                }
                "hooks" => {
                    let mut inner = Vec::new();
                    for name in ["Stop", "PostToolUse", "Other"] {
                        if self.dice.one_in(2) {
                            let groups = self.groups(&two);
                            inner.push(self.member(name, &groups));
                        }
                    }
                    self.list("{}", &inner, &one, inline)
                }
                "mcpServers" => {
                    let mut inner = Vec::new();
                    for name in ["tma1-mine", "tma1", "other"] {
                        if self.dice.one_in(3) {
                            let command = self.member("command", "\"/home/me/own\"");
                            let value = self.list("{}", &[command], &two, inline);
                            inner.push(self.member(name, &value));
                        }
                    }
                    self.list("{}", &inner, &one, inline)
                }
                "otel" => self.dice.pick(&["{}", "{ }", "{\"deep\": {}}", "{\"deep\":{\"enabled\":false}}"]).to_owned(),
                _ => self.scalar(),
            };
            members.push(self.member(name, &value));
        }
        let inline = self.dice.one_in(self.inline);
        let body = self.list("{}", &members, "", inline);
        let head = if self.dice.one_in(10) { "\u{feff}" } else { "" };
        let top = if self.comments && self.dice.one_in(4) { format!("// top{}", self.end()) } else { String::new() };
        let tail = if self.dice.one_in(4) { "" } else { self.end() };
        Some(format!("{head}{top}{body}{tail}"))
    }
}

impl Hand {
    fn toml_scalar(&mut self) -> String {
        let of = [
            "1",
            "1_000",
            "0xff",
            "1.50",
            "inf",
            "true",
            "1979-05-27T07:32:00Z",
            "\"a # b\"",
            "'C:\\x'",
            "\"\"\"two\nlines\"\"\"",
            "[]",
            "[ 1, 2, ]",
            "{}",
            "{ a = 1, \"b c\" = [1] }",
        ];
        self.dice.pick(&of).to_owned()
    }

    fn toml_line(&mut self, out: &mut String, indent: &str, line: &str) {
        out.push_str(indent);
        out.push_str(line);
        if self.comments && self.dice.one_in(4) {
            out.push_str(self.dice.pick(&[" # note", "  # [a]", " # \"", "#"]));
        }
        out.push_str(self.end());
        if self.comments && self.dice.one_in(5) {
            out.push_str(self.dice.pick(&["# own line", "  # [mcp_servers.tma1]", "#"]));
            out.push_str(self.end());
        }
        if self.dice.one_in(6) {
            out.push_str(self.end());
        }
    }

    pub(in crate::setup) fn toml(&mut self) -> Option<String> {
        if self.ends == ["\r"] {
            self.ends = &["\r\n"];
        }
        if self.dice.one_in(8) {
            let blanks =
                ["", " ", "\n", "\r\n\r\n", "\u{feff}", "\u{feff}\n", "# only a comment", "# c\n", "\n\n# c\n\n"];
            return if self.dice.one_in(5) { None } else { Some(self.dice.pick(&blanks).to_owned()) };
        }
        let mut out = if self.dice.one_in(10) { "\u{feff}".to_owned() } else { String::new() };
        if self.comments && self.dice.one_in(3) {
            self.toml_line(&mut out, "", "# top");
        }
        let indent = if self.dice.one_in(5) { self.unit } else { "" };
        for name in ["model", "\"x y\"", "a.b", "a.'c'"] {
            if self.dice.one_in(2) {
                let equals = self.dice.pick(&[" = ", "=", "  =  ", " = "]);
                let line = format!("{name}{equals}{}", self.toml_scalar());
                self.toml_line(&mut out, "", &line);
            }
        }
        let dotted = self.dice.below(8);
        match dotted {
            0 => self.toml_line(&mut out, "", "mcp_servers = { other = { command = \"x\" } }"),
            1 => self.toml_line(&mut out, "", "mcp_servers.other.command = \"x\""),
            2 => self.toml_line(&mut out, "", "otel = { }"),
            3 => self.toml_line(&mut out, "", "env = {A=\"1\"}"),
            4 => self.toml_line(&mut out, "", "hooks = { Stop = [ { hooks = [] } ] }"),
            _ => {}
        }
        let free = |names: &[usize]| !names.contains(&dotted);
        let mut tables: Vec<(&str, Vec<String>)> = Vec::new();
        if free(&[0, 1]) {
            if self.dice.one_in(4) {
                tables.push(("[mcp_servers]", vec![]));
            }
            tables.push(("[mcp_servers.other]", vec!["command = \"x\"".into(), "args = [\"a\"]".into()]));
            tables.push(("[mcp_servers.other.env]", vec!["A = \"1\"".into()]));
        }
        if free(&[2]) {
            tables.push(("[otel]", vec!["environment = \"dev\"".into()]));
            tables.push(("[otel.deep]", vec!["mine = 1".into()]));
        }
        if free(&[3]) {
            tables.push(("[env]", vec!["B = \"b\"".into(), "OTEL_LOGS_EXPORTER = \"none\"".into()]));
        }
        if free(&[4]) {
            let aot = self.dice.one_in(2);
            if aot {
                tables.push(("[[hooks.Stop]]", vec!["matcher = \"x\"".into()]));
                tables.push(("[[hooks.Stop.hooks]]", vec!["command = \"y\"".into()]));
                tables.push(("[[hooks.Stop]]", vec!["hooks = []".into()]));
            } else {
                tables.push((
                    "[hooks]",
                    vec![
                        "Stop = [ { hooks = [ { command = \"y\" } ] } ]".into(),
                        "PostToolUse = [\n  # c\n  { hooks = [] }, # d\n]".into(),
                    ],
                ));
            }
        }
        tables.push(("[projects.\"/home/x.y\"]", vec!["trust_level = \"trusted\"".into()]));
        let mut skipped = false;
        for (header, pairs) in tables {
            // An element's tables go or stay with it.
            skipped = if header == "[[hooks.Stop.hooks]]" { skipped } else { self.dice.one_in(2) };
            if skipped {
                continue;
            }
            self.toml_line(&mut out, indent, header);
            for pair in pairs {
                if !self.dice.one_in(4) {
                    self.toml_line(&mut out, indent, &pair);
                }
            }
        }
        if self.dice.one_in(4) {
            out.truncate(out.trim_end_matches(['\n', '\r']).len());
        }
        Some(out)
    }

    pub(in crate::setup) fn markdown(&mut self) -> Option<String> {
        if self.dice.one_in(8) {
            return if self.dice.one_in(4) {
                None
            } else {
                Some(self.dice.pick(&["", " ", "\n", "\u{feff}", "# T"]).to_owned())
            };
        }
        let mut out = if self.dice.one_in(10) { "\u{feff}".to_owned() } else { String::new() };
        for _ in 0..self.dice.below(7) {
            let parts = [
                "# Title",
                "text",
                "",
                "use `<!-- tma1:begin -->` to",
                " <!-- tma1:begin -->x",
                "```md\n<!-- tma1:begin -->\n```",
                "~~~~\n<!-- tma1:end -->\n~~~\n~~~~",
                "- item\n    <!-- tma1:end -->",
                "<!-- tma2:begin -->",
                "``` a ` b",
            ];
            let part = self.dice.pick(&parts).to_owned();
            for line in part.split('\n') {
                out.push_str(line);
                out.push_str(self.end());
            }
        }
        if self.dice.one_in(3) {
            out.truncate(out.trim_end_matches(['\n', '\r']).len());
        }
        Some(out)
    }
}
