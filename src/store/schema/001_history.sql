-- Base tables. Everything outside the store reads the views of views.sql; these may change with a migration.
-- Times are UTC epoch milliseconds. `key` columns are 64-bit hashes of (agent, the agent's own id).

CREATE TABLE project (
  id    INTEGER PRIMARY KEY,
  root  TEXT NOT NULL UNIQUE,
  repo  TEXT NOT NULL
) STRICT;
CREATE INDEX project_repo ON project (repo);

CREATE TABLE session (
  id                    INTEGER PRIMARY KEY,
  agent                 TEXT NOT NULL,
  session_id            TEXT NOT NULL,
  project               INTEGER REFERENCES project (id),
  cwd                   TEXT,
  cwd_ms                INTEGER,
  git_branch            TEXT,
  branch_ms             INTEGER,
  model                 TEXT,
  model_ms              INTEGER,
  agent_version         TEXT,
  version_ms            INTEGER,
  title                 TEXT,
  title_rank            INTEGER NOT NULL DEFAULT 0,
  title_ms              INTEGER,
  parent_session_id     TEXT,
  -- First moment the session itself wrote: of two sessions with copies of one record the earlier owns it.
  origin_ms             INTEGER,
  started_ms            INTEGER,
  last_activity_ms      INTEGER,
  ended_ms              INTEGER,
  -- Roll-ups, kept by the writer with every row.
  user_prompts          INTEGER NOT NULL DEFAULT 0,
  assistant_messages    INTEGER NOT NULL DEFAULT 0,
  tool_calls            INTEGER NOT NULL DEFAULT 0,
  tool_errors           INTEGER NOT NULL DEFAULT 0,
  requests              INTEGER NOT NULL DEFAULT 0,
  priced_requests       INTEGER NOT NULL DEFAULT 0,
  input_tokens          INTEGER NOT NULL DEFAULT 0,
  output_tokens         INTEGER NOT NULL DEFAULT 0,
  cache_read_tokens     INTEGER NOT NULL DEFAULT 0,
  cache_creation_tokens INTEGER NOT NULL DEFAULT 0,
  reasoning_tokens      INTEGER NOT NULL DEFAULT 0,
  cost_nanos            INTEGER NOT NULL DEFAULT 0,
  compactions           INTEGER NOT NULL DEFAULT 0,
  UNIQUE (agent, session_id)
) STRICT;
CREATE INDEX session_recent ON session (last_activity_ms);
CREATE INDEX session_project ON session (project, last_activity_ms);

CREATE TABLE message (
  id          INTEGER PRIMARY KEY,
  key         INTEGER NOT NULL UNIQUE,
  session     INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  message_id  TEXT NOT NULL,
  record_id   TEXT,
  ts_ms       INTEGER NOT NULL,
  role        TEXT NOT NULL,
  content     TEXT NOT NULL,
  -- Hashes of the pieces the content is made of, 8 bytes each, little-endian.
  pieces      BLOB,
  model       TEXT,
  agent_id    TEXT
) STRICT;
CREATE INDEX message_session ON message (session, ts_ms);
CREATE INDEX message_record ON message (record_id) WHERE record_id IS NOT NULL;

CREATE TABLE tool_call (
  id           INTEGER PRIMARY KEY,
  key          INTEGER NOT NULL UNIQUE,
  session      INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  tool_call_id TEXT NOT NULL,
  tool         TEXT,
  kind         TEXT,
  started_ms   INTEGER,
  ended_ms     INTEGER,
  duration_ms  INTEGER,
  status       TEXT,
  file_path    TEXT,
  command      TEXT,
  input        TEXT,
  output       TEXT,
  error        TEXT,
  exit_code    INTEGER,
  agent_id     TEXT,
  at_ms        INTEGER GENERATED ALWAYS AS (coalesce(started_ms, ended_ms)) VIRTUAL
) STRICT;
CREATE INDEX tool_call_session ON tool_call (session, at_ms);

CREATE TABLE request (
  id                INTEGER PRIMARY KEY,
  key               INTEGER NOT NULL UNIQUE,
  -- Hash of the response id alone: a side-thread copy may carry another request id.
  response_key      INTEGER NOT NULL,
  session           INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  response_id       TEXT NOT NULL,
  request_id        TEXT,
  ts_ms             INTEGER NOT NULL,
  model             TEXT,
  input_tokens      INTEGER NOT NULL,
  output_tokens     INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_write_5m    INTEGER NOT NULL,
  cache_write_1h    INTEGER NOT NULL,
  cache_write_other INTEGER NOT NULL,
  reasoning_tokens  INTEGER NOT NULL,
  web_searches      INTEGER NOT NULL,
  fast              INTEGER NOT NULL,
  us_only           INTEGER NOT NULL,
  service_tier      TEXT,
  reported_nanos    INTEGER,
  cost_nanos        INTEGER,
  cost_basis        TEXT NOT NULL,
  price_table       INTEGER REFERENCES price_table (id),
  agent_id          TEXT,
  sidechain         INTEGER NOT NULL
) STRICT;
CREATE INDEX request_response ON request (response_key);
CREATE INDEX request_session ON request (session, ts_ms);

-- Versions of the price table that priced something: history is never re-priced silently.
CREATE TABLE price_table (
  id      INTEGER PRIMARY KEY,
  version TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE event (
  id         INTEGER PRIMARY KEY,
  key        INTEGER UNIQUE,
  session    INTEGER REFERENCES session (id) ON DELETE CASCADE,
  ts_ms      INTEGER NOT NULL,
  source     TEXT NOT NULL,
  event_type TEXT NOT NULL,
  tool       TEXT,
  payload    TEXT,
  compaction INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX event_session ON event (session, ts_ms);
CREATE INDEX event_time ON event (ts_ms);

-- What each session last saw of each file.
CREATE TABLE file_view (
  session      INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  path         TEXT NOT NULL,
  first_ms     INTEGER NOT NULL,
  last_read_ms INTEGER,
  last_edit_ms INTEGER,
  reads        INTEGER NOT NULL DEFAULT 0,
  edits        INTEGER NOT NULL DEFAULT 0,
  content_hash INTEGER,
  PRIMARY KEY (session, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_view_path ON file_view (path);

-- Touches that `file_view` has counted: a call told twice, in whatever order, is one.
CREATE TABLE file_touch (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  key     INTEGER NOT NULL,
  PRIMARY KEY (session, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE subagent (
  session       INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  agent_id      TEXT NOT NULL,
  agent_type    TEXT,
  description   TEXT,
  call_id       TEXT,
  started_ms    INTEGER,
  last_ms       INTEGER,
  tool_calls    INTEGER NOT NULL DEFAULT 0,
  requests      INTEGER NOT NULL DEFAULT 0,
  input_tokens  INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  cost_nanos    INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (session, agent_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_item (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  key     TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  text    TEXT,
  status  TEXT NOT NULL,
  ts_ms   INTEGER NOT NULL,
  PRIMARY KEY (session, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE build_run (
  id            INTEGER PRIMARY KEY,
  key           INTEGER NOT NULL UNIQUE,
  session       INTEGER REFERENCES session (id) ON DELETE CASCADE,
  project       INTEGER REFERENCES project (id),
  origin        TEXT NOT NULL,
  kind          TEXT NOT NULL,
  tag           TEXT NOT NULL,
  command       TEXT NOT NULL,
  cwd           TEXT,
  started_ms    INTEGER,
  ended_ms      INTEGER,
  status        TEXT,
  exit_code     INTEGER,
  last_error    TEXT,
  diagnostics   TEXT,
  failing_tests TEXT,
  tail          TEXT,
  at_ms         INTEGER GENERATED ALWAYS AS (coalesce(ended_ms, started_ms)) VIRTUAL
) STRICT;
CREATE INDEX build_run_project ON build_run (project, at_ms);
CREATE INDEX build_run_session ON build_run (session, at_ms);

-- Roll-ups beside the columns of `session`: buckets of a quarter hour suit every time zone.
CREATE TABLE usage_bucket (
  bucket_ms             INTEGER NOT NULL,
  session               INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  model                 TEXT NOT NULL,
  requests              INTEGER NOT NULL,
  priced_requests       INTEGER NOT NULL,
  input_tokens          INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  cache_read_tokens     INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  reasoning_tokens      INTEGER NOT NULL,
  cost_nanos            INTEGER NOT NULL,
  PRIMARY KEY (bucket_ms, session, model)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_bucket_session ON usage_bucket (session);
CREATE INDEX usage_bucket_unpriced ON usage_bucket (bucket_ms, session, model) WHERE requests > priced_requests;

CREATE TABLE session_tool (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  tool    TEXT NOT NULL,
  calls   INTEGER NOT NULL,
  errors  INTEGER NOT NULL,
  PRIMARY KEY (session, tool)
) STRICT, WITHOUT ROWID;

-- Full text of prompts, answers, commands and errors; the text itself stays in its table.
-- rowid = id * 4 + part (0 message, 1 command of a call, 2 error of a call).
CREATE VIRTUAL TABLE search_index USING fts5 (
  text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);

-- Fewer and larger segments: an import adds a third less work for merging them.
INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 8388608);
INSERT INTO search_index (search_index, rank) VALUES ('automerge', 16);

-- Titles told for a record that was not here yet.
CREATE TABLE pending_title (
  record_id TEXT PRIMARY KEY,
  title     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Sources and how far each was read; committed with the rows that came from those bytes.
CREATE TABLE source (
  id         INTEGER PRIMARY KEY,
  path       TEXT NOT NULL UNIQUE,
  agent      TEXT NOT NULL,
  -- Device, inode and a hash of the first bytes: a path may come to hold another file.
  device     INTEGER NOT NULL,
  inode      INTEGER NOT NULL,
  head_hash  INTEGER NOT NULL,
  head_bytes INTEGER NOT NULL,
  offset     INTEGER NOT NULL,
  line       INTEGER NOT NULL,
  size       INTEGER NOT NULL,
  mtime_ns   INTEGER NOT NULL,
  -- What the parser must remember to go on from `offset`: JSON of its own.
  state      TEXT,
  records    INTEGER NOT NULL DEFAULT 0,
  read_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE skipped (
  agent    TEXT NOT NULL,
  path     TEXT NOT NULL,
  reason   TEXT NOT NULL,
  count    INTEGER NOT NULL,
  sample   TEXT NOT NULL,
  last_ms  INTEGER NOT NULL,
  PRIMARY KEY (path, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE file_change (
  id          INTEGER PRIMARY KEY,
  ts_ms       INTEGER NOT NULL,
  project     INTEGER NOT NULL REFERENCES project (id),
  path        TEXT NOT NULL,
  change      TEXT NOT NULL,
  attribution TEXT,
  session     INTEGER REFERENCES session (id) ON DELETE CASCADE,
  reason      TEXT
) STRICT;
CREATE INDEX file_change_project ON file_change (project, ts_ms);

CREATE TABLE finding (
  id               INTEGER PRIMARY KEY,
  session          INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  kind             TEXT NOT NULL,
  key              TEXT NOT NULL,
  severity         TEXT NOT NULL,
  channel          TEXT NOT NULL,
  evidence         TEXT NOT NULL,
  suggestion       TEXT NOT NULL,
  related_files    TEXT NOT NULL DEFAULT '[]',
  state            TEXT NOT NULL,
  first_emitted_ms INTEGER NOT NULL,
  changed_ms       INTEGER NOT NULL,
  UNIQUE (session, kind, key)
) STRICT;

CREATE TABLE delivery (
  id            INTEGER PRIMARY KEY,
  session       INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  finding       INTEGER REFERENCES finding (id) ON DELETE CASCADE,
  kind          TEXT NOT NULL,
  key           TEXT NOT NULL,
  severity      TEXT NOT NULL,
  channel       TEXT NOT NULL,
  hook_event    TEXT NOT NULL,
  related_files TEXT NOT NULL DEFAULT '[]',
  tokens        INTEGER NOT NULL,
  delivered_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_session ON delivery (session, delivered_ms);
CREATE INDEX delivery_time ON delivery (delivered_ms);

CREATE TABLE otel_log (
  id INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE, ts_ms INTEGER NOT NULL, service TEXT, name TEXT, session_id TEXT,
  severity TEXT, body TEXT, trace_id TEXT, span_id TEXT, attributes TEXT NOT NULL, resource TEXT NOT NULL
) STRICT;
CREATE INDEX otel_log_time ON otel_log (ts_ms);
CREATE TABLE otel_span (
  id INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE, ts_ms INTEGER NOT NULL, service TEXT, name TEXT, session_id TEXT,
  trace_id TEXT, span_id TEXT, parent_span_id TEXT, duration_ms REAL, status TEXT, attributes TEXT NOT NULL, resource TEXT NOT NULL
) STRICT;
CREATE INDEX otel_span_time ON otel_span (ts_ms);
CREATE TABLE otel_metric (
  id INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE, ts_ms INTEGER NOT NULL, service TEXT, name TEXT, session_id TEXT,
  unit TEXT, kind TEXT, value REAL, attributes TEXT NOT NULL, resource TEXT NOT NULL
) STRICT;
CREATE INDEX otel_metric_time ON otel_metric (ts_ms);

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
