//! Patch messages: properties of plugins that are set and asked for by events.

use std::fmt::{self, Write};

use crate::atom::{Atom, Forge, object};
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

fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => text.parse::<f64>().ok().map(|number| number != 0.0),
    }
}

fn parse_float(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| !number.is_nan())
}

/// Whole numbers, also written as floats ("7.0").
fn parse_long(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let number = parse_float(text)?.trunc();
        (number.abs() < 9.0e18).then_some(number as i64)
    })
}

fn parse_int(text: &str) -> Option<i32> {
    i32::try_from(parse_long(text)?).ok()
}

impl Vector {
    /// Reads `n-type-a:b:c`, where the type is a letter of [`PatchValue::letter`].
    fn parse(text: &str) -> Option<Self> {
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

    fn read(known: &Known, body: &[u8]) -> Option<Self> {
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

    fn body(&self, known: &Known) -> Vec<u8> {
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
    fn atom(&self, known: &Known) -> (u32, Vec<u8>) {
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

/// An event for a plugin's [`crate::PluginInfo::control_input`], ready to be pushed into its sequence on the real-time
/// thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// URID of the atom's type.
    pub kind: u32,
    /// The atom's body.
    pub body: Vec<u8>,
}

/// `patch:Set` of one property. `subject` is the URI of what has the property, none for the plugin itself.
pub fn set_message(urids: &Urids, subject: Option<&str>, property: &str, value: &PatchValue) -> Message {
    let known = urids.known();
    let (kind, body) = value.atom(known);
    message(urids, known.patch_set, subject, property, body.len(), |forge| {
        forge.property(known.patch_value, kind, &body);
    })
}

/// `patch:Get` of one property; the answer comes from the plugin's [`crate::PluginInfo::notify_output`].
pub fn get_message(urids: &Urids, subject: Option<&str>, property: &str) -> Message {
    message(urids, urids.known().patch_get, subject, property, 0, |_| ())
}

fn message(
    urids: &Urids,
    otype: u32,
    subject: Option<&str>,
    property: &str,
    value_size: usize,
    more: impl FnOnce(&mut Forge<'_>),
) -> Message {
    let known = urids.known();
    // Head, and three properties of 16 bytes before their padded bodies.
    let mut buffer = vec![0; 8 + 3 * 24 + value_size + 8];
    let mut forge = Forge::object(&mut buffer, known, otype);
    if let Some(subject) = subject {
        forge.urid(known.patch_subject, urids.map(subject));
    }
    forge.urid(known.patch_property, urids.map(property));
    more(&mut forge);
    let body = forge.finish().expect("the buffer was sized for the message").to_vec();
    Message { kind: known.atom_object, body }
}

/// Calls `found` with each property and value that an event tells of: one for `patch:Set`, any number for `patch:Put`.
/// Anything else, and whatever is malformed, is passed over. Not for the real-time thread: it allocates.
pub fn changes(urids: &Urids, kind: u32, body: &[u8], mut found: impl FnMut(String, PatchValue)) {
    let known = urids.known();
    if ![known.atom_object, known.atom_blank, known.atom_resource].contains(&kind) {
        return;
    }
    let Some((otype, properties)) = object(body) else { return };
    let mut tell = |key: u32, atom: Atom<'_>| {
        if let (Some(property), Some(value)) = (urids.unmap(key), PatchValue::read(urids, atom)) {
            found(property, value);
        }
    };
    let value_of = |wanted: u32| properties.clone().find(|(key, _)| *key == wanted).map(|(_, atom)| atom);
    if otype == known.patch_set {
        let (Some(property), Some(value)) = (value_of(known.patch_property), value_of(known.patch_value))
        else {
            return;
        };
        if property.kind == known.atom_urid
            && let Some(key) = property.body.first_chunk()
        {
            tell(u32::from_ne_bytes(*key), value);
        }
    } else if otype == known.patch_put
        && let Some(Atom { body, .. }) = value_of(known.patch_body)
        && let Some((_, properties)) = object(body)
    {
        properties.for_each(|(key, atom)| tell(key, atom));
    }
}

/// Whether an event may be of interest for [`changes`]. Real-time safe.
pub fn is_change(known: &Known, kind: u32, body: &[u8]) -> bool {
    [known.atom_object, known.atom_blank, known.atom_resource].contains(&kind)
        && object(body).is_some_and(|(otype, _)| otype == known.patch_set || otype == known.patch_put)
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "urn:test:key";

    fn heard(urids: &Urids, message: &Message) -> Vec<(String, PatchValue)> {
        let mut heard = Vec::new();
        changes(urids, message.kind, &message.body, |key, value| heard.push((key, value)));
        heard
    }

    #[test]
    fn each_type_goes_from_text_to_message_to_feedback() {
        let urids = Urids::new();
        for (range, text, letter, shown) in [
            (uris::ATOM_BOOL, "1", 'b', "1"),
            (uris::ATOM_BOOL, "false", 'b', "0"),
            (uris::ATOM_INT, "-7", 'i', "-7"),
            (uris::ATOM_INT, "7.0", 'i', "7"),
            (uris::ATOM_LONG, "9000000000", 'l', "9000000000"),
            (uris::ATOM_FLOAT, "0.75", 'f', "0.750000"),
            (uris::ATOM_DOUBLE, "1e3", 'g', "1000.000000"),
            (uris::ATOM_STRING, "hello world", 's', "hello world"),
            (uris::ATOM_PATH, "/tmp/x y.wav", 'p', "/tmp/x y.wav"),
            (uris::ATOM_URI, "urn:x", 'u', "urn:x"),
            (uris::ATOM_VECTOR, "3-f-1:2.5:-3", 'v', "3-f-1.000000:2.500000:-3.000000:"),
            (uris::ATOM_VECTOR, "2-i-1:2:", 'v', "2-i-1:2:"),
            (uris::ATOM_VECTOR, "1-b-1", 'v', "1-b-1:"),
            (uris::ATOM_VECTOR, "2-l-1:-9000000000", 'v', "2-l-1:-9000000000:"),
            (uris::ATOM_VECTOR, "1-g-0.5", 'v', "1-g-0.500000:"),
            (uris::ATOM_VECTOR, "0-i-", 'v', "0-i-"),
            (uris::XSD_STRING, "", 's', ""),
        ] {
            let value = PatchValue::parse(range, text).unwrap();
            let message = set_message(&urids, Some("urn:test:subject"), KEY, &value);
            assert!(is_change(urids.known(), message.kind, &message.body));
            assert_eq!(message.body.len() % 8, 0);
            assert_eq!(heard(&urids, &message), [(KEY.to_owned(), value.clone())]);
            assert_eq!((value.letter(), value.to_string().as_str()), (letter, shown), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (range, text) in [
            (uris::ATOM_INT, "seven"),
            (uris::ATOM_INT, "3000000000"),
            (uris::ATOM_FLOAT, ""),
            (uris::ATOM_FLOAT, "nan"),
            (uris::ATOM_VECTOR, "2-f-1"),
            (uris::ATOM_VECTOR, "18446744073709551615-f-1"),
            (uris::ATOM_VECTOR, "1-s-x"),
        ] {
            assert!(matches!(PatchValue::parse(range, text), Err(ValueError::Malformed { .. })), "{text}");
        }
        assert!(matches!(PatchValue::parse("urn:x", "1"), Err(ValueError::UnknownRange { .. })));
    }

    #[test]
    fn a_put_tells_of_all_its_properties() {
        let urids = Urids::new();
        let known = urids.known();
        let (mut inner, mut outer) = ([0; 64], [0; 128]);
        let mut properties = Forge::object(&mut inner, known, 0);
        properties.int(urids.map("urn:a"), 1).float(urids.map("urn:b"), 2.0);
        let inner = properties.finish().unwrap();
        let mut put = Forge::object(&mut outer, known, known.patch_put);
        put.property(known.patch_body, known.atom_object, inner);
        let message = Message { kind: known.atom_object, body: put.finish().unwrap().to_vec() };
        let wanted = [("urn:a".to_owned(), PatchValue::Int(1)), ("urn:b".to_owned(), PatchValue::Float(2.0))];
        assert_eq!(heard(&urids, &message), wanted);
        assert!(heard(&urids, &get_message(&urids, None, KEY)).is_empty());
    }

    proptest! {
        #[test]
        fn malformed_messages_do_no_harm(body in proptest::collection::vec(any::<u8>(), 0..96), otype in 0..3_usize) {
            let urids = Urids::new();
            let known = urids.known();
            let mut body = body;
            if body.len() >= 8 {
                let otype = [known.patch_set, known.patch_put, known.patch_get][otype];
                body[4..8].copy_from_slice(&otype.to_ne_bytes());
            }
            changes(&urids, known.atom_object, &body, |_, _| ());
        }

        #[test]
        fn any_text_as_a_vector_does_no_harm(text in "[0-9bilfgsv:.-]{0,24}") {
            let _ = PatchValue::parse(uris::ATOM_VECTOR, &text);
        }
    }
}
