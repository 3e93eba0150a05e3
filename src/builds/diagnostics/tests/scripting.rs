//! Python, Ruby, PHP, Elixir, and checkers of configuration.

use super::{assert_fails, assert_reads};

#[test]
fn pytest() {
    let output = "============================= test session starts ==============================
tests/test_cart.py .F                                                    [100%]
=================================== FAILURES ===================================
_________________________________ test_removes _________________________________

    def test_removes():
>       assert cart() == 2
E       assert 1 == 2
E        +  where 1 = cart()

tests/test_cart.py:12: AssertionError
_________________________________ test_div _________________________________

tests/test_cart.py:20: 
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
E       ZeroDivisionError: division by zero

src/cart.py:5: ZeroDivisionError
=========================== short test summary info ============================
FAILED tests/test_cart.py::test_removes - assert 1 == 2
FAILED tests/test_cart.py::test_div[a - b] - ZeroDivisionError: division by zero
========================= 2 failed, 1 passed in 0.12s ==========================
";
    assert_reads(
        output,
        &[
            "E tests/test_cart.py:12 AssertionError: assert 1 == 2",
            "E src/cart.py:5 ZeroDivisionError: division by zero",
        ],
    );
    assert_fails(output, &["tests/test_cart.py::test_removes", "tests/test_cart.py::test_div[a - b]"]);
    assert_reads(
        "____ test_x ____\ntests/a.py:3: in test_x\n    assert f() == 2\nE   assert 1 == 2\n",
        &["E tests/a.py:3 assert 1 == 2"],
    );
    assert_reads("/w/tests/a.py:3: AssertionError: nope\n", &["E /w/tests/a.py:3 AssertionError: nope"]);
    assert_reads(
        "FAILED tests/a.py::test_x - assert 1 == 2\nERROR tests/b.py - ModuleNotFoundError: No module named 'x'\n",
        &["E tests/a.py assert 1 == 2", "E tests/b.py ModuleNotFoundError: No module named 'x'"],
    );
    assert_fails(
        "tests/a.py::test_x PASSED [ 50%]\ntests/a.py::test_y FAILED [100%]\n[gw0] [ 50%] FAILED tests/a.py::test_z \n",
        &["tests/a.py::test_y", "tests/a.py::test_z"],
    );
}

#[test]
fn python() {
    let unittest = "F.
======================================================================
FAIL: test_removes (tests.test_cart.CartTest.test_removes)
----------------------------------------------------------------------
Traceback (most recent call last):
  File \"/w/tests/test_cart.py\", line 12, in test_removes
    self.assertEqual(1, 2)
  File \"/usr/lib/python3.12/unittest/case.py\", line 885, in assertEqual
    raise self.failureException(msg)
AssertionError: 1 != 2

FAIL: test_old (tests.test_cart.CartTest)
Ran 2 tests in 0.001s
";
    assert_reads(unittest, &["E /w/tests/test_cart.py:12 AssertionError: 1 != 2"]);
    assert_fails(unittest, &["tests.test_cart.CartTest.test_removes", "tests.test_cart.CartTest.test_old"]);
    assert_reads(
        "  File \"/w/a.py\", line 3\n    def f(:\n          ^\nSyntaxError: invalid syntax\n",
        &["E /w/a.py:3 SyntaxError: invalid syntax"],
    );
    assert_reads(
        "a.py:3: error: Incompatible types in assignment (expression has type \"str\", variable has type \"int\")  [assignment]
a.py:3:5: note: See https://mypy.rtfd.io
b.py: error: Source file found twice under different module names
Found 2 errors in 2 files (checked 3 source files)
  /w/c.py:3:5 - error: \"x\" is not defined (reportUndefinedVariable)
d.py:1:8: F401 [*] `os` imported but unused
e.py:3:80: E501 line too long (88 > 79 characters)
f.py:1:0: C0114: Missing module docstring (missing-module-docstring)
g.py:1:0: E0602: Undefined variable 'x' (undefined-variable)
would reformat /w/h.py
Would reformat: i.py
",
        &[
            "E a.py:3 [assignment] Incompatible types in assignment (expression has type \"str\", variable has type \"int\")",
            "E b.py Source file found twice under different module names",
            "E /w/c.py:3:5 [reportUndefinedVariable] \"x\" is not defined",
            "E d.py:1:8 [F401] `os` imported but unused",
            "E e.py:3:80 [E501] line too long (88 > 79 characters)",
            "W f.py:1:0 [C0114] Missing module docstring (missing-module-docstring)",
            "E g.py:1:0 [E0602] Undefined variable 'x' (undefined-variable)",
            "E /w/h.py not formatted",
            "E i.py not formatted",
        ],
    );
    assert_reads(
        "F401 [*] `os` imported but unused\n --> a.py:1:8\n  |\n1 | import os\n  |        ^^\n",
        &["E a.py:1:8 [F401] `os` imported but unused"],
    );
}

#[test]
fn ruby() {
    let rspec = "Failures:

  1) Cart removes
     Failure/Error: expect(cart.size).to eq 2

       expected: 2
            got: 1

       (compared using ==)
     # /usr/lib/ruby/gems/x.rb:1:in 'y'
     # ./spec/cart_spec.rb:12:in 'block (2 levels) in <top (required)>'

Finished in 0.01 seconds
2 examples, 1 failure

Failed examples:

rspec ./spec/cart_spec.rb:10 # Cart removes
";
    assert_reads(rspec, &["E ./spec/cart_spec.rb:12 expect(cart.size).to eq 2; expected: 2; got: 1"]);
    assert_fails(rspec, &["./spec/cart_spec.rb # Cart removes"]);
    let minitest = "  1) Failure:
