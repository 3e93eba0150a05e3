//! Every ecosystem by itself.

use super::check;

#[test]
fn rust() {
    let lib = ("src/lib.rs", "");
    check(&[
        (&[("Cargo.toml", "[package]\nname='a'"), lib], ["Rust", "cargo", "cargo build", "cargo test"]),
        (
            &[("Cargo.toml", ""), lib, (".config/nextest.toml", "")],
            ["Rust", "cargo", "cargo build", "cargo nextest run"],
        ),
        (
            &[("Cargo.toml", ""), lib, (".github/workflows/ci.yml", "run: cargo nextest run")],
            ["Rust", "cargo", "cargo build", "cargo nextest run"],
        ),
        (
            &[("Cargo.toml", "[package]\nname='a'\n[workspace]\nmembers=['b']"), lib, ("b/Cargo.toml", "")],
            ["Rust", "cargo", "cargo build --workspace", "cargo test --workspace"],
        ),
        (&[("Cargo.toml", ""), ("setup.sh", "")], ["Rust, Shell", "cargo", "cargo build", "cargo test"]),
    ]);
}

#[test]
fn go() {
    check(&[
        (&[("go.mod", "module a"), ("a.go", "")], ["Go", "go", "go build ./...", "go test ./..."]),
        (
            &[
                ("go.work", "go 1.22\nuse (\n\t./api // the service\n\t./lib\n)\n"),
                ("api/go.mod", ""),
                ("api/a.go", ""),
            ],
            ["Go", "go", "go build ./api/... ./lib/...", "go test ./api/... ./lib/..."],
        ),
        (
            &[("go.work", "go 1.25.1\nuse ./api\nuse ./lib\n"), ("api/a.go", "")],
            ["Go", "go", "go build work", "go test work"],
        ),
        (
            &[("go.work", "go 1.25\nuse .\n"), ("go.mod", ""), ("a.go", "")],
            ["Go", "go", "go build ./...", "go test ./..."],
        ),
    ]);
}

