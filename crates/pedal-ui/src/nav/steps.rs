//! Where a turn, a click, a long press or a control that moves leads.

use super::keys::{self, Typed};
use super::place::{Code, End, Place, Target, Then};
use super::{Ui, dial, home, menu, ring, show};
use crate::UiAction;

impl Ui {
    pub(super) fn open(&mut self, place: Place) {
        self.transient = false;
        // a list begins at its present entry
        let place = match place {
            Place::Menu(menu, _) => menu::opened(menu, &self.model),
            other => other,
        };
        self.stack.push(place);
    }

    pub(super) fn follow(&mut self, then: Then) -> Vec<UiAction> {
        match then {
            Then::Nothing => Vec::new(),
            Then::Do(action) => vec![action],
            Then::DoAndBack(action) => {
                self.back();
                vec![action]
            }
            Then::DoAndHome(action) => {
                self.home();
                vec![action]
            }
            Then::DoAndOpen(action, place) => {
                self.open(*place);
                vec![action]
            }
            Then::Open(place) => {
                self.open(*place);
                Vec::new()
            }
        }
    }

    /// A control was moved: its dialog opens, or stays.
    pub(super) fn moved(&mut self, target: Target) -> Vec<UiAction> {
        let here = self.stack.last();
        if here == Some(&Place::Dial(target.clone())) || dial::view(&target, &self.model).is_none() {
            return Vec::new();
        }
        // never over something that the player is doing
        match here {
            Some(Place::Dial(_)) if self.transient => drop(self.stack.pop()),
            Some(Place::Home(_)) => {}
            _ => return Vec::new(),
        }
        self.stack.push(Place::Dial(target));
        self.transient = true;
        Vec::new()
    }

    pub(super) fn turn(&mut self, detents: i32) -> Vec<UiAction> {
        let model = &self.model;
        let Some(place) = self.stack.last_mut() else { return Vec::new() };
        match place {
            Place::Home(spot) => *spot = home::turned(model, *spot, detents),
            Place::Menu(menu, row) => {
                let last = menu::entries(menu, model).len() as i64 - 1;
                // the way back stands before the first row
                let at = row.map_or(-1, |row| (row as i64).min(last));
                *row = usize::try_from((at + i64::from(detents)).clamp(-1, last)).ok();
            }
            Place::Dial(target) => {
                // the player has taken it over: it stays until it is closed
                self.transient = false;
                return dial::turn(target, model, detents).into_iter().collect();
            }
            Place::Tuner(button) => *button = ring(*button, show::TUNER_BUTTONS, detents),
            Place::Blend => {
                let position = (model.blend.position + detents as f32 / 60.0).clamp(0.0, 1.0);
                if position != model.blend.position {
                    return vec![UiAction::SetBlend(position)];
                }
            }
            Place::Entry(typing) => keys::turn(typing, detents),
            Place::Confirm(question) => question.selected = usize::from(detents > 0),
            Place::Sentence(..) | Place::Code(_) | Place::Calibrate(..) => {}
        }
        Vec::new()
    }

    pub(super) fn click(&mut self) -> Vec<UiAction> {
        let model = &self.model;
        let Some(place) = self.stack.last_mut() else { return Vec::new() };
        let then = match place {
            Place::Home(spot) => home::click(model, *spot),
            Place::Menu(_, None) => return self.leave(),
            Place::Menu(menu, Some(row)) => menu::entries(menu, model).click(*row),
            Place::Tuner(button) => match show::tuner_click(model, *button) {
                Some(then) => then,
                None => return self.leave(),
            },
            Place::Entry(typing) => match keys::press(typing) {
                Typed::On => Then::Nothing,
                Typed::Cancel => return self.leave(),
                Typed::Done(action) => Then::DoAndBack(action),
                Typed::Next(typing) => {
                    *place = Place::Entry(typing);
                    Then::Nothing
                }
            },
            Place::Confirm(question) if question.selected == 1 => Then::DoAndHome(question.action.clone()),
            Place::Calibrate(at, End::Low) => {
                let at = *at;
                *place = Place::Calibrate(at, End::High);
                Then::Do(UiAction::CalibrateLow(at))
            }
            Place::Calibrate(at, End::High) => Then::DoAndBack(UiAction::CalibrateHigh(*at)),
            Place::Dial(_) | Place::Blend | Place::Confirm(_) | Place::Sentence(..) | Place::Code(_) => {
                return self.leave();
            }
        };
        self.follow(then)
    }

    pub(super) fn long(&mut self) -> Vec<UiAction> {
        let model = &self.model;
        let Some(place) = self.stack.last_mut() else { return Vec::new() };
        let then = match place {
            Place::Home(spot) => home::long(model, *spot),
            Place::Menu(menu, row) => {
                match row.map_or(Then::Nothing, |row| menu::entries(menu, model).hold(row)) {
                    Then::Nothing => return self.leave(),
                    then => then,
                }
            }
            Place::Dial(target) => dial::reset(target, model).map_or(Then::Nothing, Then::Do),
            Place::Entry(typing) => {
                typing.text.pop();
                Then::Nothing
            }
            _ => return self.leave(),
        };
        self.follow(then)
    }

    /// One screen back. What a screen has switched on goes off with it.
    fn leave(&mut self) -> Vec<UiAction> {
        let action = match self.stack.last() {
            Some(Place::Tuner(_)) => Some(UiAction::SetTuner(false)),
            Some(Place::Code(Code::Pairing)) => Some(UiAction::RefusePairing),
            _ => None,
        };
        self.back();
        action.into_iter().collect()
    }
}
