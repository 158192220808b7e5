//! What comes by MIDI and by control voltages: clock, controllers that are bound, programs that somebody listens to.
//! Audio thread.

use std::sync::atomic::Ordering;

use super::Engine;
use crate::exec::message::{ParamWrite, Report};
use crate::exec::midi_clock::ClockEvent;
use crate::exec::midi_map::{PITCH_BEND, Target, value_for};
use crate::exec::transport::Transport;
use crate::io::MidiBuffer;

impl Engine {
    pub(super) fn take_midi(&mut self, midi: &MidiBuffer, frames: usize) {
        if self.clock.is_some() {
            for event in midi.iter() {
                let change = self.clock.as_mut().and_then(|clock| clock.take(event.frame, event.bytes));
                if let Some(change) = change {
                    self.take_clock(change);
                }
            }
            if let Some(clock) = &mut self.clock {
                clock.advance(frames);
            }
        }
        for event in midi.iter().filter(|event| event.bytes.len() <= 3) {
            self.take_message(event.bytes);
        }
    }

    /// Each word of the clock counts: a tick may follow a start within one block.
    fn take_clock(&mut self, change: ClockEvent) {
        let Transport { rolling, bpm, beats_per_bar, .. } = self.transport;
        let (rolling, bpm) = match change {
            ClockEvent::Tempo(bpm) => (rolling, bpm),
            ClockEvent::Start => (true, bpm),
            ClockEvent::Stop => (false, bpm),
        };
        self.transport.set(rolling, beats_per_bar, bpm);
        self.report(Report::Transport { rolling, beats_per_bar, bpm });
    }

    fn take_message(&mut self, bytes: &[u8]) {
        let channel = bytes[0] & 0x0f;
        let (programs, controllers) = self.monitored[usize::from(channel)];
        match (bytes[0] & 0xf0, bytes) {
            (0xb0, &[_, controller, value]) => {
                let found = self.drive(channel, controller, f32::from(value & 0x7f) / 127.0);
                if !found && (programs || controllers) {
                    self.report(Report::Controller { channel, controller, value });
                }
            }
            (0xe0, &[_, low, high]) => {
                let bend = u16::from(low & 0x7f) | (u16::from(high & 0x7f) << 7);
                self.drive(channel, PITCH_BEND, f32::from(bend) / 16383.0);
            }
            (0xc0, &[_, program]) if programs => self.report(Report::Program { channel, program }),
            _ => {}
        }
    }

    fn drive(&mut self, channel: u8, controller: u8, x: f32) -> bool {
        let Some((mapping, learnt)) = self.midi.find(channel, controller) else { return false };
        let value = value_for(mapping.curve, x, mapping.min, mapping.max);
        let write = ParamWrite { node: mapping.node, target: mapping.target, value };
        self.write(&write);
        self.report(if learnt {
            Report::Mapped { mapping, value }
        } else {
            Report::Param { node: write.node, target: write.target, value }
        });
        true
    }

    pub(super) fn drive_by_cv(&mut self) {
        let Some(plan) = &self.plan else { return };
        let reports = &mut self.reports;
        let lost = &self.shared.lost_reports;
        self.midi.drive_cv(
            |tap| plan.node(tap).map(|node| node.control_output(0)),
            |mapping, value| {
                let Some(node) = plan.node(mapping.node) else { return };
                match mapping.target {
                    Target::Control(index) => node.set_control(usize::from(index), value),
                    Target::Bypass => node.set_bypass(value > 0.5),
                }
                let report = Report::Param { node: mapping.node, target: mapping.target, value };
                if reports.push(report).is_err() {
                    lost.fetch_add(1, Ordering::Relaxed);
                }
            },
        );
    }
}
