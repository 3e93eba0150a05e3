//! Rollouts of every kind, shorter than in life, and read wherever a reading stops.

mod calls;
mod records;
mod resumed;
mod rollout;
mod threads;
