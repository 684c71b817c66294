//! A picture under construction: colours of a palette, greys, and text.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont};

use super::{Palette, Png};

/// Number of colours of the palette.
const SHADES: u8 = 200;
/// Greys from white (0) to ink (54), behind the colours.
const GREYS: u8 = 55;
/// The colour of what is not a number.
const NOT_A_NUMBER: u8 = 255;
/// Ink and not-a-number in red, green, blue.
const INK_RGB: [u8; 3] = [0x22, 0x22, 0x26];
const NOT_A_NUMBER_RGB: [u8; 3] = [0xe0, 0x4f, 0x5f];

/// Lines of a heading.
const MAX_LINES: usize = 2;
/// Darkness of lines that should not draw the eye.
pub(super) const SOFT: f32 = 0.45;

static FONT: &[u8] = include_bytes!("../../assets/DejaVuSans-subset.ttf");

/// Which point of a text its position names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Which way a text runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Right,
    Up,
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lettering {
    /// Height of a line in pixels.
    pub(super) size: f32,
    pub(super) anchor: Anchor,
    pub(super) direction: Direction,
}

impl Lettering {
    pub(super) fn new(size: f32, anchor: Anchor) -> Self {
        Self {
            size,
            anchor,
            direction: Direction::Right,
        }
    }

    pub(super) fn upwards(self) -> Self {
        Self {
            direction: Direction::Up,
            ..self
        }
    }
}

/// A picture of at most 256 colours.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    font: FontRef<'static>,
}

impl Canvas {
    /// A white picture.
    pub(super) fn new(width: usize, height: usize) -> Self {
        let font = FontRef::try_from_slice(FONT).expect("the font is part of the program");
        Self {
            width,
            height,
            pixels: vec![SHADES; width * height],
            font,
        }
    }

    /// Fills a rectangle with a grey: 0 is white, 1 is ink.
    pub(super) fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, darkness: f32) {
        let grey = grey(darkness);
        for row in y..(y + height).min(self.height) {
            let end = (x + width).min(self.width);
            self.pixels[row * self.width + x.min(end)..row * self.width + end].fill(grey);
        }
    }

    /// Draws the outline of a rectangle, just outside of it.
    pub(super) fn frame(&mut self, x: usize, y: usize, width: usize, height: usize) {
        self.fill(x - 1, y - 1, width + 2, 1, SOFT);
        self.fill(x - 1, y + height, width + 2, 1, SOFT);
        self.fill(x - 1, y, 1, height, SOFT);
        self.fill(x + width, y, 1, height, SOFT);
    }

    /// Colours one pixel; `share` runs from 0 to 1 over the palette.
    pub(super) fn shade(&mut self, x: usize, y: usize, share: f32) {
        self.pixels[y * self.width + x] = if share.is_nan() {
            NOT_A_NUMBER
        } else {
            (share.clamp(0.0, 1.0) * f32::from(SHADES - 1)).round() as u8
        };
    }

    /// Writes `text` with its vertical middle at `y`.
    pub(super) fn text(&mut self, x: f32, y: f32, text: &str, lettering: Lettering) {
        let Lettering {
            size,
            anchor,
            direction,
        } = lettering;
        let shift = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -self.text_width(text, size) / 2.0,
            Anchor::End => -self.text_width(text, size),
        };
        // Half the height of a capital letter above the middle is the base line below it.
        let base = size * 0.27;
        let font = self.font.clone();
        place(&font, text, size, |glyph| {
            let Some(outline) = font.outline_glyph(glyph) else {
                return;
            };
            let bounds = outline.px_bounds();
            outline.draw(|column, row, coverage| {
                let along = bounds.min.x + column as f32 + shift;
                let across = bounds.min.y + row as f32 + base;
                match direction {
                    Direction::Right => self.darken(x + along, y + across, coverage),
                    Direction::Up => self.darken(x + across, y - along, coverage),
                }
            });
        });
    }

    /// Width of `text` in pixels.
    pub(super) fn text_width(&self, text: &str, size: f32) -> f32 {
        place(&self.font, text, size, |_| {})
    }

    /// `text`, shortened to fit into `width` pixels.
    pub(super) fn fitting(&self, text: &str, size: f32, width: f32) -> String {
        fitting(&self.font, text, size, width)
    }

    /// The picture as a PNG file.
    pub(super) fn into_png(self, palette: Palette) -> Png {
        let (width, height) = (self.width as u32, self.height as u32);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(colours(palette));
        encoder.set_filter(png::Filter::NoFilter);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&self.pixels))
            .expect("memory takes every byte, and there are as many pixels as the header says");
        Png {
            bytes,
            width,
            height,
        }
    }

    /// Puts ink on a pixel that is no part of a heatmap.
    fn darken(&mut self, x: f32, y: f32, coverage: f32) {
        if x < 0.0 || y < 0.0 || x >= self.width as f32 || y >= self.height as f32 {
            return;
        }
        let pixel = &mut self.pixels[y as usize * self.width + x as usize];
        if (SHADES..SHADES + GREYS).contains(pixel) {
            *pixel = grey(coverage).max(*pixel);
        }
    }
}

