//! Sleeves: pictures drawn from a name, in three families. No two names give the same picture, and the same
//! name gives the same picture everywhere.

use crate::math::{Seeded, cosine, sine, smooth};

/// Width and height of a sleeve in pixels.
pub const SLEEVE_SIZE: u32 = 800;

/// A family of drawings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Layered translucent hills, from dusk above to light below.
    Hills,
    /// Overlapping discs and rings.
    Discs,
    /// A skyline of upright strips.
    Strips,
}

/// A way through the colours, from dark to light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// Deep teal to lilac.
    Lagoon,
    /// Night blue to rose.
    Dusk,
    /// Violet to peach.
    Berry,
    /// Dark red to sand.
    Ember,
    /// Forest green to pale lime.
    Moss,
    /// Deep blue to mint.
    Fjord,
}

/// An RGB picture, 8 bits a channel, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    /// `width * height * 3` bytes.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// The picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&self.rgb))
            .expect("the sizes match and memory takes every byte");
        file
    }
}

/// Draws the sleeve for a name.
pub fn sleeve(name: &str, family: Family, colours: Colours) -> Picture {
    let mut chance = Seeded::from_text(name);
    let palette = Palette::new(colours, &mut chance);
    let mut canvas = Canvas::new(palette.ground());
    match family {
        Family::Hills => hills(&mut canvas, &palette, &mut chance),
        Family::Discs => discs(&mut canvas, &palette, &mut chance),
        Family::Strips => strips(&mut canvas, &palette, &mut chance),
    }
    canvas.finish()
}

/// Linear light, red, green and blue.
type Light = [f32; 3];

/// Hues in degrees: the dark end's, and how far it turns to the light.
struct Palette {
    hue: f32,
    turn: f32,
    chroma: f32,
}

impl Palette {
    fn new(colours: Colours, chance: &mut Seeded) -> Self {
        let (hue, turn) = match colours {
            Colours::Lagoon => (205.0, 115.0),
            Colours::Dusk => (262.0, 100.0),
            Colours::Berry => (310.0, 110.0),
            Colours::Ember => (25.0, 62.0),
            Colours::Moss => (172.0, -58.0),
            Colours::Fjord => (255.0, -85.0),
        };
        Self { hue: hue + chance.between(-9.0, 9.0), turn, chroma: chance.between(0.095, 0.125) }
    }

    /// The colour at `way` from dark (0) to light (1).
    fn at(&self, way: f32) -> Light {
        let lightness = 0.27 + 0.62 * way;
        // Chroma swells in the middle, where the eye and the screen have room for it.
        let chroma = self.chroma * (0.6 + 1.6 * way * (1.0 - way));
        oklch(lightness, chroma, self.hue + self.turn * way)
    }

    fn ground(&self) -> Light {
        oklch(0.235, 0.6 * self.chroma, self.hue - 8.0)
    }
}

/// OKLCH (Ottosson, 2020) to linear sRGB; the hue in degrees.
fn oklch(lightness: f32, chroma: f32, hue: f32) -> Light {
    let turns = f64::from(hue) / 360.0;
    let (green_red, blue_yellow) = (chroma * cosine(turns) as f32, chroma * sine(turns) as f32);
    let cone = |a: f32, b: f32| {
        let root = lightness + a * green_red + b * blue_yellow;
        root * root * root
    };
    let l = cone(0.396_337_78, 0.215_803_76);
    let m = cone(-0.105_561_346, -0.063_854_17);
    let s = cone(-0.089_484_18, -1.291_485_5);
    [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ]
}

/// Pixels in linear light, so that translucent layers mix as light does.
struct Canvas {
    pixels: Vec<Light>,
}

impl Canvas {
    fn new(ground: Light) -> Self {
        Self { pixels: vec![ground; (SLEEVE_SIZE * SLEEVE_SIZE) as usize] }
    }

    /// Lays a colour over every pixel by `cover`, a function of the pixel's centre (0 none, 1 all). `rows`
    /// bounds where it can be seen.
    fn lay(&mut self, colour: Light, rows: (f32, f32), cover: impl Fn(f32, f32) -> f32) {
        let size = SLEEVE_SIZE as usize;
        let first = rows.0.clamp(0.0, size as f32) as usize;
        let last = (rows.1.clamp(0.0, size as f32).ceil() as usize).max(first);
        for (y, row) in self.pixels[first * size..last * size].chunks_exact_mut(size).enumerate() {
            for (x, pixel) in row.iter_mut().enumerate() {
                let amount = cover(x as f32 + 0.5, (y + first) as f32 + 0.5);
                for (part, new) in pixel.iter_mut().zip(colour) {
                    *part += amount * (new - *part);
                }
            }
        }
    }

    /// A disc with a smooth edge, cut off below `floor`.
    fn disc(&mut self, colour: Light, amount: f32, (x, y): (f32, f32), radius: f32, floor: f32) {
        self.lay(colour, (y - radius - 1.0, (y + radius + 1.0).min(floor + 1.0)), |px, py| {
            let (dx, dy) = (px - x, py - y);
            let inside = radius - (dx * dx + dy * dy).sqrt() + 0.5;
            amount * inside.clamp(0.0, 1.0) * (floor - py + 0.5).clamp(0.0, 1.0)
        });
    }

