//! Framing: one message is text ended by one NUL byte, in both directions.

/// Longest message in bytes, the NUL not counted (64 KiB). The longest useful one is a snapshot of a large board.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// A message was longer than [`MAX_MESSAGE`]; it was dropped up to its NUL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("message longer than {MAX_MESSAGE} bytes: it was dropped up to its NUL; send shorter messages")]
pub struct Oversize;

/// Cuts a stream of bytes into messages, however the network cut the stream.
///
/// It holds at most [`MAX_MESSAGE`] bytes of an unfinished message; what exceeds them is dropped up to the next
/// NUL and reported once as [`Oversize`]. Empty messages are skipped.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Bytes not yet handed out; complete messages first.
    pending: Vec<u8>,
    /// Where the next message starts in `pending`.
    start: usize,
    /// Up to where `pending` was searched for a NUL.
    searched: usize,
    /// Inside an oversized message: drop everything up to the next NUL.
    skipping: bool,
}

impl Decoder {
    /// Adds bytes as they came from the socket. Call [`Self::next_message`] until it returns `None` after each
    /// call: then no more than `MAX_MESSAGE + bytes.len()` bytes are held.
    pub fn extend(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.pending.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.pending.extend_from_slice(bytes);
    }

    /// The next complete message without its NUL, or `None` if there is none yet.
    pub fn next_message(&mut self) -> Option<Result<Vec<u8>, Oversize>> {
        loop {
            let Some(offset) = self.pending[self.searched..].iter().position(|&byte| byte == 0) else {
                self.searched = self.pending.len();
                if self.skipping || self.searched - self.start > MAX_MESSAGE {
                    self.skipping = true;
                    self.pending.clear();
                    (self.start, self.searched) = (0, 0);
                }
                return None;
            };
            let end = self.searched + offset;
            let message = &self.pending[self.start..end];
            let result = if std::mem::take(&mut self.skipping) || message.len() > MAX_MESSAGE {
                Some(Err(Oversize))
            } else if message.is_empty() {
                None
            } else {
                Some(Ok(message.to_vec()))
            };
            (self.start, self.searched) = (end + 1, end + 1);
            if result.is_some() {
                return result;
            }
        }
    }

    /// Bytes held: those of an unfinished message and of messages not yet fetched.
    pub fn buffered(&self) -> usize {
        self.pending.len() - self.start
    }
}

/// Appends `text` and its NUL to `out`. NULs inside the text, which the protocol cannot carry, are left out.
pub fn encode_message(text: &str, out: &mut Vec<u8>) {
    out.extend(text.bytes().filter(|&byte| byte != 0));
    out.push(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drain(decoder: &mut Decoder) -> Vec<Result<Vec<u8>, Oversize>> {
        std::iter::from_fn(|| decoder.next_message()).collect()
    }

    #[test]
    fn skips_empty_messages_and_keeps_a_half_one() {
        let mut decoder = Decoder::default();
        decoder.extend(b"\0\0help\0\0qu");
        assert_eq!(drain(&mut decoder), [Ok(b"help".to_vec())]);
        assert_eq!(decoder.buffered(), 2);
        decoder.extend(b"it\0");
        assert_eq!(drain(&mut decoder), [Ok(b"quit".to_vec())]);
        assert_eq!(decoder.buffered(), 0);
    }

    #[test]
    fn a_mebibyte_without_nul_is_dropped_and_reported_once() {
        let mut decoder = Decoder::default();
        for _ in 0..1024 {
            decoder.extend(&[b'x'; 1024]);
            assert_eq!(decoder.next_message(), None);
            assert!(decoder.buffered() <= MAX_MESSAGE + 1024);
        }
        decoder.extend(b"tail\0help\0");
        assert_eq!(drain(&mut decoder), [Err(Oversize), Ok(b"help".to_vec())]);
    }

    #[test]
    fn the_limit_is_inclusive() {
        for (len, fits) in [(MAX_MESSAGE, true), (MAX_MESSAGE + 1, false)] {
            let mut decoder = Decoder::default();
            let mut message = vec![b'a'; len];
            message.push(0);
            decoder.extend(&message);
            assert_eq!(decoder.next_message().expect("complete").is_ok(), fits, "{len} bytes");
            assert_eq!(decoder.next_message(), None);
        }
    }

    proptest! {
        #[test]
        fn segmentation_does_not_matter(
            bytes in proptest::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(0)], 0..400),
            cuts in proptest::collection::vec(1usize..60, 1..40),
        ) {
            let mut whole = Decoder::default();
            whole.extend(&bytes);
            let expected = drain(&mut whole);
            let (mut pieces, mut got, mut rest) = (Decoder::default(), Vec::new(), &bytes[..]);
            for cut in cuts.iter().cycle() {
                let (head, tail) = rest.split_at((*cut).min(rest.len()));
                pieces.extend(head);
                got.extend(drain(&mut pieces));
                rest = tail;
                if rest.is_empty() { break; }
            }
            prop_assert_eq!(got, expected);
            prop_assert_eq!(pieces.buffered(), whole.buffered());
        }
    }
}
