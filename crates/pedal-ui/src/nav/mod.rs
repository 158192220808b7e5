//! Navigation: where the player is (here), and where a turn or a press leads (`steps`).

mod dial;
mod home;
mod keys;
mod menu;
mod overlay;
mod place;
mod show;
mod steps;

use std::time::Duration;

use crate::model::Model;
use crate::view::View;
use crate::{Input, UiAction};
use place::{Code, Menu, Place, Purpose, Target};

/// A dialog that a moved control has opened closes after this time without a movement.
const DIALOG: Duration = Duration::from_millis(2200);
/// A selection on the home screen goes away after this time.
const SELECTION: Duration = Duration::from_secs(10);
/// A list is left for the home screen after this time.
const LIST: Duration = Duration::from_secs(60);

/// The screens: takes input and the pedal's state, gives actions and what is to be seen. Pure: no clock, no display.
#[derive(Debug)]
pub struct Ui {
    model: Model,
    /// The way to the present screen; the first is the home screen.
    stack: Vec<Place>,
    /// The dialog on top was opened by a control, not by the player's choice.
    transient: bool,
    /// Answer selected of a question that the pedal asks.
    answer: usize,
}

impl Ui {
    /// Begins at the home screen, with nothing selected.
    pub fn new(model: Model) -> Self {
        let mut ui =
            Self { model: Model::default(), stack: vec![Place::Home(None)], transient: false, answer: 0 };
        ui.set_model(model);
        ui
    }

    /// What is known of the pedal.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Takes the pedal's new state. A tuner that was started elsewhere opens its screen, a code that has to be read is
    /// shown, and what has gone is left.
    pub fn set_model(&mut self, model: Model) {
        let before = std::mem::replace(&mut self.model, model);
        if self.stack.last().is_some_and(|place| counts_in_another_list(place, &before, &self.model)) {
            self.transient = false;
        }
        self.stack.retain(|place| !counts_in_another_list(place, &before, &self.model));
        let model = &self.model;
        if before.pairing.request != model.pairing.request || before.notice != model.notice {
            self.answer = 0;
        }
        match (before.tuner.on, model.tuner.on) {
            (false, true) if !self.within(|place| matches!(place, Place::Tuner(_))) => {
                self.stack.push(Place::Tuner(0));
            }
            (true, false) => self.close(|place| matches!(place, Place::Tuner(_))),
            _ => {}
        }
        let is_code = |place: &Place| matches!(place, Place::Code(Code::Pairing));
        match (before.pairing.code.is_some(), self.model.pairing.code.is_some()) {
            (false, true) if !self.within(is_code) => self.stack.push(Place::Code(Code::Pairing)),
            (true, false) => self.close(is_code),
            _ => {}
        }
        while self.stack.len() > 1 && self.stack.last().is_some_and(|place| self.gone(place)) {
            self.stack.pop();
            self.transient = false;
        }
        if let Some(Place::Home(spot)) = self.stack.first_mut()
            && spot.is_some_and(|spot| !home::spots(&self.model).contains(&spot))
        {
            *spot = None;
        }
    }

    fn within(&self, is: impl Fn(&Place) -> bool) -> bool {
        self.stack.iter().any(is)
    }

    fn close(&mut self, is: impl Fn(&Place) -> bool) {
        self.stack.retain(|place| !is(place));
    }

    /// Whether what the screen is about is no longer there.
    fn gone(&self, place: &Place) -> bool {
        let model = &self.model;
        match place {
            Place::Dial(target) => dial::view(target, model).is_none(),
            Place::Blend => model.blend.current.is_none(),
            Place::Calibrate(at, _) => *at >= model.controls.len(),
            Place::Menu(Menu::Plugin(instance) | Menu::Presets(instance), _) => {
                model.plugin(instance).is_none()
            }
            Place::Menu(Menu::Choices(instance, symbol) | Menu::Assign(instance, symbol), _) => {
                model.parameter(instance, symbol).is_none()
            }
            Place::Menu(Menu::Snapshot(at), _) => *at >= model.snapshots.names.len(),
            Place::Menu(Menu::Control(at) | Menu::Curve(at), _) => *at >= model.controls.len(),
            Place::Menu(Menu::Client(at), _) => *at >= model.pairing.clients.len(),
            _ => false,
        }
    }

