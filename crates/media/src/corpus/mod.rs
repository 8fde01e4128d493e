//! Files that lie, built from bytes, for the tests of this crate and of those that take uploads.
//!
//! [`hostile`] has the files and [`names`] the names; [`silence`] has a small honest file of most formats, from
//! which many of the others are made. Nothing here needs a program or a network.

mod images;
mod sounds;

pub use images::{jpeg_claiming, png_bomb, png_claiming};
pub use sounds::silence;

use crate::api::Format;
use sounds::{atom, frame_id3, id3, mp4_with, ogg_page};

/// A file that somebody might upload to do harm.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// What is wrong with it, also usable as a file name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether it must be refused as audio; the others may be taken for what they can be played as.
    pub refuse: bool,
}

/// More than sixty hostile files.
pub fn hostile() -> Vec<Hostile> {
    let mut files = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>, refuse: bool| {
        files.push(Hostile { name: name.to_owned(), bytes, refuse });
    };
    truncated(&mut add);
    not_music(&mut add);
    lying_tags(&mut add);
    lying_wav(&mut add);
    lying_flac(&mut add);
    lying_mp4(&mut add);
    lying_ogg(&mut add);
    lying_pictures(&mut add);
    files
}

pub(crate) const KILLER: &[u8] = b"MISDEED abort";
pub(crate) const SLEEPER: &[u8] = b"MISDEED hangs";

/// A file that kills every child which opens it, as a file that finds a hole in a decoder would. Only children that
/// were built with the feature `corpus` know it.
pub fn killer() -> Vec<u8> {
    KILLER.to_vec()
}

/// A file over which every child hangs, with the same restriction.
pub fn sleeper() -> Vec<u8> {
    SLEEPER.to_vec()
}

type Add<'a> = &'a mut dyn FnMut(&str, Vec<u8>, bool);

const FORMATS: [Format; 6] =
    [Format::Mp3, Format::Wav, Format::M4aAac, Format::AacAdts, Format::Flac, Format::Opus];

fn truncated(add: Add<'_>) {
    for format in FORMATS {
        let whole = silence(format);
        for (part, end) in [
            ("at-5-bytes", 5),
            ("at-50-bytes", 50),
            ("in-the-middle", whole.len() / 2),
            ("before-the-end", whole.len() - 3),
        ] {
            add(&format!("{}-cut-{part}", format.name()), whole[..end].to_vec(), end == 5);
        }
        let mut noisy = whole.clone();
        for (at, byte) in noisy.iter_mut().enumerate().skip(40) {
            // Deterministic noise over everything but the signature.
            *byte ^= u8::try_from((at * 2_654_435_761) >> 16 & 0xff).unwrap_or(0);
        }
        add(&format!("{}-noise-inside", format.name()), noisy, false);
    }
}

fn not_music(add: Add<'_>) {
    let mp3 = silence(Format::Mp3);
    add("empty", Vec::new(), true);
    add("one-byte", vec![0xff], true);
    add("zeros", vec![0; 100_000], true);
    add("all-ones", vec![0xff; 100_000], true);
    add("playlist-as-mp3", b"#EXTM3U\nfile:///etc/passwd\n".to_vec(), true);
    add("playlist-before-mp3", [b"#EXTM3U\nfile:///etc/passwd\n".as_slice(), &mp3].concat(), true);
    add("html-before-mp3", [b"<html><script>alert(1)</script></html>".as_slice(), &mp3].concat(), true);
    add("html", b"<!DOCTYPE html><script>alert(1)</script>".to_vec(), true);
    add("svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(), true);
    add("pdf-before-mp3", [b"%PDF-1.4\n1 0 obj<</JS(app.alert(1))>>".as_slice(), &mp3].concat(), true);
    add("zip", b"PK\x03\x04\x14\0\0\0\x08\0".repeat(50), true);
    add("elf", [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 500]].concat(), true);
    add(
        "hls-playlist",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://169.254.169.254/\n".to_vec(),
        true,
    );
    add("ffconcat", b"ffconcat version 1.0\nfile /etc/passwd\n".to_vec(), true);
    add("png-as-mp3", png_claiming(1, 1), true);
    // Core Audio Format whose packets have no frames: divided by zero.
    let caf = [
        b"caff\0\x01\0\0desc".as_slice(),
        &32_u64.to_be_bytes(),
        &44_100_f64.to_be_bytes(),
        b"lpcm",
        &[0; 20],
    ]
    .concat();
    add("caf-division-by-zero", [caf.as_slice(), b"data", &u64::MAX.to_be_bytes(), &[0; 64]].concat(), true);
    // Matroska whose cluster has unknown size and whose blocks are empty: never ended.
    let mkv = b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
        .as_slice();
    add("mkv-endless", [mkv, &b"\x1f\x43\xb6\x75\xff\xa3\x80".repeat(40)].concat(), true);
    add(
        "aiff-34-gigabytes",
        [b"FORM\0\0\0\x40AIFFCOMM\0\0\0\x12\0\x02\xff\xff\xff\xff\0\x10".as_slice(), &[0xff; 40]].concat(),
        true,
    );
}

