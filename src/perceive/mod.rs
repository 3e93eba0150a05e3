//! Conclusions from what is stored: pure functions over facts and a moment.

pub mod rules;
pub mod view;
pub mod whose;
