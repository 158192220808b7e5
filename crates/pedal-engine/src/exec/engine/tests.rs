use super::*;
use crate::io::MidiBuffer;

fn block(engine: &mut Engine, messages: &[(u32, &[u8])]) -> [f32; 64] {
    let mut midi = [MidiBuffer::default()];
    for (frame, bytes) in messages {
        assert!(midi[0].push(*frame, bytes));
    }
    let (input, mut output) = ([0.0; 64], [1.0; 64]);
    engine.process(&mut Block {
        frames: 64,
        inputs: &[&input],
        outputs: &mut [&mut output],
        midi_in: &midi,
        midi_out: &mut [MidiBuffer::default()],
        freewheel: false,
    });
    output
}

#[test]
fn a_start_is_heard_although_a_tick_follows_in_the_same_block() {
    let (mut engine, mut handle) = Engine::new(&EngineSettings::default()).expect("no threads");
    handle.send(Command::FollowClock(true)).expect("room");
    // A tick some time before, so that the one behind the start gives a tempo.
    block(&mut engine, &[(0, &[0xf8])]);
    for _ in 0..14 {
        block(&mut engine, &[]);
    }
    block(&mut engine, &[(2, &[0xfa]), (30, &[0xf8])]);
    let rolling: Vec<bool> = std::iter::from_fn(|| handle.report())
        .map(|report| match report {
            Report::Transport { rolling, .. } => rolling,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(rolling, [true, true], "start, then the tempo");
}

#[test]
fn denormals_are_flushed_on_whatever_thread_calls() {
    let (mut engine, _handle) = Engine::new(&EngineSettings::default()).expect("no threads");
    for _ in 0..2 {
        engine = std::thread::spawn(move || {
            block(&mut engine, &[]);
            let halved = std::hint::black_box(f32::MIN_POSITIVE) * std::hint::black_box(0.5);
            assert_eq!(halved, 0.0);
            engine
        })
        .join()
        .expect("flushed on this thread as well");
    }
}
