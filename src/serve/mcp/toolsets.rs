//! `--toolsets`: which of the questions a server offers.

use crate::answer::{self, AnyQuestion, Refusal};

/// Each question belongs to one of these; `all` means every one.
const SETS: [(&str, &[&str]); 2] = [
    (
        "context",
        &[
            "get_context_bundle",
            "get_session_state",
            "get_anomalies",
            "get_external_changes",
            "get_build_status",
            "get_project_state",
        ],
    ),
    ("history", &["get_peer_sessions", "search_history", "get_usage"]),
];

const ALL: &str = "all";

/// The questions of the sets in `list`, a comma list, in their usual order; of all of them where it is blank.
///
/// # Errors
/// A name that is none of a set's.
pub(super) fn questions(list: Option<&str>) -> Result<Vec<AnyQuestion>, Refusal> {
    let wanted = wanted(list.unwrap_or_default())?;
    let mut questions = answer::all();
    if let Some(wanted) = wanted {
        questions.retain(|question| wanted.contains(&question.name));
    }
    Ok(questions)
}

/// The names of the questions wanted; `None`: all.
fn wanted(list: &str) -> Result<Option<Vec<&'static str>>, Refusal> {
    let mut names = Vec::new();
    let mut all = list.trim().is_empty();
    for set in list.split(',').map(str::trim).filter(|set| !set.is_empty()) {
        match SETS.iter().find(|(name, _)| set.eq_ignore_ascii_case(name)) {
            Some((_, questions)) => names.extend_from_slice(questions),
            None if set.eq_ignore_ascii_case(ALL) => all = true,
            None => {
                let known: Vec<_> = std::iter::once(ALL).chain(SETS.map(|(name, _)| name)).collect();
                return Err(Refusal::user(format!("unknown toolset \"{set}\""))
                    .hint(format!("Name one or more of {}, separated by commas.", known.join(", "))));
            }
        }
    }
    Ok((!all && !names.is_empty()).then_some(names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Kind;

    #[test]
    fn every_question_is_in_exactly_one_set() {
        for question in answer::all() {
            let sets = SETS.iter().filter(|(_, names)| names.contains(&question.name)).count();
            assert_eq!(sets, 1, "{}", question.name);
        }
    }

    #[test]
    fn lists_are_read_as_people_write_them() {
        assert_eq!(wanted("").unwrap(), None);
        assert_eq!(wanted(" , ").unwrap(), None);
        assert_eq!(wanted("history,ALL").unwrap(), None);
        assert_eq!(wanted(" History ").unwrap().unwrap(), SETS[1].1);
        assert_eq!(wanted("context,history").unwrap().unwrap().len(), 9);
    }

    #[test]
    fn an_unknown_set_is_named_with_what_there_is() {
        let refusal = wanted("context,hist").unwrap_err();
        assert_eq!(refusal.kind, Kind::User);
        assert_eq!(
            refusal.to_string(),
            "unknown toolset \"hist\". Name one or more of all, context, history, separated by commas."
        );
    }
}
