//! Small files beside an agent's history that tell what the history itself leaves out.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::adapters::{Adapter, Parser};

/// A larger one is none of those.
const MOST: u64 = 1024 * 1024;

/// Shows `parser` the neighbours of the file at `path`, as far as they are there.
pub(super) fn show(adapter: &dyn Adapter, path: &Path, parser: &mut dyn Parser) {
    for neighbour in adapter.neighbours(path) {
        let Ok(file) = File::open(&neighbour) else { continue };
        let mut content = Vec::new();
        let whole = file.take(MOST + 1).read_to_end(&mut content).is_ok_and(|read| read as u64 <= MOST);
        if whole {
            parser.neighbour(&neighbour, &content);
        }
    }
}