fn lying_tags(add: Add<'_>) {
    let mp3 = silence(Format::Mp3);
    // A header, and a frame whose size does not fit into what is left.
    add("id3-33-bytes", id3(&[b"TIT2".as_slice(), &[0, 0, 0, 13], &[0; 15]].concat()), true);
    add("id3-without-music", id3(&frame_id3(*b"TIT2", b"\x03Title")), true);
    add("id3-size-beyond-file", [b"ID3\x04\0\0\x7f\x7f\x7f\x7f".as_slice(), &mp3].concat(), true);
    let apic = [b"APIC".as_slice(), &0x3fff_ffff_u32.to_be_bytes(), b"\0\0\0image/png\0\x03\0"].concat();
    add("id3-cover-of-a-gigabyte", [id3(&apic), mp3.clone()].concat(), false);
    let mut nested = id3(&frame_id3(*b"TIT2", b"\x03deep"));
    for _ in 0..40 {
        nested = id3(&frame_id3(*b"GEOB", &[b"\0\0\0\0".as_slice(), &nested].concat()));
    }
    add("id3-nested", [nested, mp3.clone()].concat(), false);
    add("id3-many", [id3(b"").repeat(5000), mp3.clone()].concat(), false);
    for (name, title) in [
        ("title-of-64-kilobytes", b"A".repeat(65_536)),
        (
            "title-of-64-kilobytes-of-combining-marks",
            [b"e".as_slice(), &"\u{301}".as_bytes().repeat(32_000)].concat(),
        ),
        ("title-of-html", b"<img src=x onerror=alert(1)>".to_vec()),
        ("title-with-bidi-override", "safe\u{202E}3pm.exe".as_bytes().to_vec()),
        ("title-with-header-injection", b"x\r\nSet-Cookie: a=b\r\n\r\n<html>".to_vec()),
        ("title-that-is-no-utf8", vec![0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80]),
        ("title-of-a-formula", b"=HYPERLINK(\"http://example.com\")".to_vec()),
    ] {
        let tag = id3(&frame_id3(*b"TIT2", &[b"\x03", title.as_slice()].concat()));
        add(name, [tag, mp3.clone()].concat(), false);
    }
    let artists: Vec<String> = (0..10_000).map(|number| format!("artist {number}")).collect();
    add(
        "artists-ten-thousand",
        [id3(&frame_id3(*b"TPE1", &[b"\x03", artists.join("\0").as_bytes()].concat())), mp3.clone()].concat(),
        false,
    );
    let frames = frame_id3(*b"TXXX", b"\x03k\0v").repeat(50_000);
    add("id3-fifty-thousand-frames", [id3(&frames), mp3.clone()].concat(), false);
    // Compressed frame (ID3v2.4, format flags 0x09) that claims to unpack to 4 GB.
    let compressed = [
        b"TIT2".as_slice(),
        &[0, 0, 0, 12, 0, 0x09],
        &[0x0f, 0x7f, 0x7f, 0x7f],
        &[0x78, 0x9c, 3, 0, 0, 0, 0, 1],
    ]
    .concat();
    add("id3-compressed-bomb", [id3(&compressed), mp3.clone()].concat(), false);
    let ape =
        [b"APETAGEX\xd0\x07\0\0".as_slice(), &u32::MAX.to_le_bytes(), &u32::MAX.to_le_bytes(), &[0; 12]]
            .concat();
    add("ape-of-four-gigabytes", [mp3.clone(), ape].concat(), false);
    add("xing-of-four-billion-frames", xing(&mp3, u32::MAX), false);
}

