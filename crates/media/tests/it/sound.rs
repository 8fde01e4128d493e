//! Decoding: lengths to the sample against ffmpeg, waveforms, damage.

use media::{Format, MediaError};

use crate::studio::{Studio, TUNE, decoded_by_ffmpeg};

/// The samples per channel that went into every encoder.
const SAMPLES: u64 = 442_416;

struct Case {
    name: &'static str,
    options: &'static [&'static str],
    format: Format,
}

const CASES: [Case; 14] = [
    Case { name: "cbr.mp3", options: &["-c:a", "libmp3lame", "-b:a", "128k"], format: Format::Mp3 },
    Case { name: "vbr.mp3", options: &["-c:a", "libmp3lame", "-q:a", "2"], format: Format::Mp3 },
    Case {
        name: "mpeg2.mp3",
        options: &["-c:a", "libmp3lame", "-ar", "22050", "-ac", "1"],
        format: Format::Mp3,
    },
    Case { name: "16.wav", options: &["-c:a", "pcm_s16le"], format: Format::Wav },
    Case { name: "24.wav", options: &["-c:a", "pcm_s24le"], format: Format::Wav },
    Case { name: "float.wav", options: &["-c:a", "pcm_f32le"], format: Format::Wav },
    Case { name: "lc.m4a", options: &["-c:a", "aac", "-b:a", "128k"], format: Format::M4aAac },
    Case { name: "fast.m4a", options: &["-c:a", "aac", "-movflags", "+faststart"], format: Format::M4aAac },
    Case { name: "lossless.m4a", options: &["-c:a", "alac"], format: Format::M4aAlac },
    Case { name: "raw.aac", options: &["-c:a", "aac", "-f", "adts"], format: Format::AacAdts },
    Case { name: "16.flac", options: &["-c:a", "flac", "-sample_fmt", "s16"], format: Format::Flac },
    Case { name: "24.flac", options: &["-c:a", "flac", "-sample_fmt", "s32"], format: Format::Flac },
    Case { name: "vorbis.ogg", options: &["-c:a", "libvorbis", "-q:a", "4"], format: Format::OggVorbis },
    Case { name: "opus.opus", options: &["-c:a", "libopus", "-b:a", "96k"], format: Format::Opus },
];

#[tokio::test]
async fn every_format_is_as_long_as_ffmpeg_says() {
    let studio = Studio::new();
    let pool = studio.pool();
    for Case { name, options, format } in CASES {
        let path = studio.encode(name, TUNE, options);
        let analysis = pool.analyse(&path).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let reference = decoded_by_ffmpeg(&path, u64::from(analysis.channels));
        assert_eq!(analysis.format, format, "{name}");
        if format == Format::M4aAac {
            // ffmpeg plays the padding of the last frame, though the edit list leaves it out.
            assert_eq!(analysis.frames, SAMPLES, "{name}");
            assert!((analysis.frames..analysis.frames + 1024).contains(&reference), "{name}: {reference}");
        } else {
            assert_eq!(analysis.frames, reference, "{name}");
        }
        if format.lossless() {
            assert_eq!(analysis.frames, SAMPLES, "{name}");
        }
        let rate = u64::from(analysis.sample_rate);
        assert_eq!(analysis.duration_ms, (analysis.frames * 1000 + rate / 2) / rate, "{name}");
        assert!((10_000..10_100).contains(&analysis.duration_ms), "{name}: {} ms", analysis.duration_ms);
        let promised = analysis.promised_ms.unwrap_or(analysis.duration_ms);
        assert!(promised.abs_diff(analysis.duration_ms) <= 1, "{name}: {promised} ms are promised");
        assert!(
            !analysis.truncated && analysis.damaged_packets == 0 && !analysis.he_aac,
            "{name}: {analysis:?}"
        );
        assert!((-900..-300).contains(&analysis.peak_db100), "{name}: peak {}", analysis.peak_db100);
        assert!((-1500..-1100).contains(&analysis.rms_db100), "{name}: rms {}", analysis.rms_db100);
        assert_eq!(analysis.waveform[0], 1, "{name}");
        assert!((900..=1800).contains(&(analysis.waveform.len() - 1)), "{name}: {}", analysis.waveform.len());
        let probed = pool.probe(&path).await.unwrap();
        let seen = (probed.format, probed.sample_rate, probed.channels);
        assert_eq!(seen, (format, analysis.sample_rate, analysis.channels), "{name}");
    }
}

#[tokio::test]
async fn delay_and_padding_are_what_the_encoders_wrote() {
    let studio = Studio::new();
    let pool = studio.pool();
    for (name, options, delay) in [
        ("a.mp3", ["-c:a", "libmp3lame"], 1105),
        ("a.m4a", ["-c:a", "aac"], 1024),
        ("a.opus", ["-c:a", "libopus"], 312),
    ] {
        let path = studio.encode(name, TUNE, &options);
        let analysis = pool.analyse(&path).await.unwrap();
        assert_eq!(analysis.encoder_delay, delay, "{name}");
        let whole = analysis.frames + u64::from(analysis.encoder_delay) + u64::from(analysis.encoder_padding);
        let frame = match analysis.format {
            Format::Mp3 => 1152,
            Format::Opus => 960,
            _ => 1024,
        };
        assert!(whole.is_multiple_of(frame), "{name}: {whole} samples are whole frames of {frame}");
    }
}

