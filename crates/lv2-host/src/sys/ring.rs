//! Whole messages through a ring of bytes. Real-time safe on both ends.

use std::ffi::c_void;

use rtrb::{Consumer, Producer, RingBuffer};

use super::bytes;

const LENGTH: usize = 4;

pub(crate) struct Sender(Producer<u8>);
pub(crate) struct Receiver {
    ring: Consumer<u8>,
    /// The message last taken, aligned as LV2 bodies must be.
    message: Box<[u64]>,
    size: usize,
}

/// A ring with room for `capacity` bytes, 4 of them for each message's length.
pub(crate) fn ring(capacity: usize) -> (Sender, Receiver) {
    let (producer, consumer) = RingBuffer::new(capacity);
    let message = vec![0; capacity.div_ceil(8).max(1)].into_boxed_slice();
    (Sender(producer), Receiver { ring: consumer, message, size: 0 })
}

impl Sender {
    /// Sends the parts as one message; `false` when it does not fit now.
    pub(crate) fn send(&mut self, parts: &[&[u8]]) -> bool {
        let size = parts.iter().map(|part| part.len()).sum::<usize>();
        let Ok(mut chunk) = self.0.write_chunk(size.saturating_add(LENGTH)) else { return false };
        let (first, second) = chunk.as_mut_slices();
        let (turn, end) = (first.len(), second.len());
        let mut at = 0;
        let length = (size as u32).to_ne_bytes();
        for part in std::iter::once(length.as_slice()).chain(parts.iter().copied()) {
            let split = turn.saturating_sub(at).min(part.len());
            first[at.min(turn)..][..split].copy_from_slice(&part[..split]);
            let from = (at + split).saturating_sub(turn).min(end);
            second[from..][..part.len() - split].copy_from_slice(&part[split..]);
            at += part.len();
        }
        chunk.commit_all();
        true
    }

    /// Sends what a plugin points at.
    ///
    /// # Safety
    /// `data` points at `size` readable bytes, or `size` is 0.
    pub(crate) unsafe fn send_raw(&mut self, size: u32, data: *const c_void) -> bool {
        // SAFETY: the caller's promise.
        self.send(&[unsafe { raw(size, data) }])
    }
}

/// # Safety
/// `data` points at `size` readable bytes for as long as the result is used, or `size` is 0.
pub(crate) unsafe fn raw<'a>(size: u32, data: *const c_void) -> &'a [u8] {
    if size == 0 || data.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(data.cast(), size as usize) }
}

impl Receiver {
    /// Takes the next message, if there is one, and returns its bytes (8-byte aligned).
    pub(crate) fn receive(&mut self) -> Option<&[u8]> {
        let chunk = self.ring.read_chunk(LENGTH).ok()?;
        let mut length = [0; LENGTH];
        for (to, from) in length.iter_mut().zip(chunk) {
            *to = from;
        }
        let size = u32::from_ne_bytes(length) as usize;
        let chunk = self.ring.read_chunk(size).ok()?;
        let (first, second) = chunk.as_slices();
        let message = bytes::of_mut(&mut self.message);
        message[..first.len()].copy_from_slice(first);
        message[first.len()..size].copy_from_slice(second);
        chunk.commit_all();
        self.size = size;
        Some(&bytes::of(&self.message)[..size])
    }

    /// Bytes that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.ring.slots()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_wrap_around_and_stay_whole() {
        let (mut sender, mut receiver) = ring(32);
        for round in 0..100_u8 {
            let long = vec![round; usize::from(round % 13)];
            assert!(sender.send(&[&long, &[1, 2]]));
            assert!(sender.send(&[]));
            assert_eq!(receiver.receive(), Some([long.as_slice(), &[1, 2]].concat().as_slice()));
            assert_eq!(receiver.receive(), Some([].as_slice()));
            assert_eq!(receiver.receive(), None);
        }
        assert!(!sender.send(&[&[0; 29]]));
        assert!(sender.send(&[&[7; 28]]));
        assert!(!sender.send(&[]));
        assert_eq!(receiver.receive(), Some([7; 28].as_slice()));
    }
}
