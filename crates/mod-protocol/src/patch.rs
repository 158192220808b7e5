//! Values of LV2 properties, as `patch_set` carries them in both directions.

use crate::c_float;
use crate::number::{leading_f32, leading_float};

/// Type of a property, by its letter on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PatchType {
    /// `b`: `atom:Bool`.
    Bool,
    /// `i`: `atom:Int`.
    Int,
    /// `l`: `atom:Long`.
    Long,
    /// `f`: `atom:Float`.
    Float,
    /// `g`: `atom:Double`.
    Double,
    /// `s`: `atom:String`.
    String,
    /// `p`: `atom:Path`.
    Path,
    /// `u`: `atom:URI` or a URID.
    Uri,
    /// `v`: `atom:Vector`.
    Vector,
}

impl PatchType {
    /// All types.
    pub const ALL: [Self; 9] = [
        Self::Bool,
        Self::Int,
        Self::Long,
        Self::Float,
        Self::Double,
        Self::String,
        Self::Path,
        Self::Uri,
        Self::Vector,
    ];

    /// The letter on the wire.
    pub fn letter(self) -> char {
        match self {
            Self::Bool => 'b',
            Self::Int => 'i',
            Self::Long => 'l',
            Self::Float => 'f',
            Self::Double => 'g',
            Self::String => 's',
            Self::Path => 'p',
            Self::Uri => 'u',
            Self::Vector => 'v',
        }
    }

    /// The type of a letter, if there is one.
    pub fn from_letter(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| letter.chars().eq([kind.letter()]))
    }
}

/// A typed value of a property.
#[derive(Debug, Clone, PartialEq)]
pub enum PatchValue {
    /// `b 0` or `b 1`.
    Bool(bool),
    /// `i <number>`.
    Int(i32),
    /// `l <number>`.
    Long(i64),
    /// `f <number>`, six decimals.
    Float(f32),
    /// `g <number>`, six decimals.
    Double(f64),
    /// `s <text>`; the text goes on to the end of the message.
    String(String),
    /// `p <path>`, likewise.
    Path(String),
    /// `u <uri>`, likewise.
    Uri(String),
    /// `v <count>-<type>-a:b:`: numbers of one type, each followed by a colon. The elements are bools, ints,
    /// longs, floats or doubles, all the same; the type letter is kept for a vector of none.
    Vector(PatchType, Vec<PatchValue>),
}

/// A text that is no value of its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no value of type {}: {expected}", kind.letter())]
pub struct PatchError {
    /// The type that was wanted.
    pub kind: PatchType,
    /// The text.
    pub text: String,
    /// What would be right.
    pub expected: &'static str,
}

impl PatchValue {
    /// The value's type.
    pub fn kind(&self) -> PatchType {
        match self {
            Self::Bool(_) => PatchType::Bool,
            Self::Int(_) => PatchType::Int,
            Self::Long(_) => PatchType::Long,
            Self::Float(_) => PatchType::Float,
            Self::Double(_) => PatchType::Double,
            Self::String(_) => PatchType::String,
            Self::Path(_) => PatchType::Path,
            Self::Uri(_) => PatchType::Uri,
            Self::Vector(..) => PatchType::Vector,
        }
    }

    /// Converts the text of a `patch_set` command by the property's declared type. Numbers are read as C does;
    /// only vectors (`<count>-<type>-a:b:c`, a colon at the end allowed) can be malformed.
    pub fn from_text(kind: PatchType, text: &str) -> Result<Self, PatchError> {
        Ok(match kind {
            PatchType::Bool => Self::Bool(leading_float(text) != 0.0 || text == "true"),
            PatchType::Int => Self::Int(leading_long(text).clamp(i32::MIN.into(), i32::MAX.into()) as i32),
            PatchType::Long => Self::Long(leading_long(text)),
            PatchType::Float => Self::Float(leading_f32(text)),
            PatchType::Double => Self::Double(leading_float(text)),
            PatchType::String => Self::String(text.to_owned()),
            PatchType::Path => Self::Path(text.to_owned()),
            PatchType::Uri => Self::Uri(text.to_owned()),
            PatchType::Vector => return Self::vector_from_text(text),
        })
    }

