//! The usage ledger: one row per telling of a model request, priced when it is written. In most sessions each request
//! is told once, whole; in the others it is settled which tellings count.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Row, params};

use super::sessions::RequestShare;
use super::{Result, Writer, key};
use crate::model::{
    Agent, Cost, CostBasis, Counted, FailedRequest, Grain, Millis, RequestTraits, SessionId, Telling, Timing,
    TokenCounts, Told, Usage, counting,
};
use crate::pricing;

/// Sessions of which it is remembered how their requests are told.
const KNOWN_LIMIT: usize = 20_000;

struct Kept {
    id: i64,
    session: i64,
    cost_nanos: Option<i64>,
    counts: bool,
    usage: Usage,
}

const COLUMNS: &str = "id, session, cost_nanos, response_id, request_id, ts_ms, model, input_tokens, output_tokens, \
                       cache_read_tokens, cache_write_5m, cache_write_1h, cache_write_other, reasoning_tokens, \
                       web_searches, fast, us_only, service_tier, reported_nanos, agent_id, sidechain, grain, since_ms, \
                       voice, counts, duration_ms, first_token_ms";

/// Sessions whose requests more than one telling tells.
#[derive(Debug, Default)]
pub(super) struct Mixed {
    known: HashMap<i64, bool>,
    /// Something was told of them in this batch.
    open: BTreeSet<i64>,
}

