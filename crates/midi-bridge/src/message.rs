//! MIDI 1.0 messages as bytes: kinds, lengths and what counts as whole.

/// Longest message that is passed on, in bytes. A JACK MIDI buffer holds 32 KiB in all.
pub const MAX_MESSAGE: usize = 16 * 1024;

/// Data bytes that follow a status byte; `None` for system exclusive, its end, and what is no status byte.
///
/// Undefined system messages have no data.
pub const fn data_bytes(status: u8) -> Option<usize> {
    match status {
        0x80..=0xBF | 0xE0..=0xEF | 0xF2 => Some(2),
        0xC0..=0xDF | 0xF1 | 0xF3 => Some(1),
        0xF4..=0xF6 | 0xF8..=0xFF => Some(0),
        _ => None,
    }
}

/// Whether the byte is a system real-time message, which may stand inside any other message.
pub const fn is_realtime(byte: u8) -> bool {
    byte >= 0xF8
}

/// Whether the standard gives the status byte no meaning.
pub const fn is_undefined(status: u8) -> bool {
    matches!(status, 0xF4 | 0xF5 | 0xF9 | 0xFD)
}

/// Whether `bytes` are exactly one whole message with its status byte, as JACK and ALSA want them.
pub fn is_whole(bytes: &[u8]) -> bool {
    match bytes {
        [0xF0, data @ .., 0xF7] => data.iter().all(|byte| *byte < 0x80),
        [status, data @ ..] => {
            data_bytes(*status) == Some(data.len())
                && !is_undefined(*status)
                && data.iter().all(|byte| *byte < 0x80)
        }
        [] => false,
    }
}

/// Whether the message ends a sound or a pedal: it must get through when others are thrown away.
pub fn is_release(message: &[u8]) -> bool {
    matches!(
        message,
        [0x80..=0x8F, ..]
            | [0x90..=0x9F, _, 0]
            | [0xB0..=0xBF, 64 | 66, 0..=63]
            | [0xB0..=0xBF, 120 | 123, _]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_is_one_message_and_nothing_more() {
        for whole in [
            &[0x90, 60, 100][..],
            &[0xC3, 5],
            &[0xF8],
            &[0xF6],
            &[0xF2, 1, 2],
            &[0xF0, 0xF7],
            &[0xF0, 1, 2, 0xF7],
        ] {
            assert!(is_whole(whole), "{whole:x?}");
        }
        for broken in [
            &[][..],
            &[60, 100],
            &[0x90, 60],
            &[0x90, 60, 100, 0],
            &[0xF0, 1],
            &[0xF7],
            &[0xF0, 0xF8, 0xF7],
            &[0x90, 60, 0x80],
            &[0xFD],
        ] {
            assert!(!is_whole(broken), "{broken:x?}");
        }
    }

    #[test]
    fn what_ends_a_sound_is_a_release() {
        for release in
            [[0x80, 60, 0], [0x93, 60, 0], [0xB0, 64, 0], [0xBF, 66, 63], [0xB0, 123, 0], [0xB0, 120, 0]]
        {
            assert!(is_release(&release), "{release:x?}");
        }
        for other in [[0x90, 60, 1], [0xB0, 64, 64], [0xB0, 7, 0], [0xE0, 0, 0]] {
            assert!(!is_release(&other), "{other:x?}");
        }
    }
}
