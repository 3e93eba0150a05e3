//! From a line to the records in it: usually one, two where two writers met, half of one where one stopped.

use serde::Deserialize;

use super::Parsed;

/// Hands every whole record of `line` to `take`; two writers can leave more than one, or half of one.
pub(super) fn each_record<'a, R: Deserialize<'a>>(
    line: &'a [u8],
    number: u64,
    terminated: bool,
    out: &mut Parsed,
    mut take: impl FnMut(&'a str, &R, &mut Parsed),
) -> usize {
    // Records before the first byte that is no text are whole, whether or not the rest has come already.
    let (text, broken) = match std::str::from_utf8(line) {
        Ok(text) => (text, false),
        Err(e) => (std::str::from_utf8(&line[..e.valid_up_to()]).unwrap_or_default(), true),
    };
    let marked = if number == 1 { text.strip_prefix('\u{feff}') } else { None };
    let skipped = marked.map_or(0, |_| '\u{feff}'.len_utf8());
    let text = marked.unwrap_or(text);
    let mut records = serde_json::Deserializer::from_str(text).into_iter::<R>();
    let mut used = 0;
    loop {
        let begin = records.byte_offset();
        match records.next() {
            Some(Ok(record)) => {
                let end = records.byte_offset();
                // A number at the end of what is there may go on.
                if !terminated && !text[begin..end].trim_ascii_start().starts_with('{') {
                    return skipped + used;
                }
                take(text[begin..end].trim_ascii(), &record, out);
                used = end;
            }
            None if terminated => {
                if broken {
                    out.skip("not UTF-8", number);
                }
                return line.len();
            }
            Some(Err(_)) if terminated => {
                let blank = text[used..].trim_matches(['\0', ' ', '\t', '\r']).is_empty();
                let reason = match (broken, blank) {
                    (true, _) => "not UTF-8",
                    (false, true) => "NUL bytes",
                    (false, false) => "not JSON",
                };
                out.skip(reason, number);
                return line.len();
            }
            None | Some(Err(_)) => return if used > 0 { skipped + used } else { 0 },
        }
    }
}
