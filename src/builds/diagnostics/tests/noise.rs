//! What must not be read, limits, and text of any kind.

use super::super::{diagnostics, failing_tests};
use super::{assert_fails, assert_reads};
use crate::model::Severity;
use proptest::prelude::*;

#[test]
fn logs_searches_and_successes_say_nothing() {
    for output in [
        "12:30:45 foo error bar\n",
        "2024-05-01T12:30:45Z ERROR request failed: timeout\n",
        "[12:30:45] error: something\n".trim_start_matches('['),
        "http://localhost:80/ error\nhttp://x:80/: error: refused\nlistening on 127.0.0.1:8080: error\n",
        "src/a.rs:10:let x = error();\nsrc/a.rs:10:    return Err(\"error: x\");\n",
        "src/a.ts:3:  throw new Error('x')\nsrc/a.go:12:import \"x\"\nsrc/a.go:12:\terr := f()\n",
        "src/a.ts:157:      error: 'Failed to prepare',\n",
        "src/a.rs:10:5:    let error = 1;\nsrc/a.rs:10:5: let error = 1;\n",
        "   Compiling thiserror v1.0.0\n    Finished `dev` profile\nwarning: `a` (lib) generated 2 warnings\n",
        "test errors::tests::fails ... ok\ntest result: ok. 3 passed; 0 failed; 0 ignored\n",
        "ok  \texample.org/x\t0.1s\n--- PASS: TestFail (0.00s)\n    a_test.go:3: log of a passing test\n",
        "Tests: 3 passed, 0 failed\n✓ handles errors (2 ms)\n",
        "0 errors, 0 warnings\nFound 0 errors.\nSuccess: no issues found in 3 source files\n",
        "-rw-r--r-- 1 root root 12:30 error.rs\n",
        "error.rs\nsrc/error.ts\n",
        "diff --git a/x b/x\n@@ -1,3 +1,3 @@\n-error: old\n+error: new\n",
        "console.log\n    Error: expected in this test\n",
        "  console.error\n    boom\n\n      at Object.error (src/a.ts:3:5)\n",
        "  3:5  some table row\n  4:6  another\n",
        "1) first do this\n2) then that\n",
        "example.com:443: error: connection refused\n",
        "commit 3fa9\n    fix: error in src/a.rs:3:5\n",
        "server.log:3: error: x\n",
        "│ 3 │ Total │\n● running\n",
    ] {
        assert_reads(output, &[]);
        assert_fails(output, &[]);
    }
}

#[test]
fn errors_go_before_warnings_and_order_is_kept() {
    let output = "a.c:1:1: warning: w1\na.c:2:1: error: e1\na.c:3:1: warning: w2\na.c:4:1: error: e2\na.c:4:1: error: e2\na.c:5:1: error: e3\n";
    let messages = |limit| diagnostics(output, limit).into_iter().map(|found| found.message).collect::<Vec<_>>();
    assert_eq!(messages(9), ["w1", "e1", "w2", "e2", "e3"]);
    assert_eq!(messages(4), ["w1", "e1", "e2", "e3"]);
    assert_eq!(messages(2), ["e1", "e2"]);
    assert_eq!(messages(0), [""; 0]);
    assert!(failing_tests("test a ... FAILED\n", 0).is_empty());
}

#[test]
fn messages_are_short() {
    let found = diagnostics(&format!("a.c:1:1: error: {}", "é".repeat(400)), 5);
    assert_eq!(found[0].message.len(), 300);
    assert_eq!(found[0].severity, Severity::Error);
}

