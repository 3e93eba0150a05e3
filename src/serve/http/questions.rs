//! The questions that the page and scripts ask: parameters of a URL in, the answers of `answer` out.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value};

use super::ask::{WithoutStore, ask};
use super::door::Door;
use super::fault::Fault;
use super::params::{Params, shown};
use super::reply::{self, Reply};
use crate::answer::deliveries::{Budget, FollowRate};
use crate::answer::pages::Leaf;
use crate::answer::search::SearchHistory;
use crate::answer::session_state::{self, SessionState};
use crate::answer::{self, AnyQuestion, Asker, Kind, Refusal, sessions, usage};
use crate::model::Role;

const SESSIONS: u32 = 50;
const MOST_SESSIONS: u32 = 200;
const LEAVES: usize = 50;
const MOST_LEAVES: usize = 200;
const ANOMALIES: usize = 50;
const MOST_ANOMALIES: usize = 500;

type Answer = Result<Reply, Fault>;

/// `GET /api/now`
pub(super) async fn now(door: &Arc<Door>) -> Answer {
    let told = ask(door, WithoutStore::Empty, |asker| answer::json(&answer::now::now(asker)?)).await?;
    let lists = ["live", "overlap", "recent", "days", "sources"];
    Ok(reply::ok(&lists.into_iter().fold(told, with_list)))
}

/// `GET /api/sessions`
pub(super) async fn sessions(door: &Arc<Door>, params: &Params) -> Answer {
    let asked = sessions::Params {
        agent_source: agent(params),
        project: params.text("project"),
        since_min: params.number("since_min", &(1..=i64::MAX / 60_000))?,
        all: params.flag("all"),
        limit: Some(params.number("limit", &(1..=MOST_SESSIONS))?.unwrap_or(SESSIONS)),
        cursor: params.text("cursor"),
    };
    let live = params.flag("live");
    let told = ask(door, WithoutStore::Empty, move |asker| {
        let listed = if live { asker.live_sessions(&asked) } else { asker.list_sessions(&asked) };
        answer::json(&listed?)
    });
    Ok(reply::ok(&with_list(told.await?, "sessions")))
}

/// `GET /api/sessions/{id}`
pub(super) async fn session(door: &Arc<Door>, id: &str) -> Answer {
    let asked = session_state::Params { session_id: id.to_owned(), ..session_state::Params::default() };
    let told = ask(door, WithoutStore::Empty, move |asker| Ok(answer::tell::<SessionState>(asker, asked)?.json));
    Ok(reply::ok(&told.await?))
}

/// `GET /api/sessions/{id}/messages`
pub(super) async fn messages(door: &Arc<Door>, id: &str, params: &Params) -> Answer {
    let (leaf, roles) = (leaf(id, params)?, roles(params)?);
    let told = ask(door, WithoutStore::Empty, move |asker| answer::json(&asker.conversation(&leaf, &roles)?));
    Ok(reply::ok(&with_list(told.await?, "messages")))
}

/// `GET /api/sessions/{id}/actions`
pub(super) async fn actions(door: &Arc<Door>, id: &str, params: &Params) -> Answer {
    let leaf = leaf(id, params)?;
    let told = ask(door, WithoutStore::Empty, move |asker| answer::json(&asker.timeline(&leaf)?));
    Ok(reply::ok(&with_list(told.await?, "actions")))
}

/// `GET /api/usage`
pub(super) async fn usage(door: &Arc<Door>, params: &Params) -> Answer {
    let asked = usage::Params { period: named(params, "period")?, group_by: named(params, "group_by")? };
    let session = params.text("session_id");
    let told = ask(door, WithoutStore::Empty, move |asker| asker.usage_of(asked, &session));
    Ok(reply::ok(&with_list(told.await?, "rows")))
}

/// `GET /api/search`
pub(super) async fn search(door: &Arc<Door>, params: &Params) -> Answer {
    let mut asked = Map::new();
    for (name, given) in [
        ("query", params.any(&["q", "query"])),
        ("agent_source", params.any(&["agent", "agent_source"])),
        ("project", params.get("project")),
        ("since_min", params.get("since_min")),
        ("limit", params.get("limit")),
        ("cursor", params.get("cursor")),
    ] {
        if let Some(given) = given {
            asked.insert(name.to_owned(), given.into());
        }
    }
    let question: AnyQuestion = answer::erase::<SearchHistory>();
    let told = ask(door, WithoutStore::Empty, move |asker| Ok((question.ask)(asker, Value::Object(asked))?.json));
    Ok(reply::ok(&with_list(told.await?, "hits")))
}

