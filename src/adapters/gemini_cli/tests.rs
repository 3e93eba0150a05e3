//! Chats of every kind, shorter than in life, and read wherever a reading stops.

mod calls;
mod chat;
mod resumed;
mod told;
