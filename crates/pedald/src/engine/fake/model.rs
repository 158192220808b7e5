//! What the fake engine holds, and what becomes of it by each command.

use std::collections::{BTreeMap, BTreeSet};

use mod_protocol::{Command, ErrorCode, FIRST_TOOL, Feature, GLOBAL_INSTANCE, Reply};

use crate::engine::{EngineBoard, EngineMidi, EnginePlugin, EngineTempo, Place};
use crate::session::Catalogue;

/// What the fake engine holds.
pub struct Model {
    catalogue: Box<dyn Catalogue>,
    /// The running board.
    pub board: EngineBoard,
    /// Boards beside it.
    pub slots: BTreeMap<u32, EngineBoard>,
    /// URIs of plugins and presets that cannot be loaded, and ports that take no cable.
    pub broken: BTreeSet<String>,
    /// The control that the next controller is bound to.
    pub learning: Option<(i32, String)>,
    /// Boards of this name are refused as a whole.
    pub refused: BTreeSet<String>,
    /// Everything that was asked for.
    pub commands: Vec<Command>,
    /// Whole boards that were built: their names and places.
    pub loads: Vec<(String, Place)>,
    /// Whether a transaction is open.
    pub open: bool,
    /// It takes commands and neither does nor answers them, until its link is given up.
    pub hangs: bool,
}

impl Model {
    /// An engine that has the catalogue's plugins.
    pub fn new(catalogue: impl Catalogue) -> Self {
        Self {
            catalogue: Box::new(catalogue),
            board: EngineBoard {
                version: 1,
                name: String::new(),
                plugins: vec![],
                connections: vec![],
                midi: vec![],
                tempo: None,
            },
            slots: BTreeMap::new(),
            broken: BTreeSet::new(),
            learning: None,
            refused: BTreeSet::new(),
            commands: Vec::new(),
            loads: Vec::new(),
            open: false,
            hangs: false,
        }
    }

    fn plugin(&mut self, instance: i32) -> Result<&mut EnginePlugin, ErrorCode> {
        self.board
            .plugins
            .iter_mut()
            .find(|plugin| plugin.instance == instance)
            .ok_or(ErrorCode::InstanceMissing)
    }

    fn made(&self, uri: &str, instance: i32) -> Result<EnginePlugin, ErrorCode> {
        let spec = self.catalogue.plugin(uri).ok_or(ErrorCode::BadUri)?;
        if self.broken.contains(uri) {
            return Err(ErrorCode::Instantiate);
        }
        let params = spec.controls.iter().map(|control| (control.symbol.clone(), control.default)).collect();
        Ok(EnginePlugin {
            instance,
            uri: uri.to_owned(),
            params,
            bypass: false,
            preset: None,
            properties: BTreeMap::new(),
            state: None,
        })
    }

    fn set(&mut self, instance: i32, symbol: &str, value: f32) -> Result<(), ErrorCode> {
        let plugin = self.plugin(instance)?;
        if symbol == ":bypass" {
            plugin.bypass = value >= 0.5;
            return Ok(());
        }
        *plugin.params.get_mut(symbol).ok_or(ErrorCode::UnknownSymbol)? = value;
        Ok(())
    }

    fn exists(&self, port: &str) -> bool {
        let Some(rest) = port.strip_prefix("effect_") else { return true };
        let number = rest.split_once(':').and_then(|(number, _)| number.parse::<i32>().ok());
        self.board.plugins.iter().any(|plugin| Some(plugin.instance) == number)
    }

    fn add(&mut self, uri: &str, instance: i32) -> Reply {
        match (self.plugin(instance).is_ok(), self.made(uri, instance)) {
            (true, _) => ErrorCode::InstanceExists.into(),
            (_, Err(error)) => error.into(),
            (_, Ok(plugin)) => {
                self.board.plugins.push(plugin);
                Reply::Status(instance)
            }
        }
    }

    /// Removes a plugin with its cables and bindings; −1: all but the tools.
    fn remove(&mut self, instance: i32) {
        let gone = |number: i32| instance == -1 && number < FIRST_TOOL || number == instance;
        self.board.plugins.retain(|plugin| !gone(plugin.instance));
        let prefix = format!("effect_{instance}:");
        let touches = |port: &str| instance == -1 && port.starts_with("effect_") || port.starts_with(&prefix);
        self.board.connections.retain(|(from, to)| !touches(from) && !touches(to));
        self.board.midi.retain(|midi| !gone(midi.instance));
    }

    /// A preset of the fake sets everything to its least value.
    fn load_preset(&mut self, instance: i32, preset: &str) -> Result<(), ErrorCode> {
        if self.broken.contains(preset) {
            return Err(ErrorCode::LoadState);
        }
        let uri = self.plugin(instance)?.uri.clone();
        let spec = self.catalogue.plugin(&uri).ok_or(ErrorCode::BadUri)?;
        let plugin = self.plugin(instance)?;
        plugin.preset = Some(preset.to_owned());
        for control in &spec.controls {
            plugin.params.insert(control.symbol.clone(), control.min);
        }
        Ok(())
    }

