//! What a WebSocket client may say, of any text: no panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = pedald::web::understood(text);
});
