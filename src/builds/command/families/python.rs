//! Python's `-m`, ruff's two faces, and the scripts of project managers.

use super::Part;
use super::dispatch::{checks_format, known, positional};
use crate::builds::command::{program_name, scripts, wrappers};
use crate::model::BuildKind::{Build, Lint, Test, TypeCheck};

pub(super) fn ruff(args: &[String]) -> Option<Part> {
    match positional(args) {
        Some((at, "check")) => {
            let mut rest = args.to_vec();
            rest.remove(at);
            Some(Part { kind: Lint, family: "ruff check".to_owned(), rest })
        }
        Some((_, "format")) => {
            checks_format(args).then(|| Part { kind: Lint, family: "ruff format".to_owned(), rest: args[1..].to_vec() })
        }
        _ => None,
    }
}

pub(super) fn is_python(name: &str) -> bool {
    ["python", "pypy"].iter().any(|python| {
        name.strip_prefix(python).is_some_and(|version| version.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
    }) || name == "py"
}

pub(super) fn python(args: &[String]) -> Option<Part> {
    if let Some(at) = args.iter().position(|word| word == "-m") {
        let module = args.get(at + 1)?;
        if module == "build" {
            return Some(Part { kind: Build, family: "python -m build".to_owned(), rest: args[at + 2..].to_vec() });
        }
        // Flags before `-m` belong to the interpreter; after a script it would be the script's.
        let before = wrappers::skip_flags(&args[..at], &["-W", "-X"]);
        return if before.is_empty() && module != "pip" { known(&args[at + 1..]) } else { None };
    }
    let (at, script) = positional(args)?;
    let file = program_name(script);
    let kind = match (file, args.get(at + 1)?.as_str()) {
        ("manage.py" | "setup.py" | "runtests.py", "test") => Test,
        ("setup.py", "build" | "build_ext" | "bdist_wheel" | "sdist") => Build,
        ("manage.py", "check") => TypeCheck,
        _ => return None,
    };
    Some(Part { kind, family: format!("{file} {}", args[at + 1]), rest: args[at + 2..].to_vec() })
}

/// `hatch run lint`, `pdm run test`: the wrapped word is a script of the project.
pub(super) fn project_script(words: &[String], inner: &[String]) -> Option<Part> {
    let runner = words
        .iter()
        .map(|word| program_name(word))
        .find(|name| matches!(*name, "hatch" | "pdm" | "rye" | "pixi" | "poetry" | "pipenv" | "uv"))?;
    let name = inner.first()?;
    // `uv run scripts/build_index.py` is a program, `env:test` a script in an environment.
    let is_name = !name.contains(['/', '.']) && inner.len() < words.len();
    Some(Part {
        kind: is_name.then(|| scripts::kind_of(name))??,
        family: format!("{runner} run {name}"),
        rest: inner[1..].to_vec(),
    })
}
