//! What is counted here against what the real git says, in one repository after another.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::git_dir::GitDir;
use super::super::status::{self, Status};
use super::{Bounds, Counts, Stop, count};

/// Before every story: two commits, a directory, all of it older than the index.
const BEGIN: &str = "
git init -q -b main
mkdir -p src/deep docs
echo one > a; echo two > b; echo three > src/c; echo four > src/deep/d; echo five > docs/e
seq 50 > list
git add . && git commit -q -m first
echo more >> list && git commit -q -a -m second
find . -path ./.git -prune -o -type f -exec touch -d '2001-02-03 04:05:06' {} +
git update-index -q --refresh
";

/// Told alike by both.
const ALIKE: &[(&str, &str)] = &[
    ("nothing has changed", ""),
    ("an index that is as old as the files", "touch -d '2001-02-03 04:05:06' .git/index"),
    ("changed", "echo x >> a"),
    ("changed and staged", "echo x >> a; git add a"),
    ("staged and changed again", "echo x >> a; git add a; echo y >> a"),
    ("staged and changed back", "echo x >> a; git add a; git show HEAD:a > a"),
    ("touched", "touch a src/c"),
    ("the same size", "printf 'ONE\\n' > a"),
    ("the same size, in the second of the index", "printf 'ONE\\n' > a; git add a; printf 'TWO\\n' > a"),
    ("smudged", "echo x > n; git add n; echo y > n; git add b; echo z > n"),
    ("deleted", "rm a"),
    ("deleted and staged", "git rm -q a src/c"),
    ("deleted from the index alone", "git rm -q --cached a"),
    ("a directory deleted", "rm -r src"),
    ("a directory deleted and staged", "git rm -q -r src"),
    ("renamed", "git mv a z"),
    ("renamed and changed", "git mv a z; echo x >> z"),
    ("renamed without git", "mv a z"),
    ("a directory renamed", "git mv src lib"),
    ("two of the same content renamed", "cp a a2; git add a2; git commit -q -m x; git mv a x; git mv a2 y"),
    ("one of two copies renamed", "cp a a2; git add a2; git commit -q -m x; git mv a x; cp x y; git add y"),
    ("renames are off", "git config status.renames false; git mv a z"),
    ("renames of diff are off", "git config diff.renames false; git mv a z; echo n > n; git add n"),
    ("added", "echo n > n; git add n; mkdir -p k/l; echo m > k/l/m; git add k"),
    ("only intended", "echo n > n; git add -N n; git rm -q --cached b; git add -N b"),
    ("intended and deleted", "echo n > n; git add -N n; rm n; true"),
    ("executable", "chmod +x a"),
    ("executable, staged", "git update-index --chmod=+x a"),
    ("rights do not count", "git config core.fileMode false; chmod +x a; echo x >> b"),
    ("a link instead of a file", "rm a; ln -s b a"),
    ("links", "ln -s a l; ln -s gone m; git add l; git commit -q -m l; rm l; ln -s b l"),
    ("a link to the same place", "ln -s a l; git add l; git commit -q -m l; rm l; ln -s a l"),
    ("a file instead of a link", "ln -s a l; git add l; git commit -q -m l; rm l; printf a > l"),
    ("a link instead of a directory", "mv src lib; ln -s lib src"),
    ("a file instead of a directory", "rm -r src; echo x > src"),
    ("a directory instead of a file", "rm a; mkdir a; echo x > a/x"),
    ("a repository instead of a file", "rm a; git init -q a; echo x > a/x"),
    ("an empty directory instead of a file", "rm a; mkdir a"),
    (
        "untracked",
        "echo n > n; mkdir -p d/e/f; echo n > d/e/f/g; echo n > d/h; echo n > src/n; mkdir src/m; touch src/m/x",
    ),
    ("empty directories", "mkdir -p d/e/f src/empty"),
    ("a pipe and a socket", "mkfifo p; mkdir d; mkfifo d/p"),
    (
        "odd names",
        "echo n > 'ä ö'; mkdir -p 'd \"x'; echo > 'd \"x/\\'; printf n > \"$(printf 'bad\\377')\"; echo x >> a",
    ),
    (
        "ignored",
        "printf '*.o\\n/b*/\\n!keep.o\\nsrc/deep/*.tmp\\n# x\\n\\n \\ndocs/**/z\\n' > .gitignore; touch x.o keep.o src/y.o; mkdir bin src/bin; touch bin/f src/bin/f src/deep/k.tmp src/k.tmp; mkdir -p docs/p/q; touch docs/p/q/z docs/p/z docs/z",
    ),
    (
        "ignored in a directory",
        "printf 'gen/\\n/top\\ndeep/x\\n' > src/.gitignore; mkdir -p src/deep/gen src/gen gen; touch src/deep/gen/f src/gen/f gen/f src/top src/deep/top src/deep/x",
    ),
    (
        "ignored and then not",
        "printf 'log*\\n' > .gitignore; printf '!log1\\n' > src/.gitignore; touch log1 log2 src/log1 src/log2",
    ),
    ("not in an ignored directory", "printf 'out\\n!out/keep\\n' > .gitignore; mkdir out; touch out/keep"),
    (
        "all but one",
        "printf '*\\n!*.txt\\n!.gitignore\\n!d/\\n' > .gitignore; mkdir d e; touch d/x.txt e/x.txt x.txt y",
    ),
    ("only ignored files", "printf '*.log\\n' > .gitignore; mkdir -p d/e; touch d/e/x.log d/y.log"),
    (
        "patterns of git alone",
        "printf '*.{a,b}\\nx?y\\n[[:digit:]]*\\nq[!a-c]\\nw**w\\n\\\\!bang\\nend\\\\ \\nspaces  \\nr\\r\\nt\\t\\n' > .gitignore; touch 1.a '1.{a,b}' z.a z.b xéy xay 1digit qa qd wxw '!bang' 'end ' spaces 'spaces  ' r t \"$(printf 't\\t')\"",
    ),
    (
        "slashes in patterns",
        "printf 'm/n\\n**/o\\np/**\\n/q/*/r\\nfoo**\\nbar**/x\\n' > .gitignore; mkdir -p m s/m s/o p/1 q/1/r q/1/2/r foo1/2 bar1/2; touch m/n s/m/n s/o/f p/1/f q/1/r/f q/1/2/r/f foo1/2/f bar1/2/x bar1/x",
    ),
    (
        "excluded by the repository",
        "echo '*.mine' >> .git/info/exclude; echo '!x.mine' > .gitignore; touch x.mine y.mine",
    ),
    (
        "excluded by the person",
        "mkdir -p ../home/.config/git; echo '*.swp' > ../home/.config/git/ignore; touch x.swp x",
    ),
    (
        "excluded by a file of the person",
        "printf '[core]\\n excludesFile = ~/ex\\n' > ../home/.gitconfig; echo '*.swp' > ../home/ex; touch x.swp x",
    ),
    (
        "excluded by an included configuration",
        "printf '[include]\\npath = more\\n' > ../home/.gitconfig; printf '[core]\\nexcludesFile = ~/ex\\n' > ../home/more; echo '*.swp' > ../home/ex; touch x.swp x",
    ),
    (
        "at times included for something else",
        "printf '[includeIf \"gitdir:~/\"]\\npath = more\\n' > ../home/.gitconfig; printf '[user]\\nname = X\\n' > ../home/more; echo x >> a",
    ),
    ("a linked list of ignored files", "echo '*.o' > ../list; ln -s ../list .gitignore; touch x.o"),
    (
        "a tracked file that is ignored",
        "echo '*.txt' > .gitignore; echo x > n.txt; git add -f n.txt .gitignore; git commit -q -m x; echo y >> n.txt; touch m.txt",
    ),
    (
        "a tracked file in an ignored directory",
        "echo out > .gitignore; mkdir out; echo x > out/n; git add -f out/n .gitignore; git commit -q -m x; echo y >> out/n; touch out/m",
    ),
    ("case does not count", "git config core.ignoreCase true; echo '*.LOG' > .gitignore; touch x.log y.Log z"),
    (
        "a repository within",
        "git init -q inner; git init -q d/inner; echo x > d/inner/f; mkdir .hidden; git init -q .hidden/x",
    ),
    (
        "a broken repository within",
        "mkdir -p inner/.git d/.git; echo x > inner/.git/HEAD; echo x > d/f; mkdir e; echo 'gitdir: nowhere' > e/.git; mkdir g; echo 'gitdir: nowhere' > g/.git; echo x > g/f",
    ),
    ("another working tree within", "git worktree add -q -b side side; echo x > side/new"),
    (
        "a conflict",
        "git checkout -q -b t; echo t > a; git commit -q -a -m t; git checkout -q main; echo m > a; git commit -q -a -m m; git merge -q t || true",
    ),
    (
        "a conflict of a deletion",
        "git checkout -q -b t; git rm -q a; git commit -q -m t; git checkout -q main; echo m > a; echo n > n; git add n; git commit -q -a -m m; git merge -q t || true",
    ),
    (
        "a conflict of two renames",
        "git checkout -q -b t; git mv a t; git commit -q -m t; git checkout -q main; git mv a m; git commit -q -m m; git merge -q t || true",
    ),
    (
        "a merge before its commit",
        "git checkout -q -b t; echo t > t; git add t; git commit -q -m t; git checkout -q main; echo m >> a; git commit -q -a -m m; git merge -q --no-commit t",
    ),
    ("assumed to be unchanged", "git update-index --assume-unchanged a; echo x >> a; rm b"),
    ("skipped", "git update-index --skip-worktree a b; echo x >> a; rm b"),
    ("a sparse checkout", "git sparse-checkout set src; echo x >> src/c; echo x > n"),
    (
        "index of version 4",
        "git update-index --index-version 4; mkdir -p src/deep/er; echo n > src/deep/er/n; git add .; echo x >> src/c",
    ),
    ("index of version 3", "git update-index --index-version 3 --skip-worktree a; echo x >> src/c; echo n > n"),
    ("no index", "rm .git/index"),
    ("an index without its trees", "git read-tree HEAD; git update-index -q --refresh; echo x >> list; rm docs/e"),
    ("an index of another commit", "git read-tree HEAD~1"),
    ("without a first commit", "git checkout -q --orphan new; git rm -q --cached b; echo x > n"),
    ("packed", "git gc -q; echo x >> list; git rm -q -r docs; git update-index --force-remove src/c"),
    (
        "packed with differences",
        "for n in $(seq 30); do echo $n >> list; mkdir -p w/$n; seq $n > w/$n/x; git add .; git commit -q -m $n; done; git repack -q -a -d -f --depth=50 --window=50; git prune-packed; git read-tree --empty; git read-tree HEAD~3",
    ),
    (
        "two packs",
        "git repack -q -d; echo x > n; git add n; git commit -q -m n; git repack -q -d; echo y > o; git add o; git commit -q -m o; git read-tree HEAD~2; git multi-pack-index write",
    ),
    (
        "borrowed objects",
        "git clone -q --bare . ../far.git; rm -rf .git/objects/??; echo $PWD/../far.git/objects > .git/objects/info/alternates; git read-tree HEAD~1; echo x > n",
    ),
    ("detached", "git checkout -q --detach HEAD~1; echo x > n"),
    ("packed refs", "git pack-refs --all; echo x >> a"),
    ("line ends without any", "git config core.autocrlf input; touch a b; printf 'TWO\\n' > b"),
    (
        "attributes of other files",
        "printf '*.bin filter=lfs -text\\n*.txt text\\n' > .gitattributes; touch a; printf 'TWO\\n' > b; printf 'r\\r\\n' > c; git add c",
    ),
    (
        "a binary file with returns",
        "printf '* -text\\n' > .gitattributes; printf 'x\\ry' > r; git add .; git commit -q -m r; touch r; printf 'x\\rz' > r",
    ),
    (
        "an empty submodule",
        "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub; git commit -q -m s; mkdir sub",
    ),
    ("a missing submodule", "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub; git commit -q -m s"),
    (
        "a file instead of a submodule",
        "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub; git commit -q -m s; touch sub",
    ),
    ("ahead", "git branch up HEAD~1; git branch -q -u up"),
    ("behind", "git branch up; git reset -q --hard HEAD~1; git branch -q -u up"),
    ("level", "git branch up; git branch -q -u up"),
    (
        "both, with merges",
        "git branch up; for n in 1 2 3; do git commit -q --allow-empty -m o$n; done; git checkout -q -b t HEAD~2; git commit -q --allow-empty -m t; git checkout -q main; git merge -q -m m t; git checkout -q up; git commit -q --allow-empty -m u; git merge -q -m n main~1; git commit -q --allow-empty -m v; git checkout -q main; git branch -q -u up",
    ),
    (
        "without a common commit",
        "git checkout -q --orphan up; git commit -q -m u; git commit -q --allow-empty -m v; git checkout -q main; git branch -q -u up",
    ),
    ("a gone upstream", "git branch up; git branch -q -u up; git branch -q -D up"),
    (
        "a remote",
        "git clone -q --bare . ../far.git; git remote add far ../far.git; git fetch -q far; git branch -q -u far/main; git commit -q --allow-empty -m x",
    ),
    (
        "another spelling of what is fetched",
        "git clone -q --bare . ../far.git; git remote add far ../far.git; git config remote.far.fetch refs/heads/main:refs/far/m; git fetch -q far; git config branch.main.remote far; git config branch.main.merge refs/heads/main; git commit -q --allow-empty -m x",
    ),
    ("not fetched", "git config branch.main.remote nowhere; git config branch.main.merge refs/heads/main"),
    (
        "a branch with odd letters",
        "git checkout -q -b 'fix/\"ä#1'; git branch -q -u main; git commit -q --allow-empty -m x",
    ),
    (
        "a graph of commits",
        "git branch up; for n in 1 2 3; do git commit -q --allow-empty -m o$n; done; git commit-graph write --reachable; git gc -q; git branch -q -u up",
    ),
    (
        "a shallow clone",
        "git clone -q --depth 1 file://$PWD ../thin; rm -rf .git; cp -r ../thin/.git .git; git commit -q --allow-empty -m x",
    ),
    (
        "commits of a few seconds",
        "for n in 5 5 6 6 7; do export GIT_COMMITTER_DATE=\"@170000000$n +0000\"; git commit -q --allow-empty -m $n; done; git branch up HEAD~3; git checkout -q up; git commit -q --allow-empty -m u; git branch -q -u main",
    ),
];

