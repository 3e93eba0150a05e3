//! Stories of watchers, as they print them: red, green and back.

use super::*;

/// What a watcher prints, with pauses in milliseconds, and the verdicts of the cycles that come of it.
fn verdicts(story: &str) -> Vec<Verdict> {
    let mut cycles = Cycles::new();
    let (mut now, mut edges) = (1_000, Vec::new());
    for line in story.lines().map(str::trim) {
        if let Some(pause) = line.strip_prefix("~ ") {
            let until = now + pause.parse::<Millis>().unwrap();
            while now < until {
                now += 100;
                edges.extend(cycles.quiet(now));
            }
            continue;
        }
        now += 1;
        let seen = cycles.line(line, now);
        edges.extend(seen.before);
        edges.extend(seen.after);
    }
    // Ends and beginnings take turns, and the first begins unsaid.
    let mut running = true;
    for edge in &edges {
        assert_eq!(matches!(edge, Edge::Ends(_)), running, "{edges:?}");
        running = !running;
    }
    edges.iter().filter_map(|edge| if let Edge::Ends(verdict) = edge { Some(*verdict) } else { None }).collect()
}

use Verdict::{AsItLooks, Failed, Passed, Stopped};

#[test]
#[expect(clippy::too_many_lines, reason = "one story a watcher")]
fn each_watcher_goes_red_and_green() {
    for (name, story, expected) in [
        (
            "cargo watch",
            "[Running 'cargo check']
             Checking app v0.1.0
             error[E0308]: mismatched types
             error: could not compile `app` (bin \"app\") due to 1 previous error
             [Finished running. Exit status: 101]
             ~ 60000
             [Running 'cargo check']
             ~ 20000
             Finished `dev` profile [unoptimized] target(s) in 0.30s
             [Finished running. Exit status: 0]",
            &[Failed, Passed][..],
        ),
        (
            "watchexec",
            "[Running: make]
             cc -c a.c
             [Command exited with 2]
             [Running: make]
             [Running: make]
             [Command was successful]",
            &[Failed, Stopped, Passed],
        ),
        (
            "tsc",
            "12:00:01 AM - Starting compilation in watch mode...

             src/a.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.
             12:00:03 AM - Found 1 error. Watching for file changes.
             ~ 9000
             12:00:20 AM - File change detected. Starting incremental compilation...

             12:00:21 AM - Found 0 errors. Watching for file changes.",
            &[Failed, Passed],
        ),
        (
            "webpack",
            "asset main.js 1.2 KiB [emitted]
             ERROR in ./src/a.js 1:0
             webpack 5.90.1 compiled with 1 error in 120 ms
             ~ 5000
             asset main.js 1.2 KiB [emitted]
             webpack 5.90.1 compiled with 2 warnings in 90 ms
             ~ 5000
             assets by status 1 KiB [cached]
             client (webpack 5.90.1) compiled successfully in 33 ms",
            &[Failed, Passed, Passed],
        ),
        (
            "vite build",
            "vite v5.0.0 building for production...
             watching for file changes...
             build started...
             transforming...
             built in 120ms.
             ~ 3000
             build started...
             ✓ 2 modules transformed.
             ✓ built in 80ms",
            &[Passed, Passed],
        ),
        (
            "jest",
            "FAIL src/a.test.js
             ● adds
             Tests:       1 failed, 3 passed, 4 total
             Time:        0.5 s
             Ran all test suites.
             Watch Usage: Press w to show more.
             ~ 4000
             PASS src/a.test.js
             Tests:       4 passed, 4 total
             Ran all test suites related to changed files.

             Watch Usage
             › Press a to run all tests.",
            &[Failed, Passed],
        ),
        (
            "vitest",
            "DEV  v1.2.0 /w/app
             ❯ src/a.test.ts (1 test | 1 failed)
             Test Files  1 failed (1)
             Tests  1 failed (1)
             FAIL  Tests failed. Watching for file changes...
             press h to show help, press q to quit
             ~ 3000
             RERUN  src/a.ts x1
             ✓ src/a.test.ts (1 test)
             Test Files  1 passed (1)
             Tests  1 passed (1)
             PASS  Waiting for file changes...
             press h to show help, press q to quit",
            &[Failed, Passed],
        ),
        (
            "nodemon",
            "[nodemon] 3.0.1
             [nodemon] watching path(s): *.*
             [nodemon] starting `node test.js`
             AssertionError: no
             [nodemon] app crashed - waiting for file changes before starting...
             ~ 3000
             [nodemon] restarting due to changes...
             [nodemon] starting `node test.js`
             ok
             [nodemon] clean exit - waiting for changes before restart",
            &[Failed, Passed],
        ),
        (
            "gradle -t",
            "> Task :compileJava FAILED
             A.java:3: error: ';' expected
             BUILD FAILED in 1s
             Waiting for changes to input files... (ctrl-d to exit)
             ~ 3000
             modified: /w/A.java
             Change detected, executing build...
             BUILD SUCCESSFUL in 800ms
             Waiting for changes to input files... (ctrl-d to exit)",
            &[Failed, Passed],
        ),
        (
            "next dev",
            "▲ Next.js 14.0.0
             ○ Compiling / ...
             ⨯ ./app/page.tsx
             Failed to compile
             ~ 3000
             ○ Compiling / ...
             ✓ Compiled / in 300ms (400 modules)",
            &[Failed, Passed],
        ),
        (
            "esbuild",
            "✘ [ERROR] Expected \";\" but found \"x\"
             a.ts:1:4:
             1 error
             [watch] build finished, watching for changes...
             ~ 3000
             [watch] build started (change: \"a.ts\")
             [watch] build finished",
            &[Failed, AsItLooks],
        ),
        (
            "bacon or any other that runs cargo",
            "Checking app v0.1.0
             error[E0425]: cannot find value `x` in this scope
             error: could not compile `app` (lib) due to 1 previous error
             ~ 4000
             Checking app v0.1.0
             Finished `dev` profile [unoptimized + debuginfo] target(s) in 0.10s
             ~ 4000",
            &[Failed, Passed],
        ),
        ("one that nobody knows", "building\n done\n ~ 1400\n more\n ~ 2000\n again\n ~ 2000", &[AsItLooks, AsItLooks]),
        ("one that says nothing", "~ 60000", &[]),
    ] {
        assert_eq!(verdicts(story), expected, "{name}");
    }
}

#[test]
fn a_cycle_that_began_is_running_until_it_ends() {
    let mut cycles = Cycles::new();
    assert!(cycles.is_running());
    cycles.line("BUILD FAILED in 1s", 5);
    assert_eq!(cycles.quiet(1_000), None);
    assert_eq!(cycles.quiet(1_505), Some(Edge::Ends(Failed)));
    assert!(!cycles.is_running());
    assert_eq!(cycles.line("", 2_000), Seen::default());
    assert_eq!(cycles.line("compiling", 2_001).before, [Edge::Begins]);
    assert!(cycles.is_running());
}
