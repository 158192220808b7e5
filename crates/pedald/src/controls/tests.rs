//! The controls against a state, without session and devices.

use std::sync::Arc;

use pedal_hardware::config::{ActOn, Calibration, Config, Settings, Travel};
use pedal_hardware::input::{ChordMode, Part, SwitchEvent};
use pedal_hardware::{Event, Moment, Profile};

use super::*;
use crate::display::{MenuInput, Panel, Wish};
use crate::hardware::MixerChange;
use crate::session::{
    self, Board, ControlPort, ControlSpec, Instance, Intent, MidiBinding, Plugin, PluginSpec, SHAPES, Shape,
    Signal, Snapshot, State, Step,
};

/// A board with a delay: switch 0 its bypass, encoder 1 and the expression pedal its time, three snapshots.
fn state() -> State {
    let time = ControlSpec {
        symbol: "time".into(),
        name: "Time".into(),
        max: 1.0,
        default: 0.5,
        ..ControlSpec::default()
    };
    let spec = PluginSpec {
        label: "Echo".into(),
        categories: vec!["Delay".into()],
        controls: vec![time.clone(), ControlSpec { symbol: "mix".into(), ..time }],
        ..PluginSpec::default()
    };
    let mut plugin = Plugin::new(Instance::new("echo"), 0, Arc::new(spec));
    let binding = |controller| MidiBinding { channel: 13, controller, min: 0.0, max: 1.0 };
    plugin.midi.insert(ControlPort::BYPASS.into(), binding(60));
    plugin.midi.insert("time".into(), binding(70));
    plugin.midi.insert("mix".into(), binding(75));
    let mut board = Board { plugins: vec![Arc::new(plugin)], ..Board::empty() };
    board.snapshots = ["Clean", "Solo", "Wide"]
        .map(|name| Arc::new(Snapshot { name: name.into(), ..Snapshot::default() }))
        .to_vec();
    State { board: Arc::new(board), ..State::default() }
}

fn controls(over: &str, settings: Settings) -> Controls {
    let config = Config::built_in(&Profile::v3(), true).with(&Config::parse_overlay(over).unwrap());
    Controls::new(Setup::new(&Profile::v3(), &config), settings)
}

struct Rig {
    controls: Controls,
    state: State,
    now: u64,
}

impl Rig {
    fn new(over: &str, settings: Settings) -> Self {
        Self { controls: controls(over, settings), state: state(), now: 1000 }
    }

    fn event(&mut self, event: Event) -> Vec<Act> {
        let mut out = Vec::new();
        self.controls.event(event, &self.state, false, Moment::from_millis(self.now), &mut out);
        out
    }

    fn foot(&mut self, number: usize, event: SwitchEvent) -> Vec<Act> {
        self.event(Event::Switch(Part::Footswitch(number), event))
    }

    fn after(&mut self, millis: u64) -> Vec<Act> {
        self.now += millis;
        let mut out = Vec::new();
        self.controls.tick(&self.state, Moment::from_millis(self.now), &mut out);
        out
    }

    fn shown(&self) -> Vec<Shown> {
        self.controls.shown(&self.state, Moment::from_millis(self.now)).0
    }
}

fn cc(controller: u8, value: u16) -> Act {
    Act::Intent(Intent::Controller { channel: 13, controller, value })
}

#[test]
fn a_press_acts_on_its_edge_and_a_long_one_takes_that_back() {
    use SwitchEvent::{Click, Long, Press, Release};
    let mut rig = Rig::new("", Settings::default());
    // the delay sounds, so the press turns it off
    assert_eq!(rig.foot(0, Press), [cc(60, 0)]);
    assert_eq!([rig.foot(0, Release), rig.foot(0, Click)], [vec![], vec![]]);
    rig.foot(0, Press);
    assert_eq!(rig.foot(0, Long), [cc(60, 127)], "it sounds again, and the chord's window runs");
    assert_eq!(rig.after(399), []);
    assert_eq!(rig.after(1), [Act::Intent(Intent::LoadSnapshot(Step::Previous))]);
    assert_eq!(rig.foot(0, Release), []);
    // nothing is bound to this one: its own state turns over
    assert_eq!([rig.foot(1, Press), rig.foot(1, Press)], [vec![cc(61, 127)], vec![cc(61, 0)]]);
}

