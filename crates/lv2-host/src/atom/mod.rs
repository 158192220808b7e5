//! LV2's events: a sequence in one aligned buffer, a writer and a reader of objects.

mod forge;
mod position;
mod reader;
mod sequence;

pub use forge::Forge;
pub use position::Position;
pub use reader::{Atom, Properties, object};
pub use sequence::{Event, Events, Sequence};

/// Bytes of an atom's header: size and type.
pub(crate) const HEADER: usize = 8;

/// `size` rounded up to the 8 bytes that atoms are aligned to.
pub(crate) fn padded(size: usize) -> usize {
    size.saturating_add(7) & !7
}

pub(crate) fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_ne_bytes(bytes.try_into().ok()?))
}

pub(crate) fn read_i64(bytes: &[u8], at: usize) -> Option<i64> {
    let bytes = bytes.get(at..at.checked_add(8)?)?;
    Some(i64::from_ne_bytes(bytes.try_into().ok()?))
}
