//! Views from a store.
