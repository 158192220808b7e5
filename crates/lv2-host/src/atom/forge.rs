//! Writing of objects and literals into a fixed buffer.

use super::{HEADER, padded};
use crate::known::Known;

/// Writes the body of one `atom:Object` into a buffer of the caller's. Real-time safe.
///
/// Each property is written whole or not at all; [`Forge::finish`] tells whether everything fitted.
#[derive(Debug)]
pub struct Forge<'a> {
    buffer: &'a mut [u8],
    len: usize,
    whole: bool,
    known: &'a Known,
}

impl<'a> Forge<'a> {
    /// Starts an object of type `otype` (a URID) without a subject of its own.
    pub fn object(buffer: &'a mut [u8], known: &'a Known, otype: u32) -> Self {
        let whole = buffer.len() >= 8;
        if whole {
            buffer[..4].fill(0);
            buffer[4..8].copy_from_slice(&otype.to_ne_bytes());
        }
        Self { buffer, len: if whole { 8 } else { 0 }, whole, known }
    }

    /// Adds a property whose value is an atom of type `kind`.
    pub fn property(&mut self, key: u32, kind: u32, body: &[u8]) -> &mut Self {
        let start = self.len + 8 + HEADER;
        let end = start.saturating_add(padded(body.len()));
        if !self.whole || end > self.buffer.len() {
            self.whole = false;
            return self;
        }
        let at = self.len;
        self.buffer[at..at + 4].copy_from_slice(&key.to_ne_bytes());
        self.buffer[at + 4..at + 8].fill(0);
        self.buffer[at + 8..at + 12].copy_from_slice(&(body.len() as u32).to_ne_bytes());
        self.buffer[at + 12..at + 16].copy_from_slice(&kind.to_ne_bytes());
        self.buffer[start..start + body.len()].copy_from_slice(body);
        self.buffer[start + body.len()..end].fill(0);
        self.len = end;
        self
    }

    /// Adds a property that is a URID.
    pub fn urid(&mut self, key: u32, value: u32) -> &mut Self {
        let kind = self.known.atom_urid;
        self.property(key, kind, &value.to_ne_bytes())
    }

    /// Adds a property that is a 32-bit number.
    pub fn int(&mut self, key: u32, value: i32) -> &mut Self {
        let kind = self.known.atom_int;
        self.property(key, kind, &value.to_ne_bytes())
    }

    /// Adds a property that is a 64-bit number.
    pub fn long(&mut self, key: u32, value: i64) -> &mut Self {
        let kind = self.known.atom_long;
        self.property(key, kind, &value.to_ne_bytes())
    }

    /// Adds a property that is a 32-bit float.
    pub fn float(&mut self, key: u32, value: f32) -> &mut Self {
        let kind = self.known.atom_float;
        self.property(key, kind, &value.to_ne_bytes())
    }

    /// Adds a property that is a 64-bit float.
    pub fn double(&mut self, key: u32, value: f64) -> &mut Self {
        let kind = self.known.atom_double;
        self.property(key, kind, &value.to_ne_bytes())
    }

    /// The object's body, or nothing when the buffer was too small.
    pub fn finish(self) -> Option<&'a [u8]> {
        let Self { buffer, len, whole, .. } = self;
        whole.then_some(&buffer[..len])
    }
}
