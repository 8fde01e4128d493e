//! Covers and avatars: limits before decoding, orientation, nothing but pixels afterwards.

use std::io::Cursor;
use std::time::Duration;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use media::{Fit, MediaError, corpus};

use crate::studio::{Studio, TUNE, clock};

/// Left half red, right half blue.
fn flag(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(
        width,
        height,
        |x, _| if x < width / 2 { Rgb([230, 20, 20]) } else { Rgb([20, 20, 230]) },
    )
}

fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::from(image.clone()).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn decoded(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap().into_rgb8()
}

fn is_red(pixel: Rgb<u8>) -> bool {
    pixel[0] > 180 && pixel[2] < 80
}

#[tokio::test]
async fn pictures_of_every_kind_come_out_as_small_jpegs() {
    let studio = Studio::new();
    let pool = studio.pool();
    for (name, format) in
        [("a.jpg", ImageFormat::Jpeg), ("a.png", ImageFormat::Png), ("a.webp", ImageFormat::WebP)]
    {
        let path = studio.write(name, &encoded(&flag(400, 200), format));
        let inside = pool.read_picture(&path, 100, Fit::Inside).await.unwrap();
        assert_eq!((inside.width, inside.height), (100, 50), "{name}");
        let pixels = decoded(&inside.jpeg);
        assert_eq!(pixels.dimensions(), (100, 50), "{name}");
        assert!(is_red(*pixels.get_pixel(10, 25)) && !is_red(*pixels.get_pixel(90, 25)), "{name}");
        let square = pool.read_picture(&path, 64, Fit::Square).await.unwrap();
        assert_eq!((square.width, square.height), (64, 64), "{name}");
        let pixels = decoded(&square.jpeg);
        assert!(
            is_red(*pixels.get_pixel(10, 32)) && !is_red(*pixels.get_pixel(54, 32)),
            "{name}: the middle is kept"
        );
    }
}

#[tokio::test]
async fn the_camera_s_orientation_is_applied_and_then_forgotten() {
    let studio = Studio::new();
    let jpeg = encoded(&flag(80, 40), ImageFormat::Jpeg);
    // Exif with one entry: orientation 6, turned right.
    let tiff = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
    let turned = [&jpeg[..2], &[0xff, 0xe1], &length, tiff, &jpeg[2..]].concat();
    let picture =
        studio.pool().read_picture(&studio.write("turned.jpg", &turned), 80, Fit::Inside).await.unwrap();
    assert_eq!((picture.width, picture.height), (40, 80));
    let pixels = decoded(&picture.jpeg);
    assert!(is_red(*pixels.get_pixel(20, 10)) && !is_red(*pixels.get_pixel(20, 70)));
    assert!(!picture.jpeg.windows(4).any(|window| window == b"Exif"));
}

#[tokio::test]
async fn an_embedded_cover_is_found_and_its_lack_is_said() {
    let studio = Studio::new();
    let pool = studio.pool();
    let cover = studio.write("cover.png", &encoded(&flag(300, 300), ImageFormat::Png));
    let plain = studio.encode("plain.mp3", TUNE, &["-c:a", "libmp3lame"]);
    let out = studio.source("covered.mp3");
    let inputs = ["-i", plain.to_str().unwrap(), "-i", cover.to_str().unwrap()];
    let options = ["-map", "0:a", "-map", "1:v", "-c", "copy", "-disposition:v", "attached_pic"];
    crate::studio::ffmpeg(inputs.into_iter().chain(options), Some(&out));
    let picture = pool.read_picture(&out, 100, Fit::Square).await.unwrap();
    assert_eq!((picture.width, picture.height), (100, 100));
    assert_eq!(pool.read_picture(&plain, 100, Fit::Square).await, Err(MediaError::NoPicture));
}

#[tokio::test]
async fn bombs_are_refused_before_they_are_unpacked() {
    let studio = Studio::new();
    let pool = studio.pool();
    pool.confinement().await.unwrap();
    let bomb = corpus::png_bomb();
    assert!((100_000..400_000).contains(&bomb.len()), "{} bytes", bomb.len());
    let (png, jpeg) =
        (studio.write("bomb.png", &bomb), studio.write("bomb.jpg", &corpus::jpeg_claiming(65_535, 65_535)));
    for path in [png, jpeg] {
        let began = clock();
        let answer = pool.read_picture(&path, 256, Fit::Square).await;
        assert!(matches!(answer, Err(MediaError::TooLarge(_))), "{answer:?}");
        assert!(began.elapsed() < Duration::from_millis(200), "{:?}", began.elapsed());
    }
    for (name, bytes) in [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".as_slice()),
        ("a.gif", b"GIF89a"),
    ] {
        let answer = pool.read_picture(&studio.write(name, bytes), 256, Fit::Square).await;
        assert!(matches!(answer, Err(MediaError::Unsupported(_))), "{name}: {answer:?}");
    }
    assert!(matches!(
        pool.read_picture(&studio.source("a.gif"), 1_000_000, Fit::Square).await,
        Err(MediaError::Unsupported(_))
    ));
}
