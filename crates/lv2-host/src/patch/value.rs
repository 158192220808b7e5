//! Values of properties: from text, from atoms, to atoms, to mod-host's feedback.

use std::fmt::{self, Write};

use super::Vector;
use crate::atom::Atom;
use crate::error::ValueError;
use crate::known::Known;
use crate::sys::Urids;
use crate::uris;

/// The value of a property.
#[derive(Debug, Clone, PartialEq)]
pub enum PatchValue {
    /// Yes or no.
    Bool(bool),
    /// 32-bit number.
    Int(i32),
    /// 64-bit number.
    Long(i64),
    /// 32-bit float.
    Float(f32),
    /// 64-bit float.
    Double(f64),
    /// Text.
    String(String),
    /// Absolute path of a file.
    Path(String),
    /// URI, also where the plugin sends its number.
    Uri(String),
    /// Numbers of one type.
    Vector(Vector),
}

impl PatchValue {
    /// Reads `text` as a value of the type `range` (URI of an atom or XSD type, as in [`crate::Parameter::range`]).
    ///
    /// # Errors
    /// [`ValueError`].
    pub fn parse(range: &str, text: &str) -> Result<Self, ValueError> {
        let trimmed = text.trim();
        let value = match range {
            uris::ATOM_BOOL | uris::XSD_BOOLEAN => parse_bool(trimmed).map(Self::Bool),
            uris::ATOM_INT | uris::XSD_INT | uris::XSD_INTEGER => parse_int(trimmed).map(Self::Int),
            uris::ATOM_LONG | uris::XSD_LONG => parse_long(trimmed).map(Self::Long),
            uris::ATOM_FLOAT | uris::XSD_FLOAT | uris::XSD_DECIMAL => {
                parse_float(trimmed).map(|number| Self::Float(number as f32))
            }
            uris::ATOM_DOUBLE | uris::XSD_DOUBLE => parse_float(trimmed).map(Self::Double),
            uris::ATOM_STRING | uris::ATOM_LITERAL | uris::XSD_STRING => Some(Self::String(text.to_owned())),
            uris::ATOM_PATH => Some(Self::Path(text.to_owned())),
            uris::ATOM_URI | uris::ATOM_URID => Some(Self::Uri(trimmed.to_owned())),
            uris::ATOM_VECTOR => Vector::parse(trimmed).map(Self::Vector),
            _ => return Err(ValueError::UnknownRange { range: range.to_owned() }),
        };
        value.ok_or_else(|| ValueError::Malformed { text: text.to_owned(), range: range.to_owned() })
    }

    /// Reads the atom that a plugin sent.
    pub fn read(urids: &Urids, atom: Atom<'_>) -> Option<Self> {
        let known = urids.known();
        let text = || {
            let end = atom.body.iter().position(|&byte| byte == 0).unwrap_or(atom.body.len());
            String::from_utf8_lossy(&atom.body[..end]).into_owned()
        };
        let number = || number(known, atom.kind, atom.body);
        Some(match atom.kind {
            kind if kind == known.atom_bool => Self::Bool(number()? != 0.0),
            kind if kind == known.atom_int => Self::Int(number()? as i32),
            kind if kind == known.atom_long => Self::Long(i64::from_ne_bytes(*atom.body.first_chunk()?)),
            kind if kind == known.atom_float => Self::Float(number()? as f32),
            kind if kind == known.atom_double => Self::Double(number()?),
            kind if kind == known.atom_string => Self::String(text()),
            kind if kind == known.atom_path => Self::Path(text()),
            kind if kind == known.atom_uri => Self::Uri(text()),
            kind if kind == known.atom_urid => {
                Self::Uri(urids.unmap(u32::from_ne_bytes(*atom.body.first_chunk()?))?)
            }
            kind if kind == known.atom_vector => Self::Vector(Vector::read(known, atom.body)?),
            _ => return None,
        })
    }

    /// The letter of the type in mod-host's feedback: b i l f g s p u, v for a vector.
    pub fn letter(&self) -> char {
        match self {
            Self::Bool(_) => 'b',
            Self::Int(_) => 'i',
            Self::Long(_) => 'l',
            Self::Float(_) => 'f',
            Self::Double(_) => 'g',
            Self::String(_) => 's',
            Self::Path(_) => 'p',
            Self::Uri(_) => 'u',
            Self::Vector(_) => 'v',
        }
    }

    /// URID of the atom's type and the atom's body.
    pub(super) fn atom(&self, known: &Known) -> (u32, Vec<u8>) {
        let text = |text: &str| {
            // A NUL ends the text for the plugin.
            let text = text.split('\0').next().unwrap_or_default();
            [text.as_bytes(), &[0]].concat()
        };
        match self {
            Self::Bool(value) => (known.atom_bool, i32::from(*value).to_ne_bytes().to_vec()),
            Self::Int(value) => (known.atom_int, value.to_ne_bytes().to_vec()),
            Self::Long(value) => (known.atom_long, value.to_ne_bytes().to_vec()),
            Self::Float(value) => (known.atom_float, value.to_ne_bytes().to_vec()),
            Self::Double(value) => (known.atom_double, value.to_ne_bytes().to_vec()),
            Self::String(value) => (known.atom_string, text(value)),
            Self::Path(value) => (known.atom_path, text(value)),
            Self::Uri(value) => (known.atom_uri, text(value)),
            Self::Vector(value) => (known.atom_vector, value.body(known)),
        }
    }
}

impl fmt::Display for PatchValue {
    /// The value as mod-host's feedback has it: floats with six places, booleans as 0 and 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => f.write_char(if *value { '1' } else { '0' }),
            Self::Int(value) => value.fmt(f),
            Self::Long(value) => value.fmt(f),
            Self::Float(value) => write!(f, "{value:.6}"),
            Self::Double(value) => write!(f, "{value:.6}"),
            Self::String(value) | Self::Path(value) | Self::Uri(value) => f.write_str(value),
            Self::Vector(value) => value.fmt(f),
        }
    }
}

pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => text.parse::<f64>().ok().map(|number| number != 0.0),
    }
}

pub(super) fn parse_float(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| !number.is_nan())
}

/// Whole numbers, also written as floats ("7.0").
pub(super) fn parse_long(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let number = parse_float(text)?.trunc();
        (number.abs() < 9.0e18).then_some(number as i64)
    })
}

pub(super) fn parse_int(text: &str) -> Option<i32> {
    i32::try_from(parse_long(text)?).ok()
}

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
