//! What can wake the service on a real machine: the kernel's messages, the folders of sound devices and of JACK, the clock,
//! the message bus, and signals.

use super::event::{Event, device_event, graph_event, stream_event};
use super::profiles::Profiles;
use super::service::Sources;
use crate::root::Root;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{
    AddressFamily, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recvfrom, socket,
};
use nix::sys::time::{TimeSpec, TimeValLike};
use nix::sys::timerfd::{ClockId as TimerClock, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use nix::time::{ClockId, clock_gettime};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

/// The group of the kernel itself; the other one carries udev's messages.
const KERNEL_GROUP: u32 = 1;
/// The kernel's messages are at most 2 KiB long.
const LONGEST_MESSAGE: usize = 8 * 1024;
/// Sleep of the machine shorter than this is none: the two clocks are not read at the same instant.
const SHORTEST_SLEEP: Duration = Duration::from_millis(50);

/// The sources of a machine, or of a folder that imitates one (which has no kernel, no bus and no sleep).
pub struct LiveSources {
    start: Instant,
    root: Root,
    signals: SignalFd,
    kernel: Option<OwnedFd>,
    folders: Inotify,
    /// The watch of /dev/snd, and the folder's own number.
    devices: Option<(WatchDescriptor, u64)>,
    shared_memory: Option<WatchDescriptor>,
    clock: Option<TimerFd>,
    slept: Duration,
    profiles: Option<Profiles>,
    notes: Vec<String>,
}

impl LiveSources {
    /// Opens everything that there is. Signals that end the program come as events from now on, so no other thread may have
    /// been started before.
    ///
    /// # Errors
    /// As the system says, for what every machine has. What only some have is missing, with a note.
    pub fn open(root: &Root) -> io::Result<Self> {
        let mut mask = SigSet::empty();
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
            mask.add(signal);
        }
        mask.thread_block()?;
        let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let folders = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
        let mut sources = Self {
            start: Instant::now(),
            root: root.clone(),
            signals,
            kernel: None,
            folders,
            devices: None,
            shared_memory: None,
            clock: None,
            slept: Duration::ZERO,
            profiles: None,
            notes: Vec::new(),
        };
        if root.is_system() {
            match kernel_socket() {
                Ok(socket) => sources.kernel = Some(socket),
                Err(error) => {
                    sources.notes.push(format!(
                        "the kernel's messages cannot be heard: {error}; the slow look remains"
                    ));
                }
            }
            sources.slept = slept();
            sources.clock = clock_watch().ok();
            sources.profiles = Some(Profiles::start()?);
        }
        sources.watch_folders();
        Ok(sources)
    }

    /// What is missing here, each once.
    pub fn notes(&mut self) -> Vec<String> {
        if let Some(note) = self.profiles.as_mut().and_then(Profiles::note) {
            self.notes.push(note);
        }
        std::mem::take(&mut self.notes)
    }

    /// The folder of sound devices comes with the first card.
    fn watch_folders(&mut self) {
        let streams =
            AddWatchFlags::IN_OPEN | AddWatchFlags::IN_CLOSE_WRITE | AddWatchFlags::IN_CLOSE_NOWRITE;
        let path = self.root.path("/dev/snd");
        let number = std::fs::metadata(&path).ok().map(|folder| folder.ino());
        // A card that is pulled out while it plays leaves a folder that nobody sees and that lives until the stream is closed.
        if let Some((old, _)) = self.devices.filter(|(_, watched)| Some(*watched) != number) {
            let _ = self.folders.rm_watch(old);
            self.devices = None;
        }
        if let (None, Some(number)) = (self.devices, number) {
            self.devices = self.folders.add_watch(&path, streams).ok().map(|watch| (watch, number));
        }
        if self.shared_memory.is_none() {
            let files = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_DELETE;
            self.shared_memory = self.folders.add_watch(&self.root.path("/dev/shm"), files).ok();
        }
    }

    fn read_signals(&mut self, events: &mut Vec<Event>) -> io::Result<()> {
        while let Some(signal) = self.signals.read_signal()? {
            let hang_up = i32::try_from(signal.ssi_signo) == Ok(libc::SIGHUP);
            events.push(if hang_up { Event::LookNow } else { Event::Stop });
        }
        Ok(())
    }

    fn read_kernel(&mut self, events: &mut Vec<Event>) {
        let Some(socket) = &self.kernel else { return };
        let mut message = [0; LONGEST_MESSAGE];
        loop {
            match recvfrom::<NetlinkAddr>(socket.as_raw_fd(), &mut message) {
                // Only the kernel has the number 0; other programs could send here, too.
                Ok((length, Some(from))) if from.pid() == 0 => {
                    events.extend(device_event(&message[..length]));
                }
                Ok(_) => {}
                Err(Errno::EAGAIN) => break,
                Err(Errno::EINTR) => {}
                Err(Errno::ENOBUFS) => events.push(Event::Device("messages of the kernel were lost".into())),
                Err(_) => break,
            }
        }
    }

    fn read_folders(&mut self, events: &mut Vec<Event>) {
        while let Ok(changes) = self.folders.read_events() {
            let devices = self.devices.map(|(watch, _)| watch);
            for change in changes {
                let mask = change.mask;
                if mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                    events.push(Event::Graph("changes were lost".into()));
                    continue;
                }
                if mask.contains(AddWatchFlags::IN_IGNORED) && Some(change.wd) == devices {
                    // The folder has gone; another one may get its number.
                    self.devices = None;
                    continue;
                }
                let Some(name) = change.name.as_ref().and_then(|name| name.to_str()) else { continue };
                let event = if Some(change.wd) == devices {
                    let opened = mask.contains(AddWatchFlags::IN_OPEN);
                    let closed = AddWatchFlags::IN_CLOSE_WRITE | AddWatchFlags::IN_CLOSE_NOWRITE;
                    stream_event(name, opened, mask.intersects(closed))
                } else {
                    graph_event(name)
                };
                events.extend(event);
            }
        }
    }

    /// The clock was set: by a person, by the network's time, or because the machine slept.
    fn read_clock(&mut self, events: &mut Vec<Event>) {
        if let Some(clock) = &self.clock {
            // It never expires, so this only takes the notice that the clock was set.
            let _ = clock.wait();
            self.clock = clock_watch().ok();
        }
        let slept = slept();
        if slept > self.slept + SHORTEST_SLEEP {
            events.push(Event::Resumed);
        }
        self.slept = slept;
    }
}

