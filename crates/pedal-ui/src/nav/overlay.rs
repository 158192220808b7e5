//! What stands over every screen: starting and stopping, a browser that asks, a sentence that must be read.

use super::ring;
use crate::model::{Model, Stage};
use crate::view::{Question, View};
use crate::{Input, UiAction};

/// What stands over the screens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Overlay {
    /// The pedal starts, updates or stops: nothing can be done.
    Stage,
    /// A browser asks to be let in.
    Request,
    /// Something has gone wrong, and the player has to know.
    Error,
}

/// What stands over the screens at the moment. Good news are not among them: they stand on the home screen.
pub(super) fn of(model: &Model) -> Option<Overlay> {
    if model.stage != Stage::Playing {
        Some(Overlay::Stage)
    } else if model.pairing.request.is_some() {
        Some(Overlay::Request)
    } else if model.notice.as_ref().is_some_and(|notice| notice.error) {
        Some(Overlay::Error)
    } else {
        None
    }
}

const ANSWERS: [&str; 2] = ["Refuse", "Let in"];

impl Overlay {
    /// Whether footswitches answer it.
    pub(super) fn takes_feet(self) -> bool {
        self == Self::Request
    }

    pub(super) fn input(self, model: &Model, answer: &mut usize, input: &Input) -> Vec<UiAction> {
        let reply = |answer| if answer == 1 { UiAction::AcceptPairing } else { UiAction::RefusePairing };
        match (self, input) {
            (Self::Stage, _) => Vec::new(),
            (Self::Request, Input::Turn(detents)) => {
                *answer = ring(*answer, ANSWERS.len(), *detents);
                Vec::new()
            }
            (Self::Request, Input::Click) => vec![reply(*answer)],
            (Self::Request, Input::Long) => vec![UiAction::RefusePairing],
            // the left switch refuses, the right one lets in: as the answers stand on the screen
            (Self::Request, Input::Footswitch(0)) => vec![UiAction::RefusePairing],
            (Self::Request, Input::Footswitch(at)) if at + 1 == model.footswitches.len() => {
                vec![UiAction::AcceptPairing]
            }
            (Self::Error, Input::Click | Input::Long) => vec![UiAction::DismissNotice],
            _ => Vec::new(),
        }
    }

    pub(super) fn view(self, model: &Model, answer: usize) -> View {
        match self {
            Self::Stage => stage(&model.stage),
            Self::Request => {
                let client = model.pairing.request.clone().unwrap_or_default();
                View::Question(Question {
                    title: "Let it in?".into(),
                    text: format!("{} wants to control this pedal ({}).", client.name, client.role),
                    error: false,
                    buttons: ANSWERS.map(str::to_owned).to_vec(),
                    selected: answer,
                })
            }
            Self::Error => {
                let notice = model.notice.clone().unwrap_or_default();
                View::Question(Question {
                    title: notice.title,
                    text: notice.text,
                    error: true,
                    buttons: vec!["OK".into()],
                    selected: 0,
                })
            }
        }
    }
}

fn stage(stage: &Stage) -> View {
    let progress =
        |title: &str, text: &str, share| View::Progress { title: title.into(), text: text.into(), share };
    match stage {
        Stage::Booting(step) => progress("Starting", &step.text, Some(step.share)),
        Stage::Updating(step) => progress("Updating", &step.text, Some(step.share)),
        Stage::Stopping(text) => progress("Stopping", text, None),
        Stage::SafeToPowerOff => View::SafeToPowerOff,
        Stage::Playing => View::Home(None),
    }
}
