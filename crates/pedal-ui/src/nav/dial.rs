//! Values that are turned: their range, their steps, and how they are written.

use super::menu::band_name;
use super::place::Target;
use crate::UiAction;
use crate::model::{Colour, Kind, Model, Parameter};
use crate::view::Dial;

/// Detents from one end of a parameter to the other.
const STEPS: f32 = 60.0;
/// Colour of dials that belong to no plugin.
const NEUTRAL: Colour = Colour::new(255, 176, 32);

/// What is turned, as numbers.
struct Scale {
    context: String,
    name: String,
    unit: String,
    value: f32,
    min: f32,
    max: f32,
    default: Option<f32>,
    /// Size of a detent; none: a 60th of the way.
    step: Option<f32>,
    logarithmic: bool,
    decimals: usize,
    signed: bool,
    colour: Colour,
}

impl Scale {
    fn new(context: &str, name: &str, unit: &str, value: f32, range: (f32, f32), step: f32) -> Self {
        Self {
            context: context.into(),
            name: name.into(),
            unit: unit.into(),
            value,
            min: range.0,
            max: range.1,
            default: None,
            step: Some(step),
            logarithmic: false,
            decimals: usize::from(step.fract() != 0.0),
            signed: unit == "dB",
            colour: NEUTRAL,
        }
    }

    fn of_parameter(context: &str, colour: Colour, parameter: &Parameter) -> Self {
        Self {
            context: context.into(),
            name: parameter.name.clone(),
            unit: parameter.unit.clone(),
            value: parameter.value,
            min: parameter.min,
            max: parameter.max,
            default: Some(parameter.default),
            step: match parameter.kind {
                Kind::Integer => Some(1.0),
                Kind::Toggle => Some(parameter.max - parameter.min),
                _ => None,
            },
            logarithmic: parameter.kind == Kind::Logarithmic && parameter.min > 0.0,
            decimals: decimals(parameter),
            signed: false,
            colour,
        }
    }

    /// Place of `value` between the ends, 0 to 1.
    fn position(&self, value: f32) -> f32 {
        let span = self.max - self.min;
        // A plugin may declare a range that is none.
        if !(span.is_finite() && span > 0.0 && value.is_finite()) {
            return 0.0;
        }
        let value = value.clamp(self.min, self.max);
        if self.logarithmic {
            (value / self.min).ln() / (self.max / self.min).ln()
        } else {
            (value - self.min) / span
        }
    }

    /// The value after `detents`.
    fn turned(&self, detents: i32) -> f32 {
        if !(self.max > self.min && (self.max - self.min).is_finite()) {
            return self.value;
        }
        let value = match self.step {
            Some(step) if step > 0.0 => self.value + step * detents as f32,
            _ => {
                let place = (self.position(self.value) + detents as f32 / STEPS).clamp(0.0, 1.0);
                if self.logarithmic {
                    self.min * (self.max / self.min).powf(place)
                } else {
                    self.min + (self.max - self.min) * place
                }
            }
        };
        if value.is_finite() { value.clamp(self.min, self.max) } else { self.min }
    }

    fn text(&self, value: f32) -> String {
        number(value, self.decimals, self.signed)
    }
}

fn number(value: f32, decimals: usize, signed: bool) -> String {
    // No "-0.0".
    let small = 0.5 * 10.0_f32.powi(-(decimals as i32));
    let value = if value.abs() < small { 0.0 } else { value };
    if signed && value > 0.0 { format!("+{value:.decimals$}") } else { format!("{value:.decimals$}") }
}

/// So many that one detent is seen.
fn decimals(parameter: &Parameter) -> usize {
    if parameter.kind == Kind::Integer {
        return 0;
    }
    let shown = if parameter.kind == Kind::Logarithmic {
        parameter.value.abs()
    } else {
        parameter.max - parameter.min
    };
    match shown {
        span if span >= 100.0 => 0,
        span if span >= 10.0 => 1,
        _ => 2,
    }
}

/// A parameter's value in words, and its unit.
pub(super) fn value_text(parameter: &Parameter) -> (String, String) {
    match &parameter.kind {
        Kind::Choice(choices) => {
            let near = |value: f32| (value - parameter.value).abs();
            let name = choices.iter().min_by(|a, b| near(a.value).total_cmp(&near(b.value)));
            (name.map_or(String::new(), |choice| choice.name.clone()), String::new())
        }
        Kind::Toggle => {
            let on = parameter.value >= f32::midpoint(parameter.min, parameter.max);
            (if on { "On" } else { "Off" }.to_owned(), String::new())
        }
        _ => (number(parameter.value, decimals(parameter), false), parameter.unit.clone()),
    }
}

