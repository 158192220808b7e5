//! What the screen's menus ask of the hardware.

use pedal_hardware::Moment;
use pedal_hardware::config::{Calibration, Travel};
use pedal_hardware::input::FULL;
use pedal_ui::model::{Curve, Side};

use super::core::{Act, Controls, INPUT_RANGE};
use crate::display::Wish;
use crate::hardware::MixerChange;
use crate::session::State;

impl Controls {
    /// Does what a menu asks.
    pub fn wish(&mut self, wish: Wish, state: &State, now: Moment, out: &mut Vec<Act>) {
        match wish {
            Wish::PressFootswitch(number) => self.press(number, state, now, out),
            Wish::HoldFootswitch(number) => self.hold(number, state, now, out),
            Wish::Tap => self.tap(now, out),
            Wish::TapMode(on) => self.tap_mode = on,
            Wish::TrueBypass(active) => {
                let sides = self.sides();
                self.pass_by(active, sides, out);
            }
            Wish::BypassSide(side) => {
                let word = match side {
                    Side::Left => "LEFT",
                    Side::Right => "RIGHT",
                    Side::Both => "LEFT_RIGHT",
                };
                self.settings.bypass = Some(word.to_owned());
                out.push(Act::Keep);
                if self.bypassed {
                    let sides = self.sides();
                    self.pass_by(true, sides, out);
                }
            }
            // the task's own: it needs the wires as they are
            Wish::SelfTest => {}
            Wish::Blend(at) => self.begin_blend(at, state, out),
            Wish::OutputVolume(decibels) => self.volume(decibels, out),
            Wish::InputGain(decibels) => {
                self.levels.input = decibels.clamp(INPUT_RANGE.0, INPUT_RANGE.1);
                out.push(Act::Mixer(MixerChange::Input(self.levels.input)));
            }
            Wish::Eq(on) => {
                self.levels.equaliser = on;
                self.equaliser(out);
            }
            Wish::EqBand(band, decibels) => {
                if let Some(old) = self.levels.bands.get_mut(band) {
                    *old = ((decibels.clamp(-10.5, 12.0) + 10.5) / 1.5).round() * 1.5 - 10.5;
                    self.equaliser(out);
                }
            }
            Wish::VuBaseline(count) => {
                self.settings.vu_baseline = Some(count.clamp(502, 522));
                out.push(Act::Keep);
            }
            Wish::CalibrateLow(control) => {
                self.calibrate(control, out, |one, count| one.low = count.unwrap_or(0));
            }
            Wish::CalibrateHigh(control) => {
                self.calibrate(control, out, |one, count| one.high = count.unwrap_or(FULL));
            }
            Wish::ExpressionCurve(control, curve) => self.calibrate(control, out, |one, _| {
                one.travel = match curve {
                    Curve::Linear => Travel::Linear,
                    Curve::Slow => Travel::Slow,
                    Curve::Fast => Travel::Fast,
                };
            }),
            Wish::LcdSpeed(megahertz) => {
                if let Some(speed) = [24, 48, 56, 80].into_iter().find(|speed| u32::from(*speed) == megahertz)
                {
                    self.settings.lcd_spi_speed_mhz = Some(speed);
                    out.push(Act::Keep);
                }
            }
        }
    }

    fn equaliser(&self, out: &mut Vec<Act>) {
        let bands = self.levels.equaliser.then_some(self.levels.bands);
        out.push(Act::Mixer(MixerChange::Equaliser(bands)));
    }

    fn calibrate(
        &mut self,
        control: usize,
        out: &mut Vec<Act>,
        change: impl FnOnce(&mut Calibration, Option<u16>),
    ) {
        let Some((index, channel)) = self.channel_of(control) else { return };
        let count = self.counts.get(index).copied().flatten();
        let one = self.settings.calibration.entry(channel).or_default();
        change(one, count);
        out.push(Act::Keep);
    }
}
