//! Databases as agents have them open, close them, rewrite them and change them from version to version.

use std::collections::BTreeSet;

use super::*;

const TABLES: &[Table] = &[
    Table {
        name: "log",
        columns: &["id", "data", "packed", "no_longer"],
        json: &["data", "packed"],
        news: News::Added,
    },
    Table { name: "item", columns: &["id", "state", "time_updated"], json: &[], news: News::Changed("time_updated") },
    Table { name: "todo", columns: &["text"], json: &[], news: News::Whole },
];

struct Scene {
    home: tempfile::TempDir,
    db: Option<Connection>,
    marks: Marks,
}

impl Scene {
    fn new(journal: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut scene = Self { home, db: None, marks: Marks::default() };
        scene.open().execute_batch(&format!("PRAGMA journal_mode = {journal}; PRAGMA wal_autocheckpoint = 0")).unwrap();
        scene.sql(
            "CREATE TABLE log (id INTEGER, data TEXT, packed BLOB);
             CREATE TABLE item (id TEXT PRIMARY KEY, state TEXT, time_updated INTEGER);
             CREATE TABLE todo (text TEXT)",
        );
        scene
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("an agent's #1 %41.db")
    }

    fn open(&mut self) -> &Connection {
        let path = self.path();
        self.db.get_or_insert_with(|| Connection::open(path).unwrap())
    }

    fn close(&mut self) {
        self.db.take().unwrap().close().unwrap();
    }

    fn sql(&mut self, sql: &str) {
        self.open().execute_batch(sql).unwrap();
    }

    fn try_read(&mut self) -> Result<Vec<String>, RowsError> {
        let mut lines = Vec::new();
        let path = self.path();
        let mut rows = Rows::new(&path, TABLES, self.marks.clone());
        rows.read(&mut |read, _| {
            match read {
                Read::Row(line) => lines.push(line.to_owned()),
                Read::Missing(what) => lines.push(what),
                Read::Piece => {}
            }
            Ok::<(), RowsError>(())
        })?;
        self.marks = serde_json::from_str(&serde_json::to_string(&rows.marks).unwrap()).unwrap();
        Ok(lines)
    }

    fn read(&mut self) -> Vec<String> {
        self.try_read().unwrap()
    }

    fn files(&self) -> BTreeSet<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.home.path()).unwrap().map(Result::unwrap);
        entries.map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap())).collect()
    }
}

