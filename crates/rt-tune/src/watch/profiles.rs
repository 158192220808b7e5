//! Daemons that manage power tell on the message bus what they chose: power-profiles-daemon under its two names, and tuned.
//!
//! zbus is asynchronous; one thread waits for it and hands each word over through a descriptor that the service's own loop waits
//! for. A machine without a bus, or whose bus went, is looked for again at each slow look.

use nix::sys::eventfd::{EfdFlags, EventFd};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// Rules of the bus: only what these daemons send themselves, for anybody may send a signal.
const RULES: &[&str] = &[
    "type='signal',sender='net.hadess.PowerProfiles',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',\
     path='/net/hadess/PowerProfiles'",
    "type='signal',sender='org.freedesktop.UPower.PowerProfiles',interface='org.freedesktop.DBus.Properties',\
     member='PropertiesChanged',path='/org/freedesktop/UPower/PowerProfiles'",
    "type='signal',sender='com.redhat.tuned',interface='com.redhat.tuned.control',member='profile_changed',path='/Tuned'",
];

/// The connection to the bus.
pub(super) struct Profiles {
    wake: Arc<EventFd>,
    words: Receiver<Word>,
    sender: Sender<Word>,
    thread: Option<JoinHandle<()>>,
    note: Option<String>,
    noted: bool,
}

enum Word {
    /// A daemon chose something.
    Chosen(String),
    /// The connection failed or ended.
    Ended(String),
}

impl Profiles {
    /// Begins to listen.
    pub(super) fn start() -> io::Result<Self> {
        let wake = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?);
        let (sender, words) = channel();
        let mut profiles = Self { wake, words, sender, thread: None, note: None, noted: false };
        profiles.mend();
        Ok(profiles)
    }

    /// Connects again when there is no connection.
    pub(super) fn mend(&mut self) {
        if self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        let (wake, sender) = (self.wake.clone(), self.sender.clone());
        let listen = move || {
            let say = |word| {
                // Both fail only when the service has ended.
                let _ = sender.send(word);
                let _ = wake.write(1);
            };
            let ended = zbus::block_on(listen(&mut |who| say(Word::Chosen(who))));
            say(Word::Ended(ended.err().map_or("the connection was closed".into(), |e| e.to_string())));
        };
        self.thread = std::thread::Builder::new().name("profiles".into()).spawn(listen).ok();
    }

    /// What was chosen since the last time.
    pub(super) fn read(&mut self) -> Vec<String> {
        let _ = self.wake.read();
        let mut chosen = Vec::new();
        for word in self.words.try_iter() {
            match word {
                Word::Chosen(who) => chosen.push(who),
                Word::Ended(why) => self.note = Some(why),
            }
        }
        chosen
    }

    /// Why nothing can be heard, once.
    pub(super) fn note(&mut self) -> Option<String> {
        let why = self.note.take().filter(|_| !std::mem::replace(&mut self.noted, true))?;
        Some(format!("power daemons cannot be heard ({why}); the slow look remains"))
    }
}

impl AsFd for Profiles {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

/// Listens until the connection ends.
async fn listen(chosen: &mut dyn FnMut(String)) -> zbus::Result<()> {
    let connection = zbus::Connection::system().await?;
    // Before the rules, so that no message is missed in between.
    let mut messages = zbus::MessageStream::from(&connection);
    let bus = "org.freedesktop.DBus";
    for rule in RULES {
        connection.call_method(Some(bus), "/org/freedesktop/DBus", Some(bus), "AddMatch", rule).await?;
    }
    loop {
        let next =
            std::future::poll_fn(|context| futures_core::Stream::poll_next(Pin::new(&mut messages), context));
        let Some(message) = next.await else { return Ok(()) };
        let message = message?;
        if message.message_type() == zbus::message::Type::Signal
            && let Some(who) = who(&message)
        {
            chosen(who);
        }
    }
}

/// The daemon that sent a message, with what it chose where it says so.
fn who(message: &zbus::Message) -> Option<String> {
    let header = message.header();
    let path = header.path()?.as_str();
    let daemon = if path.ends_with("PowerProfiles") {
        "power-profiles-daemon"
    } else if path == "/Tuned" {
        "tuned"
    } else {
        return None;
    };
    Some(daemon.to_owned())
}