impl Sources for LiveSources {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn wait(&mut self, until: Duration) -> io::Result<Vec<Event>> {
        let ready = PollFlags::POLLIN;
        let (mut signal, mut kernel, mut folder, mut clock, mut profile) =
            (false, false, false, false, false);
        {
            let mut files = vec![
                (PollFd::new(self.signals.as_fd(), ready), &mut signal),
                (PollFd::new(self.folders.as_fd(), ready), &mut folder),
            ];
            if let Some(socket) = &self.kernel {
                files.push((PollFd::new(socket.as_fd(), ready), &mut kernel));
            }
            if let Some(timer) = &self.clock {
                files.push((PollFd::new(timer.as_fd(), ready), &mut clock));
            }
            if let Some(profiles) = &self.profiles {
                files.push((PollFd::new(profiles.as_fd(), ready), &mut profile));
            }
            let mut polled: Vec<PollFd> = files.iter().map(|(file, _)| file.clone()).collect();
            // Rounded up: a wake-up a moment too early would be followed by another one.
            let left = until.saturating_sub(self.now());
            let left = u32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(u32::MAX);
            let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            match poll(&mut polled, timeout) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
            for (polled, (_, seen)) in polled.iter().zip(files) {
                *seen = polled.any().unwrap_or(false);
            }
        }
        let mut events = Vec::new();
        if signal {
            self.read_signals(&mut events)?;
        }
        if kernel {
            self.read_kernel(&mut events);
        }
        if folder {
            self.read_folders(&mut events);
        }
        if clock {
            self.read_clock(&mut events);
        }
        if let Some(profiles) = &mut self.profiles {
            if profile {
                events.extend(profiles.read().into_iter().map(Event::Profile));
            } else {
                profiles.mend();
            }
        }
        self.watch_folders();
        Ok(events)
    }
}

fn kernel_socket() -> io::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket =
        socket(AddressFamily::Netlink, SockType::Datagram, flags, SockProtocol::NetlinkKObjectUEvent)?;
    bind(socket.as_raw_fd(), &NetlinkAddr::new(0, KERNEL_GROUP))?;
    Ok(socket)
}

/// A timer that never expires and becomes readable when the clock is set. The kernel sets it at each resume.
fn clock_watch() -> nix::Result<TimerFd> {
    let timer = TimerFd::new(TimerClock::CLOCK_REALTIME, TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK)?;
    let flags = TimerSetTimeFlags::TFD_TIMER_ABSTIME | TimerSetTimeFlags::TFD_TIMER_CANCEL_ON_SET;
    // The year 2200.
    timer.set(Expiration::OneShot(TimeSpec::seconds(7_258_118_400)), flags)?;
    Ok(timer)
}

/// How long the machine has slept since it was switched on: one of the clocks counts that, the other does not.
fn slept() -> Duration {
    let read = |clock| clock_gettime(clock).map(Duration::from).unwrap_or_default();
    let awake = read(ClockId::CLOCK_MONOTONIC);
    read(ClockId::CLOCK_BOOTTIME).saturating_sub(awake)
}

#[cfg(test)]
mod tests;
