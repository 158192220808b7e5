//! What the serial bridge adds, measured over pseudo terminals and a running JACK server.
//!
//! Each kind of message is measured twice, alternating: through the bridge, and through a control that does the least that
//! any program can — a thread that blocks on the descriptor and one ring to or from the callback. The difference is the
//! bridge's own.

use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use jack::{Client, Control, MidiIn, MidiOut, Port, ProcessHandler, ProcessScope, RawMidi};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use serde::Serialize;

use crate::error::BridgeError;
use crate::jackio;
use crate::serial::{self, Serial};
use crate::wake::{Stop, Wake};

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

/// What the measuring callback tells: a period began, or a message was in it or left with it.
enum Seen {
    Period(u64),
    Arrived { period: u64, by_bridge: bool },
    Sent(u64),
}

/// What the measuring callback shall send.
enum Order {
    ToBridge(u8),
    ToControl,
    Backlog,
}

struct Callback {
    from_bridge: Port<MidiIn>,
    to_bridge: Port<MidiOut>,
    from_control: rtrb::Consumer<u8>,
    to_control: Wake,
    seen: rtrb::Producer<Seen>,
    orders: rtrb::Consumer<Order>,
    backlog: Vec<u8>,
}

impl ProcessHandler for Callback {
    fn process(&mut self, client: &Client, scope: &ProcessScope) -> Control {
        let now = scope.cycle_times().map_or_else(|_| client.time(), |times| times.current_usecs);
        let _ = self.seen.push(Seen::Period(now));
        if self.from_bridge.iter(scope).next().is_some() {
            let _ = self.seen.push(Seen::Arrived { period: now, by_bridge: true });
        }
        if self.from_control.pop().is_ok() {
            while self.from_control.pop().is_ok() {}
            let _ = self.seen.push(Seen::Arrived { period: now, by_bridge: false });
        }
        let mut writer = self.to_bridge.writer(scope);
        while let Ok(order) = self.orders.pop() {
            let sent = client.time();
            match order {
                Order::ToBridge(byte) => drop(writer.write(&RawMidi { time: 0, bytes: &[byte] })),
                Order::Backlog => drop(writer.write(&RawMidi { time: 0, bytes: &self.backlog })),
                Order::ToControl => self.to_control.wake(),
            }
            let _ = self.seen.push(Seen::Sent(sent));
        }
        Control::Continue
    }
}

struct Bench {
    client: jack::AsyncClient<(), Callback>,
    seen: rtrb::Consumer<Seen>,
    orders: rtrb::Producer<Order>,
    period_us: f64,
}

const LOST: &str = "a message got lost";

impl Bench {
    fn open(bridge: &str, control_device: PathBuf) -> Result<Self, BridgeError> {
        let client = jackio::open("midi-latency-meter")?;
        let error = |error| BridgeError::jack("preparing the measurement", &error);
        let from_bridge = client.register_port("in", MidiIn::default()).map_err(error)?;
        let to_bridge = client.register_port("out", MidiOut::default()).map_err(error)?;
        let period_us = f64::from(client.buffer_size()) / f64::from(client.sample_rate()) * 1e6;
        let name = client.name().to_owned();
        let (seen_writer, seen) = rtrb::RingBuffer::new(1 << 16);
        let (orders, order_reader) = rtrb::RingBuffer::new(16);
        let (arrived, from_control) = rtrb::RingBuffer::new(64);
        let to_control = Wake::new().map_err(BridgeError::system("making an eventfd"))?;
        control(control_device, arrived, to_control.clone())?;
        let backlog = std::iter::once(0xF0).chain(std::iter::repeat_n(1, 60)).chain([0xF7]).collect();
        let callback = Callback {
            from_bridge,
            to_bridge,
            from_control,
            to_control,
            seen: seen_writer,
            orders: order_reader,
            backlog,
        };
        let client = client.activate_async((), callback).map_err(error)?;
        for (from, to) in [
            (format!("{bridge}:MIDI_in"), format!("{name}:in")),
            (format!("{name}:out"), format!("{bridge}:MIDI_out")),
        ] {
            client.as_client().connect_ports_by_name(&from, &to).map_err(error)?;
        }
        std::thread::sleep(Duration::from_millis(200));
        Ok(Self { client, seen, orders, period_us })
    }

    fn run(&mut self, count: usize, bridge: File, control: File) -> Result<Report, BridgeError> {
        let mut cables = [bridge, control];
        let mut inward = [Vec::new(), Vec::new()];
        let mut outward = [Vec::new(), Vec::new()];
        let mut clocks = Vec::new();
        for round in 0..count {
            for which in [round % 2, 1 - round % 2] {
                pause(round);
                inward[which].push(self.inward(&mut cables[which], which == 0)?);
                pause(round + 3);
                let order = if which == 0 { Order::ToBridge(0xF8) } else { Order::ToControl };
                outward[which].push(self.outward(&mut cables[which], order)?);
            }
            if round % 10 == 0 {
                clocks.push(self.clock_in_backlog(&mut cables[0])?);
            }
        }
        let [inward_bridge, inward_control] = inward.map(Delays::of);
        let [outward_bridge, outward_control] = outward.map(Delays::of);
        Ok(Report {
            period_us: self.period_us,
            cable_to_jack: Pair { bridge: inward_bridge, control: inward_control },
            jack_to_cable: Pair { bridge: outward_bridge, control: outward_control },
            clock_in_backlog: Delays::of(clocks),
        })
    }

