//! Writes all demo content to a folder, to listen to and look at: `cargo run -p demo --example write DIR`.

use std::time::Instant;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "demo-content".to_owned());
    fs::create_dir_all(&folder)?;
    let started = Instant::now();
    for track in demo::catalogue().tracks {
        let begun = Instant::now();
        let audio = track.render();
        let rendered = begun.elapsed();
        let file = demo::encode_flac(&audio, &track.tags(), None);
        println!(
            "{:30} {:6} ms of sound, rendered in {:?}, encoded in {:?}, {} kB",
            track.key,
            audio.duration_ms(),
            rendered,
            begun.elapsed() - rendered,
            file.len() / 1000
        );
        fs::write(format!("{folder}/{}.flac", track.key), file)?;
    }
    for release in demo::catalogue().releases {
        fs::write(format!("{folder}/{}.png", release.key), release.sleeve().png())?;
    }
    for artist in demo::catalogue().artists {
        fs::write(format!("{folder}/{}.png", artist.key), artist.avatar().png())?;
    }
    println!("all in {:?}", started.elapsed());
    Ok(())
}