fn xing(mp3: &[u8], frames: u32) -> Vec<u8> {
    let mut bytes = mp3.to_vec();
    bytes[36..48].copy_from_slice(&[b"Xing".as_slice(), &[0, 0, 0, 1], &frames.to_be_bytes()].concat());
    bytes
}

fn lying_wav(add: Add<'_>) {
    let wav = silence(Format::Wav);
    let with = |at: usize, value: u32| {
        let mut bytes = wav.clone();
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    add("wav-riff-of-four-gigabytes", with(4, u32::MAX), false);
    add("wav-data-of-four-gigabytes", with(40, u32::MAX), false);
    add("wav-format-of-four-gigabytes", with(16, u32::MAX), false);
    add("wav-of-zero-hertz", with(24, 0), true);
    add("wav-of-four-gigahertz", with(24, u32::MAX), true);
    add("wav-without-channels", with(20, 1), true);
    add("wav-of-65535-channels", with(20, 0xffff_0001), true);
    add("wav-blocks-of-no-bytes", with(32, 0x0010_0000), false);
    add("wav-endless-empty-chunks", [&wav[..12], &b"LIST\0\0\0\0".repeat(100_000)].concat(), true);
}

fn lying_flac(add: Add<'_>) {
    let flac = silence(Format::Flac);
    let mut lying = flac.clone();
    lying[21..26].copy_from_slice(&[0x0f, 0xff, 0xff, 0xff, 0xff]);
    add("flac-of-68-billion-samples", lying, false);
    let mut lying = flac.clone();
    lying[18..21].copy_from_slice(&[0, 0, 0x02]);
    add("flac-of-zero-hertz", lying, true);
    let picture = [&[0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff], [0xff; 30].as_slice()].concat();
    add(
        "flac-picture-of-four-gigabytes",
        [&flac[..42], &[6, 0, 0, 38], &picture, &flac[42..]].concat(),
        false,
    );
    add(
        "flac-comment-of-four-gigabytes",
        [&flac[..42], &[4, 0, 0, 8], &[0xff; 8], &flac[42..]].concat(),
        false,
    );
    let mut endless = flac[..42].to_vec();
    endless[4] &= 0x7f;
    add("flac-endless-padding", [endless, [1, 0, 0, 0].repeat(100_000)].concat(), true);
}

fn lying_mp4(add: Add<'_>) {
    add("mp4-without-index", [atom(*b"ftyp", b"M4A \0\0\0\0"), atom(*b"mdat", &[0; 100])].concat(), true);
    add(
        "mp4-box-of-zero-bytes",
        [atom(*b"ftyp", b"M4A \0\0\0\0"), b"\0\0\0\x01moov\0\0\0\0\0\0\0\0".to_vec()].concat(),
        true,
    );
    let huge = [b"\0\0\0\x01moov".as_slice(), &u64::MAX.to_be_bytes()].concat();
    add("mp4-box-of-everything", [atom(*b"ftyp", b"M4A \0\0\0\0"), huge].concat(), true);
    let mut deep = Vec::new();
    for _ in 0..20_000 {
        deep = atom(*b"udta", &deep);
    }
    add("mp4-nested", [atom(*b"ftyp", b"M4A \0\0\0\0"), atom(*b"moov", &deep)].concat(), true);
    let changes: [(&str, [u8; 4], usize, &[u8]); 6] = [
        ("mp4-table-of-four-billion", *b"stsz", 8, &[0xff; 4]),
        ("mp4-frame-of-four-gigabytes", *b"stsz", 12, &[0xff; 4]),
        ("mp4-times-of-four-billion", *b"stts", 8, &[0xff; 8]),
        ("mp4-offsets-beyond-file", *b"stco", 8, &[0xff; 4]),
        ("mp4-timescale-of-zero", *b"mdhd", 12, &[0; 4]),
        ("mp4-unknown-codec", *b"stsd", 12, b"ec-3"),
    ];
    for (name, kind, at, value) in changes {
        let change = |of, body: &mut [u8]| {
            if of == kind {
                body[at..at + value.len()].copy_from_slice(value);
            }
        };
        add(name, mp4_with(change), kind == *b"stsd");
    }
}

fn lying_ogg(add: Add<'_>) {
    let opus = silence(Format::Opus);
    let mut last = opus.clone();
    let at = opus.windows(4).rposition(|window| window == b"OggS").unwrap_or(0);
    last[at + 6..at + 14].fill(0x7f);
    add("ogg-granule-of-centuries", last, false);
    let vorbis =
        [b"\x01vorbis".as_slice(), &[0, 0, 0, 0, 2], &44_100_u32.to_le_bytes(), &[0; 12], &[0xb8, 1]]
            .concat();
    let setup = [b"\x05vorbis".as_slice(), &[0xff; 200]].concat();
    let comment = [b"\x03vorbis".as_slice(), &u32::MAX.to_le_bytes(), &[0xff; 8]].concat();
    let pages = [
        ogg_page(2, 0, 0, &vorbis),
        ogg_page(0, 0, 1, &comment),
        ogg_page(0, 0, 2, &setup),
        ogg_page(4, 1, 3, &[0; 20]),
    ];
    add("vorbis-nonsense-setup", pages.concat(), true);
    add(
        "opus-255-channels",
        {
            let mut bytes = opus.clone();
            bytes[37] = 255;
            bytes
        },
        true,
    );
    add("ogg-without-packets", ogg_page(2, 0, 0, b"").repeat(20_000), true);
    add("adts-of-one-frame-for-ever", silence(Format::AacAdts)[..16].repeat(10_000), false);
}

fn lying_pictures(add: Add<'_>) {
    add("png-50000-by-50000", png_bomb(), true);
    add("png-claims-2-billion-squared", png_claiming(0x7fff_ffff, 0x7fff_ffff), true);
    add("jpeg-65535-by-65535", jpeg_claiming(65_535, 65_535), true);
    let mp3 = silence(Format::Mp3);
    let cover = |picture: &[u8]| {
        let apic = frame_id3(*b"APIC", &[b"\0image/png\0\x03\0".as_slice(), picture].concat());
        [id3(&apic), mp3.clone()].concat()
    };
    add("mp3-cover-50000-by-50000", cover(&png_bomb()), false);
    add("mp3-cover-of-svg", cover(b"<svg onload=alert(1)>"), false);
    add("mp3-cover-by-link", cover(b"http://169.254.169.254/latest/meta-data"), false);
    let webp =
        [b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\xff\xff\xff\xff\xff\xff".as_slice(), &[0; 40]].concat();
    add("webp-16-million-squared", webp, true);
}

/// Names that somebody might give to an upload, as bytes; some of them no file system can hold.
pub fn names() -> Vec<Vec<u8>> {
    let texts = [
        "../../etc/passwd",
        "..\\..\\windows\\system32",
        "/etc/passwd",
        "song.mp3\0.exe",
        "\u{202E}3pm.exe",
        "a\r\nSet-Cookie: x=y.mp3",
        "-i",
        "--help",
        "-rf",
        "<script>alert(1)</script>.mp3",
        "\"; rm -rf /; \".mp3",
        "$(reboot).mp3",
        "`reboot`.mp3",
        "|cat /etc/passwd",
        "CON",
        "nul.mp3",
        ".",
        "..",
        "",
        " ",
        ".htaccess",
        "file:///etc/passwd",
        "http://169.254.169.254/",
        "%2e%2e%2f.mp3",
        "=1+1.mp3",
        "e\u{301}.mp3",
        "\u{feff}song.mp3",
        "concat:a|b.mp3",
    ];
    let mut names: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    names.push(b"a".repeat(255));
    names.push(b"a".repeat(64 * 1024));
    names.push(b"latin-\xe9.mp3".to_vec());
    names.push(b"\xff\xfe\xed\xa0\x80".to_vec());
    names
}
