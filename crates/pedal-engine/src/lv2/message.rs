//! Atoms between the two halves of a plugin, over rings of bytes: type, size, body.

use rtrb::{Consumer, Producer, RingBuffer};

const HEADER: usize = 8;

/// Longest message in bytes.
pub(super) const LONGEST: usize = 16 * 1024;

/// One direction of messages.
pub(super) fn ring() -> (Sender, Receiver) {
    let (producer, consumer) = RingBuffer::new(4 * LONGEST);
    (Sender(producer), Receiver { ring: consumer, body: vec![0; LONGEST] })
}

/// Writing end.
#[derive(Debug)]
pub(super) struct Sender(Producer<u8>);

impl Sender {
    /// False, and nothing sent, when there is no room or the message is too long. Real-time safe.
    pub(super) fn send(&mut self, kind: u32, body: &[u8]) -> bool {
        if body.len() > LONGEST || self.0.slots() < HEADER + body.len() {
            return false;
        }
        let Ok(chunk) = self.0.write_chunk_uninit(HEADER + body.len()) else { return false };
        let size = (body.len() as u32).to_ne_bytes();
        chunk.fill_from_iter(kind.to_ne_bytes().into_iter().chain(size).chain(body.iter().copied()));
        true
    }
}

/// Reading end.
#[derive(Debug)]
pub(super) struct Receiver {
    ring: Consumer<u8>,
    body: Vec<u8>,
}

impl Receiver {
    /// The next message: type and body. Real-time safe.
    pub(super) fn receive(&mut self) -> Option<(u32, &[u8])> {
        let mut header = [0; HEADER];
        self.take(HEADER, |at, byte| header[at] = byte)?;
        let word =
            |at: usize| u32::from_ne_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (kind, size) = (word(0), word(4) as usize);
        let mut body = std::mem::take(&mut self.body);
        let taken = self.take(size, |at, byte| body[at] = byte);
        self.body = body;
        taken.map(|()| (kind, &self.body[..size]))
    }

    fn take(&mut self, count: usize, mut put: impl FnMut(usize, u8)) -> Option<()> {
        let chunk = self.ring.read_chunk(count).ok()?;
        for (at, byte) in chunk.into_iter().enumerate() {
            put(at, byte);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_whole_and_in_order() {
        let (mut sender, mut receiver) = ring();
        for round in 0..100u32 {
            assert!(sender.send(round, &vec![round as u8; 3000]));
            assert!(sender.send(7, b""));
            assert_eq!(receiver.receive(), Some((round, &vec![round as u8; 3000][..])));
            assert_eq!(receiver.receive(), Some((7, &b""[..])));
            assert_eq!(receiver.receive(), None);
        }
        assert!(!sender.send(1, &vec![0; LONGEST + 1]));
    }
}
