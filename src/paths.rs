//! Every location in the program, from an environment that is passed in.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The data directory: `TMA1_DATA_DIR`, else `~/.tma1`.
pub fn data_dir(setting: Option<&str>, home: &Path) -> PathBuf {
    match setting.filter(|s| !s.is_empty()) {
        Some(dir) => match dir.strip_prefix("~/") {
            Some(rest) => home.join(rest),
            None => PathBuf::from(dir),
        },
        None => home.join(".tma1"),
    }
}

/// Makes `dir` (and what is missing above it) readable by its owner alone. A directory that is there and holds
/// something already keeps its mode: it may be more than ours.
pub fn private_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        #[cfg(unix)]
        if dir.read_dir()?.next().is_none() {
            let owner_alone = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            return std::fs::set_permissions(dir, owner_alone);
        }
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Opens `path` for writing, made readable by its owner alone where it is new.
pub fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
