//! The lists: each is made anew from the model whenever it is shown.

mod board;
mod network;
mod plugins;
mod system;

pub(super) use system::band_name;

use super::place::{Menu, Place, Then};
use crate::model::Model;
use crate::view::{List, Mark, Row};

/// A list with what its rows lead to.
pub(super) struct Entries {
    title: String,
    empty: &'static str,
    items: Vec<Item>,
    /// Row to begin with.
    pub(super) start: usize,
}

struct Item {
    row: Row,
    then: Then,
    long: Then,
}

impl Entries {
    fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), empty: "Nothing here", items: Vec::new(), start: 0 }
    }

    fn push(&mut self, row: Row, then: Then) -> &mut Self {
        self.items.push(Item { row, then, long: Then::Nothing });
        self
    }

    /// A row that acts or opens.
    fn row(&mut self, label: impl Into<String>, value: impl Into<String>, then: Then) -> &mut Self {
        let opens = matches!(then, Then::Open(_));
        self.push(Row { label: label.into(), value: value.into(), opens, ..Row::default() }, then)
    }

    /// A row that only informs.
    fn fact(&mut self, label: &str, value: impl Into<String>) -> &mut Self {
        self.push(
            Row { label: label.into(), value: value.into(), dim: true, ..Row::default() },
            Then::Nothing,
        )
    }

    /// A row of which one is the present one; the list begins there.
    fn radio(&mut self, label: impl Into<String>, present: bool, then: Then) -> &mut Self {
        if present {
            self.start = self.items.len();
        }
        self.push(Row { label: label.into(), mark: Mark::Radio(present), ..Row::default() }, then)
    }

    /// A row that is on or off.
    fn switch(&mut self, label: impl Into<String>, on: bool, then: Then) -> &mut Self {
        self.push(Row { label: label.into(), mark: Mark::Switch(on), ..Row::default() }, then)
    }

    /// What a long press on the row just added leads to.
    fn long(&mut self, then: Then) -> &mut Self {
        if let Some(item) = self.items.last_mut() {
            item.long = then;
        }
        self
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn click(&self, row: usize) -> Then {
        self.items.get(row).map_or(Then::Nothing, |item| item.then.clone())
    }

    pub(super) fn hold(&self, row: usize) -> Then {
        self.items.get(row).map_or(Then::Nothing, |item| item.long.clone())
    }

    pub(super) fn view(self, selected: Option<usize>) -> List {
        // A list may have become shorter since it was opened.
        let selected = selected.filter(|_| !self.items.is_empty()).map(|at| at.min(self.items.len() - 1));
        List {
            title: self.title,
            rows: self.items.into_iter().map(|item| item.row).collect(),
            selected,
            empty: self.empty.to_owned(),
        }
    }
}

/// The rows of a list.
pub(super) fn entries(menu: &Menu, model: &Model) -> Entries {
    match menu {
        Menu::Pedalboards => board::pedalboards(model),
        Menu::Boards => board::boards(model),
        Menu::Banks => board::banks(model),
        Menu::Versions => board::versions(model),
        Menu::Snapshots => board::snapshots(model),
        Menu::Snapshot(at) => board::snapshot(model, *at),
        Menu::SnapshotTools => board::snapshot_tools(model),
        Menu::Plugins => plugins::plugins(model),
        Menu::Plugin(instance) => plugins::plugin(model, instance),
        Menu::Presets(instance) => plugins::presets(model, instance),
        Menu::Choices(instance, symbol) => plugins::choices(model, instance, symbol),
        Menu::Assign(instance, symbol) => plugins::assign(model, instance, symbol),
        Menu::Control(at) => board::control(model, *at),
        Menu::Curve(at) => board::curve(model, *at),
        Menu::Footswitches => board::footswitches(model),
        Menu::Tempo => board::tempo(model),
        Menu::Clock => board::clock(model),
        Menu::Blends => board::blends(model),
        Menu::System => system::system(model),
        Menu::Messages => system::messages(model),
        Menu::SystemInfo => system::info(model),
        Menu::Health => system::health(model),
        Menu::BypassSide => system::bypass_side(model),
        Menu::Audio => system::audio(model),
        Menu::Period => system::period(model),
        Menu::Rate => system::rate(model),
        Menu::Eq => system::eq(model),
        Menu::Update => system::update(model),
        Menu::LcdSpeed => system::lcd_speed(model),
        Menu::Wifi => network::wifi(model),
        Menu::NetworkMode => network::mode(model),
        Menu::Nearby => network::nearby(model),
        Menu::Network(ssid) => network::network(model, ssid),
        Menu::Clients => network::clients(model),
        Menu::Client(at) => network::client(model, *at),
    }
}

/// A list, opened at its present entry.
pub(super) fn opened(menu: Menu, model: &Model) -> Place {
    let start = entries(&menu, model).start;
    Place::Menu(menu, Some(start))
}
