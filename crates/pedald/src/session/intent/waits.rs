//! What waits while another board is on its way.

use super::Intent;

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
}
