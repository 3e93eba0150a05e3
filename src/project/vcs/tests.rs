//! Git states written by hand, and the same made by git itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use super::super::operation::{Operation, operation};
use super::super::status::{Status, Unanswered, ask};
use super::{Vcs, head, vcs};

const ID: &str = "0123456789abcdef0123456789abcdef01234567";
const PATIENCE: Duration = Duration::from_mins(1);

fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    dir
}

fn standing(branch: Option<&str>, commit: Option<&str>, in_progress: Option<&str>) -> Vcs {
    Vcs {
        branch: branch.map(str::to_owned),
        head: commit.map(str::to_owned),
        in_progress: in_progress.map(str::to_owned),
        ..Vcs::default()
    }
}

#[test]
fn heads_written_by_hand() {
    let packed = format!(
        "# pack-refs with: peeled\n{} refs/heads/mainly\n{ID} refs/heads/main\n^{}\n",
        "f".repeat(40),
        "e".repeat(40)
    );
    let main = (".git/HEAD", "ref: refs/heads/main\n");
    let long = "ab".repeat(32);
    let cases: &[(&[(&str, &str)], Vcs)] = &[
        (&[main, (".git/refs/heads/main", ID)], standing(Some("main"), Some("0123456"), None)),
        (&[main, (".git/refs/heads/main", &long)], standing(Some("main"), Some("abababa"), None)),
        (&[main, (".git/packed-refs", &packed)], standing(Some("main"), Some("0123456"), None)),
        (&[main], standing(Some("main"), None, None)),
        (&[main, (".git/refs/heads/main", "rubbish")], standing(Some("main"), None, None)),
        (&[(".git/HEAD", ID)], standing(None, Some("0123456"), None)),
        (&[(".git/HEAD", "rubbish")], standing(None, None, None)),
        (&[(".git/HEAD", "ref: refs/heads/.invalid\n"), (".git/reftable/tables.list", "")], standing(None, None, None)),
        (
            &[(".git/HEAD", "ref: refs/heads/feat/x\n"), (".git/refs/heads/feat/x", ID)],
            standing(Some("feat/x"), Some("0123456"), None),
        ),
        (
            &[
                (".git/HEAD", "ref: refs/heads/a"),
                (".git/refs/heads/a", "ref: refs/heads/b"),
                (".git/refs/heads/b", ID),
            ],
            standing(Some("a"), Some("0123456"), None),
        ),
        (
            &[(".git/HEAD", "ref: refs/heads/a"), (".git/refs/heads/a", "ref: refs/heads/a")],
            standing(Some("a"), None, None),
        ),
        (&[(".git/HEAD", "ref: refs/../../secret"), ("secret", ID)], standing(Some("refs/../../secret"), None, None)),
    ];
    for (files, wanted) in cases {
        assert_eq!(head(tree(files).path()).as_ref(), Some(wanted), "{files:?}");
    }
}

#[test]
fn operations_in_progress() {
    for (marker, wanted) in [
        (".git/MERGE_HEAD", "merge"),
        (".git/CHERRY_PICK_HEAD", "cherry-pick"),
        (".git/REVERT_HEAD", "revert"),
        (".git/BISECT_LOG", "bisect"),
        (".git/rebase-merge/head-name", "rebase"),
        (".git/rebase-apply/rebasing", "rebase"),
        (".git/rebase-apply/applying", "am"),
    ] {
        let dir = tree(&[(".git/HEAD", ID), (marker, "")]);
        assert_eq!(head(dir.path()), Some(standing(None, Some("0123456"), Some(wanted))));
    }
    for (todo, wanted) in [("pick 012 x", Some("cherry-pick")), ("revert 012 x", Some("revert")), ("", None)] {
        let dir = tree(&[(".git/HEAD", ID), (".git/sequencer/todo", todo)]);
        assert_eq!(head(dir.path()), Some(standing(None, Some("0123456"), wanted)));
    }
    let dir = tree(&[(".git/HEAD", ID), (".git/rebase-merge/head-name", ""), (".git/rebase-merge/done", "")]);
    let begun = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
    fs::File::open(dir.path().join(".git/rebase-merge/head-name")).unwrap().set_modified(begun).unwrap();
    assert_eq!(operation(dir.path()), Some(Operation { name: "rebase", since: Some(1_700_000_000_123) }));
    // A rebase stops at a conflict in the middle of a cherry-pick.
    let dir = tree(&[(".git/HEAD", ID), (".git/rebase-merge/done", ""), (".git/CHERRY_PICK_HEAD", ID)]);
    assert_eq!(head(dir.path()), Some(standing(None, Some("0123456"), Some("rebase"))));
}

