//! The thread between cable and JACK. It sleeps in `poll` and is woken by bytes, by the callback, or by a deadline.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::device::{Device, OpenError, WIRE_BAUD};
use super::watch::Watch;
use crate::error::BridgeError;
use crate::jackio::link::{Link, Names};
use crate::pace::Pacer;
use crate::parser::Parser;
use crate::queue::OutputQueue;
use crate::wake::Stop;

/// Bytes that wait for the cable before new messages are thrown away: 1.3 s of MIDI.
const QUEUE: usize = 4096;
/// A sender of active sensing is silent for 300 ms at most; then it was unplugged.
const SENSING: Duration = Duration::from_millis(330);
/// How often an absent device is looked for without having been announced.
const RETRY: Duration = Duration::from_secs(5);

/// A serial bridge.
#[derive(Debug, Clone)]
pub struct Serial<'a> {
    /// The port's device file.
    pub device: &'a Path,
    /// Speed that the kernel is asked for.
    pub baud: u32,
    /// Name of the JACK client.
    pub name: &'a str,
    /// Leave out repeated status bytes while messages wait.
    pub running_status: bool,
}

/// Runs until `stop` is asked.
///
/// A device that is absent or goes away is waited for, and taken up again when it comes.
///
/// # Errors
/// When JACK cannot be reached or went away, or the device is none that could be used.
pub fn run(serial: &Serial<'_>, stop: &Stop, ready: impl FnOnce(&str)) -> Result<(), BridgeError> {
    let names = Names { client: serial.name, source: "MIDI_in", destination: "MIDI_out", physical: true };
    let link = Link::open(&names, stop.wake().clone())?;
    ready(link.name());
    // The overlay divides the clock below the kernel: 38400 there is 31250 on the cable.
    let on_wire = if serial.baud == 38_400 { WIRE_BAUD } else { serial.baud };
    let mut worker = Worker {
        link,
        parser: Parser::default(),
        queue: OutputQueue::new(QUEUE, serial.running_status),
        pacer: Pacer::new(on_wire),
        sensing: None,
        reported: (0, 0),
    };
    let mut absent_said = false;
    while !stop.asked() {
        match Device::open(serial.device, serial.baud) {
            Ok(device) => {
                eprintln!("<6>{}: open at {} baud", serial.device.display(), serial.baud);
                absent_said = false;
                // From before there was a cable.
                while worker.link.receive().is_some() {}
                let since = Instant::now();
                let gone = worker.serve(&device, stop)?;
                drop(device);
                worker.source_ended("the serial port");
                worker.parser.reset();
                worker.queue.clear();
                if let Some(why) = gone {
                    eprintln!("<4>{}: gone ({why}); waiting for it", serial.device.display());
                    // A file that stays while what is behind it is gone can be opened again and again.
                    if since.elapsed() < Duration::from_secs(1) {
                        worker.wait_for(serial, Duration::from_secs(1), stop)?;
                    }
                }
            }
            Err(OpenError::Unusable(why)) => {
                return Err(BridgeError::Device { device: serial.device.to_owned(), why });
            }
            Err(OpenError::Absent(why)) => {
                if !std::mem::replace(&mut absent_said, true) {
                    eprintln!("<4>{}: {why}; waiting for it", serial.device.display());
                }
                worker.wait_for(serial, RETRY, stop)?;
            }
        }
    }
    worker.link.flush();
    Ok(())
}

struct Worker {
    link: Link,
    parser: Parser,
    queue: OutputQueue,
    pacer: Pacer,
    /// When the sender counts as unplugged; set while it sends active sensing.
    sensing: Option<Instant>,
    /// Broken messages and thrown-away messages that the log knows of.
    reported: (u64, u64),
}

