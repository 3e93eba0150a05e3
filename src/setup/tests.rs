//! The real wirings in homes of every kind: twice is once, and out leaves the user's files as the user has them.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use super::agents::ALL;
use super::edit::tests::files::{picture, quick_folder};
use super::edit::tests::generate::{Dice, Hand};
use super::edit::tests::{json, seeds, toml};
use super::edit::{self, EditError, Json, Memory, Op, Toml, Value};
use super::{
    Client, Installed, Manifest, Order, Outcome, Part, Program, SetupError, Surroundings, Target, Uninstalled, Version,
    install, uninstall,
};

struct World {
    _dir: tempfile::TempDir,
    home: PathBuf,
    data: PathBuf,
    target: Target,
    program: Program,
}

impl World {
    fn new() -> Self {
        let dir = quick_folder();
        let home = dir.path().join("ho me 'ü\"");
        fs::create_dir_all(home.join("app")).unwrap();
        // Links among the folders above would make two names of one.
        let home = home.canonicalize().unwrap();
        let around = Surroundings { home: home.clone(), ..Surroundings::default() };
        let target = Target { around, project: Some(home.join("app")) };
        let program = Program { path: "/opt/t ma1/tma1".into(), data_dir: None };
        Self { data: dir.path().join("data"), _dir: dir, home, target, program }
    }

    fn order(&self) -> Order<'_> {
        Order {
            target: &self.target,
            program: &self.program,
            url: "http://127.0.0.1:14318",
            otel: true,
            data_dir: &self.data,
            service: None,
            dry_run: false,
        }
    }

    fn installs(&self) -> Result<Installed, SetupError> {
        self.installs_for(|_| true)
    }

    fn installs_for(&self, which: impl Fn(&str) -> bool) -> Result<Installed, SetupError> {
        let client = Client { program: None, version: Version::find("99.0") };
        let agents = ALL.iter().filter(|wiring| which(wiring.agent().name()));
        let agents: Vec<_> = agents.map(|wiring| (*wiring, client.clone())).collect();
        install(&agents, &self.order())
    }

    fn uninstalls(&self) -> Result<Uninstalled, SetupError> {
        self.uninstalls_for(|_| true)
    }

    fn uninstalls_for(&self, which: impl Fn(&str) -> bool) -> Result<Uninstalled, SetupError> {
        let agents: Vec<_> = ALL.iter().copied().filter(|wiring| which(wiring.agent().name())).collect();
        uninstall(&agents, &self.target, &self.data, false)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.home.join(name)).unwrap()
    }

    /// Its picture, with names that another world has as well.
    fn relative(&self) -> Vec<(PathBuf, u32, String)> {
        let home = self.home.to_string_lossy().into_owned();
        let each = self.picture().into_iter().map(|(path, mode, what)| {
            (path.strip_prefix(&self.home).unwrap().to_owned(), mode, what.replace(&home, "~"))
        });
        each.collect()
    }

    fn picture(&self) -> Vec<(PathBuf, u32, String)> {
        picture(&self.home)
    }
}

const JSON: &[&str] = &[".claude/settings.json", ".claude.json", ".codex/hooks.json", ".gemini/settings.json"];
const TOML: &[&str] = &[".codex/config.toml"];

/// Lays a file, perhaps behind a link, perhaps with an unusual mode.
fn lay(home: &Path, name: &str, text: Option<&str>, dice: &mut Dice) {
    let Some(text) = text else { return };
    let linked = dice.one_in(4);
    let real = if linked { home.join("dotfiles").join(name.replace('/', "-")) } else { home.join(name) };
    for path in [&real, &home.join(name)] {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
    }
    fs::write(&real, text).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode([0o600, 0o644, 0o664, 0o755][dice.below(4)])).unwrap();
    if linked {
        symlink(&real, home.join(name)).unwrap();
    }
}

/// A user's edit, by an editor as careful as ours.
fn edited(path: &Path, ops: &[Op]) {
    let Ok(text) = fs::read_to_string(path) else { return };
    let memory = &mut Memory::default();
    let done = if path.extension().is_some_and(|end| end == "toml") {
        Toml::open(Some(&text)).and_then(|mut document| edit::apply(&mut document, ops, memory))
    } else {
        Json::open(Some(&text)).and_then(|mut document| edit::apply(&mut document, ops, memory))
    };
    if let Ok(edit::Done::Text(text)) = done {
        fs::write(path, text).unwrap();
    }
}

