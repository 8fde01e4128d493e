//! Artists, albums, tracks and genres: who made what, who may see it, and what it is called.
//!
//! Owns: artist, `artist_manager`, genre, album, `album_genre`, `artist_genre`, track, `track_genre`, credit, split,
//! `split_share`, audio.
//!
//! What holds:
//! - everything that is answered is what [`visibility`] lets the caller see; what they may not see or not change is
//!   answered as if it were not there;
//! - whatever changes goes into the change feed [`FEED`] and, through [`settle`], into what is stored twice for the
//!   sake of quick lists: the copies beside genres, the genres of albums and artists, the sums of albums;
//! - nothing is taken out of the tables that somebody may have played: deleted things are marked, and only their bytes
//!   are [erased](erase) after a time;
//! - ids are made in the order of time, so "created" orders by them.

pub mod album;
mod analysis;
pub mod artist;
mod audio;
pub mod bulk;
mod cover;
mod credit;
mod derived;
mod edition;
mod erase;
mod error;
pub mod genre;
mod image;
pub(crate) mod library;
mod order;
mod price;
mod release_date;
pub mod split;
pub mod track;
pub mod visibility;

use infra::{App, http::Routes, realtime::Channel};

pub use album::{Album, AlbumChange, AlbumFilter, AlbumKind};
pub use analysis::{Analysed, Undecoded, set_analysed};
pub use artist::{
    Artist, ArtistChange, ArtistProfile, ArtistStats, ManagedArtist, Manager, ManagerRole, NewArtist,
};
pub use audio::{AudioSource, NewAudio};
pub use credit::{Credit, NewCredit};
pub use derived::{Touched, count_followers, count_likes, count_play, settle};
pub(crate) use edition::Tagged;
pub(crate) use erase::erase;
pub use error::CatalogueError;
pub use genre::Genre;
pub use image::ImageUrl;
pub use order::{Direction, Order, Sort};
pub use release_date::{ReleaseDate, ReleaseDateError};
pub use split::{NewShare, NewSplit, Share, Split};
pub use track::{
    AlbumTitle, Gapless, NewPreview, PreviewSpan, Track, TrackChange, TrackDetail, TrackFilter, TrackUrl,
};
pub use visibility::{Viewer, Visibility};

use crate::Music;

/// The channel of the change feed: ids of artists, albums, tracks and genres.
pub const FEED: &str = "catalogue";

/// The channel of the change feed for those who show numbers: ids of tracks whose plays or likes are others now.
pub const COUNTS: &str = "counts";

/// What of this module can be followed.
pub fn channels(app: &App) -> Vec<Channel> {
    vec![track::channel(app)]
}

/// The routes of this module.
pub fn routes() -> Routes<Music> {
    Routes::new()
        .merge(artist::routes())
        .merge(album::routes())
        .merge(track::routes())
        .merge(split::routes())
        .merge(cover::routes())
        .merge(genre::routes())
}
