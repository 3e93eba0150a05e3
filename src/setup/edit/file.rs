//! A file as it was seen, and its replacement: whole or not at all, and only if it is still as it was seen.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, Gid, RenameFlags, Uid};
use xxhash_rust::xxh3::xxh3_64;

use super::error::EditError;

/// As many as Linux follows.
const LINKS: usize = 40;

/// How often an exchange is taken back when somebody writes at the same moment.
const EXCHANGES: usize = 8;

/// What tells whether a file is still the same one with the same content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    /// Nanoseconds since 1970.
    pub modified: i128,
    pub mode: u32,
    pub user: u32,
    pub group: u32,
    pub links: u64,
    pub hash: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub named: PathBuf,
    /// Where symbolic links lead; they stay as they are.
    pub real: PathBuf,
    /// `None`: there is no file.
    pub bytes: Option<Vec<u8>>,
    pub stamp: Option<Stamp>,
}

/// Whether a replacement took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Somebody else wrote meanwhile; theirs stands.
    Changed,
}

pub fn read(named: &Path) -> Result<Seen, EditError> {
    let real = resolve(named)?;
    let absent = Seen { named: named.to_owned(), real: real.clone(), bytes: None, stamp: None };
    match fs::symlink_metadata(&real) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(absent),
        Err(error) => return Err(EditError::io(named, error)),
        Ok(about) if !about.is_file() => return Err(EditError::NotAFile { path: named.to_owned() }),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    let content = File::open(&real).and_then(|mut file| {
        file.read_to_end(&mut bytes)?;
        file.metadata()
    });
    let about = match content {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(absent),
        other => other.map_err(|error| EditError::io(named, error))?,
    };
    let stamp = Stamp {
        device: about.dev(),
        inode: about.ino(),
        size: about.size(),
        modified: i128::from(about.mtime()) * 1_000_000_000 + i128::from(about.mtime_nsec()),
        mode: about.mode() & 0o7777,
        user: about.uid(),
        group: about.gid(),
        links: about.nlink(),
        hash: xxh3_64(&bytes),
    };
    Ok(Seen { bytes: Some(bytes), stamp: Some(stamp), ..absent })
}

/// Follows links by hand, because the last one may lead to a file that is still to come.
fn resolve(named: &Path) -> Result<PathBuf, EditError> {
    let mut path = named.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&path) else {
            // Links among the folders, too: the same file named in two ways is one.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let real = folder.canonicalize().ok().zip(path.file_name()).map(|(folder, name)| folder.join(name));
            return Ok(real.unwrap_or(path));
        };
        path = path.parent().unwrap_or(Path::new("/")).join(target);
    }
    Err(EditError::io(named, io::Error::other("its symbolic links go in a circle")))
}

impl Seen {
    /// The folder the file lies (or will lie) in.
    pub fn folder(&self) -> &Path {
        self.real.parent().unwrap_or(Path::new("/"))
    }

    /// What forbids replacing it, found before anything is written anywhere.
    pub fn check(&self) -> Result<(), EditError> {
        let path = self.named.clone();
        let may = |path: &Path, access| rustix::fs::accessat(CWD, path, access, AtFlags::EACCESS).is_ok();
        if let Some(stamp) = &self.stamp {
            // Root may write anything; a file without a single write bit is still meant to stay.
            if stamp.mode & 0o222 == 0 || !may(&self.real, Access::WRITE_OK) {
                return Err(EditError::ReadOnly { path });
            }
            if stamp.links > 1 {
                return Err(EditError::HardLinked { path, links: stamp.links });
            }
            let me = rustix::process::geteuid();
            if !me.is_root() && stamp.user != me.as_raw() {
                return Err(EditError::Owner { path, user: stamp.user });
            }
        }
        let Some(folder) = self.folder().ancestors().find(|folder| folder.exists()) else { return Ok(()) };
        if may(folder, Access::WRITE_OK | Access::EXEC_OK) {
            Ok(())
        } else {
            Err(EditError::Folder { path: folder.to_owned() })
        }
    }

    fn is_unchanged(&self) -> Result<bool, EditError> {
        Ok(read(&self.named)? == *self)
    }
}

/// New content beside its place, complete and on disk.
#[derive(Debug)]
pub struct Staged {
    temporary: PathBuf,
    bytes: Vec<u8>,
}

