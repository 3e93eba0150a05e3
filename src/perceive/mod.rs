//! Conclusions from what is stored: pure functions over facts and a moment.

pub mod whose;
