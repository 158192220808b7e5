//! From a stream of bytes to whole messages: running status, real-time bytes anywhere, broken streams.

use crate::message::{self, MAX_MESSAGE};

/// Reads a MIDI byte stream. Whatever comes in, memory stays below [`MAX_MESSAGE`] and what comes out is whole.
///
/// Real-time messages come out at once, also from within another message, which goes on unharmed. System exclusive that
/// is too long or broken off is left out and counted.
#[derive(Debug)]
pub struct Parser {
    /// The message that is being read, its status byte first; empty while none is.
    buffer: Vec<u8>,
    /// Channel status that data bytes may go on with.
    running: Option<u8>,
    /// A system exclusive message that outgrew the buffer is being skipped.
    skipping: bool,
    /// Data bytes that no status explains are being skipped; they count once.
    stray: bool,
    broken: u64,
}

impl Default for Parser {
    fn default() -> Self {
        Self {
            buffer: Vec::with_capacity(MAX_MESSAGE),
            running: None,
            skipping: false,
            stray: false,
            broken: 0,
        }
    }
}

impl Parser {
    /// Messages that were left out because they were too long, broken off or without a status byte.
    pub fn broken(&self) -> u64 {
        self.broken
    }

    /// Bytes of an unfinished message.
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// Forgets an unfinished message and the running status: the line was interrupted.
    pub fn reset(&mut self) {
        self.give_up();
        self.running = None;
        self.stray = false;
    }

    /// Takes one byte; `sink` gets the message that it completes. Does not allocate.
    pub fn push(&mut self, byte: u8, sink: &mut impl FnMut(&[u8])) {
        match byte {
            0xF8..=0xFF => {
                if !message::is_undefined(byte) {
                    sink(&[byte]);
                }
            }
            0xF7 => self.end_exclusive(sink),
            0x80..=0xF6 => self.status(byte, sink),
            _ => self.data(byte, sink),
        }
    }

    fn end_exclusive(&mut self, sink: &mut impl FnMut(&[u8])) {
        if self.skipping {
            self.skipping = false;
            self.broken += 1;
        } else if self.buffer.first() == Some(&0xF0) {
            self.buffer.push(0xF7);
            sink(&self.buffer);
            self.buffer.clear();
        } else {
            self.give_up();
        }
        self.running = None;
    }

    fn status(&mut self, byte: u8, sink: &mut impl FnMut(&[u8])) {
        self.give_up();
        self.stray = false;
        // System common messages end running status; real-time messages never come here.
        self.running = (byte < 0xF0).then_some(byte);
        match message::data_bytes(byte) {
            Some(0) if message::is_undefined(byte) => {}
            Some(0) => sink(&[byte]),
            _ => self.buffer.push(byte),
        }
    }

    fn data(&mut self, byte: u8, sink: &mut impl FnMut(&[u8])) {
        if self.skipping {
            return;
        }
        if self.buffer.is_empty() {
            let Some(running) = self.running else {
                if !self.stray {
                    self.broken += 1;
                }
                self.stray = true;
                return;
            };
            self.buffer.push(running);
        }
        // One place is kept for the end of an exclusive message.
        if self.buffer.len() >= MAX_MESSAGE - 1 {
            self.buffer.clear();
            self.skipping = true;
            return;
        }
        self.buffer.push(byte);
        if message::data_bytes(self.buffer[0]) == Some(self.buffer.len() - 1) {
            sink(&self.buffer);
            self.buffer.clear();
        }
    }

    fn give_up(&mut self) {
        if self.skipping || !self.buffer.is_empty() {
            self.broken += 1;
        }
        self.buffer.clear();
        self.skipping = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::is_whole;
    use proptest::prelude::*;

    fn parse(bytes: &[u8]) -> (Vec<Vec<u8>>, u64) {
        let mut parser = Parser::default();
        let mut messages = Vec::new();
        for byte in bytes {
            parser.push(*byte, &mut |message| messages.push(message.to_vec()));
        }
        (messages, parser.broken())
    }

    #[test]
    fn running_status_goes_on_until_a_system_message() {
        let (messages, broken) = parse(&[0x90, 60, 100, 60, 0, 0xF8, 64, 1, 0xF6, 65, 1, 66, 1, 0xC0, 5, 6]);
        let expected: &[&[u8]] =
            &[&[0x90, 60, 100], &[0x90, 60, 0], &[0xF8], &[0x90, 64, 1], &[0xF6], &[0xC0, 5], &[0xC0, 6]];
        assert_eq!(messages, expected);
        assert_eq!(broken, 1, "the data bytes after F6 have no status");
    }

    #[test]
    fn realtime_bytes_inside_a_message_come_out_first_and_harm_nothing() {
        let (messages, broken) = parse(&[0xF0, 1, 0xF8, 2, 0xFA, 3, 0xF7, 0x90, 0xFE, 60, 0xF8, 100]);
        let expected: &[&[u8]] =
            &[&[0xF8], &[0xFA], &[0xF0, 1, 2, 3, 0xF7], &[0xFE], &[0xF8], &[0x90, 60, 100]];
        assert_eq!((messages.as_slice(), broken), (expected.map_to_vec().as_slice(), 0));
    }

    trait MapToVec {
        fn map_to_vec(&self) -> Vec<Vec<u8>>;
    }
    impl MapToVec for &[&[u8]] {
        fn map_to_vec(&self) -> Vec<Vec<u8>> {
            self.iter().map(|message| message.to_vec()).collect()
        }
    }

    #[test]
    fn broken_off_messages_are_counted_and_what_follows_is_read() {
        assert_eq!(parse(&[0xF0, 1, 2, 0x90, 60, 100]), (vec![vec![0x90, 60, 100]], 1));
        assert_eq!(parse(&[0x90, 60, 0x80, 60, 0]), (vec![vec![0x80, 60, 0]], 1));
        assert_eq!(parse(&[0xF4, 0xF5, 0xF9, 0xFD, 0xF7]), (vec![], 0));
    }

    #[test]
    fn an_endless_exclusive_message_costs_no_memory_and_is_left_out() {
        let mut bytes = vec![0xF0];
        bytes.extend(std::iter::repeat_n(1, MAX_MESSAGE * 3));
        bytes.extend([0xF7, 0xC0, 1]);
        assert_eq!(parse(&bytes), (vec![vec![0xC0, 1]], 1));
        let mut longest = vec![0xF0];
        longest.extend(std::iter::repeat_n(1, MAX_MESSAGE - 2));
        longest.push(0xF7);
        assert_eq!(parse(&longest), (vec![longest.clone()], 0));
    }

    proptest! {
        #[test]
        fn any_bytes_give_whole_messages_only(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            for message in parse(&bytes).0 {
                prop_assert!(is_whole(&message), "{message:x?}");
            }
        }

        #[test]
        fn after_any_bytes_a_message_with_its_status_is_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut all = bytes.clone();
            all.extend([0x9A, 61, 62]);
            let messages = parse(&all).0;
            prop_assert_eq!(messages.last().map(Vec::as_slice), Some(&[0x9A, 61, 62][..]));
        }
    }
}
