//! The way to `archibald-engine`.

mod board_file;
mod catalogue;
pub mod fake;
mod socket;

use std::future::Future;

use mod_protocol::{Command, Feedback, Reply};

pub use board_file::{EngineBoard, EngineMidi, EnginePlugin, EngineTempo, jack_name};
pub use catalogue::FakeCatalogue;
pub use socket::SocketEngine;

/// Numbers a command, so that its reply can be told from others.
pub type Ticket = u64;

/// What the engine says.
#[derive(Debug, Clone, PartialEq)]
pub enum EngineEvent {
    /// It can be reached, and knows nothing of us.
    Up,
    /// It is gone, with the reason. Commands without a reply get none any more.
    Down(String),
    /// The reply to a command.
    Reply {
        /// The command's number.
        ticket: Ticket,
        /// The reply.
        reply: Reply,
    },
    /// Something that it tells by itself.
    Feedback(Feedback),
}

/// Where a whole board goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It becomes the running board.
    Running,
    /// It is built beside the running one.
    Slot(u32),
}

/// A connection to an engine that comes back by itself. Commands are done in their order.
pub trait EngineLink: Send + 'static {
    /// Sends a command; its reply comes as an event. Never waits. While the engine is away the command is dropped.
    fn send(&mut self, ticket: Ticket, command: Command);

    /// Hands a whole board over (`x_load` or `x_preload`). Never waits.
    fn load(&mut self, ticket: Ticket, board: &EngineBoard, place: Place);

    /// Drops the connection, if there is one, and tells [`EngineEvent::Down`] with this reason: commands get no reply any
    /// more, whatever the engine has read of them. The next connection is made as after any other loss.
    fn give_up(&mut self, reason: &str);

    /// The next thing that the engine says. May be dropped and called again without losing anything.
    fn next(&mut self) -> impl Future<Output = EngineEvent> + Send;

    /// Memory of the engine's process in bytes, where it can be told.
    fn memory(&self) -> Option<u64> {
        None
    }
}
