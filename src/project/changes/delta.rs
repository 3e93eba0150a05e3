//! An object that a pack keeps as the difference to another.

/// `None` where it does not fit.
pub(super) fn apply(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut rest = delta.iter().copied();
    if size(&mut rest)? != base.len() {
        return None;
    }
    let wanted = size(&mut rest)?;
    let mut made = Vec::with_capacity(wanted.min(delta.len() + base.len()));
    while let Some(step) = rest.next() {
        if step & 0x80 != 0 {
            let mut number = |bits: std::ops::Range<u8>| {
                let mut value = 0_usize;
                for (place, bit) in bits.enumerate() {
                    if step & 1 << bit != 0 {
                        value |= usize::from(rest.next()?) << (8 * place);
                    }
                }
                Some(value)
            };
            let (from, length) = (number(0..4)?, number(4..7)?);
            let length = if length == 0 { 0x10000 } else { length };
            made.extend_from_slice(base.get(from..from.checked_add(length)?)?);
        } else {
            let before = made.len();
            made.extend(rest.by_ref().take(usize::from(step)));
            if step == 0 || made.len() - before != usize::from(step) {
                return None;
            }
        }
        if made.len() > wanted {
            return None;
        }
    }
    (made.len() == wanted).then_some(made)
}

fn size(rest: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let mut value = 0_usize;
    for place in 0..5 {
        let byte = rest.next()?;
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::apply;

    #[test]
    fn copies_and_insertions() {
        // Of ten bytes, eight: three from the fourth on, "xy", three from the first on.
        let delta = [10, 8, 0x91, 3, 3, 2, b'x', b'y', 0x90, 3];
        assert_eq!(apply(b"0123456789", &delta).unwrap(), b"345xy012");
        for broken in [&delta[..9], &[9, 1, 1, b'x'], &[10, 1, 0], &[10, 2, 1, b'x'], &[10, 3, 0x91, 9, 3], &[]] {
            assert_eq!(apply(b"0123456789", broken), None);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_much(base in prop::collection::vec(any::<u8>(), 0..50), mut delta in prop::collection::vec(any::<u8>(), 1..60)) {
            delta[0] = u8::try_from(base.len()).unwrap();
            let _ = apply(&base, &delta);
        }
    }
}
