//! Vectors: numbers of one type in one value.

use std::fmt;

use super::value::{parse_bool, parse_float, parse_int, parse_long};
use crate::known::Known;

/// Numbers of one type.
#[derive(Debug, Clone, PartialEq)]
pub enum Vector {
    /// Yes or no.
    Bool(Vec<bool>),
    /// 32-bit numbers.
    Int(Vec<i32>),
    /// 64-bit numbers.
    Long(Vec<i64>),
    /// 32-bit floats.
    Float(Vec<f32>),
    /// 64-bit floats.
    Double(Vec<f64>),
}

impl Vector {
    /// Reads `n-type-a:b:c`, where the type is a letter of [`super::PatchValue::letter`].
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (count, rest) = text.split_once('-')?;
        let (letter, list) = rest.split_once('-')?;
        let count: usize = count.parse().ok()?;
        let items: Vec<&str> = list.strip_suffix(':').unwrap_or(list).split(':').collect();
        let items = if count == 0 && list.is_empty() { Vec::new() } else { items };
        if items.len() != count {
            return None;
        }
        fn all<T>(items: &[&str], read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
            items.iter().map(|item| read(item.trim())).collect()
        }
        Some(match letter {
            "b" => Self::Bool(all(&items, parse_bool)?),
            "i" => Self::Int(all(&items, parse_int)?),
            "l" => Self::Long(all(&items, parse_long)?),
            "f" => Self::Float(all(&items, |item| parse_float(item).map(|number| number as f32))?),
            "g" => Self::Double(all(&items, parse_float)?),
            _ => return None,
        })
    }

    pub(super) fn read(known: &Known, body: &[u8]) -> Option<Self> {
        let size = u32::from_ne_bytes(*body.first_chunk()?) as usize;
        let kind = u32::from_ne_bytes(*body.get(4..)?.first_chunk()?);
        let items = body.get(8..)?;
        fn all<const N: usize, T>(items: &[u8], size: usize, read: fn([u8; N]) -> T) -> Option<Vec<T>> {
            (size == N).then(|| items.as_chunks().0.iter().copied().map(read).collect())
        }
        match kind {
            kind if kind == known.atom_bool => {
                all(items, size, |item| i32::from_ne_bytes(item) != 0).map(Self::Bool)
            }
            kind if kind == known.atom_int => all(items, size, i32::from_ne_bytes).map(Self::Int),
            kind if kind == known.atom_long => all(items, size, i64::from_ne_bytes).map(Self::Long),
            kind if kind == known.atom_float => all(items, size, f32::from_ne_bytes).map(Self::Float),
            kind if kind == known.atom_double => all(items, size, f64::from_ne_bytes).map(Self::Double),
            _ => None,
        }
    }

    pub(super) fn body(&self, known: &Known) -> Vec<u8> {
        let (size, kind, items) = match self {
            Self::Bool(items) => (4, known.atom_bool, concat(items, |item| i32::from(*item).to_ne_bytes())),
            Self::Int(items) => (4, known.atom_int, concat(items, |item| item.to_ne_bytes())),
            Self::Long(items) => (8, known.atom_long, concat(items, |item| item.to_ne_bytes())),
            Self::Float(items) => (4, known.atom_float, concat(items, |item| item.to_ne_bytes())),
            Self::Double(items) => (8, known.atom_double, concat(items, |item| item.to_ne_bytes())),
        };
        let size: u32 = size;
        [size.to_ne_bytes().as_slice(), &kind.to_ne_bytes(), &items].concat()
    }
}

fn concat<T, const N: usize>(items: &[T], bytes: impl Fn(&T) -> [u8; N]) -> Vec<u8> {
    items.iter().flat_map(bytes).collect()
}

impl fmt::Display for Vector {
    /// `n-type-a:b:c:`, as mod-host's feedback has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn all<T>(
            f: &mut fmt::Formatter<'_>,
            letter: char,
            items: &[T],
            show: impl Fn(&T) -> String,
        ) -> fmt::Result {
            write!(f, "{}-{letter}-", items.len())?;
            items.iter().try_for_each(|item| write!(f, "{}:", show(item)))
        }
        match self {
            Self::Bool(items) => all(f, 'b', items, |item| u8::from(*item).to_string()),
            Self::Int(items) => all(f, 'i', items, ToString::to_string),
            Self::Long(items) => all(f, 'l', items, ToString::to_string),
            Self::Float(items) => all(f, 'f', items, |item| format!("{item:.6}")),
            Self::Double(items) => all(f, 'g', items, |item| format!("{item:.6}")),
        }
    }
}
