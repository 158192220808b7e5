//! TouchOSC's own MIDI messages: address `/midi`, one argument of type `m`, four bytes.

use rosc::{OscMessage, OscMidiMessage, OscType};

use crate::message;

/// In which order a peer writes the bytes of an `m` argument. The OSC 1.0 text says port, status, data; TouchOSC writes
/// port, data 2, data 1, status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Port, status, data 1, data 2.
    Standard,
    /// Port, data 2, data 1, status.
    Reversed,
}

/// The MIDI message of an `m` argument and the order that it was in; data bytes that the message does not have are left
/// out. `None` when neither order makes sense: only a status byte is above 127.
pub fn from_osc(midi: &OscMidiMessage) -> Option<(Vec<u8>, Order)> {
    let (bytes, order) = if midi.status >= 0x80 {
        ([midi.status, midi.data1, midi.data2], Order::Standard)
    } else {
        ([midi.data2, midi.data1, midi.status], Order::Reversed)
    };
    let length = 1 + message::data_bytes(bytes[0])?;
    let message = &bytes[..length];
    message::is_whole(message).then(|| (message.to_vec(), order))
}

/// The OSC message for a MIDI message of at most three bytes; `None` for system exclusive, which `m` cannot hold.
pub fn to_osc(message: &[u8], order: Order) -> Option<OscMessage> {
    if message.len() > 3 || !message::is_whole(message) {
        return None;
    }
    let byte = |index| message.get(index).copied().unwrap_or(0);
    let (status, data1, data2) = match order {
        Order::Standard => (byte(0), byte(1), byte(2)),
        Order::Reversed => (byte(2), byte(1), byte(0)),
    };
    let midi = OscMidiMessage { port: 0, status, data1, data2 };
    Some(OscMessage { addr: "/midi".to_owned(), args: vec![OscType::Midi(midi)] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn midi(bytes: [u8; 4]) -> OscMidiMessage {
        OscMidiMessage { port: bytes[0], status: bytes[1], data1: bytes[2], data2: bytes[3] }
    }

    #[test]
    fn both_orders_are_understood_and_told_apart() {
        assert_eq!(from_osc(&midi([0, 100, 60, 0x90])), Some((vec![0x90, 60, 100], Order::Reversed)));
        assert_eq!(from_osc(&midi([0, 0x90, 60, 100])), Some((vec![0x90, 60, 100], Order::Standard)));
        assert_eq!(from_osc(&midi([0, 0, 5, 0xC1])), Some((vec![0xC1, 5], Order::Reversed)));
        assert_eq!(from_osc(&midi([0, 0, 0, 0xF8])), Some((vec![0xF8], Order::Reversed)));
        for nonsense in [[0, 0, 0, 0], [0, 0x90, 0x90, 0], [0, 0xF0, 1, 2], [0, 0, 0x80, 0x90]] {
            assert_eq!(from_osc(&midi(nonsense)), None, "{nonsense:x?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_sent_is_read_back(status in 0x80_u8..=0xFF, first in 0_u8..128, second in 0_u8..128, standard: bool) {
            let order = if standard { Order::Standard } else { Order::Reversed };
            let bytes = [status, first, second];
            let length = 1 + message::data_bytes(status).unwrap_or(0);
            if let Some(OscMessage { args, .. }) = to_osc(&bytes[..length], order) {
                let [OscType::Midi(midi)] = &args[..] else { panic!("{args:?}") };
                prop_assert_eq!(from_osc(midi), Some((bytes[..length].to_vec(), order)));
            }
        }
    }
}
