"""Model services on loopback that answer from a script, and remember every request."""
