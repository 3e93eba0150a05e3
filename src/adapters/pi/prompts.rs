//! What a person typed, told from what the client makes of it: it puts a skill's whole text in the place of its name.

use std::borrow::Cow;

const SKILL: &str = "<skill name=\"";

/// A prompt as its person typed it.
pub(super) fn as_typed(text: &str) -> Cow<'_, str> {
    let typed = text.strip_prefix(SKILL).and_then(|rest| {
        let (name, rest) = rest.split_once('"')?;
        let (_, arguments) = rest.rsplit_once("</skill>")?;
        Some(format!("/skill:{name} {}", arguments.trim()))
    });
    typed.map_or(Cow::Borrowed(text), |typed| Cow::Owned(typed.trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skill_is_named_and_not_repeated() {
        let skill = "<skill name=\"peer\" location=\"/s/SKILL.md\">\nReferences are relative to /s.\n\nDo </skill> it.\n</skill>";
        assert_eq!(as_typed(skill), "/skill:peer");
        assert_eq!(as_typed(&format!("{skill}\n\nand codex")), "/skill:peer and codex");
        for text in ["fix it", "<skill name=\"cut", "why <skill name=\"x\">?</skill>"] {
            assert_eq!(as_typed(text), text);
        }
    }
}