    /// Whether a footswitch is an answer at the moment: a browser asks to be let in.
    pub fn wants_footswitches(&self) -> bool {
        overlay::of(&self.model).is_some_and(overlay::Overlay::takes_feet)
    }

    /// After how much time without input [`Ui::idle`] is to be called; none: never.
    pub fn patience(&self) -> Option<Duration> {
        match self.stack.last() {
            Some(Place::Dial(_)) if self.transient => Some(DIALOG),
            Some(Place::Home(Some(_))) => Some(SELECTION),
            Some(Place::Menu(..)) => Some(LIST),
            _ => None,
        }
    }

    /// Nothing was done for the time that [`Ui::patience`] gave.
    pub fn idle(&mut self) {
        match self.stack.last() {
            Some(Place::Dial(_)) if self.transient => self.back(),
            Some(Place::Home(Some(_)) | Place::Menu(..)) => self.home(),
            _ => {}
        }
    }

    /// Does what the player asks for; what the pedal has to do is in the answer.
    pub fn input(&mut self, input: Input) -> Vec<UiAction> {
        if let Some(overlay) = overlay::of(&self.model) {
            return overlay.input(&self.model, &mut self.answer, &input);
        }
        match input {
            Input::Turn(0) | Input::Footswitch(_) => Vec::new(),
            Input::Turn(detents) => self.turn(detents),
            Input::Click => self.click(),
            Input::Long => self.long(),
            Input::Moved { instance, symbol } => self.moved(Target::Parameter(instance, symbol)),
            Input::VolumeMoved => self.moved(Target::OutputVolume),
        }
    }

    /// What is to be seen.
    pub fn view(&self) -> View {
        match overlay::of(&self.model) {
            Some(overlay) => overlay.view(&self.model, self.answer),
            None => self.stack.last().map_or(View::Home(None), |place| show::view(place, &self.model)),
        }
    }

    /// Where the player is, for tests.
    #[cfg(test)]
    fn place(&self) -> &Place {
        self.stack.last().expect("the home screen stays")
    }

    fn back(&mut self) {
        if self.stack.len() > 1 {
            self.stack.pop();
        }
        self.transient = false;
    }

    fn home(&mut self) {
        self.stack = vec![Place::Home(None)];
        self.transient = false;
    }
}

/// Whether a screen is about a place in a list that is another one now: a question to delete the second snapshot must not
/// delete the second one of the board that a foot has loaded meanwhile.
fn counts_in_another_list(place: &Place, before: &Model, now: &Model) -> bool {
    let board = before.board.title != now.board.title || before.board_index != now.board_index;
    let snapshots = || board || before.snapshots.names.len() != now.snapshots.names.len();
    let clients = || before.pairing.clients != now.pairing.clients;
    match place {
        Place::Menu(Menu::Snapshot(_), _) => snapshots(),
        Place::Menu(Menu::Client(_), _) => clients(),
        Place::Entry(typing) => matches!(typing.purpose, Purpose::Rename(_)) && snapshots(),
        Place::Confirm(question) => match question.action {
            UiAction::DeleteSnapshot(_) => snapshots(),
            UiAction::RevokeClient(_) => clients(),
            UiAction::LoadVersion(_) => board || before.board.versions != now.board.versions,
            _ => false,
        },
        _ => false,
    }
}

/// A place in a ring of `count`, `detents` further.
fn ring(at: usize, count: usize, detents: i32) -> usize {
    (at as i64 + i64::from(detents)).rem_euclid(count.max(1) as i64) as usize
}

#[cfg(test)]
mod tests;
