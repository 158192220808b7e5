//! QR codes.

use qrcodegen::{QrCode, QrCodeEcc};

/// Rows of modules, true is dark; none for no text, or one that is too long for any code.
pub(super) fn modules(text: &str) -> Option<Vec<Vec<bool>>> {
    if text.is_empty() {
        return None;
    }
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let size = code.size();
    Some((0..size).map(|y| (0..size).map(|x| code.get_module(x, y)).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_code_is_small_enough_for_both_displays() {
        let modules = modules("http://pistomp.local/pair#482913").expect("a code");
        assert_eq!(modules.len(), 25, "25 × 2 dots fit into 64 rows, with white around them");
        // the three corners that readers look for
        for (x, y) in [(0, 0), (18, 0), (0, 18)] {
            assert!((0..7).all(|at| modules[y][x + at] && modules[y + at][x]));
        }
        assert!(modules_of_nothing());
    }

    fn modules_of_nothing() -> bool {
        modules("").is_none() && modules(&"x".repeat(4000)).is_none()
    }
}
