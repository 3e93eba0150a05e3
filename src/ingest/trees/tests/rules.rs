//! What git ignores is no news, however the rules are told and whenever they change.

use std::fs;

use super::scene::{Scene, TOLD, git, write};

#[test]
fn rules_nest_and_can_be_taken_back() {
    let mut scene = Scene::new(TOLD, |root| {
        write(root, ".gitignore", "*.log\n/target/\nbin\n!keep.log\ndoc/**/made\n");
        write(root, "sub/.gitignore", "!*.log\nlocal\n");
        write(root, "sub/deep/a", "1");
        write(root, "target/a", "1");
    });
    for name in [
        "a.log",
        "keep.log",
        "robin.rs",
        "bin",
        "target/a",
        "sub/target/a",
        "sub/a.log",
        "sub/local",
        "local",
        "sub/deep/local",
        "doc/x/y/made",
        "doc/made",
        "made",
    ] {
        scene.write(name, name);
    }
    assert_eq!(scene.lines(), ["+ keep.log", "+ local", "+ made", "+ robin.rs", "+ sub/a.log", "+ sub/target/a"]);
    scene.until_dirs(7);
}

#[test]
fn the_person_and_the_repository_have_rules_too() {
    let mut scene = Scene::new(TOLD, |root| {
        let home = root.parent().unwrap().parent().unwrap();
        write(home, ".gitconfig", "[user]\n\tname = n\n[core]\n\texcludesFile = ~/mine\n");
        write(home, "mine", "*.mine\n*.both\n");
        write(home, ".config/git/ignore", "*.default\n");
        git(root, home, &["init", "-q"]);
        write(root, ".git/info/exclude", "*.here\n!*.both\n");
    });
    for name in ["a.mine", "a.here", "a.both", "a.default"] {
        scene.write(name, name);
    }
    assert_eq!(scene.lines(), ["+ a.both", "+ a.default"]);
    // From now on others.
    write(scene.home(), "mine", "*.default\n");
    scene.write(".git/info/exclude", "*.both\n");
    for name in ["a.mine", "a.here", "a.both", "a.default"] {
        scene.write(name, "changed");
    }
    assert_eq!(scene.lines(), Vec::<String>::new());
    for name in ["a.mine", "a.here", "a.both", "a.default"] {
        scene.write(name, "changed again");
    }
    assert_eq!(scene.lines(), ["* a.here", "* a.mine"]);
}

#[test]
fn git_says_the_same() {
    const RULES: &[(&str, &str)] = &[
        (
            ".gitignore",
            "# said\n\n*.o\n!keep.o\n/build\ndocs/*.txt\n**/cache/\na/**/z\n\\#odd\n\\!odd\ntrail \nfoo[0-9]\n?x\n/*.top\nlogs/\n!logs/keep\n",
        ),
        ("src/.gitignore", "!*.o\n/local\ngen/*\n!gen/kept\n"),
        ("src/deep/.gitignore", "*\n!*/\n!*.rs\n!.gitignore\n"),
    ];
    const NAMES: &[&str] = &[
        "x.o", "keep.o", "build", "a.txt", "z", "#odd", "!odd", "trail", "foo1", "foox", "ax", "b.top", "local",
        "kept", "keep", "main.rs", ".hidden",
    ];
    const DIRS: &[&str] = &[
        "",
        "src",
        "src/deep",
        "src/deep/er",
        "src/gen",
        "docs",
        "docs/in",
        "a",
        "a/b/c",
        "cache",
        "src/cache",
        "logs",
        "build2",
        "foo2",
    ];
    let mut scene = Scene::new(TOLD, |root| {
        let home = root.parent().unwrap().parent().unwrap();
        git(root, home, &["init", "-q"]);
        for (name, text) in RULES {
            write(root, name, text);
        }
    });
    for dir in DIRS {
        for name in NAMES {
            scene.write(&format!("{}{name}", if dir.is_empty() { String::new() } else { format!("{dir}/") }), dir);
        }
    }
    let told = scene.lines();
    let output = scene.git(&["-c", "core.quotePath=false", "ls-files", "--others", "--exclude-standard"]);
    let known = |name: &&str| !name.ends_with(".gitignore") && !name.starts_with("marker-");
    let mut said: Vec<String> = output.lines().filter(known).map(|name| format!("+ {name}")).collect();
    said.sort();
    assert!(said.len() > 50 && said.len() < DIRS.len() * NAMES.len() - 50, "{}", said.len());
    assert_eq!(told, said);
}

