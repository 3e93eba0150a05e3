//! How other tma1 processes reach the sidecar: where it listens, one request, starting it.
