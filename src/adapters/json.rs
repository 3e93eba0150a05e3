//! Lenient reading of foreign JSON: every field may be absent, repeated or of another type, and none of
//! that loses the record. Fields stay undecoded slices of the line until someone asks for them.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// A field as it stands in the line, if it is there.
pub(crate) type Raw<'a> = Option<&'a RawValue>;

/// An object key, borrowed unless it holds escapes.
#[derive(Deserialize)]
pub(crate) struct Key<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// Hands over every field of an object, and says whether the value is one. The same code for all types that are read:
/// a visitor for each was most of what the binary held of them.
pub(crate) struct Fields<'f, 'a>(pub &'f mut dyn FnMut(&str, &'a RawValue));

impl<'de: 'a, 'a> serde::de::Visitor<'de> for Fields<'_, 'a> {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while let Some(key) = map.next_key::<Key<'de>>()? {
            (self.0)(&key.0, map.next_value()?);
        }
        Ok(true)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }
}

/// What [`wire!`] defines, without code of its own for reading it.
pub(crate) trait Object<'a>: Default {
    fn take(&mut self, key: &str, raw: &'a RawValue);
    fn is(&mut self, object: bool);
}

/// `text` read as `T`; `None`: it is not JSON.
pub(crate) fn parse<'a, T: Object<'a>>(text: &'a str) -> Option<T> {
    let mut value = T::default();
    let object = each_field(text, &mut |key, raw| value.take(key, raw))?;
    value.is(object);
    Some(value)
}

#[inline(never)]
fn each_field<'a>(text: &'a str, take: &mut dyn FnMut(&str, &'a RawValue)) -> Option<bool> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let object = serde::Deserializer::deserialize_any(&mut deserializer, Fields(take)).ok()?;
    deserializer.end().ok()?;
    Some(object)
}

/// The value read as `T`, where it is an object.
pub(crate) fn object<'a, T: Object<'a>>(raw: Raw<'a>) -> Option<T> {
    raw.filter(|raw| raw.get().starts_with('{')).and_then(|raw| parse(raw.get()))
}

/// Every field of an object, by name.
pub(crate) fn each<'a>(raw: Raw<'a>, take: &mut dyn FnMut(&str, &'a RawValue)) {
    if let Some(raw) = raw {
        // What cannot be read has no fields.
        let _ = each_field(raw.get(), take);
    }
}

/// The objects in an array; nothing for the rest.
pub(crate) fn objects<'a, T: Object<'a>>(raw: Raw<'a>) -> Vec<T> {
    list::<&RawValue>(raw).into_iter().filter_map(|raw| object(Some(raw))).collect()
}

/// Defines a struct of [`Raw`] fields that reads any JSON value: fields of objects by name, nothing else.
/// `is_object` tells the two apart. Of repeated keys the last counts.
macro_rules! wire {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $key:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Default, Clone, Copy)]
        pub(super) struct $name<'a> {
            #[allow(dead_code, reason = "not every reader asks")]
            pub is_object: bool,
            $(pub $field: $crate::adapters::json::Raw<'a>,)+
        }

        impl<'de: 'a, 'a> serde::Deserialize<'de> for $name<'a> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let mut value = $name::default();
                let mut take = |key: &str, raw: &'a serde_json::value::RawValue| $crate::adapters::json::Object::take(&mut value, key, raw);
                let is_object = deserializer.deserialize_any($crate::adapters::json::Fields(&mut take))?;
                value.is_object = is_object;
                Ok(value)
            }
        }

        impl<'a> $crate::adapters::json::Object<'a> for $name<'a> {
            fn take(&mut self, key: &str, raw: &'a serde_json::value::RawValue) {
                match key {
                    $($key => self.$field = Some(raw),)+
                    _ => {}
                }
            }

            fn is(&mut self, object: bool) {
                self.is_object = object;
            }
        }
    };
}
pub(crate) use wire;

/// The text of a string; numbers and booleans as they are written; nothing for the rest.
pub(crate) fn text(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let raw = raw?.get();
    match raw.as_bytes().first()? {
        b'"' if !raw.contains('\\') => raw.get(1..raw.len() - 1).map(Cow::Borrowed),
        b'"' => Some(Cow::Owned(unescape(raw))),
        b'{' | b'[' | b'n' => None,
        _ => Some(Cow::Borrowed(raw)),
    }
}

/// Like [`text`], owned, and without empty strings.
pub(crate) fn string(raw: Raw<'_>) -> Option<String> {
    text(raw).filter(|text| !text.is_empty()).map(Cow::into_owned)
}

