//! Morphs between snapshots.

use super::read::Reader;
use super::tree::{Node, Value};

/// How the way between two stops is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Curve {
    /// Evenly.
    #[default]
    Linear,
    /// Slow at both ends.
    Smooth,
    /// Slow at first: t³.
    Build,
    /// Fast at first: 1-(1-t)³.
    Drop,
    /// Late and sudden: (2^(10t)-1)/1023.
    Snap,
    /// √t.
    Bloom,
}

impl Curve {
    const NAMES: [&'static str; 6] = ["linear", "smooth", "build", "drop", "snap", "bloom"];
    const ALL: [Self; 6] = [Self::Linear, Self::Smooth, Self::Build, Self::Drop, Self::Snap, Self::Bloom];

    /// 0–1 to 0–1; both ends stay.
    pub fn at(self, t: f64) -> f64 {
        let t = t.clamp(0.0, 1.0);
        match self {
            Self::Linear => t,
            Self::Smooth if t < 0.5 => 4.0 * t.powi(3),
            Self::Smooth => 1.0 - (2.0 - 2.0 * t).powi(3) / 2.0,
            Self::Build => t.powi(3),
            Self::Drop => 1.0 - (1.0 - t).powi(3),
            Self::Snap => ((10.0 * t).exp2() - 1.0) / 1023.0,
            Self::Bloom => t.sqrt(),
        }
    }
}

/// A snapshot on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// Where it stands, 0–1.
    pub position: f64,
    /// Its name, or its number.
    pub snapshot: String,
}

/// A morph.
#[derive(Debug, Clone, PartialEq)]
pub struct Blend {
    /// Name of the snapshot that stands for it.
    pub name: String,
    /// 0: the expression pedal; 1, 2: encoders.
    pub input_id: u8,
    /// Curve between stops.
    pub curve: Curve,
    /// Two to four, in order.
    pub stops: Vec<Stop>,
}

impl Blend {
    /// The stops around a position (0–1), as places in `stops`, and how far the way from the first to the second is gone (0–1).
    pub fn between(&self, position: f64) -> (usize, usize, f64) {
        let last = self.stops.len().saturating_sub(1);
        let Some(second) = self.stops.iter().position(|stop| position < stop.position) else {
            return (last, last, 0.0);
        };
        let Some(first) = second.checked_sub(1) else { return (0, 0, 0.0) };
        let (from, to) = (self.stops[first].position, self.stops[second].position);
        (first, second, self.curve.at((position - from) / (to - from)))
    }
}

pub(super) fn blends(reader: &mut Reader, node: &Node) -> Vec<Blend> {
    reader.list(node, "blend_snapshots").iter().filter_map(|node| blend(reader, node)).collect()
}

fn blend(reader: &mut Reader, node: &Node) -> Option<Blend> {
    let (mut name, mut input, mut curve, mut stops) = (None, None, Curve::default(), Vec::new());
    for (key, node) in reader.map(node, "a blend", &["name", "input_id", "interpolation", "stops"]) {
        match key.as_str() {
            "name" => name = reader.text(node, key),
            "input_id" => input = reader.integer(node, key, 0, 2),
            "interpolation" => {
                let word = reader.one_of(node, key, &Curve::NAMES);
                let at = word.and_then(|word| Curve::NAMES.iter().position(|name| *name == word));
                curve = at.map_or(curve, |at| Curve::ALL[at]);
            }
            "stops" => stops = read_stops(reader, node),
            _ => {}
        }
    }
    stops.sort_by(|a, b| a.position.total_cmp(&b.position));
    if !(2..=4).contains(&stops.len()) {
        reader.problem(node.line, "a blend has two to four stops");
    } else if stops.windows(2).any(|two| two[1].position - two[0].position < 1.0 / 127.0) {
        reader.problem(node.line, "two stops must be at least 1/127 apart");
    }
    let (Some(name), Some(input)) = (name, input) else {
        reader.problem(node.line, "a blend needs a name and an input_id (0 expression, 1 and 2 encoders)");
        return None;
    };
    Some(Blend { name, input_id: u8::try_from(input).ok()?, curve, stops })
}

fn read_stops(reader: &mut Reader, node: &Node) -> Vec<Stop> {
    match &node.value {
        Value::List(items) => {
            let last = items.len().saturating_sub(1).max(1) as f64;
            let stop = |(at, item): (usize, &Node)| {
                Some(Stop { position: at as f64 / last, snapshot: reader.text(item, "a stop")? })
            };
            items.iter().enumerate().filter_map(stop).collect()
        }
        Value::Map(entries) => {
            let mut stops = Vec::new();
            for (position, item) in entries {
                match position.parse::<f64>() {
                    Ok(position) if (0.0..=1.0).contains(&position) => {
                        stops.extend(reader.text(item, "a stop").map(|snapshot| Stop { position, snapshot }));
                    }
                    _ => reader.problem(item.line, format!("{position} is no position from 0 to 1")),
                }
            }
            stops
        }
        _ => {
            reader.problem(node.line, "stops must be a list, or a map of positions from 0 to 1");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn curves_keep_their_ends_and_never_go_back() {
        for curve in Curve::ALL {
            assert_eq!((curve.at(0.0), curve.at(1.0)), (0.0, 1.0), "{curve:?}");
            assert!((1..=100).all(|t| curve.at(f64::from(t) / 100.0) >= curve.at(f64::from(t - 1) / 100.0)));
        }
        assert_eq!((Curve::Build.at(0.5), Curve::Smooth.at(0.25)), (0.125, 0.0625));
    }

    #[test]
    fn stops_are_found_around_a_position() {
        let text = "blend_snapshots:\n- name: Swell\n  input_id: 0\n  interpolation: build\n  stops: {0.0: A, 0.5: B, 1.0: 2}\n";
        let config = Config::parse_overlay(text).unwrap();
        let blend = &config.blends[0];
        assert_eq!(blend.between(0.25), (0, 1, 0.125));
        assert_eq!(blend.between(0.5), (1, 2, 0.0));
        assert_eq!(blend.between(1.0), (2, 2, 0.0));
        let close = text.replace("0.5", "0.001");
        assert_eq!(Config::parse_overlay(&close).unwrap_err().problems[0].line, 2);
    }
}
