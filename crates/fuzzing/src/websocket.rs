//! What browsers may say: no panic.

use pedald::session::Intent;

/// mod-ui's pages.
pub(crate) fn check(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = pedald::web::understood(text);
    }
}

/// Our editor: what is an intent is written and understood again, when all its numbers are numbers.
pub(crate) fn check_editor(data: &[u8]) {
    let Ok(intent) = serde_json::from_slice::<Intent>(data) else { return };
    let text = serde_json::to_string(&intent).expect("an intent is JSON");
    if let Ok(again) = serde_json::from_str::<Intent>(&text) {
        assert_eq!(serde_json::to_string(&again).expect("an intent is JSON"), text);
    }
}
