//! Bodies as agents really send them, and those that nobody should.
