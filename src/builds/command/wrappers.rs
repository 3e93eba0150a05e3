//! Commands that run another command: `timeout 60 …`, `env A=b …`, `uv run …`, `bundle exec …`.
//!
//! They say nothing about what is built, so they go before commands are compared.

/// How the wrapped command is found: after the sub-command words, the wrapper's own flags and
/// `positionals` further words.
struct Wrapper {
    name: &'static str,
    /// Alternatives of words that must follow the name; empty when none are needed.
    sub: &'static [&'static str],
    /// Flags that take the next word as their value.
    value_flags: &'static [&'static str],
    positionals: usize,
}

const fn wrapper(
    name: &'static str,
    sub: &'static [&'static str],
    value_flags: &'static [&'static str],
    positionals: usize,
) -> Wrapper {
    Wrapper { name, sub, value_flags, positionals }
}

const UV: &[&str] = &[
    "--with",
    "--with-requirements",
    "--with-editable",
    "--extra",
    "--group",
    "--only-group",
    "--no-group",
    "--package",
    "--python",
    "-p",
    "--project",
    "--directory",
    "--env-file",
    "--from",
    "--index",
    "--index-url",
];
const DOCKER: &[&str] = &[
    "-e",
    "--env",
    "-w",
    "--workdir",
    "-u",
    "--user",
    "-v",
    "--volume",
    "--name",
    "--network",
    "--env-file",
    "--entrypoint",
    "-p",
    "--platform",
    "--mount",
];
const NPX: &[&str] = &["-p", "--package", "--prefix", "-w", "--workspace", "-C", "--dir", "--filter", "-F"];

const WRAPPERS: &[Wrapper] = &[
    wrapper("timeout", &[], &["-s", "--signal", "-k", "--kill-after"], 1),
    wrapper("gtimeout", &[], &["-s", "--signal", "-k", "--kill-after"], 1),
    wrapper("time", &[], &["-f", "--format", "-o", "--output"], 0),
    wrapper("gtime", &[], &["-f", "--format", "-o", "--output"], 0),
    wrapper("nice", &[], &["-n", "--adjustment"], 0),
    wrapper("ionice", &[], &["-c", "-n", "-p"], 0),
    wrapper("nohup", &[], &[], 0),
    wrapper("setsid", &[], &[], 0),
    wrapper("sudo", &[], &["-u", "-g", "-C", "-D"], 0),
    wrapper("doas", &[], &["-u"], 0),
    wrapper("command", &[], &[], 0),
    wrapper("builtin", &[], &[], 0),
    wrapper("exec", &[], &["-a"], 0),
    wrapper("env", &[], &["-u", "--unset", "-C", "--chdir"], 0),
    wrapper("cross-env", &[], &[], 0),
    wrapper("stdbuf", &[], &["-i", "-o", "-e"], 0),
    wrapper("unbuffer", &[], &[], 0),
    wrapper("xvfb-run", &[], &["-s", "-n", "-e", "-f"], 0),
    wrapper("caffeinate", &[], &["-t"], 0),
    wrapper("taskset", &[], &[], 1),
    wrapper("flock", &[], &["-w", "-E"], 1),
    wrapper("xargs", &[], &["-n", "-I", "-P", "-L", "-d", "-a", "-E", "-s"], 0),
    wrapper("ccache", &[], &[], 0),
    wrapper("sccache", &[], &[], 0),
    wrapper("bear", &[], &["--output", "-o"], 0),
    wrapper("scan-build", &[], &["-o"], 0),
    // A proxy that shortens outputs for agents.
    wrapper("rtk", &[], &[], 0),
    wrapper("direnv", &["exec"], &[], 1),
    wrapper("dotenv", &[], &["-e", "-f"], 0),
    wrapper("dotenvx", &["run"], &["-f"], 0),
    wrapper("doppler", &["run"], &["-p", "-c"], 0),
    wrapper("op", &["run"], &["--env-file"], 0),
    wrapper("infisical", &["run"], &["--env"], 0),
    wrapper("mise", &["exec", "x"], &[], 0),
    wrapper("asdf", &["exec"], &[], 0),
    wrapper("rbenv", &["exec"], &[], 0),
    wrapper("pyenv", &["exec"], &[], 0),
    wrapper("volta", &["run"], &["--node"], 0),
    wrapper("rustup", &["run"], &[], 1),
    wrapper("uv", &["run"], UV, 0),
    wrapper("uvx", &[], UV, 0),
    wrapper("pipx", &["run"], &["--spec"], 0),
    wrapper("poetry", &["run"], &["-C", "--directory", "-P", "--project"], 0),
    wrapper("pipenv", &["run"], &[], 0),
    wrapper("pdm", &["run"], &["-p"], 0),
    wrapper("rye", &["run"], &["-p"], 0),
    wrapper("hatch", &["run"], &[], 0),
    wrapper("pixi", &["run"], &["-e", "--environment"], 0),
    wrapper("conda", &["run"], &["-n", "--name", "-p", "--prefix"], 0),
    wrapper("micromamba", &["run"], &["-n", "--name", "-p", "--prefix"], 0),
    wrapper("bundle", &["exec"], &[], 0),
    wrapper("composer", &["exec"], &[], 0),
    wrapper("npx", &[], NPX, 0),
    wrapper("bunx", &[], NPX, 0),
    wrapper("pnpx", &[], NPX, 0),
    wrapper("npm", &["exec", "x"], NPX, 0),
    wrapper("pnpm", &["exec", "dlx"], NPX, 0),
    wrapper("yarn", &["exec", "dlx"], NPX, 0),
    wrapper("bun", &["x"], NPX, 0),
    wrapper("c8", &[], &["-r", "--reporter", "-o"], 0),
    wrapper("nyc", &[], &["-r", "--reporter"], 0),
    wrapper("docker", &["exec"], DOCKER, 1),
    wrapper("docker", &["run"], DOCKER, 1),
    wrapper("podman", &["exec", "run"], DOCKER, 1),
    wrapper("docker-compose", &["exec", "run"], DOCKER, 1),
    wrapper("ddev", &["exec"], &[], 0),
];