#[test]
fn as_pi_stomp_the_foot_may_act_when_it_is_lifted_and_chords_may_be_prompt() {
    use SwitchEvent::{Click, Long, Press, Release};
    let settings =
        Settings { act_on: Some(ActOn::Release), chords: Some(ChordMode::Prompt), ..Settings::default() };
    let mut rig = Rig::new("", settings);
    assert_eq!(rig.foot(0, Press), []);
    assert_eq!(rig.foot(0, Release), []);
    assert_eq!(rig.foot(0, Click), [cc(60, 0)]);
    rig.foot(1, Press);
    assert_eq!(rig.foot(1, Long), [Act::Intent(Intent::LoadSnapshot(Step::Next))], "without the 0.4 s");
}

#[test]
fn chords_of_two_switches_run_one_action() {
    use SwitchEvent::{Long, Press};
    let over = "hardware:\n  footswitches:\n  - {id: 0, longpress: toggle_bypass}\n  - {id: 1, longpress: toggle_bypass}\n";
    let mut rig = Rig::new(over, Settings::default());
    rig.foot(0, Press);
    rig.foot(1, Press);
    rig.foot(0, Long);
    let acts = rig.foot(1, Long);
    assert!(acts.contains(&Act::Bypass { active: true, sides: [true, true] }), "{acts:?}");
    assert_eq!(rig.after(1000), []);
    let mut panel = Panel::default();
    rig.controls.fill(&mut panel, &rig.shown(), &rig.state);
    assert!(panel.bypass.expect("v3 has one").active);
}

#[test]
fn three_switches_together_are_not_two_of_them() {
    use SwitchEvent::Long;
    let over = "hardware:\n  footswitches:\n  - {id: 0, longpress: [toggle_bypass, toggle_tuner_enable]}\n  - {id: 1, longpress: [toggle_bypass, toggle_tuner_enable]}\n  - {id: 2, longpress: toggle_tuner_enable}\n";
    let (tuner, bypass) =
        (Act::Intent(Intent::Tuner(true)), Act::Bypass { active: true, sides: [true, true] });
    for mode in [ChordMode::Compatible, ChordMode::Prompt] {
        let mut rig = Rig::new(over, Settings { chords: Some(mode), ..Settings::default() });
        assert_eq!([rig.foot(0, Long), rig.foot(1, Long)], [vec![], vec![]], "{mode:?}");
        assert_eq!(rig.after(399), []);
        assert_eq!(rig.foot(2, Long), std::slice::from_ref(&tuner));
        assert_eq!(rig.after(1000), []);
        assert_eq!([rig.foot(0, Long), rig.foot(1, Long)], [vec![], vec![]]);
        assert_eq!(rig.after(400), std::slice::from_ref(&bypass));
    }
}

#[test]
fn presets_momentary_and_disabled_switches() {
    use SwitchEvent::{Click, Long, Press, Release};
    let over = "hardware:\n  footswitches:\n  - {id: 0, preset: 1, longpress: null}\n  - {id: 1, preset: UP}\n  - {id: 2, momentary: true, longpress: null}\n  - {id: 3, disable: true}\n";
    let mut rig = Rig::new(over, Settings::default());
    let load = |step| Act::Intent(Intent::LoadSnapshot(step));
    assert_eq!(rig.foot(0, Press), [load(Step::To(1))]);
    assert_eq!(rig.foot(0, Click), []);
    // a snapshot cannot be taken back: with a long press beside it, it waits until the foot is off
    assert_eq!(rig.foot(1, Press), []);
    assert_eq!(rig.foot(1, Click), [load(Step::Next)]);
    assert_eq!(rig.foot(2, Press), [cc(62, 127)]);
    assert!(rig.shown()[2].lit);
    assert_eq!(rig.foot(2, Release), [cc(62, 0)]);
    assert!(!rig.shown()[2].lit);
    assert_eq!([rig.foot(3, Press), rig.foot(3, Long)], [vec![], vec![]]);
    let board = Board { snapshot: Some(1), ..(*rig.state.board).clone() };
    rig.state.board = Arc::new(board);
    assert_eq!((rig.shown()[0].label.as_str(), rig.shown()[0].lit), ("Solo", true));
}