fn elsewhere(hand: &mut Hand) -> Vec<Op> {
    let set = |at: &[&str], value: Value| Op::Set { at: edit::keys(at), value, claim: edit::Claim::Noted };
    match hand.dice.below(4) {
        0 => vec![],
        1 => vec![set(&["model"], "opus".into())],
        2 => vec![set(&["zeta"], Value::table([("a", Value::array(["b"]))]))],
        _ => vec![set(&["first"], 1.into()), set(&["permissions", "deny"], Value::array(["x"]))],
    }
}

#[test]
fn any_home_comes_back_with_the_users_edits() {
    let (mut refused, mut otherwise) = (0, 0);
    for seed in seeds() {
        let (mut dice, mut hand) = (Dice::new(seed), Hand::new(seed));
        // In the tables that we use, or far from them.
        let amid = seed % 2 == 0;
        let files: Vec<(&str, Option<String>, Vec<Op>)> = JSON
            .iter()
            .chain(TOML)
            .map(|name| {
                let is_toml = TOML.contains(name);
                let text = if is_toml { hand.toml() } else { hand.json() };
                let user = match (amid, is_toml) {
                    (false, _) => elsewhere(&mut hand),
                    (true, false) => json::user(&mut hand),
                    (true, true) => toml::user(&mut hand),
                };
                (*name, text, user)
            })
            .collect();
        let (with, without) = (World::new(), World::new());
        let modes = dice.below(1 << 20) as u64;
        for world in [&with, &without] {
            let mut dice = Dice::new(modes);
            for (name, text, _) in &files {
                lay(&world.home, name, text.as_deref(), &mut dice);
            }
        }
        let before = with.picture();
        if let Err(error) = with.installs() {
            assert!(matches!(error, SetupError::Edit(EditError::Unfit { .. })), "seed {seed}: {error}");
            assert_eq!(with.picture(), before, "seed {seed}");
            refused += 1;
            continue;
        }
        let (installed, manifest) = (with.picture(), fs::read(Manifest::path(&with.data)).unwrap());
        assert_eq!(with.installs().unwrap().files, Vec::<PathBuf>::new(), "seed {seed}");
        assert!(with.picture() == installed, "seed {seed}: twice is not once");
        assert_eq!(fs::read(Manifest::path(&with.data)).unwrap(), manifest, "seed {seed}");
        for world in [&with, &without] {
            for (name, text, user) in &files {
                if text.is_some() {
                    edited(&world.home.join(name), user);
                }
            }
        }
        with.uninstalls().unwrap();
        let (left, wanted) = (with.relative(), without.relative());
        otherwise += usize::from(left != wanted && !amid);
        let names =
            |of: &[(PathBuf, u32, String)]| of.iter().map(|(path, mode, _)| (path.clone(), *mode)).collect::<Vec<_>>();
        assert_eq!(names(&left), names(&wanted), "seed {seed}");
        for ((path, _, left), (_, _, wanted)) in left.iter().zip(&wanted) {
            let bare = |text: &str| text.replace(char::is_whitespace, "");
            let same = bare(left) == bare(wanted) || amid && reads_the_same(path, left, wanted);
            assert!(same, "seed {seed}: {left}\n=== {wanted}");
        }
        assert!(!Manifest::path(&with.data).exists(), "seed {seed}");
    }
    let all = seeds().count();
    assert!(
        refused * 10 <= all && otherwise * 50 <= all,
        "of {all}: {refused} refused, {otherwise} laid out otherwise"
    );
}

/// A member that the user put into a table which we had made stands where that table stood.
fn reads_the_same(path: &Path, a: &str, b: &str) -> bool {
    let value = |text: &str| {
        let is_toml = path.extension().is_some_and(|end| end == "toml");
        let document: Box<dyn edit::Document> =
            if is_toml { Box::new(Toml::open(Some(text)).ok()?) } else { Box::new(Json::open(Some(text)).ok()?) };
        document.value(&[])
    };
    value(a).zip(value(b)).is_some_and(|(a, b)| a.same(&b))
}

fn outcome(installed: &Installed, agent: &str, part: Part) -> Outcome {
    let wired = installed.wired.iter().find(|wired| wired.agent.name() == agent).unwrap();
    wired.parts[&part].clone()
}

#[test]
fn a_broken_file_stops_everything_and_is_named() {
    let world = World::new();
    world.write(".codex/config.toml", "model = \n");
    let before = world.picture();
    let error = world.installs().unwrap_err().to_string();
    assert!(error.contains(".codex/config.toml:1:"), "{error}");
    assert_eq!(world.picture(), before);
}

