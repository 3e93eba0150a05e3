//! The part of a text that shows why it was found.

use super::{budget, harmless};

/// Of a very long text only so much is looked through.
const LOOKED_AT: usize = 64 * 1024;

/// The words of a query, as the index compares them.
pub(super) struct Words(Vec<Word>);

struct Word {
    folded: String,
    /// How it stands in a word of the text.
    how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Whole,
    Begins,
    /// Where words have no blanks between them.
    Within,
}

impl Words {
    pub fn of(query: &str) -> Self {
        let mut words = Vec::new();
        let mut unwanted = false;
        for (index, piece) in query.split('"').enumerate() {
            if index % 2 == 0 {
                unwanted = piece.ends_with('-');
            }
            if index % 2 == 1 && unwanted {
                continue;
            }
            for typed in piece.split_whitespace() {
                let open = index % 2 == 0 && typed.ends_with('*');
                let parts: Vec<String> = runs(typed).map(|(_, run)| folded(run)).collect();
                let last = parts.len().saturating_sub(1);
                words.extend(parts.into_iter().enumerate().map(|(at, folded)| {
                    let how = match folded.chars().any(|c| c > '\u{dff}') {
                        true => How::Within,
                        false if open && at == last => How::Begins,
                        false => How::Whole,
                    };
                    Word { folded, how }
                }));
            }
        }
        Self(words)
    }

    /// The surroundings of as many different words as stand together, on one line.
    pub fn snippet(&self, text: &str, most_bytes: usize) -> String {
        let text = &*harmless(text);
        let at = self.best_place(text, most_bytes * 2 / 3);
        let from = text.floor_char_boundary(at.saturating_sub(most_bytes / 4));
        let begin = text[from..]
            .find(char::is_whitespace)
            .filter(|_| from > 0)
            .map_or(from, |blank| (from + blank).min(at).max(from));
        let dots = if begin > 0 { "…" } else { "" };
        format!("{dots}{}", budget::line(&text[begin..], most_bytes))
    }

    /// Where most of the words begin that stand within so many bytes; the first of such places.
    fn best_place(&self, text: &str, within: usize) -> usize {
        let met: Vec<(usize, usize)> = runs(&text[..text.floor_char_boundary(LOOKED_AT)])
            .filter_map(|(at, run)| self.which(&folded(run)).map(|word| (at, word)))
            .collect();
        let mut seen = vec![0_usize; self.0.len()];
        let (mut different, mut first, mut best) = (0, 0, (0, 0));
        for &(at, word) in &met {
            seen[word] += 1;
            different += usize::from(seen[word] == 1);
            // The tighter, the more of it is shown.
            while at - met[first].0 > within || seen[met[first].1] > 1 {
                let left = met[first].1;
                seen[left] -= 1;
                different -= usize::from(seen[left] == 0);
                first += 1;
            }
            if different > best.0 {
                best = (different, met[first].0);
            }
        }
        best.1
    }

    fn which(&self, run: &str) -> Option<usize> {
        self.0.iter().position(|word| match word.how {
            How::Whole => run == word.folded,
            How::Begins => run.starts_with(&word.folded),
            How::Within => run.contains(&word.folded),
        })
    }
}

/// Letters and digits in a row, and where they begin.
fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_in = |c: char| c.is_alphanumeric() || is_accent(c);
    let mut rest = 0;
    std::iter::from_fn(move || {
        let begin = rest + text[rest..].find(is_in)?;
        let end = text[begin..].find(|c| !is_in(c)).map_or(text.len(), |length| begin + length);
        rest = end;
        Some((begin, &text[begin..end]))
    })
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{331}')
}

/// Without case and, in Latin, without accents: so the index keeps words.
fn folded(run: &str) -> String {
    run.chars().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase).map(plain).collect()
}

fn plain(c: char) -> char {
    const ACCENTED: [(&str, char); 21] = [
        ("àáâãäåāăąǎ", 'a'),
        ("çćĉċč", 'c'),
        ("ď", 'd'),
        ("èéêëēĕėęě", 'e'),
        ("ĝğġģ", 'g'),
        ("ĥ", 'h'),
        ("ìíîïĩīĭįǐ", 'i'),
        ("ĵ", 'j'),
        ("ķ", 'k'),
        ("ĺļľ", 'l'),
        ("ñńņň", 'n'),
        ("òóôõöōŏőǒ", 'o'),
        ("ŕŗř", 'r'),
        ("śŝşš", 's'),
        ("ţť", 't'),
        ("ùúûüũūŭůűųǔ", 'u'),
        ("ŵ", 'w'),
        ("ýÿŷ", 'y'),
        ("źżž", 'z'),
        ("ȩ", 'e'),
        ("ǧǵ", 'g'),
    ];
    if c.is_ascii() {
        return c;
    }
    ACCENTED.iter().find(|(accented, _)| accented.contains(c)).map_or(c, |(_, plain)| *plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippet(text: &str, query: &str) -> String {
        Words::of(query).snippet(text, 260)
    }

    #[test]
    fn snippets_show_the_word() {
        let text = format!("{} the Needle is here {}", "hay ".repeat(200), "straw ".repeat(200));
        let cut = snippet(&text, "needle");
        assert!(cut.contains("Needle is here") && cut.starts_with('…') && cut.len() < 300, "{cut}");
        assert_eq!(snippet("short", "absent"), "short");
        assert!(snippet(&"ẞ".repeat(500), "ß").len() < 300);
        assert_eq!(snippet("", "x"), "");
    }

    #[test]
    fn whole_words_are_shown_where_they_stand() {
        let hay = "this island ".repeat(60);
        for (found, query) in [
            ("it is a bug", "is bug"),
            ("src/auth/mod.rs:42", "src/auth/mod.rs"),
            ("load_user_by_id()", "load_user_by_id"),
            ("Über die Größe", "uber große"),
            ("refreshing tokens", "refr* tokens"),
            ("please 修复认证令牌", "认证"),
            ("the secret word", "-\"island\" secret"),
        ] {
            let cut = snippet(&format!("{hay}{found} {hay}"), query);
            assert!(cut.contains(found), "{query}: {cut}");
        }
    }

    #[test]
    fn of_several_places_the_one_that_shows_most() {
        let text = format!("token {} the token refresh failed {}", "x ".repeat(400), "refresh ".repeat(50));
        assert!(snippet(&text, "token refresh failed").contains("the token refresh failed"));
    }
}
