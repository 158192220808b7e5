//! Lamps, strip and screen.

use std::sync::Arc;

use pedal_hardware::Rgb;
use pedal_hardware::light::Level;

use super::Part;
use crate::controls::panel::Shown;
use crate::hardware::Output;
use crate::session::State;

/// A level lamp of the simulator, which has no meter of its own.
pub(super) fn lamp_of(dbfs: f32) -> Rgb {
    match dbfs {
        level if level > -1.0 => Level::Clip,
        level if level > -12.0 => Level::Warn,
        level if level > -50.0 => Level::Signal,
        _ => Level::Silence,
    }
    .colour()
}

impl Part {
    /// Shows what has changed: lamps, strip, screen.
    pub(super) fn refresh(&mut self) {
        let state = self.session.state();
        let (shown, blink) = self.controls.shown(&state, self.hardware.clock().now());
        self.blink = blink;
        let strip = self.controls.strip(&shown, self.levels);
        if strip != self.strip {
            self.strip.clone_from(&strip);
            if !strip.is_empty() {
                self.hardware.send(Output::Strip(strip));
            }
        }
        let lines = self.controls.lines(&shown);
        for (line, lit) in &lines {
            if !self.lines.contains(&(*line, *lit)) {
                self.hardware.send(Output::Line(*line, *lit));
            }
        }
        self.lines = lines;
        self.panel(&shown, &state);
    }

    pub(super) fn panel(&self, shown: &[Shown], state: &Arc<State>) {
        self.display.update_panel(|panel| self.controls.fill(panel, shown, state));
    }
}
