//! Byte ranges (RFC 9110, section 14): one range; several at once are answered by the whole, as the standard allows.

/// What to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Everything.
    Whole,
    /// From the first byte to the last, both included.
    Part(u64, u64),
    /// Nothing of the blob is in the range.
    Nothing,
}

/// Reads a `Range` header for a blob of `size` bytes. What is no byte range is as if it were not there.
pub(super) fn wanted(header: &str, size: u64) -> Wanted {
    let Some((unit, range)) = header.split_once('=') else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    let Some((first, last)) = range.trim().split_once('-') else { return Wanted::Whole };
    let number = |text: &str| -> Option<u64> {
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().unwrap_or(u64::MAX))
    };
    match (number(first), number(last), first, last) {
        (Some(first), Some(last), ..) if first > last => Wanted::Whole,
        (Some(first), ..) if first >= size && last_is_fine(last) => Wanted::Nothing,
        (Some(first), Some(last), ..) => Wanted::Part(first, last.min(size - 1)),
        (Some(first), None, _, "") => Wanted::Part(first, size - 1),
        (None, Some(0), "", _) => Wanted::Nothing,
        (None, Some(_), "", _) if size == 0 => Wanted::Nothing,
        (None, Some(count), "", _) => Wanted::Part(size.saturating_sub(count), size - 1),
        _ => Wanted::Whole,
    }
}

fn last_is_fine(last: &str) -> bool {
    last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_of_the_standard() {
        for (header, expected) in [
            ("bytes=0-499", Wanted::Part(0, 499)),
            ("bytes=500-999", Wanted::Part(500, 999)),
            ("bytes=-500", Wanted::Part(9_500, 9_999)),
            ("bytes=9500-", Wanted::Part(9_500, 9_999)),
            ("bytes=0-0", Wanted::Part(0, 0)),
            ("bytes=9999-20000", Wanted::Part(9_999, 9_999)),
            ("bytes=-20000", Wanted::Part(0, 9_999)),
            ("bytes=10000-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes", Wanted::Whole),
        ] {
            assert_eq!(wanted(header, 10_000), expected, "{header}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Nothing);
        assert_eq!(wanted("bytes=-5", 0), Wanted::Nothing);
    }

    proptest! {
        #[test]
        fn a_part_lies_in_the_blob(header in "bytes=[0-9]{0,22}-?[0-9]{0,22}", size in 0_u64..50) {
            if let Wanted::Part(first, last) = wanted(&header, size) {
                prop_assert!(first <= last && last < size);
            }
        }
    }
}
