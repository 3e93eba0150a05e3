//! Writes a Claude Code projects directory of any size: made up, but in the shapes and proportions of real transcripts.

mod fork;
mod ids;
mod noise;
mod project;
mod random;
mod response;
mod session;
mod shell;
mod statistics;
mod subagent;
mod texts;
mod thread;
mod tools;
mod vocabulary;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use fork::Origin;
use ids::Uuid;
use project::Project;
use random::Random;
pub use statistics::Statistics;
use subagent::Subagent;
use texts::Texts;
use thread::{Clock, Common, Era};

const PROJECTS: usize = 40;
const DAYS: u64 = 120;
const DAY_MS: u64 = 86_400_000;

/// Bytes of a session's own file.
const SESSION_BYTES: [u64; 9] = [3000, 20_000, 60_000, 200_000, 700_000, 2_200_000, 4_500_000, 12_000_000, 25_000_000];

/// What comes of the mix below: most of a transcript is tool output, and a result is a part of its call's row.
const BYTES_PER_ROW: u64 = 3700;

/// How much to write.
#[derive(Debug, Clone, Copy)]
pub enum Amount {
    Bytes(u64),
    /// Rows in the store: messages, tool calls and requests.
    Rows(u64),
}

impl Amount {
    /// How much of it is there, in millionths.
    fn done(self, counts: &Statistics) -> u64 {
        let (is, shall) = match self {
            Self::Bytes(bytes) => (counts.bytes, bytes),
            Self::Rows(rows) => (counts.rows(), rows),
        };
        is.saturating_mul(1_000_000) / shall.max(1)
    }

    /// The largest session now: a small corpus too shall have several, and the last one not go far beyond.
    fn longest(self, counts: &Statistics) -> usize {
        let (all, left) = match self {
            Self::Bytes(bytes) => (bytes, bytes.saturating_sub(counts.bytes)),
            Self::Rows(rows) => (rows * BYTES_PER_ROW, rows.saturating_sub(counts.rows()) * BYTES_PER_ROW),
        };
        usize::try_from(left.min(all / 10)).unwrap_or(usize::MAX).max(3000)
    }
}

#[derive(Debug, Clone)]
pub struct Plan {
    /// The projects directory.
    pub dir: PathBuf,
    /// Where the projects themselves are said to lie; nothing is written there.
    pub work: String,
    pub amount: Amount,
    pub seed: u64,
    /// The last moment of the last session, in milliseconds since 1970; the first is 120 days before.
    pub end_ms: u64,
}

/// Writes the corpus.
///
/// # Errors
/// What the file system says.
pub fn generate(plan: &Plan) -> io::Result<Statistics> {
    let began = Instant::now();
    let mut random = Random::new(plan.seed);
    let texts = Texts::new(&mut random);
    let mut projects: Vec<Project> =
        (0..PROJECTS).map(|number| Project::new(&plan.work, number, &mut random, &texts)).collect();
    for project in &projects {
        fs::create_dir_all(plan.dir.join(&project.directory))?;
    }
    let mut counts =
        Statistics { projects: projects.iter().map(|project| project.root.clone()).collect(), ..Statistics::default() };
    let mut origin: Option<Origin> = None;
    while plan.amount.done(&counts) < 1_000_000 {
        let start = plan.end_ms - DAYS * DAY_MS + plan.amount.done(&counts) * (DAYS * DAY_MS - DAY_MS / 12) / 1_000_000;
        let number = favourite(&mut random);
        let told = tell(plan, &texts, &mut projects, &mut counts, random.split(), (start, number), origin.as_ref())?;
        if told.out.len() > 100_000 && told.out.len() < 4_000_000 && random.percent(25) {
            origin = Some(told);
        }
        if random.percent(5) {
            leftover(&plan.dir.join(&projects[number].directory), &mut random, &mut counts, start)?;
        }
    }
    counts.took = began.elapsed();
    Ok(counts)
}

