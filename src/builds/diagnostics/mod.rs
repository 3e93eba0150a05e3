//! What compilers, linters and test runners print, one file per group of tools.
//!
//! To add a format, write a [`Format`] and add it to [`FORMATS`]. Each line of the output is
//! offered to the formats in that order; the first that knows it takes it.

mod c;
mod dotnet;
mod elixir;
mod eslint;
mod generic;
mod go;
mod hints;
mod infrastructure;
mod jest;
mod jvm;
mod lines;
mod located;
mod mocha;
mod perl;
mod php;
mod place;
mod pytest;
mod python;
mod ruby;
mod rust;
mod scan;
#[cfg(test)]
mod tests;
mod typescript;

use crate::model::Diagnostic;
use hints::Hints;
use lines::Cursor;

pub use scan::{diagnostics, failing_tests};

/// A family of output formats. A value lives for one output, so that it can remember headings.
trait Format {
    /// A line without any of these is not offered.
    fn hints(&self) -> Hints;

    /// Reads the line at the cursor; `None`: it is not of this format.
    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>>;

    /// Reads the id of a failing test from the line at the cursor.
    fn failing_test(&mut self, _cursor: &Cursor<'_>) -> Option<Taken<String>> {
        None
    }
}

/// A line (and maybe some after it) that a format has dealt with.
struct Taken<T> {
    found: Vec<T>,
    /// How many lines, this one included, no other format needs to see.
    lines: usize,
}

impl<T> Taken<T> {
    fn one(found: T) -> Self {
        Self { found: vec![found], lines: 1 }
    }

    /// The line is known and says nothing by itself: a summary, a heading.
    fn nothing() -> Self {
        Self { found: Vec::new(), lines: 1 }
    }

    fn through(mut self, lines: usize) -> Self {
        self.lines = lines.max(1);
        self
    }
}

/// Special formats before general ones.
const FORMATS: &[fn() -> Box<dyn Format>] = &[
    || Box::<rust::Rust>::default(),
    || Box::<go::Go>::default(),
    || Box::<pytest::Pytest>::default(),
    || Box::<python::Python>::default(),
    || Box::<jest::Jest>::default(),
    || Box::<mocha::Mocha>::default(),
    || Box::<eslint::Eslint>::default(),
    || Box::<typescript::TypeScript>::default(),
    || Box::<jvm::Jvm>::default(),
    || Box::<dotnet::DotNet>::default(),
    || Box::<ruby::Ruby>::default(),
    || Box::<php::Php>::default(),
    || Box::<perl::Perl>::default(),
    || Box::<elixir::Elixir>::default(),
    || Box::<c::C>::default(),
    || Box::<infrastructure::Infrastructure>::default(),
    || Box::<located::Located>::default(),
    || Box::<generic::Generic>::default(),
];