impl Drop for Staged {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Writes the new content into the same folder, with mode, owner and extended attributes of the old file.
pub fn stage(seen: &Seen, bytes: &[u8]) -> Result<Staged, EditError> {
    let fail = |error| EditError::io(&seen.named, error);
    let name = seen.real.file_name().unwrap_or_default().to_string_lossy();
    // Nobody else may look before the file has its mode; a new one is as open as the user's mask lets it be.
    let mode = if seen.stamp.is_some() { 0o600 } else { 0o666 };
    let (temporary, mut file) = create_beside(seen.folder(), &name, mode).map_err(fail)?;
    let staged = Staged { temporary, bytes: bytes.to_owned() };
    file.write_all(bytes).map_err(fail)?;
    if let Some(stamp) = &seen.stamp {
        let now = file.metadata().map_err(fail)?;
        if (now.uid(), now.gid()) != (stamp.user, stamp.group) {
            let (user, group) = (Uid::from_raw(stamp.user), Gid::from_raw(stamp.group));
            rustix::fs::fchown(&file, Some(user), Some(group))
                .map_err(|_| EditError::Owner { path: seen.named.clone(), user: stamp.user })?;
        }
        copy_attributes(&seen.real, &file);
        // After the owner: changing that takes the set-user bits away.
        file.set_permissions(Permissions::from_mode(stamp.mode)).map_err(fail)?;
    }
    file.sync_all().map_err(fail)?;
    Ok(staged)
}

fn create_beside(folder: &Path, name: &str, mode: u32) -> io::Result<(PathBuf, File)> {
    let mut last = io::Error::other("no free name");
    for attempt in 0..100 {
        let path = folder.join(format!(".{name}.tma1-{}-{attempt}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Access lists and the like. What the system does not let us copy was not the user's to set.
fn copy_attributes(from: &Path, to: &File) {
    let mut names = vec![0_u8; 64 * 1024];
    let Ok(length) = rustix::fs::listxattr(from, &mut names[..]) else { return };
    for name in names[..length].split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
        let mut value = vec![0_u8; 64 * 1024];
        if let Ok(length) = rustix::fs::getxattr(from, name, &mut value[..]) {
            let _ = rustix::fs::fsetxattr(to, name, &value[..length], rustix::fs::XattrFlags::empty());
        }
    }
}

/// Puts the staged content in place, unless the file is no longer as it was seen.
///
/// The two are exchanged where the system can: then what was replaced can still be looked at, and put back if somebody
/// wrote between the check and the exchange.
pub fn replace(seen: &Seen, staged: &Staged) -> Result<Outcome, EditError> {
    if !seen.is_unchanged()? {
        return Ok(Outcome::Changed);
    }
    let fail = |error: rustix::io::Errno| EditError::io(&seen.named, error.into());
    let (temporary, real) = (&staged.temporary, &seen.real);
    let flags = if seen.bytes.is_some() { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    match rustix::fs::renameat_with(CWD, temporary, CWD, real, flags) {
        Ok(()) => {}
        Err(rustix::io::Errno::EXIST | rustix::io::Errno::NOENT) => return Ok(Outcome::Changed),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            fs::rename(temporary, real).map_err(|error| EditError::io(&seen.named, error))?;
            sync(seen.folder());
            return Ok(Outcome::Done);
        }
        Err(error) => return Err(fail(error)),
    }
    sync(seen.folder());
    let Some(before) = &seen.bytes else { return Ok(Outcome::Done) };
    let look = || fs::read(temporary).map_err(|error| EditError::io(&seen.named, error));
    let (mut on_path, mut aside) = (staged.bytes.clone(), look()?);
    if aside == *before {
        return Ok(Outcome::Done);
    }
    for _ in 0..EXCHANGES {
        rustix::fs::renameat_with(CWD, temporary, CWD, real, RenameFlags::EXCHANGE).map_err(fail)?;
        let put = std::mem::replace(&mut aside, look()?);
        if aside == on_path {
            return Ok(Outcome::Changed);
        }
        on_path = put;
    }
    Err(EditError::Restless { path: seen.named.clone() })
}

/// Removes the file, unless it is no longer as it was seen.
pub fn remove(seen: &Seen) -> Result<Outcome, EditError> {
    let Some(before) = &seen.bytes else { return Ok(Outcome::Done) };
    if !seen.is_unchanged()? {
        return Ok(Outcome::Changed);
    }
    let fail = |error| EditError::io(&seen.named, error);
    let name = seen.real.file_name().unwrap_or_default().to_string_lossy();
    let aside = seen.folder().join(format!(".{name}.tma1-{}-gone", std::process::id()));
    fs::rename(&seen.real, &aside).map_err(fail)?;
    if fs::read(&aside).map_err(fail)? == *before {
        fs::remove_file(&aside).map_err(fail)?;
        sync(seen.folder());
        return Ok(Outcome::Done);
    }
    // Whoever wrote last wins: what is there already, else what we took away.
    let back = rustix::fs::renameat_with(CWD, &aside, CWD, &seen.real, RenameFlags::NOREPLACE);
    if back.is_err() && !seen.real.exists() {
        fs::rename(&aside, &seen.real).map_err(fail)?;
    }
    let _ = fs::remove_file(&aside);
    Ok(Outcome::Changed)
}

/// So that a name survives a power cut; a folder that cannot be opened is no reason to fail.
fn sync(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// Keeps the content a file had before our first edit; later ones never replace it. Only its owner may read it.
pub fn back_up(seen: &Seen, folder: &Path) -> Result<(), EditError> {
    let Some(bytes) = &seen.bytes else { return Ok(()) };
    let path = backup_path(&seen.real, folder);
    let fail = |error| EditError::io(&path, error);
    if path.exists() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(fail)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (temporary, mut file) = create_beside(folder, &name, 0o600).map_err(fail)?;
    let staged = Staged { temporary, bytes: Vec::new() };
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)?;
    fs::rename(&staged.temporary, &path).map_err(fail)
}

/// Where the backup of a file lies: two files of one name differ by the hash of their folders.
pub fn backup_path(real: &Path, folder: &Path) -> PathBuf {
    let name = real.file_name().unwrap_or_default().to_string_lossy();
    let of = xxh3_64(real.parent().unwrap_or(Path::new("/")).as_os_str().as_encoded_bytes());
    folder.join(format!("{of:016x}-{}", name.trim_start_matches('.')))
}
