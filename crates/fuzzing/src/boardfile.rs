//! A board as the engine is given it: no panic, and what was read comes back from our own text.

use pedal_engine::board::BoardFile;

pub(crate) fn check(data: &[u8]) {
    let Ok(board) = serde_json::from_slice::<BoardFile>(data) else { return };
    let text = serde_json::to_string(&board).expect("a board is JSON");
    // what is no number (1e999) is refused when it is read again
    if let Ok(again) = serde_json::from_str::<BoardFile>(&text) {
        assert_eq!(serde_json::to_string(&again).expect("a board is JSON"), text);
    }
}
