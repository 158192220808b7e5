//! From the wires of a simulated pedal to the sound: switches, encoders and a pedal move a tone through the real engine, on
//! the samples' clock.

use std::sync::Arc;

use pedal_hardware::config::{Config, Settings};
use pedal_hardware::input::Part;
use pedal_hardware::simulate::SimulatedPedal;
use pedal_hardware::{Moment, Profile, Rgb};
use pedald::controls::{Act, Controls, Setup};
use pedald::session::{ControlPort, MidiBinding};
use pedald::store::MemoryDisk;

use crate::boards::chain;
use crate::rig::{PERIOD, RATE, Rig, gain, near, tone};

/// The channel of pi-Stomp's messages on the wire.
const CHANNEL: u8 = 13;

struct Stage {
    rig: Rig,
    pedal: SimulatedPedal,
    controls: Controls,
    blocks: u64,
}

/// A gain of 0.5 whose bypass is on switch 0 and which encoder 1 turns up to 2; behind it one that the pedal turns up to 1.
fn stage() -> Stage {
    let mut board = chain("Tone", 3);
    let bind = |controller, max| MidiBinding { channel: CHANNEL, controller, min: 0.0, max };
    let first = Arc::make_mut(&mut board.plugins[0]);
    first.values.insert("gain".into(), 0.5);
    first.midi.insert(ControlPort::BYPASS.into(), bind(60, 1.0));
    first.midi.insert("gain".into(), bind(70, 2.0));
    Arc::make_mut(&mut board.plugins[2]).midi.insert("gain".into(), bind(75, 1.0));
    let mut loud = board.capture("Loud");
    for plugin in loud.plugins.values_mut() {
        for value in plugin.values.values_mut() {
            *value = 0.9;
        }
    }
    board.snapshots = vec![Arc::new(board.capture("Default")), Arc::new(loud)];
    board.snapshot = Some(0);
    let disk = MemoryDisk::default().with("/b/0", board);
    disk.contents().last = Some("/b/0".into());
    let config = Config::built_in(&Profile::v3(), true);
    let setup = Setup::new(&Profile::v3(), &config);
    let pedal = SimulatedPedal::new(&Profile::v3());
    pedal.rewire(&setup.profile);
    let mut stage =
        Stage { rig: Rig::new(disk), pedal, controls: Controls::new(setup, Settings::default()), blocks: 0 };
    stage.play(400);
    assert_eq!(stage.rig.core.state().board.title, "Tone");
    stage
}

impl Stage {
    /// Plays a tone for so many blocks, while feet and hands do what they have begun; what is heard.
    fn play(&mut self, blocks: usize) -> Vec<f32> {
        let mut heard = Vec::new();
        for _ in 0..blocks {
            let now = Moment(self.blocks * PERIOD as u64 * 1_000_000 / u64::from(RATE));
            self.pedal.advance_to(now);
            let mut acts = Vec::new();
            let state = self.rig.core.state().clone();
            for event in self.pedal.take_events() {
                self.controls.event(event, &state, false, now, &mut acts);
            }
            self.controls.tick(&state, now, &mut acts);
            for act in acts {
                match act {
                    Act::Intent(intent) => drop(self.rig.ask(intent)),
                    other => panic!("{other:?}"),
                }
            }
            heard.extend(self.rig.run(1, tone));
            self.blocks += 1;
        }
        heard
    }

    fn lamps(&self) -> Vec<bool> {
        let (shown, _) = self.controls.shown(self.rig.core.state(), self.pedal.now());
        shown.iter().map(|one| one.lit).collect()
    }
}

#[test]
fn a_foot_is_heard_in_the_next_block_and_without_a_click() {
    let mut stage = stage();
    let before = stage.play(200);
    near(gain(&before), 0.5);
    assert!(stage.lamps()[0]);
    stage.pedal.press(Part::Footswitch(0), true);
    let mut heard = before;
    heard.extend(stage.play(20));
    stage.pedal.press(Part::Footswitch(0), false);
    heard.extend(stage.play(200));
    near(gain(&heard), 1.0);
    assert!(!stage.lamps()[0]);
    // the steepest step of the louder tone, and no more
    let steepest = 0.5 * std::f32::consts::TAU * 1000.0 / RATE as f32;
    let jump = heard.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
    assert!(jump < steepest * 1.05, "a step of {jump}, the tone's own is {steepest}");
    // the fade has begun within the block after the press: its end is already louder than the quiet tone's peak
    let quiet = 0.25 + 1e-3;
    let first =
        heard[200 * PERIOD..].iter().position(|sample| sample.abs() > quiet).expect("it grows louder");
    assert!(first < 6 * PERIOD, "{first} frames after the press");
    stage.pedal.press(Part::Footswitch(0), true);
    near(gain(&stage.play(200)), 0.5);
    assert!(stage.lamps()[0]);
}

#[test]
fn hands_turn_and_a_long_press_recalls_a_snapshot() {
    let mut stage = stage();
    // slowly: each click is a sixtieth of the way to 2
    for _ in 0..6 {
        stage.pedal.turn(1, 1);
        stage.play(100);
    }
    near(gain(&stage.play(200)), 0.7);
    stage.pedal.expression(0, 0.5);
    near(gain(&stage.play(200)), 0.35);
    stage.pedal.expression(0, 1.0);
    near(gain(&stage.play(200)), 0.7);
    // the switch's own controller drives nothing; held, it asks for the next snapshot
    stage.pedal.press(Part::Footswitch(1), true);
    let blocks = |seconds: f64| (seconds * f64::from(RATE) / PERIOD as f64) as usize;
    stage.play(blocks(0.85));
    assert_eq!(stage.rig.core.state().board.snapshot, Some(0), "0.5 s, and 0.4 s for a chord");
    let heard = stage.play(blocks(0.4));
    assert_eq!(stage.rig.core.state().board.snapshot, Some(1));
    near(gain(&heard), 0.81);
    stage.pedal.press(Part::Footswitch(1), false);
    near(gain(&stage.play(200)), 0.81);
}

#[test]
fn colours_come_from_the_board() {
    let stage = stage();
    let (shown, _) = stage.controls.shown(stage.rig.core.state(), Moment::default());
    assert_eq!(shown[0].label, "gain");
    let strip = stage.controls.strip(&shown, [Rgb::BLACK; 2]);
    assert_eq!((strip.len(), strip[0] != Rgb::BLACK, strip[1]), (6, true, Rgb::BLACK));
}
