//! The files that a shell command shows: Codex has no tool that reads, it runs `cat` and `sed -n`.
//!
//! Only what is certain is told: a command that is anything besides showing files tells nothing.

/// The paths that `command` shows, as they are written there.
pub(in crate::adapters) fn files(command: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for part in command.split("&&").flat_map(|part| part.split(';')) {
        // What a filter behind the first program leaves out is still a view of the file.
        let mut piped = part.split('|');
        let Some(shown) = piped.next().and_then(of_program) else { return Vec::new() };
        if !piped.all(|filter| matches!(program(filter), Some("head" | "tail" | "nl" | "sed" | "cat" | "less"))) {
            return Vec::new();
        }
        found.extend(shown);
    }
    found
}

fn program(part: &str) -> Option<&str> {
    part.split_whitespace().next()
}

/// `None`: the program may do something else.
fn of_program(part: &str) -> Option<Vec<&str>> {
    if part.contains(['<', '>', '`', '$', '*', '?', '(', ')', '{', '}', '&', '\\']) {
        return None;
    }
    let words = words(part.trim())?;
    let (name, rest) = words.split_first()?;
    let mut rest: Vec<&str> = rest.to_vec();
    match *name {
        "cat" | "nl" | "less" | "bat" | "more" => rest.retain(|word| !word.starts_with('-')),
        "head" | "tail" => {
            // A number behind `-n` is no file.
            if let Some(at) = rest.iter().position(|word| matches!(*word, "-n" | "-c")) {
                rest.drain(at..(at + 2).min(rest.len()));
            }
            rest.retain(|word| !word.starts_with('-'));
        }
        "sed" => {
            let at = rest.iter().position(|word| *word == "-n")?;
            rest.remove(at);
            // Options besides may write.
            if rest.iter().any(|word| word.starts_with('-')) || rest.is_empty() {
                return None;
            }
            let script = rest.remove(0);
            let lines = script.strip_suffix('p')?;
            if !lines.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '$' | ' ')) {
                return None;
            }
        }
        "pwd" | "ls" | "echo" | "true" => rest.clear(),
        _ => return None,
    }
    rest.retain(|word| !word.is_empty());
    Some(rest)
}

/// Split at blanks; a quoted word is one. `None`: the quotes are not simple.
fn words(part: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = part.trim_start();
    while let Some(first) = rest.chars().next() {
        if matches!(first, '\'' | '"') {
            let (word, after) = rest[1..].split_once(first)?;
            if !(after.is_empty() || after.starts_with(char::is_whitespace)) {
                return None;
            }
            found.push(word);
            rest = after.trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            if rest[..end].contains(['\'', '"']) {
                return None;
            }
            found.push(&rest[..end]);
            rest = rest[end..].trim_start();
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_shows_files_names_them() {
        for (command, want) in [
            ("cat src/calc.py", vec!["src/calc.py"]),
            ("sed -n '1,200p' src/a.rs", vec!["src/a.rs"]),
            ("nl -ba 'a b.rs' | sed -n '1,20p'", vec!["a b.rs"]),
            ("head -n 5 a && tail -20 b", vec!["a", "b"]),
            ("pwd && cat a; cat b c", vec!["a", "b", "c"]),
            ("ls src", vec![]),
        ] {
            assert_eq!(files(command), want, "{command}");
        }
    }

    #[test]
    fn what_may_do_more_names_none() {
        for command in [
            "cat a > b",
            "cat $F",
            "cat *.rs",
            "cd x && cat a",
            "sed -i s/a/b/ f",
            "sed -n -i 1p f",
            "sed -n '1w x' f",
            "cat a | tee b",
            "rm a; cat b",
            "cat a'b'c",
            "cat << EOF",
            "cargo test",
            "",
        ] {
            assert!(files(command).is_empty(), "{command}");
        }
    }
}
