//! What lamps and screen show of the controls.

use pedal_hardware::config::{Action, Snapshot, Travel};
use pedal_hardware::profile::{Bypass, Lamp};
use pedal_hardware::{Moment, Rgb};
use pedal_ui::model;

use super::bound::bound;
use super::core::{Controls, INPUT_RANGE, output_range};
use super::tap::flash;
use crate::display::{Panel, Screen};
use crate::session::State;

/// Clocks of the display's bus that can be chosen, in MHz.
const SPEEDS: [u32; 4] = [24, 48, 56, 80];
/// A lamp of a switch that drives nothing of a known colour.
const PLAIN: Rgb = Rgb(200, 200, 200);

/// A footswitch's lamp and its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Its colour, also while it is dark.
    pub colour: Rgb,
    /// Whether it is lit.
    pub lit: bool,
    /// What it does, in a word or two.
    pub label: String,
    /// What holding it does.
    pub long: String,
}

impl Controls {
    /// All footswitches, and when a lamp changes by itself.
    pub fn shown(&self, state: &State, now: Moment) -> (Vec<Shown>, Option<Moment>) {
        let mut next = None;
        let mut all = Vec::new();
        for (number, foot) in self.setup.feet.iter().enumerate() {
            let long = foot.bypass.map(|_| "Bypass".to_owned());
            let long = long.unwrap_or_else(|| foot.long.iter().map(word).collect::<Vec<_>>().join(", "));
            let mut shown =
                Shown { colour: foot.colour.unwrap_or(PLAIN), lit: false, label: String::new(), long };
            if foot.disabled {
                shown.long.clear();
            } else if self.tap_mode && foot.taps {
                let (lit, change) = flash(self.tap.last(), state.board.tempo.bpm, now);
                (shown.lit, shown.label) = (lit, format!("{:.0} BPM", state.board.tempo.bpm));
                next = Some(change);
            } else if let Some(preset) = foot.preset {
                (shown.label, shown.lit) = match preset {
                    Snapshot::Up => ("Next".to_owned(), false),
                    Snapshot::Down => ("Previous".to_owned(), false),
                    Snapshot::Index(at) => {
                        let at = usize::from(at);
                        let name = state.board.snapshots.get(at).map(|snapshot| snapshot.name.clone());
                        (
                            name.unwrap_or_else(|| format!("Snapshot {}", at + 1)),
                            state.board.snapshot == Some(at),
                        )
                    }
                };
            } else if let Some(first) = bound(&state.board, &foot.midi).first() {
                (shown.label, shown.lit) = (first.label(), first.lit());
                shown.colour = foot.colour.unwrap_or_else(|| first.colour());
            } else if let Some(cc) = foot.midi.cc {
                (shown.label, shown.lit) = (format!("CC {cc}"), self.is_on(number));
            }
            all.push(shown);
        }
        (all, next)
    }

    /// Colours of the strip's pixels; those of the level lamps are `levels` (left, right).
    pub fn strip(&self, shown: &[Shown], levels: [Rgb; 2]) -> Vec<Rgb> {
        let mut pixels = vec![Rgb::BLACK; self.setup.profile.strip];
        for (foot, shown) in self.setup.profile.footswitches.iter().zip(shown) {
            if let Some(Lamp::Strip(at)) = foot.lamp
                && let Some(pixel) = pixels.get_mut(at)
            {
                *pixel = if shown.lit { shown.colour } else { Rgb::BLACK };
            }
        }
        for ((_, at), level) in self.setup.profile.vu.into_iter().flatten().zip(levels) {
            if let Some(pixel) = pixels.get_mut(at) {
                *pixel = level;
            }
        }
        pixels
    }

    /// Lamps on GPIO lines.
    pub fn lines(&self, shown: &[Shown]) -> Vec<(u32, bool)> {
        let feet = self.setup.profile.footswitches.iter().zip(shown);
        feet.filter_map(|(foot, shown)| match foot.lamp {
            Some(Lamp::Gpio(line)) => Some((line, shown.lit)),
            _ => None,
        })
        .collect()
    }

