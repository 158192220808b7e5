//! What waits for the wire: real-time bytes overtake, notes are ended whatever is thrown away.

use std::collections::VecDeque;

use crate::held::HeldNotes;
use crate::message;

/// Bytes that wait for a slow wire, in the order in which they go out.
///
/// A real-time message goes out next, also into the middle of another message; all others keep their order and stay in
/// one piece. When more than the limit waits, new messages are thrown away, except those that end a note which the
/// receiver heard begin: so the queue stays bounded and no note hangs.
#[derive(Debug)]
pub struct OutputQueue {
    realtime: VecDeque<u8>,
    bytes: VecDeque<u8>,
    running: Option<u8>,
    running_status: bool,
    limit: usize,
    held: HeldNotes,
    dropped: u64,
}

impl OutputQueue {
    /// An empty queue of at most `limit` waiting bytes, beside the ends of notes. With `running_status`, a status byte
    /// that repeats the one before is left out while messages wait one behind the other.
    pub fn new(limit: usize, running_status: bool) -> Self {
        Self {
            realtime: VecDeque::new(),
            bytes: VecDeque::new(),
            running: None,
            running_status,
            limit,
            held: HeldNotes::default(),
            dropped: 0,
        }
    }

    /// Messages that were thrown away since the last call, because too much waited or they were not whole.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    /// Bytes that wait.
    pub fn waiting(&self) -> usize {
        self.realtime.len() + self.bytes.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting() == 0
    }

    /// Appends a whole message; what is not whole is thrown away.
    pub fn push(&mut self, message: &[u8]) {
        if !message::is_whole(message) {
            self.dropped += 1;
        } else if message::is_realtime(message[0]) {
            // Clocks that wait longer than this many are of no use to anybody.
            if self.realtime.len() < 64 {
                // A reset overtakes notes that wait and would sound after it, so it ends none here.
                self.realtime.push_back(message[0]);
            } else {
                self.dropped += 1;
            }
        } else if self.bytes.len() + message.len() <= self.limit || self.held.ends_something(message) {
            self.append(message);
        } else {
            self.dropped += 1;
        }
    }

    fn append(&mut self, message: &[u8]) {
        self.held.observe(message);
        // Nothing waits: the receiver may have been plugged in since the last status byte.
        let repeated = self.running_status && !self.bytes.is_empty() && self.running == Some(message[0]);
        self.running = (message[0] < 0xF0).then_some(message[0]);
        let written = if repeated { &message[1..] } else { message };
        self.bytes.extend(written);
    }

    /// Ends all notes that the receiver heard begin: the source has gone.
    pub fn release_all(&mut self) {
        let mut held = self.held.clone();
        while let Some(release) = held.take_release() {
            self.append(&release);
        }
    }

    /// Throws everything away: the receiver has gone.
    pub fn clear(&mut self) {
        *self = Self { dropped: self.dropped, ..Self::new(self.limit, self.running_status) };
    }

    /// The next byte for the wire.
    pub fn next_byte(&mut self) -> Option<u8> {
        self.realtime.pop_front().or_else(|| self.bytes.pop_front())
    }