/// What only git knows.
const DOUBTED: &[(&str, &str)] = &[
    ("a split index", "git update-index --split-index"),
    ("a sparse index", "git sparse-checkout set --sparse-index src"),
    (
        "line ends that git converts",
        "git config core.autocrlf true; printf 'r\\r\\nr\\r\\n' > r; git add r 2>&1; git commit -q -m r; touch r",
    ),
    (
        "line ends of an attribute",
        "echo '* text=auto' > .gitattributes; printf 'r\\r\\n' > r; git add r 2>&1; git commit -q -m r; touch r",
    ),
    (
        "a filter",
        "echo '*.up filter=up' > .gitattributes; git config filter.up.clean 'tr a-z A-Z'; echo x > x.up; git add x.up; git commit -q -m x; touch x.up",
    ),
    ("an identity", "echo 'b ident' > .gitattributes; touch b"),
    (
        "a submodule",
        "git init -q sub; git -C sub commit -q --allow-empty -m s; git add sub 2> /dev/null; git commit -q -m s",
    ),
    ("a renamed file that was also edited", "git mv list l2; echo x >> l2; git add l2"),
    ("a replaced commit", "git replace HEAD HEAD~1"),
    (
        "times out of order",
        "git branch up HEAD~1; GIT_COMMITTER_DATE='@1000 +0000' git commit -q --allow-empty -m old; git branch -q -u up",
    ),
    (
        "an object that is not here",
        "echo x >> a; git commit -q -a -m x; rm -f .git/objects/$(git rev-parse HEAD^{tree} | sed 's|^..|&/|'); rm .git/index",
    ),
    ("an excluded list elsewhere", "git config core.excludesFile relative"),
    (
        "a configuration that is included at times",
        "printf '[includeIf \"gitdir:~/\"]\\npath = more\\n' > ../home/.gitconfig; printf '[core]\\nautocrlf = true\\n' > ../home/more",
    ),
    ("files outside of a sparse checkout", "git sparse-checkout set src; mkdir docs; echo x > docs/e"),
    ("reftables", "git refs migrate --ref-format=reftable 2> /dev/null || git config extensions.refStorage reftable"),
    (
        "a newer format",
        "git config core.repositoryFormatVersion 1; git config extensions.partialClone far; git config extensions.strange 1",
    ),
];

