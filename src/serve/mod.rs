//! The doors through which programs ask: they carry questions to `answer` and decide nothing.

pub mod http;
pub mod mcp;
