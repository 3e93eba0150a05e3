//! Which directory is the project, over trees of every kind.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Root, label, resolve};

struct Tree(TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (path, content) in files {
            let path = tree.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        tree
    }

    fn path(&self, relative: &str) -> PathBuf {
        let base = self.0.path().canonicalize().unwrap();
        if relative.is_empty() { base } else { base.join(relative) }
    }

    fn dir(&self, relative: &str) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn resolve(&self, cwd: &str) -> Root {
        resolve(&self.dir(cwd), Some(&self.dir("home")))
    }
}

const HEAD: &str = "ref: refs/heads/main\n";

#[test]
fn the_nearest_repository_comes_before_any_manifest() {
    let tree = Tree::new(&[("app/.git/HEAD", HEAD), ("app/web/package.json", ""), ("app/inner/.git/HEAD", HEAD)]);
    for (cwd, root) in
        [("app", "app"), ("app/web/src", "app"), ("app/.git/hooks", "app"), ("app/inner/src", "app/inner")]
    {
        let found = tree.resolve(cwd);
        assert_eq!(found.root, tree.path(root), "{cwd}");
        assert_eq!(found.repo, Some(tree.path(root).join(".git")), "{cwd}");
        assert!(found.exists);
    }
}

#[test]
fn without_a_repository_the_nearest_manifest_decides() {
    let tree = Tree::new(&[
        ("outer/package.json", ""),
        ("outer/inner/Cargo.toml", ""),
        ("outer/c/CMakeLists.txt", ""),
        ("hg/.hg/store", ""),
        ("hg/sub/go.mod", ""),
    ]);
    for (cwd, root) in [
        ("outer/src/deep", "outer"),
        ("outer/inner/src", "outer/inner"),
        ("outer/c", "outer"),
        ("plain/sub", "plain/sub"),
        ("hg/sub", "hg"),
    ] {
        let found = tree.resolve(cwd);
        assert_eq!((found.root, found.repo), (tree.path(root), None), "{cwd}");
    }
}

#[test]
fn worktrees_share_their_repository() {
    let tree = Tree::new(&[
        ("main/.git/HEAD", HEAD),
        ("main/.git/worktrees/side/HEAD", HEAD),
        ("main/.git/worktrees/side/commondir", "../..\n"),
        ("side/src/a.rs", ""),
        ("relative/.git", "gitdir: ../main/.git/worktrees/side\n"),
    ]);
    let pointer = format!("gitdir: {}\n", tree.path("main/.git/worktrees/side").display());
    fs::write(tree.path("side/.git"), pointer).unwrap();
    let shared = Some(tree.path("main/.git"));
    assert_eq!(tree.resolve("main").repo, shared);
    assert_eq!(tree.resolve("side/src").repo, shared);
    assert_eq!(tree.resolve("side/src").root, tree.path("side"));
    assert_eq!(tree.resolve("relative").repo, shared);
}

#[test]
fn a_pruned_worktree_still_names_its_repository() {
    let tree = Tree::new(&[
        ("main/.git/HEAD", HEAD),
        ("side/.git", "gitdir: ../main/.git/worktrees/side\n"),
        ("lost/.git", "gitdir: /nowhere/.git/worktrees/lost\n"),
    ]);
    assert_eq!(tree.resolve("side").repo, Some(tree.path("main/.git")));
    let lost = tree.resolve("lost/src");
    assert_eq!((lost.root, lost.repo), (tree.path("lost"), None));
}

#[test]
fn a_submodule_is_a_project_of_its_own() {
    let tree = Tree::new(&[
        ("app/.git/HEAD", HEAD),
        ("app/.git/modules/lib/HEAD", HEAD),
        ("app/lib/.git", "gitdir: ../.git/modules/lib\n"),
    ]);
    let lib = tree.resolve("app/lib/src");
    assert_eq!(lib.root, tree.path("app/lib"));
    assert_eq!(lib.repo, Some(tree.path("app/.git/modules/lib")));
}

#[test]
fn a_broken_repository_does_not_hide_a_whole_one() {
    let tree = Tree::new(&[("app/.git/HEAD", HEAD), ("app/sub/.git/config", ""), ("app/other/.git", "rubbish")]);
    assert_eq!(tree.resolve("app/sub").root, tree.path("app"));
    assert_eq!(tree.resolve("app/other").root, tree.path("app"));
}

