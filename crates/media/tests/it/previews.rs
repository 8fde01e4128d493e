//! Previews are files of their own that others can play.

use media::api::MAX_PREVIEW_MS;
use media::{Format, MediaError};

use crate::studio::{Studio, TUNE, decoded_by_ffmpeg};

#[tokio::test]
async fn previews_play_elsewhere_and_are_as_long_as_asked() {
    let studio = Studio::new();
    let pool = studio.pool();
    let cases: [(&str, &[&str], Format); 5] = [
        ("a.mp3", &["-c:a", "libmp3lame", "-q:a", "3"], Format::Mp3),
        ("a.flac", &[], Format::Flac),
        ("a.m4a", &["-c:a", "aac"], Format::Flac),
        ("a.opus", &["-c:a", "libopus"], Format::Flac),
        ("a.ogg", &["-c:a", "libvorbis"], Format::Flac),
    ];
    for (name, options, format) in cases {
        let path = studio.encode(name, TUNE, options);
        let out = studio.output(name);
        let preview =
            pool.cut_preview(&path, 2500, 4000, &out).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(preview.format, format, "{name}");
        assert!(preview.duration_ms.abs_diff(4000) < 27, "{name}: {} ms", preview.duration_ms);
        assert_eq!(preview.bytes, std::fs::metadata(&out).unwrap().len(), "{name}");
        let copy = studio.write("copy", &std::fs::read(&out).unwrap());
        let analysis = pool.analyse(&copy).await.unwrap();
        assert_eq!((analysis.format, analysis.damaged_packets), (format, 0), "{name}");
        assert!(!analysis.truncated, "{name}");
        let reference = decoded_by_ffmpeg(&out, 2);
        assert_eq!(analysis.frames, reference, "{name}");
        assert!(analysis.duration_ms.abs_diff(4000) < 27, "{name}: {} ms", analysis.duration_ms);
        assert!((-1500..-1100).contains(&analysis.rms_db100), "{name}: {}", analysis.rms_db100);
    }
}

#[tokio::test]
async fn a_lossless_preview_is_the_very_part_asked_for() {
    let studio = Studio::new();
    // Silence until 3.000 s, then a tone: the cut at 2.900 s has a tenth of a second of it.
    let path = studio.encode("step.wav", "aevalsrc=0.5*sin(2*PI*441*t)*gte(t\\,3):s=44100:d=6", &[]);
    let out = studio.output("step.flac");
    studio.pool().cut_preview(&path, 2900, 1000, &out).await.unwrap();
    let pcm = crate::studio::ffmpeg(["-i", out.to_str().unwrap(), "-f", "s16le"].into_iter(), None);
    let loud =
        pcm.chunks(2).position(|sample| i16::from_le_bytes([sample[0], sample[1]]).abs() > 100).unwrap();
    assert!(loud.abs_diff(4410) <= 2, "sound begins at sample {loud}");
    assert_eq!(pcm.len() / 2, 44_100);
}

#[tokio::test]
async fn what_cannot_be_cut_leaves_nothing_behind() {
    let studio = Studio::new();
    let pool = studio.pool();
    let path = studio.encode("a.mp3", TUNE, &["-c:a", "libmp3lame"]);
    let out = studio.output("p.mp3");
    assert!(matches!(pool.cut_preview(&path, 60_000, 1000, &out).await, Err(MediaError::Unsupported(_))));
    assert!(matches!(
        pool.cut_preview(&path, 0, MAX_PREVIEW_MS + 1, &out).await,
        Err(MediaError::Unsupported(_))
    ));
    assert!(matches!(pool.cut_preview(&path, 0, 0, &out).await, Err(MediaError::Unsupported(_))));
    assert!(!out.exists());
    // The end of the track is the end of the preview.
    assert!(pool.cut_preview(&path, 9000, 30_000, &out).await.unwrap().duration_ms < 1100);
    let elsewhere = studio.outside("p.mp3");
    assert!(matches!(pool.cut_preview(&path, 0, 1000, &elsewhere).await, Err(MediaError::Unwritable(_))));
    assert!(!elsewhere.exists());
}
