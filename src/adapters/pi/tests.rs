//! Session files and payloads in words: their lines, read as the ingest reads them, and what they told.
