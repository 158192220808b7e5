//! When something is to be drawn, and the drawing: what passes with time, and the picture itself.

use std::sync::Arc;
use std::time::Duration;

use embedded_graphics::draw_target::DrawTargetExt;
use embedded_graphics::pixelcolor::BinaryColor;
use pedal_ui::paint::{ColourScreen, draw_mono};
use tokio::time::Instant;

use super::Task;
use crate::display::{Frame, Screen, model, outside};

/// Time between two pictures: at most 30 a second.
pub(super) const FRAME: Duration = Duration::from_millis(33);
/// How long a message that is no error stands on the home screen.
const MESSAGE: Duration = Duration::from_secs(6);
/// How long clipping is shown.
const CLIP: Duration = Duration::from_secs(2);
/// After this time without an engine the menus open: the network can be set up without sound.
const STARTING: Duration = Duration::from_secs(15);

impl Task {
    /// When something is to be done without anything happening.
    pub(super) fn wake(&self) -> Instant {
        let never = Instant::now() + Duration::from_secs(3600);
        [
            self.due.then(|| self.last_picture + FRAME),
            self.ui.patience().map(|patience| self.last_input + patience),
            self.message.as_ref().filter(|_| !self.around.read).map(|(_, since)| *since + MESSAGE),
            self.clipped.map(|since| since + CLIP),
            self.recording.map(|since| since + Duration::from_secs(u64::from(self.around.recording) + 1)),
            (!self.around.started).then(|| self.begun + STARTING),
        ]
        .into_iter()
        .flatten()
        .fold(never, std::cmp::Ord::min)
    }

    /// Some time has passed.
    pub(super) fn time(&mut self) {
        let now = Instant::now();
        if self.ui.patience().is_some_and(|patience| now >= self.last_input + patience) {
            self.ui.idle();
            self.last_input = now;
            self.due = true;
        }
        if self.message.as_ref().is_some_and(|(_, since)| now >= *since + MESSAGE) {
            self.message = None;
            self.around.read = true;
            self.due = true;
        }
        if self.clipped.is_some_and(|since| now >= since + CLIP) {
            self.clipped = None;
            self.around.clip = false;
            self.due = true;
        }
        match self.recording {
            Some(since) => {
                let seconds = now.duration_since(since).as_secs() as u32;
                self.due |= seconds != self.around.recording;
                self.around.recording = seconds;
            }
            None => self.around.recording = 0,
        }
        if !self.around.started && now >= self.begun + STARTING {
            self.around.started = true;
            self.due = true;
        }
    }

    /// Brings the screens up to date with what is known.
    pub(super) fn refresh(&mut self) {
        self.around.pairing = outside::pairing(&self.pairing, &self.clients);
        self.around.wifi =
            outside::wifi(&self.network, &self.nearby, self.key.as_deref(), self.busy, &self.pairing.url);
        let model = model::model(&self.state, &self.panel, &self.around);
        if model != *self.ui.model() {
            self.ui.set_model(model);
        }
        let asks = self.ui.wants_footswitches();
        self.display.asking.send_if_modified(|asking| std::mem::replace(asking, asks) != asks);
    }

    /// Draws a picture when it is due, and publishes it when it differs.
    pub(super) fn show(&mut self) {
        let now = Instant::now();
        if !self.due || now < self.last_picture + FRAME {
            return;
        }
        self.due = false;
        self.last_picture = now;
        self.refresh();
        let (view, model) = (self.ui.view(), self.ui.model());
        if self.shown != self.panel.screen {
            self.shown = self.panel.screen;
            self.painter = ColourScreen::new();
            self.picture = match self.shown {
                Screen::Colour => Frame::new(320, 240),
                Screen::Mono => Frame::new(128, 64),
            };
        }
        let never = match self.shown {
            Screen::Colour => self.painter.show(&view, model, &mut self.picture).map(drop),
            Screen::Mono => draw_mono(&view, model, &mut self.picture.color_converted::<BinaryColor>()),
        };
        match never {
            Ok(()) => {}
            Err(never) => match never {},
        }
        self.display.frame.send_if_modified(|frame| {
            let differs = **frame != self.picture;
            if differs {
                *frame = Arc::new(self.picture.clone());
            }
            differs
        });
    }
}
