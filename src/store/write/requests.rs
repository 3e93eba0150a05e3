//! The usage ledger: one row per model request, priced when it is written.

use rusqlite::{Row, params};

use super::sessions::RequestShare;
use super::{Result, Writer, key};
use crate::model::{Cost, CostBasis, RequestTraits, SessionId, TokenCounts, Usage};
use crate::pricing;

struct Kept {
    id: i64,
    session: i64,
    cost_nanos: Option<i64>,
    usage: Usage,
}

impl Writer {
    pub(super) fn request(&mut self, usage: Usage) -> Result<()> {
        let claimant = self.sessions.row(&self.db, &usage.session)?;
        if let (None, Some(model)) = (&usage.agent_id, &usage.model) {
            self.sessions.spoke_with(claimant, usage.at, model);
        }
        let agent = usage.session.agent;
        let response_key = key(agent, "response", &usage.response_id);
        let kept = self.same_request(response_key, &usage)?;
        let Some(kept) = kept else {
            let cost = price(&usage);
            let table = self.price_table()?;
            self.db
                .prepare_cached(
                    "INSERT INTO request (key, response_key, session, response_id, request_id, ts_ms, model, input_tokens,
                       output_tokens, cache_read_tokens, cache_write_5m, cache_write_1h, cache_write_other, reasoning_tokens,
                       web_searches, fast, us_only, service_tier, reported_nanos, cost_nanos, cost_basis, price_table, agent_id,
                       sidechain)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
                       ?23, ?24)",
                )?
                .execute(params![
                    request_key(&usage), response_key, claimant, usage.response_id, usage.request_id, usage.at, usage.model,
                    usage.tokens.input, usage.tokens.output, usage.tokens.cache_read, usage.tokens.cache_write_5m,
                    usage.tokens.cache_write_1h, usage.tokens.cache_write_other, usage.tokens.reasoning,
                    usage.tokens.web_searches, usage.traits.fast, usage.traits.us_only, usage.traits.service_tier,
                    usage.reported_nanos, cost.nanos, basis(cost.basis), table, usage.agent_id, usage.sidechain
                ])?;
            self.share(claimant, &usage, cost.nanos, 1);
            return Ok(());
        };
        self.merge_request(&kept, claimant, usage)
    }

    fn merge_request(&mut self, kept: &Kept, claimant: i64, usage: Usage) -> Result<()> {
        // Of a side-thread copy and the main thread's own record, the session is decided as for any copy.
        let owner = self.sessions.owner(&self.db, kept.session, claimant)?;
        let mut merged = kept.usage.clone();
        merged.absorb(usage);
        if owner == kept.session && merged == kept.usage {
            return Ok(());
        }
        let cost = price(&merged);
        let table = self.price_table()?;
        self.db
            .prepare_cached(
                "UPDATE request SET key = ?2, session = ?3, request_id = ?4, ts_ms = ?5, model = ?6, input_tokens = ?7,
                   output_tokens = ?8, cache_read_tokens = ?9, cache_write_5m = ?10, cache_write_1h = ?11,
                   cache_write_other = ?12, reasoning_tokens = ?13, web_searches = ?14, fast = ?15, us_only = ?16,
                   service_tier = ?17, reported_nanos = ?18, cost_nanos = ?19, cost_basis = ?20, price_table = ?21,
                   agent_id = ?22, sidechain = ?23 WHERE id = ?1",
            )?
            .execute(params![
                kept.id,
                request_key(&merged),
                owner,
                merged.request_id,
                merged.at,
                merged.model,
                merged.tokens.input,
                merged.tokens.output,
                merged.tokens.cache_read,
                merged.tokens.cache_write_5m,
                merged.tokens.cache_write_1h,
                merged.tokens.cache_write_other,
                merged.tokens.reasoning,
                merged.tokens.web_searches,
                merged.traits.fast,
                merged.traits.us_only,
                merged.traits.service_tier,
                merged.reported_nanos,
                cost.nanos,
                basis(cost.basis),
                table,
                merged.agent_id,
                merged.sidechain
            ])?;
        self.share(kept.session, &kept.usage, kept.cost_nanos, -1);
        self.share(owner, &merged, cost.nanos, 1);
        Ok(())
    }

    /// The row of the same request: equal ids, or an equal response where one of both is a side-thread copy.
    fn same_request(&self, response_key: i64, usage: &Usage) -> Result<Option<Kept>> {
        let mut find = self.db.prepare_cached(
            "SELECT id, session, cost_nanos, response_id, request_id, ts_ms, model, input_tokens, output_tokens,
               cache_read_tokens, cache_write_5m, cache_write_1h, cache_write_other, reasoning_tokens, web_searches, fast,
               us_only, service_tier, reported_nanos, agent_id, sidechain FROM request WHERE response_key = ?1",
        )?;
        let mut rows = find.query([response_key])?;
        while let Some(row) = rows.next()? {
            let kept = read(row, &usage.session)?;
            if kept.usage.request_id == usage.request_id || kept.usage.sidechain || usage.sidechain {
                return Ok(Some(kept));
            }
        }
        Ok(None)
    }

    fn share(&mut self, session: i64, usage: &Usage, cost_nanos: Option<i64>, sign: i64) {
        if sign > 0
            && let Some(agent_id) = &usage.agent_id
        {
            self.sessions.thread_seen(session, agent_id, usage.at);
        }
        let share = RequestShare {
            session,
            at: usage.at,
            model: usage.model.as_deref(),
            agent_id: usage.agent_id.as_deref(),
            tokens: usage.tokens,
            cost_nanos,
        };
        self.sessions.request(&share, sign);
    }

    fn price_table(&mut self) -> Result<i64> {
        if let Some(row) = self.price_table {
            return Ok(row);
        }
        self.db.execute("INSERT OR IGNORE INTO price_table (version) VALUES (?1)", [pricing::TABLE_VERSION])?;
        let row =
            self.db
                .query_row("SELECT id FROM price_table WHERE version = ?1", [pricing::TABLE_VERSION], |r| r.get(0))?;
        self.price_table = Some(row);
        Ok(row)
    }
}