struct Place(TempDir);

impl Place {
    fn new(steps: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for dir in ["home", "w"] {
            fs::create_dir(place.0.path().join(dir)).unwrap();
        }
        let mut shell = Command::new("/bin/sh");
        let ran = place.surround(&mut shell).args(["-e", "-c", &format!("{BEGIN}\n{steps}")]).output().unwrap();
        assert!(ran.status.success(), "{steps}: {}", String::from_utf8_lossy(&ran.stderr));
        place
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("w")
    }

    fn surround<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.0.path().join("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .envs([("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "a@b.c")])
            .envs([("GIT_COMMITTER_NAME", "Ann"), ("GIT_COMMITTER_EMAIL", "a@b.c")])
            .envs([("GIT_EDITOR", "true"), ("LC_ALL", "C"), ("TZ", "UTC")])
            .current_dir(self.root())
    }

    fn counted(&self, lenient: bool) -> Result<Counts, Stop> {
        let home = self.0.path().join("home").display().to_string();
        let env = |name: &str| match name {
            "HOME" => Some(home.clone()),
            "GIT_CONFIG_NOSYSTEM" => Some("1".to_owned()),
            _ => None,
        };
        let root = self.root();
        let bounds = Bounds { deadline: Instant::now() + Duration::from_mins(1), lenient };
        count(&root, &GitDir::of(&root).unwrap(), &env, bounds)
    }

    fn said(&self) -> Option<Status> {
        let mut git = Command::new("git");
        let arguments = ["status", "--porcelain=v2", "--branch", "--untracked-files=normal"];
        let ran = self.surround(&mut git).args(arguments).output().unwrap();
        ran.status.success().then(|| status::parse(&*ran.stdout))
    }

    fn shown(&self) -> String {
        let mut git = Command::new("git");
        let ran = self.surround(&mut git).args(["status", "--porcelain=v2", "--branch"]).output().unwrap();
        String::from_utf8_lossy(&ran.stdout).into_owned()
    }
}

