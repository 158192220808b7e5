//! The picture as PNG, with a font of our own: the machine in the rack has none.

use resvg::{tiny_skia, usvg};

/// Why a picture cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PngError {
    /// The SVG does not parse.
    #[error("the drawing is not valid SVG: {0}")]
    Parse(usvg::Error),
    /// The picture is empty or too large.
    #[error("the picture cannot be drawn: {why}")]
    Draw {
        /// What was wrong.
        why: String,
    },
}

/// Draws `svg` at `scale` (1 is 96 dpi) into a PNG.
///
/// # Errors
/// [`PngError`].
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, PngError> {
    let mut options = usvg::Options { font_family: "DejaVu Sans".to_owned(), ..Default::default() };
    options.fontdb_mut().load_font_data(dejavu::sans::regular().to_vec());
    let tree = usvg::Tree::from_str(svg, &options).map_err(PngError::Parse)?;
    let draw = |why: &str| PngError::Draw { why: why.to_owned() };
    let size = tree.size().to_int_size().scale_by(scale).ok_or_else(|| draw("no such size"))?;
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height()).ok_or_else(|| draw("too large"))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| PngError::Draw { why: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_drawn_without_fonts_of_the_system() {
        let svg = |text: &str| {
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"80\" height=\"20\" font-family=\"DejaVu Sans\"><text x=\"2\" y=\"15\">{text}</text></svg>"
            )
        };
        let (with, without) = (png(&svg("12 µs"), 1.0).unwrap(), png(&svg(""), 1.0).unwrap());
        assert_eq!(&with[1..4], b"PNG");
        assert!(with.len() > without.len() + 100, "{} and {}", with.len(), without.len());
        assert!(png("no svg", 1.0).is_err());
    }
}