    fn connect(&mut self, source: &str, destination: &str) -> Result<(), ErrorCode> {
        let broken = self.broken.contains(source) || self.broken.contains(destination);
        if broken || !self.exists(source) || !self.exists(destination) {
            return Err(ErrorCode::Connect);
        }
        let cable = (source.to_owned(), destination.to_owned());
        if !self.board.connections.contains(&cable) {
            self.board.connections.push(cable);
        }
        Ok(())
    }

    /// Whether a controller was bound there. What was being learnt there is not any more.
    fn unmap(&mut self, instance: i32, symbol: &str) -> bool {
        self.learning.take_if(|(number, name)| *number == instance && name == symbol);
        let before = self.board.midi.len();
        self.board.midi.retain(|midi| midi.instance != instance || midi.symbol != symbol);
        self.board.midi.len() < before
    }

    /// Does a command.
    pub fn command(&mut self, command: &Command) -> Reply {
        self.commands.push(command.clone());
        let done = match command {
            Command::Add { uri, instance } => return self.add(uri, *instance),
            Command::Remove { instance } => {
                self.remove(*instance);
                Ok(())
            }
            Command::Bypass { instance, bypassed } => {
                self.plugin(*instance).map(|plugin| plugin.bypass = *bypassed)
            }
            Command::ParamSet { instance, symbol, value } => self.set(*instance, symbol, *value),
            Command::XSnapshot { values } => {
                values.iter().try_for_each(|value| self.set(value.instance, &value.symbol, value.value))
            }
            Command::PresetLoad { instance, uri } => self.load_preset(*instance, uri),
            Command::PatchSet { instance, property, value } => self.plugin(*instance).map(|plugin| {
                plugin.properties.insert(property.clone(), value.clone());
            }),
            Command::Connect { source, destination } => self.connect(source, destination),
            Command::Disconnect { source, destination } => {
                let before = self.board.connections.len();
                self.board.connections.retain(|(from, to)| from != source || to != destination);
                if self.board.connections.len() < before { Ok(()) } else { Err(ErrorCode::Disconnect) }
            }
            Command::MidiMap { instance, symbol, channel, controller, minimum, maximum } => {
                self.unmap(*instance, symbol);
                self.board.midi.push(EngineMidi {
                    instance: *instance,
                    symbol: symbol.clone(),
                    channel: *channel as u8,
                    controller: *controller as u8,
                    min: *minimum,
                    max: *maximum,
                });
                return Reply::inverted(true);
            }
            Command::MidiUnmap { instance, symbol } => {
                return Reply::inverted(self.unmap(*instance, symbol));
            }
            Command::MidiLearn { instance, symbol, .. } => {
                self.learning = Some((*instance, symbol.clone()));
                return Reply::inverted(true);
            }
            Command::MonitorOutput { .. } | Command::MonitorOutputOff { .. } => {
                return Reply::inverted(true);
            }
            Command::Transport { rolling, bpb, bpm } => {
                let tempo = EngineTempo { bpm: *bpm, beats_per_bar: *bpb as f32, rolling: *rolling };
                self.board.tempo = Some(tempo);
                Ok(())
            }
            Command::FeatureEnable { feature: Feature::Processing, value } => {
                self.open = *value <= 0;
                Ok(())
            }
            Command::XBoard {} => {
                return Reply::Text(serde_json::to_string(&self.board).expect("a board is JSON"));
            }
            Command::XSwap { slot, .. } => match self.slots.remove(slot) {
                Some(next) => {
                    let last = std::mem::replace(&mut self.board, next);
                    self.slots.insert(*slot, last);
                    return Reply::Text("{}".into());
                }
                None => return Reply::Text(r#"{"error": "slot holds no board"}"#.into()),
            },
            Command::XUnload { slot } => {
                self.slots.remove(slot);
                return Reply::Text("{}".into());
            }
            Command::XStats {} => {
                return Reply::Text(
                    r#"{"sample_rate":48000,"period":128,"xruns":0,"load_percent":1.0,"load_max_percent":2.0,
                    "limited_blocks":0,"callback":{"p50_us":1,"p99_us":2,"max_us":3},"plugins":[]}"#
                        .into(),
                );
            }
            _ => Ok(()),
        };
        Reply::from_result(done)
    }

    /// Takes a whole board.
    pub fn load(&mut self, board: &EngineBoard, place: Place) -> Reply {
        self.loads.push((board.name.clone(), place));
        if self.refused.contains(&board.name) {
            return Reply::Text(format!(r#"{{"error": "the board {} is refused"}}"#, board.name));
        }
        let mut built = board.clone();
        let mut missing = Vec::new();
        for plugin in &mut built.plugins {
            match self.made(&plugin.uri, plugin.instance) {
                Ok(made) => {
                    let mut params = made.params;
                    params.extend(std::mem::take(&mut plugin.params));
                    plugin.params = params;
                }
                Err(error) => missing.push(format!("effect_{}: {error}", plugin.instance)),
            }
        }
        built.midi.retain(|midi| {
            midi.instance == GLOBAL_INSTANCE
                || board.plugins.iter().any(|plugin| plugin.instance == midi.instance)
        });
        match place {
            Place::Running => self.board = built,
            Place::Slot(slot) => {
                self.slots.insert(slot, built);
            }
        }
        Reply::Text(serde_json::json!({ "name": board.name, "missing": missing, "problems": [] }).to_string())
    }
}
