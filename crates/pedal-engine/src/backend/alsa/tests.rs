use super::*;
use crate::io::Block;
use std::time::{Duration, Instant};

struct Silent;

impl Process for Silent {
    fn process(&mut self, block: &mut Block<'_, '_>) {
        assert_eq!((block.frames, block.inputs.len(), block.outputs.len()), (64, 2, 2));
        assert!(block.inputs.iter().all(|channel| channel.len() == 64));
        block.outputs.iter_mut().for_each(|channel| channel.fill(0.25));
    }
    fn xrun(&mut self, _: u32) {}
    fn set_max_frames(&mut self, frames: usize) {
        assert_eq!(frames, 64);
    }
}

fn options(device: &str) -> AlsaOptions {
    AlsaOptions { device: device.to_owned(), period: 64, priority: None, ..AlsaOptions::default() }
}

/// ALSA's null device is always ready: the loop runs as fast as it can, through the mapped buffer.
#[test]
fn runs_on_the_null_device() {
    let mut backend = AlsaBackend::open(options("null")).expect("alsa-lib has it built in");
    let format = backend.format();
    assert_eq!((format.captures, format.playbacks, format.max_frames), (2, 2, 64));
    for _ in 0..2 {
        backend.start(Box::new(Silent)).unwrap();
        let patience = Instant::now() + Duration::from_secs(10);
        while backend.stats().periods < 1000 {
            assert_eq!(backend.state(), BackendState::Running);
            assert!(Instant::now() < patience, "{:?}", backend.stats());
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(backend.stop().is_some());
        assert_eq!(backend.state(), BackendState::Stopped);
    }
}

#[test]
fn a_missing_card_is_named_with_the_remedy() {
    let error = AlsaBackend::open(options("hw:77")).err().expect("there is none").to_string();
    assert!(
        error.contains("cannot open for capture sound card `hw:77`") && error.contains("aplay -l"),
        "{error}"
    );
}

#[test]
fn absurd_numbers_are_refused() {
    let periods = AlsaOptions { periods: 1, ..options("null") };
    assert!(matches!(AlsaBackend::open(periods), Err(StartError::OutOfRange { value: 1, .. })));
    let rate = AlsaOptions { sample_rate: 1, ..options("null") };
    assert!(matches!(AlsaBackend::open(rate), Err(StartError::OutOfRange { .. })));
}
