//! Rows and trees, and what comes of them.
