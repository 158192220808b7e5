//! Pictures as PNG files: written, read, compared.

use std::convert::Infallible;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::{BinaryColor, Rgb565};
use pedal_ui::model::{Colour, Model};
use pedal_ui::paint::{COLOUR, ColourScreen, MONO, draw_mono};
use pedal_ui::view::View;

/// A picture of 24 bits.
#[derive(Clone, PartialEq)]
pub struct Picture {
    pub size: Size,
    pub bytes: Vec<u8>,
}

impl Picture {
    fn new(size: Size) -> Self {
        Self { size, bytes: vec![0; (size.width * size.height * 3) as usize] }
    }

    fn set(&mut self, x: i32, y: i32, colour: Colour) {
        assert!(
            x >= 0 && y >= 0 && x < self.size.width as i32 && y < self.size.height as i32,
            "outside: {x}, {y}"
        );
        let at = (y as usize * self.size.width as usize + x as usize) * 3;
        self.bytes[at..at + 3].copy_from_slice(&[colour.red, colour.green, colour.blue]);
    }

    pub fn colour(view: &View, model: &Model) -> Self {
        let mut picture = Self::new(COLOUR);
        ColourScreen::new().show(view, model, &mut ColourTarget(&mut picture)).unwrap();
        picture
    }

    pub fn mono(view: &View, model: &Model) -> Self {
        let mut picture = Self::new(MONO);
        draw_mono(view, model, &mut MonoTarget(&mut picture)).unwrap();
        picture
    }

    pub fn write(&self, path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = BufWriter::new(File::create(path).unwrap());
        let mut encoder = png::Encoder::new(file, self.size.width, self.size.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        encoder.write_header().unwrap().write_image_data(&self.bytes).unwrap();
    }

    pub fn read(path: &Path) -> Option<Self> {
        let decoder = png::Decoder::new(BufReader::new(File::open(path).ok()?));
        let mut reader = decoder.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        bytes.truncate(info.buffer_size());
        Some(Self { size: Size::new(info.width, info.height), bytes })
    }

    /// Pixels that differ by more than 8 of 255: another machine may round the edge of a letter otherwise.
    pub fn differences(&self, other: &Self) -> usize {
        if self.size != other.size {
            return self.bytes.len();
        }
        let far = |(a, b): (&u8, &u8)| a.abs_diff(*b) > 8;
        let pairs = self.bytes.chunks(3).zip(other.bytes.chunks(3));
        pairs.filter(|(a, b)| a.iter().zip(*b).any(far)).count()
    }
}

/// Where the golden pictures are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

pub struct ColourTarget<'a>(pub &'a mut Picture);

impl OriginDimensions for ColourTarget<'_> {
    fn size(&self) -> Size {
        self.0.size
    }
}

impl DrawTarget for ColourTarget<'_> {
    type Color = Rgb565;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb565>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        pixels.into_iter().for_each(|Pixel(point, colour)| self.0.set(point.x, point.y, colour.into()));
        Ok(())
    }
}

struct MonoTarget<'a>(&'a mut Picture);

impl OriginDimensions for MonoTarget<'_> {
    fn size(&self) -> Size {
        self.0.size
    }
}

impl DrawTarget for MonoTarget<'_> {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        let (light, dark) = (Colour::new(200, 216, 192), Colour::new(24, 32, 24));
        pixels.into_iter().for_each(|Pixel(point, colour)| {
            self.0.set(point.x, point.y, if colour.is_on() { dark } else { light });
        });
        Ok(())
    }
}