    fn vector_from_text(text: &str) -> Result<Self, PatchError> {
        let error = |expected| PatchError { kind: PatchType::Vector, text: text.to_owned(), expected };
        let shape = "expected <count>-<type>-a:b:";
        let (count, rest) = text.split_once('-').ok_or_else(|| error(shape))?;
        let (letter, items) = rest.split_once('-').ok_or_else(|| error(shape))?;
        let count: usize = count.parse().map_err(|_| error(shape))?;
        let kind = PatchType::from_letter(letter).ok_or_else(|| error("unknown type of the elements"))?;
        if !matches!(
            kind,
            PatchType::Bool | PatchType::Int | PatchType::Long | PatchType::Float | PatchType::Double
        ) {
            return Err(error("the elements must be numbers"));
        }
        let items = items.strip_suffix(':').unwrap_or(items);
        let values: Vec<Self> = if items.is_empty() {
            Vec::new()
        } else {
            items.split(':').map(|item| Self::from_text(kind, item)).collect::<Result<_, _>>()?
        };
        if values.len() == count {
            Ok(Self::Vector(kind, values))
        } else {
            Err(error("the count does not match the elements"))
        }
    }
}

/// The whole number at the start of the text; exact for all 64-bit numbers, rounded towards zero for others.
fn leading_long(text: &str) -> i64 {
    text.trim().parse().unwrap_or_else(|_| leading_float(text) as i64)
}

/// The value without its type letter.
impl std::fmt::Display for PatchValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{}", u8::from(*value)),
            Self::Int(value) => write!(formatter, "{value}"),
            Self::Long(value) => write!(formatter, "{value}"),
            Self::Float(value) => formatter.write_str(&c_float((*value).into(), 6)),
            Self::Double(value) => formatter.write_str(&c_float(*value, 6)),
            Self::String(text) | Self::Path(text) | Self::Uri(text) => formatter.write_str(text),
            Self::Vector(kind, values) => {
                write!(formatter, "{}-{}-", values.len(), kind.letter())?;
                values.iter().try_for_each(|value| write!(formatter, "{value}:"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_values() {
        let cases = [
            (PatchValue::Bool(true), "1"),
            (PatchValue::Int(-7), "-7"),
            (PatchValue::Long(i64::MAX), "9223372036854775807"),
            (PatchValue::Float(0.75), "0.750000"),
            (PatchValue::Double(-1.5), "-1.500000"),
            (PatchValue::String("hello world".into()), "hello world"),
            (PatchValue::Path("/tmp/x y.wav".into()), "/tmp/x y.wav"),
            (PatchValue::Uri("urn:a".into()), "urn:a"),
            (
                PatchValue::Vector(PatchType::Float, vec![PatchValue::Float(1.0), PatchValue::Float(2.5)]),
                "2-f-1.000000:2.500000:",
            ),
            (PatchValue::Vector(PatchType::Int, vec![]), "0-i-"),
        ];
        for (value, text) in cases {
            assert_eq!(value.to_string(), text);
            assert_eq!(PatchValue::from_text(value.kind(), text), Ok(value));
        }
    }

    #[test]
    fn malformed_vectors_are_refused() {
        for text in ["", "2", "2-f", "3-f-1:2", "2-s-a:b", "x-f-1", "1-q-1", "-1-f-1"] {
            assert!(PatchValue::from_text(PatchType::Vector, text).is_err(), "{text:?}");
        }
        let without_last_colon = PatchValue::from_text(PatchType::Vector, "2-i-3:4");
        let expected = PatchValue::Vector(PatchType::Int, vec![PatchValue::Int(3), PatchValue::Int(4)]);
        assert_eq!(without_last_colon, Ok(expected));
    }

    #[test]
    fn garbage_numbers_are_zero() {
        assert_eq!(PatchValue::from_text(PatchType::Int, "x"), Ok(PatchValue::Int(0)));
        assert_eq!(PatchValue::from_text(PatchType::Int, "7.9"), Ok(PatchValue::Int(7)));
        assert_eq!(PatchValue::from_text(PatchType::Bool, "true"), Ok(PatchValue::Bool(true)));
        assert_eq!(PatchValue::from_text(PatchType::Bool, "no"), Ok(PatchValue::Bool(false)));
    }
}