impl Worker {
    /// Carries bytes until the device goes (the reason is returned) or the end is asked for.
    fn serve(&mut self, device: &Device, stop: &Stop) -> Result<Option<std::io::Error>, BridgeError> {
        let mut buffer = [0_u8; 256];
        // The deadline of the last bytes when the end was asked for: what ends notes goes out.
        let mut last = None;
        loop {
            let now = Instant::now();
            if stop.asked() && last.is_none() {
                self.queue.release_all();
                last = Some(now + Duration::from_millis(500));
            }
            if last.is_some_and(|last| self.queue.is_empty() || now >= last) {
                return Ok(None);
            }
            let (events, blocked) = match self.write(device, now) {
                Ok(false) => (PollFlags::IN, false),
                Ok(true) => (PollFlags::IN | PollFlags::OUT, true),
                Err(error) => return Ok(Some(error)),
            };
            let mut wait = self.sensing.map(|at| at.saturating_duration_since(now));
            if !self.queue.is_empty() && !blocked {
                let paced = self.pacer.wait(now).max(Duration::from_micros(20));
                wait = Some(wait.map_or(paced, |wait| wait.min(paced)));
            }
            if let Some(last) = last {
                let left = last.saturating_duration_since(now);
                wait = Some(wait.map_or(left, |wait| wait.min(left)));
            }
            let mut fds = [PollFd::new(device, events), PollFd::new(stop.wake(), PollFlags::IN)];
            sleep(&mut fds, wait)?;
            let (port, woken) = (fds[0].revents(), fds[1].revents());
            if port.contains(PollFlags::IN) {
                match device.read(&mut buffer) {
                    Ok(count) => self.hear(&buffer[..count]),
                    Err(error) => return Ok(Some(error)),
                }
            } else if port.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                return Ok(Some(std::io::ErrorKind::BrokenPipe.into()));
            }
            if self.sensing.is_some_and(|at| Instant::now() >= at) {
                self.source_ended("the sender on the cable");
                self.parser.reset();
            }
            if !woken.is_empty() {
                stop.wake().clear();
                self.take_from_jack()?;
            }
            self.report();
        }
    }

    /// Bytes from the cable.
    fn hear(&mut self, bytes: &[u8]) {
        let Self { link, parser, sensing, .. } = self;
        let mut active = sensing.is_some();
        for byte in bytes {
            parser.push(*byte, &mut |message| match message {
                // A matter of this one cable; JACK's clients have better means.
                [0xFE] => active = true,
                _ => link.send(message),
            });
        }
        if active && !bytes.is_empty() {
            self.sensing = Some(Instant::now() + SENSING);
        }
    }

    /// Messages from JACK, and what became of their senders.
    fn take_from_jack(&mut self) -> Result<(), BridgeError> {
        self.link.check()?;
        // Before the messages: what a new sender holds must not be ended.
        let lost = self.link.take_source_lost();
        while let Some(message) = self.link.receive() {
            self.queue.push(message);
        }
        if lost {
            self.queue.release_all();
        }
        Ok(())
    }

    /// Writes as much as the cable may have; true when the kernel takes nothing although it may.
    fn write(&mut self, device: &Device, now: Instant) -> std::io::Result<bool> {
        for _ in 0..self.pacer.allowed(now) {
            let Some(byte) = self.queue.peek_byte() else { break };
            if device.write(&[byte])? == 0 {
                return Ok(true);
            }
            self.queue.next_byte();
            self.pacer.written(1, now);
        }
        Ok(false)
    }

    fn source_ended(&mut self, who: &str) {
        self.sensing = None;
        let ended = self.link.release_all();
        if ended > 0 {
            eprintln!("<5>{who} went away: {ended} held notes and pedals ended");
        }
    }

    fn report(&mut self) {
        let broken = self.parser.broken();
        let dropped = self.reported.1 + self.link.take_dropped() + self.queue.take_dropped();
        if broken > self.reported.0 {
            eprintln!("<5>{} broken messages on the cable", broken - self.reported.0);
        }
        if dropped > self.reported.1 {
            eprintln!("<4>{} messages were too much for the cable", dropped - self.reported.1);
        }
        self.reported = (broken, dropped);
    }

    /// Sleeps until the device may have come, at most for `longest`. Messages for it are thrown away meanwhile.
    fn wait_for(&mut self, serial: &Serial<'_>, longest: Duration, stop: &Stop) -> Result<(), BridgeError> {
        let watch = Watch::new(serial.device).map_err(BridgeError::system("watching for the device"))?;
        // It may have come before the watch.
        if longest == RETRY && Device::open(serial.device, serial.baud).is_ok() {
            return Ok(());
        }
        let until = Instant::now() + longest;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let mut fds = [PollFd::new(&watch, PollFlags::IN), PollFd::new(stop.wake(), PollFlags::IN)];
            sleep(&mut fds, Some(left))?;
            let (changed, woken) = (!fds[0].revents().is_empty(), !fds[1].revents().is_empty());
            if woken {
                stop.wake().clear();
                self.link.check()?;
                self.link.take_source_lost();
                while self.link.receive().is_some() {}
            }
            if changed {
                watch.clear();
            }
            if changed || stop.asked() || Instant::now() >= until {
                return Ok(());
            }
        }
    }
}

/// Sleeps in `poll`, at most for `wait`.
pub(crate) fn sleep(fds: &mut [PollFd<'_>], wait: Option<Duration>) -> Result<(), BridgeError> {
    let wait =
        wait.map(|wait| Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: i64::from(wait.subsec_nanos()) });
    match poll(fds, wait.as_ref()) {
        Ok(_) => Ok(()),
        Err(rustix::io::Errno::INTR) => {
            for fd in fds {
                fd.clear_revents();
            }
            Ok(())
        }
        Err(error) => Err(BridgeError::System { what: "waiting for events", why: error.into() }),
    }
}
