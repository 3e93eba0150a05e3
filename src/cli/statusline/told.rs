//! What Claude Code says of itself when it asks for its status line.

use std::io;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::hook::input::{self, Input};

/// It comes at once or not at all.
const PATIENCE: Duration = Duration::from_millis(250);

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    pub session_id: Option<String>,
    /// Where the agent is at work; then where it was started.
    pub directories: Vec<String>,
    pub model: Option<String>,
    /// Of the context's window, from 0 to 1.
    pub filled: Option<f64>,
    pub cost_usd: Option<f64>,
}

/// A field as it stands in the text: one that is of another kind than usual costs no other.
type Raw<'a> = Option<&'a RawValue>;

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Root<'a> {
    session_id: Raw<'a>,
    cwd: Raw<'a>,
    workspace: Raw<'a>,
    model: Raw<'a>,
    cost: Raw<'a>,
    context_window: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Workspace<'a> {
    current_dir: Raw<'a>,
    project_dir: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Model<'a> {
    id: Raw<'a>,
    display_name: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Cost<'a> {
    total_cost_usd: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Window<'a> {
    used_percentage: Raw<'a>,
    context_window_size: Raw<'a>,
    current_usage: Raw<'a>,
}

/// Of the last request.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
#[expect(clippy::struct_field_names, reason = "the client's own names")]
struct Usage<'a> {
    input_tokens: Raw<'a>,
    cache_creation_input_tokens: Raw<'a>,
    cache_read_input_tokens: Raw<'a>,
}

impl Told {
    pub fn from(source: impl io::Read + Send + 'static) -> Self {
        let until = Instant::now() + PATIENCE;
        match input::read(source, until, until) {
            Input::Whole(text) => Self::of(&String::from_utf8_lossy(&text)),
            Input::Nothing | Input::Unusable => Self::default(),
        }
    }

    fn of(text: &str) -> Self {
        let root: Root<'_> = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
        let workspace: Workspace<'_> = object(root.workspace);
        let model: Model<'_> = object(root.model);
        let cost: Cost<'_> = object(root.cost);
        let places = [workspace.current_dir, root.cwd, workspace.project_dir];
        Self {
            session_id: string(root.session_id),
            directories: places.into_iter().filter_map(string).collect(),
            // Early versions told the name alone.
            model: [model.id, model.display_name, root.model].into_iter().find_map(string),
            filled: filled(&object(root.context_window)),
            cost_usd: number(cost.total_cost_usd).filter(|usd| *usd >= 0.0),
        }
    }
}

fn filled(window: &Window<'_>) -> Option<f64> {
    /// More than this is no share of anything.
    const MOST: f64 = 10.0;
    let told = number(window.used_percentage).map(|percent| percent / 100.0);
    let counted = || {
        let usage: Usage<'_> = object(window.current_usage);
        let parts = [usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens];
        let parts: Vec<f64> = parts.into_iter().filter_map(number).collect();
        let size = number(window.context_window_size).filter(|size| *size > 0.0)?;
        (!parts.is_empty()).then(|| parts.iter().sum::<f64>() / size)
    };
    told.or_else(counted).filter(|share| (0.0..=MOST).contains(share))
}

