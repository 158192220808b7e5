//! MIDI from a wire: nothing panics, memory stays bounded, what comes out is whole, and the queue writes it so that it is
//! read again. Nothing that was heard to begin stays without its end.

use midi_bridge::held::HeldNotes;
use midi_bridge::message::{self, MAX_MESSAGE};
use midi_bridge::parser::Parser;
use midi_bridge::queue::OutputQueue;

pub(crate) fn check(data: &[u8]) {
    let Some((options, stream)) = data.split_first() else { return };
    let limit = usize::from(options >> 1) * 32;
    let mut queue = OutputQueue::new(limit, options & 1 == 1);
    let (mut parser, mut receiver, mut held) = (Parser::default(), Parser::default(), HeldNotes::default());
    for byte in stream {
        parser.push(*byte, &mut |message| {
            assert!(message::is_whole(message));
            queue.push(message);
        });
        assert!(parser.buffered() < MAX_MESSAGE);
        if byte & 1 == 1
            && let Some(out) = queue.next_byte()
        {
            receiver.push(out, &mut |message| held.observe(message));
        }
    }
    queue.release_all();
    while let Some(out) = queue.next_byte() {
        receiver.push(out, &mut |message| held.observe(message));
    }
    assert!(held.is_empty());
    assert_eq!(receiver.broken(), 0);
}
