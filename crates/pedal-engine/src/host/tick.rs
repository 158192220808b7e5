//! What is done again and again, off the audio thread.

use std::sync::atomic::Ordering;

use mod_protocol::{FaultKind, Feedback, PITCH_BEND};

use super::plugins::PluginMessage;
use super::slot::Slot;
use super::{GLOBAL_INSTANCE, Host};
use crate::exec::{Report, Target, fault};
use crate::graph::NodeId;

/// Share of the period above which the tails of an old board are ended early.
const LOAD_LIMIT: f64 = 0.85;

/// So many looks in a row, each at another block, must find the load too high.
const SLOW_BLOCKS: u32 = 3;

impl Host {
    /// Frees what the callback is done with, moves fades on, passes on what happened. Call it as often as [`Host::pace`]
    /// says.
    pub fn tick(&mut self) {
        self.handle.collect();
        self.flush_unsent();
        if self.plugins.poll() {
            self.pace.happened();
        }
        self.check_period();
        self.check_transaction();
        self.sweep();
        self.take_reports();
        self.take_faults();
        self.take_messages();
        self.tell_outputs();
        self.tell_peer();
        self.tell_levels_in_time();
        self.tell_load();
        self.tell_xruns();
        self.drop_gone();
        self.release_channels();
        self.make_waiting();
        if self.latency_changed() && !self.live.is_changing() && !self.transaction.is_pending() {
            self.commit();
        }
    }

    fn sweep(&mut self) {
        let taken = self.handle.shared.serial.load(Ordering::Acquire);
        if let Some(parts) = self.live.sweep(taken) {
            self.send_plan(parts, "settled");
        }
        // two boards at once must not cost periods: the old one's tails give way
        if self.is_overloaded()
            && let Some(parts) = self.live.end_tails()
        {
            tracing::warn!("the load is too high for the old board's tails: ending them");
            self.send_plan(parts, "overload");
        }
    }

    /// Whether several blocks in a row were nearly too slow. A single one may have met an interrupt, and without a
    /// deadline none is.
    fn is_overloaded(&mut self) -> bool {
        let shared = &self.handle.shared;
        let block = shared.blocks.load(Ordering::Acquire);
        if shared.freewheel.load(Ordering::Relaxed) {
            self.slow_blocks = 0;
        } else if block != self.judged_block {
            self.judged_block = block;
            self.slow_blocks = if self.last_load() > LOAD_LIMIT { self.slow_blocks + 1 } else { 0 };
        }
        self.slow_blocks >= SLOW_BLOCKS
    }

    /// Share of the period that the last block took.
    fn last_load(&self) -> f64 {
        let period = self.options.period as f64 / f64::from(self.options.sample_rate) * 1e9;
        crate::meter::Counter::get().ns(self.handle.shared.timing.last()) / period
    }

    fn take_reports(&mut self) {
        while let Some(report) = self.handle.report() {
            self.pace.happened();
            match report {
                Report::Param { node, target, value } => self.told_param(node, target, value),
                Report::Mapped { mapping, value } => {
                    self.mappings.learnt(mapping);
                    self.touched();
                    if let Some((instance, symbol)) = self.named(mapping.node, mapping.target) {
                        self.feedback.push(Feedback::MidiMapped {
                            instance,
                            symbol,
                            channel: mapping.channel.into(),
                            controller: mapping.controller.into(),
                            value,
                            minimum: mapping.min,
                            maximum: mapping.max,
                        });
                    }
                }
                Report::Controller { channel, controller, value } => {
                    self.feedback.push(Feedback::MidiControlChange {
                        channel: channel.into(),
                        controller: controller.into(),
                        value: value.into(),
                    });
                }
                Report::Program { channel, program } => {
                    self.feedback.push(Feedback::MidiProgramChange {
                        program: program.into(),
                        channel: channel.into(),
                    });
                }
                Report::Transport { rolling, beats_per_bar, bpm } => {
                    self.note_transport(rolling, beats_per_bar, bpm);
                    self.feedback.push(Feedback::Transport { rolling, bpb: beats_per_bar.into(), bpm });
                }
            }
        }
        debug_assert_eq!(PITCH_BEND, i32::from(crate::exec::PITCH_BEND));
    }

