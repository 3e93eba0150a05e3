//! Measures that tell a random value from a word, an identifier or a placeholder.

use super::scan::MARK;

/// Shannon entropy in bits per byte; 0 for an empty value.
pub(super) fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &byte in value {
        counts[usize::from(byte)] += 1;
    }
    let total = as_f64(value.len());
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum()
}

/// How often neighbouring bytes change between lower case, upper case, digit and symbol, per byte.
///
/// Random values score about 0.4, `camelCase2` names below 0.2, words 0. An upper-case letter
/// followed by a lower-case one does not count, because every capitalised word has that; neither
/// do the separators that names and base64 share. Long hex values and UUIDs are no words in any case.
pub(super) fn mix(value: &[u8]) -> f64 {
    let hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    if value.len() >= 16 && value.iter().all(hex) {
        return 1.0;
    }
    let changes = value
        .windows(2)
        .filter(|pair| match (class(pair[0]), class(pair[1])) {
            (Class::Joint, _) | (_, Class::Joint) | (Class::Upper, Class::Lower) => false,
            (left, right) => left != right,
        })
        .count();
    as_f64(changes) / as_f64(value.len().max(1))
}

/// Whether a value holds, or lies in, a mark that an earlier scrub left.
pub(super) fn is_marked(text: &[u8], start: usize, end: usize) -> bool {
    let mark = MARK.as_bytes();
    let from = start.saturating_sub(64);
    let open = text[from..start]
        .windows(mark.len())
        .rposition(|part| part == mark)
        .is_some_and(|at| !text[from + at..start].contains(&b']'));
    open || text[start..end].windows(mark.len()).any(|part| part == mark)
}

#[derive(PartialEq, Clone, Copy)]
enum Class {
    Lower,
    Upper,
    Digit,
    Symbol,
    Joint,
}

fn class(byte: u8) -> Class {
    match byte {
        b'a'..=b'z' => Class::Lower,
        b'A'..=b'Z' => Class::Upper,
        b'0'..=b'9' => Class::Digit,
        b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?' | b'~' => Class::Symbol,
        _ => Class::Joint,
    }
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_grows_with_variety() {
        assert!(entropy(b"").abs() < f64::EPSILON);
        assert!(entropy(b"aaaaaaaa").abs() < f64::EPSILON);
        assert!((entropy(b"abcdabcd") - 2.0).abs() < 1e-9);
    }

    #[test]
    fn mix_parts_names_from_random_values() {
        assert!(mix(b"getAccessTokenFromStore2") < 0.25);
        assert!(mix(b"x86_64-unknown-linux-gnu") < 0.1);
        assert!(mix(b"2024-01-15T10:30:00Z") < 0.2);
        assert!(mix(b"8f14e45fceea167a5a36dedd4bea2543") > 0.3);
        assert!(mix(b"P@ssw0rd!23") > 0.3);
    }

    #[test]
    fn marks_are_seen_from_inside_and_outside() {
        let text = b"a [redacted:rule-id] b";
        assert!(is_marked(text, 0, text.len()));
        assert!(is_marked(text, 12, 16));
        assert!(!is_marked(text, 21, 22));
    }
}
