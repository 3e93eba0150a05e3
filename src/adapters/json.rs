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
                struct Visitor<'a>(std::marker::PhantomData<&'a ()>);
                impl<'de: 'a, 'a> serde::de::Visitor<'de> for Visitor<'a> {
                    type Value = $name<'a>;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("any JSON value")
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                        let mut value = $name { is_object: true, ..Default::default() };
                        while let Some(key) = map.next_key::<$crate::adapters::json::Key<'de>>()? {
                            match &*key.0 {
                                $($key => value.$field = Some(map.next_value()?),)+
                                _ => {
                                    map.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(value)
                    }
                    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Self::Value, A::Error> {
                        while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                        Ok($name::default())
                    }
                    fn visit_bool<E>(self, _: bool) -> std::result::Result<Self::Value, E> { Ok($name::default()) }
                    fn visit_i64<E>(self, _: i64) -> std::result::Result<Self::Value, E> { Ok($name::default()) }
                    fn visit_u64<E>(self, _: u64) -> std::result::Result<Self::Value, E> { Ok($name::default()) }
                    fn visit_f64<E>(self, _: f64) -> std::result::Result<Self::Value, E> { Ok($name::default()) }
                    fn visit_str<E>(self, _: &str) -> std::result::Result<Self::Value, E> { Ok($name::default()) }
                    fn visit_unit<E>(self) -> std::result::Result<Self::Value, E> { Ok($name::default()) }
                }
                deserializer.deserialize_any(Visitor(std::marker::PhantomData))
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