    /// Periods that a message from the cable missed, in µs: 0 when it was in the first period that began after it.
    fn inward(&mut self, cable: &mut File, by_bridge: bool) -> Result<f64, BridgeError> {
        while self.seen.pop().is_ok() {}
        let sent = self.client.as_client().time();
        cable.write_all(&[0xF8]).map_err(BridgeError::system("writing to the cable"))?;
        let mut first = None;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(1) {
            match self.seen.pop() {
                Ok(Seen::Period(at)) if at >= sent => first = first.or(Some(at)),
                Ok(Seen::Arrived { period, by_bridge: by }) if by == by_bridge => {
                    // In the period during which it was written: earlier than could be asked for.
                    return Ok(first.map_or(0.0, |first| period.saturating_sub(first) as f64));
                }
                Ok(_) => {}
                Err(_) => std::thread::sleep(Duration::from_micros(200)),
            }
        }
        Err(BridgeError::System {
            what: "measuring from the cable to JACK",
            why: std::io::Error::other(LOST),
        })
    }

    /// From the callback to the cable, in µs.
    fn outward(&mut self, cable: &mut File, order: Order) -> Result<f64, BridgeError> {
        while self.seen.pop().is_ok() {}
        let _ = self.orders.push(order);
        let at = self.read_until(cable, 0xF8)?;
        Ok(at.saturating_sub(self.sent()?) as f64)
    }

    fn clock_in_backlog(&mut self, cable: &mut File) -> Result<f64, BridgeError> {
        let _ = self.orders.push(Order::Backlog);
        std::thread::sleep(Duration::from_millis(5));
        let delay = self.outward(cable, Order::ToBridge(0xF8))?;
        self.read_until(cable, 0xF7)?;
        Ok(delay)
    }

    /// When the callback wrote the last order.
    fn sent(&mut self) -> Result<u64, BridgeError> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(1) {
            match self.seen.pop() {
                Ok(Seen::Sent(at)) => return Ok(at),
                Ok(_) => {}
                Err(_) => std::thread::sleep(Duration::from_micros(100)),
            }
        }
        Err(BridgeError::ServerGone)
    }

    /// Reads the cable until the byte came; when that was.
    fn read_until(&self, cable: &mut File, wanted: u8) -> Result<u64, BridgeError> {
        let mut byte = [0];
        loop {
            let mut fds = [rustix::event::PollFd::new(&*cable, rustix::event::PollFlags::IN)];
            serial::sleep(&mut fds, Some(Duration::from_secs(1)))?;
            if fds[0].revents().is_empty() {
                return Err(BridgeError::System {
                    what: "measuring from JACK to the cable",
                    why: std::io::Error::other(LOST),
                });
            }
            cable.read_exact(&mut byte).map_err(BridgeError::system("reading the cable"))?;
            if byte[0] == wanted {
                return Ok(self.client.as_client().time());
            }
        }
    }
}

/// The control: a thread that blocks on the device and fills a ring, and one that blocks on the callback and writes.
fn control(device: PathBuf, mut arrived: rtrb::Producer<u8>, wanted: Wake) -> Result<(), BridgeError> {
    let failed = BridgeError::system("opening the control's pseudo terminal");
    let open = || File::options().read(true).write(true).open(&device).map_err(&failed);
    let (mut input, mut output) = (open()?, open()?);
    make_raw(&input).map_err(|error| failed(error.into()))?;
    // They end with the process, or when the terminal closes.
    std::thread::spawn(move || {
        crate::sys::set_realtime(55);
        let mut buffer = [0; 64];
        while let Ok(1..) = input.read(&mut buffer) {
            let _ = arrived.push(buffer[0]);
        }
    });
    std::thread::spawn(move || {
        crate::sys::set_realtime(55);
        let fd: &OwnedFd =
            &wanted.as_fd().try_clone_to_owned().expect("a descriptor is left for the measurement");
        loop {
            let mut fds = [rustix::event::PollFd::new(fd, rustix::event::PollFlags::IN)];
            if serial::sleep(&mut fds, None).is_err() {
                return;
            }
            wanted.clear();
            if output.write_all(&[0xF8]).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Different each time, so that messages meet the period everywhere.
fn pause(round: usize) {
    std::thread::sleep(Duration::from_micros(1_700 + (round as u64 * 137) % 1_333));
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
