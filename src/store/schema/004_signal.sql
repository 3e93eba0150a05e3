-- What findings went through, and what rules need besides.

-- When the evidence of it began; when it was told last, and how severe it was then.
ALTER TABLE finding ADD COLUMN since_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE finding ADD COLUMN told_ms INTEGER;
ALTER TABLE finding ADD COLUMN told_severity TEXT;
-- A Stop was held for it.
ALTER TABLE finding ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
-- What is still to be said of its end.
ALTER TABLE finding ADD COLUMN farewell TEXT;

-- Tokens that the model's context holds, where the agent says so.
ALTER TABLE session ADD COLUMN context_window INTEGER;

-- Every transition, with what was seen then.
CREATE TABLE finding_step (
  id       INTEGER PRIMARY KEY,
  finding  INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
  at_ms    INTEGER NOT NULL,
  -- open, told, resolved, expired
  state    TEXT NOT NULL,
  severity TEXT NOT NULL,
  evidence TEXT NOT NULL,
  -- Calls that the session had begun by then.
  calls    INTEGER NOT NULL
) STRICT;
CREATE INDEX finding_step_finding ON finding_step (finding, id);
CREATE INDEX finding_step_time ON finding_step (at_ms);

-- The project of a delivery: the governor counts by it.
ALTER TABLE delivery ADD COLUMN project INTEGER REFERENCES project (id);
CREATE INDEX delivery_kind ON delivery (kind, delivered_ms);
CREATE INDEX delivery_finding ON delivery (finding, delivered_ms);
CREATE INDEX delivery_project ON delivery (project, delivered_ms);

-- Contents that a session's edits led from and to, where both are known.
CREATE TABLE file_edit (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  at_ms   INTEGER NOT NULL,
  key     INTEGER NOT NULL,
  path    TEXT NOT NULL,
  before_hash INTEGER,
  after_hash  INTEGER NOT NULL,
  PRIMARY KEY (session, at_ms, key)
) STRICT, WITHOUT ROWID;
