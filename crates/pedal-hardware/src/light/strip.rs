//! The bytes of a WS2812 strip.

use crate::Rgb;

/// Part of the full brightness (0–1) that does not blind on a stage.
pub const BRIGHTNESS: f32 = 0.19;

/// What the kernel's strip device takes: red, green, blue and white of each pixel.
pub fn leds0_frame(pixels: &[Rgb]) -> Vec<u8> {
    pixels
        .iter()
        .flat_map(|pixel| {
            let Rgb(r, g, b) = pixel.scaled(BRIGHTNESS);
            [r, g, b, 0]
        })
        .collect()
}

/// The signal on the data line at 2.4 MHz: three bits for each bit (110 for a one, 100 for a zero), green first,
/// then 90 zero bytes (300 µs), at which the strip takes the colours over.
pub fn ws2812_bits(pixels: &[Rgb]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() * 9 + 90);
    for pixel in pixels {
        let Rgb(red, green, blue) = pixel.scaled(BRIGHTNESS);
        for byte in [green, red, blue] {
            let bits = (0..8)
                .rev()
                .fold(0u32, |bits, at| bits << 3 | if byte >> at & 1 == 1 { 0b110 } else { 0b100 });
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
    }
    out.resize(out.len() + 90, 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_bytes() {
        // 255 × 0.19 = 48 = 0b0011_0000
        let bytes = ws2812_bits(&[Rgb(255, 0, 0)]);
        assert_eq!(bytes[..9], [0x92, 0x49, 0x24, 0x93, 0x69, 0x24, 0x92, 0x49, 0x24]);
        assert_eq!(bytes[9..], [0; 90]);
        assert_eq!(leds0_frame(&[Rgb(255, 0, 100), Rgb::BLACK]), [48, 0, 19, 0, 0, 0, 0, 0]);
    }
}
