//! Messages between a real-time thread and another one, without locks and without allocation on either side.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::message::MAX_MESSAGE;

/// Bytes of a ring: four of the longest messages.
const CAPACITY: usize = 4 * (MAX_MESSAGE + 2);

/// The writing end.
#[derive(Debug)]
pub struct Writer {
    ring: rtrb::Producer<u8>,
    dropped: Arc<AtomicU64>,
}

/// The reading end.
#[derive(Debug)]
pub struct Reader {
    ring: rtrb::Consumer<u8>,
    dropped: Arc<AtomicU64>,
    buffer: Box<[u8]>,
}

/// A ring and its two ends.
pub fn ring() -> (Writer, Reader) {
    let (producer, consumer) = rtrb::RingBuffer::new(CAPACITY);
    let dropped = Arc::new(AtomicU64::new(0));
    let buffer = vec![0; MAX_MESSAGE].into_boxed_slice();
    (Writer { ring: producer, dropped: Arc::clone(&dropped) }, Reader { ring: consumer, dropped, buffer })
}

impl Writer {
    /// Appends a message of at most [`MAX_MESSAGE`] bytes, or counts it as dropped: it is too long, or the ring is so full
    /// that `keep_free` bytes would not remain. Returns whether it was taken.
    pub fn push(&mut self, message: &[u8], keep_free: usize) -> bool {
        let length = message.len() + 2;
        let fits = message.len() <= MAX_MESSAGE && self.ring.slots() >= length + keep_free;
        let Some(mut chunk) = fits.then(|| self.ring.write_chunk(length).ok()).flatten() else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return false;
        };
        let header = (message.len() as u16).to_le_bytes();
        let (first, second) = chunk.as_mut_slices();
        for (place, byte) in first.iter_mut().chain(second).zip(header.iter().chain(message)) {
            *place = *byte;
        }
        chunk.commit_all();
        true
    }

    /// Whether the reader took everything.
    pub fn is_empty(&self) -> bool {
        self.ring.slots() == CAPACITY
    }

    /// Half of the ring, to be kept free for what ends notes.
    pub const RESERVE: usize = CAPACITY / 2;
}

impl Reader {
    /// The oldest message, which leaves the ring.
    pub fn pop(&mut self) -> Option<&[u8]> {
        let header = self.ring.read_chunk(2).ok()?;
        let (first, second) = header.as_slices();
        let mut bytes = first.iter().chain(second).copied();
        let length = usize::from(u16::from_le_bytes([bytes.next()?, bytes.next()?]));
        // Writer::push commits header and message together.
        header.commit_all();
        let chunk = self.ring.read_chunk(length).ok()?;
        let (first, second) = chunk.as_slices();
        self.buffer[..first.len()].copy_from_slice(first);
        self.buffer[first.len()..length].copy_from_slice(second);
        chunk.commit_all();
        Some(&self.buffer[..length])
    }

    /// Messages that were thrown away since the last call.
    pub fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_whole_and_in_order_around_the_end() {
        let (mut writer, mut reader) = ring();
        for round in 0..2000_usize {
            let message: Vec<u8> = (0..round % 977).map(|i| (i + round) as u8).collect();
            assert!(writer.push(&message, 0));
            assert_eq!(reader.pop(), Some(message.as_slice()));
        }
        assert_eq!(reader.pop(), None);
        assert_eq!(reader.take_dropped(), 0);
    }

    #[test]
    fn a_full_ring_counts_and_keeps_its_reserve() {
        let (mut writer, mut reader) = ring();
        let mut taken = 0;
        while writer.push(&[0x90, 60, 1], Writer::RESERVE) {
            taken += 1;
        }
        assert!(writer.push(&[0x80, 60, 1], 0));
        assert!(!writer.push(&vec![0; MAX_MESSAGE + 1], 0));
        for _ in 0..taken {
            assert_eq!(reader.pop(), Some(&[0x90, 60, 1][..]));
        }
        assert_eq!(reader.pop(), Some(&[0x80, 60, 1][..]));
        assert_eq!((reader.take_dropped(), reader.take_dropped()), (2, 0));
    }
}
