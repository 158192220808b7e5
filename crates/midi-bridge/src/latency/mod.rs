//! What the serial bridge adds, measured over pseudo terminals and a running JACK server.
//!
//! Each kind of message is measured twice, alternating: through the bridge, and through a control that does the least that
//! any program can — a thread that blocks on the descriptor and one ring to or from the callback. The difference is the
//! bridge's own.

mod bench;

use std::fmt;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::mpsc;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use serde::Serialize;

use crate::error::BridgeError;
use crate::serial::{self, Serial};
use crate::wake::{Stop, Wake};
use bench::Bench;

/// Delays in microseconds, smallest first.
#[derive(Debug, Serialize)]
pub struct Delays {
    /// Half of the messages came within this.
    pub median_us: f64,
    /// 99 of 100 came within this.
    pub p99_us: f64,
    /// All came within this.
    pub worst_us: f64,
    /// Messages.
    pub count: usize,
}

/// Through the bridge and through the control.
#[derive(Debug, Serialize)]
pub struct Pair {
    /// The bridge.
    pub bridge: Delays,
    /// A blocking thread in its place.
    pub control: Delays,
}

/// All figures.
#[derive(Debug, Serialize)]
pub struct Report {
    /// JACK's period in microseconds: the grain of `cable_to_jack`.
    pub period_us: f64,
    /// From the write on the cable to the first period that could have the message, until the one that had it.
    pub cable_to_jack: Pair,
    /// From the write in the callback to the first byte on the cable.
    pub jack_to_cable: Pair,
    /// A clock while a long system exclusive message is being sent: from the callback to the cable.
    pub clock_in_backlog: Delays,
}

impl Delays {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values.get(((values.len() as f64 - 1.0) * share).round() as usize).copied();
        Self {
            median_us: at(0.5).unwrap_or(f64::NAN),
            p99_us: at(0.99).unwrap_or(f64::NAN),
            worst_us: at(1.0).unwrap_or(f64::NAN),
            count: values.len(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "period {:.0} µs\n{:40} {:>9} {:>9} {:>9}",
            self.period_us, "µs", "median", "p99", "worst"
        )?;
        let mut line = |name: &str, d: &Delays| {
            writeln!(f, "{name:40} {:9.0} {:9.0} {:9.0}", d.median_us, d.p99_us, d.worst_us)
        };
        line("cable to JACK, bridge", &self.cable_to_jack.bridge)?;
        line("cable to JACK, control", &self.cable_to_jack.control)?;
        line("JACK to cable, bridge", &self.jack_to_cable.bridge)?;
        line("JACK to cable, control", &self.jack_to_cable.control)?;
        line("clock inside system exclusive, bridge", &self.clock_in_backlog)
    }
}

/// Measures with `count` messages of each kind. Takes about `count` times 20 ms.
///
/// # Errors
/// When no JACK server answers, or messages get lost.
pub fn measure(count: usize) -> Result<Report, BridgeError> {
    let (bridge_cable, device) = pty()?;
    let (control_cable, control_device) = pty()?;

    let stop = Stop::new(Wake::new().map_err(BridgeError::system("making an eventfd"))?);
    let (started, is_running) = mpsc::channel();
    let worker = {
        let stop = stop.clone();
        std::thread::spawn(move || {
            crate::sys::set_realtime(55);
            let serial =
                Serial { device: &device, baud: 31_250, name: "midi-latency", running_status: false };
            serial::run(&serial, &stop, |name| {
                let _ = started.send(name.to_owned());
            })
        })
    };
    let Ok(bridge) = is_running.recv() else {
        return worker
            .join()
            .map_or(Err(BridgeError::ServerGone), |result| result.and(Err(BridgeError::ServerGone)));
    };
    let report = Bench::open(&bridge, control_device)
        .and_then(|mut bench| bench.run(count, bridge_cable, control_cable));
    stop.ask();
    let ended = worker.join().unwrap_or(Err(BridgeError::ServerGone));
    report.and_then(|report| ended.map(|()| report))
}

/// A pseudo terminal: the cable's end, and the path of the device's end. Both transparent.
fn pty() -> Result<(File, PathBuf), BridgeError> {
    let failed = |error: rustix::io::Errno| BridgeError::System {
        what: "making a pseudo terminal",
        why: error.into(),
    };
    let cable = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).map_err(failed)?;
    grantpt(&cable).and_then(|()| unlockpt(&cable)).map_err(failed)?;
    make_raw(&cable).map_err(failed)?;
    let path = ptsname(&cable, Vec::new()).map_err(failed)?;
    Ok((File::from(cable), PathBuf::from(path.to_string_lossy().into_owned())))
}

fn make_raw(terminal: impl AsFd) -> rustix::io::Result<()> {
    let mut settings = tcgetattr(&terminal)?;
    settings.make_raw();
    tcsetattr(&terminal, OptionalActions::Now, &settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_the_largest() {
        let delays = Delays::of((1..=101).rev().map(f64::from).collect());
        assert_eq!(
            (delays.median_us, delays.p99_us, delays.worst_us, delays.count),
            (51.0, 100.0, 101.0, 101)
        );
    }
}
