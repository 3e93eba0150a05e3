-- What spans and data points tell besides what every record has.
ALTER TABLE otel_span ADD COLUMN kind TEXT;
ALTER TABLE otel_span ADD COLUMN message TEXT;
ALTER TABLE otel_span ADD COLUMN events TEXT;
ALTER TABLE otel_metric ADD COLUMN start_ms INTEGER;
ALTER TABLE otel_metric ADD COLUMN temporality TEXT;
ALTER TABLE otel_metric ADD COLUMN monotonic INTEGER NOT NULL DEFAULT 0;
ALTER TABLE otel_metric ADD COLUMN count INTEGER;
ALTER TABLE otel_metric ADD COLUMN min REAL;
ALTER TABLE otel_metric ADD COLUMN max REAL;
ALTER TABLE otel_metric ADD COLUMN buckets TEXT;
ALTER TABLE otel_metric ADD COLUMN series INTEGER;

-- Programs that only telemetry tells of: agents besides those that are known by name.
CREATE TABLE other_agent (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- How long a request took, and until its first token came; what it cost by the price table, whatever the agent reported.
ALTER TABLE request ADD COLUMN duration_ms INTEGER;
ALTER TABLE request ADD COLUMN first_token_ms INTEGER;
ALTER TABLE request ADD COLUMN estimated_nanos INTEGER;

-- Requests that a model did not answer.
CREATE TABLE failed_request (
  id          INTEGER PRIMARY KEY,
  key         INTEGER NOT NULL UNIQUE,
  session     INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  ts_ms       INTEGER NOT NULL,
  model       TEXT,
  status      INTEGER,
  kind        TEXT,
  message     TEXT,
  duration_ms INTEGER,
  agent_id    TEXT
) STRICT;
CREATE INDEX failed_request_session ON failed_request (session, ts_ms);
CREATE INDEX failed_request_time ON failed_request (ts_ms);

-- Telemetry names the threads of sub-agents alone.
CREATE INDEX subagent_thread ON subagent (agent_id);