fn request_key(usage: &Usage) -> i64 {
    let id = format!("{}\0{}", usage.response_id, usage.request_id.as_deref().unwrap_or(""));
    key(usage.session.agent, "request", &id)
}

fn price(usage: &Usage) -> Cost {
    // A million dollars: sums of what broken records make up must not overflow.
    const MOST_NANOS: i64 = 1_000_000_000_000_000;
    let cost = pricing::price(usage.model.as_deref(), usage.at, &usage.tokens, &usage.traits, usage.reported_nanos);
    Cost { nanos: cost.nanos.map(|nanos| nanos.min(MOST_NANOS)), ..cost }
}

fn basis(basis: CostBasis) -> &'static str {
    match basis {
        CostBasis::Reported => "reported",
        CostBasis::Estimated => "estimated",
        CostBasis::Unknown => "unknown",
    }
}

fn read(row: &Row<'_>, session: &SessionId) -> rusqlite::Result<Kept> {
    Ok(Kept {
        id: row.get(0)?,
        session: row.get(1)?,
        cost_nanos: row.get(2)?,
        usage: Usage {
            session: session.clone(),
            response_id: row.get(3)?,
            request_id: row.get(4)?,
            at: row.get(5)?,
            model: row.get(6)?,
            tokens: TokenCounts {
                input: row.get(7)?,
                output: row.get(8)?,
                cache_read: row.get(9)?,
                cache_write_5m: row.get(10)?,
                cache_write_1h: row.get(11)?,
                cache_write_other: row.get(12)?,
                reasoning: row.get(13)?,
                web_searches: row.get(14)?,
            },
            traits: RequestTraits { fast: row.get(15)?, us_only: row.get(16)?, service_tier: row.get(17)? },
            reported_nanos: row.get(18)?,
            agent_id: row.get(19)?,
            sidechain: row.get(20)?,
        },
    })
}
