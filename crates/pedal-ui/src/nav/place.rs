//! Where in the screens the player is.

use crate::UiAction;
use crate::view::Spot;

/// A screen and what is selected there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    Home(Option<Spot>),
    /// A list; `None` selects the way back.
    Menu(Menu, Option<usize>),
    Dial(Target),
    Tuner(usize),
    Blend,
    Entry(Box<Typing>),
    Confirm(Box<Confirm>),
    /// A title and a sentence.
    Sentence(String, String),
    /// The pairing code, or the hotspot's name and password.
    Code(Code),
    Calibrate(usize, End),
}

/// Every list.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Menu {
    System,
    SystemInfo,
    Messages,
    Health,
    Pedalboards,
    Boards,
    Banks,
    Versions,
    Snapshots,
    Snapshot(usize),
    SnapshotTools,
    Plugins,
    Plugin(String),
    Presets(String),
    Choices(String, String),
    Assign(String, String),
    Control(usize),
    Curve(usize),
    Footswitches,
    BypassSide,
    Tempo,
    Clock,
    Blends,
    Audio,
    Period,
    Rate,
    Eq,
    Wifi,
    NetworkMode,
    Nearby,
    Network(String),
    Clients,
    Client(usize),
    Update,
    LcdSpeed,
}

/// Every value that is turned.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    Parameter(String, String),
    OutputVolume,
    InputGain,
    EqBand(usize),
    VuBaseline,
    Tempo,
    Reference,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Code {
    Pairing,
    Hotspot,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    Low,
    High,
}

/// What a typed text is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Purpose {
    BoardTitle,
    SnapshotName,
    VersionName,
    Rename(usize),
    /// The name of a network that does not show itself.
    Ssid,
    WifiPassword(String),
}

/// Letters of which kind the keys show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Layer {
    Lower,
    Upper,
    Signs,
}

#[derive(Clone, PartialEq)]
pub(super) struct Typing {
    pub(super) purpose: Purpose,
    pub(super) text: String,
    pub(super) layer: Layer,
    pub(super) selected: usize,
}

impl std::fmt::Debug for Typing {
    /// Without the text: it may be a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let letters = self.text.chars().count();
        write!(f, "Typing({:?}, {letters} letters, {:?}, {})", self.purpose, self.layer, self.selected)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Confirm {
    pub(super) title: String,
    pub(super) text: String,
    pub(super) yes: String,
    pub(super) action: UiAction,
    /// 0 = no, 1 = yes.
    pub(super) selected: usize,
}

/// What a click or a long press on something leads to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Then {
    Nothing,
    /// Act and stay.
    Do(UiAction),
    /// Act and go one screen back.
    DoAndBack(UiAction),
    /// Act and go to the home screen.
    DoAndHome(UiAction),
    /// Act and open.
    DoAndOpen(UiAction, Box<Place>),
    Open(Box<Place>),
}

impl Then {
    pub(super) fn menu(menu: Menu) -> Self {
        Self::Open(Box::new(Place::Menu(menu, Some(0))))
    }

    pub(super) fn dial(target: Target) -> Self {
        Self::Open(Box::new(Place::Dial(target)))
    }

    pub(super) fn entry(purpose: Purpose, text: &str) -> Self {
        Self::Open(Box::new(Place::Entry(Box::new(Typing {
            purpose,
            text: text.to_owned(),
            layer: Layer::Lower,
            selected: 0,
        }))))
    }

    /// A sentence that was too long for its row.
    pub(super) fn notice(title: &str, text: &str) -> Self {
        Self::Open(Box::new(Place::Sentence(title.to_owned(), text.to_owned())))
    }

    pub(super) fn confirm(title: &str, text: &str, yes: &str, action: UiAction) -> Self {
        Self::Open(Box::new(Place::Confirm(Box::new(Confirm {
            title: title.to_owned(),
            text: text.to_owned(),
            yes: yes.to_owned(),
            action,
            selected: 0,
        }))))
    }
}
