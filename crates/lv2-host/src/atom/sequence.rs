//! `atom:Sequence` in a buffer of fixed size.

use super::{HEADER, padded, read_i64, read_u32};
use crate::known::Known;
use crate::sys::bytes;

/// Atom header and sequence body (unit, padding).
const START: usize = HEADER + 8;
/// Time stamp and atom header of an event.
const EVENT: usize = 8 + HEADER;

/// Timed events of one block in LV2's own layout, in storage that is set aside once.
///
/// Real-time safe but for creation. Events are kept in order of time; what does not fit is dropped and counted.
#[derive(Debug, Clone)]
pub struct Sequence {
    words: Box<[u64]>,
    /// Bytes in use, at most `words.len() * 8`.
    len: usize,
    last: i64,
    dropped: u32,
    sequence: u32,
    chunk: u32,
}

/// One event of a [`Sequence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// Frames from the start of the block. What a plugin wrote is not checked against the block's length.
    pub frame: i64,
    /// URID of the atom's type ([`Known::midi_event`], [`Known::atom_object`]…).
    pub kind: u32,
    /// The atom's body.
    pub body: &'a [u8],
}

/// Iterator over the events of a [`Sequence`]. It ends at the first event that does not lie wholly in the buffer.
#[derive(Debug, Clone)]
pub struct Events<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Sequence {
    /// An empty sequence with room for `capacity` bytes, headers included (an event costs 16 bytes and its body
    /// rounded up to 8). At least 64 bytes, at most 1 GiB.
    pub fn new(capacity: usize, known: &Known) -> Self {
        let words = padded(capacity.clamp(64, 1 << 30)) / 8;
        let mut sequence = Self {
            words: vec![0; words].into_boxed_slice(),
            len: START,
            last: i64::MIN,
            dropped: 0,
            sequence: known.atom_sequence,
            chunk: known.atom_chunk,
        };
        sequence.clear();
        sequence
    }

    /// Size of the storage in bytes.
    pub fn capacity(&self) -> usize {
        self.words.len() * 8
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// How many events did not fit or came out of order since the last call.
    pub fn take_dropped(&mut self) -> u32 {
        std::mem::take(&mut self.dropped)
    }

    /// Forgets all events.
    pub fn clear(&mut self) {
        self.last = i64::MIN;
        self.set_len(START);
        let kind = self.sequence;
        self.set_u32(4, kind);
        self.set_u32(8, 0);
        self.set_u32(12, 0);
    }

    /// Appends an event. Returns `false`, and drops it, when there is no room or when `frame` lies before the
    /// last event.
    pub fn push(&mut self, frame: i64, kind: u32, body: &[u8]) -> bool {
        let end = padded(body.len()).checked_add(self.len + EVENT);
        let Some(end) = end.filter(|&end| frame >= self.last && end <= self.capacity()) else {
            self.dropped = self.dropped.saturating_add(1);
            return false;
        };
        let at = self.len;
        let bytes = bytes::of_mut(&mut self.words);
        bytes[at..at + 8].copy_from_slice(&frame.to_ne_bytes());
        bytes[at + 8..at + 12].copy_from_slice(&(body.len() as u32).to_ne_bytes());
        bytes[at + 12..at + 16].copy_from_slice(&kind.to_ne_bytes());
        bytes[at + EVENT..at + EVENT + body.len()].copy_from_slice(body);
        bytes[at + EVENT + body.len()..end].fill(0);
        self.last = frame;
        self.set_len(end);
        true
    }

    /// Inserts an event behind those of the same time. Costs a move of the events behind it; else as [`Self::push`].
    pub fn insert(&mut self, frame: i64, kind: u32, body: &[u8]) -> bool {
        if frame >= self.last {
            return self.push(frame, kind, body);
        }
        let before = self.iter().take_while(|event| event.frame <= frame);
        let at = START + before.map(|event| EVENT + padded(event.body.len())).sum::<usize>();
        let (old, last) = (self.len, self.last);
        self.last = i64::MIN;
        // Written at the end, then turned into place.
        let fits = self.push(frame, kind, body);
        if fits {
            let end = self.len;
            bytes::of_mut(&mut self.words)[at..end].rotate_right(end - old);
        }
        self.last = last;
        fits
    }

    /// Adds the events of `other` in order of time; of equal times, those already here stay first.
    pub fn merge(&mut self, other: &Sequence) {
        for event in other.iter() {
            self.insert(event.frame, event.kind, event.body);
        }
    }

    /// The events in order.
    pub fn iter(&self) -> Events<'_> {
        let stated = read_u32(bytes::of(&self.words), 0).unwrap_or(0) as usize;
        let used = stated.saturating_add(HEADER).min(self.capacity());
        let is_sequence = read_u32(bytes::of(&self.words), 4) == Some(self.sequence);
        let used = if is_sequence { used } else { 0 };
        Events { bytes: &bytes::of(&self.words)[..used], at: START.min(used) }
    }

    /// Says how much room there is, as a plugin expects of an output before `run`.
    pub(crate) fn offer(&mut self) {
        self.last = i64::MIN;
        let room = (self.capacity() - HEADER) as u32;
        let kind = self.chunk;
        self.set_u32(0, room);
        self.set_u32(4, kind);
    }