    /// Writes what the screen shows of the controls.
    pub fn fill(&self, panel: &mut Panel, shown: &[Shown], state: &State) {
        use pedal_hardware::profile::Screen as Mounted;
        let mono = self.setup.profile.screen == Some(Mounted::Mono);
        panel.screen = if mono { Screen::Mono } else { Screen::Colour };
        let colour = |Rgb(red, green, blue)| model::Colour { red, green, blue };
        panel.footswitches = shown
            .iter()
            .map(|one| model::Footswitch {
                label: one.label.clone(),
                colour: colour(one.colour),
                lit: one.lit,
                long: one.long.clone(),
            })
            .collect();
        let wire = |midi: &super::setup::Wiring| {
            midi.cc.filter(|_| midi.port.is_none()).map(|controller| (midi.channel, controller))
        };
        panel.wires =
            self.setup.feet.iter().map(|foot| wire(&foot.midi).filter(|_| !foot.disabled)).collect();
        panel.controls = self.knobs(state);
        panel.tap_mode = self.tap_mode;
        panel.blends = self.setup.blends.iter().map(|blend| blend.name.clone()).collect();
        panel.bypass = (self.setup.profile.bypass != Bypass::None).then(|| model::Bypass {
            active: self.bypassed,
            side: match self.sides() {
                [true, false] => model::Side::Left,
                [false, true] => model::Side::Right,
                _ => model::Side::Both,
            },
        });
        let codec = self.setup.profile.name != "generic";
        panel.mixer = codec.then(|| model::Mixer {
            output_volume: self.levels.output,
            output_range: output_range(&self.setup),
            input_gain: self.levels.input,
            input_range: INPUT_RANGE,
            eq: self.levels.equaliser,
            bands: self.levels.bands.to_vec(),
            vu_baseline: self.setup.profile.vu.map(|_| self.settings.vu_baseline.unwrap_or(512)),
        });
        let adjustable = codec && !mono;
        panel.lcd_mhz = adjustable.then(|| self.settings.lcd_spi_speed_mhz.unwrap_or(24).into());
        panel.lcd_speeds = if adjustable { SPEEDS.to_vec() } else { Vec::new() };
    }

    /// Encoders without navigation, then knobs and pedals.
    fn knobs(&self, state: &State) -> Vec<model::Control> {
        let mut all = Vec::new();
        for setup in self.setup.encoders.iter().skip(1) {
            let mut one = model::Control { kind: model::ControlKind::Knob, ..model::Control::default() };
            if setup.volume {
                let (low, high) = output_range(&self.setup);
                one.kind = model::ControlKind::Volume;
                one.label = "Volume".to_owned();
                one.position = (self.levels.output - low) / (high - low);
                one.text = format!("{:.2} dB", self.levels.output);
            } else {
                drives(&mut one, &bound(&state.board, &setup.midi));
            }
            all.push(one);
        }
        for (setup, count) in self.setup.analog.iter().zip(&self.counts) {
            let calibration = self.calibration(setup.channel);
            let kind =
                if setup.expression { model::ControlKind::Expression } else { model::ControlKind::Knob };
            let mut one = model::Control { kind, ..model::Control::default() };
            drives(&mut one, &bound(&state.board, &setup.midi));
            if let Some(count) = count {
                one.position = calibration.way(*count);
            }
            one.curve = match calibration.travel {
                Travel::Linear => model::Curve::Linear,
                Travel::Slow => model::Curve::Slow,
                Travel::Fast => model::Curve::Fast,
            };
            if setup.expression
                && let Some(blend) = self.blend.and_then(|at| self.setup.blends.get(at))
                && blend.input_id == 0
            {
                one.label.clone_from(&blend.name);
                one.parameter = None;
            }
            all.push(one);
        }
        all
    }

    /// The channel of the converter of a place in [`Panel::controls`], when it has one.
    pub fn channel_of(&self, control: usize) -> Option<(usize, u8)> {
        let index = control.checked_sub(self.setup.encoders.len().saturating_sub(1))?;
        self.setup.analog.get(index).map(|setup| (index, setup.channel))
    }
}

fn drives(one: &mut model::Control, driven: &[super::bound::Bound<'_>]) {
    let Some(first) = driven.first() else { return };
    one.label = first.label();
    one.position = first.way();
    one.text = first.text();
    one.parameter = Some((first.port.instance.label().to_owned(), first.port.symbol.to_string()));
}

fn word(action: &Action) -> String {
    let place = |to: &Snapshot, what: &str| match to {
        Snapshot::Up => format!("Next {what}"),
        Snapshot::Down => format!("Previous {what}"),
        Snapshot::Index(at) => format!("{what} {}", at + 1),
    };
    match action {
        Action::Cc(cc) => format!("CC {cc}"),
        Action::Preset(to) => place(to, "snapshot"),
        Action::Pedalboard(to) => place(to, "board"),
        Action::Named(name) => match name.as_str() {
            "next_snapshot" => "Next snapshot",
            "previous_snapshot" => "Previous snapshot",
            "next_pedalboard" => "Next board",
            "previous_pedalboard" => "Previous board",
            "toggle_bypass" => "Bypass",
            "set_mod_tap_tempo" => "Tap",
            "toggle_tap_tempo_enable" => "Tap mode",
            "toggle_tuner_enable" => "Tuner",
            other => other,
        }
        .to_owned(),
    }
}