/// JavaScript cuts strings between the halves of a surrogate pair: legal JSON, but no Unicode text. Its bytes are.
struct Bytes;

impl serde::de::Visitor<'_> for Bytes {
    type Value = String;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }
    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}

fn unescape(raw: &str) -> String {
    if let Ok(text) = serde_json::from_str(raw) {
        return text;
    }
    serde::Deserializer::deserialize_bytes(&mut serde_json::Deserializer::from_str(raw), Bytes).unwrap_or_default()
}

/// A whole number, also where it is written as a string or with a fraction; clamped to what fits.
pub(crate) fn int(raw: Raw<'_>) -> Option<i64> {
    let raw = raw?.get().trim_matches('"').trim();
    if let Ok(number) = raw.parse() {
        return Some(number);
    }
    let number: f64 = raw.parse().ok()?;
    // `as` saturates, which is the clamp that is wanted; NaN is no number.
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    (!number.is_nan()).then_some(number as i64)
}

/// A count: negative numbers are clamped to nothing.
pub(crate) fn count(raw: Raw<'_>) -> i64 {
    // More tokens than this in one request is a broken record; sums of such numbers must not overflow.
    const MOST: i64 = 1 << 40;
    int(raw).unwrap_or(0).clamp(0, MOST)
}

/// True in any of the spellings agents use.
pub(crate) fn flag(raw: Raw<'_>) -> bool {
    raw.is_some_and(|raw| matches!(raw.get(), "true" | "\"true\"" | "1"))
}

/// The value read as `T`, where it can be.
pub(crate) fn read<'a, T: Deserialize<'a>>(raw: Raw<'a>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// Whether the field holds anything.
pub(crate) fn present(raw: Raw<'_>) -> bool {
    raw.is_some_and(|raw| raw.get() != "null")
}

/// The elements of an array; nothing for the rest.
pub(crate) fn list<'a, T: Deserialize<'a>>(raw: Raw<'a>) -> Vec<T> {
    match raw {
        Some(raw) if raw.get().starts_with('[') => serde_json::from_str(raw.get()).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Before 1973 in milliseconds: such a number counts seconds.
const SECONDS_BELOW: i64 = 100_000_000_000;

/// Milliseconds of an RFC 3339 time, or of a number of seconds or milliseconds.
pub(crate) fn time(raw: Raw<'_>) -> Option<i64> {
    let raw = raw?;
    if let Some(text) = text(Some(raw))
        && let Ok(time) = text.parse::<jiff::Timestamp>()
    {
        return Some(time.as_millisecond());
    }
    int(Some(raw)).filter(|n| *n > 0).map(|n| if n < SECONDS_BELOW { n * 1000 } else { n })
}

#[cfg(test)]
mod tests {
    use super::*;

    wire! { Sample { a: "a", b: "b" } }

    fn sample(json: &str) -> Sample<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn any_value_reads_and_the_last_of_repeated_keys_counts() {
        for json in ["1", "-1", "1.5", "true", "null", "\"x\"", "[1,{}]"] {
            assert!(!sample(json).is_object, "{json}");
        }
        let value = sample(r#"{"a":1,"zz":{"a":[2]},"a":"two","b":null}"#);
        assert_eq!(text(value.a).as_deref(), Some("two"));
        assert_eq!(text(value.b), None);
    }

    #[test]
    fn halves_of_surrogate_pairs_do_not_lose_the_text() {
        let value = sample(r#"{"a":"cut \ud83d","b":"\u00e9\n"}"#);
        assert!(text(value.a).unwrap().starts_with("cut "));
        assert_eq!(text(value.b).as_deref(), Some("é\n"));
    }

    #[test]
    fn numbers_come_in_many_forms_and_are_clamped() {
        for (json, want) in
            [("7", 7), ("\"7\"", 7), ("7.9", 7), ("1e99", 1 << 40), ("-3", 0), ("\"x\"", 0), ("null", 0)]
        {
            assert_eq!(count(sample(&format!("{{\"a\":{json}}}")).a), want, "{json}");
        }
    }

    #[test]
    fn times_are_read_in_every_form() {
        for json in ["\"2026-11-20T10:00:00.000Z\"", "\"2026-11-20T11:00:00+01:00\"", "1795168800000", "1795168800"] {
            assert_eq!(time(sample(&format!("{{\"a\":{json}}}")).a), Some(1_795_168_800_000), "{json}");
        }
        assert_eq!(time(sample("{\"a\":\"soon\"}").a), None);
    }
}
