//! The spool under cuts, damage, crowds and crashes.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const ALL: usize = usize::MAX;

struct Den {
    dir: TempDir,
}

impl Den {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn spool(&self) -> Spool {
        Spool::new(self.dir.path())
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("spool/hooks.spool")
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.file()).unwrap()
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn entry(number: usize, size: usize) -> Entry {
    Entry {
        id: format!("{number:032x}"),
        at: i64::try_from(number).unwrap(),
        source: "claude_code".to_owned(),
        body: format!("{number} ").into_bytes().into_iter().cycle().take(size).collect(),
        ..Entry::default()
    }
}

fn entries(sizes: &[usize]) -> Vec<Entry> {
    sizes.iter().enumerate().map(|(number, size)| entry(number, *size)).collect()
}

fn append_all(spool: &Spool, entries: &[Entry]) {
    for entry in entries {
        spool.append(entry, soon()).unwrap();
    }
}

fn drain(spool: &Spool) -> Vec<Entry> {
    let mut all = Vec::new();
    loop {
        let taken = spool.take(4096).unwrap();
        if taken.is_empty() {
            return all;
        }
        all.extend_from_slice(taken.entries());
        spool.consumed(taken).unwrap();
    }
}

/// Where each frame ends, after a file of such entries.
fn ends(entries: &[Entry]) -> Vec<usize> {
    let lengths = entries.iter().map(|e| frame::framed(&entry::encode(e), 1).len());
    lengths
        .scan(64, |end, length| {
            *end += length;
            Some(*end)
        })
        .collect()
}

#[test]
fn comes_back_in_order_and_is_gone_when_consumed() {
    let den = Den::new();
    let spool = den.spool();
    assert!(!spool.pending());
    assert_eq!(spool.state(), State::default());
    assert!(spool.take(ALL).unwrap().is_empty());

    let all = entries(&[0, 10, 5000, 1]);
    append_all(&spool, &all);
    assert!(spool.pending());
    let state = spool.state();
    assert_eq!((state.entries, state.files, state.lost, state.damaged), (4, 1, 0, 0));
    assert!(state.bytes > 5000);

    let taken = den.spool().take(ALL).unwrap();
    assert_eq!(taken.entries, all);
    assert_eq!(spool.take(ALL).unwrap().entries, all, "not yet consumed");
    let (again, late) = (spool.take(ALL).unwrap(), spool.take(ALL).unwrap());
    spool.consumed(taken).unwrap();
    assert!(!spool.pending());
    assert_eq!(spool.state(), State::default());
    spool.consumed(again).unwrap();
    append_all(&spool, &all[..1]);
    spool.consumed(late).unwrap();
    assert_eq!(spool.take(ALL).unwrap().entries, all[..1], "an old receipt forgets nothing new");
}

#[test]
fn takes_one_that_is_larger_than_asked_for() {
    let den = Den::new();
    append_all(&den.spool(), &entries(&[100_000, 5]));
    let taken = den.spool().take(10).unwrap();
    assert_eq!(taken.entries, entries(&[100_000]));
}

#[test]
fn nobody_else_may_look() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let den = Den::new();
        let held = hold(&den);
        den.spool().append(&entry(1, 10), Instant::now()).unwrap();
        drop(held);
        den.spool().append(&entry(2, 10), soon()).unwrap();
        den.spool().count_lost();
        let dir = den.dir.path().join("spool");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        let files: Vec<PathBuf> = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).collect();
        assert_eq!(files.len(), 3);
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
}

/// Somebody holds the shared file.
fn hold(den: &Den) -> fs::File {
    den.spool().reserve(10).unwrap();
    let held = fs::File::open(den.file()).unwrap();
    held.lock().unwrap();
    held
}

#[test]
fn a_held_file_is_gone_around_and_all_is_merged_by_time() {
    let den = Den::new();
    let all = entries(&[10; 6]);
    append_all(&den.spool(), &[all[1].clone(), all[2].clone(), all[5].clone()]);
    let held = hold(&den);
    for number in [4, 0, 3] {
        den.spool().append(&all[number], Instant::now()).unwrap();
    }
    drop(held);
    let state = den.spool().state();
    assert_eq!((state.entries, state.files), (6, 4));
    assert_eq!(drain(&den.spool()), all);
    assert_eq!(den.spool().state(), State::default());
}

