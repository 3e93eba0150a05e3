//! Files on disk: links, modes, folders, locks, and all or nothing.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::super::file::{self, Outcome};
use super::super::markers::Markers;
use super::super::{Change, Edit, EditError, Manner, Memories, Written, plan, write};
use super::generate::{Dice, Hand};
use super::{install, seeds, uninstall};

pub(super) fn manner(home: &Path) -> Manner {
    Manner { backups: Some(home.join("backups")), attempts: 5, patience: Duration::ZERO, now: SystemTime::now }
}

fn change(path: PathBuf, edit: Edit) -> Change {
    Change { path, edit, lock: None }
}

fn body(text: Option<&str>) -> Edit {
    Edit::Block { markers: Markers::markdown(), body: text.map(str::to_owned) }
}

fn changes(home: &Path, out: bool) -> Vec<Change> {
    let ops = if out { uninstall } else { install };
    vec![
        change(home.join("claude.json"), Edit::Json(ops("mcpServers"))),
        change(home.join("codex/config.toml"), Edit::Toml(ops("mcp_servers"))),
        change(home.join("AGENTS.md"), body((!out).then_some("text"))),
        change(home.join("CLAUDE.md"), body((!out).then_some("text"))),
        change(home.join("skills/tma1/SKILL.md"), Edit::Whole((!out).then(|| "skill".into()))),
    ]
}

fn run(changes: &[Change], memories: &mut Memories, home: &Path) -> Result<Written, EditError> {
    write(plan(changes, memories)?, memories, &manner(home))
}

/// Every file and link below a folder, with mode and content.
pub(in crate::setup) fn picture(folder: &Path) -> Vec<(PathBuf, u32, String)> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let about = fs::symlink_metadata(&path).unwrap();
            let what = if about.is_dir() {
                folders.push(path.clone());
                "folder".to_owned()
            } else if about.is_symlink() {
                format!("link to {}", fs::read_link(&path).unwrap().display())
            } else {
                String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
            };
            let mode = if about.is_symlink() { 0 } else { about.permissions().mode() };
            all.push((path, mode, what));
        }
    }
    all.sort();
    all
}

/// In memory where there is such a place: two hundred homes are thousands of waits for a disk.
pub(in crate::setup) fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

#[test]
fn any_home_survives_us() {
    for seed in seeds() {
        let home = quick_folder();
        let (home, mut dice, mut hand) = (home.path().join("ho me 'ü\""), Dice::new(seed), Hand::new(seed));
        fs::create_dir_all(home.join("dotfiles")).unwrap();
        fs::create_dir_all(home.join("codex")).unwrap();
        let mut lay = |name: &str, text: Option<String>| {
            let Some(text) = text else { return };
            let linked = dice.one_in(3);
            let real = if linked { home.join("dotfiles").join(name.replace('/', "-")) } else { home.join(name) };
            fs::write(&real, text).unwrap();
            let mode = if dice.one_in(12) { 0o444 } else { [0o600, 0o644, 0o664, 0o755, 0o640, 0o4711][dice.below(6)] };
            fs::set_permissions(&real, fs::Permissions::from_mode(mode)).unwrap();
            if linked {
                symlink(&real, home.join(name)).unwrap();
            }
        };
        lay("claude.json", hand.json());
        lay("codex/config.toml", hand.toml());
        let text = hand.markdown().filter(|text| !text.contains("```") && !text.contains("~~~"));
        let both = text.is_some() && seed % 3 == 0;
        lay("AGENTS.md", text);
        if both {
            symlink("AGENTS.md", home.join("CLAUDE.md")).unwrap();
        }
        let before = picture(&home);
        let mut memories = Memories::new();
        if before.iter().any(|(_, mode, _)| mode & 0o777 == 0o444) {
            let error = run(&changes(&home, false), &mut memories, &home).unwrap_err();
            assert!(matches!(error, EditError::ReadOnly { .. }), "seed {seed}: {error}");
            assert_eq!(picture(&home), before, "seed {seed}");
            continue;
        }
        let made = run(&changes(&home, false), &mut memories, &home).unwrap().folders;
        let installed = (picture(&home), memories.clone());
        assert_eq!(run(&changes(&home, false), &mut memories, &home).unwrap(), Written::default(), "seed {seed}");
        assert_eq!((picture(&home), memories.clone()), installed, "seed {seed}");
        run(&changes(&home, true), &mut memories, &home).unwrap();
        made.iter().rev().for_each(|folder| fs::remove_dir(folder).unwrap());
        if home.join("backups").exists() {
            for backup in fs::read_dir(home.join("backups")).unwrap() {
                assert_eq!(backup.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
            }
            fs::remove_dir_all(home.join("backups")).unwrap();
        }
        assert_eq!(picture(&home), before, "seed {seed}");
        assert_eq!(memories, Memories::new(), "seed {seed}");
    }
}

#[test]
fn one_broken_file_and_nothing_is_written() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("codex")).unwrap();
    fs::write(home.path().join("claude.json"), "{}").unwrap();
    fs::write(home.path().join("codex/config.toml"), "a = 1\nb =\n").unwrap();
    let before = picture(home.path());
    let error = run(&changes(home.path(), false), &mut Memories::new(), home.path()).unwrap_err().to_string();
    assert!(error.contains("codex/config.toml:2:4: ") && error.ends_with("nothing was written"), "{error}");
    assert_eq!(picture(home.path()), before);
    fs::write(home.path().join("codex/config.toml"), b"a = 1\n# \xff\n").unwrap();
    let error = run(&changes(home.path(), false), &mut Memories::new(), home.path()).unwrap_err().to_string();
    assert!(error.contains("codex/config.toml:2:3: this byte is no UTF-8"), "{error}");
    assert!(!home.path().join("backups").exists());
}

