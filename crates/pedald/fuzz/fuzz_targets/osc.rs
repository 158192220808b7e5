//! What an OSC client may send, of any bytes: no panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pedald::session::State;

fuzz_target!(|data: &[u8]| {
    if let Ok((_, rosc::OscPacket::Message(message))) = rosc::decoder::decode_udp(data) {
        let _ = pedald::midi::to_intents(&message, &State::default());
    }
});
