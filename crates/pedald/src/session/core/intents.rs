//! What is asked for: done, put off or refused.

use std::sync::Arc;

use super::loading::Target;
use super::{Core, ReplyTo};
use crate::session::board::ControlPort;
use crate::session::change::Change;
use crate::session::error::SessionError;
use crate::session::event::{EventKind, Signal};
use crate::session::health::Health;
use crate::session::intent::{Answer, Done, Intent, Source};
use crate::session::state::NoticeLevel;
use crate::store::DiskJob;

impl Core {
    pub(super) fn take(&mut self, source: Source, intent: Intent, reply: ReplyTo) {
        if !matches!(source, Source::Session | Source::Engine) {
            self.slots.postpone(self.now);
        }
        if self.reset_at.is_some() && intent.touches_board() {
            // somebody builds a new board: the old one has to go now
            self.begin_load(Target::Empty, Source::Session, ReplyTo(0));
        }
        if self.waits(&intent) {
            return self.defer(source, intent, reply);
        }
        // who does not wait for the answer learns a refusal by an event
        let unheard = (reply.0 == 0).then(|| touched(&intent));
        if let Some(answer) = self.act(source, intent, reply) {
            if let (Some(ports), Err(error)) = (unheard, &answer) {
                self.refused(source, ports, error);
            }
            self.answer(reply, answer);
        }
    }

    /// Whether what the intent means is not there yet.
    fn waits(&self, intent: &Intent) -> bool {
        self.board_is_moving() && intent.touches_board()
            // a snapshot that is chosen after a board is one of that board
            || self.is_reading() && matches!(intent, Intent::LoadSnapshot(_))
    }

    /// Tells whoever asked without waiting for an answer.
    pub(super) fn refused(&mut self, source: Source, ports: Vec<ControlPort>, error: &SessionError) {
        match source {
            Source::Web(_) => {
                let reason = Some(error.to_string());
                self.emit(source, EventKind::Signal(Signal::Corrected { ports, reason }));
            }
            // of a press, not of each of a pedal's thousand positions
            Source::Hardware | Source::Midi | Source::Osc if error.is_of_a_press() => {
                let text = error.to_string();
                if self.state.notice.as_ref().is_none_or(|notice| notice.text != text) {
                    self.notice(source, NoticeLevel::Warning, text);
                }
            }
            _ => tracing::debug!(?source, %error, "refused"),
        }
    }

