//! The command line of the benchmark.

use std::path::PathBuf;

use super::Failure;
use crate::corpus::Amount;

pub const HELP: &str = "\
cargo bench --bench budgets -- [OPTIONS]

  --bytes SIZE       size of the corpus, such as 300MB or 1GB (default 300MB)
  --events COUNT     instead: as many rows in the store, such as 1M
  --seed NUMBER      of the corpus (default 1)
  --dir DIR          where to put the corpus and the store, and keep them
  --only NAME        only this part; may be repeated: import, second, store, binary, totals, usage, start,
                     tools, search, sizes; live, or of it first, trouble, drain, hook, share, signal, tail,
                     tree, wrapper, ingest, backfill, idle
  --bin PATH         the tma1 to measure (default: the one built with the benchmark)
  --agentsview PATH  time that program too, on half a gigabyte at most
  --ccusage PATH     the same

Without any option (as `cargo test` runs it) nothing is measured.";

/// Parts that can be asked for with `--only`.
const PARTS: &[&str] = &["import", "second", "store", "binary", "totals", "usage", "start", "tools", "search", "sizes"];

/// The parts of `live`, in their order.
pub const LIVE: &[&str] =
    &["first", "trouble", "drain", "hook", "share", "signal", "tail", "tree", "wrapper", "ingest", "backfill", "idle"];

pub enum Wish {
    Run(Box<Options>),
    Explain,
}

pub struct Options {
    pub amount: Amount,
    pub seed: u64,
    pub dir: Option<PathBuf>,
    only: Vec<String>,
    pub bin: PathBuf,
    pub agentsview: Option<PathBuf>,
    pub ccusage: Option<PathBuf>,
}

impl Options {
    pub fn parse(args: impl Iterator<Item = String>) -> Result<Wish, Failure> {
        let mut options = Self {
            amount: Amount::Bytes(300_000_000),
            seed: 1,
            dir: None,
            only: Vec::new(),
            bin: option_env!("CARGO_BIN_EXE_tma1").unwrap_or("tma1").into(),
            agentsview: None,
            ccusage: None,
        };
        let mut args = args.peekable();
        if args.peek().is_none() {
            return Ok(Wish::Explain);
        }
        while let Some(flag) = args.next() {
            match &*flag {
                // Cargo's own mark of a benchmark run.
                "--bench" => continue,
                "--help" | "-h" => return Ok(Wish::Explain),
                // The filter of a `cargo test` that runs everything.
                name if !name.starts_with('-') => return Ok(Wish::Explain),
                _ => {}
            }
            let value = args.next().ok_or_else(|| format!("{flag} needs a value; see --help"))?;
            match &*flag {
                "--bytes" => options.amount = Amount::Bytes(number(&value)?),
                "--events" => options.amount = Amount::Rows(number(&value)?),
                "--seed" => options.seed = number(&value)?,
                "--dir" => options.dir = Some(value.into()),
                "--only" if value == "live" || PARTS.contains(&&*value) || LIVE.contains(&&*value) => {
                    options.only.push(value);
                }
                "--only" => {
                    let known = [PARTS, &["live"], LIVE].concat().join(", ");
                    return Err(format!("no part is called {value}; there are {known}").into());
                }
                "--bin" => options.bin = value.into(),
                "--agentsview" => options.agentsview = Some(value.into()),
                "--ccusage" => options.ccusage = Some(value.into()),
                _ => return Err(format!("no option is called {flag}; see --help").into()),
            }
        }
        Ok(Wish::Run(Box::new(options)))
    }

    pub fn wants(&self, part: &str) -> bool {
        let live = |only: &String| only == "live" && LIVE.contains(&part);
        self.only.is_empty() || self.only.iter().any(|only| only == part || live(only))
    }
}

/// `300MB`, `1GB`, `1M`, `1_000`
fn number(text: &str) -> Result<u64, Failure> {
    let plain = text.replace('_', "").to_ascii_uppercase();
    let plain = plain.trim_end_matches('B');
    let digits = plain.trim_end_matches(['K', 'M', 'G']);
    let unit = match &plain[digits.len()..] {
        "" => Some(1),
        "K" => Some(1_000),
        "M" => Some(1_000_000),
        "G" => Some(1_000_000_000),
        _ => None,
    };
    let amount: Option<f64> = digits.parse().ok().filter(|amount: &f64| *amount > 0.0);
    let (Some(amount), Some(unit)) = (amount, unit) else {
        return Err(format!("{text} is no size; write 300MB, 1.5GB or 1M").into());
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and far below 2⁵³")]
    Ok((amount * f64::from(unit)).round() as u64)
}
