//! From a place to what is to be seen there.

use super::place::{Code, End, Place, Target, Then};
use super::{dial, keys, menu};
use crate::UiAction;
use crate::model::{Model, Wifi};
use crate::view::{BlendView, CodeView, Question, TunerView, View};

/// Buttons of the tuner's screen.
pub(super) const TUNER_BUTTONS: usize = 4;

pub(super) fn view(place: &Place, model: &Model) -> View {
    match place {
        Place::Home(spot) => View::Home(*spot),
        Place::Menu(menu, row) => View::List(menu::entries(menu, model).view(*row)),
        Place::Dial(target) => dial::view(target, model).map_or(View::Home(None), View::Dial),
        Place::Tuner(button) => View::Tuner(tuner(model, *button)),
        Place::Blend => View::Blend(blend(model)),
        Place::Entry(typing) => View::Entry(keys::view(typing)),
        Place::Confirm(question) => View::Question(Question {
            title: question.title.clone(),
            text: question.text.clone(),
            error: false,
            buttons: vec!["Cancel".into(), question.yes.clone()],
            selected: question.selected,
        }),
        Place::Sentence(title, text) => sentence(title, text, "Back"),
        Place::Code(Code::Pairing) => View::Code(pairing(model)),
        Place::Code(Code::Hotspot) => View::Code(hotspot(&model.wifi)),
        Place::Calibrate(_, End::Low) => {
            sentence("Calibrate", "Move the pedal to the heel (its low end), then press.", "Heel is down")
        }
        Place::Calibrate(_, End::High) => {
            sentence("Calibrate", "Move the pedal to the toe (its high end), then press.", "Toe is down")
        }
    }
}

fn sentence(title: &str, text: &str, button: &str) -> View {
    View::Question(Question {
        title: title.into(),
        text: text.into(),
        error: false,
        buttons: vec![button.into()],
        selected: 0,
    })
}

fn tuner(model: &Model, selected: usize) -> TunerView {
    let tuner = &model.tuner;
    let note = tuner.note();
    TunerView {
        note: note.map(|(name, octave, _)| (name.to_owned(), octave)),
        cents: note.map_or(0.0, |(_, _, cents)| cents),
        frequency: tuner.frequency.unwrap_or(0.0),
        mute: tuner.mute,
        buttons: vec![
            "Close".into(),
            if tuner.mute { "Muted" } else { "Heard" }.into(),
            format!("In {}", tuner.input),
            format!("A {:.0}", tuner.reference),
        ],
        selected,
    }
}

/// What a press of a button of the tuner leads to; none: it is closed.
pub(super) fn tuner_click(model: &Model, button: usize) -> Option<Then> {
    let tuner = &model.tuner;
    match button {
        1 => Some(Then::Do(UiAction::SetTunerMute(!tuner.mute))),
        2 => Some(Then::Do(UiAction::SetTunerInput(tuner.input % tuner.inputs.max(1) + 1))),
        3 => Some(Then::dial(Target::Reference)),
        _ => None,
    }
}

fn blend(model: &Model) -> BlendView {
    let blend = &model.blend;
    BlendView {
        name: blend.current.and_then(|at| blend.names.get(at)).cloned().unwrap_or_default(),
        curve: blend.curve.clone(),
        position: blend.position,
        stops: blend.stops.clone(),
    }
}

fn pairing(model: &Model) -> CodeView {
    let pairing = &model.pairing;
    let code = pairing.code.clone().unwrap_or_default();
    CodeView {
        title: "Pair a device".into(),
        content: if pairing.code.is_some() { pairing.url.clone() } else { String::new() },
        lines: vec![
            ("Code".into(), if code.is_empty() { "wait".into() } else { code }),
            ("Page".into(), model.wifi.address.trim_start_matches("http://").to_owned()),
        ],
    }
}

/// The hotspot's name and key; the picture is what telephones understand as a network.
fn hotspot(wifi: &Wifi) -> CodeView {
    let quoted = |text: &str| {
        text.chars().fold(String::new(), |mut all, letter| {
            if matches!(letter, '\\' | ';' | ',' | ':' | '"') {
                all.push('\\');
            }
            all.push(letter);
            all
        })
    };
    let (ssid, key) = (wifi.hotspot_ssid.as_str(), wifi.hotspot_password.reveal());
    let content = if ssid.is_empty() || key.is_empty() {
        String::new()
    } else {
        format!("WIFI:T:WPA;S:{};P:{};;", quoted(ssid), quoted(key))
    };
    CodeView {
        title: "Hotspot".into(),
        content,
        lines: vec![("Network".into(), ssid.to_owned()), ("Password".into(), key.to_owned())],
    }
}