    /// Takes over what a plugin wrote in `run`; anything but a sound sequence is empty.
    pub(crate) fn accept(&mut self) {
        let mut events = self.iter();
        if events.bytes.len() < START {
            self.clear();
            return;
        }
        let mut last = i64::MIN;
        for event in events.by_ref() {
            last = last.max(event.frame);
        }
        // Cut behind the last whole event, so that appending and iterating agree.
        let end = padded(events.at.max(START));
        self.last = last;
        self.set_len(end);
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut std::ffi::c_void {
        self.words.as_mut_ptr().cast()
    }

    fn set_len(&mut self, len: usize) {
        self.len = len;
        self.set_u32(0, (len - HEADER) as u32);
    }

    fn set_u32(&mut self, at: usize, value: u32) {
        bytes::of_mut(&mut self.words)[at..at + 4].copy_from_slice(&value.to_ne_bytes());
    }
}

impl<'a> IntoIterator for &'a Sequence {
    type Item = Event<'a>;
    type IntoIter = Events<'a>;

    fn into_iter(self) -> Events<'a> {
        self.iter()
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        let at = self.at;
        let frame = read_i64(self.bytes, at)?;
        let size = read_u32(self.bytes, at + 8)? as usize;
        let kind = read_u32(self.bytes, at + 12)?;
        let start = at + EVENT;
        let body = self.bytes.get(start..start.checked_add(size)?)?;
        // The padding of the last event may be missing.
        self.at = (start + padded(size)).min(self.bytes.len());
        Some(Event { frame, kind, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Urids;
    use proptest::prelude::*;

    fn listed(sequence: &Sequence) -> Vec<(i64, u32, Vec<u8>)> {
        sequence.iter().map(|event| (event.frame, event.kind, event.body.to_vec())).collect()
    }

    #[test]
    fn events_come_back_in_order() {
        let urids = Urids::new();
        let mut sequence = Sequence::new(256, urids.known());
        assert!(sequence.is_empty());
        assert!(sequence.push(0, 7, &[1, 2, 3]));
        assert!(sequence.push(5, 8, &[]));
        assert!(!sequence.push(4, 8, &[1]), "before the last one");
        assert_eq!(sequence.take_dropped(), 1);
        assert!(sequence.insert(4, 9, &[9; 9]));
        assert_eq!(listed(&sequence), [(0, 7, vec![1, 2, 3]), (4, 9, vec![9; 9]), (5, 8, vec![])]);
        assert!(sequence.push(5, 1, &[1]));
        sequence.clear();
        assert!(sequence.is_empty());
        assert!(sequence.push(0, 1, &[1]));
    }

    #[test]
    fn it_fills_to_the_brim_and_not_past_it() {
        let urids = Urids::new();
        let mut sequence = Sequence::new(64, urids.known());
        assert!(sequence.push(0, 1, &[1; 8]), "16 + 24 = 40");
        assert!(sequence.push(0, 1, &[2; 8]), "64");
        assert!(!sequence.push(0, 1, &[]));
        assert!(!sequence.insert(-1, 1, &[]));
        assert_eq!(sequence.iter().count(), 2);
    }

    #[test]
    fn an_output_that_the_plugin_left_alone_is_empty() {
        let urids = Urids::new();
        let mut sequence = Sequence::new(128, urids.known());
        sequence.push(3, 1, &[1]);
        sequence.offer();
        assert!(sequence.is_empty());
        sequence.accept();
        assert!(sequence.is_empty());
        assert!(sequence.push(0, 1, &[1]));
    }

    proptest! {
        #[test]
        fn whatever_a_plugin_writes_is_read_without_harm(
            content in proptest::collection::vec(any::<u8>(), 16..128),
            stated in any::<u32>(),
        ) {
            let urids = Urids::new();
            let mut sequence = Sequence::new(128, urids.known());
            sequence.offer();
            bytes::of_mut(&mut sequence.words)[..content.len()].copy_from_slice(&content);
            let kind = sequence.sequence;
            sequence.set_u32(0, stated);
            sequence.set_u32(4, kind);
            sequence.accept();
            let before = listed(&sequence);
            prop_assert!(sequence.len <= sequence.capacity());
            if sequence.push(i64::MAX, 5, &[1]) {
                let mut wanted = before;
                wanted.push((i64::MAX, 5, vec![1]));
                prop_assert_eq!(listed(&sequence), wanted);
            }
        }

        #[test]
        fn merging_keeps_the_order_of_time(
            mut a in proptest::collection::vec((0i64..20, 0u8..255), 0..12),
            mut b in proptest::collection::vec((0i64..20, 0u8..255), 0..12),
        ) {
            let urids = Urids::new();
            a.sort_by_key(|e| e.0);
            b.sort_by_key(|e| e.0);
            let (mut one, mut two) = (Sequence::new(2048, urids.known()), Sequence::new(2048, urids.known()));
            for (frame, byte) in &a { one.push(*frame, 1, &[*byte]); }
            for (frame, byte) in &b { two.push(*frame, 2, &[*byte]); }
            one.merge(&two);
            let mut wanted: Vec<_> = a.iter().map(|e| (e.0, 1, vec![e.1])).collect();
            wanted.extend(b.iter().map(|e| (e.0, 2, vec![e.1])));
            wanted.sort_by_key(|e| e.0);
            prop_assert_eq!(listed(&one), wanted);
        }
    }
}
