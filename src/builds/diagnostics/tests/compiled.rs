//! Rust, Go, C and its kin, the JVM, .NET, Swift, Haskell.

use super::{assert_fails, assert_reads};

const CARGO_TEST: &str = "\
   Compiling shop v0.1.0 (/w/shop)
warning: unused variable: `x`
  --> src/cart.rs:12:9
   |
12 |     let x = 1;
   |         ^ help: if this is intentional, prefix it with an underscore: `_x`
   |
   = note: `#[warn(unused_variables)]` on by default

warning: `shop` (lib test) generated 1 warning
    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.52s
     Running unittests src/lib.rs (target/debug/deps/shop-1a2b)

running 3 tests
test cart::tests::adds ... ok
test cart::tests::removes ... FAILED
test cart::tests::empty - should panic ... FAILED

failures:

---- cart::tests::removes stdout ----

thread 'cart::tests::removes' (4711) panicked at src/cart.rs:88:5:
assertion `left == right` failed: one left
  left: 1
 right: 2
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

failures:
    cart::tests::empty
    cart::tests::removes

test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

error: test failed, to rerun pass `--lib`
";

#[test]
fn cargo() {
    assert_reads(
        CARGO_TEST,
        &[
            "W src/cart.rs:12:9 unused variable: `x`",
            "E src/cart.rs:88:5 assertion `left == right` failed: one left, left: 1, right: 2",
        ],
    );
    assert_fails(CARGO_TEST, &["cart::tests::removes", "cart::tests::empty"]);
    assert_reads(
        "error[E0308]: mismatched types
  --> src/main.rs:4:18
   |
4  |     let x: u32 = \"a\";
   |            ---   ^^^ expected `u32`, found `&str`

error: expected one of `!`, `.`, `::`, `;`, `?`, `{`, `}`, or an operator, found `y`
 --> src/b.rs:2:7

error: aborting due to 2 previous errors
For more information about this error, try `rustc --explain E0308`.
error: could not compile `shop` (bin \"shop\") due to 2 previous errors
",
        &[
            "E src/main.rs:4:18 [E0308] mismatched types",
            "E src/b.rs:2:7 expected one of `!`, `.`, `::`, `;`, `?`, `{`, `}`, or an operator, found `y`",
        ],
    );
    assert_reads(
        "error: failed to parse manifest at `/w/Cargo.toml`\n\nCaused by:\n  no targets specified\n",
        &["E - failed to parse manifest at `/w/Cargo.toml`"],
    );
    assert_reads(
        "thread 'main' panicked at 'index out of bounds: the len is 1', src/main.rs:3:5\n",
        &["E src/main.rs:3:5 index out of bounds: the len is 1"],
    );
    assert_reads(
        "Diff in /w/src/a.rs:7:\n-x\n+y\nDiff in /w/src/b.rs at line 9:\n",
        &["E /w/src/a.rs:7 not formatted (rustfmt)", "E /w/src/b.rs:9 not formatted (rustfmt)"],
    );
    assert_fails(
        "        FAIL [   0.012s] (1/2) shop cart::tests::removes
  TRY 2 FAIL [   0.012s] shop::bin/x cart::slow
     TIMEOUT [> 60.000s] shop cart::never
────────────
     Summary [   0.2s] 3 tests run: 1 passed, 2 failed, 0 skipped
        FAIL [   0.012s] (1/2) shop cart::tests::removes
error: test run failed
",
        &["cart::tests::removes", "cart::slow", "cart::never"],
    );
    assert_fails("test src/lib.rs - parse (line 12) ... FAILED\n", &["src/lib.rs - parse"]);
}

#[test]
fn go() {
    let plain = "--- FAIL: TestCart (0.00s)
    --- FAIL: TestCart/removes (0.01s)
        cart_test.go:10: got 1, want 2
FAIL
FAIL\texample.org/shop/cart\t0.005s
ok  \texample.org/shop/user\t0.004s
";
    assert_reads(plain, &["E cart_test.go:10 got 1, want 2"]);
    assert_fails(plain, &["TestCart", "TestCart/removes"]);
    let verbose = "=== RUN   TestGood
    a_test.go:5: just a log
--- PASS: TestGood (0.00s)
=== RUN   TestBad
    a_test.go:9: it broke
--- FAIL: TestBad (0.00s)
=== RUN   TestTestify
    b_test.go:7: 
        \tError Trace:\t/w/b_test.go:7
        \tError:      \tNot equal: 
        \t            \texpected: 1
        \t            \tactual  : 2
        \tTest:       \tTestTestify
--- FAIL: TestTestify (0.00s)
";
    assert_reads(verbose, &["E a_test.go:9 it broke", "E b_test.go:7 Not equal: expected: 1 actual : 2"]);
    assert_fails(verbose, &["TestBad", "TestTestify"]);
    assert_reads(
        "# example.org/shop
./main.go:12:3: undefined: x
vet: ./a.go:3:5: undeclared name: y
pkg/b.go:4:2: Error return value is not checked (errcheck)
main.go:3:8: no required module provides package github.com/x/y; to add it:
",
        &[
            "E ./main.go:12:3 undefined: x",
            "E ./a.go:3:5 undeclared name: y",
            "E pkg/b.go:4:2 [errcheck] Error return value is not checked",
            "E main.go:3:8 no required module provides package github.com/x/y; to add it:",
        ],
    );
    assert_reads(
        "panic: runtime error: index out of range [5] with length 3 [recovered]

goroutine 1 [running]:
testing.tRunner.func1.2()
\t/usr/local/go/src/testing/testing.go:1631 +0x24
main.f(...)
\t/w/shop/main.go:12 +0x1d
",
        &["E /w/shop/main.go:12 panic: runtime error: index out of range [5] with length 3"],
    );
    assert_fails("=== FAIL: pkg/cart TestCart/adds (0.00s)\n", &["TestCart/adds"]);
}

#[test]
fn c_and_its_tools() {
    assert_reads(
        "gcc -c a.c
a.c: In function 'main':
a.c:3:5: error: 'x' undeclared (first use in this function)
    3 |     x = 1;
      |     ^
a.c:3:5: note: each undeclared identifier is reported only once
a.c:7:10: warning: unused variable 'y' [-Wunused-variable]
b.c:1:10: fatal error: nope.h: No such file or directory
compilation terminated.
make: *** [Makefile:12: all] Error 1
",
        &[
            "E a.c:3:5 'x' undeclared (first use in this function)",
            "W a.c:7:10 [-Wunused-variable] unused variable 'y'",
            "E b.c:1:10 nope.h: No such file or directory",
        ],
    );
    assert_reads(
        "/usr/bin/ld: /tmp/ccX.o: in function `main':
a.c:(.text+0x5): undefined reference to `helper'
/usr/bin/ld: b.c:12: undefined reference to `other'
collect2: error: ld returned 1 exit status
",
        &["E a.c undefined reference to `helper'", "E b.c:12 undefined reference to `other'"],
    );
    assert_reads(
        "Undefined symbols for architecture arm64:
  \"_helper\", referenced from:
      _main in a.o
ld: symbol(s) not found for architecture arm64
clang: error: linker command failed with exit code 1 (use -v to see invocation)
",
        &["E - undefined symbol \"_helper\""],
    );
    assert_reads(
        "CMake Error at CMakeLists.txt:12 (find_package):\n  Could not find a package\nMakefile:4: *** missing separator.  Stop.\nmake: *** No rule to make target 'x'.  Stop.\n",
        &[
            "E CMakeLists.txt:12 Could not find a package",
            "E Makefile:4 missing separator. Stop.",
            "E - No rule to make target 'x'. Stop.",
        ],
    );
    assert_reads(
        "a.out: src/a.c:3: main: Assertion `x == 1' failed.\nFoo.cpp(3): error C2065: 'x': undeclared identifier\nmain.obj : error LNK2019: unresolved external symbol f\n",
        &[
            "E src/a.c:3 Assertion `x == 1' failed.",
            "E Foo.cpp:3 [C2065] 'x': undeclared identifier",
            "E main.obj [LNK2019] unresolved external symbol f",
        ],
    );
    let gtest = "cart_test.cc:12: Failure
Expected equality of these values:
  cart.size()
    Which is: 1
[  FAILED  ] Cart.Removes (0 ms)
[  FAILED  ] 1 test, listed below:
[  FAILED  ] Cart.Removes
";
    assert_reads(gtest, &["E cart_test.cc:12 Expected equality of these values:; cart.size(); Which is: 1"]);
    assert_fails(gtest, &["Cart.Removes"]);
    assert_fails(
        " 3/10 Test  #3: cart_removes .....................***Failed    0.01 sec
The following tests FAILED:
\t  3 - cart_removes (Failed)
\t  7 - cart_slow (Timeout)
Errors while running CTest
",
        &["cart_removes", "cart_slow"],
    );
}

#[test]
fn swift_zig_haskell_ocaml() {
    let xctest = "/w/Tests/CartTests.swift:12: error: -[ShopTests.CartTests testAdds] : XCTAssertEqual failed: (\"1\") is not equal to (\"2\")
Test Case '-[ShopTests.CartTests testAdds]' failed (0.001 seconds).
";
    assert_reads(
        xctest,
        &[
            "E /w/Tests/CartTests.swift:12 -[ShopTests.CartTests testAdds] : XCTAssertEqual failed: (\"1\") is not equal to (\"2\")",
        ],
    );
    assert_fails(xctest, &["ShopTests.CartTests testAdds"]);
    assert_reads(
        "/w/Sources/a.swift:3:5: error: cannot find 'x' in scope\nsrc/main.zig:4:9: error: expected ';' after statement\n",
        &["E /w/Sources/a.swift:3:5 cannot find 'x' in scope", "E src/main.zig:4:9 expected ';' after statement"],
    );
    assert_reads(
        "src/A.hs:3:5: error: [GHC-88464]\n    • Variable not in scope: x\n",
        &["E src/A.hs:3:5 [GHC-88464] Variable not in scope: x"],
    );
    assert_reads(
        "File \"bin/a.ml\", line 3, characters 5-8:\n3 | let y = x\n            ^\nError: Unbound value x\n",
        &["E bin/a.ml:3:5 Unbound value x"],
    );
}

#[test]
fn jvm() {
    let maven = "[INFO] Compiling 3 source files
[ERROR] /w/src/main/java/A.java:[3,5] cannot find symbol
[ERROR]   symbol:   variable x
[INFO] 1 error
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.11.0:compile: Compilation failure
[ERROR] /w/src/main/java/A.java:[3,5] cannot find symbol
";
    assert_reads(maven, &["E /w/src/main/java/A.java:3:5 cannot find symbol: variable x"]);
    let surefire = "[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.05 s <<< FAILURE! -- in com.x.CartTest
[ERROR] com.x.CartTest.adds -- Time elapsed: 0.01 s <<< FAILURE!
[ERROR] removes(com.x.OldTest)  Time elapsed: 0.01 s  <<< ERROR!
[ERROR] Failures: 
[ERROR]   CartTest.adds:12 expected: <1> but was: <2>
";
    assert_fails(surefire, &["com.x.CartTest.adds", "com.x.OldTest.removes"]);
    assert_reads(
        "src/A.java:3: error: ';' expected\ne: file:///w/A.kt:3:5 Unresolved reference: x\ne: /w/B.kt: (4, 6): Expecting ')'\nw: file:///w/C.kt:1:2 Parameter 'a' is never used\n",
        &[
            "E src/A.java:3 ';' expected",
            "E /w/A.kt:3:5 Unresolved reference: x",
            "E /w/B.kt:4:6 Expecting ')'",
            "W /w/C.kt:1:2 Parameter 'a' is never used",
        ],
    );
    let gradle = "> Task :test FAILED

CartTest > adds() FAILED
    org.opentest4j.AssertionFailedError: expected: <1> but was: <2>
        at app//org.junit.jupiter.api.AssertionUtils.fail(AssertionUtils.java:55)
        at app//com.x.CartTest.adds(CartTest.java:12)

OldTest > removes FAILED
    java.lang.AssertionError at OldTest.java:9

2 tests completed, 2 failed
";
    assert_reads(
        gradle,
        &[
            "E CartTest.java:12 org.opentest4j.AssertionFailedError: expected: <1> but was: <2>",
            "E OldTest.java:9 java.lang.AssertionError",
        ],
    );
    assert_fails(gradle, &["CartTest > adds()", "OldTest > removes"]);
    assert_reads(
        "[error] /w/A.scala:3:5: not found: value x\n[error] -- [E007] Type Mismatch Error: src/B.scala:4:10 -----\n[error] 4 |  val x: Int = \"a\"\n[error]   |               ^^^\n[error]   |               Found:    (\"a\" : String)\n",
        &["E /w/A.scala:3:5 not found: value x", "E src/B.scala:4:10 [E007] Found: (\"a\" : String)"],
    );
    assert_fails("[info] - adds two numbers *** FAILED *** (5 milliseconds)\n", &["adds two numbers"]);
}

#[test]
fn dotnet() {
    let build = "  Determining projects to restore...
/w/Shop/Cart.cs(3,5): error CS0103: The name 'x' does not exist in the current context [/w/Shop/Shop.csproj]
/w/Shop/Cart.cs(9,9): warning CS0168: The variable 'e' is declared but never used [/w/Shop/Shop.csproj]
CSC : error CS5001: Program does not contain a static 'Main' method [/w/Shop/Shop.csproj]

Build FAILED.
/w/Shop/Cart.cs(3,5): error CS0103: The name 'x' does not exist in the current context [/w/Shop/Shop.csproj]
    1 Warning(s)
    2 Error(s)
";
    assert_reads(
        build,
        &[
            "E /w/Shop/Cart.cs:3:5 [CS0103] The name 'x' does not exist in the current context",
            "W /w/Shop/Cart.cs:9:9 [CS0168] The variable 'e' is declared but never used",
            "E - [CS5001] Program does not contain a static 'Main' method",
        ],
    );
    let test = "[xUnit.net 00:00:00.51]     Shop.CartTests.Adds [FAIL]
  Failed Shop.CartTests.Adds [12 ms]
  Error Message:
   Assert.Equal() Failure: Values differ
  Stack Trace:
     at Shop.CartTests.Adds() in /w/Shop/CartTests.cs:line 12
  Failed Shop.CartTests.Old [< 1 ms]
Failed!  - Failed:     2, Passed:     1
";
    assert_reads(test, &["E /w/Shop/CartTests.cs:12 Assert.Equal() Failure: Values differ", "E - test failed"]);
    assert_fails(test, &["Shop.CartTests.Adds", "Shop.CartTests.Old"]);
}
