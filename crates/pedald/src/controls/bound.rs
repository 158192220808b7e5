//! What a controller of ours drives on the present board: its values, how a turn moves them, what a lamp shows of them.

use pedal_hardware::Rgb;
use pedal_ui::model::Category;

use super::setup::Wiring;
use crate::session::{
    Board, ControlKind, ControlPort, ControlSpec, MidiBinding, PITCH_BEND, Plugin, value_at,
};

/// Steps of a continuous control from one end to the other.
const STEPS: f32 = 60.0;

/// A control that is bound to a controller.
#[derive(Debug, Clone)]
pub struct Bound<'a> {
    /// The control.
    pub port: ControlPort,
    /// How it is bound.
    pub binding: MidiBinding,
    /// Its plugin; none for the board's own.
    pub plugin: Option<&'a Plugin>,
    /// What it is; none for a bypass and for the board's own.
    pub control: Option<&'a ControlSpec>,
    /// Its value now.
    pub value: f32,
}

/// Everything that this controller drives, in the order of the plugins.
pub fn bound<'a>(board: &'a Board, midi: &Wiring) -> Vec<Bound<'a>> {
    let Some(cc) = midi.cc.filter(|_| midi.port.is_none()) else { return Vec::new() };
    let ours =
        board.bindings().filter(|(_, binding)| binding.channel == midi.channel && binding.controller == cc);
    ours.filter_map(|(port, binding)| {
        let value = board.value(&port)?;
        let plugin = board.plugin(&port.instance).map(|plugin| &**plugin);
        let control = plugin.and_then(|plugin| plugin.spec.control(&port.symbol));
        Some(Bound { port, binding, plugin, control, value })
    })
    .collect()
}

