//! pi-Stomp's configuration files of any text: no panic and no endless reading; what is refused names its lines, and an
//! overlay can be laid over whatever was accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pedal_hardware::config::{Config, Keeper, Settings};

fuzz_target!(|text: &str| {
    let lines = text.lines().count() + 1;
    let (config, overlay) = (Config::parse(text), Config::parse_overlay(text));
    for error in [config.as_ref().err(), overlay.as_ref().err()].into_iter().flatten() {
        assert!(!error.problems.is_empty());
        assert!(error.problems.iter().all(|problem| (1..=lines).contains(&problem.line)), "{error}");
    }
    if let (Ok(config), Ok(overlay)) = (&config, &overlay) {
        let _ = config.with(overlay);
    }
    if let Ok(config) = config {
        let mut keeper = Keeper::new(config.clone());
        assert!(!keeper.offer("hardware: ["));
        assert_eq!(keeper.config(), &config);
    }
    let _ = Settings::parse(text);
});
