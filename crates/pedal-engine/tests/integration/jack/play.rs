//! Playing a file into the graph and recording what comes out.

use super::server::Server;
use pedal_engine::audio_file::{self, Encoding, ReadError, Take};
use pedal_engine::play::{PlayError, PlayOptions, play};
use std::path::Path;

fn write(path: &Path, sample_rate: u32, samples: Vec<f32>) {
    let take = Take { sample_rate, channels: vec![samples] };
    audio_file::write(path, &take, Encoding::Float32).expect("the folder is ours");
}

#[test]
fn the_recording_is_in_step_with_the_file_to_the_sample() {
    let server = Server::start(128);
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    // Every sample different, a length that is no multiple of the period.
    let samples: Vec<f32> = (1..=10_001).map(|n| n as f32 / 20_000.0).collect();
    write(&input, 48_000, samples.clone());
    let options = PlayOptions {
        server: Some(server.name.clone()),
        input,
        output: output.clone(),
        to: vec!["system:playback_1".to_owned(), "system:playback_2".to_owned()],
        from: vec!["archibald-play:port_1".to_owned(), "system:capture_1".to_owned()],
        tail: 0.05,
    };
    let mut shares = Vec::new();
    let report = play(&options, |share| shares.push(share)).unwrap();
    assert_eq!((report.frames, report.sample_rate), (10_001 + 2_400, 48_000));
    assert!(shares.windows(2).all(|pair| pair[0] <= pair[1]), "{shares:?}");

    let recorded = audio_file::read(&output).unwrap().channels;
    assert_eq!(recorded.len(), 2);
    let expected = samples.iter().copied().chain(std::iter::repeat_n(0.0, 2_400));
    // A period that this machine lost is silent and counted; all others are where they belong.
    let wrong = recorded[0].iter().zip(expected).filter(|(taken, given)| *taken != given);
    let holes = wrong.inspect(|(taken, _)| assert_eq!(**taken, 0.0)).count() as u64;
    assert!(holes <= report.lost_frames, "{holes} frames differ, {} were lost", report.lost_frames);
    assert!(recorded[1].iter().all(|&sample| sample == 0.0), "the dummy driver captures silence");
}

#[test]
fn a_wrong_rate_and_an_unknown_port_are_refused_and_leave_no_file() {
    let server = Server::start(128);
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    write(&input, 44_100, vec![0.0; 100]);
    let mut options = PlayOptions {
        server: Some(server.name.clone()),
        input: input.clone(),
        output: output.clone(),
        to: vec!["nobody:in".to_owned()],
        from: vec!["system:capture_1".to_owned()],
        tail: 0.0,
    };
    let error = play(&options, |_| ()).unwrap_err();
    assert!(matches!(error, PlayError::Input(ReadError::Rate { .. })), "{error}");
    write(&input, 48_000, vec![0.0; 100]);
    let error = play(&options, |_| ()).unwrap_err();
    assert!(matches!(error, PlayError::Connect { .. }), "{error}");
    options.server = Some("no-such-server".to_owned());
    let error = play(&options, |_| ()).unwrap_err();
    assert!(matches!(error, PlayError::Server(_)), "{error}");
    assert!(!output.exists());
}