/// Pieces of all formats, so that random texts get deep into the readers.
const PIECES: &[&str] = &[
    "error: ",
    "error[E1]: x",
    "warning: ",
    "--> ",
    "src/a.rs:3:5",
    ":",
    "\n",
    "\n",
    "\n",
    "  ",
    "    ",
    "thread 'x' panicked at ",
    "', ",
    "FAIL",
    "FAILED ",
    "failures:",
    "test ",
    " ... FAILED",
    "--- FAIL: ",
    "=== RUN",
    "a_test.go:3: ",
    "panic: ",
    "goroutine 1",
    "E   ",
    "___",
    "tests/a.py::t",
    " - ",
    "Traceback (most recent call last):",
    "File \"a.py\", line 3",
    "● ",
    "✕ ",
    " › ",
    " > ",
    " FAIL  a.test.ts",
    "❯ ",
    "at f (a.ts:1:2)",
    "1) ",
    "2 failing",
    "not ok 1 - ",
    "✘ ",
    "━━",
    "3:5  error  ",
    "  ",
    "[warn] ",
    "[error] ",
    "a.ts(3,5): error TS1: ",
    "[ERROR] ",
    "A.java:[3,5] ",
    "e: ",
    " FAILED",
    "<<< FAILURE!",
    "Failed X [1 s]",
    "Error Message:",
    ":line 3",
    "rspec a.rb:3 # x",
    "Failure:",
    "A#b [a.rb:3]:",
    "Failure/Error: ",
    "# ",
    "X::y",
    "** (A) ",
    "└─ a.ex:3",
    "┃ [W] ",
    "undefined reference to ",
    "CMake Error",
    "make: *** ",
    "Line ",
    "  12     x",
    "# Subtest: ",
    "not ok 1 - a {",
    "location: 'a.js:1:2'",
    "▶ cart",
    "✖ adds (1.2ms)",
    "--- Captured stdout call ---",
    "E     File \"a.py\", line 3",
    "a.py:3: in f",
    "WARNING: DATA RACE",
    "panic: test timed out after 1s",
    "==1==ERROR: AddressSanitizer: x on address",
    "    #1 0x5 in main a.c:3",
    "ld returned 1 exit status",
    "a.c: multiple definition of `f'; x",
    "/usr/include/a.h:3:5: error: x",
    "a.cc:1:2:   required from here",
    "cannot find symbol",
    "error during build:",
    "[!] RollupError: x",
    "   ╭─[a.js:1:2]",
    "  × a(b): x",
    "In a.sh line 3:",
    "  ^-- SC2086 (warning): x",
    "===== \nFailure: a(B): x",
    "<internal:a>:3:in `x': y (LoadError)",
    "from a.rb:3:in `x'",
    "1) a(b.C)",
    "java.lang.X: y",
    "\tat b.C.a(C.java:3)",
    "Exception in thread \"a\" b.C: d",
    " -> [Help 1]",
    "  console.log",
    "stdout | a.test.ts > x",
    " ✘ Adds\n   │",
    "#   Failed test 'x'",
    "#   at t/a.t line 3.",
    "error: linking with `cc` failed",
    "undefined symbol: ",
    "error: cannot format a.py: x",
    "é",
    "(",
    ")",
    "[",
    "]",
    "…",
    "\u{1b}[1m",
    "\r",
];

proptest! {
    #[test]
    fn never_panics_and_stays_small(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        let text = pieces.concat();
        for found in diagnostics(&text, 10) {
            prop_assert!(found.message.len() <= 300);
        }
        prop_assert!(diagnostics(&text, 3).len() <= 3);
        prop_assert!(failing_tests(&text, 3).len() <= 3);
    }

    #[test]
    fn never_panics_on_anything(text in any::<String>()) {
        let _ = diagnostics(&text, 10);
        let _ = failing_tests(&text, 10);
    }
}

/// Time per byte must not grow with the length. The bound is wide: debug builds on busy machines.
#[test]
fn repetition_stays_linear() {
    for piece in PIECES {
        for line in [piece.repeat(20_000), format!("{piece}\n").repeat(4_000)] {
            let start = std::time::Instant::now();
            let _ = diagnostics(&line, 50);
            let _ = failing_tests(&line, 50);
            assert!(start.elapsed().as_secs() < 10, "{piece:?}");
        }
    }
}
