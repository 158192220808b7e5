//! Which role an intent needs.

use crate::session::Intent;
use crate::web::access::Role;

/// The role that an editor needs for this intent; `None` for what does not come over the network: it holds paths of
/// this machine, and has a route of its own that looks at them.
pub(super) fn needed(intent: &Intent) -> Option<Role> {
    Some(match intent {
        Intent::Set { .. }
        | Intent::SetMany { .. }
        | Intent::Toggle { .. }
        | Intent::Controller { .. }
        | Intent::AskParameter { .. }
        | Intent::LoadSnapshot(_)
        | Intent::Morph(_)
        | Intent::MorphTo { .. }
        | Intent::LoadBoard { .. }
        | Intent::StepBoard(_)
        | Intent::SelectBank(_)
        | Intent::ListVersions
        | Intent::SetTempo(_)
        | Intent::SetBeatsPerBar(_)
        | Intent::SetRolling(_)
        | Intent::SetSync(_)
        | Intent::Tuner(_)
        | Intent::TunerMute(_)
        | Intent::TunerInput(_)
        | Intent::TunerReference(_)
        | Intent::Reenable { .. }
        | Intent::Monitor { .. }
        | Intent::ResetXruns
        | Intent::Ping
        | Intent::DismissNotice => Role::Player,
        Intent::AddPlugin { .. }
        | Intent::RemovePlugin { .. }
        | Intent::MovePlugin { .. }
        | Intent::Connect { .. }
        | Intent::Disconnect { .. }
        | Intent::Arrange { .. }
        | Intent::SetParameter { .. }
        | Intent::LoadPreset { .. }
        | Intent::Learn { .. }
        | Intent::EndLearning
        | Intent::Bind { .. }
        | Intent::Shape { .. }
        | Intent::Address { .. }
        | Intent::Unaddress { .. }
        | Intent::SaveSnapshot
        | Intent::SaveSnapshotAs { .. }
        | Intent::RenameSnapshot { .. }
        | Intent::RemoveSnapshot { .. }
        | Intent::NewBoard
        | Intent::Reset
        | Intent::SaveBoard { .. }
        | Intent::RemoveBoard { .. }
        | Intent::KeepVersion { .. }
        | Intent::RestoreVersion { .. }
        | Intent::DeleteVersion { .. }
        | Intent::Rescan
        | Intent::SetBanks(_)
        | Intent::MeasureLoudness { .. }
        | Intent::Undo
        | Intent::Redo
        | Intent::Record(_)
        | Intent::Resize { .. }
        | Intent::Flush => Role::Editor,
        Intent::SetMidiMode { .. } => Role::Admin,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Step;

    /// The tempo and where it comes from: playing, whichever socket or route is asked.
    #[test]
    fn tempo_and_clock_need_one_role() {
        use crate::session::SyncMode;
        let clock = [SyncMode::Internal, SyncMode::MidiClock, SyncMode::Link].map(Intent::SetSync);
        let tempo = [Intent::SetTempo(90.0), Intent::SetBeatsPerBar(3.0), Intent::SetRolling(true)];
        for intent in clock.iter().chain(&tempo) {
            assert_eq!(needed(intent), Some(Role::Player), "{intent:?}");
            assert_eq!(crate::web::ws::role_for(intent), Role::Player, "{intent:?}");
        }
    }

    #[test]
    fn players_play_editors_change_and_paths_stay_out() {
        assert_eq!(needed(&Intent::LoadSnapshot(Step::Next)), Some(Role::Player));
        assert_eq!(needed(&Intent::Undo), Some(Role::Editor));
        assert_eq!(needed(&Intent::Arrange { label: String::new(), edits: Vec::new() }), Some(Role::Editor));
        assert_eq!(needed(&Intent::PluginBundle { path: "/etc".into(), present: true }), None);
        let preset = Intent::SavePreset {
            instance: "a".into(),
            name: "n".into(),
            bundle: "/etc".into(),
            file: "x".into(),
        };
        assert_eq!(needed(&preset), None);
    }
}
