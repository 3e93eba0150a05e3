//! `POST /api/query`: one statement that reads, for the page and for scripts.

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::Value;

use super::ask::{self, Turn, WithoutStore};
use super::body;
use super::door::Door;
use super::fault::Fault;
use super::reply::{self, Reply};
use crate::answer::Refusal;
use crate::store::{SqlLimits, SqlValue, StoreError};

const ROWS: usize = 10_000;
/// Of all texts of an answer.
const BYTES: usize = 32 * 1024 * 1024;

#[derive(Deserialize)]
struct Order {
    sql: String,
    params: Option<Vec<Value>>,
}

pub(super) async fn answer(door: &Arc<Door>, body: &mut Incoming) -> Result<Reply, Fault> {
    let received = body::read(body, door.limits.body, &door.larger).await?;
    let order: Order = body::parsed(&received.bytes)?;
    drop(received);
    let values = (1..).zip(order.params.unwrap_or_default()).map(|(n, value)| bound(n, value));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    let limits = SqlLimits { time: door.limits.statement_time, rows: ROWS, bytes: BYTES };
    // The statement ends itself first, and says so.
    let time = limits.time + Duration::from_secs(5);
    let turn = Turn { places: &door.statements, wait: door.limits.turn, time };
    let told = ask::ask_in_turn(door, turn, WithoutStore::Refuse, move |asker| {
        match asker.store.sql_with(&order.sql, &values, limits) {
            Ok(table) => serde_json::to_vec(&table)
                .map(Ok)
                .map_err(|e| Refusal::internal(format!("the rows could not be written: {e}"))),
            Err(slow @ StoreError::Timeout(_)) => {
                Ok(Err(Fault::new(StatusCode::BAD_REQUEST, "timeout", slow.to_string())))
            }
            Err(error) => Err(error.into()),
        }
    });
    Ok(reply::whole(StatusCode::OK, reply::JSON, told.await??))
}

fn bound(number: usize, value: Value) -> Result<SqlValue, Fault> {
    Ok(match value {
        Value::Null => SqlValue::Null,
        Value::Bool(yes) => SqlValue::Integer(i64::from(yes)),
        Value::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(n), _) => SqlValue::Integer(n),
            (None, Some(n)) => SqlValue::Real(n),
            (None, None) => SqlValue::Null,
        },
        Value::String(text) => SqlValue::Text(text),
        Value::Array(_) | Value::Object(_) => {
            let message = format!("params: value {number} is neither null, a boolean, a number nor a string");
            return Err(Fault::bad(message));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_become_what_sqlite_knows() {
        let given = json!([null, true, 5, 18_446_744_073_709_551_615_u64, 0.5, "x"]);
        let values: Vec<SqlValue> =
            given.as_array().unwrap().iter().map(|value| bound(1, value.clone()).unwrap()).collect();
        #[expect(clippy::cast_precision_loss, reason = "that is the point")]
        let largest = u64::MAX as f64;
        assert_eq!(
            values,
            [
                SqlValue::Null,
                SqlValue::Integer(1),
                SqlValue::Integer(5),
                SqlValue::Real(largest),
                SqlValue::Real(0.5),
                SqlValue::Text("x".to_owned())
            ]
        );
        assert!(bound(3, json!([1])).unwrap_err().message.contains("value 3"));
    }
}