    fn told_param(&mut self, node: NodeId, target: Target, value: f32) {
        let Some((instance, symbol)) = self.named(node, target) else { return };
        if instance == GLOBAL_INSTANCE {
            let _ = self.set_global(&symbol, value);
        }
        self.touched();
        self.feedback.push(Feedback::ParamSet { instance, symbol, value });
    }

    fn named(&self, node: NodeId, target: Target) -> Option<(i32, String)> {
        let slot = self.slots.values().find(|slot| slot.id() == node)?;
        let symbol = match target {
            Target::Bypass => ":bypass".to_owned(),
            Target::Control(index) => slot.info().controls.get(usize::from(index))?.symbol.clone(),
        };
        Some((slot.instance, symbol))
    }

    fn take_faults(&mut self) {
        let found: Vec<(i32, String, u32, f32)> = self
            .slots
            .values()
            .filter(|slot| slot.cell.faults() != 0)
            .map(|slot| (slot.instance, slot.uri.clone(), slot.cell.take_faults(), slot.cell.level()))
            .collect();
        let now = self.now();
        for (instance, uri, bits, level) in found {
            if bits & fault::NOT_FINITE != 0 {
                let detail = "put out NaN or Inf; bypassed until x_reenable".to_owned();
                self.fault(instance, &uri, FaultKind::NotFinite, detail);
            }
            if bits & fault::TOO_LOUD != 0 && self.monitors.is_news(instance, fault::TOO_LOUD, now) {
                let detail = format!("louder than +24 dBFS (now {:.1} dBFS)", 20.0 * level.log10());
                self.fault(instance, &uri, FaultKind::Level, detail);
            }
            let cut = self.slots.get(&instance).is_some_and(|slot| slot.cell.is_cut_off());
            if bits & fault::OVERRUN != 0 && (cut || self.monitors.is_news(instance, fault::OVERRUN, now)) {
                let end = if cut { "; bypassed until x_reenable" } else { "" };
                let blocks = self.live.settings().policy.blocks;
                let detail = format!("longer than its share for {blocks} periods in a row{end}");
                self.fault(instance, &uri, FaultKind::Overrun, detail);
            }
        }
    }

    fn take_messages(&mut self) {
        let mut slots = std::mem::take(&mut self.slots);
        slots.values_mut().for_each(|slot| self.take_messages_of(slot));
        self.slots = slots;
    }

    /// Passes on what a plugin has said.
    pub(super) fn take_messages_of(&mut self, slot: &mut Slot) {
        while let Some(message) = slot.control.message() {
            self.feedback.push(match message {
                PluginMessage::Property { property, value } => {
                    slot.state_kept = None;
                    Feedback::PatchSet { instance: slot.instance, property, value }
                }
                PluginMessage::Log { level, text } => Feedback::Log { level, text },
            });
        }
    }

    /// Levels go out 25 times a second.
    fn tell_levels_in_time(&mut self) {
        let now = self.now();
        if now.saturating_sub(self.monitors.levels_told) >= std::time::Duration::from_millis(40) {
            self.monitors.levels_told = now;
            self.tell_levels();
        }
    }

    fn tell_xruns(&mut self) {
        let total = self.handle.shared.xruns.load(Ordering::Relaxed) as u32;
        let now = self.now();
        let log = self.monitors.log_xruns(total, now);
        if total == self.monitors.xruns_told && !log {
            return;
        }
        let instance = self.handle.shared.xrun_instance.load(Ordering::Relaxed) as i32;
        let uri = self.slots.get(&instance).map_or_else(|| "-".to_owned(), |slot| slot.uri.clone());
        if log {
            tracing::warn!(total, instance, uri, "xrun");
        }
        if total != self.monitors.xruns_told {
            self.monitors.xruns_told = total;
            self.feedback.push(Feedback::XXrun { total, instance, uri });
        }
    }
}
