//! The thread that waits for edges of GPIO lines.

use std::thread::JoinHandle;
use std::time::Duration;

use pedal_hardware::Profile;
use pedal_hardware::linux::Edges;
use pedal_hardware::profile::Wire;

use super::feed::{Feed, Stop};

/// Longest sleep: how long another wiring may have to wait for this thread.
const LONGEST: Duration = Duration::from_millis(100);
/// How long a chip that fails is left alone.
const REST: Duration = Duration::from_secs(5);

/// Starts it, if any line is an input.
pub(super) fn start(profile: &Profile, feed: &Feed, stop: &Stop) -> Vec<JoinHandle<()>> {
    let lines = profile.input_lines();
    if lines.is_empty() {
        return Vec::new();
    }
    let (profile, feed, stop) = (profile.clone(), feed.clone(), stop.clone());
    let thread = std::thread::Builder::new().name("gpio".into()).spawn(move || {
        while let Err(error) = watch(&lines, &profile, &feed, &stop) {
            feed.problem(error);
            if stop.sleep(REST) {
                return;
            }
        }
    });
    thread.into_iter().collect()
}

fn watch(
    lines: &[u32],
    profile: &Profile,
    feed: &Feed,
    stop: &Stop,
) -> Result<(), pedal_hardware::port::PortError> {
    let edges = Edges::watch(lines)?;
    // Encoders may rest with a line low, and a foot may be down: what is there counts as the first edge.
    let turns = profile.encoders.iter().flat_map(|encoder| [encoder.data, encoder.clock]);
    for line in turns {
        feed.gpio(line, edges.level(line)?);
    }
    for foot in &profile.footswitches {
        if let Wire::Gpio(line) = foot.wire {
            feed.gpio(line, edges.level(line)?);
        }
    }
    let mut sleep = LONGEST;
    while !stop.rung() {
        if let Some((line, high)) = edges.next(sleep)? {
            feed.gpio(line, high);
        }
        sleep = feed.tick().unwrap_or(LONGEST).clamp(Duration::from_micros(100), LONGEST);
    }
    Ok(())
}
