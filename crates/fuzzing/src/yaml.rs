//! pi-Stomp's configuration files: no panic and no endless reading; what is refused names its lines, an overlay can be laid
//! over whatever was accepted, and settings come back from our own text.

use pedal_hardware::config::{Config, Keeper, Settings};

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
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
    if let Ok(settings) = Settings::parse(text) {
        assert_eq!(Settings::parse(&settings.to_yaml()), Ok(settings));
    }
}