    /// The byte that [`next_byte`](Self::next_byte) would give.
    pub fn peek_byte(&self) -> Option<u8> {
        self.realtime.front().or(self.bytes.front()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::Parser;
    use proptest::prelude::*;

    fn drain(queue: &mut OutputQueue) -> Vec<u8> {
        std::iter::from_fn(|| queue.next_byte()).collect()
    }

    #[test]
    fn a_clock_overtakes_in_the_middle_of_an_exclusive_message() {
        let mut queue = OutputQueue::new(1000, false);
        queue.push(&[0xF0, 1, 2, 0xF7]);
        assert_eq!((queue.next_byte(), queue.next_byte()), (Some(0xF0), Some(1)));
        queue.push(&[0xF8]);
        assert_eq!(drain(&mut queue), [0xF8, 2, 0xF7]);
    }

    #[test]
    fn running_status_is_left_out_only_while_messages_wait() {
        let mut queue = OutputQueue::new(1000, true);
        queue.push(&[0x90, 60, 1]);
        queue.push(&[0x90, 61, 1]);
        queue.push(&[0xB0, 7, 1]);
        assert_eq!(drain(&mut queue), [0x90, 60, 1, 61, 1, 0xB0, 7, 1]);
        queue.push(&[0xB0, 7, 2]);
        assert_eq!(drain(&mut queue), [0xB0, 7, 2]);
    }

    #[test]
    fn a_full_queue_takes_the_ends_of_notes_that_began_and_nothing_else() {
        let mut queue = OutputQueue::new(6, false);
        queue.push(&[0x90, 60, 1]);
        queue.push(&[0x90, 61, 1]);
        queue.push(&[0x90, 62, 1]);
        queue.push(&[0x80, 62, 0]);
        queue.push(&[0x80, 60, 0]);
        queue.push(&[0x80, 60, 0]);
        assert_eq!(drain(&mut queue), [0x90, 60, 1, 0x90, 61, 1, 0x80, 60, 0]);
        assert_eq!(queue.take_dropped(), 3);
        queue.release_all();
        assert_eq!(drain(&mut queue), [0x80, 61, 64]);
        queue.release_all();
        assert!(queue.is_empty());
    }

    fn message() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            (0x80_u8..0xC0, 0_u8..128, 0_u8..128).prop_map(|(a, b, c)| vec![a, b, c]),
            (0xC0_u8..0xE0, 0_u8..128).prop_map(|(a, b)| vec![a, b]),
            (0xE0_u8..0xF0, 0_u8..128, 0_u8..128).prop_map(|(a, b, c)| vec![a, b, c]),
            prop::collection::vec(0_u8..128, 0..40).prop_map(|mut data| {
                data.insert(0, 0xF0);
                data.push(0xF7);
                data
            }),
            Just(vec![0xF8]),
            Just(vec![0xFA]),
            Just(vec![0xF2, 1, 2]),
            Just(vec![0xF6]),
        ]
    }

    proptest! {
        /// The parser reads back what the queue wrote, whenever the messages came and with or without running status.
        #[test]
        fn the_parser_understands_the_queue(
            messages in prop::collection::vec((message(), 0_usize..6), 0..60), running: bool
        ) {
            let mut queue = OutputQueue::new(1 << 20, running);
            let mut wire = Vec::new();
            for (message, sent_meanwhile) in &messages {
                queue.push(message);
                wire.extend((0..*sent_meanwhile).map_while(|_| queue.next_byte()));
            }
            wire.extend(drain(&mut queue));
            let mut parser = Parser::default();
            let mut read = Vec::new();
            for byte in wire {
                parser.push(byte, &mut |message| read.push(message.to_vec()));
            }
            let part = |all: &[Vec<u8>], realtime: bool| -> Vec<Vec<u8>> {
                all.iter().filter(|m| message::is_realtime(m[0]) == realtime).cloned().collect()
            };
            let sent: Vec<Vec<u8>> = messages.into_iter().map(|(message, _)| message).collect();
            prop_assert_eq!(part(&read, true), part(&sent, true));
            prop_assert_eq!(part(&read, false), part(&sent, false));
            prop_assert_eq!(parser.broken(), 0);
        }

        /// However small the limit, no note that went out stays without its end.
        #[test]
        fn no_limit_leaves_a_note_hanging(
            messages in prop::collection::vec((message(), 0_usize..4), 0..80), limit in 0_usize..40
        ) {
            let mut queue = OutputQueue::new(limit, true);
            let mut held = HeldNotes::default();
            let mut parser = Parser::default();
            let mut hear = |byte| parser.push(byte, &mut |message| held.observe(message));
            for (message, sent_meanwhile) in messages {
                queue.push(&message);
                (0..sent_meanwhile).map_while(|_| queue.next_byte()).for_each(&mut hear);
            }
            queue.release_all();
            drain(&mut queue).into_iter().for_each(&mut hear);
            prop_assert!(held.is_empty(), "{held:?}");
        }
    }
}