/// `GET /api/anomalies`: a limit that is none counts as not given.
pub(super) async fn anomalies(door: &Arc<Door>, params: &Params) -> Answer {
    let session = params.text("session_id");
    let limit = params.number("limit", &(1..=MOST_ANOMALIES)).ok().flatten().unwrap_or(ANOMALIES);
    let open = params.flag("open");
    let told = ask(door, WithoutStore::Empty, move |asker| answer::json(&asker.told_anomalies(&session, limit, open)?));
    let told = with_list(told.await?, "anomalies");
    Ok(reply::ok(&if open { with_list(told, "open") } else { told }))
}

/// `GET /api/anomalies/budget`
pub(super) async fn budget(door: &Arc<Door>, params: &Params) -> Answer {
    let days = params.number("days", &(1..=30))?.unwrap_or(7);
    let budget = params.number("budget", &(1..=1_000_000))?.unwrap_or(5);
    noted(
        door,
        move |asker| asker.delivery_budget(days, budget, &TimeZone::system()),
        Budget { budget, days, ..Budget::default() },
    )
    .await
}

/// `GET /api/anomalies/follow-rate`
pub(super) async fn follow_rate(door: &Arc<Door>, params: &Params) -> Answer {
    let days = params.number("days", &(1..=30))?.unwrap_or(7);
    let window = params.number("window", &(1..=50))?.unwrap_or(5);
    let empty = FollowRate { days, window, ..FollowRate::default() };
    noted(door, move |asker| asker.follow_rate(days, window, &TimeZone::system()), empty).await
}

/// Every field stays, empty or not; without a store that can be read the answer is `empty`, and a note says why.
async fn noted<T: Serialize + Send + 'static>(
    door: &Arc<Door>,
    question: impl FnOnce(&mut Asker) -> Result<T, Refusal> + Send + 'static,
    empty: T,
) -> Answer {
    let whole = |answer: &T| {
        serde_json::to_value(answer).map_err(|e| Refusal::internal(format!("the answer could not be written: {e}")))
    };
    let told = ask(door, WithoutStore::Refuse, move |asker| match question(asker) {
        Ok(told) => Ok(Ok(told)),
        Err(refusal) if refusal.kind == Kind::NotReady => Ok(Err(refusal.to_string())),
        Err(refusal) => Err(refusal),
    });
    let why = match told.await {
        Ok(Ok(told)) => return Ok(reply::ok(&whole(&told)?)),
        Ok(Err(why)) => why,
        Err(fault) if fault.code == "not_ready" => fault.message,
        Err(fault) => return Err(fault),
    };
    let mut answer = whole(&empty)?;
    answer["note"] = why.into();
    Ok(reply::ok(&answer))
}

/// What is empty is left out of answers; a list that was asked for is there all the same.
fn with_list(mut answer: Value, name: &str) -> Value {
    if let Some(fields) = answer.as_object_mut() {
        fields.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    }
    answer
}

fn agent(params: &Params) -> String {
    params.any(&["agent", "agent_source"]).unwrap_or_default().to_owned()
}

fn leaf(id: &str, params: &Params) -> Result<Leaf, Fault> {
    let limit = params.number("limit", &(1..=MOST_LEAVES))?.unwrap_or(LEAVES);
    Ok(Leaf { session_id: id.to_owned(), limit, cursor: params.text("cursor") })
}

fn roles(params: &Params) -> Result<Vec<Role>, Fault> {
    const ALL: [Role; 4] = [Role::User, Role::Assistant, Role::Thinking, Role::System];
    let given = params.get("role").unwrap_or_default();
    let each = given.split(',').map(str::trim).filter(|name| !name.is_empty()).map(|name| {
        ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| {
            let known = ALL.map(Role::name).join(", ");
            Fault::bad(format!("parameter `role`: \"{}\" is none of {known}", shown(name)))
        })
    });
    each.collect()
}

/// One of a few words.
fn named<T: serde::de::DeserializeOwned + Default>(params: &Params, name: &str) -> Result<T, Fault> {
    match params.get(name) {
        None => Ok(T::default()),
        Some(given) => serde_json::from_value(Value::String(shown(given)))
            .map_err(|reason| Fault::bad(format!("parameter `{name}`: {reason}"))),
    }
}
