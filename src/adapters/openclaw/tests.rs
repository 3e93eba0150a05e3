//! Sessions of every kind, shorter than in life, read from files and from databases, and wherever a reading stops.

mod calls;
mod messages;
mod resumed;
mod rows;
mod session;
