-- Calls that hooks tell without naming them, and requests that several sources tell, each in its own way.

-- Hash of the tool and its arguments, of agents whose hooks do not name their calls.
ALTER TABLE tool_call ADD COLUMN asked INTEGER;
CREATE INDEX tool_call_asked ON tool_call (session, asked) WHERE asked IS NOT NULL;

-- Tellings of such hooks. `call` is the row of the call that each means: the transcript's own, once it was read;
-- until then (`alone` = 1) one that stands in for it.
CREATE TABLE unnamed_call (
  key     INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  call    INTEGER NOT NULL REFERENCES tool_call (id) ON DELETE CASCADE,
  asked   INTEGER NOT NULL,
  -- 1: told before the call ran.
  before  INTEGER NOT NULL,
  -- Which of our registrations told it.
  voice   INTEGER NOT NULL,
  at_ms   INTEGER NOT NULL,
  alone   INTEGER NOT NULL
) STRICT;
CREATE INDEX unnamed_call_session ON unnamed_call (session, asked);
CREATE INDEX unnamed_call_call ON unnamed_call (call);

-- Of a touch that such a hook told: the call and the path that its key is made of.
ALTER TABLE file_touch ADD COLUMN call INTEGER;
ALTER TABLE file_touch ADD COLUMN path TEXT;
CREATE INDEX file_touch_call ON file_touch (call) WHERE call IS NOT NULL;
