//! What waits while another board is on its way, and what of it.

use super::{Edit, Intent};
use crate::session::board::ControlPort;

impl Intent {
    /// Whether it means the board that sounds: such intents wait while another board is on its way into the engine.
    pub fn touches_board(&self) -> bool {
        !matches!(
            self,
            Self::LoadBoard { .. }
                | Self::StepBoard(_)
                | Self::NewBoard
                | Self::Reset
                | Self::RestoreVersion { .. }
                | Self::ListVersions
                | Self::DeleteVersion { .. }
                | Self::RemoveBoard { .. }
                | Self::Rescan
                | Self::SelectBank(_)
                | Self::SetBanks(_)
                | Self::MeasureLoudness { .. }
                | Self::SetSync(_)
                | Self::Tuner(_)
                | Self::TunerMute(_)
                | Self::TunerInput(_)
                | Self::TunerReference(_)
                | Self::Record(_)
                | Self::Resize { .. }
                | Self::PluginBundle { .. }
                | Self::ResetXruns
                | Self::Ping
                | Self::Flush
                | Self::Notify { .. }
                | Self::DismissNotice
                | Self::Signal(_)
                | Self::System(_)
        )
    }

    /// Whether it makes an earlier one needless that has not been done yet: positions of a pedal.
    pub(in crate::session) fn replaces(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::MorphTo { .. }, Self::MorphTo { .. }) => true,
            (Self::SetMany { values }, Self::SetMany { values: before }) => {
                values.iter().map(|(port, _)| port).eq(before.iter().map(|(port, _)| port))
            }
            _ => false,
        }
    }

    /// About how much memory it takes, in bytes.
    pub(in crate::session) fn weight(&self) -> usize {
        let more = match self {
            Self::SetMany { values } => values.len() * size_of::<(ControlPort, f32)>(),
            Self::Learn { ports } => ports.len() * size_of::<(ControlPort, f32, f32)>(),
            Self::Arrange { label, edits } => {
                let of = |edit: &Edit| match edit {
                    Edit::Add { values, uri, .. } => {
                        uri.len() + values.iter().map(|(symbol, _)| symbol.len() + 32).sum::<usize>()
                    }
                    _ => 0,
                };
                label.len() + edits.iter().map(|edit| size_of::<Edit>() + of(edit)).sum::<usize>()
            }
            Self::SetParameter { uri, value, .. } => uri.len() + value.len(),
            Self::SaveSnapshotAs { name }
            | Self::RenameSnapshot { name, .. }
            | Self::KeepVersion { name }
            | Self::SavePreset { name, .. } => name.len(),
            Self::AddPlugin { uri, .. } | Self::LoadPreset { uri, .. } => uri.len(),
            _ => 0,
        };
        size_of::<Self>() + more
    }
}
