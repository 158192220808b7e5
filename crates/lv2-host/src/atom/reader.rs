//! Reading of objects, with nothing taken on trust.

use super::{HEADER, padded, read_u32};

/// An atom: its type and body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Atom<'a> {
    /// URID of the type.
    pub kind: u32,
    /// The body.
    pub body: &'a [u8],
}

/// Iterator over the properties (key, value) of an object.
#[derive(Debug, Clone)]
pub struct Properties<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Type and properties of the object with this body. Real-time safe.
pub fn object(body: &[u8]) -> Option<(u32, Properties<'_>)> {
    let otype = read_u32(body, 4)?;
    Some((otype, Properties { bytes: body, at: 8 }))
}

/// The atom that starts at `at`.
pub(crate) fn atom(bytes: &[u8], at: usize) -> Option<Atom<'_>> {
    let size = read_u32(bytes, at)? as usize;
    let kind = read_u32(bytes, at + 4)?;
    let start = at + HEADER;
    Some(Atom { kind, body: bytes.get(start..start.checked_add(size)?)? })
}

impl<'a> Iterator for Properties<'a> {
    type Item = (u32, Atom<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = read_u32(self.bytes, self.at)?;
        let atom = atom(self.bytes, self.at + 8)?;
        self.at += 8 + HEADER + padded(atom.body.len());
        Some((key, atom))
    }
}
