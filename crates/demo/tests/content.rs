//! What the demo content promises, measured on the content itself.

#![expect(clippy::cast_precision_loss, reason = "counts of samples are far below the limits of a float")]

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use demo::{Audio, Picture, Track, catalogue, encode_flac};

fn fnv(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn pcm_hash(audio: &Audio) -> u64 {
    fnv(audio.samples.iter().flat_map(|sample| sample.to_le_bytes()))
}

fn track(key: &str) -> &'static Track {
    catalogue().tracks.iter().find(|track| track.key == key).expect("a track of the catalogue")
}

#[test]
fn the_catalogue_is_complete_and_consistent() {
    let demo = catalogue();
    assert_eq!((demo.artists.len(), demo.releases.len(), demo.tracks.len()), (3, 4, 12));
    let keys: BTreeSet<_> = demo.tracks.iter().map(|track| track.key).collect();
    assert_eq!(keys.len(), demo.tracks.len());
    for release in demo.releases {
        let numbers: Vec<u32> = tracks_of(release.key).map(|track| track.number).collect();
        assert!(!numbers.is_empty());
        assert!(
            (1..).zip(&numbers).all(|(wanted, number)| wanted == *number),
            "{}: {numbers:?}",
            release.key
        );
        let date: Vec<&str> = release.released.split('-').collect();
        assert!(date.len() == 3 && release.released.len() == 10, "{}", release.released);
    }
    for track in demo.tracks {
        let sum: u32 = track.splits.iter().map(|split| split.basis_points).sum();
        assert_eq!(sum, 10_000, "{}", track.key);
        assert!(track.splits.iter().all(|split| split.basis_points > 0));
        assert!(!track.genres.is_empty() && !track.credits.is_empty(), "{}", track.key);
        assert!(track.price_per_second.is_none_or(|price| price > 0));
        assert!(demo.artists.iter().any(|artist| std::ptr::eq(*artist, track.artist())));
    }
    assert!(demo.tracks.iter().any(|track| track.price_per_second.is_none()));
    assert_eq!(demo.tracks.iter().filter(|track| track.explicit).count(), 1);
    assert_eq!(demo.releases.iter().filter(|release| release.gapless).count(), 2);
    assert!(demo.artists.iter().all(|artist| !artist.name.is_ascii() && artist.bio.len() > 100));
}

fn tracks_of(release: &str) -> impl Iterator<Item = &'static Track> {
    catalogue().tracks.iter().filter(move |track| track.release.key == release)
}

#[test]
fn every_track_is_clean() {
    for track in catalogue().tracks {
        let audio = track.render();
        let name = track.key;
        assert_eq!((audio.sample_rate, audio.channels), (44_100, 2));
        let duration = audio.duration_ms();
        assert!((25_000..=75_000).contains(&duration), "{name} takes {duration} ms");
        let values: Vec<f64> = audio.samples.iter().map(|&sample| f64::from(sample) / 32_768.0).collect();
        let peak = values.iter().fold(0.0, |peak: f64, value| peak.max(value.abs()));
        assert!((0.3..0.89).contains(&peak), "{name} peaks at {peak}");
        for side in 0..2 {
            let channel: Vec<f64> = values.iter().skip(side).step_by(2).copied().collect();
            let mean = channel.iter().sum::<f64>() / channel.len() as f64;
            assert!(mean.abs() < 2e-4, "{name} has a constant of {mean}");
            let steps = channel.windows(2).map(|pair| (pair[1] - pair[0]).abs());
            let steepest = steps.fold(0.0, f64::max);
            assert!(steepest < 0.35, "{name} jumps by {steepest}");
        }
        let loudness = loudness(&values);
        assert!((-22.0..-14.0).contains(&loudness), "{name} has {loudness:.1} dB");
        let last = tracks_of(track.release.key).map(|other| other.number).max() == Some(track.number);
        if track.number == 1 || !track.release.gapless {
            assert!(values[..20].iter().all(|value| value.abs() < 0.01), "{name} starts with a click");
        }
        if last || !track.release.gapless {
            let end = &values[values.len() - 20..];
            assert!(end.iter().all(|value| value.abs() < 0.001), "{name} ends with a click");
        }
    }
}

/// Mean power in dB of the blocks of 0.4 s that are not quiet (ITU-R BS.1770's gates, without its filter).
fn loudness(values: &[f64]) -> f64 {
    let power =
        |block: &[f64]| block.iter().map(|value| value * value).sum::<f64>() / block.len() as f64 * 2.0;
    let blocks: Vec<f64> = values.chunks(2 * 17_640).map(power).filter(|&block| block > 1e-7).collect();
    let mean = |blocks: &[f64]| blocks.iter().sum::<f64>() / blocks.len() as f64;
    let gate = 0.1 * mean(&blocks);
    let loud: Vec<f64> = blocks.into_iter().filter(|&block| block > gate).collect();
    10.0 * mean(&loud).log10() - 0.7
}

