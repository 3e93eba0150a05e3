//! How a project is laid out and built: one file per ecosystem behind one trait and one list.

mod ecosystem;
mod landmarks;
mod languages;
mod shape;
mod site;
mod survey;
mod tasks;
mod toolchain;

mod beam;
mod dart;
mod deno;
mod dotnet;
mod go;
mod haskell;
mod jvm;
mod memory;
mod native;
mod node;
mod php;
mod python;
mod ruby;
mod rust;
mod scala;
mod shell;
mod swift;
mod zig;

pub use memory::index;
pub use shape::Shape;

use ecosystem::Ecosystem;

/// Where two are equally at home in a directory, the earlier one speaks for it.
const ECOSYSTEMS: &[&dyn Ecosystem] = &[
    &rust::Rust,
    &go::Go,
    &deno::Deno,
    &node::Node,
    &python::Python,
    &jvm::Gradle,
    &jvm::Maven,
    &scala::Scala,
    &dotnet::DotNet,
    &native::CMake,
    &native::Meson,
    &native::Autotools,
    &ruby::Ruby,
    &php::Php,
    &swift::Swift,
    &swift::Xcode,
    &beam::Elixir,
    &beam::Erlang,
    &beam::Gleam,
    &dart::Dart,
    &zig::Zig,
    &haskell::Haskell,
    &shell::Shell,
];

#[cfg(test)]
mod tests;