fn scale(target: &Target, model: &Model) -> Option<Scale> {
    let mixer = model.audio.mixer.as_ref();
    Some(match target {
        Target::Parameter(instance, symbol) => {
            let plugin = model.plugin(instance)?;
            let parameter = model.parameter(instance, symbol)?;
            Scale::of_parameter(&plugin.name, plugin.category.colour(), parameter)
        }
        Target::OutputVolume => {
            let mixer = mixer?;
            Scale::new("Audio", "Output volume", "dB", mixer.output_volume, mixer.output_range, 0.5)
        }
        Target::InputGain => {
            let mixer = mixer?;
            Scale::new("Audio", "Input gain", "dB", mixer.input_gain, mixer.input_range, 0.75)
        }
        Target::EqBand(band) => {
            let gain = *mixer?.bands.get(*band)?;
            let mut scale = Scale::new("Equaliser", band_name(*band), "dB", gain, (-10.5, 12.0), 1.5);
            scale.default = Some(0.0);
            scale
        }
        Target::VuBaseline => {
            let baseline = f32::from(mixer?.vu_baseline?);
            let mut scale = Scale::new("Audio", "VU calibration", "", baseline, (502.0, 522.0), 1.0);
            scale.default = Some(512.0);
            scale
        }
        Target::Tempo => {
            let mut scale = Scale::new("Board", "Tempo", "BPM", model.tempo.bpm, (40.0, 300.0), 1.0);
            scale.default = Some(120.0);
            scale
        }
        Target::Reference => {
            let mut scale = Scale::new("Tuner", "A4", "Hz", model.tuner.reference, (420.0, 460.0), 1.0);
            scale.default = Some(440.0);
            scale
        }
    })
}

/// What the dial shows; none: the thing has gone.
pub(super) fn view(target: &Target, model: &Model) -> Option<Dial> {
    let scale = scale(target, model)?;
    let (value, unit) = match target {
        Target::Parameter(instance, symbol) => value_text(model.parameter(instance, symbol)?),
        _ => (scale.text(scale.value), scale.unit.clone()),
    };
    Some(Dial {
        value,
        unit,
        low: scale.text(scale.min),
        high: scale.text(scale.max),
        position: scale.position(scale.value),
        default: scale.default.map(|value| scale.position(value)),
        colour: scale.colour,
        hint: if scale.default.is_some() { "hold: default".into() } else { String::new() },
        context: scale.context,
        name: scale.name,
    })
}

/// The action of turning by `detents`; none: it stands at the end, or has gone.
pub(super) fn turn(target: &Target, model: &Model, detents: i32) -> Option<UiAction> {
    let choices = match target {
        Target::Parameter(instance, symbol) => match &model.parameter(instance, symbol)?.kind {
            Kind::Choice(choices) => Some(choices),
            _ => None,
        },
        _ => None,
    };
    let scale = scale(target, model)?;
    let value = match choices {
        // From name to name.
        Some(choices) => {
            let near = |value: f32| (value - scale.value).abs();
            let (at, _) =
                choices.iter().enumerate().min_by(|a, b| near(a.1.value).total_cmp(&near(b.1.value)))?;
            let last = choices.len() as i64 - 1;
            choices[(at as i64 + i64::from(detents)).clamp(0, last) as usize].value
        }
        None => scale.turned(detents),
    };
    (value.to_bits() != scale.value.to_bits()).then(|| action(target, value))
}

/// The action of setting the default.
pub(super) fn reset(target: &Target, model: &Model) -> Option<UiAction> {
    scale(target, model)?.default.map(|value| action(target, value))
}

fn action(target: &Target, value: f32) -> UiAction {
    match target {
        Target::Parameter(instance, symbol) => {
            UiAction::SetParameter { instance: instance.clone(), symbol: symbol.clone(), value }
        }
        Target::OutputVolume => UiAction::SetOutputVolume(value),
        Target::InputGain => UiAction::SetInputGain(value),
        Target::EqBand(band) => UiAction::SetEqBand(*band, value),
        Target::VuBaseline => UiAction::SetVuBaseline(value.round() as u16),
        Target::Tempo => UiAction::SetTempo(value),
        Target::Reference => UiAction::SetTunerReference(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(value: f32, min: f32, max: f32, kind: Kind) -> Parameter {
        Parameter { value, min, max, default: min, kind, ..Parameter::default() }
    }

    #[test]
    fn sixty_detents_are_the_whole_way_on_both_tapers() {
        for kind in [Kind::Linear, Kind::Logarithmic] {
            let scale = Scale::of_parameter("", NEUTRAL, &parameter(20.0, 20.0, 20_000.0, kind));
            assert!((scale.turned(60) - 20_000.0).abs() < 1.0);
            assert!((scale.turned(-5) - 20.0).abs() < 1e-3);
        }
        let scale = Scale::of_parameter("", NEUTRAL, &parameter(20.0, 20.0, 20_000.0, Kind::Logarithmic));
        assert!((scale.turned(30) - 632.5).abs() < 1.0, "{}", scale.turned(30));
    }

    #[test]
    fn a_range_that_is_none_moves_nothing() {
        for (min, max) in [(1.0, 1.0), (f32::NAN, 1.0), (5.0, 1.0), (f32::NEG_INFINITY, f32::INFINITY)] {
            let scale = Scale::of_parameter("", NEUTRAL, &parameter(1.0, min, max, Kind::Linear));
            assert_eq!(scale.turned(7).to_bits(), 1.0_f32.to_bits());
            assert_eq!(scale.position(1.0), 0.0);
        }
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(-0.04, 1, true), "0.0");
        assert_eq!(number(1.5, 1, true), "+1.5");
        assert_eq!(value_text(&parameter(2400.0, 200.0, 8000.0, Kind::Logarithmic)).0, "2400");
        assert_eq!(value_text(&parameter(6.2, 0.0, 10.0, Kind::Linear)).0, "6.2");
    }
}
