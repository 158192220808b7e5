//! Patch messages: properties of plugins that are set and asked for by events.

use crate::known::Known;

/// The number in an atom of a numeric type.
pub(crate) fn number(known: &Known, kind: u32, body: &[u8]) -> Option<f64> {
    let four = || body.first_chunk::<4>().copied();
    let eight = || body.first_chunk::<8>().copied();
    match kind {
        float if float == known.atom_float => Some(f64::from(f32::from_ne_bytes(four()?))),
        double if double == known.atom_double => Some(f64::from_ne_bytes(eight()?)),
        long if long == known.atom_long => Some(i64::from_ne_bytes(eight()?) as f64),
        int if int == known.atom_int => Some(f64::from(i32::from_ne_bytes(four()?))),
        boolean if boolean == known.atom_bool => Some(f64::from(u8::from(i32::from_ne_bytes(four()?) != 0))),
        _ => None,
    }
}