    /// Does it. `None` when the answer comes later.
    fn act(&mut self, source: Source, intent: Intent, reply: ReplyTo) -> Option<Answer> {
        let done = match intent {
            Intent::AddPlugin { instance, uri, position } => {
                return self.add_plugin(source, instance, &uri, position, reply);
            }
            Intent::RemovePlugin { instance } => self.remove_plugin(source, &instance),
            Intent::MovePlugin { instance, position } => self.move_plugin(source, instance, position),
            Intent::Connect { source: from, target } => return self.connect(source, from, target, reply),
            Intent::Disconnect { source: from, target } => self.disconnect(source, from, target),
            Intent::Arrange { label, edits } => self.arrange(source, &label, edits),
            Intent::Set { port, value } => self.set_many(source, vec![(port, value)]),
            Intent::SetMany { values } => self.set_many(source, values),
            Intent::Toggle { port } => self.toggle(source, port),
            Intent::SetParameter { instance, uri, kind, value } => {
                self.set_parameter(source, instance, uri, kind, value)
            }
            Intent::AskParameter { instance, uri } => self.ask_parameter(&instance, uri),
            Intent::LoadPreset { instance, uri } => return self.load_preset(source, instance, uri, reply),
            Intent::SavePreset { instance, name, bundle, file } => {
                return self.save_preset(source, instance, name, bundle, file, reply);
            }
            Intent::ForgetPreset { uri } => self.forget_preset(source, &uri),
            Intent::Learn { ports } => self.learn(ports),
            Intent::EndLearning => self.end_learning(),
            Intent::Bind { port, binding } => self.bind(source, port, binding),
            Intent::Shape { port, shape } => self.shape(source, port, shape),
            Intent::Address { actuator, addressing } => self.address(source, actuator, addressing),
            Intent::Unaddress { port } => self.unaddress(source, port),
            Intent::Controller { channel, controller, value } => {
                self.controller(source, channel, controller, value)
            }
            Intent::LoadSnapshot(step) => self.load_snapshot(source, step),
            Intent::SaveSnapshot => self.save_snapshot(source),
            Intent::SaveSnapshotAs { name } => self.save_snapshot_as(source, &name),
            Intent::RenameSnapshot { at, name } => self.rename_snapshot(source, at, &name),
            Intent::RemoveSnapshot { at } => self.remove_snapshot(source, at),
            Intent::Morph(morph) => self.set_morph(source, morph),
            Intent::MorphTo { position } => self.morph_to(source, position),
            Intent::LoadBoard { bundle } => {
                self.begin_load(Target::Bundle(bundle), source, reply);
                return None;
            }
            Intent::StepBoard(step) => return self.step_board(source, step, reply),
            Intent::NewBoard => {
                self.begin_load(Target::Empty, source, reply);
                return None;
            }
            Intent::Reset if self.load_in_engine() => {
                // behind the board on its way; the next one that is asked for takes its place
                self.begin_load(Target::Empty, source, ReplyTo(0));
                Ok(Done::Done)
            }
            Intent::Reset => self.reset(source),
            Intent::SaveBoard { title, as_new } => return self.save_board(title, as_new, reply),
            Intent::RemoveBoard { bundle } => {
                return self.disk_for(reply, "delete the board", DiskJob::Remove { bundle });
            }
            Intent::KeepVersion { name } => {
                let board = self.state.board.clone();
                return self.disk_for(reply, "keep the version", DiskJob::KeepVersion { board, name });
            }
            Intent::RestoreVersion { id } => {
                self.begin_load(Target::Version(id), source, reply);
                return None;
            }
            Intent::DeleteVersion { id } => {
                let bundle = self.state.board.bundle.clone();
                return self.disk_for(reply, "delete the version", DiskJob::DeleteVersion { bundle, id });
            }
            Intent::ListVersions => {
                let bundle = self.state.board.bundle.clone();
                return self.disk_for(reply, "list the versions", DiskJob::ListVersions { bundle });
            }
            Intent::Rescan => {
                // what stands ready may be older than what is on the disk now
                self.empty_slots(self.state.engine.is_running());
                return self.disk_for(reply, "read the boards", DiskJob::Scan);
            }
            Intent::SelectBank(bank) => self.select_bank(bank),
            Intent::SetBanks(banks) => return self.set_banks(banks, reply),
            Intent::MeasureLoudness { bundles } => return self.measure_loudness(bundles, reply),
            Intent::SetTempo(bpm) => self.set_tempo(source, |tempo| tempo.bpm = bpm),
            Intent::SetBeatsPerBar(beats) => self.set_tempo(source, |tempo| tempo.beats_per_bar = beats),
            Intent::SetRolling(rolling) => self.set_tempo(source, |tempo| tempo.rolling = rolling),
            Intent::SetSync(mode) => self.set_sync(source, mode),
            Intent::Undo => self.undo(source),
            Intent::Redo => self.redo(source),
            Intent::Tuner(on) => self.set_tuner(source, |tuner| tuner.on = on),
            Intent::TunerMute(mute) => self.set_tuner(source, |tuner| tuner.mute = mute),
            Intent::TunerInput(input) => self.set_tuner(source, |tuner| tuner.input = input.clamp(1, 2)),
            Intent::TunerReference(hz) => self.set_tuner(source, |tuner| {
                tuner.reference = if hz.is_finite() { hz.clamp(400.0, 480.0) } else { 440.0 };
            }),
            Intent::Record(on) => return self.disk_for(reply, "record", DiskJob::Record { on }),
            Intent::Reenable { instance } => self.reenable(&instance),
            Intent::Monitor { port, on } => self.monitor(&port, on),
            Intent::Resize { size } => self.resize(source, size),
            Intent::SetMidiMode { separated, loopback } => {
                self.edit(source, "MIDI mode", vec![Change::MidiModeSet { separated, loopback }])
            }
            Intent::PluginBundle { path, present } => self.plugin_bundle(&path, present),
            Intent::ResetXruns => {
                let health = Health { xruns_zero: self.state.health.xruns, ..(*self.state.health).clone() };
                self.emit(source, EventKind::Health(Arc::new(health)));
                Ok(Done::Done)
            }
            Intent::Ping => Ok(Done::Done),
            Intent::Flush if self.state.unsaved => {
                let board = self.state.board.clone();
                return self.disk_for(reply, "write the automatic version", DiskJob::Autosave { board });
            }
            Intent::Flush => Ok(Done::Done),
            Intent::Notify { level, text } => {
                self.notice(source, level, text);
                Ok(Done::Done)
            }
            Intent::DismissNotice => {
                if self.state.notice.is_some() {
                    self.emit(source, EventKind::Notice(None));
                }
                Ok(Done::Done)
            }
            Intent::Signal(signal) => {
                self.emit(source, EventKind::Signal(signal));
                Ok(Done::Done)
            }
            Intent::System(health) => {
                self.system(&health);
                Ok(Done::Done)
            }
        };
        Some(done)
    }
}

/// Controls whose value an intent sets: what its sender believes of them.
pub(super) fn touched(intent: &Intent) -> Vec<ControlPort> {
    match intent {
        Intent::Set { port, .. } | Intent::Toggle { port } => vec![port.clone()],
        Intent::SetMany { values } => values.iter().map(|(port, _)| port.clone()).collect(),
        _ => Vec::new(),
    }
}
