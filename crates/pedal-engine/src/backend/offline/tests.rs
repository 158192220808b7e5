use super::*;
use std::cell::Cell;

/// Doubles the first capture, sends MIDI on, and notes what it was told.
#[derive(Default)]
struct Double {
    max_frames: usize,
    blocks: usize,
}

impl Process for Double {
    fn process(&mut self, block: &mut Block<'_, '_>) {
        assert_eq!(block.frames, self.max_frames);
        self.blocks += 1;
        for output in block.outputs.iter_mut() {
            for (n, sample) in output.iter_mut().enumerate() {
                *sample = block.inputs.first().map_or(0.5, |input| 2.0 * input[n]);
            }
        }
        for event in block.midi_in[0].iter() {
            block.midi_out[0].push(event.frame, event.bytes);
        }
    }
    fn xrun(&mut self, _: u32) {}
    fn set_max_frames(&mut self, frames: usize) {
        self.max_frames = frames;
    }
}

fn ramp(frames: usize) -> Vec<f32> {
    (0..frames).map(|n| n as f32).collect()
}

#[test]
fn output_is_as_long_as_input_and_tail_at_any_period() {
    for period in [1, 17, 64, 1000, 4096] {
        let mut process = Double::default();
        let got = Render::new(period).playbacks(1).tail(5).run(&mut process, &[ramp(1000)]);
        let expected: Vec<f32> = ramp(1000).iter().map(|x| 2.0 * x).chain([0.0; 5]).collect();
        assert_eq!(got.audio, [expected], "period {period}");
        assert_eq!(process.blocks, 1005usize.div_ceil(period));
    }
}

#[test]
fn midi_keeps_its_position() {
    let message = |frame, byte| TimedMidi { frame, bytes: vec![0xB0, 7, byte] };
    let sent = vec![message(999, 3), message(0, 1), message(63, 2), message(64, 9)];
    let got = Render::new(64).midi(sent).run(&mut Double::default(), &[ramp(1000)]);
    assert_eq!(got.midi, [message(0, 1), message(63, 2), message(64, 9), message(999, 3)]);
}

#[test]
fn the_hook_runs_once_before_each_block() {
    let calls = Cell::new(0);
    Render::new(10)
        .before_block(|index| {
            assert_eq!(index, calls.get());
            calls.set(index + 1);
        })
        .run(&mut Double::default(), &[ramp(95)]);
    assert_eq!(calls.get(), 10);
}

#[test]
fn channels_of_unequal_length_and_none_at_all() {
    assert_eq!(render(&mut Double::default(), &[vec![1.0; 3], vec![0.0; 7]], 4)[1].len(), 7);
    assert_eq!(render(&mut Double::default(), &[], 4), [[0.0f32; 0], [0.0; 0]]);
}

#[test]
fn behind_the_trait_it_gives_the_same_and_the_process_back() {
    let mut backend = OfflineBackend::new(vec![ramp(1000)], 48_000, 64, 2, 0).unwrap();
    assert_eq!(backend.state(), BackendState::Stopped);
    backend.start(Box::new(Double::default())).unwrap();
    assert!(matches!(backend.start(Box::new(Double::default())), Err(StartError::Running)));
    assert!(backend.finish().is_some());
    assert_eq!(backend.take_rendered().unwrap().audio, render(&mut Double::default(), &[ramp(1000)], 64));
    assert_eq!(backend.stats().periods, 16);
    assert!(OfflineBackend::new(Vec::new(), 48_000, 0, 2, 0).is_err());
}
