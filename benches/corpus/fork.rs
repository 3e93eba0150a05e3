//! The copied history that a forked session's file begins with.

use super::ids::Uuid;
use super::random::Random;
use super::statistics::Statistics;

/// What a later session may be forked from.
pub struct Origin {
    pub session: Uuid,
    pub project: usize,
    pub out: Vec<u8>,
}

/// The first part of `origin` under the id `session`, and the uuid of its last record of the conversation.
pub fn copy(origin: &Origin, session: &Uuid, random: &mut Random, counts: &mut Statistics) -> Option<(Vec<u8>, Uuid)> {
    // Some versions say where each record came from; most leave that to the ids.
    let told = random.percent(30);
    let keep = origin.out.len() * random.index(60).max(10) / 100;
    let mut out = Vec::with_capacity(keep + 4096);
    let mut last = None;
    for line in origin.out.split_inclusive(|byte| *byte == b'\n') {
        if out.len() + line.len() > keep {
            break;
        }
        let start = out.len();
        replace(&mut out, line, &origin.session, session);
        if let Some(uuid) = uuid(line) {
            last = Some(uuid);
            if told {
                out.truncate(out.len() - 2);
                out.extend_from_slice(br#","forkedFrom":{"sessionId":""#);
                out.extend_from_slice(&origin.session);
                out.extend_from_slice(br#"","messageUuid":""#);
                out.extend_from_slice(&uuid);
                out.extend_from_slice(b"\"}}\n");
            }
        }
        counts.record("copied by a fork", out.len() - start);
    }
    last.map(|last| (out, last))
}

fn replace(out: &mut Vec<u8>, line: &[u8], old: &Uuid, new: &Uuid) {
    let start = out.len();
    out.extend_from_slice(line);
    // The id stands near one end of the record, never in its middle.
    let window = 1500.min(line.len());
    for from in [start, out.len() - window] {
        let part = &mut out[from..from + window];
        if let Some(at) = part.windows(36).position(|at| at == old) {
            part[at..at + 36].copy_from_slice(new);
        }
    }
}

/// The record's own uuid, which stands behind its content.
fn uuid(line: &[u8]) -> Option<Uuid> {
    const KEY: &[u8] = br#","uuid":""#;
    let from = line.len().saturating_sub(1500);
    let at = from + line[from..].windows(KEY.len()).rposition(|at| at == KEY)? + KEY.len();
    line.get(at..at + 36)?.try_into().ok()
}