CartTest#test_removes [test/cart_test.rb:12]:
Expected: 2
  Actual: 1

  2) Error:
CartTest#test_div:
ZeroDivisionError: divided by 0
    test/cart_test.rb:20:in 'Integer#/'
";
    assert_reads(
        minitest,
        &["E test/cart_test.rb:12 Expected: 2, Actual: 1", "E test/cart_test.rb:20 ZeroDivisionError: divided by 0"],
    );
    assert_fails(minitest, &["CartTest#test_removes", "CartTest#test_div"]);
    assert_reads(
        "a.rb:3:in 'Object#f': undefined local variable or method 'x' for main (NameError)
\tfrom a.rb:5:in '<main>'
b.rb:3: syntax error, unexpected end-of-input
c.rb:3:5: C: [Correctable] Layout/SpaceInsideParens: Space inside parentheses detected.
d.rb:4:1: E: Lint/Syntax: unexpected token
",
        &[
            "E a.rb:3 undefined local variable or method 'x' for main (NameError)",
            "E b.rb:3 syntax error, unexpected end-of-input",
            "W c.rb:3:5 [Layout/SpaceInsideParens] Space inside parentheses detected.",
            "E d.rb:4:1 [Lint/Syntax] unexpected token",
        ],
    );
}

#[test]
fn php() {
    let phpunit = "There was 1 failure:

1) App\\Tests\\CartTest::testRemoves with data set \"x\"
Failed asserting that 1 matches expected 2.

/w/vendor/phpunit/phpunit/src/X.php:3
/w/tests/CartTest.php:12

FAILURES!
";
    assert_reads(phpunit, &["E /w/tests/CartTest.php:12 Failed asserting that 1 matches expected 2."]);
    assert_fails(phpunit, &["App\\Tests\\CartTest::testRemoves with data set \"x\""]);
    assert_reads(
        "PHP Parse error:  syntax error, unexpected token \"}\" in /w/a.php on line 3
PHP Fatal error:  Uncaught TypeError: f(): Argument #1 in /w/b.php:4
ERROR: UndefinedClass - src/c.php:3:5 - Class X does not exist (see https://psalm.dev/019)
 ------ ----------------------
  Line   src/d.php
 ------ ----------------------
  12     Undefined variable: $x
         🪪  variable.undefined
  20     Call to an undefined method
 ------ ----------------------
",
        &[
            "E /w/a.php:3 syntax error, unexpected token \"}\"",
            "E /w/b.php:4 Uncaught TypeError: f(): Argument #1",
            "E src/c.php:3:5 [UndefinedClass] Class X does not exist",
            "E src/d.php:12 Undefined variable: $x",
            "E src/d.php:20 Call to an undefined method",
        ],
    );
    assert_fails(
        "  ⨯ it adds                0.02s\n   FAILED  Tests\\Unit\\CartTest > it adds      ExpectationFailedException\n",
        &["Tests\\Unit\\CartTest > it adds"],
    );
}

#[test]
fn elixir() {
    let exunit = "
  1) test removes (Shop.CartTest)
     test/shop/cart_test.exs:10
     Assertion with == failed
     code:  assert size() == 2
     left:  1
     right: 2
     stacktrace:
       test/shop/cart_test.exs:12: (test)

Finished in 0.03 seconds
2 tests, 1 failure
";
    assert_reads(exunit, &["E test/shop/cart_test.exs:10 Assertion with == failed; left: 1; right: 2"]);
    assert_fails(exunit, &["test removes (Shop.CartTest)"]);
    assert_reads(
        "    error: undefined variable \"x\"
    │
  3 │     x + 1
    │     ^
    │
    └─ lib/shop.ex:3:5: Shop.f/0

== Compilation error in file lib/b.ex ==
** (CompileError) lib/b.ex:4: undefined function g/0
warning: variable \"y\" is unused
  lib/c.ex:7: Shop.C.f/1

** (Mix) mix format failed due to --check-formatted.
┃ [W] ↗ There should be no calls to IO.inspect/1.
┃       lib/d.ex:3:5 #(Shop.D.f)
lib/e.ex:9:no_return
Function f/0 has no local return.
",
        &[
            "E lib/shop.ex:3:5 undefined variable \"x\"",
            "E lib/b.ex:4 CompileError: undefined function g/0",
            "W lib/c.ex:7 variable \"y\" is unused",
            "W lib/d.ex:3:5 [W] There should be no calls to IO.inspect/1.",
            "W lib/e.ex:9 [no_return] Function f/0 has no local return.",
        ],
    );
}

#[test]
fn infrastructure() {
    assert_reads(
        "╷
│ Error: Reference to undeclared resource
│ 
│   on main.tf line 3, in resource \"x\" \"y\":
│    3:   a = b
╵
Dockerfile:3 DL3008 warning: Pin versions in apt get install
.github/workflows/ci.yml:3:5: unexpected key \"x\" for \"job\" section [syntax-check]
a.sh:3:5: warning: Double quote to prevent globbing [SC2086]
ERROR: failed to solve: process \"/bin/sh -c make\" did not complete successfully: exit code: 2
",
        &[
            "E main.tf:3 Reference to undeclared resource",
            "W Dockerfile:3 [DL3008] Pin versions in apt get install",
            "E .github/workflows/ci.yml:3:5 [syntax-check] unexpected key \"x\" for \"job\" section",
            "W a.sh:3:5 [SC2086] Double quote to prevent globbing",
            "E - failed to solve: process \"/bin/sh -c make\" did not complete successfully: exit code: 2",
        ],
    );
    assert_reads("config/a.xyz:3:5: invalid value for key\n", &["E config/a.xyz:3:5 invalid value for key"]);
}
