//! What a sender is answered, in the form that it speaks.

use prost::Message as _;
use serde_json::{Value, json};

use super::wire::{PartialSuccess, Response, Status};
use super::{Form, OtlpError, RECORDS, Told};
use crate::model::Signal;

/// Of `google.rpc.Code`.
const INVALID_ARGUMENT: i32 = 3;
const UNAVAILABLE: i32 = 14;

/// To a request that was read: in full, or with what is not kept and why.
pub fn accepted(signal: Signal, form: Form, told: &Told) -> Vec<u8> {
    let field = match signal {
        Signal::Logs => "rejectedLogRecords",
        Signal::Traces => "rejectedSpans",
        Signal::Metrics => "rejectedDataPoints",
    };
    let partial = (told.rejected > 0).then(|| PartialSuccess {
        rejected: i64::try_from(told.rejected).unwrap_or(i64::MAX),
        error_message: format!("of a request up to {RECORDS} items of up to 1 MiB are kept"),
    });
    match form {
        Form::Protobuf => Response { partial_success: partial }.encode_to_vec(),
        Form::Json => {
            let body = partial.map_or_else(
                || json!({}),
                // Numbers of 64 bits are texts in protobuf's JSON.
                |p| json!({"partialSuccess": {field: p.rejected.to_string(), "errorMessage": p.error_message}}),
            );
            body.to_string().into_bytes()
        }
    }
}

/// To a body that is no request.
pub fn unreadable(form: Form, error: &OtlpError) -> Vec<u8> {
    status(form, INVALID_ARGUMENT, error.to_string())
}

/// To a request that cannot be stored now.
pub fn busy(form: Form) -> Vec<u8> {
    status(form, UNAVAILABLE, "the records could not be stored; send them again".to_owned())
}

fn status(form: Form, code: i32, message: String) -> Vec<u8> {
    match form {
        Form::Protobuf => Status { code, message }.encode_to_vec(),
        Form::Json => Value::to_string(&json!({"code": code, "message": message})).into_bytes(),
    }
}
