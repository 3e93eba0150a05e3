//! A person at an editor and at a shell.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use super::scene::surround;

#[derive(Clone)]
pub struct Person {
    pub dir: PathBuf,
    pub home: PathBuf,
}

impl Person {
    pub fn write(&self, path: &str, content: &str) {
        let path = self.dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// As most editors do: beside it, then in its place.
    pub fn save_atomically(&self, path: &str, content: &str) {
        let (path, beside) = (self.dir.join(path), self.dir.join(format!("{path}.tmp.4711")));
        fs::write(&beside, content).unwrap();
        fs::rename(beside, path).unwrap();
    }

    /// As vim does: a swap file while it is open, a test whether the directory takes files, a backup that goes.
    pub fn save_as_vim(&self, path: &str, content: &str) {
        let path = self.dir.join(path);
        let (dir, name) = (path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap());
        let (swap, probe, backup) = (dir.join(format!(".{name}.swp")), dir.join("4913"), dir.join(format!("{name}~")));
        fs::write(&swap, "b0VIM 9.0").unwrap();
        fs::write(&probe, "").unwrap();
        fs::remove_file(&probe).unwrap();
        fs::rename(&path, &backup).unwrap();
        let mut file = fs::File::create(&path).unwrap();
        file.write_all(content.as_bytes()).unwrap();
        file.sync_all().unwrap();
        fs::remove_file(&backup).unwrap();
        fs::remove_file(&swap).unwrap();
    }

    pub fn shell(&self, command: &str) -> String {
        let mut shell = Command::new("/bin/sh");
        let ran = surround(&mut shell, &self.home).arg("-c").arg(command).current_dir(&self.dir).output().unwrap();
        assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }
}
