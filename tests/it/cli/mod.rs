//! The commands as people see them: output, exit codes, pipes; and `--json` as programs do.

mod codes;
mod doctor;
mod findings;
mod install;
mod pages;
mod same;
mod statusline;

use serde_json::json;

use crate::support::{Home, Transcript};

const SESSION: &str = "a1b2c3d4-1111-4111-8111-111111111111";

/// A home with one project and two sessions of a past September.
fn storied() -> Home {
    let home = Home::new();
    home.write("app/Cargo.toml", "[package]\nname = \"app\"\n");
    home.write("app/src/lib.rs", "");
    let cwd = home.path().join("app").display().to_string();
    let edit = json!({"file_path": format!("{cwd}/src/auth.rs"), "old_string": "a", "new_string": "b"});
    let todos = json!({"todos": [
        {"content": "find the cause", "status": "completed"}, {"content": "fix refresh", "status": "in_progress"},
        {"content": "write a test", "status": "pending"},
    ]});
    let red = "Exit code 101\nerror[E0308]: mismatched types\n --> src/auth.rs:88:5\n\nerror: could not compile `app`";
    let t = Transcript::new(SESSION, &cwd)
        .prompt("make the auth token refresh quick")
        .tool("Read", &json!({"file_path": format!("{cwd}/src/auth.rs")}), "fn refresh() {}", false)
        .tool("Edit", &edit, "edited", false)
        .tool("TodoWrite", &todos, "ok", false)
        .bash("cargo test", red, true)
        .answer("The refresh fails at src/auth.rs:88.\n\n- expected 3600\n- found 0")
        .wait(3_000)
        .prompt("go on");
    home.write(&format!(".claude/projects/app/{SESSION}.jsonl"), t.text());
    let other = Transcript::new("e5f6a7b8-2222-4222-8222-222222222222", "/srv/gone/web").wait(-90_000);
    let other = other.prompt("Übersetze die Oberfläche 日本語").answer("done").bash("npm test", "ok", false);
    home.write(".claude/projects/web/e5f6a7b8.jsonl", other.text());
    home.ok(&["import"]);
    home
}

/// What changes from run to run taken out: this home, ages, sizes and how long it took.
fn plain(home: &Home, text: &str) -> String {
    let text = text.replace(home.path().to_str().expect("UTF-8"), "HOME");
    [
        (r"\d+ (s|min|h|days) ago *", "AGE ago  "),
        (r"just now", "AGE ago"),
        (r"\d+(\.\d+)? (kB|MB)", "SIZE"),
        (r"in \d+\.\d s", "in TIME"),
        (r"(?m) +$", ""),
        (r"tma1 \d+\.\d+\.\d+", "tma1 VERSION"),
    ]
    .iter()
    .fold(text, |text, (pattern, with)| {
        regex::Regex::new(pattern).expect("a pattern").replace_all(&text, *with).into_owned()
    })
}
