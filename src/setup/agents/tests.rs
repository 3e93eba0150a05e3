//! Wired into the settings of somebody who has others there: what comes of it, and that no byte of it stays.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Wiring;
use super::copilot_cli::CopilotCli;
use super::gemini_cli::GeminiCli;
use super::openclaw::Openclaw;
use super::opencode::Opencode;
use super::pi::Pi;
use crate::setup::detect::{Client, Version};
use crate::setup::doctor::Files;
use crate::setup::install::{Order, Outcome, install};
use crate::setup::ours::Program;
use crate::setup::uninstall::uninstall;
use crate::setup::wanted::{Part, Surroundings, Target};

/// A home with somebody's files in it.
struct Home {
    dir: tempfile::TempDir,
    target: Target,
    version: Option<&'static str>,
}

impl Home {
    fn with(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let around = Surroundings { home: dir.path().to_owned(), ..Surroundings::default() };
        Self { dir, target: Target { around, project: None }, version: None }
    }

    fn at_version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    fn install(&self, wiring: &'static dyn Wiring) -> BTreeMap<Part, Outcome> {
        let program = Program { path: "/opt/my tools/tma1".into(), data_dir: None };
        let data_dir = self.dir.path().join(".tma1");
        let order = Order {
            target: &self.target,
            program: &program,
            url: "http://127.0.0.1:14318",
            otel: true,
            data_dir: &data_dir,
            service: None,
            dry_run: false,
        };
        let client = Client { program: None, version: self.version.and_then(Version::find) };
        install(&[(wiring, client)], &order).unwrap().wired.remove(0).parts
    }

    fn uninstall(&self, wiring: &'static dyn Wiring) {
        let gone = uninstall(&[wiring], &self.target, &self.dir.path().join(".tma1"), false).unwrap();
        assert_eq!(gone.kept, Vec::<std::path::PathBuf>::new());
    }

    fn read(&self, name: &str) -> String {
        let text = fs::read_to_string(self.dir.path().join(name)).unwrap();
        text.replace(&*self.dir.path().to_string_lossy(), "~")
    }