/// A few projects get most of the work.
fn favourite(random: &mut Random) -> usize {
    random.index(PROJECTS).min(random.index(PROJECTS))
}

/// One session and its files; given back so that a later one can fork it.
fn tell(
    plan: &Plan,
    texts: &Texts,
    projects: &mut [Project],
    counts: &mut Statistics,
    mut random: Random,
    (start, number): (u64, usize),
    origin: Option<&Origin>,
) -> io::Result<Origin> {
    let id = ids::uuid(&mut random);
    let bytes = random.size(&SESSION_BYTES).min(plan.amount.longest(counts));
    let done = plan.amount.done(counts);
    let forked = origin.filter(|_| random.percent(10));
    let number = forked.map_or(number, |origin| origin.project);
    let copied = forked.and_then(|origin| fork::copy(origin, &id, &mut random, counts));
    counts.forks += u64::from(copied.is_some());
    let (era, version) = era(&mut random, done);
    let mut common = Common {
        texts,
        project: &mut projects[number],
        counts,
        clock: Clock { now: start, end: plan.end_ms },
        session: id,
        era,
        model: "",
        version,
        branch: branch(&mut random, texts),
        slug: format!("{}-{}", texts.words.noun(&mut random), texts.words.noun(&mut random)),
        hooks: random.percent(45),
        random,
    };
    common.model = session::model(&mut common);
    let session = session::write(&mut common, bytes, copied);
    let ended = common.clock.now;
    counts.sessions += 1;
    save(&plan.dir.join(&projects[number].directory), &id, &session.out, &session.subagents, ended)?;
    counts.files += 1 + 2 * session.subagents.len() as u64;
    Ok(Origin { session: id, project: number, out: session.out })
}

/// Versions follow one another over the months.
fn era(random: &mut Random, done: u64) -> (Era, &'static str) {
    match done {
        0..420_000 => (Era::Progress, random.weighted(&[(1, "2.0.76"), (2, "2.1.17"), (3, "2.1.34"), (3, "2.1.39")])),
        420_000..850_000 => {
            (Era::Attachments, random.weighted(&[(1, "2.1.205"), (2, "2.1.212"), (3, "2.1.217"), (1, "2.1.219")]))
        }
        _ => (Era::Requests, "2.1.328"),
    }
}

fn branch(random: &mut Random, texts: &Texts) -> String {
    if random.percent(50) { "main".to_owned() } else { format!("feature/{}", texts.words.noun(random)) }
}

fn save(dir: &Path, id: &Uuid, out: &[u8], subagents: &[Subagent], ended: u64) -> io::Result<()> {
    let id = String::from_utf8_lossy(id);
    if !subagents.is_empty() {
        let dir = dir.join(&*id).join("subagents");
        fs::create_dir_all(&dir)?;
        for subagent in subagents {
            put_file(&dir.join(format!("agent-{}.jsonl", subagent.id)), &subagent.out, subagent.ended)?;
            put_file(&dir.join(format!("agent-{}.meta.json", subagent.id)), &subagent.meta, subagent.ended)?;
        }
    }
    put_file(&dir.join(format!("{id}.jsonl")), out, ended)
}

/// A file that holds no session: older versions left those behind.
fn leftover(dir: &Path, random: &mut Random, counts: &mut Statistics, at: u64) -> io::Result<()> {
    let id = ids::uuid(random);
    let mut out = Vec::new();
    for _ in 0..random.between(1, 4) {
        let line = out.len();
        out.extend_from_slice(br#"{"type":"summary","summary":"Earlier work","leafUuid":""#);
        out.extend_from_slice(&ids::uuid(random));
        out.extend_from_slice(b"\"}\n");
        counts.record("summary", out.len() - line);
    }
    counts.files += 1;
    put_file(&dir.join(format!("{}.jsonl", String::from_utf8_lossy(&id))), &out, at)
}

fn put_file(path: &Path, bytes: &[u8], modified_ms: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.set_modified(UNIX_EPOCH + Duration::from_millis(modified_ms))
}