#[test]
fn no_repository_no_answer() {
    for files in [
        &[("a", "")] as &[(&str, &str)],
        &[(".git", "rubbish")],
        &[(".git", "gitdir: nowhere\n")],
        &[(".git", "gitdir:\n")],
        &[(".git/config", "")],
        &[("own/HEAD", ID), ("own/commondir", "gone"), (".git", "gitdir: own")],
    ] {
        let dir = tree(files);
        assert_eq!(head(dir.path()), None, "{files:?}");
        assert_eq!(vcs(dir.path(), PATIENCE), None, "{files:?}");
    }
    assert_eq!(head(Path::new(r"D:\work\app")), None);
}

#[test]
fn an_incomplete_repository_is_not_mistaken_for_the_one_around_it() {
    let outer = Repository::new();
    outer.commit("a");
    let inner = outer.path("inner");
    fs::create_dir_all(inner.join(".git")).unwrap();
    fs::write(inner.join(".git/HEAD"), "ref: refs/heads/inner\n").unwrap();
    assert_eq!(vcs(&inner, PATIENCE), Some(standing(Some("inner"), None, None)));
}

/// A repository that neither the machine's nor the user's configuration reaches.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    fn git(&self, arguments: &[&str]) -> String {
        let (succeeded, output) = run(self.root(), arguments);
        assert!(succeeded, "git {arguments:?}");
        output
    }

    fn commit(&self, file: &str) {
        fs::write(self.path(file), file).unwrap();
        self.git(&["add", file]);
        self.git(&["commit", "--quiet", "-m", file]);
    }

    fn short_head(&self) -> String {
        let id = self.git(&["rev-parse", "--short=7", "HEAD"]);
        id.trim().to_owned()
    }
}

fn run(dir: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Someone").env(format!("GIT_{role}_EMAIL"), "someone@example.com");
    }
    let output = command
        .args(arguments)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_EDITOR", "true")
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_real_repository_from_its_first_day() {
    let repository = Repository::new();
    let root = repository.root();
    assert_eq!(vcs(root, PATIENCE), Some(Vcs { dirty_files: Some(0), ..standing(Some("main"), None, None) }));
    repository.commit("a");
    repository.commit("b");
    fs::write(repository.path("a"), "changed").unwrap();
    fs::write(repository.path("new"), "").unwrap();
    fs::create_dir(repository.path("dir")).unwrap();
    fs::write(repository.path("dir/1"), "").unwrap();
    fs::write(repository.path("dir/2"), "").unwrap();
    repository.git(&["mv", "b", "c"]);
    let index_before = fs::metadata(repository.path(".git/index")).unwrap().modified().unwrap();
    let found = vcs(root, PATIENCE).unwrap();
    // One change, one file, one directory and one renaming.
    assert_eq!(found.dirty_files, Some(4));
    assert_eq!((found.ahead, found.behind), (None, None));
    assert_eq!(found.head, Some(repository.short_head()));
    assert_eq!(head(root).unwrap().head, Some(repository.short_head()));
    let index_after = fs::metadata(repository.path(".git/index")).unwrap().modified().unwrap();
    assert_eq!(index_before, index_after);
    repository.git(&["pack-refs", "--all"]);
    assert_eq!(head(root).unwrap().head, Some(repository.short_head()));
}

#[test]
fn distance_to_upstream() {
    let repository = Repository::new();
    repository.commit("a");
    repository.git(&["branch", "base"]);
    repository.commit("b");
    repository.commit("c");
    repository.git(&["checkout", "--quiet", "-b", "work", "base"]);
    repository.commit("d");
    repository.git(&["branch", "--quiet", "--set-upstream-to=main"]);
    let found = vcs(repository.root(), PATIENCE).unwrap();
    assert_eq!((found.ahead, found.behind), (Some(1), Some(2)));
}

