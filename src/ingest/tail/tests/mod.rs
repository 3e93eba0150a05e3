//! Real directories, a real store, and a deadline for everything that is waited for.

mod desk;
mod directories;
mod files;
mod pieces;
mod scene;
