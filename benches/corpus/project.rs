//! The projects that the made-up sessions work in: paths, files and what stands in them.

use super::random::Random;
use super::texts::{Pool, Texts};

/// Bytes of source files, as `Read` shows them in real transcripts.
const FILE_BYTES: [u64; 9] = [120, 500, 1100, 2600, 5600, 10_000, 16_000, 32_000, 70_000];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Rust,
    Script,
    Python,
}

impl Language {
    pub fn pool(self, texts: &Texts) -> &Pool {
        match self {
            Self::Rust => &texts.rust,
            Self::Script => &texts.script,
            Self::Python => &texts.python,
        }
    }
}

/// A piece of a file: so many lines of the pool.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    first: usize,
    count: usize,
}

pub struct File {
    pub path: String,
    runs: Vec<Run>,
}

impl File {
    fn new(path: String, language: Language, random: &mut Random, texts: &Texts) -> Self {
        let mut file = Self { path, runs: Vec::new() };
        let bytes = random.size(&FILE_BYTES);
        let mut written = 0;
        while written < bytes {
            let run = fresh(language.pool(texts), random);
            written += language.pool(texts).lines(run.first, run.count).len();
            file.runs.push(run);
        }
        file
    }

    pub fn content(&self, out: &mut Vec<u8>, pool: &Pool) {
        for run in &self.runs {
            out.extend_from_slice(pool.lines(run.first, run.count));
        }
    }

    /// The lines of a part of the file, numbered as `Read` does, and how many there are.
    pub fn numbered(&self, out: &mut Vec<u8>, pool: &Pool, arrow: &[u8], from: usize, limit: usize) -> usize {
        let lines = self.runs.iter().flat_map(|run| (run.first..run.first + run.count).map(|at| pool.lines(at, 1)));
        let mut count = 0;
        for (at, line) in lines.enumerate().skip(from).take(limit) {
            super::ids::number(out, at as u64 + 1);
            out.extend_from_slice(arrow);
            out.extend_from_slice(line);
            count += 1;
        }
        count
    }

    /// The same part as it stands in the file.
    pub fn part(&self, out: &mut Vec<u8>, pool: &Pool, from: usize, limit: usize) {
        let (mut skip, mut left) = (from, limit);
        for run in &self.runs {
            let passed = skip.min(run.count);
            let taken = left.min(run.count - passed);
            out.extend_from_slice(pool.lines(run.first + passed, taken));
            skip -= passed;
            left -= taken;
        }
    }

    pub fn line_count(&self) -> usize {
        self.runs.iter().map(|run| run.count).sum()
    }

    /// Replaces a piece: what stood there, what stands there now, and the line before it.
    pub fn edit(&mut self, language: Language, texts: &Texts, random: &mut Random) -> (Run, Run, usize) {
        let at = random.index(self.runs.len());
        let before = self.runs[..at].iter().map(|run| run.count).sum();
        let old = self.runs[at];
        let new = fresh(language.pool(texts), random);
        self.runs[at] = new;
        (old, new, before)
    }
}

impl Run {
    pub fn text(self, pool: &Pool) -> &[u8] {
        let lines = pool.lines(self.first, self.count);
        &lines[..lines.len().saturating_sub(2)]
    }

    pub fn lines(self, pool: &Pool) -> impl Iterator<Item = &[u8]> {
        (self.first..self.first + self.count).map(|at| {
            let line = pool.lines(at, 1);
            &line[..line.len().saturating_sub(2)]
        })
    }

    pub fn count(self) -> usize {
        self.count
    }
}

fn fresh(pool: &Pool, random: &mut Random) -> Run {
    let count = 2 + random.index(28);
    Run { first: random.index(pool.len() - count), count }
}

pub struct Project {
    pub root: String,
    /// The directory under `projects/`: every other character of the root is a dash.
    pub directory: String,
    pub name: String,
    pub language: Language,
    pub files: Vec<File>,
}

impl Project {
    /// The project of that number; its root is somewhere under `work`.
    pub fn new(work: &str, number: usize, random: &mut Random, texts: &Texts) -> Self {
        let language = random.weighted(&[(3, Language::Rust), (4, Language::Script), (3, Language::Python)]);
        let name = format!("{}-{}", texts.words.noun(random).replace('_', "-"), number);
        let place = random.weighted(&[(3, ""), (1, "/clients"), (1, "/experiments")]);
        let root = format!("{work}{place}/{name}");
        let directory = root.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let mut project = Self { root, directory, name, language, files: Vec::new() };
        for _ in 0..random.between(20, 120) {
            project.add_file(random, texts);
        }
        project
    }

    /// A file that was not there before, and its number.
    pub fn add_file(&mut self, random: &mut Random, texts: &Texts) -> usize {
        let words = &texts.words;
        let (top, ending) = match self.language {
            Language::Rust => ("src", "rs"),
            Language::Script => ("app", random.weighted(&[(3, "ts"), (2, "tsx")])),
            Language::Python => ("lib", "py"),
        };
        let path = match random.below(3) {
            0 => format!("{}/{top}/{}.{ending}", self.root, words.noun(random)),
            1 => format!("{}/{top}/{}/{}.{ending}", self.root, words.noun(random), words.noun(random)),
            _ => format!("{}/tests/{}_test.{ending}", self.root, words.noun(random)),
        };
        self.files.push(File::new(path, self.language, random, texts));
        self.files.len() - 1
    }
}
