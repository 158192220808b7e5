//! Colours, as red, green and blue of 0 to 255.

use embedded_graphics::pixelcolor::{Rgb565, RgbColor};

/// A colour of a tile or of an LED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Colour {
    /// Red, 0–255.
    pub red: u8,
    /// Green, 0–255.
    pub green: u8,
    /// Blue, 0–255.
    pub blue: u8,
}

impl Colour {
    /// A colour from its three parts, 0–255 each.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// `share` (0 to 1) of `other` mixed into this colour.
    pub fn mix(self, other: Self, share: f32) -> Self {
        let share = share.clamp(0.0, 1.0);
        let part = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
        Self::new(part(self.red, other.red), part(self.green, other.green), part(self.blue, other.blue))
    }

    /// How bright it looks, 0 to 1.
    pub fn brightness(self) -> f32 {
        (0.299 * f32::from(self.red) + 0.587 * f32::from(self.green) + 0.114 * f32::from(self.blue)) / 255.0
    }
}

impl From<Colour> for Rgb565 {
    fn from(colour: Colour) -> Self {
        // Rounded, not cut: 255 stays full, and greys stay grey.
        let five = |part: u8| ((u16::from(part) * 31 + 127) / 255) as u8;
        let six = |part: u8| ((u16::from(part) * 63 + 127) / 255) as u8;
        Rgb565::new(five(colour.red), six(colour.green), five(colour.blue))
    }
}

impl From<Rgb565> for Colour {
    fn from(colour: Rgb565) -> Self {
        let wide = |part: u8, top: u16| ((u16::from(part) * 255 + top / 2) / top) as u8;
        Self::new(wide(colour.r(), 31), wide(colour.g(), 63), wide(colour.b(), 31))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_and_middle_of_a_mix() {
        let (black, white) = (Colour::default(), Colour::new(255, 255, 255));
        assert_eq!(black.mix(white, 0.0), black);
        assert_eq!(black.mix(white, 2.0), white);
        assert_eq!(black.mix(white, 0.5), Colour::new(128, 128, 128));
    }

    #[test]
    fn the_display_keeps_full_white_and_black() {
        assert_eq!(Colour::from(Rgb565::from(Colour::new(255, 255, 255))), Colour::new(255, 255, 255));
        assert_eq!(Colour::from(Rgb565::from(Colour::default())), Colour::default());
    }
}