#[test]
fn what_the_first_tma1_wrote_is_taken_over() {
    let world = World::new();
    let old = |script: &str| {
        format!(
            r#"{{"hooks":{{"Stop":[{{"id":"tma1","hooks":[{{"type":"command","command":"{script}"}}]}}],"ConfigChange":[{{"id":"tma1","hooks":[{{"type":"command","command":"{script}"}}]}}]}}}}"#
        )
    };
    world.write(".claude/settings.json", &old("/h/.tma1/hooks/tma1-hook.sh"));
    world.write(".claude.json", r#"{"mcpServers":{"tma1":{"type":"stdio","command":"/old/tma1","args":["mcp-serve"],"env":{"TMA1_MCP_CALLER":"claude_code"}}}}"#);
    world.write("app/CLAUDE.md", "# App\n\n<!-- tma1:start -->\nold words\n<!-- tma1:end -->\n");
    world.installs().unwrap();
    let settings = world.read(".claude/settings.json");
    assert!(!settings.contains("tma1-hook.sh"), "{settings}");
    let state = world.read(".claude.json");
    assert!(state.contains("/opt/t ma1/tma1") && !state.contains("mcp-serve"), "{state}");
    assert!(!world.read("app/CLAUDE.md").contains("old words"));
    world.uninstalls().unwrap();
    for name in [".claude/settings.json", ".claude.json", "app/CLAUDE.md"] {
        assert!(!world.read(name).contains("tma1"), "{name}: {}", world.read(name));
    }
}

#[test]
fn a_users_own_things_that_sound_like_ours_stay() {
    let world = World::new();
    let skill = world.write(".claude/skills/tma1-mine/SKILL.md", "mine");
    let peer = world.write(".claude/skills/tma1-peer/SKILL.md", "my own peer skill");
    world.write(
        ".claude/settings.json",
        r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"/h/tma1-notify.sh"}]}]}}"#,
    );
    world.write(".claude.json", r#"{"mcpServers":{"tma1-mine":{"command":"x"},"tma1":{"command":"/h/mine"}}}"#);
    let before = world.picture();
    let installed = world.installs().unwrap();
    assert_eq!(outcome(&installed, "claude_code", Part::Skill), Outcome::Kept(peer.clone()));
    world.uninstalls().unwrap();
    assert_eq!(world.picture(), before);
    assert!(skill.exists() && peer.exists());
}