impl Bound<'_> {
    /// Whether its lamp is lit: a bypass while the plugin sounds, another control from its middle up.
    pub fn lit(&self) -> bool {
        if self.port.is_bypass() {
            return self.value < 1.0;
        }
        self.value >= (self.binding.min + self.binding.max) / 2.0
    }

    /// Colour of its plugin's category.
    pub fn colour(&self) -> Rgb {
        let name = self.plugin.and_then(|plugin| plugin.spec.categories.first());
        let colour = Category::from_name(name.map_or("", String::as_str)).colour();
        Rgb(colour.red, colour.green, colour.blue)
    }

    /// Where it stands between the binding's ends, 0–1.
    pub fn way(&self) -> f32 {
        let position = crate::session::position_of(&self.fine(), self.spec().as_ref(), self.value);
        f32::from(position) / 16383.0
    }

    /// The value at a place (0–1) between the binding's ends, finer than a controller's 128 steps.
    pub fn at(&self, way: f32) -> f32 {
        let position = (way.clamp(0.0, 1.0) * 16383.0).round() as u16;
        value_at(&self.fine(), self.spec().as_ref(), position)
    }

    /// The value after so many steps of an encoder, right positive.
    pub fn stepped(&self, steps: i32) -> f32 {
        let Some(control) = self.control else {
            if self.port.is_bypass() {
                return if steps > 0 { 0.0 } else { 1.0 };
            }
            // the tempo, in whole beats
            let (low, high) = self.ends();
            return (self.value + steps as f32).clamp(low, high);
        };
        let (low, high) = self.ends();
        let upward = if self.binding.max >= self.binding.min { steps } else { -steps };
        match control.kind {
            ControlKind::Toggle => {
                if steps > 0 {
                    control.max
                } else {
                    control.min
                }
            }
            ControlKind::Trigger => control.max,
            ControlKind::Integer => (self.value.round() + upward as f32).clamp(low, high),
            ControlKind::Enumeration if !control.scale_points.is_empty() => {
                let mut points: Vec<f32> = control.scale_points.iter().map(|(_, value)| *value).collect();
                points.retain(|point| (low..=high).contains(point));
                points.sort_by(f32::total_cmp);
                let nearest = |(_, one): &(usize, &f32), (_, two): &(usize, &f32)| {
                    (**one - self.value).abs().total_cmp(&(**two - self.value).abs())
                };
                let Some((now, _)) = points.iter().enumerate().min_by(nearest) else { return self.value };
                // fast turning shall not jump over a choice
                let next = now.saturating_add_signed(upward.signum() as isize).min(points.len() - 1);
                points[next]
            }
            ControlKind::Enumeration => (self.value.round() + upward.signum() as f32).clamp(low, high),
            _ => self.at(self.way() + steps as f32 / STEPS),
        }
    }

    fn ends(&self) -> (f32, f32) {
        (self.binding.min.min(self.binding.max), self.binding.max.max(self.binding.min))
    }

    /// The same binding with the resolution of 14 bits.
    fn fine(&self) -> MidiBinding {
        MidiBinding { controller: PITCH_BEND, ..self.binding }
    }

    /// What the mapping must know; none is a bypass.
    fn spec(&self) -> Option<ControlSpec> {
        match self.control {
            Some(control) => Some(control.clone()),
            None if self.port.is_bypass() => None,
            None => Some(ControlSpec::default()),
        }
    }

    /// A few letters that say what it drives.
    pub fn label(&self) -> String {
        let Some(plugin) = self.plugin else { return self.port.symbol.trim_start_matches(':').to_owned() };
        let name = if plugin.spec.label.is_empty() { &plugin.spec.name } else { &plugin.spec.label };
        match self.control {
            None => name.clone(),
            Some(control) if control.short_name.is_empty() => control.name.clone(),
            Some(control) => control.short_name.clone(),
        }
    }

    /// The value as text.
    pub fn text(&self) -> String {
        let Some(control) = self.control else {
            return if self.port.is_bypass() {
                if self.value < 1.0 { "on" } else { "off" }.to_owned()
            } else {
                format!("{:.0}", self.value)
            };
        };
        let near = |(_, value): &&(String, f32)| (*value - self.value).abs() < 1e-4;
        if let Some((name, _)) = control.scale_points.iter().find(near) {
            return name.clone();
        }
        let unit = if control.unit.is_empty() { String::new() } else { format!(" {}", control.unit) };
        match control.kind {
            ControlKind::Toggle => {
                if self.value >= (control.min + control.max) / 2.0 { "on" } else { "off" }.to_owned()
            }
            ControlKind::Integer | ControlKind::Enumeration => format!("{:.0}{unit}", self.value),
            _ if self.value.abs() >= 100.0 => format!("{:.0}{unit}", self.value),
            _ => format!("{:.2}{unit}", self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::session::{Instance, PluginSpec};

    fn board(control: ControlSpec, min: f32, max: f32, value: f32) -> Board {
        let spec = PluginSpec {
            label: "Echo".into(),
            categories: vec!["Delay".into()],
            controls: vec![control],
            ..PluginSpec::default()
        };
        let mut plugin = Plugin::new(Instance::new("p"), 0, Arc::new(spec));
        plugin.values.insert("c".into(), value);
        plugin.midi.insert("c".into(), MidiBinding { channel: 13, controller: 70, min, max });
        plugin.midi.insert(
            ControlPort::BYPASS.into(),
            MidiBinding { channel: 13, controller: 60, min: 0.0, max: 1.0 },
        );
        Board { plugins: vec![Arc::new(plugin)], ..Board::empty() }
    }

    fn wire(cc: u8) -> Wiring {
        Wiring { cc: Some(cc), channel: 13, port: None }
    }

    fn control(kind: ControlKind) -> ControlSpec {
        ControlSpec {
            symbol: "c".into(),
            name: "Time".into(),
            min: 0.0,
            max: 10.0,
            kind,
            ..ControlSpec::default()
        }
    }

    #[test]
    fn a_turn_moves_by_a_sixtieth_or_by_a_choice() {
        let linear = board(control(ControlKind::Linear), 0.0, 6.0, 3.0);
        let one = &bound(&linear, &wire(70))[0];
        assert!(
            (one.stepped(1) - 3.1).abs() < 1e-3 && (one.stepped(-100)).abs() < 1e-6,
            "{}",
            one.stepped(1)
        );
        let turned = board(control(ControlKind::Linear), 6.0, 0.0, 3.0);
        assert!(bound(&turned, &wire(70))[0].stepped(1) < 3.0);
        let whole = board(control(ControlKind::Integer), 0.0, 10.0, 3.0);
        assert_eq!(bound(&whole, &wire(70))[0].stepped(2), 5.0);
        let points = ["a", "b", "c"].iter().zip([0.0, 5.0, 10.0]);
        let choice = ControlSpec {
            scale_points: points.map(|(name, value)| ((*name).to_owned(), value)).collect(),
            ..control(ControlKind::Enumeration)
        };
        let choice = board(choice, 0.0, 10.0, 5.0);
        let one = &bound(&choice, &wire(70))[0];
        assert_eq!((one.stepped(4), one.stepped(-1), one.text()), (10.0, 0.0, "b".to_owned()));
        let log = board(control(ControlKind::Logarithmic), 20.0, 20_000.0, 632.46);
        let one = &bound(&log, &wire(70))[0];
        assert!((one.way() - 0.5).abs() < 1e-3 && (one.stepped(30) - 20_000.0).abs() < 10.0);
    }

    #[test]
    fn lamps_show_a_bypass_while_it_sounds_and_a_control_from_its_middle() {
        let board = board(control(ControlKind::Linear), 0.0, 10.0, 5.0);
        let bypass = &bound(&board, &wire(60))[0];
        assert!(bypass.lit() && bypass.label() == "Echo");
        assert_eq!(bypass.colour(), Rgb(199, 21, 133));
        assert_eq!((bypass.stepped(1), bypass.stepped(-1)), (0.0, 1.0));
        assert!(bound(&board, &wire(70))[0].lit());
        assert!(bound(&board, &wire(71)).is_empty());
        let elsewhere = Wiring { port: Some("Synth".into()), ..wire(60) };
        assert!(bound(&board, &elsewhere).is_empty(), "what goes to another device moves nothing here");
    }
}
