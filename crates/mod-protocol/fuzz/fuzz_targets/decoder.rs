//! Any bytes, in any segments, through the decoder and the parsers: nothing panics, memory stays bounded, and what
//! was understood as a command is written and understood again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mod_protocol::{Command, Decoder, Feedback, MAX_MESSAGE, Reply};

fuzz_target!(|data: &[u8]| {
    let (segment, stream) = match data.split_first() {
        Some((first, rest)) => (usize::from(*first) + 1, rest),
        None => return,
    };
    let mut decoder = Decoder::default();
    for piece in stream.chunks(segment) {
        decoder.extend(piece);
        while let Some(message) = decoder.next_message() {
            let Ok(message) = message else { continue };
            let _ = Reply::parse(&message);
            let _ = Feedback::parse(&message);
            if let Ok(command) = Command::parse(&message) {
                let again = command.to_bytes();
                assert_eq!(Command::parse(&again[..again.len() - 1]), Ok(command));
            }
        }
        assert!(decoder.buffered() <= MAX_MESSAGE + segment);
    }
});
