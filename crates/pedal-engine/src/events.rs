//! Timed events inside one block: MIDI and LV2 atoms, with storage that is set aside once.

/// Kind of an event's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A whole MIDI message.
    Midi,
    /// The body of an LV2 atom of this type (a mapped URID).
    Atom(u32),
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// Frames from the start of the block.
    pub frame: u32,
    /// What the bytes are.
    pub kind: EventKind,
    /// The bytes.
    pub bytes: &'a [u8],
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    frame: u32,
    kind: EventKind,
    start: u32,
    len: u32,
}

/// Events in order of time. Pushing never allocates: what does not fit is dropped and counted.
#[derive(Debug, Clone)]
pub struct EventBuffer {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    dropped: u32,
}

impl EventBuffer {
    /// Room for `events` events and `bytes` bytes in all.
    pub fn with_capacity(events: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), entries: Vec::with_capacity(events), dropped: 0 }
    }

    /// Appends an event. Real-time safe. Returns `false`, and drops it, when there is no room, when it is empty
    /// or when `frame` lies before the last event.
    pub fn push(&mut self, frame: u32, kind: EventKind, bytes: &[u8]) -> bool {
        let in_order = self.entries.last().is_none_or(|last| last.frame <= frame);
        if !in_order || bytes.is_empty() || !self.has_room(bytes.len()) {
            self.dropped = self.dropped.saturating_add(1);
            return false;
        }
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        self.entries.push(Entry { frame, kind, start, len: bytes.len() as u32 });
        true
    }

    /// Adds the events of `other`, keeping the order of time; events at one frame stay behind those already here.
    /// Real-time safe.
    pub fn merge(&mut self, other: &EventBuffer) {
        for event in other.iter() {
            if !self.has_room(event.bytes.len()) {
                self.dropped = self.dropped.saturating_add(1);
                continue;
            }
            let start = self.bytes.len() as u32;
            self.bytes.extend_from_slice(event.bytes);
            let len = event.bytes.len() as u32;
            let at = self.entries.partition_point(|entry| entry.frame <= event.frame);
            self.entries.insert(at, Entry { frame: event.frame, kind: event.kind, start, len });
        }
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.entries.len() < self.entries.capacity() && self.bytes.capacity() - self.bytes.len() >= bytes
    }

    /// Forgets all events, keeps the storage. Real-time safe.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }

    /// The events in order of time. Real-time safe.
    pub fn iter(&self) -> impl Iterator<Item = Event<'_>> {
        self.entries.iter().map(|entry| Event {
            frame: entry.frame,
            kind: entry.kind,
            bytes: &self.bytes[entry.start as usize..(entry.start + entry.len) as usize],
        })
    }

    /// Number of events.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Events dropped since the start because they did not fit.
    pub fn dropped(&self) -> u32 {
        self.dropped
    }
}

impl Default for EventBuffer {
    /// 1024 events, 16 KiB.
    fn default() -> Self {
        Self::with_capacity(1024, 16 * 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_time_and_arrival() {
        let mut a = EventBuffer::default();
        a.push(1, EventKind::Midi, &[1]);
        a.push(5, EventKind::Midi, &[2]);
        let mut b = EventBuffer::default();
        b.push(0, EventKind::Midi, &[3]);
        b.push(5, EventKind::Midi, &[4]);
        a.merge(&b);
        let got: Vec<_> = a.iter().map(|event| (event.frame, event.bytes[0])).collect();
        assert_eq!(got, [(0, 3), (1, 1), (5, 2), (5, 4)]);
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut buffer = EventBuffer::with_capacity(2, 3);
        assert!(buffer.push(0, EventKind::Midi, &[0; 2]));
        assert!(!buffer.push(0, EventKind::Midi, &[0; 2]));
        assert!(buffer.push(0, EventKind::Midi, &[0; 1]));
        assert_eq!((buffer.len(), buffer.dropped()), (2, 1));
    }
}
