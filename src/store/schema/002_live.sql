-- What only a running agent tells: its process, words told by hooks before the transcript tells them, what it was told.

-- Turn of a prompt, where the agent numbers them.
ALTER TABLE message ADD COLUMN turn TEXT;

-- The touch that counted last: another source of the same touch may know the content.
ALTER TABLE file_view ADD COLUMN last_touch INTEGER;

-- 1: nobody who told this call knew its thread.
ALTER TABLE tool_call ADD COLUMN thread_unsure INTEGER NOT NULL DEFAULT 0;
UPDATE tool_call SET thread_unsure = 1 WHERE started_ms IS NULL;

-- Messages that a hook told. `message` is the row that holds each: the transcript's own, once it was read;
-- until then (`alone` = 1) one that stands in for it.
CREATE TABLE overheard (
  key     INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
  -- When the hook told it.
  at_ms   INTEGER NOT NULL,
  alone   INTEGER NOT NULL
) STRICT;
CREATE INDEX overheard_message ON overheard (message);
CREATE INDEX overheard_session ON overheard (session, at_ms);
CREATE INDEX overheard_alone ON overheard (session) WHERE alone = 1;

-- The session that an agent's process is in.
CREATE TABLE agent_process (
  pid     INTEGER NOT NULL,
  -- Start of the process in the system's unit, 0 where it is not told.
  started INTEGER NOT NULL,
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  seen_ms INTEGER NOT NULL,
  PRIMARY KEY (pid, started)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_process_session ON agent_process (session);

-- What a session was told last, so that it is told only what changed.
CREATE TABLE told (
  session INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
  -- JSON: line by line.
  lines   TEXT NOT NULL,
  told_ms INTEGER NOT NULL
) STRICT;

-- Hooks and transcript both tell of a compaction: the larger of the two counts is the number.
CREATE INDEX event_compaction ON event (session, source) WHERE compaction = 1;
