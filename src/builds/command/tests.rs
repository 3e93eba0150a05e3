//! Tables of command lines.

use super::{BuildCommand, classify};
use crate::model::BuildKind::{self, Build, Lint, Test, TypeCheck};
use proptest::prelude::*;

const SEEN: bool = false;
const HIDDEN: bool = true;

/// One mismatch as a line, so that a test shows all of them.
fn mismatch(
    command: &str,
    kind: BuildKind,
    family: &str,
    target: &str,
    hidden: bool,
) -> Option<String> {
    let expected = BuildCommand {
        kind,
        family: family.to_owned(),
        target: target.to_owned(),
        verdict_hidden: hidden,
    };
    let found = classify(command);
    (found.as_ref() != Some(&expected))
        .then(|| format!("{command}\n  is   {found:?}\n  want {expected:?}"))
}

fn assert_none(mismatches: impl Iterator<Item = String>) {
    let all: Vec<String> = mismatches.collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn families_by_tool() {
    let table: &[(&str, BuildKind, &str, &str)] = &[
        ("cargo test", Test, "cargo test", ""),
        ("cargo t -p a --lib", Test, "cargo test", "-p a --lib"),
        (
            "cargo +nightly build --release",
            Build,
            "cargo build",
            "+nightly --release",
        ),
        (
            "cargo check --all-targets",
            TypeCheck,
            "cargo check",
            "--all-targets",
        ),
        (
            "cargo clippy -- -D warnings",
            Lint,
            "cargo clippy",
            "-- -D warnings",
        ),
        (
            "cargo fmt --all -- --check",
            Lint,
            "cargo fmt",
            "--all -- --check",
        ),
        (
            "cargo nextest run -E 'test(x)'",
            Test,
            "cargo nextest run",
            "-E test(x)",
        ),
        ("cargo miri test a", Test, "cargo miri test", "a"),
        ("cargo llvm-cov --html", Test, "cargo llvm-cov", "--html"),
        ("cargo test --no-run", Build, "cargo test --no-run", ""),
        ("cargo xtask lint", Lint, "cargo xtask lint", ""),
        ("rustc a.rs -o a", Build, "rustc", "a.rs -o a"),
        ("go build ./...", Build, "go build", "./..."),
        (
            "go test ./a/... -v -run 'TestX/a b'",
            Test,
            "go test",
            "./a/... -v -run 'TestX/a b'",
        ),
        ("go -C svc vet ./...", Lint, "go vet", "-C svc ./..."),
        ("golangci-lint run", Lint, "golangci-lint", ""),
        (
            "go run honnef.co/go/tools/cmd/staticcheck@latest ./...",
            Lint,
            "staticcheck",
            "./...",
        ),
        ("gofmt -l .", Lint, "gofmt", "-l ."),
        ("npm test", Test, "npm test", ""),
        ("npm t", Test, "npm test", ""),
        ("npm run test -- --run a", Test, "npm test", "-- --run a"),
        ("npm run build", Build, "npm run build", ""),
        (
            "npm --prefix rust run build",
            Build,
            "npm run build",
            "--prefix rust",
        ),
        ("npm run type-check", TypeCheck, "npm run type-check", ""),
        ("npm run test:e2e", Test, "npm run test:e2e", ""),
        ("npm run format:check", Lint, "npm run format:check", ""),
        ("npm run lint:fix", Lint, "npm run lint:fix", ""),
        ("pnpm -r build", Build, "pnpm build", "-r"),
        (
            "pnpm --filter web run build",
            Build,
            "pnpm build",
            "--filter web",
        ),
        ("pnpm exec tsc --noEmit", TypeCheck, "tsc", "--noEmit"),
        ("pnpm vitest run a", Test, "vitest", "run a"),
        ("yarn build", Build, "yarn build", ""),
        ("yarn run build", Build, "yarn build", ""),
        (
            "yarn workspace web test",
            Test,
            "yarn test",
            "workspace web",
        ),
        ("yarn tsc -b", TypeCheck, "tsc", "-b"),
        ("bun test a.test.ts", Test, "bun test", "a.test.ts"),
        ("bun run lint", Lint, "bun run lint", ""),
        ("bunx tsc", TypeCheck, "tsc", ""),
        ("npx -y tsc@5.4 -p .", TypeCheck, "tsc", "-p ."),
        ("npx jest a", Test, "jest", "a"),
        ("npx @biomejs/biome check .", Lint, "biome check", "."),
        (
            "npx playwright test --project=x",
            Test,
            "playwright test",
            "--project=x",
        ),
        ("npx prettier --check .", Lint, "prettier", "--check ."),
        ("./node_modules/.bin/eslint src", Lint, "eslint", "src"),
        ("node --test test/", Test, "node --test", "test/"),
        ("node node_modules/jest/bin/jest.js a", Test, "jest", "a"),
        ("deno task test", Test, "deno task test", ""),
        ("deno check a.ts", TypeCheck, "deno check", "a.ts"),
        ("vite build", Build, "vite build", ""),
        ("next build", Build, "next build", ""),
        (
            "turbo run build --filter=web",
            Build,
            "turbo run build",
            "--filter=web",
        ),
        ("nx run app:build", Build, "nx build", "run app:build"),
        ("nx run-many -t test", Test, "nx test", "run-many -t test"),
        ("pytest -x tests/a.py", Test, "pytest", "-x tests/a.py"),
        ("py.test", Test, "pytest", ""),
        ("python -m pytest -q", Test, "pytest", "-q"),
        (
            "python3.12 -W error -m unittest discover",
            Test,
            "unittest",
            "discover",
        ),
        ("uv run pytest", Test, "pytest", ""),
        (
            "uv run --with x --group dev pytest -q",
            Test,
            "pytest",
            "-q",
        ),
        ("uv run python -m pytest", Test, "pytest", ""),
        ("poetry run mypy .", TypeCheck, "mypy", "."),
        ("coverage run -m pytest", Test, "pytest", ""),
        ("hatch run test", Test, "hatch run test", ""),
        ("python manage.py test app", Test, "manage.py test", "app"),
        ("ruff check .", Lint, "ruff check", "."),
        ("ruff format --check .", Lint, "ruff format", "--check ."),
        ("black --check .", Lint, "black", "--check ."),
        ("tox -e py312", Test, "tox", "-e py312"),
        ("make", Build, "make", ""),
        ("make -j8", Build, "make", "-j8"),
        (
            "make -j 8 -C sub test V=1",
            Test,
            "make test",
            "-j 8 -C sub V=1",
        ),
        ("gmake app", Build, "make app", ""),
        ("make lint", Lint, "make lint", ""),
        ("ninja -C out", Build, "ninja", "-C out"),
        (
            "cmake --build build -j4",
            Build,
            "cmake --build",
            "build -j4",
        ),
        (
            "ctest --output-on-failure",
            Test,
            "ctest",
            "--output-on-failure",
        ),
        ("meson test -C b", Test, "meson test", "-C b"),
        ("bazel build //...", Build, "bazel build", "//..."),
        ("just test", Test, "just test", ""),
        ("task lint", Lint, "task lint", ""),
        ("mise run lint", Lint, "mise run lint", ""),
        (
            "./gradlew clean :app:testDebugUnitTest --info",
            Test,
            "gradle :app:testDebugUnitTest",
            "clean --info",
        ),
        ("gradle assembleDebug", Build, "gradle assembleDebug", ""),
        ("mvn -q -pl core test", Test, "mvn test", "-q -pl core"),
        (
            "./mvnw clean install -DskipTests",
            Build,
            "mvn install",
            "clean -DskipTests",
        ),
        ("javac -d out A.java", Build, "javac", "-d out A.java"),
        ("sbt 'testOnly a.B'", Test, "sbt testOnly a.B", ""),
        ("dotnet test --no-build", Test, "dotnet test", "--no-build"),
        (
            "bundle exec rspec spec/a_spec.rb",
            Test,
            "rspec",
            "spec/a_spec.rb",
        ),
        ("bin/rails test", Test, "rails test", ""),
        ("rake spec", Test, "rake spec", ""),
        ("rubocop -a", Lint, "rubocop", "-a"),
        (
            "./vendor/bin/phpunit --filter x",
            Test,
            "phpunit",
            "--filter x",
        ),
        (
            "php vendor/bin/phpstan analyse src",
            Lint,
            "phpstan analyse",
            "src",
        ),
        ("php artisan test", Test, "artisan test", ""),
        ("composer test", Test, "composer test", ""),
        (
            "MIX_ENV=test mix test --seed 0",
            Test,
            "mix test",
            "--seed 0",
        ),
        ("mix credo --strict", Lint, "mix credo", "--strict"),
        (
            "mix format --check-formatted",
            Lint,
            "mix format",
            "--check-formatted",
        ),
        ("swift build -c release", Build, "swift build", "-c release"),
        (
            "xcodebuild -scheme A test",
            Test,
            "xcodebuild test",
            "-scheme A",
        ),
        ("zig build test", Test, "zig build test", ""),
        ("gcc -Wall a.c -o a", Build, "gcc", "-Wall a.c -o a"),
        (
            "arm-none-eabi-gcc -c a.c",
            Build,
            "arm-none-eabi-gcc",
            "-c a.c",
        ),
        ("clang++-17 a.cpp", Build, "clang++-17", "a.cpp"),
        ("cabal build all", Build, "cabal build", "all"),
        ("dune runtest", Test, "dune runtest", ""),
        ("terraform validate", Lint, "terraform validate", ""),
        ("shellcheck a.sh", Lint, "shellcheck", "a.sh"),
        ("docker build -t x .", Build, "docker build", "-t x ."),
        (
            "docker compose build web",
            Build,
            "docker compose build",
            "web",
        ),
        ("docker compose exec -T web pytest -q", Test, "pytest", "-q"),
        ("helm lint chart", Lint, "helm lint", "chart"),
        (
            "pre-commit run --all-files",
            Lint,
            "pre-commit run",
            "--all-files",
        ),
        ("./scripts/test.sh unit", Test, "scripts/test.sh", "unit"),
        ("bash scripts/build.sh", Build, "scripts/build.sh", ""),
        (
            "python3 src/test_calc.py -v",
            Test,
            "python src/test_calc.py",
            "-v",
        ),
        (
            "ruby -Itest test/a_test.rb",
            Test,
            "ruby test/a_test.rb",
            "-Itest",
        ),
        ("node ./cart.spec.mjs", Test, "node cart.spec.mjs", ""),
        ("rtk bun run test", Test, "bun run test", ""),
    ];
    assert_none(table.iter().filter_map(|(command, kind, family, target)| {
        mismatch(command, *kind, family, target, SEEN)
    }));
}

#[test]
fn what_is_around_a_command_goes() {
    let table = [
        "cd web && pytest -q",
        "cd /a; cd b && pytest -q",
        "(cd web && pytest -q)",
        "export A='b c'; pytest -q",
        "A=1 B=\"x y\" pytest -q",
        "env -u X A=1 pytest -q",
        "timeout 60 pytest -q",
        "timeout -k 5 --signal=KILL 2m time nice -n 5 nohup pytest -q",
        "sudo -u me env X=1 stdbuf -oL pytest -q",
        "xvfb-run -a pytest -q",
        "command pytest -q",
        "exec pytest -q",
        "set -euo pipefail\ncd x\npytest -q",
        "pytest -q 2>&1",
        "pytest -q > /tmp/log 2>&1",
        "pytest -q &> /tmp/log",
        "pytest -q 2>/dev/null >>log </dev/null",
        "pytest \\\n  -q",
        "# run them\npytest -q   # all",
        "bash -lc 'cd a && pytest -q'",
        "sh -c \"pytest -q\"",
        "bash -c 'bash -c \"pytest -q\"'",
        "echo start && pytest -q",
        "git pull --rebase && pytest -q && git push",
        "npm ci && pytest -q",
        "source .venv/bin/activate && pytest -q",
        ". .venv/bin/activate; .venv/bin/pytest -q",
        "{ pytest -q; }",
        "time pytest -q",
        "yes | pytest -q",
        "pytest -q <<< 'y'",
        "pytest -q || exit 1",
        "pytest -q || { echo failed; exit 1; }",
        "pytest -q || exit 1; echo fine",
        "pytest -q; exit $?",
        "pytest -q > log; rc=$?; tail log; exit $rc",
        "pytest -q | tee log; exit ${PIPESTATUS[0]}",
        "set -o pipefail; pytest -q | tee log | tail -5",
        "bash -eo pipefail -c 'pytest -q | tail -3; echo ok'",
        "set -e; pytest -q; echo done",
        "out=$(pytest -q 2>&1)",
        "cat > a.py <<'EOF'\nit's an \"odd ( file\ncargo test\nEOF\npytest -q",
    ];
    assert_none(
        table
            .iter()
            .filter_map(|command| mismatch(command, Test, "pytest", "-q", SEEN)),
    );
}

#[test]
fn verdicts_that_the_shell_hides() {
    let table = [
        "pytest -q | tail -5",
        "pytest -q 2>&1 | grep -E 'FAILED|passed' | head",
        "pytest -q |& tee log",
        "set -o pipefail; pytest -q | grep FAILED",
        "set -o pipefail; set +o pipefail; pytest -q | tail",
        "pytest -q || true",
        "pytest -q || echo failed",
        "pytest -q && echo ok || echo failed",
        "pytest -q; echo done",
        "pytest -q\necho \"exit: $?\"",
        "pytest -q; exit 0",
        "pytest -q &",
        "pytest -q & wait",
        "! pytest -q",
        "if pytest -q; then echo ok; fi",
        "for i in 1 2 3; do pytest -q; done",
        "while ! pytest -q; do sleep 1; done",
        "test -f x || pytest -q",
        "bash -c 'pytest -q | tail'",
        "bash -c 'pytest -q' | tail",
        "(pytest -q; echo done)",
        "out=$(pytest -q); echo \"$out\" | tail -3",
        "set -e; pytest -q && echo ok; echo done",
    ];
    assert_none(
        table
            .iter()
            .filter_map(|command| mismatch(command, Test, "pytest", "-q", HIDDEN)),
    );
}

#[test]
fn chains_have_the_first_family_and_the_whole_target() {
    let table: &[(&str, BuildKind, &str, &str, bool)] = &[
        (
            "cargo fmt --check && cargo clippy -q && cargo test",
            Lint,
            "cargo fmt",
            "--check && cargo clippy -q && cargo test",
            SEEN,
        ),
        (
            "cd a && npm run build && git add -A && npm test",
            Build,
            "npm run build",
            "&& npm test",
            SEEN,
        ),
        (
            "cargo build && cargo test 2>&1 | tail -3",
            Build,
            "cargo build",
            "",
            SEEN,
        ),
        ("cargo build; cargo test", Test, "cargo test", "", SEEN),
        (
            "cargo build; cargo test | tail",
            Build,
            "cargo build",
            "",
            HIDDEN,
        ),
        (
            "mix format --check-formatted 2>&1; echo ---; mix credo",
            Lint,
            "mix credo",
            "",
            SEEN,
        ),
        (
            "set -e\nmake\nmake test",
            Build,
            "make",
            "&& make test",
            SEEN,
        ),
        (
            "mise run fmt && mise run lint && mise run test",
            Lint,
            "mise run lint",
            "&& mise run test",
            SEEN,
        ),
    ];
    assert_none(
        table
            .iter()
            .filter_map(|(command, kind, family, target, hidden)| {
                mismatch(command, *kind, family, target, *hidden)
            }),
    );
}

#[test]
fn everything_else_is_no_build() {
    let table = [
        "",
        "   \n ",
        "ls -la",
        "grep -rn 'npm test' .",
        "grep \"cargo test\" file && cat file",
        "rg cargo\\ test",
        "echo \"cargo test\"",
        "echo cargo test",
        "git commit -m \"fix cargo test && npm test\"",
        "git commit -m \"$(cat <<'EOF'\nfix\n\ncargo test passes; it's fine (\nEOF\n)\"",
        "cat <<EOF > run.sh\ncargo test\nEOF",
        "cat <<-'END'\n\tmake\n\tEND",
        "cat > x <<A <<B\nmake\nA\npytest\nB",
        "test -f Cargo.toml",
        "[ -f a ] && [[ -d b && -d c ]]",
        "curl http://localhost:3000/build",
        "which cargo",
        "command -v pytest",
        "type make",
        "diff build/a build/b",
        "cd build",
        "npm ci",
        "npm install jest",
        "npm i -D eslint && npm audit",
        "yarn add vitest",
        "pnpm add typescript",
        "bun install",
        "yarn",
        "pip install pytest",
        "uv pip install mypy",
        "uv sync",
        "poetry install",
        "cargo run -- build",
        "cargo add serde",
        "cargo fmt",
        "cargo install just",
        "cargo --version",
        "cargo watch -x test",
        "cargo clean",
        "go run ./cmd/x",
        "go mod tidy",
        "go doc net/http",
        "gofmt -w .",
        "npm run dev",
        "npm start",
        "npm run test:watch",
        "npm run",
        "npm run latest",
        "npx create-next-app@latest build",
        "npx jest --watch",
        "vite",
        "next dev",
        "jester",
        "python build.py",
        "python -m http.server",
        "python -m venv test",
        "bun run ./dist/build.js",
        "python -m pytest_cov.x",
        "python -m pip install pytest",
        "python -c 'import pytest'",
        "pytest --version",
        "pytest --collect-only",
        "ruff format .",
        "black .",
        "prettier --write .",
        "make clean",
        "make install",
        "make run",
        "make fmt",
        "make -n",
        "make help",
        "just --list",
        "just dev",
        "./gradlew tasks",
        "./gradlew bootRun",
        "mvn dependency:tree",
        "dotnet run",
        "dotnet restore",
        "docker run -it ubuntu",
        "docker ps",
        "kubectl get pods -n test",
        "gcc --version",
        "cc -v",
        "terraform plan",
        "mix deps.get",
        "mix phx.server",
        "mix format",
        "bundle install",
        "bash -n scripts/build.sh",
        "./build/app",
        "/usr/bin/test -f x",
        "zig version",
        "sed -n '1,5p' Makefile",
        "find . -name 'test*' -exec cat {} \\;",
        "ssh host make",
        "echo 'unfinished cargo test",
        "cargo test \"open",
        "case $x in a) cargo test;; esac",
        "f() { cargo test; }",
        "cargo test )",
        "(cargo test",
        "pytest $(cat list",
    ];
    assert_none(
        table
            .iter()
            .filter_map(|command| Some(format!("{command}\n  is {:?}", classify(command)?))),
    );
}

proptest! {
    #[test]
    fn never_panics(text in r#"([a-z=$'"`(){}<>&|;\\# \n-]|cargo test|bash -c |<<EOF\n|\$\(|é|make -C|npm |--){0,40}"#) {
        let _ = classify(&text);
    }

    #[test]
    fn never_panics_on_anything(text in any::<String>()) {
        let _ = classify(&text);
    }

    #[test]
    fn quoting_makes_it_text(text in "[a-z &|;]{0,30}") {
        prop_assert_eq!(classify(&format!("echo '{text} && cargo test'")), None);
    }
}

#[test]
fn long_and_nested_lines_end() {
    for piece in [
        "yarn ",
        "yarn workspace a ",
        "python -m coverage run -m ",
        "env ",
        "A=1 ",
        "npx ",
        "(",
        "{ ",
        "$(",
        "\"$(",
        "`",
        "if ",
        "bash -c '",
        "! ",
        "time ",
        "cargo test && ",
        "cat <<A\n",
        "npm -x ",
        "eval ",
    ] {
        let _ = classify(&piece.repeat(20_000));
    }
}
