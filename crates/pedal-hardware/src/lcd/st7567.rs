//! ST7567, 128×64, one bit a pixel.

use super::{Frame, Step};

/// From power-on to a picture.
pub fn mono_init() -> Vec<Step> {
    let mut steps = vec![Step::Reset(false), Step::Delay(10), Step::Reset(true), Step::Delay(10)];
    // bias 1/7, columns forward, rows backward, not inverted, line 0, power, resistor ratio, on, contrast
    let bytes = [0xa3, 0xa0, 0xc8, 0xa6, 0x40, 0x2f, 0x23, 0xaf, 0x81, 40];
    steps.extend(bytes.map(Step::Command));
    steps
}

/// Eight rows of the picture, turned by 180 degrees; `page` is 0–7. Any colour but black is a dark dot.
pub fn mono_page(frame: &Frame, page: usize) -> Vec<Step> {
    let dot = |column: usize, row: usize| u8::from(frame.pixel(127 - column, 63 - row) != 0);
    let bytes = (0..128)
        .map(|column| (0..8).fold(0, |byte, bit| byte | dot(column, page * 8 + bit) << bit))
        .collect();
    vec![Step::Command(0xb0 | (page & 7) as u8), Step::Command(0x10), Step::Command(0x00), Step::Data(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_page() {
        let mut frame = Frame::new(128, 64);
        frame.set(0, 63, 1);
        frame.set(127, 60, 1);
        let Step::Data(bytes) = mono_page(&frame, 0).pop().unwrap() else { panic!("no pixels") };
        assert_eq!((bytes.len(), bytes[127], bytes[0]), (128, 0b1, 0b1000));
        assert_eq!(mono_page(&frame, 7)[0], Step::Command(0xb7));
    }
}