#[test]
fn real_worktrees_detached_heads_and_rebases() {
    let repository = Repository::new();
    repository.commit("a");
    let side = repository.path("side");
    repository.git(&["worktree", "add", "--quiet", "-b", "feature", "side"]);
    let found = head(&side).unwrap();
    assert_eq!(found, standing(Some("feature"), Some(&repository.short_head()), None));

    repository.git(&["checkout", "--quiet", "--detach"]);
    let found = vcs(repository.root(), PATIENCE).unwrap();
    assert_eq!((found.branch, found.head), (None, Some(repository.short_head())));

    fs::write(side.join("a"), "theirs").unwrap();
    assert!(run(&side, &["commit", "--quiet", "-am", "theirs"]).0);
    repository.git(&["checkout", "--quiet", "main"]);
    fs::write(repository.path("a"), "ours").unwrap();
    repository.git(&["commit", "--quiet", "-am", "ours"]);
    assert!(!run(&side, &["rebase", "--quiet", "main"]).0);
    assert_eq!(head(&side).unwrap().in_progress.as_deref(), Some("rebase"));
    assert_eq!(vcs(&side, PATIENCE).unwrap().dirty_files, Some(1));
    // The other worktree has nothing to do with it.
    assert_eq!(head(repository.root()).unwrap().in_progress, None);

    assert!(!run(repository.root(), &["merge", "--quiet", "feature"]).0);
    assert_eq!(head(repository.root()).unwrap().in_progress.as_deref(), Some("merge"));
}

#[test]
fn reftables_are_read_by_git_alone() {
    let dir = tempfile::tempdir().unwrap();
    // Git before 2.45 has no reftables.
    if !run(dir.path(), &["init", "--quiet", "-b", "main", "--ref-format=reftable"]).0 {
        return;
    }
    assert!(run(dir.path(), &["commit", "--quiet", "--allow-empty", "-m", "x"]).0);
    assert_eq!(head(dir.path()), Some(standing(None, None, None)));
    let found = vcs(dir.path(), PATIENCE).unwrap();
    assert_eq!(found.branch.as_deref(), Some("main"));
    assert!(found.head.is_some());
}

#[cfg(unix)]
#[test]
fn neither_monitor_nor_hooks_are_started() {
    use std::os::unix::fs::PermissionsExt;
    let repository = Repository::new();
    repository.commit("a");
    let trap = repository.path(".git/trap");
    fs::write(&trap, "#!/bin/sh\ntouch \"$(dirname \"$0\")/sprung\"\n").unwrap();
    fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
    repository.git(&["config", "core.fsmonitor", trap.to_str().unwrap()]);
    fs::copy(&trap, repository.path(".git/hooks/post-index-change")).unwrap();
    assert_eq!(vcs(repository.root(), PATIENCE).unwrap().dirty_files, Some(0));
    assert!(!repository.path(".git/sprung").exists());
    assert!(!repository.path(".git/hooks/sprung").exists());
}

#[cfg(unix)]
#[test]
fn a_git_that_hangs_fails_or_lies_is_not_believed() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let answer = |script: &str, limit: Duration| {
        let path = dir.path().join("git");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        ask(path.as_os_str(), dir.path(), limit).ok()
    };
    let short = Duration::from_millis(20);
    assert_eq!(answer("exec tail -f /dev/null", short), None);
    assert_eq!(answer("echo '? a'; exec tail -f /dev/null", short), None);
    assert_eq!(answer("exec 1>&-; exec tail -f /dev/null", short), None);
    assert_eq!(answer("echo '? a'; exit 128", PATIENCE), None);
    let clean = "test -z \"$GIT_DIR$GIT_INDEX_FILE\" && test \"$GIT_OPTIONAL_LOCKS$LC_ALL\" = 0C";
    let full = format!(
        "{clean} || exit 1; printf '# branch.oid {ID}\\n# branch.head x\\n# branch.ab +3 -?\\n? a\\377\\n! ignored\\nu b\\n'"
    );
    let wanted = Status {
        branch: Some("x".to_owned()),
        commit: Some(ID.to_owned()),
        dirty_files: 2,
        ahead: Some(3),
        behind: None,
    };
    assert_eq!(answer(&full, PATIENCE), Some(wanted));
    assert_eq!(ask("no-such-git".as_ref(), dir.path(), PATIENCE), Err(Unanswered::NoGit));
}
