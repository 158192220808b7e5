//! What is chosen beside the board: tempo's source, tuner, what is followed.

use mod_protocol::Command;

use super::{Core, Kind};
use crate::session::board::{ControlPort, Instance};
use crate::session::change::{Change, ChangeError};
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Answer, Done, Source};
use crate::session::state::SyncMode;

impl Core {
    pub(super) fn set_sync(&mut self, source: Source, mode: SyncMode) -> Answer {
        if mode == SyncMode::Link {
            let reason = "the engine has no Ableton Link; use MIDI clock".to_owned();
            return Err(SessionError::Unsupported { what: "Ableton Link".into(), reason });
        }
        if mode != self.state.sync {
            self.send_sync(mode);
            self.emit(source, EventKind::Sync(mode));
        }
        Ok(Done::Done)
    }

    pub(super) fn resize(&mut self, source: Source, size: (u32, u32)) -> Answer {
        // the browser tells its size when it connects: not an edit
        self.change(source, "size", vec![Change::Resized { size }], Kind::Play, false).map(|_| Done::Done)
    }

    pub(super) fn reenable(&mut self, instance: &Instance) -> Answer {
        let plugin =
            self.state.board.plugin(instance).ok_or_else(|| ChangeError::NoPlugin(instance.clone()))?;
        let instance = plugin.number;
        self.send("take a plugin back", Command::XReenable { instance });
        Ok(Done::Done)
    }

    pub(super) fn monitor(&mut self, port: &ControlPort, on: bool) -> Answer {
        let plugin = self.state.board.plugin(&port.instance);
        let plugin = plugin.ok_or_else(|| ChangeError::NoPlugin(port.instance.clone()))?;
        let (instance, symbol) = (plugin.number, port.symbol.to_string());
        self.send(
            format!("follow {port}"),
            if on {
                Command::MonitorOutput { instance, symbol }
            } else {
                Command::MonitorOutputOff { instance, symbol }
            },
        );
        Ok(Done::Done)
    }
}

impl Core {
    pub(super) fn set_tuner(
        &mut self,
        source: Source,
        set: impl FnOnce(&mut crate::session::state::Tuner),
    ) -> Answer {
        let mut tuner = self.state.tuner.clone();
        set(&mut tuner);
        if tuner != self.state.tuner {
            let silent = tuner.silences();
            if silent != self.state.tuner.silences() {
                self.send("silence the output", mod_protocol::Command::XMute { enable: silent });
            }
            self.emit(source, EventKind::Tuner(tuner));
        }
        Ok(Done::Done)
    }
}