    /// Everything but what tma1 keeps for itself.
    fn files(&self) -> BTreeMap<String, String> {
        fn walk(dir: &Path, home: &Path, found: &mut BTreeMap<String, String>) {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(home).unwrap().to_string_lossy().into_owned();
                if path.is_file() {
                    found.insert(name, fs::read_to_string(&path).unwrap());
                } else if name != ".tma1" {
                    found.insert(format!("{name}/"), String::new());
                    walk(&path, home, found);
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(self.dir.path(), self.dir.path(), &mut found);
        found
    }

    /// In, again, and out: twice is once, and nothing stays.
    fn there_and_back(&self, wiring: &'static dyn Wiring) -> BTreeMap<String, String> {
        let before = self.files();
        self.install(wiring);
        let wired = self.files();
        assert_ne!(wired, before);
        let again = self.install(wiring);
        assert_eq!(self.files(), wired);
        assert!(again.values().all(|outcome| matches!(outcome, Outcome::Same | Outcome::Yielded)), "{again:?}");
        self.uninstall(wiring);
        assert_eq!(self.files(), before);
        wired
    }
}

#[test]
fn copilot_has_a_file_of_hooks_for_us() {
    let foreign = "{\n  // mine\n  \"mcpServers\": {\"other\": {\"type\": \"local\", \"command\": \"x\"}}\n}\n";
    let home = Home::with(&[(".copilot/mcp-config.json", foreign), (".copilot/hooks/mine.json", "{}")]);
    let wired = home.there_and_back(&CopilotCli);
    assert!(!wired.contains_key(".copilot/settings.json"));
    insta::assert_snapshot!("copilot_cli_hooks", wired[".copilot/hooks/tma1.json"]);
    insta::assert_snapshot!("copilot_cli_mcp", wired[".copilot/mcp-config.json"]);
    assert!(wired.contains_key(".agents/skills/tma1/SKILL.md"));
}

#[test]
fn hooks_that_somebody_adds_to_our_file_stay() {
    let home = Home::with(&[(".copilot/config.json", "{}")]);
    home.install(&CopilotCli);
    let name = ".copilot/hooks/tma1.json";
    let text = home.read(name);
    let mine = "\"hooks\": {\n    \"sessionEnd\": [\n      {\"type\": \"command\", \"bash\": \"say bye\"},";
    let other =
        text.replacen("\"hooks\": {\n    \"sessionStart\": [", &format!("{mine}\n      {{}}], \"sessionStart\": ["), 1);
    assert_ne!(text, other);
    fs::write(home.dir.path().join(name), other).unwrap();
    home.uninstall(&CopilotCli);
    assert!(home.read(name).contains("say bye") && !home.read(name).contains("tma1"));
}

#[test]
fn a_moved_copilot_reads_no_shared_skills() {
    let mut home = Home::with(&[]);
    home.target.around.copilot_home = Some("~/elsewhere".to_owned());
    let wired = home.there_and_back(&CopilotCli);
    assert!(wired.contains_key("elsewhere/skills/tma1/SKILL.md") && wired.contains_key("elsewhere/hooks/tma1.json"));
    assert!(!wired.keys().any(|name| name.starts_with(".agents")));
}

const GEMINI: &str = r#"{
	"security": {"auth": {"selectedType": "oauth-personal"}}, // signed in
	"hooks": {
		"BeforeTool": [{"matcher": "write_file", "hooks": [{"type": "command", "command": "check", "timeout": 100}]}]
	},
	"mcpServers": {"other": {"command": "x"}},
}
"#;

#[test]
fn gemini_has_everything_in_its_settings() {
    let home = Home::with(&[(".gemini/settings.json", GEMINI)]);
    let wired = home.there_and_back(&GeminiCli);
    insta::assert_snapshot!("gemini_cli_settings", wired[".gemini/settings.json"]);
}

#[test]
fn gemini_telemetry_that_goes_elsewhere_is_left_there() {
    for own in [r#"{"enabled": false}"#, r#"{"outfile": "/x"}"#, r#"{"otlpEndpoint": "http://me:1"}"#] {
        let settings = format!("{{\"telemetry\": {own}}}");
        let home = Home::with(&[(".gemini/settings.json", &settings)]);
        assert_eq!(home.install(&GeminiCli)[&Part::Telemetry], Outcome::Yielded, "{own}");
        assert!(home.read(".gemini/settings.json").contains(&format!("\"telemetry\": {own}")));
    }
}

#[test]
fn a_moved_gemini_takes_the_shared_skills_along() {
    let mut home = Home::with(&[]);
    home.target.around.gemini_cli_home = Some("elsewhere".to_owned());
    let wired = home.there_and_back(&GeminiCli);
    assert!(wired.contains_key("elsewhere/.gemini/settings.json"));
    assert!(wired.contains_key("elsewhere/.agents/skills/tma1/SKILL.md"));
}

const OPENCLAW: &str = "// mine
{
  plugins: { entries: { other: { enabled: true } }, load: { paths: ['/p/other'] } },
  mcp: { servers: {} },
}
";

#[test]
fn openclaw_is_told_of_our_plugin() {
    let home = Home::with(&[(".openclaw/openclaw.json", OPENCLAW)]).at_version("2026.9.6");
    let wired = home.there_and_back(&Openclaw);
    let config = wired[".openclaw/openclaw.json"].replace(&*home.dir.path().to_string_lossy(), "~");
    insta::assert_snapshot!("openclaw_config", config);
    assert!(wired.contains_key(".openclaw/extensions/tma1/index.js"));
}

#[test]
fn the_plugin_has_our_version() {
    let home = Home::with(&[]);
    home.install(&Openclaw);
    for name in ["package.json", "openclaw.plugin.json"] {
        let about: serde_json::Value =
            serde_json::from_str(&home.read(&format!(".openclaw/extensions/tma1/{name}"))).unwrap();
        assert_eq!(about["version"], env!("CARGO_PKG_VERSION"), "{name}");
    }
}

#[test]
fn a_list_of_plugins_that_may_run_is_joined_and_never_made() {
    let home = Home::with(&[(".openclaw/openclaw.json", "{plugins: {allow: ['other']}}")]);
    let wired = home.there_and_back(&Openclaw);
    assert!(wired[".openclaw/openclaw.json"].contains("allow: ['other', \"tma1\"]"));
    let home = Home::with(&[(".openclaw/openclaw.json", "{}")]);
    assert!(!home.there_and_back(&Openclaw)[".openclaw/openclaw.json"].contains("allow"));
    // Nobody is shut out by an empty list, nor must anybody be.
    let home = Home::with(&[(".openclaw/openclaw.json", "{plugins: {allow: []}}")]);
    assert!(home.there_and_back(&Openclaw)[".openclaw/openclaw.json"].contains("allow: []"));
}

#[test]
fn openclaw_without_settings_has_none_afterwards() {
    let mut home = Home::with(&[]);
    home.target.around.openclaw_state_dir = Some("~/st ate".to_owned());
    let wired = home.there_and_back(&Openclaw);
    assert!(wired["st ate/openclaw.json"].contains("st ate/extensions/tma1"));
}

#[test]
fn openclaws_settings_may_lie_elsewhere() {
    let mut home = Home::with(&[("conf/claw.json5", "{}")]);
    home.target.around.openclaw_config_path = Some("~/conf/claw.json5".to_owned());
    let wired = home.there_and_back(&Openclaw);
    assert!(wired["conf/claw.json5"].contains(".openclaw/extensions/tma1"));
    assert!(!wired.contains_key(".openclaw/openclaw.json"));
}

#[test]
fn an_older_openclaw_is_not_asked_what_it_refuses() {
    for (version, asked) in [(None, false), (Some("2026.3.28"), false), (Some("2026.5.7"), true)] {
        let home = version.map_or_else(|| Home::with(&[]), |version| Home::with(&[]).at_version(version));
        home.install(&Openclaw);
        assert_eq!(home.read(".openclaw/openclaw.json").contains("allowConversationAccess"), asked, "{version:?}");
    }
}

const OPENCODE: &str = "{
  // mine
  \"$schema\": \"https://opencode.ai/config.json\",
  \"mcp\": { \"other\": { \"type\": \"local\", \"command\": [\"x\"] }, },
}
";