#[test]
fn without_a_setting_the_usual_place_counts() {
    let mut scene = Scene::new(TOLD, |root| {
        let home = root.parent().unwrap().parent().unwrap();
        write(home, ".config/git/ignore", "*.default\n");
    });
    scene.write("a.default", "1");
    scene.write("a", "1");
    assert_eq!(scene.lines(), ["+ a"]);
}

#[test]
fn what_a_change_of_rules_hides_or_shows_is_no_news() {
    let mut scene = Scene::new(TOLD, |root| {
        write(root, ".gitignore", "hidden/\nmade\n");
        for name in ["hidden/a", "shown/a", "shown/made", "asked/a"] {
            write(root, name, "1");
        }
    });
    scene.trees.handle().mind(&scene.path("asked/a"));
    scene.write(".gitignore", "shown/\nasked/\n");
    assert_eq!(scene.lines(), ["* .gitignore"]);
    for name in ["hidden/a", "shown/a", "asked/a"] {
        scene.write(name, "22");
    }
    assert_eq!(scene.lines(), ["* asked/a (ignored)", "* hidden/a"]);
    // With the rules, at once: who was visible and stays so is news.
    scene.at_once(|| {
        scene.write(".gitignore", "asked/\n*.o\n");
        for name in ["hidden/a", "shown/a", "asked/a", "new", "new.o"] {
            scene.write(name, "333");
        }
    });
    assert_eq!(scene.lines(), ["* .gitignore", "* asked/a (ignored)", "* hidden/a", "+ new"]);
    fs::remove_file(scene.path(".gitignore")).unwrap();
    assert_eq!(scene.lines(), ["- .gitignore"]);
    for name in ["hidden/a", "shown/a", "asked/a", "new.o"] {
        scene.write(name, "4444");
    }
    assert_eq!(scene.lines(), ["* asked/a", "* hidden/a", "* new.o", "* shown/a"]);
    // In a directory of its own.
    scene.at_once(|| {
        scene.write("shown/.gitignore", "*\n!.gitignore\n");
        scene.write("shown/a", "55555");
    });
    assert_eq!(scene.lines(), ["+ shown/.gitignore"]);
}

#[test]
fn a_tree_in_the_tree_belongs_to_itself() {
    let mut scene = Scene::new(TOLD, |root| {
        write(root, "inner/.git/HEAD", "ref: refs/heads/main\n");
        write(root, "inner/a", "1");
        write(root, "worktree/.git", "gitdir: elsewhere\n");
        write(root, "worktree/sub/a", "1");
        write(root, "plain/a", "1");
    });
    for name in ["inner/a", "worktree/sub/a", "plain/a"] {
        scene.write(name, "2");
    }
    assert_eq!(scene.lines(), ["* plain/a"]);
    // One that comes later.
    scene.write("later/.git", "gitdir: elsewhere\n");
    scene.write("later/a", "1");
    scene.write("plain/.git/HEAD", "ref: refs/heads/main\n");
    assert_eq!(scene.lines(), Vec::<String>::new());
    scene.write("plain/a", "3");
    scene.write("later/a", "3");
    assert_eq!(scene.lines(), Vec::<String>::new());
    let inner = scene.path("inner");
    scene.attach(&inner);
    scene.write("inner/a", "3");
    assert_eq!(scene.lines(), ["* inner/a"]);
}