#[test]
fn node() {
    let stub = r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#;
    let both = r#"{"scripts":{"build":"tsc","test":"vitest"},"devDependencies":{"typescript":"5"}}"#;
    let ts = ("src/a.ts", "");
    check(&[
        (&[("package.json", stub), ("a.js", "")], ["JavaScript", "npm", "-", "-"]),
        (&[("package.json", both), ts], ["TypeScript", "npm", "npm run build", "npm test"]),
        (&[("package.json", both)], ["TypeScript", "npm", "npm run build", "npm test"]),
        (&[("package.json", both), ts, ("pnpm-lock.yaml", "")], ["TypeScript", "pnpm", "pnpm run build", "pnpm test"]),
        (&[("package.json", both), ts, ("yarn.lock", "")], ["TypeScript", "yarn", "yarn build", "yarn test"]),
        (&[("package.json", both), ts, ("bun.lockb", "")], ["TypeScript", "bun", "bun run build", "bun run test"]),
        (&[("package.json", "{}"), ("bun.lock", ""), ("a.test.ts", "")], ["TypeScript", "bun", "-", "bun test"]),
        (
            &[
                ("package.json", r#"{"packageManager":"pnpm@9.1.0","devDependencies":{"vitest":"2"}}"#),
                ts,
                ("package-lock.json", ""),
            ],
            ["TypeScript", "pnpm", "-", "pnpm exec vitest run"],
        ),
        (
            &[("package.json", r#"{"devDependencies":{"vitest":"2"}}"#), ts],
            ["TypeScript", "npm", "-", "npx vitest run"],
        ),
        (&[("package.json", r#"{"devDependencies":{"jest":"29"}}"#), ts], ["TypeScript", "npm", "-", "npx jest"]),
        (&[("package.json", r#"{"devDependencies":{"mocha":"10"}}"#), ts], ["TypeScript", "npm", "-", "npx mocha"]),
        (
            &[("package.json", r#"{"devDependencies":{"@playwright/test":"1"}}"#), ts, ("eslint.config.js", "")],
            ["TypeScript", "npm", "-", "npx playwright test"],
        ),
        (
            &[("package.json", "{}"), ("tsconfig.json", ""), ("src/App.vue", ""), ("src/Nav.vue", ""), ts],
            ["Vue, TypeScript", "npm", "-", "-"],
        ),
        (&[("deno.json", r#"{"tasks":{"build":"x"}}"#), ts], ["TypeScript", "deno", "deno task build", "deno test"]),
    ]);
}

#[test]
fn python() {
    let py = ("app/main.py", "");
    let pep621 = "[build-system]\nbuild-backend='hatchling.build'\n[project]\nname='a'\n";
    let poetry =
        "[tool.poetry.group.dev.dependencies]\npytest='^8'\n[build-system]\nbuild-backend='poetry.core.masonry.api'";
    let uv = "[project]\nname='a'\n[dependency-groups]\ndev=['pytest>=8']";
    let setuptools = "[build-system]\nbuild-backend='setuptools.build_meta'\n[tool.pytest.ini_options]\n";
    let maturin = "[build-system]\nbuild-backend='maturin'\n";
    check(&[
        (&[("pyproject.toml", uv), py, ("uv.lock", "")], ["Python", "uv", "-", "uv run pytest"]),
        (&[("pyproject.toml", poetry), py], ["Python", "poetry", "poetry build", "poetry run pytest"]),
        (&[("pyproject.toml", uv), py, ("pdm.lock", "")], ["Python", "pdm", "-", "pdm run pytest"]),
        (
            &[("pyproject.toml", pep621), py, ("tests/conftest.py", "")],
            ["Python", "hatch", "hatch build", "hatch test"],
        ),
        (
            &[("pyproject.toml", "[tool.hatch.envs.default.scripts]\ntest='pytest'"), py],
            ["Python", "hatch", "-", "hatch run test"],
        ),
        (&[("pyproject.toml", setuptools), py], ["Python", "pip", "python -m build", "pytest"]),
        (&[("pyproject.toml", setuptools), py, ("tox.ini", "")], ["Python", "pip", "python -m build", "tox"]),
        (&[("setup.py", ""), py, ("noxfile.py", "")], ["Python", "pip", "-", "nox"]),
        (&[("requirements.txt", "flask"), ("requirements-dev.txt", "pytest==8"), py], ["Python", "pip", "-", "pytest"]),
        (&[("Pipfile", "[dev-packages]\npytest='*'"), py], ["Python", "pipenv", "-", "pipenv run pytest"]),
        (&[("requirements.txt", ""), py, ("manage.py", "")], ["Python", "pip", "-", "python manage.py test"]),
        (&[("setup.cfg", ""), ("app/test_a.py", "")], ["Python", "pip", "-", "python -m unittest"]),
        (&[("setup.cfg", ""), ("tests/test_a.py", "")], ["Python", "pip", "-", "python -m unittest discover -s tests"]),
        (
            &[("pyproject.toml", ""), ("uv.lock", ""), ("app/test_a.py", "")],
            ["Python", "uv", "-", "uv run python -m unittest"],
        ),
        (&[("pyproject.toml", ""), py], ["Python", "pip", "-", "-"]),
        (
            &[("Cargo.toml", ""), ("pyproject.toml", maturin), ("src/lib.rs", ""), ("src/a.rs", ""), ("py/a.py", "")],
            ["Rust, Python", "cargo", "cargo build", "cargo test"],
        ),
        (&[("pyproject.toml", maturin), py], ["Python", "maturin", "maturin develop", "-"]),
        (&[("main.py", "")], ["Python", "-", "-", "-"]),
    ]);
}

#[test]
fn jvm() {
    let java = ("src/main/java/com/acme/deep/down/App.java", "");
    let kotlin = ("src/main/kotlin/App.kt", "");
    check(&[
        (&[("pom.xml", ""), java], ["Java", "maven", "mvn package", "mvn test"]),
        (&[("pom.xml", ""), java, ("mvnw", "")], ["Java", "maven", "./mvnw package", "./mvnw test"]),
        (&[("build.gradle", ""), java], ["Java", "gradle", "gradle build", "gradle test"]),
        (
            &[("build.gradle.kts", ""), kotlin, ("gradlew", "")],
            ["Kotlin", "gradle", "./gradlew build", "./gradlew test"],
        ),
        (&[("build.gradle.kts", "")], ["Kotlin", "gradle", "gradle build", "gradle test"]),
        (&[("build.sbt", ""), ("src/main/scala/A.scala", "")], ["Scala", "sbt", "sbt compile", "sbt test"]),
        (
            &[("build.mill", ""), ("mill", ""), ("a/src/A.scala", "")],
            ["Scala", "mill", "./mill __.compile", "./mill __.test"],
        ),
    ]);
}

#[test]
fn dotnet() {
    let cs = ("Program.cs", "");
    check(&[
        (&[("App.sln", ""), ("App/App.csproj", ""), ("App/A.cs", "")], ["C#", "dotnet", "dotnet build", "dotnet test"]),
        (&[("App.csproj", "<Project/>"), cs], ["C#", "dotnet", "dotnet build", "-"]),
        (&[("App.csproj", "Microsoft.NET.Test.Sdk"), cs], ["C#", "dotnet", "dotnet build", "dotnet test"]),
        (&[("App.fsproj", ""), ("A.fs", "")], ["F#", "dotnet", "dotnet build", "-"]),
        (
            &[("App.slnx", ""), ("App.csproj", ""), cs],
            ["C#", "dotnet", "dotnet build App.slnx", "dotnet test App.slnx"],
        ),
        (&[("A.sln", ""), ("B.sln", ""), cs], ["C#", "dotnet", "-", "-"]),
    ]);
}

#[test]
fn native() {
    let (c, cpp) = (("src/a.c", ""), ("src/a.cpp", ""));
    check(&[
        (
            &[("CMakeLists.txt", "project(a CXX)\nEnable_Testing()"), cpp, ("src/a.h", ""), ("src/b.h", "")],
            ["C++", "cmake", "cmake --build build", "ctest --test-dir build"],
        ),
        (&[("CMakeLists.txt", "project(a C)"), c, ("src/a.h", "")], ["C", "cmake", "cmake --build build", "-"]),
        (&[("meson.build", ""), c], ["C", "meson", "meson compile -C build", "meson test -C build"]),
        (&[("Makefile", "all: a\n\tcc a.c\n"), c], ["C", "make", "make", "-"]),
        (&[("Makefile", "all: a\ncheck: a\n"), c], ["C", "make", "make", "make check"]),
        (
            &[("configure.ac", ""), ("Makefile.am", ""), ("configure", ""), c],
            ["C", "autotools", "./configure && make", "make check"],
        ),
    ]);
}

#[test]
fn ruby() {
    let rb = ("lib/a.rb", "");
    check(&[
        (&[("Gemfile", ""), rb, ("spec/a_spec.rb", "")], ["Ruby", "bundler", "-", "bundle exec rspec"]),
        (&[("Gemfile", ""), rb, ("bin/rails", ""), ("test/", "")], ["Ruby", "bundler (rails)", "-", "bin/rails test"]),
        (
            &[("Gemfile", ""), ("Rakefile", "require 'bundler/gem_tasks'\nRake::TestTask.new"), rb],
            ["Ruby", "bundler", "bundle exec rake build", "bundle exec rake test"],
        ),
        (&[("Rakefile", "task :test do"), rb], ["Ruby", "rake", "-", "rake test"]),
        (&[("a.gemspec", ""), rb], ["Ruby", "gem", "-", "-"]),
    ]);
}

#[test]
fn php() {
    let php = ("src/A.php", "");
    check(&[
        (
            &[("composer.json", r#"{"scripts":{"test":"x","build":"y"}}"#), php],
            ["PHP", "composer", "composer build", "composer test"],
        ),
        (
            &[("composer.json", r#"{"require-dev":{"phpunit/phpunit":"11"}}"#), php],
            ["PHP", "composer", "-", "vendor/bin/phpunit"],
        ),
        (
            &[("composer.json", r#"{"require-dev":{"pestphp/pest":"3","phpunit/phpunit":"11"}}"#), php],
            ["PHP", "composer", "-", "vendor/bin/pest"],
        ),
        (&[("composer.json", "{}"), php, ("artisan", "")], ["PHP", "composer", "-", "php artisan test"]),
    ]);
}

#[test]
fn swift() {
    let swift = ("Sources/App/a.swift", "");
    check(&[
        (&[("Package.swift", ""), swift, ("Tests/", "")], ["Swift", "swift", "swift build", "swift test"]),
        (&[("Package.swift", ""), swift], ["Swift", "swift", "swift build", "-"]),
        (&[("App.xcodeproj/project.pbxproj", ""), swift], ["Swift", "xcodebuild", "xcodebuild build", "-"]),
        (&[("App.xcworkspace/a", ""), ("App.xcodeproj/a", ""), swift], ["Swift", "xcodebuild", "-", "-"]),
    ]);
}

#[test]
fn the_rest() {
    check(&[
        (&[("mix.exs", ""), ("lib/a.ex", ""), ("deps/x/src/x.erl", "")], ["Elixir", "mix", "mix compile", "mix test"]),
        (&[("rebar.config", ""), ("src/a.erl", "")], ["Erlang", "rebar3", "rebar3 compile", "rebar3 eunit"]),
        (&[("gleam.toml", ""), ("src/a.gleam", "")], ["Gleam", "gleam", "gleam build", "gleam test"]),
        (&[("pubspec.yaml", "name: a"), ("lib/a.dart", ""), ("test/", "")], ["Dart", "dart", "-", "dart test"]),
        (
            &[("pubspec.yaml", "dependencies:\n  flutter:\n    sdk: flutter\n"), ("lib/a.dart", ""), ("test/", "")],
            ["Dart", "flutter", "-", "flutter test"],
        ),
        (&[("build.zig", "b.step(\"test\", \"\")"), ("src/a.zig", "")], ["Zig", "zig", "zig build", "zig build test"]),
        (&[("build.zig", ""), ("src/a.zig", "")], ["Zig", "zig", "zig build", "-"]),
        (&[("stack.yaml", ""), ("a.cabal", ""), ("src/A.hs", "")], ["Haskell", "stack", "stack build", "stack test"]),
        (&[("a.cabal", ""), ("src/A.hs", "")], ["Haskell", "cabal", "cabal build", "cabal test"]),
        (&[("cabal.project", ""), ("a/A.hs", "")], ["Haskell", "cabal", "cabal build all", "cabal test all"]),
        (&[("install.sh", ""), ("lib/b.bash", "")], ["Shell", "-", "-", "-"]),
        (&[("install.sh", ""), ("tests/a.bats", "")], ["Shell", "-", "-", "bats tests"]),
        (&[("index.html", ""), ("style.css", "")], ["HTML", "-", "-", "-"]),
        (&[("analysis.R", "")], ["R", "-", "-", "-"]),
    ]);
}
