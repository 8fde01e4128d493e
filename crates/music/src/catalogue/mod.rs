//! Artists, albums, tracks and genres: who made what, who may see it, and what it is called.
//!
//! Owns: artist, `artist_manager`, genre, album, `album_genre`, `artist_genre`, track, `track_genre`, credit, split,
//! `split_share`, audio.

mod release_date;
pub mod visibility;

pub use release_date::{ReleaseDate, ReleaseDateError};
pub use visibility::{Viewer, Visibility};
