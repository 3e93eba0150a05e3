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
