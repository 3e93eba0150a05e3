//! What counts as a look, and how long a large view takes.

use std::time::Instant;

use super::stories::{A, tale};
use super::*;
use crate::perceive::rules::stories::{call, path};
use crate::perceive::view::Call;

#[test]
fn what_a_command_shows_is_what_it_names() {
    for (command, want) in [
        ("cat src/a.rs", true),
        ("cd src && cat a.rs", true),
        ("LC_ALL=C /bin/cat ./src/a.rs | head", true),
        ("head -n 20 ../app/src/a.rs b.rs", true),
        ("head ../lib/src/a.rs", false),
        ("cat ../src/a.rs", true),
        ("cat '/w/app/src/a.rs' 2>/dev/null", true),
        ("sed -n 1,20p src/a.rs", true),
        ("sed -i s/a/b/ src/a.rs", false),
        ("cat > src/a.rs <<EOF", false),
        ("cat >> src/a.rs", false),
        ("cat b.rs >src/a.rs", false),
        ("cat ba.rs", false),
        ("ls src/a.rs", false),
        ("rm src/a.rs", false),
        ("git diff", true),
        ("git diff --stat", false),
        ("git diff --cached src/a.rs", false),
        ("git diff src/b.rs", false),
        ("git diff HEAD -- src/a.rs", true),
        ("git add src/a.rs", false),
        ("cargo test a", false),
    ] {
        let tale = tale().shell(5, command);
        assert_eq!(Looks::of(&tale.0, 0).at(&path(A), false).is_some(), want, "{command}");
    }
}

#[test]
fn what_failed_or_runs_on_shows_nothing() {
    let shown = |alter: fn(&mut Call)| {
        let tale = tale().shell(5, "cat src/a.rs").with(|v| alter(&mut v.calls[0]));
        Looks::of(&tale.0, 0).at(&path(A), false).is_some()
    };
    assert!(shown(|_| {}) && shown(|call| call.sub_agent = true));
    assert!(!shown(|call| call.status = Some("error".to_owned())));
    assert!(!shown(|call| call.status = Some("denied".to_owned())));
    assert!(!shown(|call| call.background = true));
    assert!(!shown(|call| call.ended = None));
}

/// Not a limit, which would depend on the machine: run it with `--release --ignored --nocapture` to see.
#[test]
#[ignore = "a measurement"]
fn how_long_a_large_view_takes() {
    for changed in [20, 250] {
        let mut tale = tale();
        for n in 0..200 {
            let file = format!("src/file_{n}.rs");
            tale = tale.read(50, &file, 1);
            let kind = if n % 2 == 0 { "shell" } else { "edit" };
            let command = (n % 2 == 0).then(|| format!("cd src && cat file_{n}.rs other_{n}.rs | head -20"));
            tale.0.calls.push(Call { command, path: Some(path(&file)), ..call(40, "Bash", kind) });
        }
        for n in 0..500 {
            tale = tale.person(30 - n / 20, &format!("src/file_{}.rs", n % changed), n);
        }
        for rule in crate::perceive::rules::ALL.iter().chain(crate::perceive::rules::ALL) {
            let begin = Instant::now();
            for _ in 0..100 {
                std::hint::black_box(rule.holds(&tale.0));
            }
            println!("{}: {:?}, {} found", rule.kind(), begin.elapsed() / 100, rule.holds(&tale.0).len());
        }
    }
}