impl Writer {
    pub(super) fn request(&mut self, usage: Usage) -> Result<()> {
        let claimant = self.sessions.row(&self.db, &usage.session)?;
        let speaks = matches!(usage.told.grain, Grain::Request | Grain::Output);
        if let (None, Some(model), true) = (&usage.agent_id, &usage.model, speaks) {
            self.sessions.spoke_with(claimant, usage.at, model);
        }
        let agent = usage.session.agent;
        let response_key = key(agent, "response", &usage.response_id);
        let kept = self.same_request(response_key, &usage)?;
        let Some(kept) = kept else {
            let cost = price(&usage);
            let table = self.price_table()?;
            let counts = !self.is_mixed(claimant, usage.told)?;
            let (grain, since) = grain(usage.told.grain);
            self.db
                .prepare_cached(
                    "INSERT INTO request (key, response_key, session, response_id, request_id, ts_ms, model, input_tokens,
                       output_tokens, cache_read_tokens, cache_write_5m, cache_write_1h, cache_write_other, reasoning_tokens,
                       web_searches, fast, us_only, service_tier, reported_nanos, cost_nanos, cost_basis, price_table, agent_id,
                       sidechain, grain, since_ms, voice, counts, duration_ms, first_token_ms, estimated_nanos)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
                       ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)",
                )?
                .execute(params![
                    request_key(&usage), response_key, claimant, usage.response_id, usage.request_id, usage.at, usage.model,
                    usage.tokens.input, usage.tokens.output, usage.tokens.cache_read, usage.tokens.cache_write_5m,
                    usage.tokens.cache_write_1h, usage.tokens.cache_write_other, usage.tokens.reasoning,
                    usage.tokens.web_searches, usage.traits.fast, usage.traits.us_only, usage.traits.service_tier,
                    usage.reported_nanos, cost.nanos, basis(cost.basis), table, usage.agent_id, usage.sidechain,
                    grain, since, usage.told.voice, counts, usage.timing.duration, usage.timing.first_token, estimated(&usage, cost)
                ])?;
            if counts {
                self.share(claimant, &usage, cost.nanos, 1);
            }
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
        let (grain, since) = grain(merged.told.grain);
        self.db
            .prepare_cached(
                "UPDATE request SET key = ?2, session = ?3, request_id = ?4, ts_ms = ?5, model = ?6, input_tokens = ?7,
                   output_tokens = ?8, cache_read_tokens = ?9, cache_write_5m = ?10, cache_write_1h = ?11,
                   cache_write_other = ?12, reasoning_tokens = ?13, web_searches = ?14, fast = ?15, us_only = ?16,
                   service_tier = ?17, reported_nanos = ?18, cost_nanos = ?19, cost_basis = ?20, price_table = ?21,
                   agent_id = ?22, sidechain = ?23, grain = ?24, since_ms = ?25, voice = ?26, duration_ms = ?27,
                   first_token_ms = ?28, estimated_nanos = ?29 WHERE id = ?1",
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
                merged.sidechain,
                grain,
                since,
                merged.told.voice,
                merged.timing.duration,
                merged.timing.first_token,
                estimated(&merged, cost)
            ])?;
        if kept.counts {
            self.share(kept.session, &kept.usage, kept.cost_nanos, -1);
            self.share(owner, &merged, cost.nanos, 1);
        }
        self.is_mixed(kept.session, kept.usage.told)?;
        self.is_mixed(owner, merged.told)?;
        Ok(())
    }

    /// Whether what counts in the session has to be settled, now that `told` is in it.
    fn is_mixed(&mut self, session: i64, told: Told) -> Result<bool> {
        let known = self.mixed.known.get(&session).copied();
        let mixed = match known {
            _ if !told.is_plain() => true,
            Some(known) => known,
            None => self
                .db
                .prepare_cached("SELECT 1 FROM request WHERE session = ?1 AND (grain <> 0 OR voice <> 0)")?
                .exists([session])?,
        };
        if self.mixed.known.len() >= KNOWN_LIMIT {
            self.mixed.known.clear();
        }
        self.mixed.known.insert(session, mixed);
        if mixed {
            self.mixed.open.insert(session);
        }
        Ok(mixed)
    }

    /// Which tellings count in the sessions of this batch that are told in several ways.
    pub(super) fn settle_requests(&mut self) -> Result<()> {
        for session in std::mem::take(&mut self.mixed.open) {
            let all = self.requests_of(session)?;
            let tellings: Vec<Telling> = all
                .iter()
                .map(|kept| Telling {
                    told: kept.usage.told,
                    at: kept.usage.at,
                    model: kept.usage.model.clone(),
                    tokens: kept.usage.tokens,
                    request_id: kept.usage.request_id.clone(),
                })
                .collect();
            let counted = counting(&tellings);
            for (kept, counted) in all.iter().zip(&counted) {
                if kept.counts != counted.counts {
                    self.db
                        .prepare_cached("UPDATE request SET counts = ?2 WHERE id = ?1")?
                        .execute(params![kept.id, counted.counts])?;
                    self.share(session, &kept.usage, kept.cost_nanos, if counted.counts { 1 } else { -1 });
                }
            }
            self.hand_on(session, &all, &counted)?;
        }
        Ok(())
    }

    /// What others know of a request besides its tokens goes to the telling that counts.
    fn hand_on(&mut self, session: i64, all: &[Kept], counted: &[Counted]) -> Result<()> {
        let mut more: BTreeMap<usize, (Timing, Option<i64>)> = BTreeMap::new();
        for (kept, counted) in all.iter().zip(counted) {
            if let Some(same) = counted.same_as {
                let (timing, reported) = more.entry(same).or_default();
                *timing = timing.max(kept.usage.timing);
                *reported = (*reported).max(kept.usage.reported_nanos);
            }
        }
        for (at, (timing, reported)) in more {
            let kept = &all[at];
            let mut fuller = kept.usage.clone();
            fuller.timing = fuller.timing.max(timing);
            fuller.reported_nanos = fuller.reported_nanos.max(reported);
            if fuller == kept.usage {
                continue;
            }
            let cost = price(&fuller);
            self.db
                .prepare_cached(
                    "UPDATE request SET duration_ms = ?2, first_token_ms = ?3, reported_nanos = ?4, cost_nanos = ?5,
                       cost_basis = ?6 WHERE id = ?1",
                )?
                .execute(params![
                    kept.id,
                    fuller.timing.duration,
                    fuller.timing.first_token,
                    fuller.reported_nanos,
                    cost.nanos,
                    basis(cost.basis)
                ])?;
            self.share(session, &kept.usage, kept.cost_nanos, -1);
            self.share(session, &fuller, cost.nanos, 1);
        }
        Ok(())
    }

    pub(super) fn failed_request(&mut self, failed: &FailedRequest) -> Result<()> {
        let session = self.sessions.row(&self.db, &failed.session)?;
        self.db
            .prepare_cached(
                "INSERT INTO failed_request (key, session, ts_ms, model, status, kind, message, duration_ms, agent_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                failed.key.cast_signed(),
                session,
                failed.at,
                failed.model,
                failed.status,
                failed.kind,
                failed.message,
                failed.duration_ms,
                failed.agent_id
            ])?;
        Ok(())
    }

    fn requests_of(&self, session: i64) -> Result<Vec<Kept>> {
        let mut find =
            self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM request WHERE session = ?1 ORDER BY ts_ms, key"))?;
        // Whose they are is known by the row.
        let of = SessionId::new(Agent::CopilotCli, "");
        let rows = find.query_map([session], |row| read(row, &of))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The row of the same request: equal ids, or an equal response where one of both is a side-thread copy.
    fn same_request(&self, response_key: i64, usage: &Usage) -> Result<Option<Kept>> {
        let mut find = self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM request WHERE response_key = ?1"))?;
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
    if usage.told.grain == Grain::Output && usage.reported_nanos.is_none() {
        return Cost { nanos: None, basis: CostBasis::Unknown };
    }
    let several = matches!(usage.told.grain, Grain::Sum { .. });
    let traits = RequestTraits { several, ..usage.traits.clone() };
    let cost = pricing::price(usage.model.as_deref(), usage.at, &usage.tokens, &traits, usage.reported_nanos);
    Cost { nanos: cost.nanos.map(|nanos| nanos.min(MOST_NANOS)), ..cost }
}

/// By the price table alone.
fn estimated(usage: &Usage, cost: Cost) -> Option<i64> {
    match usage.reported_nanos {
        None => cost.nanos,
        Some(_) => price(&Usage { reported_nanos: None, ..usage.clone() }).nanos,
    }
}

fn basis(basis: CostBasis) -> &'static str {
    match basis {
        CostBasis::Reported => "reported",
        CostBasis::Estimated => "estimated",
        CostBasis::Unknown => "unknown",
    }
}