#[test]
fn what_must_not_be_written_is_an_error_before_anything_is() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("AGENTS.md");
    fs::write(&file, "x").unwrap();
    fs::write(home.path().join("claude.json"), "{}").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    let before = picture(home.path());
    let error = run(&changes(home.path(), false), &mut Memories::new(), home.path()).unwrap_err();
    assert!(matches!(&error, EditError::ReadOnly { path } if *path == file), "{error}");
    assert_eq!(picture(home.path()), before);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::hard_link(&file, home.path().join("twin")).unwrap();
    let error = run(&changes(home.path(), false), &mut Memories::new(), home.path()).unwrap_err();
    assert!(matches!(&error, EditError::HardLinked { links: 2, .. }), "{error}");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let error = run(&changes(home.path(), false), &mut Memories::new(), home.path()).unwrap_err();
    assert!(matches!(&error, EditError::NotAFile { .. }), "{error}");
    // Root writes into any folder; whoever runs this as root sees only the rest.
    fs::remove_dir(&file).unwrap();
    let closed = home.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    let seen = file::read(&closed.join("new/file")).unwrap();
    if !rustix::process::geteuid().is_root() {
        assert!(matches!(seen.check(), Err(EditError::Folder { path }) if path == closed));
    }
    symlink("b", home.path().join("a")).unwrap();
    symlink("a", home.path().join("b")).unwrap();
    assert!(matches!(file::read(&home.path().join("a")), Err(EditError::Io { .. })));
}

#[test]
fn a_link_to_a_file_still_to_come_stays_a_link() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("dot")).unwrap();
    symlink("dot/claude.json", home.path().join("claude.json")).unwrap();
    let mut memories = Memories::new();
    run(&changes(home.path(), false)[..1], &mut memories, home.path()).unwrap();
    assert!(home.path().join("dot/claude.json").is_file());
    run(&changes(home.path(), true)[..1], &mut memories, home.path()).unwrap();
    assert!(!home.path().join("dot/claude.json").exists());
    assert!(home.path().join("claude.json").is_symlink());
}

#[test]
fn when_a_later_file_fails_the_earlier_ones_are_put_back() {
    let home = tempfile::tempdir().unwrap();
    let text = "{\"a\": 1}";
    fs::write(home.path().join("claude.json"), text).unwrap();
    let mut changes = vec![changes(home.path(), false).remove(0), changes(home.path(), false).remove(4)];
    changes.push(change(home.path().join("z.json"), Edit::Json(install("x"))));
    changes[2].lock = Some(home.path().join("z.json.lock"));
    fs::create_dir(home.path().join("z.json.lock")).unwrap();
    let mut memories = Memories::new();
    let error = run(&changes, &mut memories, home.path()).unwrap_err();
    assert!(matches!(&error, EditError::Locked { .. }), "{error}");
    assert_eq!(fs::read_to_string(home.path().join("claude.json")).unwrap(), text);
    assert!(!home.path().join("skills").exists());
    assert_eq!(memories, Memories::new());
    // Nobody has touched the lock for a minute: it is left over.
    let later = || SystemTime::now() + Duration::from_mins(1);
    let manner = Manner { now: later, ..manner(home.path()) };
    write(plan(&changes, &memories).unwrap(), &mut memories, &manner).unwrap();
    assert!(!home.path().join("z.json.lock").exists());
}

#[test]
fn the_backup_is_that_of_the_first_time() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("claude.json");
    fs::write(&path, "{\"first\": 1}").unwrap();
    let mut memories = Memories::new();
    run(&changes(home.path(), false)[..1], &mut memories, home.path()).unwrap();
    fs::write(&path, "{\"second\": 2}").unwrap();
    run(&changes(home.path(), false)[..1], &mut memories, home.path()).unwrap();
    let backup = file::backup_path(&file::read(&path).unwrap().real, &home.path().join("backups"));
    assert_eq!(fs::read_to_string(backup).unwrap(), "{\"first\": 1}");
}

#[test]
fn a_file_that_changed_is_left_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("f");
    fs::write(&path, "old").unwrap();
    let seen = file::read(&path).unwrap();
    let staged = file::stage(&seen, b"ours").unwrap();
    fs::write(&path, "new").unwrap();
    assert_eq!(file::replace(&seen, &staged).unwrap(), Outcome::Changed);
    assert_eq!(file::remove(&seen).unwrap(), Outcome::Changed);
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    drop(staged);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "no temporary file stays");
    let absent = file::read(&home.path().join("g")).unwrap();
    let staged = file::stage(&absent, b"ours").unwrap();
    fs::write(home.path().join("g"), "theirs").unwrap();
    assert_eq!(file::replace(&absent, &staged).unwrap(), Outcome::Changed);
}
