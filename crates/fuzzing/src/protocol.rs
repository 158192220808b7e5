//! mod-host's protocol, in any segments: nothing panics, memory stays bounded, and what was understood as a command is
//! written and understood again.

use mod_protocol::{Command, Decoder, Feedback, MAX_MESSAGE, Reply};

pub(crate) fn check(data: &[u8]) {
    let Some((first, stream)) = data.split_first() else { return };
    let segment = usize::from(*first) + 1;
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
}