#[test]
fn an_assignment_can_make_a_switch_act_while_it_is_held() {
    use SwitchEvent::{Press, Release};
    let mut rig = Rig::new("", Settings::default());
    let shape = Shape { press: session::Press::Hold, ..Shape::default() };
    let mut board = (*rig.state.board).clone();
    board.addressings.insert(SHAPES.into(), vec![shape.addressing(ControlPort::bypass("echo"))]);
    rig.state.board = Arc::new(board);
    assert_eq!(rig.foot(0, Press), [cc(60, 127)]);
    assert_eq!(rig.foot(0, Release), [cc(60, 0)]);
}

#[test]
fn taps_count_from_the_press_and_lamps_blink_in_that_mode() {
    use SwitchEvent::{Click, Long, Press};
    let mut rig = Rig::new("", Settings { chords: Some(ChordMode::Prompt), ..Settings::default() });
    rig.foot(3, Press);
    rig.foot(3, Long);
    assert!(rig.controls.tap_mode);
    assert_eq!(rig.shown()[3].label, "120 BPM");
    rig.now = 5000;
    assert_eq!(rig.foot(3, Press), [Act::Intent(Intent::Signal(Signal::Beat))]);
    rig.now = 5600;
    let acts = rig.foot(3, Press);
    assert!(acts.contains(&Act::Intent(Intent::SetTempo(100.0))), "{acts:?}");
    assert_eq!(rig.foot(3, Click), []);
    assert!(rig.shown()[3].lit);
    rig.now = 5701;
    assert!(!rig.shown()[3].lit);
}

#[test]
fn one_encoder_moves_what_it_drives_and_another_the_volume() {
    let mut rig = Rig::new("", Settings::default());
    assert_eq!(rig.event(Event::Turn { encoder: 0, clicks: -2 }), [Act::Menu(MenuInput::Turn(-2))]);
    let acts = rig.event(Event::Turn { encoder: 1, clicks: 3 });
    let Act::Intent(Intent::SetMany { values }) = &acts[0] else { panic!("{acts:?}") };
    assert!((values[0].1 - 0.55).abs() < 1e-3, "three sixtieths up from the middle: {values:?}");
    assert_eq!(acts[1], Act::Intent(Intent::Signal(Signal::Touched(ControlPort::new("echo", "time")))));
    rig.now += 20;
    let fast = rig.event(Event::Turn { encoder: 1, clicks: 1 });
    let Act::Intent(Intent::SetMany { values }) = &fast[0] else { panic!("{fast:?}") };
    assert!(
        (values[0].1 - (0.5 + 4.0 / 60.0)).abs() < 1e-3,
        "fast turning goes four times as far: {values:?}"
    );
    assert_eq!(rig.event(Event::Turn { encoder: 2, clicks: 1 }), [cc(71, 72)], "nothing is bound to it");
    assert_eq!(rig.event(Event::Turn { encoder: 3, clicks: 4 }), [Act::Mixer(MixerChange::Output(0.0))]);
    assert_eq!(rig.event(Event::Turn { encoder: 3, clicks: 99 }), [Act::Mixer(MixerChange::Output(6.0))]);
    let long = Event::Switch(Part::Encoder(2), SwitchEvent::Long);
    assert_eq!(rig.event(long), [Act::Intent(Intent::LoadSnapshot(Step::Next))]);
}