/// `text`, shortened to fit into `width` pixels.
fn fitting(font: &FontRef<'_>, text: &str, size: f32, width: f32) -> String {
    let fits = |text: &str| place(font, text, size, |_| {}) <= width;
    if fits(text) {
        return text.to_owned();
    }
    let mut short: String = text.to_owned();
    while short.pop().is_some() {
        let candidate = format!("{}…", short.trim_end());
        if fits(&candidate) {
            return candidate;
        }
    }
    String::new()
}

/// `text` in at most [`MAX_LINES`] lines of `width` pixels, broken between words; none for no text. What does not fit into
/// the last line is shortened, and so is a word that is longer than a line.
pub(super) fn wrapped(text: &str, size: f32, width: f32) -> Vec<String> {
    let font = FontRef::try_from_slice(FONT).expect("the font is part of the program");
    let fits = |text: &str| place(&font, text, size, |_| {}) <= width;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_last = lines.len() == MAX_LINES;
        match lines.last_mut() {
            Some(line) if is_last || fits(&format!("{line} {word}")) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let short = |line: &String| fitting(&font, line, size, width);
    lines.iter().map(short).collect()
}

/// Sets the glyphs of `text` along a base line from 0 and returns the width.
fn place(font: &FontRef<'_>, text: &str, size: f32, mut put: impl FnMut(ab_glyph::Glyph)) -> f32 {
    let scale = PxScale::from(size);
    let scaled = font.as_scaled(scale);
    let (mut x, mut previous) = (0.0, None);
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        if let Some(previous) = previous {
            x += scaled.kern(previous, id);
        }
        put(id.with_scale_and_position(scale, ab_glyph::point(x, 0.0)));
        x += scaled.h_advance(id);
        previous = Some(id);
    }
    x
}

fn grey(darkness: f32) -> u8 {
    SHADES + (darkness.clamp(0.0, 1.0) * f32::from(GREYS - 1)).round() as u8
}

/// Red, green, blue of every colour number.
fn colours(palette: Palette) -> Vec<u8> {
    let mut table = Vec::with_capacity(3 * 256);
    for shade in 0..SHADES {
        table.extend(palette.colour(f32::from(shade) / f32::from(SHADES - 1)));
    }
    for level in 0..GREYS {
        let darkness = f32::from(level) / f32::from(GREYS - 1);
        table.extend(INK_RGB.map(|ink| mix(255, ink, darkness)));
    }
    table.extend(NOT_A_NUMBER_RGB);
    table
}

/// The colour between two.
pub(super) fn mix(from: u8, to: u8, share: f32) -> u8 {
    (f32::from(from) + (f32::from(to) - f32::from(from)) * share).round() as u8
}
