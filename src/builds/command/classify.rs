//! From a whole line to the one build it is remembered as.

use super::BuildCommand;
use super::verdict;

/// What a shell command line is; `None` when it builds nothing or does not parse.
#[must_use]
pub fn classify(command: &str) -> Option<BuildCommand> {
    let found = verdict::build_parts(command)?;
    let chosen = found.iter().find(|part| !part.hidden).or(found.first())?;
    let mut target = joined(&chosen.part.rest);
    let chain = found
        .iter()
        .filter(|other| other.chain == chosen.chain && other.hidden == chosen.hidden)
        .skip_while(|other| !std::ptr::eq(*other, chosen))
        .skip(1);
    for other in chain {
        for piece in ["&&", &other.part.family, &joined(&other.part.rest)] {
            if !target.is_empty() && !piece.is_empty() {
                target.push(' ');
            }
            target.push_str(piece);
        }
    }
    Some(BuildCommand {
        kind: chosen.part.kind,
        family: chosen.part.family.clone(),
        target,
        verdict_hidden: chosen.hidden,
    })
}

/// Words with single spaces between; a word with blanks keeps its borders by quotes.
fn joined(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        if word.is_empty() || word.contains(char::is_whitespace) {
            let pieces: Vec<&str> = word.split_whitespace().collect();
            text.push('\'');
            text.push_str(&pieces.join(" "));
            text.push('\'');
        } else {
            text.push_str(word);
        }
    }
    text
}
