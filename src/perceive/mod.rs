//! Conclusions from what is stored: pure functions over facts and a moment.

pub mod engine;
pub mod load;
pub mod plain;
pub mod rules;
pub mod view;
pub mod whose;
