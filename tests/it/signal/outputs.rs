//! What compilers and test runners print, shortened after real runs.

use std::fmt::Write as _;

/// `cargo build`: one error in each of these files.
pub fn cargo(files: &[&str], code: &str, message: &str) -> String {
    let mut text = "   Compiling app v0.1.0 (/home/dev/app)\n".to_owned();
    for file in files {
        let _ = write!(
            text,
            "error[{code}]: {message}\n --> {file}:4:5\n  |\n3 | pub fn one() -> i32 {{\n  |                 --- expected `i32` \
             because of return type\n4 |     \"one\"\n  |     ^^^^^ expected `i32`, found `&str`\n\n"
        );
    }
    let count = files.len();
    let _ = write!(
        text,
        "For more information about this error, try `rustc --explain {code}`.\nerror: could not compile `app` (lib) due to {count} \
         previous error{}\n",
        if count == 1 { "" } else { "s" }
    );
    text
}

pub fn mismatched(file: &str) -> String {
    cargo(&[file], "E0308", "mismatched types")
}

pub const CARGO_OK: &str = "   Compiling app v0.1.0 (/home/dev/app)\n    Finished `dev` profile [unoptimized + debuginfo] target(s) in 0.41s\n";

/// `cargo test` with these tests failing.
pub fn cargo_test(failing: &[&str]) -> String {
    let mut text =
        "    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.02s\n     Running unittests src/lib.rs \
                    (target/debug/deps/app-5c0f0d3f7b1f1d55)\n\nrunning 3 tests\n"
            .to_owned();
    for test in failing {
        let _ = writeln!(text, "test {test} ... FAILED");
    }
    text.push_str("test tests::other ... ok\n\nfailures:\n\n");
    for test in failing {
        let _ = write!(
            text,
            "---- {test} stdout ----\n\nthread '{test}' (4711) panicked at src/lib.rs:12:9:\nassertion `left == right` failed\n  \
             left: 1\n right: 2\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\n"
        );
    }
    text.push_str("\nfailures:\n");
    for test in failing {
        let _ = writeln!(text, "    {test}");
    }
    let _ = write!(
        text,
        "\ntest result: FAILED. 1 passed; {} failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\nerror: test \
         failed, to rerun pass `--lib`\n",
        failing.len()
    );
    text
}

pub const CARGO_TEST_OK: &str = "    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.02s\n     Running unittests \
    src/lib.rs (target/debug/deps/app-5c0f0d3f7b1f1d55)\n\nrunning 3 tests\ntest tests::one ... ok\ntest tests::two ... \
    ok\ntest tests::other ... ok\n\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";

/// `pytest` with these tests of a file failing.
pub fn pytest(file: &str, failing: &[&str]) -> String {
    let mut text = format!(
        "============================= test session starts ==============================\nplatform linux -- Python 3.12.3, \
         pytest-8.3.3, pluggy-1.5.0\nrootdir: /home/dev/app\ncollected 3 items\n\n{file} F..                                                    \
         [100%]\n\n=================================== FAILURES ===================================\n"
    );
    for test in failing {
        let _ = write!(
            text,
            "___________________________________ {test} ____________________________________\n\n    def {test}():\n>       assert \
             one() == 2\nE       assert 1 == 2\nE        +  where 1 = one()\n\n{file}:5: AssertionError\n"
        );
    }
    text.push_str("=========================== short test summary info ============================\n");
    for test in failing {
        let _ = writeln!(text, "FAILED {file}::{test} - assert 1 == 2");
    }
    let _ = writeln!(
        text,
        "========================= {} failed, 2 passed in 0.03s =========================",
        failing.len()
    );
    text
}

/// `tsc --noEmit`.
pub fn tsc(file: &str) -> String {
    format!("{file}(3,7): error TS2322: Type 'string' is not assignable to type 'number'.\n")
}

/// `npx jest`.
pub fn jest(file: &str, test: &str) -> String {
    format!(
        "FAIL {file}\n  \u{25cf} {test}\n\n    expect(received).toBe(expected) // Object.is equality\n\n    Expected: 2\n    Received: 1\n\n      \
         3 | test('{test}', () => {{\n    > 4 |   expect(one()).toBe(2)\n        |                 ^\n      5 | }})\n\n      at \
         Object.<anonymous> ({file}:4:17)\n\nTest Suites: 1 failed, 1 total\nTests:       1 failed, 1 total\n"
    )
}
