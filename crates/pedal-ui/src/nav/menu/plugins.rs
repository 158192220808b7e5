//! Lists of plugins: which there are, their parameters and presets, and what steers a parameter.

use super::super::dial::value_text;
use super::super::place::{Menu, Target, Then};
use super::Entries;
use crate::UiAction;
use crate::model::{Kind, Model, Parameter};
use crate::view::{Mark, Row};

pub(super) fn plugins(model: &Model) -> Entries {
    let mut list = Entries::new("Plugins");
    list.empty = "This board has no plugins";
    for plugin in &model.board.plugins {
        let value = match (plugin.missing, plugin.bypassed, plugin.cost) {
            (true, ..) => "missing".to_owned(),
            (_, true, _) => "bypassed".to_owned(),
            (.., Some(cost)) => format!("{cost:.1} %"),
            _ => String::new(),
        };
        let row = Row {
            label: plugin.name.clone(),
            value,
            opens: true,
            colour: Some(plugin.category.colour()),
            ..Row::default()
        };
        list.push(row, Then::menu(Menu::Plugin(plugin.instance.clone())));
    }
    list
}

pub(super) fn plugin(model: &Model, instance: &str) -> Entries {
    let Some(plugin) = model.plugin(instance) else { return Entries::new("Plugin") };
    let mut list = Entries::new(&plugin.name);
    let bypass = UiAction::SetBypass { instance: plugin.instance.clone(), bypassed: !plugin.bypassed };
    list.switch("On", !plugin.bypassed, Then::Do(bypass));
    let mut parameters: Vec<&Parameter> = plugin.parameters.iter().collect();
    parameters.sort_by_key(|parameter| parameter.name.to_lowercase());
    for parameter in parameters {
        let [owner, symbol] = [&plugin.instance, &parameter.symbol].map(Clone::clone);
        let then = match &parameter.kind {
            Kind::Choice(_) => Then::menu(Menu::Choices(owner.clone(), symbol.clone())),
            Kind::Toggle => {
                let middle = f32::midpoint(parameter.min, parameter.max);
                let value = if parameter.value >= middle { parameter.min } else { parameter.max };
                Then::Do(UiAction::SetParameter { instance: owner.clone(), symbol: symbol.clone(), value })
            }
            _ => Then::dial(Target::Parameter(owner.clone(), symbol.clone())),
        };
        let mark = match parameter.kind {
            Kind::Toggle => Mark::Switch(parameter.value >= f32::midpoint(parameter.min, parameter.max)),
            _ => Mark::None,
        };
        let (value, unit) = value_text(parameter);
        let value = match mark {
            Mark::None => format!("{value} {unit}").trim().to_owned(),
            _ => String::new(),
        };
        let row = Row { label: parameter.name.clone(), value, mark, opens: true, ..Row::default() };
        list.push(row, then).long(Then::menu(Menu::Assign(owner, symbol)));
    }
    if !plugin.presets.is_empty() {
        let preset = plugin.preset.and_then(|at| plugin.presets.get(at)).map_or("", String::as_str);
        list.row("Presets", preset, Then::menu(Menu::Presets(plugin.instance.clone())));
    }
    list
}

pub(super) fn presets(model: &Model, instance: &str) -> Entries {
    let mut list = Entries::new("Presets");
    list.empty = "This plugin has no presets";
    let Some(plugin) = model.plugin(instance) else { return list };
    for (preset, name) in plugin.presets.iter().enumerate() {
        let action = UiAction::LoadPreset { instance: plugin.instance.clone(), preset };
        list.radio(name, plugin.preset == Some(preset), Then::DoAndBack(action));
    }
    list
}

pub(super) fn choices(model: &Model, instance: &str, symbol: &str) -> Entries {
    let Some(parameter) = model.parameter(instance, symbol) else { return Entries::new("Choose") };
    let mut list = Entries::new(&parameter.name);
    if let Kind::Choice(choices) = &parameter.kind {
        let nearest =
            choices.iter().map(|choice| (choice.value - parameter.value).abs()).fold(f32::INFINITY, f32::min);
        for choice in choices {
            let present = (choice.value - parameter.value).abs() <= nearest;
            let [instance, symbol] = [instance, symbol].map(str::to_owned);
            let action = UiAction::SetParameter { instance, symbol, value: choice.value };
            list.radio(&choice.name, present, Then::DoAndBack(action));
        }
    }
    list
}

pub(super) fn assign(model: &Model, instance: &str, symbol: &str) -> Entries {
    let Some(parameter) = model.parameter(instance, symbol) else { return Entries::new("Assign") };
    let mut list = Entries::new(&parameter.name);
    let [instance, symbol] = [instance, symbol].map(str::to_owned);
    if model.learning.is_some() {
        list.row("Cancel MIDI learn", "waiting", Then::Do(UiAction::CancelLearn));
    } else {
        let learn = UiAction::Learn { instance: instance.clone(), symbol: symbol.clone() };
        list.row("MIDI learn", "move a control", Then::Do(learn));
    }
    if let Some(by) = &parameter.assigned {
        let free = UiAction::Unassign { instance: instance.clone(), symbol: symbol.clone() };
        list.row("Remove assignment", by.as_str(), Then::DoAndBack(free));
    }
    let value = parameter.default;
    list.row(
        "Reset to default",
        value_text(&Parameter { value, ..parameter.clone() }).0,
        Then::DoAndBack(UiAction::SetParameter { instance, symbol, value }),
    );
    list
}