#[test]
fn gapless_tracks_join_without_a_step() {
    for release in catalogue().releases.iter().filter(|release| release.gapless) {
        let sounds: Vec<Audio> = tracks_of(release.key).map(Track::render).collect();
        assert_eq!(sounds.len(), 4);
        for pair in sounds.windows(2) {
            let (before, after) = (&pair[0].samples, &pair[1].samples);
            for side in 0..2 {
                let channel = |samples: &[i16]| -> Vec<i32> {
                    samples.iter().skip(side).step_by(2).map(|&sample| i32::from(sample)).collect()
                };
                let (before, after) = (channel(&before[before.len() - 400..]), channel(&after[..400]));
                let joined: Vec<i32> = before.iter().chain(&after).copied().collect();
                let steps: Vec<i32> = joined.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
                let seam = steps[before.len() - 1];
                let usual = steps.iter().enumerate().filter(|(n, _)| *n != before.len() - 1);
                let usual = usual.map(|(_, step)| *step).max().unwrap_or(0);
                assert!(seam <= usual, "{}: a step of {seam}, {usual} elsewhere", release.key);
                assert!(joined.iter().any(|sample| sample.abs() > 300), "{} is silent there", release.key);
            }
        }
    }
}

#[test]
fn the_same_bytes_come_out_everywhere() {
    let first = track("the-long-way-home").render();
    assert_eq!(first, track("the-long-way-home").render());
    assert_eq!(
        pcm_hash(&first),
        0x8b3a_3dc6_e21f_231c,
        "the sound changed; listen before you change this number"
    );
    let pictures = catalogue().releases.iter().flat_map(|release| release.sleeve().rgb);
    assert_eq!(
        fnv(pictures),
        0x9acd_0afa_bb28_6a24,
        "the sleeves changed; look before you change this number"
    );
}

#[test]
fn sleeves_are_square_pictures_that_differ() {
    let demo = catalogue();
    let mut pictures: Vec<Picture> = demo.releases.iter().map(|release| release.sleeve()).collect();
    pictures.extend(demo.artists.iter().map(|artist| artist.avatar()));
    let mut seen = BTreeSet::new();
    for picture in &pictures {
        assert_eq!((picture.width, picture.height, picture.rgb.len()), (800, 800, 800 * 800 * 3));
        assert!(seen.insert(fnv(picture.rgb.iter().copied())));
        let colours: BTreeSet<&[u8]> = picture.rgb.chunks(3).collect();
        assert!(colours.len() > 100, "edges are not smooth: {} colours", colours.len());
        let file = picture.png();
        assert!(file.len() < 150_000, "{} bytes", file.len());
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().expect("a PNG file");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("a picture");
        assert!(pixels == picture.rgb);
    }
}

/// Runs a tool with the file on its input; `None` when the tool is not installed.
fn pipe(tool: &str, arguments: &[&str], file: &[u8]) -> Option<Vec<u8>> {
    let mut command = Command::new(tool);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = match command.spawn() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        child => child.expect("the tool starts"),
    };
    let mut input = child.stdin.take().expect("a pipe");
    let output = std::thread::scope(|scope| {
        // A tool that has read enough closes the pipe; what it says then is the answer.
        scope.spawn(move || input.write_all(file).ok());
        child.wait_with_output().expect("the tool ends")
    });
    assert!(output.status.success(), "{tool} fails: {}", output.status);
    Some(output.stdout)
}

#[test]
fn the_files_decode_to_the_same_samples() {
    let track = track("cafe-by-the-sluice");
    let audio = track.render();
    let file = encode_flac(&audio, &track.tags(), Some(&track.release.sleeve()));
    if let Some(decoded) =
        pipe("ffmpeg", &["-v", "error", "-i", "-", "-map", "0:a", "-f", "s16le", "-"], &file)
    {
        let samples = decoded.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
        assert!(samples.eq(audio.samples.iter().copied()), "ffmpeg decodes other samples");
    }
    pipe("flac", &["-t", "-s", "-"], &file);
    let shown = ["-v", "error", "-show_format", "-show_streams", "-of", "flat", "-i", "-"];
    if let Some(said) = pipe("ffprobe", &shown, &file) {
        let said = String::from_utf8_lossy(&said);
        for wanted in [
            "format.tags.TITLE=\"Café by the Sluice\"",
            "format.tags.ARTIST=\"Piñon Street Trio\"",
            "format.tags.ALBUM=\"Kitchen Door Sessions\"",
            "format.tags.track=\"2\"",
            "format.tags.DATE=\"2024-09-27\"",
            "format.tags.GENRE=\"Bossa Nova;Acoustic\"",
            "format.tags.LICENSE=\"CC0-1.0\"",
            "streams.stream.0.sample_rate=\"44100\"",
            "streams.stream.1.codec_name=\"png\"",
            "streams.stream.1.width=800",
        ] {
            assert!(said.contains(wanted), "no {wanted} in {said}");
        }
    }
}
