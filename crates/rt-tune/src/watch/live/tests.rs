use super::*;
use std::time::Duration;

fn folder() -> (tempfile::TempDir, LiveSources) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("dev/snd")).unwrap();
    std::fs::create_dir_all(folder.path().join("dev/shm")).unwrap();
    std::fs::write(folder.path().join("dev/snd/pcmC0D0p"), "").unwrap();
    std::fs::write(folder.path().join("dev/snd/controlC0"), "").unwrap();
    let sources = LiveSources::open(&Root::below(folder.path())).unwrap();
    (folder, sources)
}

fn hear(sources: &mut LiveSources) -> Vec<Event> {
    let until = sources.now() + Duration::from_millis(50);
    sources.wait(until).unwrap()
}

#[test]
fn opening_a_stream_and_a_new_client_are_heard_and_a_mixer_is_not() {
    let (folder, mut sources) = folder();
    assert_eq!(hear(&mut sources), []);
    let open = |name: &str| std::fs::File::open(folder.path().join("dev/snd").join(name)).unwrap();
    drop(open("controlC0"));
    assert_eq!(hear(&mut sources), []);
    let stream = open("pcmC0D0p");
    assert_eq!(hear(&mut sources), [Event::StreamOpened("pcmC0D0p".into())]);
    drop(stream);
    assert_eq!(hear(&mut sources), [Event::StreamClosed("pcmC0D0p".into())]);
    std::fs::write(folder.path().join("dev/shm/jack_sem.0_default_amp"), "").unwrap();
    std::fs::write(folder.path().join("dev/shm/pulse-shm-1"), "").unwrap();
    assert_eq!(hear(&mut sources), [Event::Graph("jack_sem.0_default_amp".into())]);
}

#[test]
fn a_folder_of_devices_that_comes_later_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut sources = LiveSources::open(&Root::below(folder.path())).unwrap();
    std::fs::create_dir_all(folder.path().join("dev/snd")).unwrap();
    std::fs::write(folder.path().join("dev/snd/pcmC1D0c"), "").unwrap();
    assert_eq!(hear(&mut sources), []);
    let _stream = std::fs::File::open(folder.path().join("dev/snd/pcmC1D0c")).unwrap();
    assert_eq!(hear(&mut sources), [Event::StreamOpened("pcmC1D0c".into())]);
    // It goes with the last card, and comes again.
    std::fs::remove_dir_all(folder.path().join("dev/snd")).unwrap();
    hear(&mut sources);
    std::fs::create_dir_all(folder.path().join("dev/snd")).unwrap();
    std::fs::write(folder.path().join("dev/snd/pcmC1D0c"), "").unwrap();
    hear(&mut sources);
    let _stream = std::fs::File::open(folder.path().join("dev/snd/pcmC1D0c")).unwrap();
    assert!(hear(&mut sources).contains(&Event::StreamOpened("pcmC1D0c".into())));
}

#[test]
fn a_set_clock_is_no_sleep() {
    let (_folder, mut sources) = folder();
    let mut events = Vec::new();
    sources.slept = slept();
    sources.read_clock(&mut events);
    assert_eq!(events, []);
    // As if the machine had slept for a second since the last time.
    sources.slept = slept().saturating_sub(Duration::from_secs(1));
    if slept() >= Duration::from_secs(1) {
        sources.read_clock(&mut events);
        assert_eq!(events, [Event::Resumed]);
    }
    assert!(clock_watch().is_ok());
}
