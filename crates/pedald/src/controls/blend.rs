//! A board's morphs between snapshots, from its configuration to the session.

use pedal_hardware::config::{Blend, Curve};

use crate::session::{self, Board, Morph, MorphStop};

/// The session's blend for one of the configuration's, at a position of 0–1. An error is a sentence.
pub(super) fn morph(blend: &Blend, board: &Board, position: f32) -> Result<Morph, String> {
    let mut stops = Vec::new();
    for stop in &blend.stops {
        let by_name = |name: &str| {
            let name = name.to_lowercase();
            board.snapshots.iter().position(|snapshot| snapshot.name.to_lowercase() == name)
        };
        let by_number = || stop.snapshot.parse().ok().filter(|at| *at < board.snapshots.len());
        let Some(snapshot) = by_name(&stop.snapshot).or_else(by_number) else {
            return Err(format!(
                "The blend {} needs the snapshot {}, which this board does not have.",
                blend.name, stop.snapshot
            ));
        };
        stops.push(MorphStop { position: stop.position as f32, snapshot });
    }
    let curve = match blend.curve {
        Curve::Linear => session::Curve::Linear,
        Curve::Smooth => session::Curve::Smooth,
        Curve::Build => session::Curve::Build,
        Curve::Drop => session::Curve::Drop,
        Curve::Snap => session::Curve::Snap,
        Curve::Bloom => session::Curve::Bloom,
    };
    Ok(Morph { name: blend.name.clone(), stops, curve, position })
}
