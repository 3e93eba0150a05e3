//! Real files in trees of their own, a deadline for everything that is waited for, and silence shown by what comes next.

mod changes;
mod git;
mod limits;
mod moves;
mod random;
mod rules;
mod scene;
