//! Made-up prose, code and terminal output, ready to be copied into JSON strings.

use super::ids;
use super::random::Random;
use super::vocabulary::{Vocabulary, capital};

/// Enough that no two megabytes of a corpus say the same in the same order.
const POOL_BYTES: usize = 3 << 20;

/// Lines of one kind, already escaped for JSON, each with its escaped line feed.
pub struct Pool {
    bytes: Vec<u8>,
    /// Where each line begins, and where the last one ends.
    starts: Vec<usize>,
}

impl Pool {
    fn made(random: &mut Random, words: &Vocabulary, line: fn(&mut Random, &Vocabulary) -> String) -> Self {
        let mut pool = Self { bytes: Vec::with_capacity(POOL_BYTES + 4096), starts: vec![0] };
        while pool.bytes.len() < POOL_BYTES {
            escape(&mut pool.bytes, &line(random, words));
            pool.bytes.extend_from_slice(b"\\n");
            pool.starts.push(pool.bytes.len());
        }
        pool
    }

    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// `count` lines from `first` on.
    pub fn lines(&self, first: usize, count: usize) -> &[u8] {
        let last = (first + count).min(self.len());
        &self.bytes[self.starts[first.min(last)]..self.starts[last]]
    }

    /// Some lines from anywhere.
    pub fn run(&self, random: &mut Random, count: usize) -> &[u8] {
        self.lines(random.index(self.len() - count), count)
    }
}

pub fn escape(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x1b => out.extend_from_slice(b"\\u001b"),
            _ => out.push(byte),
        }
    }
}

/// What texts are copied from.
pub struct Texts {
    pub words: Vocabulary,
    pub prose: Pool,
    pub rust: Pool,
    pub script: Pool,
    pub python: Pool,
    pub terminal: Pool,
    base64: Vec<u8>,
}

impl Texts {
    pub fn new(random: &mut Random) -> Self {
        let words = Vocabulary::new(random);
        let base64 = ids::token_string("", 1 << 18, random).into_bytes();
        Self {
            prose: Pool::made(random, &words, prose),
            rust: Pool::made(random, &words, rust),
            script: Pool::made(random, &words, script),
            python: Pool::made(random, &words, python),
            terminal: Pool::made(random, &words, terminal),
            words,
            base64,
        }
    }

    /// About `bytes` of `pool`. Now and then a word that stands nowhere else: real text never runs out of those.
    pub fn fill(&self, out: &mut Vec<u8>, pool: &Pool, random: &mut Random, bytes: usize) {
        let end = out.len() + bytes;
        while out.len() < end {
            let lines = 1 + random.index(6);
            out.extend_from_slice(pool.run(random, lines));
            if random.percent(40) {
                out.truncate(out.len() - 2);
                out.push(b' ');
                self.unique(out, random);
                out.extend_from_slice(b"\\n");
            }
        }
        out.truncate(out.len() - 2);
    }

    pub fn prose(&self, out: &mut Vec<u8>, random: &mut Random, bytes: usize) {
        self.fill(out, &self.prose, random, bytes);
    }

    /// Something like a hash, a number, or a name made of two words.
    fn unique(&self, out: &mut Vec<u8>, random: &mut Random) {
        match random.below(5) {
            0 => ids::hex(out, 10, random),
            1 => ids::number(out, random.below(10_000_000)),
            2 => {
                out.extend_from_slice(self.words.noun(random).as_bytes());
                out.push(b'_');
                out.extend_from_slice(self.words.noun(random).as_bytes());
            }
            3 => {
                out.extend_from_slice(self.words.noun(random).as_bytes());
                ids::number(out, random.below(1000));
            }
            _ => ids::token(out, "", 12, random),
        }
    }

    /// Signatures and images: nothing to read, but bytes all the same.
    pub fn base64(&self, out: &mut Vec<u8>, random: &mut Random, bytes: usize) {
        ids::token(out, "", 24, random);
        let mut left = bytes;
        while left > 0 {
            let len = left.min(1 << 16);
            let at = random.index(self.base64.len() - len);
            out.extend_from_slice(&self.base64[at..at + len]);
            left -= len;
        }
    }
}

fn sentence(out: &mut String, random: &mut Random, words: &Vocabulary) {
    let count = random.between(5, 19);
    for at in 0..count {
        let word = words.word(random);
        match at {
            0 => out.push_str(&capital(word)),
            _ if random.percent(5) => {
                out.push_str(" `");
                out.push_str(word);
                out.push('`');
            }
            _ => {
                out.push(' ');
                out.push_str(word);
            }
        }
        if at + 1 < count && random.percent(8) {
            out.push_str(random.weighted(&[(8, ","), (1, " —"), (1, ";")]));
        }
    }
    out.push_str(random.weighted(&[(8, "."), (1, ":"), (1, "?")]));
}

fn prose(random: &mut Random, words: &Vocabulary) -> String {
    let mut out = String::new();
    match random.below(20) {
        0 => out.push_str("## "),
        1..=4 => out.push_str("- "),
        5 => out.push_str("1. **"),
        6 => return out,
        7 => out.push_str("✅ "),
        8 => out.push_str("\"café\" → "),
        _ => {}
    }
    for _ in 0..random.between(1, 4) {
        sentence(&mut out, random, words);
        out.push(' ');
    }
    out
}

fn indent(random: &mut Random, by: &str) -> String {
    by.repeat(random.weighted(&[(2, 0), (5, 1), (5, 2), (2, 3), (1, 4)]))
}