#[tokio::test]
async fn the_waveform_follows_the_music() {
    let studio = Studio::new();
    let pool = studio.pool();
    // Silence for five seconds, then a tone of half the full scale.
    let input = "aevalsrc=0.5*sin(2*PI*440*t)*gte(t\\,5):s=48000:d=10";
    let analysis = pool.analyse(&studio.encode("step.flac", input, &[])).await.unwrap();
    let peaks = &analysis.waveform[1..];
    let (first, second) = peaks.split_at(peaks.len() / 2 - 1);
    assert!(first.iter().all(|peak| *peak == 0));
    assert!(second[2..].iter().all(|peak| (126..=128).contains(peak)), "{second:?}");
    assert_eq!(
        (analysis.peak_db100 + 602).abs() <= 1,
        (analysis.rms_db100 + 1204).abs() <= 2,
        "{analysis:?}"
    );
    let silent = pool.analyse(&studio.encode("silent.wav", "anullsrc=d=1", &[])).await.unwrap();
    assert_eq!((silent.peak_db100, silent.rms_db100), (-20_000, -20_000));
}

#[tokio::test]
async fn high_efficiency_aac_has_the_right_length() {
    let studio = Studio::new();
    let path = studio.encode("core.m4a", TUNE, &["-c:a", "aac", "-ar", "22050"]);
    // Announces spectral band replication from 22.05 to 44.1 kHz in the way that old players overlook.
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes
        .windows(3)
        .position(|window| window == [0x56, 0xe5, 0x00])
        .expect("ffmpeg writes the extension");
    bytes[at + 2] = 0xa0;
    let path = studio.write("he.m4a", &bytes);
    let analysis = studio.pool().analyse(&path).await.unwrap();
    assert!(analysis.he_aac);
    assert_eq!((analysis.sample_rate, analysis.channels), (44_100, 2));
    let reference = decoded_by_ffmpeg(&path, 2);
    assert!(
        analysis.frames.abs_diff(reference) <= 2048 + 1024,
        "{} here, {reference} there",
        analysis.frames
    );
    assert!((10_030..10_036).contains(&analysis.duration_ms), "{} ms", analysis.duration_ms);
    let probed = studio.pool().probe(&path).await.unwrap();
    assert_eq!(probed.sample_rate, 44_100);
}

#[tokio::test]
async fn half_a_file_is_half_as_long_and_says_so() {
    let studio = Studio::new();
    let pool = studio.pool();
    for Case { name, options, .. } in CASES {
        let whole = studio.encode(name, TUNE, options);
        let bytes = std::fs::read(&whole).unwrap();
        let half = studio.write("half", &bytes[..bytes.len() / 2]);
        match pool.analyse(&half).await {
            // The index of these is at the end.
            Err(MediaError::Corrupt(_)) => assert!(name.ends_with("m4a"), "{name}"),
            Err(error) => panic!("{name}: {error}"),
            Ok(analysis) => {
                assert!(
                    (3_000..7_000).contains(&analysis.duration_ms),
                    "{name}: {} ms",
                    analysis.duration_ms
                );
                // Ogg pages and raw frames cannot tell that there should be more.
                let knows = !(name.ends_with("ogg") || name.ends_with("opus") || name == "raw.aac");
                assert!(analysis.truncated || !knows, "{name}");
                if knows {
                    let promised = analysis.promised_ms.expect(name);
                    assert!((10_000..10_100).contains(&promised), "{name}: {promised} ms are promised");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_surrounds_the_sound_is_not_heard() {
    let studio = Studio::new();
    let pool = studio.pool();
    let plain =
        studio.encode("plain.mp3", TUNE, &["-c:a", "libmp3lame", "-id3v2_version", "0", "-write_xing", "0"]);
    let sound = std::fs::read(&plain).unwrap();
    let expected = pool.analyse(&plain).await.unwrap().frames;
    let id3v2 = [b"ID3\x04\0\0\0\0\x01\0".as_slice(), &[0; 128], &[0; 3000]].concat();
    // An APEv2 tag and an ID3v1 tag that contain what looks like frames.
    let fake = sound[..417].repeat(2);
    let size = u32::try_from(fake.len() + 32).unwrap().to_le_bytes();
    let footer = [b"APETAGEX\xd0\x07\0\0".as_slice(), &size, &[1, 0, 0, 0], &[0; 12]].concat();
    let id3v1 = [b"TAG".as_slice(), &[0xff; 125]].concat();
    let mixed = studio.write("mixed.mp3", &[&id3v2[..], &id3v2, &sound, &fake, &footer, &id3v1].concat());
    assert_eq!(pool.analyse(&mixed).await.unwrap().frames, expected);
    // A stream that was cut anywhere.
    let cut = studio.write("cut.mp3", &sound[sound.len() / 3..]);
    let frames = pool.analyse(&cut).await.unwrap().frames;
    assert!(frames.abs_diff(expected * 2 / 3) < 3 * 1152, "{frames} of {expected}");
}
