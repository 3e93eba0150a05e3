-- The SQL surface: stable views over the base tables, made anew by every migration.
-- *_ms are UTC epoch milliseconds, tokens are integers, booleans 0/1, cost_usd is NULL where nothing has a price.
-- A session lives while its last activity is under 15 minutes old and its agent did not end it.

CREATE VIEW sessions AS
SELECT s.session_id, s.agent, p.root AS project_root, s.cwd, s.git_branch, s.model, s.title,
       coalesce(s.origin_ms, s.started_ms) AS started_ms, s.last_activity_ms, s.user_prompts, s.assistant_messages, s.tool_calls, s.tool_errors,
       s.input_tokens, s.output_tokens, s.cache_read_tokens, s.cache_creation_tokens, s.reasoning_tokens,
       CASE WHEN s.priced_requests > 0 THEN s.cost_nanos / 1e9 END AS cost_usd,
       s.parent_session_id, s.compactions,
       s.agent_version, s.ended_ms,
       s.ended_ms IS NULL AND s.last_activity_ms > unixepoch('subsec') * 1000 - 900000 AS live
FROM session s LEFT JOIN project p ON p.id = s.project
WHERE s.started_ms IS NOT NULL;

CREATE VIEW messages AS
SELECT s.session_id, s.agent, m.message_id, m.id AS seq, m.ts_ms, m.role, m.content, m.model, m.agent_id
FROM message m JOIN session s ON s.id = m.session;

CREATE VIEW tool_calls AS
SELECT s.session_id, s.agent, c.tool_call_id, c.tool, coalesce(c.kind, 'other') AS kind,
       c.started_ms, c.ended_ms, coalesce(c.duration_ms, c.ended_ms - c.started_ms) AS duration_ms,
       CASE WHEN c.status IS NOT NULL THEN c.status
            WHEN s.ended_ms IS NULL AND s.last_activity_ms > unixepoch('subsec') * 1000 - 900000 THEN 'running'
            ELSE 'interrupted' END AS status,
       c.file_path, c.command, c.error, c.agent_id,
       c.exit_code, c.input, c.output
FROM tool_call c JOIN session s ON s.id = c.session
-- Of a call without a name only the end was seen.
WHERE c.tool IS NOT NULL;

CREATE VIEW usage AS
SELECT s.session_id, s.agent, r.request_id, r.ts_ms, r.model, r.input_tokens, r.output_tokens,
       r.cache_read_tokens, r.cache_write_5m + r.cache_write_1h + r.cache_write_other AS cache_creation_tokens,
       r.reasoning_tokens, r.cost_nanos / 1e9 AS cost_usd, r.agent_id,
       r.response_id AS message_id, r.cost_basis, v.version AS price_table,
       r.cache_write_5m AS cache_creation_5m_tokens, r.cache_write_1h AS cache_creation_1h_tokens, r.web_searches,
       CASE r.grain WHEN 2 THEN 'sum' WHEN 3 THEN 'output' ELSE 'request' END AS grain,
       CASE WHEN r.voice >= 2 THEN 'telemetry' ELSE 'agent' END AS source, r.duration_ms, r.first_token_ms,
       r.reported_nanos / 1e9 AS reported_cost_usd, r.estimated_nanos / 1e9 AS estimated_cost_usd
FROM request r JOIN session s ON s.id = r.session LEFT JOIN price_table v ON v.id = r.price_table
-- Others are told better by these.
WHERE r.counts = 1;

CREATE VIEW events AS
SELECT e.id, e.ts_ms, s.session_id, s.agent, e.source, e.event_type, e.tool, e.payload
FROM event e LEFT JOIN session s ON s.id = e.session;

CREATE VIEW external_changes AS
SELECT c.ts_ms, p.root AS project_root, c.path, c.change, c.attribution, s.session_id, s.agent, c.reason
FROM file_change c JOIN project p ON p.id = c.project LEFT JOIN session s ON s.id = c.session;

CREATE VIEW deliveries AS
SELECT d.id, s.session_id, d.kind, d.key, d.severity, d.channel, d.hook_event, d.related_files, d.tokens, d.delivered_ms,
       s.agent, p.root AS project_root, f.state
FROM delivery d JOIN session s ON s.id = d.session LEFT JOIN project p ON p.id = d.project
LEFT JOIN finding f ON f.id = d.finding;

CREATE VIEW anomalies AS
SELECT s.session_id, s.agent, f.kind, f.key, f.severity, f.channel, f.evidence, f.suggestion, f.related_files,
       f.first_emitted_ms, (SELECT max(d.delivered_ms) FROM delivery d WHERE d.finding = f.id) AS delivered_ms, f.state,
       f.since_ms,
       CASE WHEN f.state IN ('resolved', 'expired') THEN
         (SELECT max(e.at_ms) FROM finding_step e WHERE e.finding = f.id AND e.state = f.state) END AS resolved_ms
FROM finding f JOIN session s ON s.id = f.session;

CREATE VIEW builds AS
SELECT p.root AS project_root, s.session_id, s.agent, b.tag, b.kind, b.command, b.cwd, b.origin,
       CASE WHEN b.status = 'running'
             AND b.pid IS NULL
             AND NOT (s.ended_ms IS NULL AND s.last_activity_ms > unixepoch('subsec') * 1000 - 900000)
            THEN 'stopped' ELSE b.status END AS status,
       b.started_ms, b.ended_ms, b.ended_ms - b.started_ms AS duration_ms, b.exit_code,
       b.last_error, b.diagnostics, b.failing_tests, b.tail
FROM build_run b LEFT JOIN project p ON p.id = b.project LEFT JOIN session s ON s.id = b.session;

CREATE VIEW subagents AS
SELECT s.session_id, s.agent, a.agent_id, a.agent_type, a.description, a.call_id AS tool_call_id, a.started_ms,
       a.last_ms AS last_activity_ms, a.tool_calls, a.requests, a.input_tokens, a.output_tokens, a.cost_nanos / 1e9 AS cost_usd
FROM subagent a JOIN session s ON s.id = a.session;

CREATE VIEW files AS
SELECT s.session_id, s.agent, f.path, f.reads, f.edits, f.first_ms, f.last_read_ms, f.last_edit_ms
FROM file_view f JOIN session s ON s.id = f.session;

CREATE VIEW otel_logs AS
SELECT id, ts_ms, service, name, session_id, severity, body, trace_id, span_id, attributes, resource FROM otel_log;
CREATE VIEW otel_spans AS
SELECT id, ts_ms, service, name, session_id, trace_id, span_id, parent_span_id, duration_ms, status, attributes, resource,
       kind, message, events
FROM otel_span;
CREATE VIEW otel_metrics AS
SELECT id, ts_ms, service, name, session_id, unit, kind, value, attributes, resource,
       start_ms, temporality, monotonic, count, min, max, buckets, series
FROM otel_metric;

CREATE VIEW request_errors AS
SELECT s.session_id, s.agent, f.ts_ms, f.model, f.status, f.kind, f.message, f.duration_ms, f.agent_id
FROM failed_request f JOIN session s ON s.id = f.session;
