//! The task that keeps the display: everything that happens becomes the model (`news`), input becomes wishes (`deeds`), and
//! a picture is drawn when something that is seen has changed (`picture`).

mod deeds;
mod news;
mod picture;

use std::path::PathBuf;
use std::sync::Arc;

use pedal_ui::Ui;
use pedal_ui::model::Model;
use pedal_ui::paint::ColourScreen;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::machine::Machine;
use super::model::Around;
use super::surroundings::Surroundings;
use super::{Display, Frame, Panel, Screen, outside};
use crate::access::{Client, Desk, PairingState};
use crate::network::{Nearby, Network, Status};
use crate::session::{Notice, NoticeLevel, SessionHandle, State, Version};
use picture::FRAME;

/// What the display shows and acts on.
pub struct Parts {
    /// The session.
    pub session: SessionHandle,
    /// Pairing.
    pub access: Desk,
    /// The network.
    pub network: Network,
    /// Power, updates, period and rate.
    pub machine: Arc<dyn Machine>,
    /// Where the first boot leaves its messages.
    pub messages: PathBuf,
}

/// What comes back from work that was waited for elsewhere.
enum Back {
    Versions(Vec<Version>),
    Networks(Vec<Nearby>),
    Key(Option<String>),
    Surroundings(Box<Surroundings>),
    /// The network has done what was asked.
    Quiet,
    Tell(NoticeLevel, String),
}

struct Task {
    display: Display,
    parts: Parts,
    ui: Ui,
    state: Arc<State>,
    panel: Panel,
    around: Around,
    back: mpsc::UnboundedSender<Back>,
    painter: ColourScreen,
    picture: Frame,
    shown: Screen,
    /// Something may look different.
    due: bool,
    last_picture: Instant,
    last_input: Instant,
    begun: Instant,
    message: Option<(Notice, Instant)>,
    clipped: Option<Instant>,
    recording: Option<Instant>,
    pairing: PairingState,
    clients: Arc<Vec<Client>>,
    network: Status,
    nearby: Vec<Nearby>,
    key: Option<String>,
    busy: bool,
    /// As the machine was when it was last looked at.
    surroundings: Option<Box<Surroundings>>,
}

/// Keeps the display until the session ends.
pub async fn run(display: Display, parts: Parts) {
    let Some(mut inputs) = display.take_inputs() else {
        tracing::error!("the display is kept already");
        return;
    };
    let mut watch = parts.session.watch();
    let mut panel = display.panel();
    let mut end = display.end.subscribe();
    let (mut pairing, mut clients) = (parts.access.state(), parts.access.clients());
    let mut network = parts.network.watch();
    let (back, mut returned) = mpsc::unbounded_channel();
    let mut task = Task::new(display, parts, back);
    task.look_around();
    loop {
        task.show();
        let wake = task.wake();
        tokio::select! {
            seen = watch.next() => {
                let Ok(seen) = seen else { return };
                task.seen(&seen);
            }
            Some(input) = inputs.recv() => task.input(input),
            Some(back) = returned.recv() => task.returned(back),
            changed = panel.changed() => if changed.is_ok() { task.panel = panel.borrow_and_update().clone(); task.due = true; },
            changed = end.changed() => if changed.is_ok() {
                task.around.end = end.borrow_and_update().clone();
                task.due = true;
                // nothing can come after it that would have to be waited for
                task.last_picture = Instant::now() - FRAME;
            },
            changed = pairing.changed() => if changed.is_ok() { task.pairing = current(&mut pairing); task.due = true; },
            changed = clients.changed() => if changed.is_ok() { task.clients = current(&mut clients); task.due = true; },
            changed = network.changed() => if changed.is_ok() { task.network_changed(current(&mut network)); },
            () = tokio::time::sleep_until(wake) => task.time(),
        }
    }
}

fn current<T: Clone>(watch: &mut watch::Receiver<T>) -> T {
    watch.borrow_and_update().clone()
}

impl Task {
    fn new(display: Display, parts: Parts, back: mpsc::UnboundedSender<Back>) -> Self {
        let now = Instant::now();
        let panel = display.panel.borrow().clone();
        let picture = Frame::new(320, 240);
        Self {
            state: parts.session.state(),
            pairing: parts.access.state().borrow().clone(),
            clients: parts.access.clients().borrow().clone(),
            network: parts.network.status(),
            around: Around { messages: outside::messages(&parts.messages), ..Around::default() },
            ui: Ui::new(Model::default()),
            painter: ColourScreen::new(),
            shown: Screen::Colour,
            due: true,
            last_picture: now - FRAME,
            last_input: now,
            begun: now,
            message: None,
            clipped: None,
            recording: None,
            nearby: Vec::new(),
            key: None,
            busy: false,
            surroundings: None,
            display,
            parts,
            panel,
            back,
            picture,
        }
    }
}
