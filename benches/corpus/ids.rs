//! Ids and times in the forms that Claude Code writes.

use super::random::Random;

pub type Uuid = [u8; 36];

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DAY_MS: u64 = 86_400_000;

pub fn uuid(random: &mut Random) -> Uuid {
    let mut id = [b'-'; 36];
    let mut bits = random.bits();
    for (at, slot) in id.iter_mut().enumerate() {
        if at == 18 {
            bits = random.bits();
        }
        *slot = match at {
            8 | 13 | 18 | 23 => continue,
            14 => b'4',
            19 => b"89ab"[usize::from(bits.to_le_bytes()[0] & 3)],
            _ => HEX[usize::from(bits.to_le_bytes()[0] & 15)],
        };
        bits >>= 4;
        if bits == 0 {
            bits = random.bits();
        }
    }
    id
}

/// `prefix` and `len` letters and digits.
pub fn token(out: &mut Vec<u8>, prefix: &str, len: usize, random: &mut Random) {
    out.extend_from_slice(prefix.as_bytes());
    for _ in 0..len {
        out.push(BASE62[random.index(62)]);
    }
}

pub fn token_string(prefix: &str, len: usize, random: &mut Random) -> String {
    let mut out = Vec::with_capacity(prefix.len() + len);
    token(&mut out, prefix, len, random);
    String::from_utf8_lossy(&out).into_owned()
}

pub fn hex(out: &mut Vec<u8>, len: usize, random: &mut Random) {
    let mut bits = 0;
    for at in 0..len {
        if at % 16 == 0 {
            bits = random.bits();
        }
        out.push(HEX[usize::from(bits.to_le_bytes()[0] & 15)]);
        bits >>= 4;
    }
}

pub fn hex_string(len: usize, random: &mut Random) -> String {
    let mut out = Vec::with_capacity(len);
    hex(&mut out, len, random);
    String::from_utf8_lossy(&out).into_owned()
}

/// `2026-02-12T14:11:57.624Z`
pub fn time(out: &mut Vec<u8>, ms: u64) {
    let (year, month, day) = date(ms / DAY_MS);
    let rest = ms % DAY_MS;
    digits(out, year, 4);
    out.push(b'-');
    digits(out, month, 2);
    out.push(b'-');
    digits(out, day, 2);
    out.push(b'T');
    digits(out, rest / 3_600_000, 2);
    out.push(b':');
    digits(out, rest / 60_000 % 60, 2);
    out.push(b':');
    digits(out, rest / 1000 % 60, 2);
    out.push(b'.');
    digits(out, rest % 1000, 3);
    out.push(b'Z');
}

/// The civil date of a day since 1970, by the usual count of 400-year cycles that begin in March.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (year + era * 400 + u64::from(month <= 2), month, of_year - (153 * march + 2) / 5 + 1)
}

fn digits(out: &mut Vec<u8>, number: u64, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10_u64.pow(place) % 10;
        out.push(b'0' + digit.to_le_bytes()[0]);
    }
}

pub fn number(out: &mut Vec<u8>, number: u64) {
    digits(out, number, number.checked_ilog10().unwrap_or_default() + 1);
}
