//! Finds the build-like commands of a line and whether the line's exit code is theirs.

use super::families::{self, Part};
use super::program_name;
use super::shell::{self, Item, Pipeline, Separator, Stage};
use super::wrappers;

/// `bash -c` in `bash -c` in …: nobody goes deeper.
const MAX_NESTING: usize = 6;

pub(super) struct Found {
    pub(super) part: Part,
    pub(super) hidden: bool,
    /// Parts of one `&&` chain share a number.
    pub(super) chain: usize,
}

/// `None` when the line does not parse.
pub(super) fn build_parts(command: &str) -> Option<Vec<Found>> {
    let items = shell::parse(command).ok()?;
    let mut walk = Walk::default();
    walk.list(&items, Options::default(), false);
    Some(walk.found)
}

#[derive(Clone, Copy, Default)]
struct Options {
    pipefail: bool,
    errexit: bool,
}

#[derive(Default)]
struct Walk {
    found: Vec<Found>,
    chain: usize,
    nesting: usize,
}

impl Walk {
    /// `hidden`: the exit code of the whole list is not seen.
    fn list(&mut self, items: &[Item], options: Options, hidden: bool) {
        let mut options = options;
        for (at, item) in items.iter().enumerate() {
            options = options.after(&item.pipeline);
            let follows_or = at > 0 && items[at - 1].after == Separator::Or;
            let visible = !hidden && !follows_or && !item.pipeline.negated;
            let fate = if visible { fate(items, at, options) } else { Fate::Lost };
            self.pipeline(&item.pipeline, options, fate);
            if item.after != Separator::And && !(options.errexit && item.after == Separator::Then) {
                self.chain += 1;
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, options: Options, fate: Fate) {
        let last = pipeline.stages.len().saturating_sub(1);
        for (at, stage) in pipeline.stages.iter().enumerate() {
            let decides = at == last || options.pipefail && pipeline.stages[at + 1..].iter().all(never_fails);
            let hidden = match fate {
                Fate::Lost => true,
                Fate::Kept => !decides,
                Fate::FirstStage => at != 0,
            };
            match stage {
                Stage::Simple(words) => self.simple(words, options, hidden),
                Stage::Group(items) => self.list(items, options, hidden),
                // A loop's or a condition's code is not the command's in it.
                Stage::Compound(items) => self.list(items, options, true),
            }
        }
    }

    fn simple(&mut self, words: &[String], options: Options, hidden: bool) {
        if let Some((script, options)) = nested_script(words, options) {
            if self.nesting < MAX_NESTING
                && let Ok(items) = shell::parse(script)
            {
                self.nesting += 1;
                self.list(&items, options, hidden);
                self.nesting -= 1;
            }
            return;
        }
        if let Some(part) = families::part(words) {
            let chain = self.chain;
            self.found.push(Found { part, hidden, chain });
        }
    }
}

impl Options {
    /// The options after a `set -euo pipefail`; any other command leaves them.
    fn after(mut self, pipeline: &Pipeline) -> Self {
        if let [Stage::Simple(words)] = pipeline.stages.as_slice()
            && words.first().is_some_and(|word| word == "set" || word == "setopt")
        {
            let mut on = true;
            for word in &words[1..] {
                // In `+o pipefail` the sign stands with the flag before the name.
                on = !word.starts_with('+') && (on || word.starts_with('-'));
                if word.eq_ignore_ascii_case("pipefail") {
                    self.pipefail = on;
                } else if word == "errexit" || is_short_flag(word, 'e') {
                    self.errexit = on;
                }
            }
        }
        self
    }
}

fn is_short_flag(word: &str, flag: char) -> bool {
    let letters = word.strip_prefix(['-', '+']);
    letters.is_some_and(|letters| !letters.starts_with('-') && letters.contains(flag))
}

/// What becomes of a pipeline's exit code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Lost,
    /// `exit ${PIPESTATUS[0]}`: the code is the first stage's.
    FirstStage,
}

fn fate(items: &[Item], at: usize, options: Options) -> Fate {
    let mut end = at;
    // Whether a failure leaves the shell at once.
    let mut leaves = false;
    while let Some(next) = items.get(end + 1) {
        match items[end].after {
            Separator::And => {}
            Separator::Or if always_fails(&next.pipeline) => {
                leaves = leaves_shell(&next.pipeline);
            }
            Separator::Or | Separator::Background => return Fate::Lost,
            Separator::Then => {
                // `set -e` does not act on a failure inside an `&&` chain.
                if leaves || options.errexit && end == at {
                    return Fate::Kept;
                }
                return saved_status(&items[end + 1..], end == at);
            }
        }
        end += 1;
    }
    if items[end].after == Separator::Background { Fate::Lost } else { Fate::Kept }
}

fn words_of(pipeline: &Pipeline) -> &[String] {
    match pipeline.stages.as_slice() {
        [Stage::Simple(words)] => words,
        _ => &[],
    }
}

/// `exit 1`, `exit $?`, `false`, `return 1`, or a group that ends so.
fn always_fails(pipeline: &Pipeline) -> bool {
    if let [Stage::Group(items)] = pipeline.stages.as_slice() {
        return items.last().is_some_and(|item| always_fails(&item.pipeline));
    }
    match words_of(pipeline) {
        [word] => matches!(word.as_str(), "false" | "exit" | "return"),
        [word, code] => matches!(word.as_str(), "exit" | "return") && code != "0",
        _ => false,
    }
}

fn leaves_shell(pipeline: &Pipeline) -> bool {
    match pipeline.stages.as_slice() {
        // A subshell leaves only itself; but then the code is hidden only if more follows, and
        // people write braces there.
        [Stage::Group(items)] => items.last().is_some_and(|item| leaves_shell(&item.pipeline)),
        _ => words_of(pipeline).first().is_some_and(|word| word == "exit" || word == "return"),
    }
}

/// `…; exit $?` and `…; rc=$?; …; exit $rc` hand the code on.
fn saved_status(rest: &[Item], directly: bool) -> Fate {
    let source = |value: &str| match value {
        "$?" => Fate::Kept,
        "${PIPESTATUS[0]}" | "${pipestatus[1]}" | "$PIPESTATUS" if directly => Fate::FirstStage,
        _ => Fate::Lost,
    };
    match rest.first().map(|item| words_of(&item.pipeline)) {
        Some([exit, value]) if exit == "exit" => source(value),
        Some([assignment]) => {
            let (Some((name, value)), Some(last)) = (assignment.split_once('='), rest.last()) else {
                return Fate::Lost;
            };
            match words_of(&last.pipeline) {
                [exit, variable]
                    if exit == "exit"
                        && variable.trim_matches(['$', '{', '}']) == name
                        && variable.starts_with('$') =>
                {
                    source(value)
                }
                _ => Fate::Lost,
            }
        }
        _ => Fate::Lost,
    }
}

/// Stages whose own code is zero in practice. Not `grep` (no match) nor `head` (closes the pipe
/// under the build's hands).
fn never_fails(stage: &Stage) -> bool {
    matches!(stage, Stage::Simple(words) if words.first().is_some_and(|word| matches!(
        program_name(word),
        "tail" | "tee" | "cat" | "less" | "sed" | "sort" | "uniq" | "wc" | "tr" | "cut" | "awk" | "ts" | "xcpretty" | "xcbeautify" | "tap-spec"
    )))
}

/// The script that a command hands to a shell, if it does.
pub(super) fn script_of(words: &[String]) -> Option<&str> {
    nested_script(words, Options::default()).map(|(script, _)| script)
}

/// The script that a command hands to a shell: `bash -lc '…'`, `eval "…"`, `x=$(…)`.
fn nested_script(words: &[String], options: Options) -> Option<(&str, Options)> {
    if let Some(last) = words.last()
        && words.iter().all(|word| wrappers::is_assignment(word))
    {
        let (_, value) = last.split_once('=')?;
        let inner = value.strip_prefix("$(")?.strip_suffix(')')?;
        return Some((inner, Options { errexit: false, ..options }));
    }
    let words = wrappers::unwrap(words)?;
    let (first, args) = words.split_first()?;
    let script_after = |flag: &str| {
        let at = args.iter().position(|word| word == flag)?;
        args.get(at + 1).map(|script| (script.as_str(), Options::default()))
    };
    match program_name(first) {
        "bash" | "sh" | "zsh" | "dash" | "ksh" | "fish" => {
            let at = args.iter().position(|word| is_short_flag(word, 'c'))?;
            let flags = &args[..=at];
            // `bash run.sh -c x`: the flag is the script's.
            if !flags.iter().all(|word| word.starts_with('-') || word == "pipefail") {
                return None;
            }
            let inner = Options {
                errexit: flags.iter().any(|word| is_short_flag(word, 'e')),
                pipefail: flags.iter().any(|word| word == "pipefail"),
            };
            let script = args[at + 1..].iter().find(|word| !word.starts_with('-') && *word != "pipefail")?;
            Some((script, inner))
        }
        "eval" if args.len() == 1 => Some((&args[0], options)),
        "nix-shell" => script_after("--run").or_else(|| script_after("--command")),
        "script" | "su" => script_after("-c"),
        "pwsh" | "powershell" => script_after("-Command").or_else(|| script_after("-c")),
        _ => None,
    }
}
