//! Tempo and transport, as the control side keeps them.

use mod_protocol::{ErrorCode, Feedback, SyncMode};

use super::{GLOBAL_INSTANCE, Host};
use crate::backend::FreewheelError;
use crate::exec::Command;

/// Transport as last set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TransportState {
    pub(super) rolling: bool,
    pub(super) bpb: f32,
    pub(super) bpm: f64,
}

impl Default for TransportState {
    fn default() -> Self {
        Self { rolling: false, bpb: 4.0, bpm: 120.0 }
    }
}

impl Host {
    pub(super) fn set_transport(&mut self, rolling: bool, bpb: f64, bpm: f64) {
        let bpb = if bpb.is_finite() { bpb.clamp(1.0, 16.0) as f32 } else { 4.0 };
        let bpm = if bpm.is_finite() { bpm.clamp(20.0, 300.0) } else { 120.0 };
        let started = rolling != self.transport.rolling;
        self.note_transport(rolling, bpb, bpm);
        self.send(Command::Transport { rolling, beats_per_bar: bpb, bpm });
        if started {
            self.feedback.push(Feedback::Transport { rolling, bpb: f64::from(bpb), bpm });
        }
    }

    /// Takes the values over into the pseudo-effect of the board.
    pub(super) fn note_transport(&mut self, rolling: bool, bpb: f32, bpm: f64) {
        self.transport = TransportState { rolling, bpb, bpm };
        if let Some(slot) = self.slots.get(&GLOBAL_INSTANCE) {
            slot.set(":bpb", bpb);
            slot.set(":bpm", bpm as f32);
            slot.set(":rolling", f32::from(u8::from(rolling)));
        }
        self.touched();
    }

    pub(super) fn set_global(&mut self, symbol: &str, value: f32) -> Result<(), ErrorCode> {
        let TransportState { rolling, bpb, bpm } = self.transport;
        match symbol {
            ":bpb" => self.set_transport(rolling, f64::from(value), bpm),
            ":bpm" => self.set_transport(rolling, f64::from(bpb), f64::from(value)),
            ":rolling" => self.set_transport(value > 0.5, f64::from(bpb), bpm),
            _ => return Err(ErrorCode::UnknownSymbol),
        }
        Ok(())
    }

    /// 0: by the clock, 1: as fast as it goes, 2: the same with the transport rolling.
    pub(super) fn freewheel(&mut self, value: i32) -> Result<(), ErrorCode> {
        if !(0..=2).contains(&value) {
            return Err(ErrorCode::InvalidOperation);
        }
        let done = match &mut self.backend {
            Some(backend) => backend.set_freewheel(value != 0),
            None => Err(FreewheelError::Stopped),
        };
        match done {
            Ok(()) => {}
            // who never left the clock can always come back to it
            Err(FreewheelError::NotOffered(_) | FreewheelError::Stopped) if value == 0 => {}
            Err(error) => {
                tracing::warn!(%error, "freewheeling");
                return Err(ErrorCode::InvalidOperation);
            }
        }
        if value == 2 {
            let now = self.transport;
            self.set_transport(true, now.bpb.into(), now.bpm);
        }
        Ok(())
    }

    pub(super) fn sync(&mut self, mode: &SyncMode) -> Result<(), ErrorCode> {
        match mode {
            SyncMode::None => self.send(Command::FollowClock(false)),
            SyncMode::Midi => self.send(Command::FollowClock(true)),
            SyncMode::Link => return Err(ErrorCode::Link),
            SyncMode::Other(_) => return Err(ErrorCode::InvalidOperation),
        }
        Ok(())
    }
}
