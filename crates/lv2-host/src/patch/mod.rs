//! Patch messages: properties of plugins that are set and asked for by events.

mod value;
mod vector;

pub use value::PatchValue;
pub(crate) use value::number;
pub use vector::Vector;

use crate::atom::{Atom, Forge, object};
use crate::known::Known;
use crate::sys::Urids;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ValueError;
    use crate::uris;
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
