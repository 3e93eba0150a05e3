//! Projects of several parts and several languages.

use super::{check, shape};

#[test]
fn workspaces_of_one_language() {
    check(&[
        (
            &[
                ("Cargo.toml", "[workspace]\nmembers=['crates/*']"),
                ("crates/a/Cargo.toml", ""),
                ("crates/a/src/lib.rs", ""),
            ],
            ["Rust", "cargo", "cargo build", "cargo test"],
        ),
        (
            &[
                ("package.json", r#"{"workspaces":["packages/*"]}"#),
                ("packages/a/package.json", r#"{"scripts":{"test":"x"}}"#),
                ("packages/a/a.ts", ""),
            ],
            ["TypeScript", "npm", "-", "npm test --workspaces --if-present"],
        ),
        (
            &[
                ("package.json", "{}"),
                ("pnpm-workspace.yaml", ""),
                ("packages/a/package.json", r#"{"scripts":{"test":"x","build":"y"}}"#),
                ("packages/a/a.ts", ""),
            ],
            ["TypeScript", "pnpm", "pnpm -r run build", "pnpm -r run test"],
        ),
        (
            &[
                ("package.json", r#"{"workspaces":["packages/*"],"packageManager":"yarn@4.1.0"}"#),
                ("packages/a/package.json", r#"{"scripts":{"build":"x"}}"#),
                ("packages/a/a.js", ""),
            ],
            ["JavaScript", "yarn", "yarn workspaces foreach -A run build", "-"],
        ),
        (
            &[
                ("package.json", r#"{"workspaces":["packages/*"]}"#),
                ("yarn.lock", ""),
                ("packages/a/package.json", r#"{"scripts":{"build":"x"}}"#),
                ("packages/a/a.js", ""),
            ],
            ["JavaScript", "yarn", "cd packages/a && yarn build", "-"],
        ),
        (
            &[
                ("package.json", "{}"),
                ("pnpm-lock.yaml", ""),
                ("turbo.json", r#"{"tasks":{"build":{},"test":{}}}"#),
                ("apps/web/package.json", "{}"),
                ("apps/web/a.tsx", ""),
            ],
            ["TypeScript", "pnpm (turbo)", "pnpm exec turbo run build", "pnpm exec turbo run test"],
        ),
        (
            &[("package.json", "{}"), ("nx.json", r#"{"targetDefaults":{"test":{}}}"#), ("libs/a.ts", "")],
            ["TypeScript", "npm (nx)", "-", "npx nx run-many -t test"],
        ),
        (
            &[
                ("package.json", r#"{"scripts":{"test":"lerna run test"}}"#),
                ("lerna.json", "{}"),
                ("packages/a/a.js", ""),
            ],
            ["JavaScript", "npm (lerna)", "-", "npm test"],
        ),
        (
            &[
                ("settings.gradle.kts", ""),
                ("gradlew", ""),
                ("app/build.gradle.kts", ""),
                ("app/src/main/kotlin/a/A.kt", ""),
                ("core/build.gradle.kts", ""),
                ("core/src/main/java/a/b/c/A.java", ""),
            ],
            ["Java, Kotlin", "gradle", "./gradlew build", "./gradlew test"],
        ),
        (
            &[("pom.xml", "<modules/>"), ("a/pom.xml", ""), ("a/src/main/java/x/y/Z.java", "")],
            ["Java", "maven", "mvn package", "mvn test"],
        ),
    ]);
}

#[test]
fn parts_without_a_root_are_built_one_after_the_other() {
    let script = r#"{"scripts":{"test":"x","build":"y"}}"#;
    check(&[
        (
            &[
                ("backend/go.mod", ""),
                ("backend/a.go", ""),
                ("backend/b.go", ""),
                ("frontend/package.json", script),
                ("frontend/yarn.lock", ""),
                ("frontend/src/a.ts", ""),
            ],
            [
                "Go, TypeScript",
                "go + yarn",
                "(cd backend && go build ./...) && (cd frontend && yarn build)",
                "(cd backend && go test ./...) && (cd frontend && yarn test)",
            ],
        ),
        (
            &[("rust/app/Cargo.toml", ""), ("rust/app/src/main.rs", "")],
            ["Rust", "cargo", "cd rust/app && cargo build", "cd rust/app && cargo test"],
        ),
        // The root's manifest has nothing to run; the examples' are beside the point.
        (
            &[
                ("package.json", r#"{"devDependencies":{"prettier":"3"}}"#),
                ("server/Cargo.toml", ""),
                ("server/src/main.rs", ""),
                ("examples/go.mod", ""),
            ],
            ["Rust", "cargo", "cd server && cargo build", "cd server && cargo test"],
        ),
        (&[("my app/go.mod", ""), ("my app/a.go", "")], ["Go", "go", "-", "-"]),
        (
            &[
                ("a/package.json", script),
                ("b/package.json", script),
                ("c/package.json", script),
                ("d/package.json", script),
                ("d/a.js", ""),
            ],
            ["JavaScript", "npm", "-", "-"],
        ),
        // What lies below a part of the same kind is that part's own business.
        (
            &[("svc/go.mod", ""), ("svc/a.go", ""), ("svc/tool/go.mod", "")],
            ["Go", "go", "cd svc && go build ./...", "cd svc && go test ./..."],
        ),
    ]);
}

#[test]
fn the_heaviest_language_speaks_first() {
    let tooling = ("package.json", r#"{"scripts":{"test":"prettier ."},"devDependencies":{"prettier":"3"}}"#);
    check(&[
        (&[tooling, ("go.mod", ""), ("a.go", ""), ("b.go", "")], ["Go", "go", "go build ./...", "go test ./..."]),
        (
            &[("Cargo.toml", ""), ("package.json", "{}"), ("src/a.rs", ""), ("ui/a.ts", ""), ("ui/b.ts", "")],
            ["TypeScript, Rust", "cargo", "cargo build", "cargo test"],
        ),
    ]);

    // A manifest of its own counts for more than many sources without one.
    let scripts: Vec<String> = (0..8).map(|number| format!("scripts/{number}.py")).collect();
    let mut files = vec![("Cargo.toml", ""), ("src/main.rs", "")];
    files.extend(scripts.iter().map(|path| (path.as_str(), "")));
    assert_eq!(shape(&files).languages, ["Rust", "Python"]);

    // A few scripts are not a language of the project.
    let sources: Vec<String> = (0..30).map(|number| format!("src/{number}.rs")).collect();
    let mut files = vec![("Cargo.toml", ""), ("ci.sh", ""), ("tool.py", "")];
    files.extend(sources.iter().map(|path| (path.as_str(), "")));
    assert_eq!(shape(&files).languages, ["Rust"]);
}

#[test]
fn parts_show_their_manifests_where_the_root_has_none() {
    let shape = shape(&[("README.md", ""), ("backend/go.mod", ""), ("frontend/package.json", "{}")]);
    assert_eq!(shape.key_files, ["README.md", "backend/go.mod", "frontend/package.json"]);
}
