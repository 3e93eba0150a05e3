//! The live stream: numbers, resuming, and only what was asked for.

use serde_json::{Value, json};

use super::event;
use crate::support::{Home, Sidecar};

/// Number and data of the next events.
fn events(lines: &mut impl Iterator<Item = String>, count: usize) -> Vec<(i64, Value)> {
    let mut all = Vec::new();
    let mut id = 0;
    for line in lines {
        if let Some(number) = line.strip_prefix("id: ") {
            id = number.parse().unwrap();
        } else if let Some(data) = line.strip_prefix("data: ") {
            all.push((id, serde_json::from_str(data).unwrap()));
            if all.len() == count {
                break;
            }
        }
    }
    all
}

fn open(sidecar: &Sidecar, path: &str, headers: &[(&str, &str)]) -> impl Iterator<Item = String> + use<> {
    let mut lines = sidecar.stream(path, headers);
    // It listens once it has said how soon to come again.
    assert!(lines.by_ref().any(|line| line.starts_with("retry:")));
    lines
}

#[test]
fn events_come_with_numbers_and_can_be_resumed() {
    let home = Home::new();
    let sidecar = home.serve();
    let mut lines = open(&sidecar, "/api/hooks/stream", &[]);
    for n in 0..3 {
        sidecar.hook(&event("s", "Notification", json!({"message": format!("line\nbreak {n}")})));
    }
    let seen = events(&mut lines, 3);
    assert!(seen.is_sorted_by_key(|(id, _)| *id));
    let messages: Vec<&str> = seen.iter().map(|(_, data)| data["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["line\nbreak 0", "line\nbreak 1", "line\nbreak 2"]);
    assert_eq!(seen[0].1["session_id"], "s");
    drop(lines);

    sidecar.hook(&event("s", "Notification", json!({"message": "while away"})));
    let after = seen[1].0.to_string();
    let mut again = open(&sidecar, "/api/hooks/stream", &[("Last-Event-ID", &after)]);
    sidecar.hook(&event("s", "Notification", json!({"message": "live again"})));
    let told = events(&mut again, 3);
    let messages: Vec<&str> = told.iter().map(|(_, data)| data["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["line\nbreak 2", "while away", "live again"]);
    sidecar.stop();
}

#[test]
fn one_session_can_be_listened_to() {
    let home = Home::new();
    let sidecar = home.serve();
    let mut lines = open(&sidecar, "/api/hooks/stream?session_id=mine", &[]);
    let about_mine = "says \"session_id\":\"mine\" in its text";
    sidecar.hook(&event("other", "Notification", json!({"message": about_mine})));
    sidecar.hook(&event("mine", "Notification", json!({"message": "heard"})));
    let seen = events(&mut lines, 1);
    assert_eq!(seen[0].1["message"], "heard");
    sidecar.stop();
}

#[test]
fn a_reader_that_never_reads_harms_nobody() {
    let home = Home::new();
    let sidecar = home.serve();
    let _asleep = open(&sidecar, "/api/hooks/stream", &[]);
    let mut awake = open(&sidecar, "/api/hooks/stream", &[]);
    let long = "x".repeat(400);
    let reading = std::thread::spawn(move || events(&mut awake, 600).len());
    for n in 0..600 {
        let reply = sidecar.hook(&event("s", "Notification", json!({"message": long, "n": n})));
        assert_eq!(reply.status, 200);
    }
    assert_eq!(reading.join().unwrap(), 600);
    sidecar.stop();
}