#[test]
fn each_row_is_read_once_whoever_has_the_database_open() {
    for journal in ["wal", "delete"] {
        for closed in [false, true] {
            let mut scene = Scene::new(journal);
            scene.sql("INSERT INTO log VALUES (1, '{\"a\": [1,\n2]}', NULL), (2, 'no json', x'00ff')");
            if closed {
                scene.close();
            }
            let before = scene.files();
            assert_eq!(
                scene.read(),
                [r#"{"table":"log","id":1,"data":{"a": [1, 2]}}"#, r#"{"table":"log","id":2,"data":"no json"}"#]
            );
            assert_eq!(scene.read(), [""; 0]);
            let after = scene.files();
            let changed: Vec<&str> = before.symmetric_difference(&after).map(|(name, _)| name.as_str()).collect();
            // In the index of the log every reader notes how far it reads.
            assert!(changed.iter().all(|name| name.ends_with("-shm")), "{journal} {closed}: {changed:?}");
            scene.sql("INSERT INTO log VALUES (3, '3', NULL)");
            assert_eq!(scene.read(), [r#"{"table":"log","id":3,"data":3}"#]);
        }
    }
}

#[test]
fn whoever_writes_is_never_kept_waiting() {
    for journal in ["wal", "delete"] {
        let mut scene = Scene::new(journal);
        scene.sql("INSERT INTO log WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, 1, NULL FROM n");
        scene.open().busy_timeout(Duration::ZERO).unwrap();
        let path = scene.path();
        let mut written = 0;
        let mut rows = Rows::new(&path, TABLES, Marks::default());
        let mut read = BTreeSet::new();
        rows.read(&mut |what, _| {
            if let Read::Row(line) = what {
                read.insert(line.to_owned());
            }
            if matches!(what, Read::Piece) && written < 3 {
                written += 1;
                scene.sql("INSERT INTO log VALUES (5000, 1, NULL)");
                scene.sql("PRAGMA wal_checkpoint(TRUNCATE)");
            }
            Ok::<(), RowsError>(())
        })
        .unwrap();
        assert_eq!((written, read.len()), (3, 1001), "{journal}");
    }
}

#[test]
fn rows_that_change_are_read_again_and_others_are_not() {
    let mut scene = Scene::new("wal");
    scene.sql("INSERT INTO item VALUES ('a', 'new', 10), ('b', 'new', 20), ('c', 'new', 20)");
    assert_eq!(scene.read().len(), 3);
    scene.sql("UPDATE item SET state = 'done', time_updated = 30 WHERE id = 'a'");
    scene.sql("INSERT INTO item VALUES ('d', 'new', 25)");
    let read = scene.read();
    assert!(read.contains(&r#"{"table":"item","id":"a","state":"done","time_updated":30}"#.to_owned()), "{read:?}");
    assert!(read.iter().any(|line| line.contains(r#""id":"d""#)), "{read:?}");
    scene.sql("INSERT INTO todo VALUES ('one'), ('two')");
    let todo = |read: Vec<String>| read.iter().filter(|line| line.contains("todo")).count();
    assert_eq!((todo(scene.read()), todo(scene.read())), (2, 2));
}

#[test]
fn rows_written_anew_are_read_anew() {
    let mut scene = Scene::new("wal");
    scene.sql("INSERT INTO log VALUES (1, '1', NULL), (2, '2', NULL), (3, '3', NULL)");
    assert_eq!(scene.read().len(), 3);
    scene.sql("DELETE FROM log WHERE id > 1; INSERT INTO log VALUES (4, '4', NULL), (5, '5', NULL)");
    assert_eq!(scene.read().len(), 3, "the last row is another one");
    scene.sql("DELETE FROM log WHERE id = 5");
    assert_eq!(scene.read().len(), 2, "the last row has gone");
    assert_eq!(scene.read().len(), 0);
}

#[test]
fn compressed_text_comes_as_what_it_holds() {
    let mut scene = Scene::new("wal");
    // A frame of one raw block: `{"b":2}`.
    scene.sql("INSERT INTO log VALUES (1, NULL, x'28b52ffd20073900007b2262223a327d'), (2, NULL, x'28b52ffd2007')");
    assert_eq!(scene.read(), [r#"{"table":"log","id":1,"packed":{"b":2}}"#, r#"{"table":"log","id":2}"#]);
}

#[test]
fn what_cannot_be_read_now_is_said_and_read_later() {
    let mut scene = Scene::new("delete");
    scene.sql("INSERT INTO log VALUES (1, '1', NULL); BEGIN IMMEDIATE; INSERT INTO log VALUES (2, '2', NULL)");
    let path = scene.path();
    assert!(fs::metadata(beside(&path, "-journal")).is_ok());
    let error = io::Error::from(scene.try_read().unwrap_err());
    assert_eq!((error.kind(), error.to_string()), (io::ErrorKind::WouldBlock, "it is being written to".to_owned()));
    scene.sql("COMMIT");
    assert_eq!(scene.read().len(), 2);

    let mut scene = Scene::new("wal");
    scene.sql("INSERT INTO log VALUES (1, '1', NULL)");
    let copy = tempfile::tempdir().unwrap();
    for name in ["", "-wal"] {
        fs::copy(beside(&scene.path(), name), copy.path().join(format!("copy.db{name}"))).unwrap();
    }
    let path = copy.path().join("copy.db");
    let half = Rows::new(&path, TABLES, Marks::default()).read(&mut |_, _| Ok::<(), RowsError>(()));
    assert!(matches!(half, Err(RowsError::HalfThere)), "{half:?}");
    assert_eq!(fs::read_dir(copy.path()).unwrap().count(), 2, "nothing of ours beside it");

    let broken = tempfile::tempdir().unwrap();
    let path = broken.path().join("x.db");
    fs::write(&path, b"SQLite format 3\0 but then something else").unwrap();
    let broken = Rows::new(&path, TABLES, Marks::default()).read(&mut |_, _| Ok::<(), RowsError>(()));
    assert_eq!(io::Error::from(broken.unwrap_err()).kind(), io::ErrorKind::InvalidData);
}

#[test]
fn other_versions_are_read_as_far_as_they_are_known() {
    let mut scene = Scene::new("wal");
    scene.sql(
        "DROP TABLE todo; DROP TABLE log; CREATE TABLE log (data TEXT, more TEXT); INSERT INTO log VALUES ('7', 'x')",
    );
    assert_eq!(scene.read(), [r#"{"table":"log","data":7}"#]);
    scene.sql("DROP TABLE log; INSERT INTO item VALUES ('a', 'new', 1)");
    let read = scene.read();
    assert_eq!(read.last().unwrap(), "database of an unknown version: no table `log`, `todo`");
    assert_eq!(read.len(), 2);
}