fn object<'a, T: Default + Deserialize<'a>>(raw: Raw<'a>) -> T {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

fn string(raw: Raw<'_>) -> Option<String> {
    let text: String = serde_json::from_str(raw?.get()).ok()?;
    Some(text).filter(|text| !text.trim().is_empty())
}

fn number(raw: Raw<'_>) -> Option<f64> {
    let number: f64 = raw?.get().trim_matches('"').trim().parse().ok()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_is_told_is_taken() {
        let whole = json!({
            "hook_event_name": "Status", "session_id": "s", "transcript_path": "/t/s.jsonl", "cwd": "/w/app/src",
            "workspace": {"current_dir": "/w/app/src", "project_dir": "/w/app"}, "version": "2.1.328",
            "model": {"id": "claude-opus-5-5", "display_name": "Opus 5.5"}, "output_style": {"name": "default"},
            "cost": {"total_cost_usd": 6.41, "total_duration_ms": 45_000}, "exceeds_200k_tokens": false,
            "context_window": {"used_percentage": 61, "context_window_size": 200_000, "current_usage": {"input_tokens": 1}},
        });
        let told = Told::of(&whole.to_string());
        let want = Told {
            session_id: Some("s".to_owned()),
            directories: ["/w/app/src", "/w/app/src", "/w/app"].map(str::to_owned).to_vec(),
            model: Some("claude-opus-5-5".to_owned()),
            filled: Some(0.61),
            cost_usd: Some(6.41),
        };
        assert_eq!(told, want);
        // One field of another kind costs no other.
        for field in ["hook_event_name", "transcript_path", "version", "output_style", "exceeds_200k_tokens"] {
            for odd in [json!(null), json!(7), json!("x"), json!([1]), json!({"a": 1})] {
                let mut other = whole.clone();
                other[field] = odd;
                assert_eq!(Told::of(&other.to_string()), want, "{field}");
            }
        }
        assert_eq!(Told::of(&format!("\u{feff}{whole}\n")), want);
        // Cut between the halves of a pair, as the client cuts names.
        let halved = whole.to_string().replacen("\"Status\"", "\"a \\ud83d\"", 1);
        assert_eq!(Told::of(&halved), want);
    }

    #[test]
    fn fields_are_optional_and_numbers_may_be_strings() {
        let share = |window: serde_json::Value| Told::of(&json!({ "context_window": window }).to_string()).filled;
        assert_eq!(share(json!({"used_percentage": "12.5"})), Some(0.125));
        let usage = json!({"input_tokens": 1_000, "cache_read_input_tokens": "99000", "output_tokens": 5_000});
        assert_eq!(share(json!({"context_window_size": 200_000, "current_usage": usage})), Some(0.5));
        for none in [
            json!(null),
            json!({"used_percentage": null, "current_usage": null, "context_window_size": 200_000}),
            json!({"used_percentage": "NaN"}),
            json!({"used_percentage": -3}),
            json!({"used_percentage": 1e300}),
            json!({"current_usage": usage}),
            json!({"current_usage": usage, "context_window_size": 0}),
        ] {
            assert_eq!(share(none.clone()), None, "{none}");
        }
        let cost = |usd: serde_json::Value| Told::of(&json!({"cost": {"total_cost_usd": usd}}).to_string()).cost_usd;
        assert_eq!((cost(json!("0.42")), cost(json!(-1)), cost(json!([]))), (Some(0.42), None, None));
        let model = |model: serde_json::Value| Told::of(&json!({ "model": model }).to_string()).model;
        assert_eq!(model(json!({"display_name": "Opus"})).as_deref(), Some("Opus"));
        assert_eq!((model(json!("opus")).as_deref(), model(json!({"id": "  "}))), (Some("opus"), None));
        let places = |text: &str| Told::of(text).directories;
        assert_eq!(places(r#"{"workspace":{"project_dir":"/p"}}"#), ["/p"]);
        assert_eq!(places(r#"{"cwd":"/c","workspace":{"project_dir":"/p","current_dir":" "}}"#), ["/c", "/p"]);
    }

    #[test]
    fn a_pipe_that_stays_open_is_not_waited_for() {
        let (silent, _open) = io::pipe().unwrap();
        assert_eq!(Told::from(silent), Told::default());
        let (pipe, mut open) = io::pipe().unwrap();
        open.write_all(br#"{"session_id":"s"}"#).unwrap();
        assert_eq!(Told::from(pipe).session_id.as_deref(), Some("s"));
    }

    proptest! {
        #[test]
        fn anything_else_is_nothing(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(Told::of(&String::from_utf8_lossy(&bytes)), Told::default());
        }
    }
}
