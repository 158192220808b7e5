//! The measurement itself: a JACK client at one end of the bridge and of the control, and the cables at the other.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jack::{Client, Control, MidiIn, MidiOut, Port, ProcessHandler, ProcessScope, RawMidi};

use super::{Delays, Pair, Report, make_raw};
use crate::error::BridgeError;
use crate::jackio;
use crate::serial;
use crate::wake::Wake;

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

pub(super) struct Bench {
    client: jack::AsyncClient<(), Callback>,
    seen: rtrb::Consumer<Seen>,
    orders: rtrb::Producer<Order>,
    period_us: f64,
}

const LOST: &str = "a message got lost";

impl Bench {
    pub(super) fn open(bridge: &str, control_device: PathBuf) -> Result<Self, BridgeError> {
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

    pub(super) fn run(&mut self, count: usize, bridge: File, control: File) -> Result<Report, BridgeError> {
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
