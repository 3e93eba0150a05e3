//! What counts as a look.

use super::stories::{A, tale};
use super::*;
use crate::perceive::rules::stories::path;
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
