use super::*;

const DEFAULT: &str = "hardware:\n  version: 3.0\n  midi:\n    channel: 14\n  footswitches:\n  - id: 0\n    adc_input: 0\n    midi_CC: 60\n    longpress: previous_snapshot\n  - id: 1\n    adc_input: 1\n    midi_CC: 61\n    longpress: [next_snapshot, {pedalboard: UP}]\n  encoders:\n  - id: 3\n    type: VOLUME\n";

#[test]
fn an_overlay_replaces_removes_and_inherits() {
    let base = Config::parse(DEFAULT).unwrap();
    let over = "hardware:\n  footswitches:\n  - id: 1\n    midi_CC: null\n    preset: UP\n  - {id: 0, midi_CC: None}\n";
    let both = base.with(&Config::parse_overlay(over).unwrap());
    assert_eq!(both.footswitches[1].midi_cc, Field::Clear);
    assert_eq!(both.footswitches[0].midi_cc, Field::Clear);
    assert_eq!(both.footswitches[1].preset, Field::Set(Snapshot::Up));
    assert_eq!(both.footswitches[1].adc_input, Field::Set(1));
    let long = [Action::Named("next_snapshot".into()), Action::Pedalboard(Snapshot::Up)];
    assert_eq!(both.footswitches[1].longpress, Field::Set(long.into()));
    assert_eq!(both.midi_channel, Field::Set(14));
}

#[test]
fn every_problem_has_its_line() {
    let text = "hardware:\n  version: 3.0\n  midi: {channel: 17}\n  footswitches:\n  - id: 0\n    midi_cc: 3\n  - adc_input: 9\n";
    let problems = Config::parse(text).unwrap_err().problems;
    assert_eq!(problems.iter().map(|one| one.line).collect::<Vec<_>>(), [3, 6, 7, 7]);
    assert!(problems[1].message.contains("has no midi_cc"), "{problems:?}");
    for (text, line) in [("a: [1\nb", 2), ("hardware:\n  version: 3\n  version: 2", 3), ("x: &a 1\ny: *a", 2)]
    {
        assert_eq!(Config::parse(text).unwrap_err().problems[0].line, line, "{text}");
    }
    assert!(Config::parse("").unwrap_err().to_string().contains("hardware.version is missing"));
    assert!(Config::parse(&"[".repeat(10_000)).is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[a-z0-9:\\-\\[\\]{}&*'\"|># \n]{0,80}") {
        let _ = Config::parse(&text);
    }
}
