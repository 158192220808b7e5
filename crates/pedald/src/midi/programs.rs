//! Program changes: boards of the bank, snapshots of the board.

use super::settings::MidiSettings;
use crate::session::{Intent, State, Step};

/// What a program change on a channel (0–15) asks for. `None` when the channel is for neither, or the number is that of
/// no board or snapshot.
pub fn wanted(settings: &MidiSettings, state: &State, channel: u8, program: u8) -> Option<Intent> {
    let at = usize::from(program);
    // one channel for both: the board, since the snapshot can be chosen by a controller
    if settings.board_channel == Some(channel) {
        return (at < state.library.sequence().len()).then_some(Intent::StepBoard(Step::To(at)));
    }
    if settings.snapshot_channel == Some(channel) {
        return (at < state.board.snapshots.len()).then_some(Intent::LoadSnapshot(Step::To(at)));
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::session::{Bank, Board, BoardEntry, Library};

    #[test]
    fn programs_beyond_what_is_there_are_ignored() {
        let entry = |name: &str, broken| BoardEntry {
            title: name.into(),
            bundle: name.into(),
            broken,
            factory: false,
            version: 1,
        };
        let mut library = Library {
            boards: vec![entry("a", false), entry("b", true), entry("c", false)],
            ..Library::default()
        };
        let mut state =
            State { board: Arc::new(Board::empty()), library: Arc::new(library.clone()), ..State::default() };
        let settings = MidiSettings::default();
        assert_eq!(wanted(&settings, &state, 15, 1), Some(Intent::StepBoard(Step::To(1))));
        assert_eq!(wanted(&settings, &state, 15, 2), None, "a broken board has no number");
        assert_eq!(wanted(&settings, &state, 14, 0), Some(Intent::LoadSnapshot(Step::To(0))));
        assert_eq!(wanted(&settings, &state, 14, 1), None);
        assert_eq!(wanted(&settings, &state, 0, 0), None);
        library.banks = vec![Bank { title: "B".into(), boards: vec!["c".into()] }];
        library.bank = Some(0);
        state.library = Arc::new(library);
        assert_eq!(wanted(&settings, &state, 15, 0), Some(Intent::StepBoard(Step::To(0))));
        assert_eq!(wanted(&settings, &state, 15, 1), None);
        let both = MidiSettings { snapshot_channel: Some(15), ..settings };
        assert_eq!(wanted(&both, &state, 15, 0), Some(Intent::StepBoard(Step::To(0))));
    }
}