fn rust(random: &mut Random, words: &Vocabulary) -> String {
    let indent = indent(random, "    ");
    let (a, b, c) = (words.noun(random), words.noun(random), words.word(random));
    let number = random.below(4096);
    let text = match random.below(14) {
        0 => format!("let {a} = self.{b}.{c}(&{a}, {number})?;"),
        1 => format!("pub fn {a}(&mut self, {b}: &str) -> Result<{}> {{", capital(c)),
        2 => format!("if {a}.{b}() > {number} && !{c}.is_empty() {{"),
        3 | 4 => "}".to_owned(),
        5 => format!("use crate::{a}::{{{}, {}}};", capital(b), capital(c)),
        6 => format!("return Err(Error::{}(\"{b} {c}\".into()));", capital(a)),
        7 => format!("/// {} {b} of the {c}.", capital(a)),
        8 => format!("match {a}.{c}() {{"),
        9 => format!("Some({a}) => {b}.push({a}),"),
        10 => format!("assert_eq!({a}.{b}(), {number});"),
        11 => format!("for {a} in {b}.iter().filter(|x| x.{c} != {number}) {{"),
        12 => String::new(),
        _ => format!("{a}.{b}.insert(\"{c}\", {number});"),
    };
    indent + &text
}

fn script(random: &mut Random, words: &Vocabulary) -> String {
    let indent = indent(random, "  ");
    let (a, b, c) = (words.noun(random), words.noun(random), words.word(random));
    let number = random.below(4096);
    let text = match random.below(13) {
        0 => format!("const {a} = await {b}.{c}({{ {a}: '{b}', limit: {number} }});"),
        1 => format!("export function {a}({b}: {}): Promise<{}> {{", capital(b), capital(c)),
        2 => format!("if (!{a}?.{b}) return null;"),
        3 | 4 => "});".to_owned(),
        5 => format!("import {{ {a}, {b} }} from \"../{c}/{a}\";"),
        6 => format!("<div className=\"{a} {b}-{number}\">{{t('{c}')}}</div>"),
        7 => format!("// {} {b} {c}", capital(a)),
        8 => format!("expect({a}.{b}).toEqual({{ {c}: {number} }});"),
        9 => format!("  {a}: {b} as {},", capital(c)),
        10 => "}".to_owned(),
        11 => String::new(),
        _ => format!("it('{a} should {b} the {c}', async () => {{"),
    };
    indent + &text
}

fn python(random: &mut Random, words: &Vocabulary) -> String {
    let indent = indent(random, "    ");
    let (a, b, c) = (words.noun(random), words.noun(random), words.word(random));
    let number = random.below(4096);
    let text = match random.below(11) {
        0 => format!("{a} = self.{b}.{c}({a}=None, {b}={number})"),
        1 => format!("def {a}(self, {b}: str, *, {c}: int = {number}) -> {}:", capital(b)),
        2 => format!("if {a} is not None and {b}[\"{c}\"] > {number}:"),
        3 => format!("return {{\"{a}\": {b}, \"{c}\": {number}}}"),
        4 => format!("from {a}.{b} import {}", capital(c)),
        5 => format!("raise {}Error(f\"{b} {{{a}}} {c}\")", capital(a)),
        6 => format!("\"\"\"{} {b} {c}.\"\"\"", capital(a)),
        7 => format!("for {a} in sorted({b}, key=lambda x: x.{c}):"),
        8 => format!("assert {a}.{b}() == {number}"),
        9 => String::new(),
        _ => format!("with {a}.open('{b}', \"{c}\") as handle:"),
    };
    indent + &text
}

fn terminal(random: &mut Random, words: &Vocabulary) -> String {
    let (a, b, c) = (words.noun(random), words.noun(random), words.word(random));
    let (number, small) = (random.below(100_000), random.below(60));
    match random.below(16) {
        0 => format!("src/{a}/{b}.rs:{small}:    let {c} = {a}.{b}();"),
        1 => format!("-rw-r--r-- 1 dev dev {number:>7} Feb {:>2} 10:{small:02} {a}_{b}.ts", small / 2 + 1),
        2 => format!("{} {a}: {b} the {c}", ids::hex_string(8, random)),
        3 => format!("2026-02-12T14:{small:02}:{small:02}.{:03}Z  INFO {a}::{b}: {c} took {number} us", number % 1000),
        4 => format!("   Compiling {a}-{b} v0.{small}.{}", number % 20),
        5 => format!("test {a}::{b}::tests::{c} ... ok"),
        6 => format!("\x1b[32m  ✓\x1b[0m {a} {b} {c} \x1b[90m({small} ms)\x1b[0m"),
        7 => format!(" M src/{a}/{b}.py"),
        8 => format!("{a}/{b}/{c}/{a}_test.go"),
        9 => format!("+    {a}.{b}(\"{c}\");"),
        10 => format!("-    {a}.{c}(\"{b}\", {small});"),
        11 => format!("{{\"{a}\":{number},\"{b}\":\"{c}\",\"id\":\"{}\"}}", ids::hex_string(12, random)),
        12 => format!("{a}\t{b}\t{number}"),
        13 => format!("tests/{a}/test_{b}.py::test_{c} PASSED   [{small:>3}%]"),
        14 => format!("added {small} packages, and audited {number} packages in {small}s"),
        _ => format!("{c} {a} {b}: {number}"),
    }
}