#[test]
fn a_pedal_is_calibrated_curved_and_as_fine_as_its_converter() {
    let mut rig = Rig::new("", Settings::default());
    let wish = |rig: &mut Rig, wish| {
        let mut out = Vec::new();
        rig.controls.wish(wish, &rig.state, Moment::from_millis(rig.now), &mut out);
        out
    };
    rig.event(Event::Analog { index: 0, value: 100 });
    // the fourth of encoders 1 to 3 and the pedal
    assert_eq!(wish(&mut rig, Wish::CalibrateLow(3)), [Act::Keep]);
    rig.event(Event::Analog { index: 0, value: 900 });
    wish(&mut rig, Wish::CalibrateHigh(3));
    wish(&mut rig, Wish::ExpressionCurve(3, pedal_ui::model::Curve::Slow));
    let kept = Calibration { low: 100, high: 900, travel: Travel::Slow };
    assert_eq!(rig.controls.settings.calibration.get(&5), Some(&kept));
    let mut set = |value| match &rig.event(Event::Analog { index: 0, value })[0] {
        Act::Intent(Intent::SetMany { values }) => values[0].1,
        other => panic!("{other:?}"),
    };
    assert_eq!((set(90), set(1000)), (0.0, 1.0));
    assert!((set(500) - 0.25).abs() < 1e-3);
    assert!(set(501) > set(500), "finer than 128 steps");
    assert!(wish(&mut rig, Wish::CalibrateLow(0)).is_empty(), "an encoder has no ends");
}

#[test]
fn a_blend_begins_with_its_board_and_follows_the_pedal() {
    let over =
        "blend_snapshots:\n- name: Swell\n  input_id: 0\n  interpolation: build\n  stops: [clean, Solo, 2]\n";
    let mut rig = Rig::new(over, Settings::default());
    rig.event(Event::Analog { index: 0, value: 1023 });
    let mut out = Vec::new();
    rig.controls.board_loaded(&rig.state, &mut out);
    let Act::Intent(Intent::Morph(Some(morph))) = &out[0] else { panic!("{out:?}") };
    let stops: Vec<usize> = morph.stops.iter().map(|stop| stop.snapshot).collect();
    assert_eq!((stops, morph.position), (vec![0, 1, 2], 1.0));
    rig.state.morph = Some(Arc::new(morph.clone()));
    let moved = rig.event(Event::Analog { index: 0, value: 0 });
    assert_eq!(moved, [Act::Intent(Intent::MorphTo { position: 0.0 })]);
    // a snapshot ends it; the pedal drives its control again
    rig.state.morph = None;
    let moved = rig.event(Event::Analog { index: 0, value: 512 });
    assert!(matches!(&moved[0], Act::Intent(Intent::SetMany { .. })), "{moved:?}");
    let lost = over.replace("Solo", "Nowhere");
    let mut rig = Rig::new(&lost, Settings::default());
    let mut out = Vec::new();
    rig.controls.board_loaded(&rig.state, &mut out);
    assert!(matches!(&out[0], Act::Intent(Intent::Notify { text, .. }) if text.contains("Nowhere")));
}

#[test]
fn a_pedal_with_autosync_says_where_it_stands() {
    let mut rig = Rig::new("", Settings::default());
    rig.event(Event::Analog { index: 0, value: 1023 });
    let mut out = Vec::new();
    rig.controls.board_loaded(&rig.state, &mut out);
    let wanted = Intent::SetMany { values: vec![(ControlPort::new("echo", "mix"), 1.0)] };
    assert!(out.contains(&Act::Intent(wanted)), "{out:?}");
}

