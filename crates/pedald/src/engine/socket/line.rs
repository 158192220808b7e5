//! One connection for commands: what is sent, and the replies in the order of what was asked.

use std::collections::VecDeque;
use std::io;

use mod_protocol::{Command, Decoder, Reply, ReplyStyle};
use tokio::net::UnixStream;

use super::NOBODY;
use crate::engine::{EngineEvent, Ticket};

/// A connection for commands.
#[derive(Debug)]
pub(super) struct Line {
    stream: UnixStream,
    out: Vec<u8>,
    expected: VecDeque<(Ticket, ReplyStyle)>,
    replies: Decoder,
}

impl Line {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self { stream, out: Vec::new(), expected: VecDeque::new(), replies: Decoder::default() }
    }

    pub(super) fn send(&mut self, ticket: Ticket, command: &Command) -> io::Result<()> {
        command.encode(&mut self.out);
        if command.reply_style() != ReplyStyle::Silent {
            self.expected.push_back((ticket, command.reply_style()));
        }
        self.flush()
    }

    /// Writes what the socket takes now: a footswitch shall not wait for another turn of the task.
    fn flush(&mut self) -> io::Result<()> {
        while !self.out.is_empty() {
            match self.stream.try_write(&self.out) {
                Ok(written) => drop(self.out.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits until something can be read, or written if there is something to write.
    pub(super) async fn ready(&self) -> io::Result<()> {
        tokio::select! {
            done = self.stream.readable() => done,
            done = self.stream.writable(), if !self.out.is_empty() => done,
        }
    }

    /// Reads and writes what can be; never waits.
    pub(super) fn work(&mut self, waiting: &mut VecDeque<EngineEvent>) -> Result<(), String> {
        let lost = |error: io::Error| error.to_string();
        self.flush().map_err(lost)?;
        if !read(&self.stream, &mut self.replies).map_err(lost)? {
            return Err(ended());
        }
        self.take_replies(waiting)
    }

    /// Takes the replies that have come. An error means that the other side cannot be understood.
    fn take_replies(&mut self, waiting: &mut VecDeque<EngineEvent>) -> Result<(), String> {
        while let Some(message) = self.replies.next_message() {
            let message = message.map_err(|error| error.to_string())?;
            let Some((ticket, style)) = self.expected.pop_front() else {
                return Err("it answered without being asked".into());
            };
            let reply = match style {
                ReplyStyle::Text => Reply::parse_text(&message),
                _ => Reply::parse(&message).map_err(|error| error.to_string())?,
            };
            if ticket != NOBODY {
                waiting.push_back(EngineEvent::Reply { ticket, reply });
            }
        }
        Ok(())
    }
}

/// Reads what there is; false at the end of the stream.
pub(super) fn read(stream: &UnixStream, decoder: &mut Decoder) -> io::Result<bool> {
    let mut buffer = [0; 8192];
    match stream.try_read(&mut buffer) {
        Ok(0) => Ok(false),
        Ok(count) => {
            decoder.extend(&buffer[..count]);
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(error),
    }
}

pub(super) fn ended() -> String {
    "the connection was closed".to_owned()
}