#[test]
fn opencode_finds_our_plugin_by_itself() {
    let home = Home::with(&[(".config/opencode/opencode.jsonc", OPENCODE), (".config/opencode/plugin/mine.js", "")]);
    let wired = home.there_and_back(&Opencode);
    insta::assert_snapshot!("opencode_settings", wired[".config/opencode/opencode.jsonc"]);
    insta::assert_snapshot!("opencode_call", wired[".config/opencode/plugin/tma1.json"]);
    assert!(wired.contains_key(".config/opencode/plugin/tma1.js"));
    assert!(wired.contains_key(".agents/skills/tma1/SKILL.md"));
    assert!(!wired.contains_key(".config/opencode/opencode.json"));
}

#[test]
fn opencode_without_settings_has_none_afterwards() {
    let mut home = Home::with(&[]);
    home.target.around.xdg_config_home = Some(home.dir.path().join("conf ig").to_string_lossy().into_owned());
    let wired = home.there_and_back(&Opencode);
    assert!(wired["conf ig/opencode/opencode.json"].contains("\"tma1\""));
    assert!(!wired.keys().any(|name| name.starts_with(".config")));
}

#[test]
fn what_is_in_the_way_of_opencode() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        (r#"{"mcp": {"tma1": {"enabled": false}}} // mine"#, &[("mcp", "`mcp.tma1.enabled = false`")]),
        (r#"{"mcp": {"tma1": {"enabled": true}, "other": {"enabled": false}}}"#, &[]),
        ("{", &[]),
    ];
    for file in [".config/opencode/opencode.jsonc", ".config/opencode/opencode.json", "app/.opencode/opencode.json"] {
        in_the_way(&Opencode, file, cases);
    }
}