/// As it is kept: which, and since when.
fn grain(grain: Grain) -> (i64, Option<Millis>) {
    match grain {
        Grain::Request => (0, None),
        Grain::Aside => (1, None),
        Grain::Sum { since } => (2, Some(since)),
        Grain::Output => (3, None),
    }
}

fn parse_grain(grain: i64, since: Option<Millis>) -> Grain {
    match (grain, since) {
        (1, _) => Grain::Aside,
        (2, since) => Grain::Sum { since: since.unwrap_or(0) },
        (3, _) => Grain::Output,
        _ => Grain::Request,
    }
}

fn read(row: &Row<'_>, session: &SessionId) -> rusqlite::Result<Kept> {
    Ok(Kept {
        id: row.get(0)?,
        session: row.get(1)?,
        cost_nanos: row.get(2)?,
        counts: row.get(24)?,
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
            traits: RequestTraits {
                fast: row.get(15)?,
                us_only: row.get(16)?,
                service_tier: row.get(17)?,
                several: false,
            },
            reported_nanos: row.get(18)?,
            agent_id: row.get(19)?,
            sidechain: row.get(20)?,
            told: Told { grain: parse_grain(row.get(21)?, row.get(22)?), voice: row.get(23)? },
            timing: Timing { duration: row.get(25)?, first_token: row.get(26)? },
        },
    })
}
