//! Aligned words seen as bytes.

pub(crate) fn of(words: &[u64]) -> &[u8] {
    // SAFETY: every byte of a u64 is initialised, and u8 has no alignment.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), words.len() * 8) }
}

pub(crate) fn of_mut(words: &mut [u64]) -> &mut [u8] {
    // SAFETY: as in `of`; every bit pattern is a u64; the borrow is exclusive.
    unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), words.len() * 8) }
}
