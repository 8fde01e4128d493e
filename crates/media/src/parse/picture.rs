//! Pictures decoded within limits, turned upright, made small, and encoded anew without anything but pixels.

use std::io::Cursor;
use std::path::Path;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Rgb, RgbImage};

use crate::api::{Fit, MediaError, Picture};
use crate::parse::input::Input;
use crate::parse::source::Source;
use crate::parse::tags;

/// The longest side and the most pixels that are decoded.
const MAX_SIDE: u32 = 8192;
const MAX_PIXELS: u64 = 40_000_000;
/// What a decoder may allocate: 40 million pixels of 16-bit RGBA and its working space.
const MAX_ALLOCATION: u64 = 512 << 20;
/// The largest picture file.
const MAX_BYTES: u64 = 20 << 20;
/// The smallest and largest size that can be asked for.
const SIZES: std::ops::RangeInclusive<u32> = 16..=2048;
const QUALITY: u8 = 85;

/// A kind of picture, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Jpeg,
    Png,
    WebP,
    /// Recognised, so that its cover is listed, but not decoded.
    Gif,
}

impl Kind {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

/// Reads a picture file, or the cover of an audio file.
pub(super) fn read(path: &Path, size: u32, fit: Fit) -> Result<Picture, MediaError> {
    if !SIZES.contains(&size) {
        return Err(MediaError::Unsupported(format!("a picture of {size} pixels; {SIZES:?} are possible")));
    }
    let input = Input::open(path)?;
    let length = input.length();
    let bytes = if Kind::of(&input.at(0, 16)?).is_some() {
        if length > MAX_BYTES {
            return Err(MediaError::TooLarge(format!(
                "a picture file of {length} bytes, {MAX_BYTES} allowed"
            )));
        }
        input.at(0, usize::try_from(length).unwrap_or(0))?.into_owned()
    } else {
        let source = Source::of(input).map_err(|error| match error {
            MediaError::Unsupported(_) => {
                MediaError::Unsupported("neither JPEG, PNG or WebP nor an audio file".to_owned())
            }
            other => other,
        })?;
        tags::cover_bytes(&source)?
    };
    encode(&shrink(&decode(&bytes)?, size, fit)?)
}

fn decode(bytes: &[u8]) -> Result<RgbImage, MediaError> {
    let format = match Kind::of(bytes) {
        Some(Kind::Jpeg) => ImageFormat::Jpeg,
        Some(Kind::Png) => ImageFormat::Png,
        Some(Kind::WebP) => ImageFormat::WebP,
        Some(Kind::Gif) => return Err(MediaError::Unsupported("GIF pictures".to_owned())),
        None => return Err(MediaError::Unsupported("not a JPEG, PNG or WebP picture".to_owned())),
    };
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATION);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(MediaError::Corrupt("a picture without pixels".to_owned()));
    }
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(MediaError::TooLarge(format!("a picture of {width} × {height} pixels")));
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    image.apply_orientation(orientation);
    Ok(flatten(image))
}

fn damaged(error: image::ImageError) -> MediaError {
    match error {
        image::ImageError::Limits(reason) => MediaError::TooLarge(format!("a picture: {reason}")),
        image::ImageError::Unsupported(reason) => MediaError::Unsupported(reason.to_string()),
        other => MediaError::Corrupt(format!("a picture: {other}")),
    }
}

/// Puts what is transparent on white, as JPEG has no transparency.
fn flatten(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let rgba = image.into_rgba8();
    let mut rgb = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in rgb.pixels_mut().zip(rgba.pixels()) {
        let alpha = u16::from(from[3]);
        let over_white = |channel: u8| {
            u8::try_from((u16::from(channel) * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
        };
        *to = Rgb([over_white(from[0]), over_white(from[1]), over_white(from[2])]);
    }
    rgb
}

fn shrink(image: &RgbImage, size: u32, fit: Fit) -> Result<RgbImage, MediaError> {
    let (width, height) = image.dimensions();
    let (to_width, to_height) = match fit {
        Fit::Square => {
            let side = size.min(width).min(height);
            (side, side)
        }
        Fit::Inside => {
            let longer = width.max(height);
            let scaled = |side: u32| {
                let exact = u64::from(side) * u64::from(size.min(longer));
                u32::try_from((exact + u64::from(longer) / 2) / u64::from(longer)).unwrap_or(size).max(1)
            };
            (scaled(width), scaled(height))
        }
    };
    if (to_width, to_height) == (width, height) {
        return Ok(image.clone());
    }
    let impossible = |error: &dyn std::fmt::Display| MediaError::Corrupt(format!("a picture: {error}"));
    let from =
        ImageRef::new(width, height, image.as_raw(), PixelType::U8x3).map_err(|error| impossible(&error))?;
    let mut to = Image::new(to_width, to_height, PixelType::U8x3);
    let options = ResizeOptions::new().fit_into_destination(Some((0.5, 0.5)));
    let options = if fit == Fit::Square { options } else { ResizeOptions::new() };
    Resizer::new().resize(&from, &mut to, Some(&options)).map_err(|error| impossible(&error))?;
    RgbImage::from_raw(to_width, to_height, to.into_vec())
        .ok_or_else(|| impossible(&"a wrong number of pixels"))
}

fn encode(image: &RgbImage) -> Result<Picture, MediaError> {
    let mut jpeg = Vec::new();
    let (width, height) = image.dimensions();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode(image.as_raw(), width, height, ExtendedColorType::Rgb8)
        .map_err(damaged)?;
    Ok(Picture { jpeg, width, height })
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, shrink};
    use crate::api::{Fit, MediaError};
    use image::codecs::png::PngEncoder;
    use image::{ExtendedColorType, ImageEncoder, RgbImage};

    #[test]
    fn sizes_are_kept_in_proportion_and_never_enlarged() {
        let image = RgbImage::from_pixel(400, 100, image::Rgb([200, 10, 10]));
        assert_eq!(shrink(&image, 200, Fit::Inside).unwrap().dimensions(), (200, 50));
        assert_eq!(shrink(&image, 200, Fit::Square).unwrap().dimensions(), (100, 100));
        assert_eq!(shrink(&image, 2000, Fit::Inside).unwrap().dimensions(), (400, 100));
        let line = RgbImage::new(3000, 1);
        assert_eq!(shrink(&line, 16, Fit::Inside).unwrap().dimensions(), (16, 1));
    }

    #[test]
    fn transparency_becomes_white() {
        let mut png = Vec::new();
        PngEncoder::new(&mut png)
            .write_image(&[0, 0, 0, 0].repeat(64), 8, 8, ExtendedColorType::Rgba8)
            .unwrap();
        let picture = encode(&decode(&png).unwrap()).unwrap();
        assert_eq!((picture.width, picture.height), (8, 8));
        let again = decode(&picture.jpeg).unwrap();
        assert!(again.pixels().all(|pixel| pixel.0.iter().all(|channel| *channel > 250)));
    }

    #[test]
    fn what_is_no_picture_is_named() {
        assert!(matches!(decode(b"GIF89a"), Err(MediaError::Unsupported(_))));
        assert!(matches!(decode(b"<svg onload=alert(1)>"), Err(MediaError::Unsupported(_))));
        assert!(matches!(decode(b"\x89PNG\r\n\x1a\nrest"), Err(MediaError::Corrupt(_))));
    }
}