#[test]
fn home_is_a_project_only_from_within() {
    let tree = Tree::new(&[
        ("home/.git/HEAD", HEAD),
        ("home/package.json", ""),
        ("home/app/go.mod", ""),
        ("package.json", ""),
    ]);
    assert_eq!(tree.resolve("home").root, tree.path("home"));
    assert_eq!(tree.resolve("home").repo, Some(tree.path("home/.git")));
    assert_eq!(tree.resolve("home/notes/today").root, tree.path("home/notes/today"));
    assert_eq!(tree.resolve("home/notes").repo, None);
    assert_eq!(tree.resolve("home/app/cmd").root, tree.path("home/app"));
    assert_eq!(tree.resolve("elsewhere").root, tree.path(""));
    // Nobody passed a home: nothing is special.
    let free = resolve(&tree.path("home/notes"), None);
    assert_eq!(free.root, tree.path("home"));
    // Neither is what is gone from home a part of its repository.
    let gone = resolve(&tree.path("home/gone"), Some(&tree.path("home")));
    assert_eq!((gone.repo, gone.exists), (None, false));
}

#[cfg(unix)]
#[test]
fn a_directory_for_all_is_nobodys_project() {
    use std::os::unix::fs::PermissionsExt;
    let tree = Tree::new(&[("shared/package.json", ""), ("shared/.git/HEAD", HEAD)]);
    let app = tree.dir("shared/app");
    fs::set_permissions(tree.path("shared"), fs::Permissions::from_mode(0o1777)).unwrap();
    assert_eq!(resolve(&app, None).root, app);
}

#[cfg(unix)]
#[test]
fn links_are_resolved() {
    use std::os::unix::fs::symlink;
    let tree = Tree::new(&[("app/.git/HEAD", HEAD), ("app/src/main.rs", "")]);
    symlink(tree.path("app"), tree.path("link")).unwrap();
    symlink(tree.path("link"), tree.path("home")).unwrap();
    assert_eq!(resolve(&tree.path("link/src"), None).root, tree.path("app"));
    assert_eq!(resolve(&tree.path("app/src/main.rs"), None).root, tree.path("app"));
    // Home is compared by where it really is.
    let found = resolve(&tree.path("link/src"), Some(&tree.path("home")));
    assert_eq!(found.root, tree.path("app/src"));
    // A link to itself is as good as nothing.
    symlink(tree.path("loop"), tree.path("loop")).unwrap();
    assert!(!resolve(&tree.path("loop"), None).exists);
}

#[test]
fn what_is_gone_keeps_its_name_and_its_repository() {
    let tree = Tree::new(&[("app/.git/HEAD", HEAD)]);
    let gone = resolve(&tree.path("app").join("worktrees/x/"), None);
    assert_eq!(gone.root, tree.path("app/worktrees/x"));
    assert_eq!(gone.repo, Some(tree.path("app/.git")));
    assert!(!gone.exists);
}

#[cfg(unix)]
#[test]
fn paths_of_other_machines_stay_as_they_are() {
    for (given, root, repo) in [
        ("/no/such/machine/app/", "/no/such/machine/app", None),
        (r"Q:\Work\app\", r"Q:\Work\app", Some("q:/work/app")),
        ("q:/work/app", "q:/work/app", Some("q:/work/app")),
        (r"\\server\share\app", r"\\server\share\app", Some("//server/share/app")),
        (r"\\wsl$\Ubuntu\no\such\App", r"\\wsl$\Ubuntu\no\such\App", Some("/no/such/App")),
        ("", "", None),
    ] {
        let found = resolve(Path::new(given), Some(Path::new("/no/such/home")));
        let wanted = Root { root: root.into(), repo: repo.map(Into::into), exists: false };
        assert_eq!(found, wanted, "{given}");
    }
    assert_eq!(resolve(Path::new("/"), None).root, Path::new("/"));
}

#[cfg(unix)]
#[test]
fn what_wsl_shows_is_one_project_on_either_side() {
    let tree = Tree::new(&[("app/.git/HEAD", HEAD), ("app/src/main.rs", "")]);
    let inside = tree.path("app/src").display().to_string().replace('/', r"\");
    for share in [r"\\wsl$\Ubuntu", r"\\wsl.localhost\Debian", r"\\?\UNC\wsl$\Ubuntu"] {
        let found = resolve(Path::new(&format!("{share}{inside}")), None);
        assert_eq!((found.root, found.repo), (tree.path("app"), Some(tree.path("app/.git"))), "{share}");
    }
}

#[test]
fn labels() {
    for (root, wanted) in [
        ("/work/app", "app"),
        ("/work/app/", "app"),
        (r"C:\work\app", "app"),
        (r"C:\work/app\", "app"),
        (r"\\server\share", "share"),
        (r"C:\", "C:"),
        ("app", "app"),
        ("/", "/"),
        ("//", "/"),
        ("", ""),
        ("/wörk/äpp", "äpp"),
    ] {
        assert_eq!(label(root), wanted, "{root}");
    }
}