    fn finish(self) -> Picture {
        // The square root is sRGB's curve to within what an eye can tell, and exact on every machine.
        let byte = |part: f32| (part.clamp(0.0, 1.0).sqrt() * 255.0 + 0.5) as u8;
        let rgb = self.pixels.into_iter().flatten().map(byte).collect();
        Picture { width: SLEEVE_SIZE, height: SLEEVE_SIZE, rgb }
    }
}

const SIZE: f32 = SLEEVE_SIZE as f32;

/// Six or seven ranges, each lower and lighter, the last one a single round hill in front.
fn hills(canvas: &mut Canvas, palette: &Palette, chance: &mut Seeded) {
    let ranges = 6 + chance.below(2);
    let peak = chance.between(0.3, 0.7);
    // One height for all, so that a front range never hides behind the one it stands before.
    let tall = chance.between(0.24, 0.34);
    for n in 0..ranges {
        let way = n as f32 / (ranges - 1) as f32;
        let front = smooth((way - 0.45) / 0.55);
        let base = SIZE * (0.16 + 0.62 * way);
        let waves: [(f32, f32, f32); 3] = std::array::from_fn(|k| {
            let k = k as f32;
            let height = SIZE * chance.between(0.045, 0.085) / (1.0 + 0.8 * k) * (1.0 - 0.75 * front);
            (chance.between(0.5, 0.95) * (1.0 + 0.8 * k), chance.unit(), height)
        });
        let hill = SIZE * front * tall;
        let centre = SIZE * (peak + 0.12 * (chance.unit() - 0.5));
        let width = SIZE * chance.between(0.34, 0.46);
        // One height for each column, with a column more on each side for the slope.
        let line: Vec<f32> = (0..SLEEVE_SIZE + 2)
            .map(|column| {
                let x = column as f32 - 0.5;
                let mut y = base;
                for (turns, phase, height) in waves {
                    y += height * sine(f64::from(turns * x / SIZE + phase)) as f32;
                }
                let off = (x - centre) / width;
                y - hill / (1.0 + off * off * (1.0 + 0.6 * off * off))
            })
            .collect();
        let top = line.iter().copied().fold(SIZE, f32::min);
        canvas.lay(palette.at(0.08 + 0.9 * way), (top - 2.0, SIZE), |x, y| {
            let column = x as usize;
            let slope = (line[column + 2] - line[column]) * 0.5;
            let distance = (y - line[column + 1]) / (1.0 + slope * slope).sqrt();
            0.86 * (distance + 0.5).clamp(0.0, 1.0)
        });
    }
}

/// Rings that spread from one corner, and a few large discs that pass through them.
fn discs(canvas: &mut Canvas, palette: &Palette, chance: &mut Seeded) {
    let corner = (SIZE * chance.between(0.02, 0.3), SIZE * chance.between(0.7, 0.98));
    let rings = 6 + chance.below(3);
    let reach = SIZE * chance.between(0.82, 1.0);
    for n in 0..rings {
        let way = n as f32 / (rings - 1) as f32;
        let radius = reach * (1.0 - 0.86 * way);
        canvas.disc(palette.at(0.06 + 0.56 * way), 0.9, corner, radius, SIZE);
    }
    for n in 0..3 {
        let centre = (SIZE * chance.between(0.42, 0.92), SIZE * chance.between(0.12, 0.62));
        let radius = SIZE * chance.between(0.11, 0.25);
        canvas.disc(palette.at(0.62 + 0.16 * n as f32), 0.55, centre, radius, SIZE);
    }
    // One full disc, small and bright, that the eye comes back to.
    let moon = (SIZE * chance.between(0.6, 0.85), SIZE * chance.between(0.16, 0.36));
    canvas.disc(palette.at(0.97), 0.95, moon, SIZE * chance.between(0.055, 0.095), SIZE);
}

/// A row of towers before a disc, lighter towards one side, with their reflection below.
fn strips(canvas: &mut Canvas, palette: &Palette, chance: &mut Seeded) {
    let horizon = SIZE * chance.between(0.74, 0.82);
    let sun = (SIZE * chance.between(0.25, 0.75), horizon - SIZE * chance.between(0.22, 0.42));
    let radius = SIZE * chance.between(0.17, 0.24);
    canvas.disc(palette.at(0.25), 0.8, sun, radius * 1.7, horizon);
    canvas.disc(palette.at(0.55), 0.75, sun, radius, horizon);
    let count = 11 + chance.below(5);
    let step = SIZE / count as f32;
    let swell = chance.unit();
    for n in 0..count {
        let way = n as f32 / (count - 1) as f32;
        let wave = 0.5 + 0.5 * sine(f64::from(way * 0.9 + swell)) as f32;
        let height = SIZE * (0.16 + 0.34 * wave + chance.between(0.0, 0.16));
        let (left, right) = (n as f32 * step, (n as f32 + 0.82) * step);
        let top = horizon - height;
        let colour = palette.at(0.18 + 0.78 * way);
        let within = move |x: f32| (x - left + 0.5).clamp(0.0, 1.0).min((right - x + 0.5).clamp(0.0, 1.0));
        canvas.lay(colour, (top - 1.0, horizon + 1.0), |x, y| {
            let vertical = (y - top + 0.5).clamp(0.0, 1.0).min((horizon - y + 0.5).clamp(0.0, 1.0));
            0.9 * within(x) * vertical
        });
        canvas.lay(colour, (horizon, SIZE), |x, y| {
            0.34 * within(x) * (y - horizon + 0.5).clamp(0.0, 1.0) * (1.0 - (y - horizon) / (SIZE - horizon))
        });
    }
}
