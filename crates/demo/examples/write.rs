//! Writes all demo content to a folder, to listen to and look at: `cargo run -p demo --example write DIR`.

use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "demo-content".to_owned());
    fs::create_dir_all(&folder)?;
    let demo = demo::catalogue();
    for track in demo.tracks {
        let audio = track.render();
        let file = demo::encode_flac(&audio, &track.tags(), None);
        println!("{:30} {:6} ms, {:4} kB", track.key, audio.duration_ms(), file.len() / 1000);
        fs::write(format!("{folder}/{}.flac", track.key), file)?;
    }
    for release in demo.releases {
        fs::write(format!("{folder}/{}.png", release.key), release.sleeve().png())?;
    }
    for artist in demo.artists {
        fs::write(format!("{folder}/{}.png", artist.key), artist.avatar().png())?;
    }
    Ok(())
}