#[test]
fn pi_has_an_extension_and_what_it_calls() {
    let foreign = "{\"mcpServers\": {\"other\": {\"command\": \"x\"}}} // mine\n";
    let home =
        Home::with(&[(".pi/agent/mcp.json", foreign), (".pi/agent/extensions/own.ts", "export default () => {}")]);
    let wired = home.there_and_back(&Pi);
    let called: serde_json::Value = serde_json::from_str(&wired[".pi/agent/extensions/tma1/hook.json"]).unwrap();
    assert_eq!(called, serde_json::json!({"hook": ["/opt/my tools/tma1", "hook", "--agent", "pi"]}));
    assert!(wired[".pi/agent/mcp.json"].contains("--caller") && wired[".pi/agent/mcp.json"].contains("// mine"));
    assert!(wired.contains_key(".pi/agent/extensions/tma1/index.js"));
    assert!(wired.contains_key(".agents/skills/tma1/SKILL.md"));
}

#[test]
fn a_pi_from_before_its_package_moved_tells_its_version() {
    for package in ["@mariozechner/pi-coding-agent", "@earendil-works/pi-coding-agent"] {
        let home = Home::with(&[
            ("lib/dist/cli.js", "#!/bin/sh\necho 9.9.9 >&2"),
            ("lib/package.json", &format!(r#"{{"name": "{package}", "version": "0.73.1"}}"#)),
            ("bin/other", ""),
        ]);
        let program = home.dir.path().join("lib/dist/cli.js");
        fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink(&program, home.dir.path().join("bin/pi")).unwrap();
        let found = Client::find(&Pi, Some(home.dir.path().join("bin").as_os_str()));
        assert_eq!(found.version.map(|version| version.to_string()).as_deref(), Some("0.73.1"), "{package}");
    }
}

#[test]
fn a_moved_pi_is_wired_where_it_looks() {
    let mut home = Home::with(&[]);
    home.target.around.pi_coding_agent_dir = Some("~/else where".to_owned());
    let wired = home.there_and_back(&Pi);
    assert!(wired.contains_key("else where/extensions/tma1/hook.json") && wired.contains_key("else where/mcp.json"));
    assert!(wired.contains_key(".agents/skills/tma1/SKILL.md"));
}

#[test]
fn each_agent_is_found_by_what_it_is() {
    for wiring in super::ALL {
        assert_eq!(super::find(wiring.agent()).unwrap().program(), wiring.program());
    }
}

/// What stands in one file of an agent, then what of it is in the way: the check, and a word of the message.
fn in_the_way(wiring: &'static dyn Wiring, file: &str, cases: &[(&str, &[(&str, &str)])]) {
    for (text, wanted) in cases {
        let mut home = Home::with(&[(file, text)]);
        home.target.project = Some(home.dir.path().join("app"));
        let found = wiring.obstacles(&home.target, &Files::new());
        assert_eq!(found.len(), wanted.len(), "{text}: {found:?}");
        for (obstacle, (check, word)) in found.iter().zip(*wanted) {
            assert_eq!(obstacle.check, *check, "{text}");
            assert!(obstacle.message.contains(word) && obstacle.message.contains(file), "{}", obstacle.message);
        }
    }
}

#[test]
fn what_is_in_the_way_of_gemini() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("{\"hooksConfig\": {\"enabled\": false}} // mine", &[("hooks", "`hooksConfig.enabled = false`")]),
        (r#"{"hooksConfig": {"disabled": ["other", "tma1"]}}"#, &[("hooks", "`hooksConfig.disabled`")]),
        (r#"{"mcp": {"excluded": ["tma1"]}}"#, &[("mcp", "`mcp.excluded`")]),
        (r#"{"mcp": {"allowed": ["other"]}}"#, &[("mcp", "`mcp.allowed` without `tma1`")]),
        (r#"{"hooksConfig": {"enabled": true, "disabled": ["x"]}, "mcp": {"allowed": ["tma1"], "excluded": []}}"#, &[]),
        (r#"{"mcp": {"allowed": []}, "hooksConfig": 7}"#, &[]),
        ("{", &[]),
    ];
    for file in [".gemini/settings.json", "app/.gemini/settings.json"] {
        in_the_way(&GeminiCli, file, cases);
    }
    let switched: &[(&str, &[(&str, &str)])] =
        &[(r#"{"tma1": {"enabled": false}}"#, &[("mcp", "`enabled = false`")]), (r#"{"x": {"enabled": false}}"#, &[])];
    in_the_way(&GeminiCli, ".gemini/mcp-server-enablement.json", switched);
}

#[test]
fn what_is_in_the_way_of_copilot() {
    let hooks: &[(&str, &[(&str, &str)])] = &[
        (r#"{"disableAllHooks": true}"#, &[("hooks", "`disableAllHooks`")]),
        (r#"{"disableAllHooks": false, "disabledMcpServers": ["other"]}"#, &[]),
    ];
    let server: &[(&str, &[(&str, &str)])] =
        &[(r#"{"disabledMcpServers": ["tma1"]}"#, &[("mcp", "`tma1` in `disabledMcpServers`")])];
    for file in [".copilot/settings.json", ".copilot/config.json"] {
        in_the_way(&CopilotCli, file, hooks);
        in_the_way(&CopilotCli, file, server);
    }
    in_the_way(&CopilotCli, ".copilot/hooks/tma1.json", hooks);
}

#[test]
fn what_is_in_the_way_of_openclaw() {
    in_the_way(
        &Openclaw,
        ".openclaw/openclaw.json",
        &[
            ("{plugins: {enabled: false}}", &[("hooks", "`plugins.enabled = false`")]),
            ("{plugins: {deny: ['Tma1 ']}}", &[("hooks", "`plugins.deny`")]),
            ("{plugins: {allow: ['other']}}", &[("hooks", "`plugins.allow` without `tma1`")]),
            ("{plugins: {entries: {tma1: {enabled: false}}}}", &[("hooks", "`plugins.entries.tma1.enabled = false`")]),
            (
                "{plugins: {enabled: true, allow: ['other', 'tma1'], deny: ['x'], entries: {tma1: {enabled: true}}}}",
                &[],
            ),
            ("{plugins: {allow: []}, hooks: {internal: {enabled: false}}}", &[]),
        ],
    );
}

#[test]
fn what_is_in_the_way_of_pi() {
    in_the_way(
        &Pi,
        ".pi/agent/settings.json",
        &[
            (r#"{"extensions": ["-extensions/tma1/index.js"]}"#, &[("hooks", "against `extensions/tma1`")]),
            (r#"{"extensions": ["!**/tma1/**"]}"#, &[("hooks", "against `extensions/tma1`")]),
            (r#"{"extensions": ["-extensions/tma1-mine", "+extensions/tma1/index.js"]}"#, &[]),
        ],
    );
    let servers: &[(&str, &[(&str, &str)])] =
        &[(r#"{"mcpServers": {"tma1": {"enabled": false}}}"#, &[("mcp", "`mcpServers.tma1.enabled = false`")])];
    in_the_way(&Pi, ".pi/agent/mcp.json", servers);
}

#[test]
fn where_telemetry_is_not_ours_to_set_up_it_is_said_how() {
    let url = "http://127.0.0.1:1";
    for wiring in super::ALL {
        let home = Home::with(&[]);
        let sets_up = home.install(*wiring).contains_key(&Part::Telemetry);
        let told = wiring.sends_telemetry(url);
        assert_eq!(told.is_some(), !sets_up, "{}", wiring.program());
        assert!(told.is_none_or(|words| words.contains(url)), "{}", wiring.program());
    }
}
