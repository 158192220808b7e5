//! ILI9341, 320×240, over four wires.

use super::{Area, Frame, Step};

/// Most pixel bytes sent at a time: what the kernel's spidev takes without a setting, and 1.4 ms at 24 MHz, so that a
/// switch on the converter is never waited for.
pub const BAND_BYTES: usize = 4096;

/// Registers and their values between reset and waking up.
const REGISTERS: &[(u8, &[u8])] = &[
    (0xef, &[0x03, 0x80, 0x02]),
    (0xcf, &[0x00, 0xc1, 0x30]),
    (0xed, &[0x64, 0x03, 0x12, 0x81]),
    (0xe8, &[0x85, 0x00, 0x78]),
    (0xcb, &[0x39, 0x2c, 0x00, 0x34, 0x02]),
    (0xf7, &[0x20]),
    (0xea, &[0x00, 0x00]),
    (0xc0, &[0x23]),
    (0xc1, &[0x10]),
    (0xc5, &[0x3e, 0x28]),
    (0xc7, &[0x86]),
];
const REGISTERS_AFTER: &[(u8, &[u8])] = &[
    (0x3a, &[0x55]),
    (0xb1, &[0x00, 0x18]),
    (0xb6, &[0x08, 0x82, 0x27]),
    (0xf2, &[0x00]),
    (0x26, &[0x01]),
    (0xe0, &[0x0f, 0x31, 0x2b, 0x0c, 0x0e, 0x08, 0x4e, 0xf1, 0x37, 0x07, 0x10, 0x03, 0x0e, 0x09, 0x00]),
    (0xe1, &[0x00, 0x0e, 0x14, 0x03, 0x11, 0x07, 0x31, 0xc1, 0x48, 0x08, 0x0f, 0x0c, 0x31, 0x36, 0x0f]),
];

/// From power-on to a picture. `madctl` is the memory access register for this mounting.
pub fn init(madctl: u8) -> Vec<Step> {
    let mut steps = vec![
        Step::Reset(true),
        Step::Delay(5),
        Step::Reset(false),
        Step::Delay(20),
        Step::Reset(true),
        Step::Delay(150),
        Step::Command(0x01),
        Step::Delay(150),
    ];
    let orientation: (u8, &[u8]) = (0x36, &[madctl]);
    for (register, values) in REGISTERS.iter().chain([&orientation]).chain(REGISTERS_AFTER) {
        steps.extend([Step::Command(*register), Step::Data(values.to_vec())]);
    }
    steps.extend([Step::Command(0x11), Step::Delay(120), Step::Command(0x29), Step::Delay(100)]);
    steps
}

/// Chooses the rectangle that the next pixels go to.
pub fn window(area: Area) -> [Step; 5] {
    let range = |from: usize, to: usize| {
        let (from, to) = ((from as u16).to_be_bytes(), (to.saturating_sub(1) as u16).to_be_bytes());
        Step::Data(vec![from[0], from[1], to[0], to[1]])
    };
    [
        Step::Command(0x2a),
        range(area.left, area.right),
        Step::Command(0x2b),
        range(area.top, area.bottom),
        Step::Command(0x2c),
    ]
}

/// Cuts a rectangle of a frame into bands of at most [`BAND_BYTES`]; each is complete, so that others may use the bus between.
pub fn bands(frame: &Frame, area: Area) -> impl Iterator<Item = Vec<Step>> + '_ {
    let width = area.right.saturating_sub(area.left).max(1);
    let rows = (BAND_BYTES / (width * 2)).max(1);
    (area.top..area.bottom).step_by(rows).map(move |top| {
        let band = Area { top, bottom: (top + rows).min(area.bottom), ..area };
        let bytes = (band.top..band.bottom)
            .flat_map(|y| (band.left..band.right).flat_map(move |x| frame.pixel(x, y).to_be_bytes()))
            .collect();
        let mut steps = window(band).to_vec();
        steps.push(Step::Data(bytes));
        steps
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_init() {
        let steps = init(0xe8);
        let waits: u64 =
            steps.iter().map(|step| if let Step::Delay(millis) = step { *millis } else { 0 }).sum();
        assert_eq!(waits, 5 + 20 + 150 + 150 + 120 + 100);
        let bytes: Vec<u8> = steps
            .iter()
            .flat_map(|step| match step {
                Step::Command(byte) => vec![*byte],
                Step::Data(bytes) => bytes.clone(),
                _ => Vec::new(),
            })
            .collect();
        let golden = "01ef038002cf00c130ed64031281e8850078cb392c003402f720ea0000c023c110c53e28c78636e8\
                      3a55b10018b6088227f2002601e00f312b0c0e084ef137071003 0e0900e1000e1403110731c148080f0c31360f1129";
        let golden = golden.replace(' ', "");
        assert_eq!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), golden);
    }

    #[test]
    fn golden_frame() {
        let mut frame = Frame::new(320, 240);
        frame.set(319, 6, 0xf81f);
        let bands: Vec<Vec<Step>> =
            bands(&frame, Area { left: 0, top: 0, right: 320, bottom: 240 }).collect();
        assert_eq!(bands.len(), 40, "6 rows of 640 bytes each");
        assert_eq!(
            bands[1][..5],
            [
                Step::Command(0x2a),
                Step::Data(vec![0, 0, 1, 0x3f]),
                Step::Command(0x2b),
                Step::Data(vec![0, 6, 0, 11]),
                Step::Command(0x2c),
            ]
        );
        let Step::Data(pixels) = &bands[1][5] else { panic!("no pixels") };
        assert_eq!((pixels.len(), &pixels[637..641]), (3840, &[0, 0xf8, 0x1f, 0][..]));
    }
}