#[test]
fn what_the_user_exports_elsewhere_stays_there() {
    let world = World::new();
    world.write(".claude/settings.json", r#"{"env":{"OTEL_EXPORTER_OTLP_ENDPOINT":"http://mine:4318"}}"#);
    world.write(".codex/config.toml", "[otel]\nexporter = \"none\"\n");
    let installed = world.installs().unwrap();
    for agent in ["claude_code", "codex"] {
        assert_eq!(outcome(&installed, agent, Part::Telemetry), Outcome::Yielded, "{agent}");
    }
    assert!(!world.read(".claude/settings.json").contains("14318"));
    assert!(!world.read(".codex/config.toml").contains("14318"));
    // Who sets it after us has the last word as well.
    let world = World::new();
    world.installs().unwrap();
    let settings = world.read(".claude/settings.json").replace("http://127.0.0.1:14318", "http://mine:4318");
    world.write(".claude/settings.json", &settings);
    assert_eq!(outcome(&world.installs().unwrap(), "claude_code", Part::Telemetry), Outcome::Yielded);
    let settings = world.read(".claude/settings.json");
    assert!(settings.contains("http://mine:4318") && !settings.contains("ENABLE_TELEMETRY"), "{settings}");
}

#[test]
fn without_telemetry_what_was_set_of_it_goes() {
    let world = World::new();
    world.installs().unwrap();
    let agents: Vec<_> = ALL.iter().map(|wiring| (*wiring, Client::default())).collect();
    let installed = install(&agents, &Order { otel: false, ..world.order() }).unwrap();
    assert_eq!(outcome(&installed, "codex", Part::Telemetry), Outcome::Left);
    assert!(!world.read(".codex/config.toml").contains("otel"));
    world.uninstalls().unwrap();
    assert!(!world.home.join(".codex").exists());
}

#[test]
fn a_dry_run_writes_nothing_at_all() {
    let world = World::new();
    world.write(".claude.json", "{}");
    let before = world.picture();
    let agents: Vec<_> = ALL.iter().map(|wiring| (*wiring, Client::default())).collect();
    let dry = install(&agents, &Order { dry_run: true, ..world.order() }).unwrap();
    assert!(dry.files.is_empty() && dry.diffs.iter().any(|diff| diff.contains("mcpServers")));
    assert!(world.picture() == before && !world.data.exists());
}

#[test]
fn what_agents_share_stays_until_the_last_has_gone() {
    let world = World::new();
    world.installs().unwrap();
    world.uninstalls_for(|agent| agent == "codex").unwrap();
    let shared = world.home.join(".agents/skills/tma1-peer/SKILL.md");
    assert_eq!(shared.exists(), ALL.iter().any(|wiring| !["claude_code", "codex"].contains(&wiring.agent().name())));
    assert!(world.home.join(".claude/skills/tma1-peer/SKILL.md").exists() && !world.home.join(".codex").exists());
    world.uninstalls_for(|agent| agent != "codex").unwrap();
    assert_eq!(world.picture().len(), 1, "the project alone: {:?}", world.picture());
}

#[test]
fn a_home_that_was_wired_elsewhere_is_found_again() {
    let mut world = World::new();
    let elsewhere = world.home.join("elsewhere");
    world.target.around.claude_config_dir = Some(elsewhere.to_string_lossy().into_owned());
    world.installs().unwrap();
    assert!(elsewhere.join(".claude.json").exists() && elsewhere.join("settings.json").exists());
    world.target.around.claude_config_dir = None;
    world.uninstalls().unwrap();
    assert!(!elsewhere.exists(), "{:?}", world.picture());
}

#[test]
fn without_the_manifest_ours_is_known_by_itself() {
    let world = World::new();
    let settings = "{\n  \"model\": \"opus\"\n}\n";
    world.write(".claude/settings.json", settings);
    world.write(".claude.json", "{\"a\": 1}\n");
    world.installs_for(|agent| agent == "claude_code").unwrap();
    fs::remove_file(Manifest::path(&world.data)).unwrap();
    world.uninstalls_for(|agent| agent == "claude_code").unwrap();
    assert_eq!(world.read(".claude.json"), "{\"a\": 1}\n");
    assert!(!world.read(".claude/settings.json").contains("tma1"), "{}", world.read(".claude/settings.json"));
    assert!(!world.home.join(".claude/skills/tma1/SKILL.md").exists());
}

#[test]
fn an_upgrade_keeps_the_command_of_a_hook() {
    let world = World::new();
    world.installs().unwrap();
    let hooks = world.read(".codex/hooks.json");
    let other = Program { path: "/opt/other/tma1".into(), data_dir: Some("/da ta".into()) };
    let agents: Vec<_> = ALL.iter().map(|wiring| (*wiring, Client::default())).collect();
    install(&agents, &Order { program: &other, ..world.order() }).unwrap();
    let moved = world.read(".codex/hooks.json");
    assert_eq!(
        moved,
        hooks.replace("'/opt/t ma1/tma1' hook --agent codex", "/opt/other/tma1 hook --agent codex --data-dir '/da ta'")
    );
    world.uninstalls().unwrap();
    assert!(!world.home.join(".codex").exists());
}

#[test]
fn the_service_goes_with_the_last_agent() {
    let world = World::new();
    let before = world.picture();
    let agents: Vec<_> = ALL.iter().take(2).map(|wiring| (*wiring, Client::default())).collect();
    let order = Order { service: Some(super::service::Manager::Systemd), ..world.order() };
    let (path, outcome) = install(&agents, &order).unwrap().service.unwrap();
    assert_eq!((path.ends_with(".config/systemd/user/tma1.service"), outcome), (true, Outcome::Written));
    assert_eq!(install(&agents, &order).unwrap().service.unwrap().1, Outcome::Same);
    world.uninstalls_for(|agent| agent == "codex").unwrap();
    assert!(path.exists());
    assert_eq!(world.uninstalls().unwrap().service, Some(path));
    assert_eq!(world.picture(), before);
}

#[test]
fn instructions_are_found_where_they_were_put() {
    let world = World::new();
    world.write("app/AGENTS.md", "# App\n");
    world.installs_for(|agent| agent == "claude_code").unwrap();
    assert!(world.read("app/AGENTS.md").contains("tma1"));
    // The agent's own file comes later, and takes the place.
    world.write("app/CLAUDE.md", "# Mine\n");
    world.uninstalls().unwrap();
    assert_eq!((world.read("app/AGENTS.md"), world.read("app/CLAUDE.md")), ("# App\n".into(), "# Mine\n".into()));
}