#[test]
fn a_control_that_waits_is_bound_to_what_is_moved() {
    let mut rig = Rig::new("", Settings::default());
    rig.state.learning = vec![ControlPort::new("echo", "mix")];
    assert_eq!(rig.event(Event::Turn { encoder: 1, clicks: 1 }), [cc(70, 72)]);
    assert_eq!(rig.event(Event::Analog { index: 0, value: 1023 }), [cc(75, 127)]);
}

#[test]
fn a_question_on_the_screen_takes_the_foot() {
    let mut rig = Rig::new("", Settings::default());
    let mut out = Vec::new();
    let press = |event| Event::Switch(Part::Footswitch(0), event);
    for event in [SwitchEvent::Press, SwitchEvent::Long, SwitchEvent::Release] {
        let asking = event == SwitchEvent::Press;
        rig.controls.event(press(event), &rig.state, asking, Moment::from_millis(1), &mut out);
    }
    assert_eq!(out, [Act::Menu(MenuInput::Footswitch(0))]);
}

#[test]
fn a_switch_with_a_port_of_its_own_speaks_to_that_device() {
    let over = "hardware:\n  footswitches:\n  - {id: 0, midi_port: Synth, midi_channel: 4}\n";
    let mut rig = Rig::new(over, Settings::default());
    let sent = Act::Send { port: "Synth".into(), cc: (4, 60, 127) };
    assert_eq!(rig.foot(0, SwitchEvent::Press), [sent]);
}

#[test]
fn words_and_colours_of_lamps() {
    let rig = Rig::new("", Settings::default());
    let shown = rig.shown();
    assert_eq!(
        (shown[0].label.as_str(), shown[0].lit, shown[0].long.as_str()),
        ("Echo", true, "Previous snapshot")
    );
    assert_eq!((shown[1].label.as_str(), shown[1].lit), ("CC 61", false));
    let strip = rig.controls.strip(&shown, [pedal_hardware::Rgb(1, 2, 3), pedal_hardware::Rgb::BLACK]);
    assert_eq!(strip[0], pedal_hardware::Rgb(199, 21, 133));
    assert_eq!((strip[1], strip[5]), (pedal_hardware::Rgb::BLACK, pedal_hardware::Rgb(1, 2, 3)));
    let mut panel = Panel::default();
    rig.controls.fill(&mut panel, &shown, &rig.state);
    assert_eq!(panel.controls.len(), 4);
    assert_eq!(panel.controls[0].parameter, Some(("echo".into(), "time".into())));
    assert_eq!(panel.controls[3].kind, pedal_ui::model::ControlKind::Expression);
}

#[test]
fn a_midi_foot_controller_recalls_taps_and_holds() {
    let text = "hardware:\n  version: 3.0\n  footswitches:\n  - {id: 0, midi_CC: 20, preset: UP}\n  - {id: 1, midi_CC: 21, longpress: next_pedalboard}\n";
    let config = Config::parse(text).unwrap();
    let setup = Setup::new(&Profile::generic(), &config);
    let settings = Settings { chords: Some(ChordMode::Prompt), ..Settings::default() };
    let (mut controls, state) = (Controls::new(setup, settings), state());
    let mut at = |millis, controller, value| {
        let mut out = Vec::new();
        let now = Moment::from_millis(millis);
        controls.tick(&state, now, &mut out);
        controls.far((13, controller, value), &state, false, now, &mut out);
        out
    };
    let next = Act::Intent(Intent::LoadSnapshot(Step::Next));
    assert_eq!([at(100, 20, 127), at(200, 20, 0)], [vec![next.clone()], vec![]]);
    // one that never says that it was let go
    assert_eq!([at(1000, 20, 127), at(1200, 20, 127)], [vec![next.clone()], vec![next]]);
    assert_eq!(at(2000, 21, 127), [], "the engine has moved what is bound to it");
    assert_eq!(at(2600, 99, 127), [Act::Intent(Intent::StepBoard(Step::Next))], "held");
    assert_eq!(at(2700, 21, 0), []);
}
