//! What a hook says to the sidecar, in letters.

use super::*;

#[test]
fn names_are_safe_in_a_path() {
    let entry = Entry { source: "claude_code".to_owned(), event: Some("a b&c=ü/".to_owned()), ..Entry::default() };
    assert_eq!(path(&entry), "/api/hooks?source=claude_code&envelope=claude_code&event=a%20b%26c%3D%C3%BC%2F");
}

#[test]
fn hints_are_ascii_and_come_back() {
    let hints = BTreeMap::from([("CLAUDE_PROJECT_DIR".to_owned(), "/w/ü \u{1F600}\n\"\u{7f}".to_owned())]);
    let ascii = ascii_json(&hints);
    assert!(ascii.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{ascii}");
    assert_eq!(serde_json::from_str::<BTreeMap<String, String>>(&ascii).unwrap(), hints);
}

#[test]
fn ids_differ_and_look_alike() {
    let (a, b) = (fresh_id(), fresh_id());
    assert!(a != b && a.len() == 32 && a.bytes().all(|byte| byte.is_ascii_hexdigit()), "{a} {b}");
}

#[test]
fn a_fate_is_settled_once() {
    let fate = Fate::default();
    assert!(fate.is_open());
    assert!(fate.lose());
    assert!(!fate.lose() && !fate.is_open());
    let kept = Fate::default();
    kept.keep();
    assert!(!kept.lose());
}