fn counts(said: &Status) -> Counts {
    Counts { dirty_files: said.dirty_files, ahead: said.ahead, behind: said.behind }
}

/// A few at a time: they mostly wait for git.
fn tell(stories: &[(&str, &str)], told: impl Fn(&Place) -> Option<String> + Sync) {
    let wanted = std::env::var("STORY").unwrap_or_default();
    let stories: Vec<_> = stories.iter().filter(|(name, _)| name.contains(&wanted)).collect();
    let one = |(name, steps): &&(&str, &str)| told(&Place::new(steps)).map(|wrong| format!("{name}: {wrong}"));
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts = stories.chunks(stories.len().div_ceil(4).max(1));
        let parts: Vec<_> = parts.map(|part| scope.spawn(|| part.iter().filter_map(one).collect::<Vec<_>>())).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_git_says() {
    tell(ALIKE, |place| {
        let index = || fs::metadata(place.root().join(".git/index")).and_then(|m| m.modified()).ok();
        let before = index();
        let (counted, said) = (place.counted(false), place.said().unwrap());
        assert_eq!(index(), before, "nothing is written");
        (counted != Ok(counts(&said))).then(|| format!("{counted:?}, git says\n{}", place.shown()))
    });
}

const PATHS: &[&str] =
    &["a", "b", "src/c", "src/deep/d", "docs/e", "list", "src", "docs", "new", "docs/new", "n/m", "n"];

/// One step on one path or two.
fn step(which: usize, one: &str, two: &str) -> String {
    match which {
        0 | 1 => format!("mkdir -p $(dirname {one}); echo {two} >> {one}"),
        2 => format!("rm -rf {one}"),
        3 => format!("mv {one} {two}"),
        4 | 5 => format!("git add {one}"),
        6 => "git add -A".to_owned(),
        7 => format!("git rm -q -r --cached {one}"),
        8 => format!("git mv {one} {two}"),
        9 => "git commit -q -m x".to_owned(),
        10 => format!("git reset -q {one}"),
        11 => "git stash -q".to_owned(),
        12 => format!("echo {} >> .gitignore", one.rsplit('/').next().unwrap_or(one)),
        13 => format!("echo '/{one}/' >> .gitignore; echo '!{two}' >> .gitignore"),
        14 => format!("ln -sf {two} {one}"),
        15 => format!("git add -N {one}"),
        16 => format!("git checkout -q -b x{two}; git checkout -q main; git branch -q -u x{two}").replace('/', ""),
        17 => format!("chmod +x {one}"),
        18 => "git reset -q --hard HEAD~1".to_owned(),
        19 => "git gc -q".to_owned(),
        20 => format!("mkdir -p {one}"),
        21 => format!("git init -q {one}"),
        22 => format!("cp -r {one} {two}"),
        _ => format!("git checkout -q HEAD~1 -- {one}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(steps in prop::collection::vec((0_usize..24, 0..PATHS.len(), 0..PATHS.len()), 1..14)) {
        let steps: Vec<String> = steps.iter().map(|(which, one, two)| step(*which, PATHS[*one], PATHS[*two])).collect();
        let place = Place::new(&format!("(set +e; {}\ntrue) > /dev/null 2>&1", steps.join("\n")));
        if let (Ok(counted), Some(said)) = (place.counted(false), place.said()) {
            prop_assert!(counted == counts(&said), "{counted:?} after\n{}\ngit says\n{}", steps.join("\n"), place.shown());
        }
    }
}

#[test]
fn doubt_is_left_to_git() {
    tell(DOUBTED, |place| {
        let counted = place.counted(false);
        let guessed = place.counted(true);
        eprintln!("{counted:?} {guessed:?} {:?}", place.said().map(|said| counts(&said)));
        counted.is_ok().then(|| format!("{counted:?}, git says\n{}", place.shown()))
    });
}

#[test]
fn a_linked_working_tree_has_an_index_of_its_own() {
    let place = Place::new("git worktree add -q -b side ../side; echo x > ../side/n; echo x >> ../side/a; echo x >> b");
    let root = place.0.path().join("side");
    let bounds = Bounds { deadline: Instant::now() + Duration::from_mins(1), lenient: false };
    let counted = count(&root, &GitDir::of(&root).unwrap(), &|_| None, bounds);
    assert_eq!(counted, Ok(Counts { dirty_files: 2, ..Counts::default() }));
}

#[test]
fn time_is_kept() {
    let place = Place::new("");
    let root = place.root();
    let bounds = Bounds { deadline: Instant::now(), lenient: true };
    assert_eq!(count(&root, &GitDir::of(&root).unwrap(), &|_| None, bounds), Err(Stop::Late));
}
