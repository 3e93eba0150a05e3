//! `tma1 reference`: the reference pages, made from what the program itself knows, so that they cannot be wrong.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _, ValueEnum};
use serde_json::{Map, Value};

use super::args::Cli;
use super::terminal;
use crate::answer::{self, AnyQuestion, Refusal};
use crate::config::{Form, KEYS, KINDS, Key};
use crate::store;

/// Help is set in lines of this length, whatever the terminal.
const HELP_COLUMNS: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Page {
    Tools,
    Commands,
    Sql,
    Settings,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 reference tools > docs/reference/tools.md")]
pub struct Args {
    /// One page [default: all]
    #[arg(value_enum, value_name = "PAGE")]
    page: Option<Page>,
}

/// Variable, default, meaning.
type Setting = (&'static str, &'static str, &'static str);

/// Ours that have no key in the file.
const VARIABLES: &[Setting] = &[
    ("TMA1_DATA_DIR", "`~/.tma1`", "where the store lies, and `settings.json`"),
    ("TMA1_MCP_CALLER", "", "the agent that `tma1 mcp` serves; `--caller` goes first"),
    ("TMA1_AUTOSTART", "`1`", "`0`: hooks and `tma1 mcp` do not start the sidecar"),
];

/// What is said of a variable that does not say the same as its key.
const OTHERWISE: &[(&str, &str)] =
    &[("TMA1_DISABLE_INJECTION", "`1`: every hook answer is empty; events are stored all the same")];

/// What agents and terminals set, and we heed.
const OTHERS: &[Setting] = &[
    ("HOME", "", "the home directory; `USERPROFILE` where there is none"),
    ("CLAUDE_CONFIG_DIR", "`~/.claude`", "where Claude Code keeps its transcripts"),
    ("CODEX_HOME", "`~/.codex`", "where Codex keeps its sessions and settings"),
    ("COPILOT_HOME", "`~/.copilot`", "where Copilot CLI keeps its history and settings"),
    ("GEMINI_CLI_HOME", "the home", "the directory in which `.gemini` lies"),
    ("OPENCLAW_STATE_DIR", "`~/.openclaw`", "where OpenClaw keeps its history and settings"),
    ("OPENCLAW_CONFIG_PATH", "`openclaw.json` there", "OpenClaw's settings, where they lie elsewhere"),
    ("PI_CODING_AGENT_DIR", "`~/.pi/agent`", "where Pi keeps its sessions and settings"),
    ("XDG_CONFIG_HOME", "`~/.config`", "where agents that follow the XDG rules keep their settings"),
    ("XDG_DATA_HOME", "`~/.local/share`", "where agents that follow the XDG rules keep their history"),
    ("CLAUDE_PROJECT_DIR", "", "the project that a question is about, where it names none"),
    ("CLAUDE_CODE_SESSION_ID", "", "the session that a question is about, where it names none"),
    ("NO_COLOR", "", "set to anything: no colour"),
    ("COLUMNS", "", "the width of the terminal, where it is not as wide as it says"),
];

const VIEWS: &[(&str, &str)] = &[
    ("sessions", "One row per session; sub-agents' work counts into their parent's totals."),
    ("messages", "What was said: prompts, answers, thinking, system notes."),
    ("tool_calls", "Every tool call and how it ended."),
    ("usage", "One row per request to a model: tokens and cost."),
    ("events", "What hooks, transcripts and telemetry reported, as it came."),
    ("external_changes", "Changes of files under agents' hands, and whose they were."),
    ("deliveries", "What agents were told, when and how."),
    ("anomalies", "What looks wrong in a session."),
    ("builds", "Builds, test runs, lints and type checks, and their verdicts."),
    ("subagents", "Sub-agents, with their share of the work."),
    ("files", "Which session read or edited which file, how often and when."),
    ("request_errors", "Requests that a model did not answer, where telemetry tells of them."),
    ("otel_logs", "Log records that arrived over OpenTelemetry."),
    ("otel_spans", "Spans that arrived over OpenTelemetry."),
    ("otel_metrics", "Metric data points that arrived over OpenTelemetry."),
];

pub fn run(args: &Args) -> Result<(), Refusal> {
    let pages = args.page.map_or_else(|| Page::value_variants().to_vec(), |page| vec![page]);
    let texts: Vec<String> = pages.into_iter().map(text).collect::<Result<_, _>>()?;
    terminal::print(&texts.join("\n"))
}

fn text(page: Page) -> Result<String, Refusal> {
    let (name, text) = match page {
        Page::Tools => ("tools", tools()),
        Page::Commands => ("commands", commands()),
        Page::Sql => ("sql", sql()?),
        Page::Settings => ("settings", settings()),
    };
    Ok(format!("<!-- Made by `tma1 reference {name}`, not by hand; tests/it/reference.rs compares. -->\n{text}"))
}

fn tools() -> String {
    let mut out =
        "# Tools\n\nWhat `tma1 mcp` offers to agents. All of them only read. What is empty is left out of an answer.\n"
            .to_owned();
    for question in answer::all() {
        out.push_str(&tool(&question));
    }
    out
}

fn tool(question: &AnyQuestion) -> String {
    let mut out = format!("\n## `{}`\n\n{}\n", question.name, question.about);
    let input = (question.input_schema)();
    if let Some(arguments) = properties(&input).filter(|fields| !fields.is_empty()) {
        out.push_str("\n| argument | type | |\n|---|---|---|\n");
        for (name, schema) in arguments {
            let _ = writeln!(out, "| `{name}` | {} | {} |", kind(schema), meaning(schema));
        }
    }
    out.push_str("\nAnswer:\n\n");
    let output = (question.output_schema)();
    out.push_str(&fields(&output, 0));
    out
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

/// Fields as a list, those of objects within it set in.
fn fields(schema: &Value, depth: usize) -> String {
    let mut out = String::new();
    for (name, field) in properties(schema).into_iter().flatten() {
        let about = meaning(field);
        let colon = if about.is_empty() { "" } else { ": " };
        let _ = writeln!(out, "{}- `{name}` ({}){colon}{about}", "  ".repeat(depth), kind(field));
        let inner = field.get("items").unwrap_or(field);
        out.push_str(&fields(inner, depth + 1));
    }
    out
}

fn kind(schema: &Value) -> String {
    let of = |schema: &Value| match schema.get("type") {
        Some(Value::String(one)) => one.clone(),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ if !choices(schema).is_empty() => "string".to_owned(),
        _ => "any".to_owned(),
    };
    match schema.get("items") {
        Some(items) => format!("list of {}", of(items)),
        None => of(schema),
    }
}

/// The values that a field may have, however its schema lists them.
fn choices(schema: &Value) -> Vec<String> {
    let listed = schema.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
    let alternatives =
        ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key).and_then(Value::as_array)).flatten();
    let constants = alternatives.flat_map(|one| match one.get("const") {
        Some(value) => vec![value.clone()],
        None => one.get("enum").and_then(Value::as_array).cloned().unwrap_or_default(),
    });
    listed.into_iter().chain(constants).filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

fn meaning(schema: &Value) -> String {
    let mut parts = Vec::new();
    if let Some(about) = schema.get("description").and_then(Value::as_str) {
        parts.push(about.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let choices = choices(schema);
    if !choices.is_empty() {
        parts.push(choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", "));
    }
    let default = schema.get("default").filter(|d| !d.is_null() && d.as_str() != Some("") && **d != Value::Bool(false));
    if let Some(default) = default.filter(|d| d.as_array().is_none_or(|list| !list.is_empty())) {
        parts.push(format!("(default {default})"));
    }
    parts.join(" ").replace('|', "\\|")
}

fn commands() -> String {
    let mut root = Cli::command().term_width(HELP_COLUMNS);
    root.build();
    let mut out = format!("# Commands\n\n```text\n{}\n```\n", help(&root));
    for command in root.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        let _ = write!(out, "\n## `tma1 {}`\n\n```text\n{}\n```\n", command.get_name(), help(command));
    }
    out.push_str("\nExit codes: 0 success, 1 failed, 2 wrong usage. Results are on standard output, all else on standard error.\n");
    out
}

fn help(command: &Command) -> String {
    let text = command.clone().term_width(HELP_COLUMNS).render_long_help().to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn sql() -> Result<String, Refusal> {
    let mut out =
        "# SQL\n\nThe views that `tma1 sql` reads. Columns that end in `_ms` are UTC epoch milliseconds, tokens are \
                   integers, booleans 0 or 1; `cost_usd` is null where nothing has a price.\n"
            .to_owned();
    for view in store::views()? {
        let about = VIEWS.iter().find(|(name, _)| *name == view.name).map_or("", |(_, about)| about);
        let columns: Vec<String> = view.columns.iter().map(|column| format!("`{column}`")).collect();
        let _ = write!(out, "\n## `{}`\n\n{about}\n\n{}\n", view.name, columns.join(", "));
    }
    Ok(out)
}

const SETTINGS: &str = "\
# Settings

Said on the command line, in the environment, in `settings.json`, or not at all: the first of these holds. The file lies in
the data directory. `tma1 settings` shows what holds and where it comes from, `tma1 settings set KEY VALUE` saves; so do the
page and [`/api/settings`](http.md). It may be written by hand as well: JSON, every key optional, numbers also as strings.
What it says of signals, budgets and injection holds at once; the rest when a process starts.

A file that can't be read stops nothing: what it said before holds, or the defaults, and `tma1 status` says what is wrong and
where. The same goes for a single value. Of `redaction` alone a value that nobody understands means `full`. Keys that
nobody knows are kept. A variable of the environment that is wrong is passed over in the same way where its key holds at
once; the others keep a command from starting.

A duration is a number and a unit, such as `30d`, `12h` or `2w`, or `forever`. What the signals are about is in
[the guide](../guide/signals.md).
";

fn settings() -> String {
    let mut out = SETTINGS.to_owned();
    let _ = write!(out, "\n## In `settings.json`\n\n| key | type | default | variable | |\n|---|---|---|---|---|\n");
    for key in KEYS {
        let variable = key.variable.map(|name| format!("`{name}`")).unwrap_or_default();
        let _ =
            writeln!(out, "| `{}` | {} | {} | {variable} | {} |", key.name, key.form.name(), default(key), key.about);
    }
    let kinds: Vec<String> = KINDS.iter().map(|kind| format!("`{kind}`")).collect();
    let _ = write!(out, "\nKinds: {}.\n\n```json\n{EXAMPLE}\n```\n", kinds.join(", "));
    let table = |out: &mut String, title: &str| {
        let _ = write!(out, "\n## {title}\n\n| variable | default | |\n|---|---|---|\n");
    };
    table(&mut out, "Variables of ours");
    for (name, default, meaning) in VARIABLES {
        let _ = writeln!(out, "| `{name}` | {default} | {meaning} |");
    }
    for (key, name) in KEYS.iter().filter_map(|key| Some((key, key.variable?))) {
        let (default, meaning) = match OTHERWISE.iter().find(|(variable, _)| *variable == name) {
            Some((_, meaning)) => (String::new(), *meaning),
            None => (default(key), key.about),
        };
        let _ = writeln!(out, "| `{name}` | {default} | {meaning} |");
    }
    table(&mut out, "Those of agents and terminals");
    for (name, default, meaning) in OTHERS {
        let _ = writeln!(out, "| `{name}` | {default} | {meaning} |");
    }
    out
}

const EXAMPLE: &str = r#"{
  "signals": { "pin": ["stale_file_view"], "mute": ["edit_thrash"], "notes_per_day": 5, "context_pressure_tokens": 500000 },
  "budgets": { "session_usd": 5, "day_usd": 20, "project_usd": 100, "enforce": false }
}"#;

fn default(key: &Key) -> String {
    match key.default() {
        Value::Null if key.form == Form::Duration => "for good".to_owned(),
        Value::Null => String::new(),
        Value::Array(list) if list.is_empty() => String::new(),
        Value::String(text) => format!("`{text}`"),
        value => format!("`{value}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LiveSettings;

    #[test]
    fn every_view_is_described_and_none_that_is_not_there() {
        let mut there: Vec<String> = store::views().unwrap().into_iter().map(|view| view.name).collect();
        let mut described: Vec<&str> = VIEWS.iter().map(|(name, _)| *name).collect();
        there.sort_unstable();
        described.sort_unstable();
        assert_eq!(there, described);
        assert!(sql().unwrap().contains("`cache_creation_tokens`"));
    }

    /// Whatever the settings are read from must be on the page.
    #[test]
    fn every_variable_that_is_read_is_described() {
        let source = include_str!("../config/mod.rs");
        let (source, page) = (source.split("#[cfg(test)]").next().unwrap(), settings());
        for after in source.split("env(\"").skip(1) {
            let name = after.split('"').next().unwrap();
            assert!(page.contains(&format!("| `{name}` |")) || name == "USERPROFILE", "{name}");
        }
        for key in KEYS {
            assert!(page.contains(&format!("| `{}` |", key.name)), "{}", key.name);
        }
    }

    /// What is shown as an example must be taken.
    #[test]
    fn the_example_of_the_file_is_a_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("settings.json"), EXAMPLE).unwrap();
        let live = LiveSettings::new(dir.path(), &|_| None);
        assert_eq!(live.problems(), [""; 0]);
        assert_eq!(live.now().budgets.day_usd, Some(20.0));
    }

    #[test]
    fn every_tool_and_command_has_its_place() {
        let (tools, commands) = (tools(), commands());
        for question in answer::all() {
            assert!(tools.contains(&format!("## `{}`", question.name)), "{}", question.name);
        }
        assert!(tools.contains("| `group_by` | string | `model`, `agent`, `project`, `day`"), "{tools}");
        assert!(commands.contains("## `tma1 usage`") && commands.contains("Usage: tma1 usage [OPTIONS]"), "{commands}");
        assert!(!commands.contains('\u{1b}') && !commands.contains("tma1 reference"));
    }
}