#[test]
fn leftovers_and_broken_files_of_one_entry_are_cleared_away() {
    let den = Den::new();
    let held = hold(&den);
    append_now(&den, 1);
    append_now(&den, 2);
    drop(held);
    let dir = den.dir.path().join("spool");
    let broken = dir.join(format!("1-{:032x}.event", 1));
    let mut bytes = fs::read(&broken).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&broken, bytes).unwrap();
    fs::write(dir.join("3-abc.tmp"), "half").unwrap();
    own::tidy(&dir, SystemTime::now() + Duration::from_secs(100));

    assert_eq!(drain(&den.spool()), [entry(2, 10)]);
    assert_eq!(den.spool().state(), State { damaged: 1, ..State::default() });
    let mut left: Vec<_> = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["hooks.spool", "lost"]);
}

fn append_now(den: &Den, number: usize) {
    den.spool().append(&entry(number, 10), Instant::now()).unwrap();
}

#[test]
fn grows_to_its_limit_and_shrinks_again() {
    let den = Den::new();
    let spool = den.spool();
    let mut kept = 0;
    let refused = loop {
        match spool.append(&entry(kept, 15 * 1024 * 1024), soon()) {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, SpoolError::Full), "{refused}");
    assert_eq!(kept, 4);
    assert!(refused.to_string().contains("tma1 serve"));
    let mut told = 0;
    while spool.pending() {
        let taken = spool.take(1).unwrap();
        told += taken.entries.len();
        spool.consumed(taken).unwrap();
    }
    assert_eq!(told, kept);
    assert!(den.file().metadata().unwrap().len() <= 64 + RESERVE);
    assert!(matches!(spool.append(&entry(0, frame::MOST_PAYLOAD), soon()), Err(SpoolError::Full)));
}

#[test]
fn the_reserve_is_there_and_old_bytes_in_it_do_not_come_back() {
    let den = Den::new();
    den.spool().reserve(1_000_000).unwrap();
    assert_eq!(den.file().metadata().unwrap().len(), 1_000_064);
    append_all(&den.spool(), &entries(&[10, 20, 30]));
    assert_eq!(den.file().metadata().unwrap().len(), 1_000_064);
    assert_eq!(drain(&den.spool()).len(), 3);

    // With nothing but the frames to go by, what was consumed must not pass for the newest.
    append_all(&den.spool(), &entries(&[5]));
    let mut bytes = den.bytes();
    bytes[3] ^= 1;
    fs::write(den.file(), bytes).unwrap();
    assert_eq!(drain(&den.spool()), entries(&[5]));
    assert_eq!(den.spool().state().damaged, 1);
}

#[test]
fn counts_what_is_lost() {
    let den = Den::new();
    for _ in 0..3 {
        den.spool().count_lost();
    }
    assert_eq!(den.spool().state(), State { lost: 3, ..State::default() });
    den.spool().reserve(0).unwrap();
    assert_eq!(den.spool().state().lost, 3);
}

