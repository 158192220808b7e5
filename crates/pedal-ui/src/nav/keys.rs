//! Text by the encoder: the keys, and what a press of one does.

use super::place::{Layer, Purpose, Typing};
use crate::UiAction;
use crate::model::Password;
use crate::view::Entry;

/// Names of the keys that are no letters.
const OK: &str = "OK";
const CANCEL: &str = "cancel";
const DELETE: &str = "del";
const SPACE: &str = "space";

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SIGNS: &str = "0123456789-_.,:;!?@#$%&*+=/\\()[]{}<>'\"^~|`";

/// What a press of a key leads to.
pub(super) enum Typed {
    /// The text goes on.
    On,
    /// Nothing was asked for.
    Cancel,
    /// This was asked for.
    Done(UiAction),
    /// This has to be typed next.
    Next(Box<Typing>),
}

/// Letters of the layer, then the keys with names. From the first letter one detent back leads to OK.
pub(super) fn keys(layer: Layer) -> Vec<String> {
    let (letters, others) = match layer {
        Layer::Lower => (LOWER, ["ABC", "123"]),
        Layer::Upper => (UPPER, ["abc", "123"]),
        Layer::Signs => (SIGNS, ["abc", "ABC"]),
    };
    let named = others.into_iter().chain([SPACE, DELETE, CANCEL, OK]).map(str::to_owned);
    letters.chars().map(String::from).chain(named).collect()
}

/// What is asked for, as the title.
fn title(purpose: &Purpose) -> String {
    match purpose {
        Purpose::BoardTitle => "Save board as".into(),
        Purpose::SnapshotName => "New snapshot".into(),
        Purpose::VersionName => "Keep version".into(),
        Purpose::Rename(_) => "Rename snapshot".into(),
        Purpose::Ssid => "Name of the network".into(),
        Purpose::WifiPassword(ssid) => format!("Password of {ssid}"),
    }
}

/// What is still missing; empty: it can be taken.
fn missing(typing: &Typing) -> &'static str {
    let length = typing.text.len();
    match typing.purpose {
        Purpose::WifiPassword(_) if length == 0 => "empty: open network",
        Purpose::WifiPassword(_) if length < 8 => "at least 8 characters",
        Purpose::WifiPassword(_) if length > 63 => "at most 63 characters",
        Purpose::Ssid if length > 32 => "at most 32 characters",
        _ if typing.text.trim().is_empty() => "type a name",
        _ => "",
    }
}

fn complete(typing: &Typing) -> bool {
    matches!(missing(typing), "" | "empty: open network")
}

pub(super) fn view(typing: &Typing) -> Entry {
    Entry {
        title: title(&typing.purpose),
        text: typing.text.clone(),
        keys: keys(typing.layer),
        selected: typing.selected,
        hint: missing(typing).to_owned(),
    }
}

/// Turns to another key; the row of keys is a ring.
pub(super) fn turn(typing: &mut Typing, detents: i32) {
    let keys = keys(typing.layer).len() as i64;
    typing.selected = (typing.selected as i64 + i64::from(detents)).rem_euclid(keys) as usize;
}

/// Presses the selected key.
pub(super) fn press(typing: &mut Typing) -> Typed {
    let keys = keys(typing.layer);
    let key = keys.get(typing.selected).map_or("", String::as_str);
    let layer = match key {
        "abc" => Some(Layer::Lower),
        "ABC" => Some(Layer::Upper),
        "123" => Some(Layer::Signs),
        _ => None,
    };
    if let Some(layer) = layer {
        typing.layer = layer;
        typing.selected = 0;
        return Typed::On;
    }
    match key {
        CANCEL => Typed::Cancel,
        DELETE => {
            typing.text.pop();
            Typed::On
        }
        OK if complete(typing) => done(typing),
        OK => Typed::On,
        SPACE => write(typing, " "),
        letter => write(typing, letter),
    }
}

fn write(typing: &mut Typing, letter: &str) -> Typed {
    // no name and no password of any kind is longer
    if typing.text.len() < 64 {
        typing.text.push_str(letter);
    }
    // as on a telephone: one capital, then small letters
    if typing.layer == Layer::Upper && letter != " " {
        typing.layer = Layer::Lower;
    }
    Typed::On
}

fn done(typing: &Typing) -> Typed {
    let text = typing.text.clone();
    let name = text.trim().to_owned();
    Typed::Done(match &typing.purpose {
        Purpose::BoardTitle => UiAction::SaveBoardAs(name),
        Purpose::SnapshotName => UiAction::SaveSnapshotAs(name),
        Purpose::VersionName => UiAction::KeepVersion(name),
        Purpose::Rename(at) => UiAction::RenameSnapshot(*at, name),
        Purpose::Ssid => {
            return Typed::Next(Box::new(Typing {
                purpose: Purpose::WifiPassword(text),
                text: String::new(),
                layer: Layer::Lower,
                selected: 0,
            }));
        }
        Purpose::WifiPassword(ssid) => UiAction::JoinWifi {
            ssid: ssid.clone(),
            password: (!text.is_empty()).then(|| Password::new(text)),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typing(purpose: Purpose, text: &str) -> Typing {
        Typing { purpose, text: text.into(), layer: Layer::Lower, selected: 0 }
    }

    fn choose(typing: &mut Typing, key: &str) -> Typed {
        typing.selected = keys(typing.layer).iter().position(|have| have == key).expect("a key");
        press(typing)
    }

    #[test]
    fn a_short_password_is_not_taken() {
        let mut entry = typing(Purpose::WifiPassword("Home".into()), "tulip12");
        assert!(matches!(choose(&mut entry, OK), Typed::On));
        choose(&mut entry, "123");
        choose(&mut entry, "4");
        let Typed::Done(UiAction::JoinWifi { ssid, password: Some(password) }) = choose(&mut entry, OK)
        else {
            panic!("not taken")
        };
        assert_eq!((ssid.as_str(), password.reveal()), ("Home", "tulip124"));
    }

    #[test]
    fn one_detent_back_from_the_first_key_is_ok() {
        for layer in [Layer::Lower, Layer::Upper, Layer::Signs] {
            let mut entry = Typing { layer, ..typing(Purpose::BoardTitle, "x") };
            turn(&mut entry, -1);
            assert!(matches!(press(&mut entry), Typed::Done(UiAction::SaveBoardAs(name)) if name == "x"));
        }
    }

    #[test]
    fn every_sign_of_a_password_can_be_typed() {
        let all: String = [LOWER, UPPER, SIGNS, " "].concat();
        assert!((' '..='~').all(|letter| all.contains(letter)));
    }
}
