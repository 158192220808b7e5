//! The running board, as a file would hold it.

use crate::board::{BoardFile, BoardMidi, BoardPlugin, BoardTempo, VERSION};
use crate::graph::{NodeId, Sink, Source};
use crate::host::{FIRST_TOOL, GLOBAL_INSTANCE, Host};

impl Host {
    pub(super) fn board_midi(&self) -> Vec<BoardMidi> {
        let bindings = self.mappings.midi.iter().filter_map(|mapping| {
            let slot = self.slots.values().find(|slot| slot.id() == mapping.node)?;
            let symbol = match mapping.target {
                crate::exec::Target::Bypass => ":bypass".to_owned(),
                crate::exec::Target::Control(index) => {
                    slot.info().controls.get(usize::from(index))?.symbol.clone()
                }
            };
            Some(BoardMidi {
                instance: slot.instance,
                symbol,
                channel: mapping.channel,
                controller: mapping.controller,
                min: mapping.min,
                max: mapping.max,
            })
        });
        bindings.collect()
    }

    pub(super) fn board_tempo(&self) -> BoardTempo {
        let transport = self.transport;
        BoardTempo { bpm: transport.bpm, beats_per_bar: transport.bpb, rolling: transport.rolling }
    }

    /// The running board, as a file would hold it. State that lies in files is not part of it.
    pub fn board(&self) -> BoardFile {
        let plugins = self
            .slots
            .values()
            .filter(|slot| slot.instance < FIRST_TOOL)
            .map(|slot| BoardPlugin {
                instance: slot.instance,
                uri: slot.uri.clone(),
                params: slot.values().into_iter().collect(),
                bypass: slot.cell.is_bypassed(),
                preset: slot.preset.clone(),
                properties: slot.properties.clone(),
                state: None,
            })
            .collect();
        let connections = self.cables.iter().filter_map(|cable| {
            let tool =
                |id: NodeId| self.slots.values().any(|slot| slot.id() == id && slot.instance >= FIRST_TOOL);
            let of_tool = matches!(cable.source, Source::Node(id, _) if tool(id))
                || matches!(cable.sink, Sink::Node(id, _) if tool(id));
            (!of_tool).then(|| Some((self.source_name(cable.source)?, self.sink_name(cable.sink)?)))?
        });
        let midi = self.board_midi().into_iter().filter(|midi| midi.instance != GLOBAL_INSTANCE).collect();
        BoardFile {
            version: VERSION,
            name: self.name.clone(),
            plugins,
            connections: connections.collect(),
            midi,
            tempo: Some(self.board_tempo()),
            compensate: (!self.live.settings().compensate).then_some(false),
        }
    }
}
