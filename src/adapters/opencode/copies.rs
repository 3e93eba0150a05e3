//! A fork copies what was said before it, under new ids and with the old times: that stays its owner's.

use crate::model::Millis;

/// A message gets its id when it is made, here or in a client whose clock is a little ahead.
const APART: Millis = 10_000;

/// In an id there is room for the lowest bits of the moment only.
const BITS: u32 = 36;
/// Those below them count within a millisecond.
const COUNTER: u32 = 12;
/// Digits in which an id holds its moment.
const DIGITS: usize = 12;

/// Whether a message with this id, said to be made at `created`, was copied later.
pub(super) fn is_copy(id: &str, created: Option<Millis>) -> bool {
    let Some(made) = moment(id) else { return false };
    let Some(created) = created else { return false };
    let later = (made - created).rem_euclid(1 << BITS);
    // Half of the circle lies behind.
    (APART..1 << (BITS - 1)).contains(&later)
}

/// The lowest bits of the moment in which an id such as `msg_1f8709600001HLqN10TDcwlDrB` was made.
fn moment(id: &str) -> Option<Millis> {
    let digits = id.split_once('_')?.1;
    let is_ours = digits.len() > DIGITS && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let number = Millis::from_str_radix(digits.get(..DIGITS).filter(|_| is_ours)?, 16).ok()?;
    Some(number >> COUNTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: Millis = 1_795_169_490_432;

    #[test]
    fn a_message_is_as_old_as_its_id_or_a_copy() {
        let id = "msg_1f8709600001HLqN10TDcwlDrB";
        assert_eq!(moment(id), Some(CREATED & ((1 << BITS) - 1)));
        for (created, copied) in [
            (CREATED, false),
            (CREATED - 9_000, false),
            (CREATED + 9_000, false),
            (CREATED + 86_400_000, false),
            (CREATED - 11_000, true),
            (CREATED - 30 * 86_400_000, true),
        ] {
            assert_eq!(is_copy(id, Some(created)), copied, "{created}");
        }
        assert!(!is_copy(id, None));
    }

    #[test]
    fn other_ids_tell_no_moment() {
        for id in ["", "msg_0001", "m_user_small", "msg_1f87096000é1HLqN10TDcwlDrB", "msg_zz8709600001HLqN10TDcwlDrB"]
        {
            assert_eq!(moment(id), None, "{id}");
            assert!(!is_copy(id, Some(CREATED)), "{id}");
        }
    }
}
