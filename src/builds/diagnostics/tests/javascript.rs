//! TypeScript, linters, bundlers and test runners of JavaScript.

use super::{assert_fails, assert_reads};

#[test]
fn typescript() {
    assert_reads(
        "src/a.ts(3,5): error TS2304: Cannot find name 'x'.
web:build: app/(shop)/[id]/page.tsx(7,1): error TS2322: Type 'string' is not assignable to type 'number'.
\u{1b}[96msrc/b.ts\u{1b}[0m:\u{1b}[93m3\u{1b}[0m:\u{1b}[93m5\u{1b}[0m - \u{1b}[91merror\u{1b}[0m\u{1b}[90m TS2304: \u{1b}[0mCannot find name 'y'.
error TS18003: No inputs were found in config file.
Found 2 errors in 2 files.
Error: src/c.ts:3:5 - error TS2551: Property 'z' does not exist.
TS2304 [ERROR]: Cannot find name 'd'.
d
^
    at file:///w/d.ts:3:5
",
        &[
            "E src/a.ts:3:5 [TS2304] Cannot find name 'x'.",
            "E app/(shop)/[id]/page.tsx:7:1 [TS2322] Type 'string' is not assignable to type 'number'.",
            "E src/b.ts:3:5 [TS2304] Cannot find name 'y'.",
            "E - [TS18003] No inputs were found in config file.",
            "E src/c.ts:3:5 [TS2551] Property 'z' does not exist.",
            "E /w/d.ts:3:5 [TS2304] Cannot find name 'd'.",
        ],
    );
}

#[test]
fn linters() {
    assert_reads(
        "
/w/src/a.js
   3:5  error    'x' is not defined                no-undef
  10:1  warning  Unexpected console statement      no-console

/w/src/b.js
  1:1  error  Parsing error: Unexpected token

✖ 3 problems (2 errors, 1 warning)
",
        &[
            "E /w/src/a.js:3:5 [no-undef] 'x' is not defined",
            "W /w/src/a.js:10:1 [no-console] Unexpected console statement",
            "E /w/src/b.js:1:1 Parsing error: Unexpected token",
        ],
    );
    assert_reads(
        "./src/app/page.tsx\n3:5  Error: 'x' is assigned a value but never used.  @typescript-eslint/no-unused-vars\n9:1  Warning: Missing dependency.  react-hooks/exhaustive-deps\n",
        &[
            "E ./src/app/page.tsx:3:5 [@typescript-eslint/no-unused-vars] 'x' is assigned a value but never used.",
            "W ./src/app/page.tsx:9:1 [react-hooks/exhaustive-deps] Missing dependency.",
        ],
    );
    assert_reads(
        "/w/a.js:3:5: Missing semicolon. [Error/semi]\n/w/b.js: line 3, col 5, Warning - Unused. (no-unused-vars)\n",
        &["E /w/a.js:3:5 [semi] Missing semicolon.", "W /w/b.js:3:5 [no-unused-vars] Unused."],
    );
    assert_reads(
        "src/a.ts:3:5 lint/style/useConst ━━━━━━━━━━\n\n  × This let declares a variable that is only assigned once.\n\nsrc/b.ts format ━━━━━━━\n\n  × Formatter would have printed the following content:\n",
        &[
            "E src/a.ts:3:5 [lint/style/useConst] This let declares a variable that is only assigned once.",
            "E src/b.ts [format] Formatter would have printed the following content:",
        ],
    );
    assert_reads(
        "Checking formatting...\n[warn] src/a.ts\n[error] src/b.ts: SyntaxError: ';' expected. (3:5)\n[warn] Code style issues found in 2 files. Run Prettier with --write to fix.\n",
        &["W src/a.ts not formatted (prettier)", "E src/b.ts:3:5 SyntaxError: ';' expected."],
    );
}

#[test]
fn bundlers() {
    assert_reads(
        "Failed to compile.

./src/app/page.tsx:12:7
Type error: Cannot find name 'x'.

./src/b.tsx:3:1
Module not found: Can't resolve './nope'
",
        &[
            "E ./src/app/page.tsx:12:7 Cannot find name 'x'.",
            "E ./src/b.tsx:3:1 Module not found: Can't resolve './nope'",
        ],
    );
    assert_reads(
        "ERROR in ./src/a.ts 3:5-9\nModule not found: Error: Can't resolve './b'\n\nERROR in src/c.ts:4:2\nTS2304: Cannot find name 'x'.\n",
        &[
            "E ./src/a.ts:3:5 Module not found: Error: Can't resolve './b'",
            "E src/c.ts:4:2 [TS2304] Cannot find name 'x'.",
        ],
    );
    assert_reads(
        "✘ [ERROR] No matching export in \"src/b.ts\" for import \"x\"\n\n    src/a.ts:3:5:\n      3 │ import { x }\n▲ [WARNING] Duplicate key\n\n    src/c.ts:1:2:\n",
        &["E src/a.ts:3:5 No matching export in \"src/b.ts\" for import \"x\"", "W src/c.ts:1:2 Duplicate key"],
    );
    assert_reads(
        "error during build:\nsrc/a.ts (3:5): \"x\" is not exported by \"src/b.ts\", imported by \"src/a.ts\".\n",
        &["E src/a.ts:3:5 \"x\" is not exported by \"src/b.ts\", imported by \"src/a.ts\"."],
    );
    assert_reads(
        "/w/src/A.svelte:3:5\nError: Cannot find name 'x'. (ts)\n\n",
        &["E /w/src/A.svelte:3:5 Cannot find name 'x'. (ts)"],
    );
}

#[test]
fn jest() {
    let output = " FAIL  src/cart.test.ts
  cart
    ✓ adds (2 ms)
    ✕ removes (5 ms)

  ● cart › removes

    expect(received).toBe(expected) // Object.is equality

    Expected: 2
    Received: 1

      10 |   expect(cart.size).toBe(2);
         |                     ^

      at Object.<anonymous> (node_modules/x/y.js:1:1)
      at Object.<anonymous> (src/cart.test.ts:10:21)

FAIL src/user.test.ts
  ● Test suite failed to run

    Cannot find module './nope' from 'src/user.test.ts'

Tests:       1 failed, 1 passed, 2 total
";
    assert_reads(
        output,
        &[
            "E src/cart.test.ts:10:21 expect(received).toBe(expected) // Object.is equality; Expected: 2; Received: 1",
            "E src/user.test.ts Cannot find module './nope' from 'src/user.test.ts'",
        ],
    );
    assert_fails(output, &["cart › removes", "src/user.test.ts"]);
}

#[test]
fn vitest() {
    let output = " ❯ src/cart.test.ts (2 tests | 1 failed) 12ms
   × cart > removes 5ms
     → expected 1 to be 2 // Object.is equality

⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  |unit| src/cart.test.ts > cart > removes
AssertionError: expected 1 to be 2 // Object.is equality
 ❯ src/cart.test.ts:10:5
      8|
 FAIL  src/user.test.ts [ src/user.test.ts ]
Error: Failed to resolve import \"./nope\" from \"src/user.test.ts\". Does the file exist?
";
    assert_reads(
        output,
        &[
            "E src/cart.test.ts:10:5 AssertionError: expected 1 to be 2 // Object.is equality",
            "E src/user.test.ts Error: Failed to resolve import \"./nope\" from \"src/user.test.ts\". Does the file exist?",
        ],
    );
    assert_fails(output, &["src/cart.test.ts > cart > removes", "src/user.test.ts"]);
}

#[test]
fn mocha_and_playwright() {
    let mocha = "  cart
    ✔ adds
    1) removes

  1 passing (8ms)
  1 failing

  1) cart
       removes:

      AssertionError [ERR_ASSERTION]: 1 == 2
      + expected - actual
      at Context.<anonymous> (test/cart.js:10:14)
      at process.processImmediate (node:internal/timers:478:21)
";
    assert_reads(mocha, &["E test/cart.js:10:14 AssertionError [ERR_ASSERTION]: 1 == 2"]);
    assert_fails(mocha, &["cart › removes"]);
    let playwright = "  ✘  1 [chromium] › tests/cart.spec.ts:3:5 › cart › adds (5.0s)

  1) [chromium] › tests/cart.spec.ts:3:5 › cart › adds ─────────────

    Error: expect(locator).toBeVisible() failed
";
    assert_reads(playwright, &["E tests/cart.spec.ts:3:5 Error: expect(locator).toBeVisible() failed"]);
    assert_fails(playwright, &["tests/cart.spec.ts › cart › adds"]);
}

#[test]
fn other_runners() {
    assert_fails(
        "ok 1 - adds\nnot ok 2 - removes # time=1ms\nnot ok 3 - later # TODO soon\n    not ok 1 - inner\n",
        &["removes", "inner"],
    );
    assert_fails("✖ removes (1.2ms)\nℹ fail 1\n✖ failing tests:\n✖ removes (1.2ms)\n", &["removes"]);
    assert_fails("  ✘ [fail]: cart › removes\n", &["cart › removes"]);
    assert_fails("(pass) cart > adds\n(fail) cart > removes [1.00ms]\n", &["cart > removes"]);
    assert_fails("cart adds ... ok (2ms)\ncart removes ... FAILED (5ms)\n", &["cart removes"]);
    assert_reads(
        "10 |   expect(1).toBe(2);\nerror: expect(received).toBe(expected)\n\nExpected: 2\nReceived: 1\n\n      at <anonymous> (/w/cart.test.ts:10:13)\n(fail) cart > removes [1.00ms]\n",
        &["E /w/cart.test.ts:10:13 expect(received).toBe(expected)"],
    );
    assert_reads(
        "TypeError: x is not a function\n    at f (/w/a.js:3:5)\n    at node:internal/main:1:1\n",
        &["E /w/a.js:3:5 TypeError: x is not a function"],
    );
}