#[test]
fn many_appenders_and_a_reader_lose_and_double_nothing() {
    const EACH: usize = 60;
    const CROWD: usize = 8;
    let den = Den::new();
    let (clock, appended) = (AtomicI64::new(0), AtomicUsize::new(0));
    let told = std::thread::scope(|scope| {
        for writer in 0..CROWD {
            let (den, clock, appended) = (&den, &clock, &appended);
            scope.spawn(move || {
                for number in 0..EACH {
                    // Every fifth has no time to wait for the others.
                    let deadline = if number % 5 == 4 { Instant::now() } else { soon() };
                    let at = clock.fetch_add(1, Ordering::SeqCst);
                    let entry = Entry { at, source: writer.to_string(), ..entry(number * CROWD + writer, number * 7) };
                    den.spool().append(&entry, deadline).unwrap();
                    appended.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let mut told = Vec::new();
        loop {
            let complete = appended.load(Ordering::SeqCst) == CROWD * EACH;
            told.extend(drain(&den.spool()));
            if complete {
                return told;
            }
            std::thread::yield_now();
        }
    });
    assert_eq!(told.len(), CROWD * EACH);
    assert_eq!(told.iter().map(|e| &e.id).collect::<HashSet<_>>().len(), CROWD * EACH);
    // One session's hooks run one after the other, so its order must hold.
    let mut last: HashMap<&str, i64> = HashMap::new();
    for entry in &told {
        let before = last.insert(&entry.source, entry.at);
        assert!(before.is_none_or(|before| before < entry.at), "{} after {before:?}", entry.at);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    AppendHeld(usize),
    Take(usize),
    Consume,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..3000_usize).prop_map(Step::Append),
        2 => (0..300_usize).prop_map(Step::AppendHeld),
        3 => (1..5000_usize).prop_map(Step::Take),
        3 => Just(Step::Consume),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_appending_taking_and_consuming(steps in vec(step(), 1..60)) {
        let den = Den::new();
        let spool = den.spool();
        let mut waiting: VecDeque<Entry> = VecDeque::new();
        let mut taken: Option<Taken> = None;
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Append(size) => {
                    spool.append(&entry(number, size), soon()).unwrap();
                    waiting.push_back(entry(number, size));
                }
                Step::AppendHeld(size) => {
                    let held = hold(&den);
                    spool.append(&entry(number, size), Instant::now()).unwrap();
                    drop(held);
                    waiting.push_back(entry(number, size));
                }
                Step::Take(most) => {
                    let now = spool.take(most).unwrap();
                    prop_assert_eq!(now.entries.is_empty(), waiting.is_empty());
                    prop_assert!(now.entries.iter().eq(waiting.iter().take(now.entries.len())));
                    taken = Some(now);
                }
                Step::Consume => if let Some(taken) = taken.take() {
                    waiting.drain(..taken.entries.len());
                    spool.consumed(taken).unwrap();
                },
                // The receipt is lost, the entries are not.
                Step::Restart => taken = None,
            }
            prop_assert_eq!(spool.pending(), !waiting.is_empty());
            prop_assert_eq!(spool.state().entries, waiting.len() as u64);
        }
        prop_assert_eq!(drain(&spool), Vec::from(waiting));
    }

    #[test]
    fn damage_costs_only_what_it_hits(
        sizes in vec(0..400_usize, 1..20),
        place in any::<prop::sample::Index>(),
        damage in vec(any::<u8>(), 1..40),
        cut in any::<bool>(),
    ) {
        let den = Den::new();
        let all = entries(&sizes);
        append_all(&den.spool(), &all);
        let ends = ends(&all);
        let sound = den.bytes();
        let written = *ends.last().unwrap();
        let at = place.index(written);
        let mut bytes = sound.clone();
        if cut {
            bytes.truncate(at);
        } else {
            for (byte, change) in bytes[at..].iter_mut().zip(&damage) {
                *byte ^= change;
            }
        }
        fs::write(den.file(), &bytes).unwrap();

        let whole = |number: usize| {
            let begin = if number == 0 { 64 } else { ends[number - 1] };
            bytes.get(begin..ends[number]) == sound.get(begin..ends[number])
        };
        let expected: Vec<Entry> = (0..all.len()).filter(|n| whole(*n)).map(|n| all[n].clone()).collect();
        prop_assert_eq!(drain(&den.spool()), expected);
        prop_assert!(!den.spool().pending());

        den.spool().append(&entry(99, 5), soon()).unwrap();
        prop_assert_eq!(drain(&den.spool()), vec![entry(99, 5)]);
    }

    #[test]
    fn a_crash_at_any_byte_of_an_append_leaves_all_before(
        sizes in vec(0..200_usize, 1..8),
        consumed in any::<bool>(),
        reserved in any::<bool>(),
        place in any::<prop::sample::Index>(),
    ) {
        let den = Den::new();
        if reserved {
            den.spool().reserve(10_000).unwrap();
        }
        let all = entries(&sizes);
        append_all(&den.spool(), &all);
        let mut waiting = all.clone();
        if consumed {
            let taken = den.spool().take(1).unwrap();
            den.spool().consumed(taken).unwrap();
            waiting.drain(..1);
        }
        let before = den.bytes();
        let last = entry(all.len(), 50);
        den.spool().append(&last, soon()).unwrap();
        let after = den.bytes();

        // The frame is written first, the header behind it: so many bytes came through.
        let begin = if waiting.is_empty() { 64 } else { *ends(&all).last().unwrap() };
        let frame = begin..begin + frame::framed(&entry::encode(&last), 1).len();
        let through = place.index(frame.len() + 64);
        let mut bytes = before.clone();
        let length = bytes.len().max(frame.start + through.min(frame.len()));
        bytes.resize(length, 0);
        let of_frame = frame.start..frame.start + through.min(frame.len());
        bytes[of_frame.clone()].copy_from_slice(&after[of_frame]);
        let of_header = through.saturating_sub(frame.len());
        bytes[..of_header].copy_from_slice(&after[..of_header]);
        fs::write(den.file(), &bytes).unwrap();

        let told = drain(&den.spool());
        // A torn header forgets what was consumed: that comes again, by its id it is known.
        let fresh: Vec<Entry> = told.into_iter().filter(|e| waiting.contains(e) || *e == last).collect();
        let with_last = waiting.iter().chain([&last]).cloned().collect::<Vec<_>>();
        prop_assert!(fresh == waiting || fresh == with_last, "{} of {}", fresh.len(), waiting.len());
    }
}
