//! What an OSC client may send: no panic.

use pedald::session::State;
use rosc::OscPacket;

pub(crate) fn check(data: &[u8]) {
    if let Ok((_, OscPacket::Message(message))) = rosc::decoder::decode_udp(data) {
        let _ = pedald::midi::to_intents(&message, &State::default());
    }
}