/// Drops assignments and wrappers until the command proper; `None` when nothing is left or the
/// wrapper only asks a question (`command -v cargo`).
pub(super) fn unwrap(words: &[String]) -> Option<&[String]> {
    let mut words = words;
    loop {
        let first = words.first()?;
        if is_assignment(first) {
            words = &words[1..];
            continue;
        }
        match wrapped(words) {
            Some(inner) => words = inner?,
            None => return Some(words),
        }
    }
}

/// Outer `None`: not a wrapper. Inner `None`: a wrapper that runs nothing.
#[expect(clippy::option_option, reason = "two different ways of not being wrapped")]
fn wrapped(words: &[String]) -> Option<Option<&[String]>> {
    let name = program_name(words.first()?);
    if name == "docker" && words.get(1).is_some_and(|word| word == "compose") {
        return wrapped_compose(&words[2..]);
    }
    let (wrapper, rest) = WRAPPERS.iter().filter(|known| known.name == name).find_map(|known| {
        if known.sub.is_empty() {
            return Some((known, &words[1..]));
        }
        // Flags may stand before the sub-command: `pnpm --filter web exec tsc`.
        let sub = skip_flags(&words[1..], known.value_flags);
        let found = known.sub.contains(&sub.first()?.as_str());
        found.then(|| (known, &sub[1..]))
    })?;
    let asks = rest.first().is_some_and(|word| word == "-v" || word == "-V");
    if name == "command" && asks {
        return Some(None);
    }
    let mut rest = skip_flags(rest, wrapper.value_flags);
    // `env A=b cargo test`: the assignment is not the positional.
    while wrapper.positionals == 0 && rest.first().is_some_and(|word| is_assignment(word)) {
        rest = &rest[1..];
    }
    Some(rest.get(wrapper.positionals..).filter(|inner| !inner.is_empty()))
}

#[expect(clippy::option_option, reason = "as in `wrapped`")]
fn wrapped_compose(words: &[String]) -> Option<Option<&[String]>> {
    let rest = skip_flags(words, &["-f", "--file", "-p", "--project-name"]);
    if !matches!(rest.first()?.as_str(), "exec" | "run") {
        return None;
    }
    let rest = skip_flags(&rest[1..], DOCKER);
    Some(rest.get(1..).filter(|inner| !inner.is_empty()))
}

/// The words after leading flags (and a closing `--`).
pub(super) fn skip_flags<'a>(words: &'a [String], value_flags: &[&str]) -> &'a [String] {
    let mut rest = words;
    while let Some(word) = rest.first() {
        if word == "--" {
            return &rest[1..];
        }
        if !word.starts_with('-') || word.len() < 2 {
            break;
        }
        let takes_value = value_flags.contains(&word.as_str());
        rest = rest.get(1 + usize::from(takes_value)..).unwrap_or_default();
    }
    rest
}

/// `NAME=value`, as before a command.
pub(super) fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        let name = name.strip_suffix('+').unwrap_or(name);
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// The program a word calls: no directory, no `.exe`, no version (`npx tsc@5`).
pub(super) fn program_name(word: &str) -> &str {
    let file = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let file = file.split('@').next().unwrap_or(file);
    [".exe", ".cmd", ".bat"].iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(file)
}
