-- A change told twice is one; its verdict may come later.
ALTER TABLE file_change ADD COLUMN key INTEGER;
ALTER TABLE file_change ADD COLUMN old_path TEXT;
ALTER TABLE file_change ADD COLUMN files INTEGER NOT NULL DEFAULT 1;
ALTER TABLE file_change ADD COLUMN exact INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file_change ADD COLUMN ignored INTEGER NOT NULL DEFAULT 0;
-- Of the content, where it is known.
ALTER TABLE file_change ADD COLUMN before_hash INTEGER;
ALTER TABLE file_change ADD COLUMN after_hash INTEGER;
CREATE UNIQUE INDEX file_change_key ON file_change (key);
CREATE INDEX file_change_time ON file_change (ts_ms);

-- The wrapper that runs the command: while it lives, the run does.
ALTER TABLE build_run ADD COLUMN pid INTEGER;
ALTER TABLE build_run ADD COLUMN pid_started INTEGER;
CREATE INDEX build_run_wrapped ON build_run (pid) WHERE pid IS NOT NULL AND ended_ms IS NULL;

-- Goes on after its call has ended.
ALTER TABLE tool_call ADD COLUMN background INTEGER NOT NULL DEFAULT 0;
-- When a person was asked whether it may run.
ALTER TABLE tool_call ADD COLUMN asked_ms INTEGER;
