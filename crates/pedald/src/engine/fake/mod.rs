//! An engine without sound, for tests and for the simulator: it keeps the board that it was told, and can be made to
//! fail.

mod model;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mod_protocol::{Command, Feedback};
use tokio::sync::mpsc;

use super::{EngineBoard, EngineEvent, EngineLink, Place, Ticket};
use crate::session::Catalogue;
pub use model::Model;

/// Looks into a fake engine, and makes it misbehave.
#[derive(Clone)]
pub struct FakeControl {
    model: Arc<Mutex<Model>>,
    events: mpsc::UnboundedSender<EngineEvent>,
}

impl FakeControl {
    /// What it holds.
    pub fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It tells something by itself.
    pub fn tells(&self, feedback: Feedback) {
        let _ = self.events.send(EngineEvent::Feedback(feedback));
    }

    /// It dies and comes back without a board.
    pub fn crashes(&self) {
        let _ = self.events.send(EngineEvent::Down("killed".into()));
        let mut model = self.model();
        model.board.plugins.clear();
        model.board.connections.clear();
        model.board.midi.clear();
        model.slots.clear();
        let _ = self.events.send(EngineEvent::Up);
    }
}

/// The fake engine's link.
pub struct FakeEngine {
    control: FakeControl,
    inbox: mpsc::UnboundedReceiver<EngineEvent>,
}

impl FakeEngine {
    /// An engine that is up and has these plugins.
    pub fn new(catalogue: impl Catalogue) -> (Self, FakeControl) {
        let (events, inbox) = mpsc::unbounded_channel();
        let control = FakeControl { model: Arc::new(Mutex::new(Model::new(catalogue))), events };
        let _ = control.events.send(EngineEvent::Up);
        (Self { control: control.clone(), inbox }, control)
    }
}

impl EngineLink for FakeEngine {
    fn send(&mut self, ticket: Ticket, command: Command) {
        let mut model = self.control.model();
        if !model.hangs {
            let reply = model.command(&command);
            let _ = self.control.events.send(EngineEvent::Reply { ticket, reply });
        }
    }

    fn load(&mut self, ticket: Ticket, board: &EngineBoard, place: Place) {
        let mut model = self.control.model();
        if !model.hangs {
            let reply = model.load(board, place);
            let _ = self.control.events.send(EngineEvent::Reply { ticket, reply });
        }
    }

    fn give_up(&mut self, reason: &str) {
        self.control.model().hangs = false;
        for event in [EngineEvent::Down(reason.to_owned()), EngineEvent::Up] {
            let _ = self.control.events.send(event);
        }
    }

    async fn next(&mut self) -> EngineEvent {
        // `control` holds a sender, so the queue never ends
        self.inbox.recv().await.unwrap_or_else(|| EngineEvent::Down("ended".into()))
    }
}
