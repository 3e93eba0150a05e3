//! Read wherever a reading stopped, and whatever stands in it, a session's file tells the same.

use std::path::Path;

use proptest::prelude::*;

use super::{message, read, told_by};
use crate::adapters::Parsed;
use crate::model::Fact;

/// Notes of a session may be said again; and where a reading stops between a call and its end, the file that was only
/// looked at is not known any more.
fn lasting(parsed: Parsed) -> (Vec<Fact>, Vec<String>, u64) {
    let keeps = |fact: &Fact| !matches!(fact, Fact::Session(_) | Fact::File(_));
    (
        parsed.facts.into_iter().filter(keeps).collect(),
        parsed.skips.into_iter().map(|skip| skip.reason).collect(),
        parsed.records,
    )
}

fn recorded() -> String {
    let run =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/pi/fixtures/0.73.1/multi/sessions/--home-dev-project--");
    std::fs::read_to_string(std::fs::read_dir(run).unwrap().next().unwrap().unwrap().path()).unwrap()
}

#[test]
fn reading_goes_on_after_a_stop_at_any_byte() {
    let recorded = recorded();
    let lines: Vec<&str> = recorded.lines().take(7).collect();
    let text = format!(
        "\u{feff}{}\r\n\n{{\"type\":\"mess\n\0\0\n{}",
        lines.join("\n"),
        message(9, "z", r#""role":"user","content":"漢字 \ud83d""#)
    );
    let bytes = text.as_bytes();
    let mut whole = Parsed::default();
    read(bytes, bytes, &mut 0, &mut 0, None, &mut whole);
    let whole = lasting(whole);
    assert_eq!((whole.1.len(), whole.2), (2, 8), "{:?}", whole.1);
    for stop in 0..=bytes.len() {
        let mut parsed = Parsed::default();
        let (mut offset, mut line) = (0, 0);
        let state = read(&bytes[..stop], bytes, &mut offset, &mut line, None, &mut parsed);
        read(bytes, bytes, &mut offset, &mut line, state.as_deref(), &mut parsed);
        assert_eq!(lasting(parsed), whole, "stopped at {stop}");
    }
}

/// What a field may hold instead.
const ODD: &[&str] = &[
    "null",
    "[]",
    "{}",
    "-1",
    "1e400",
    "\"\"",
    "[{\"type\":\"toolCall\"}]",
    "{\"total\":\"x\"}",
    "true",
    "\"\\ud800\"",
];

proptest! {
    #[test]
    fn no_change_of_a_line_stops_the_reading_or_makes_it_depend_on_pauses(
        changes in prop::collection::vec((0_usize..20, 0_usize..60, 0_usize..10), 1..6),
        pause in 0_usize..20,
    ) {
        let mut lines: Vec<serde_json::Value> = recorded().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (line, place, odd) in changes {
            let at = line % lines.len();
            let mut left = place;
            let odd = serde_json::from_str(ODD[odd]).unwrap_or(serde_json::Value::Null);
            replace(&mut lines[at], &mut left, &odd);
        }
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        let whole = lasting(told_by(&lines.iter().map(String::as_str).collect::<Vec<_>>()));
        let text = lines.join("\n") + "\n";
        let stop = lines.iter().take(pause).map(|line| line.len() + 1).sum::<usize>();
        let mut parsed = Parsed::default();
        let (mut offset, mut line) = (0, 0);
        let state = read(&text.as_bytes()[..stop], text.as_bytes(), &mut offset, &mut line, None, &mut parsed);
        read(text.as_bytes(), text.as_bytes(), &mut offset, &mut line, state.as_deref(), &mut parsed);
        prop_assert_eq!(lasting(parsed), whole);
    }
}

/// Puts `odd` in the place of the field that comes when `left` others have.
fn replace(value: &mut serde_json::Value, left: &mut usize, odd: &serde_json::Value) {
    let inner: Vec<&mut serde_json::Value> = match value {
        serde_json::Value::Object(fields) => fields.values_mut().collect(),
        serde_json::Value::Array(items) => items.iter_mut().collect(),
        _ => return,
    };
    for field in inner {
        if *left == 0 {
            field.clone_from(odd);
            *left = usize::MAX;
            return;
        }
        *left -= 1;
        replace(field, left, odd);
        if *left == usize::MAX {
            return;
        }
    }
}
