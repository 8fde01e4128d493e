//! What a page is about, as an anonymous visitor may know it: machines that read pages have no account.

use std::fmt::Display;

use http::{HeaderMap, header};
use infra::http::{ApiResult, Client};
use kernel::Fault;
use music::catalogue::{Album, Artist, ReleaseDate, TrackDetail, Viewer, Visibility, album, artist, track};

use crate::Service;

/// The service as its visitors reach it.
pub(super) struct Site {
    /// Scheme and host, without a slash at the end.
    pub(super) origin: String,
}

impl Site {
    /// The configured address, else the one that the request was made to.
    pub(super) fn of(service: &Service, client: Client, headers: &HeaderMap) -> Self {
        let origin = service.app.config.http.public_url.clone().unwrap_or_else(|| {
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
            format!("{}://{host}", if client.https { "https" } else { "http" })
        });
        Self { origin }
    }

    /// The address of a path here.
    pub(super) fn url(&self, path: impl Display) -> String {
        format!("{}{path}", self.origin)
    }
}

/// A track, an album or an artist.
pub(super) struct Subject {
    pub(super) kind: Kind,
    /// The path of its page.
    pub(super) path: String,
    pub(super) title: String,
    /// Whose it is; of an artist, its own name.
    pub(super) artist: String,
    pub(super) artist_path: String,
    /// The path of its picture.
    pub(super) picture: Option<String>,
    /// What its artist says of it.
    pub(super) text: String,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub(super) released: Option<String>,
    pub(super) duration_ms: i64,
    /// How many tracks an album has.
    pub(super) tracks: i64,
    /// Whether it is in lists: what is reached by its address alone is nothing for search engines.
    pub(super) listed: bool,
    /// Where visitors hear what they may hear of a track: the preview, or all of it where that is free to everybody.
    pub(super) sound: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Track,
    Album,
    Artist,
}

impl Subject {
    /// What the page at `path` is about; nothing for what visitors may not see.
    pub(super) async fn at(service: &Service, path: &str) -> ApiResult<Option<Self>> {
        let db = &service.app.db;
        let visitor = Viewer::ANONYMOUS;
        let found = match path.trim_start_matches('/').split_once('/') {
            Some(("t", id)) => {
                let Ok(id) = id.parse() else { return Ok(None) };
                db::read!(db, |tx| track::get(tx, visitor, id).await).map(Self::track)
            }
            Some(("r", id)) => {
                let Ok(id) = id.parse() else { return Ok(None) };
                db::read!(db, |tx| album::get(tx, visitor, id).await).map(Self::album)
            }
            Some(("a", id)) => {
                let Ok(id) = id.parse() else { return Ok(None) };
                db::read!(db, |tx| artist::get(tx, visitor, id).await).map(Self::artist)
            }
            _ => return Ok(None),
        };
        match found {
            Ok(subject) => Ok(Some(subject)),
            Err(e) if e.code().status() == 404 => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    fn track(TrackDetail { track, .. }: TrackDetail) -> Self {
        Self {
            kind: Kind::Track,
            path: format!("/t/{}", track.id),
            title: track.title,
            artist_path: format!("/a/{}", track.artist.id),
            artist: track.artist_credit.unwrap_or(track.artist.name),
            picture: track.cover_url.map(|url| url.to_string()),
            text: String::new(),
            released: date(track.release_date),
            duration_ms: track.duration_ms,
            tracks: 1,
            listed: track.visibility == Visibility::Public,
            sound: track.available.then(|| track.stream_url.to_string()),
        }
    }

    fn album(album: Album) -> Self {
        Self {
            kind: Kind::Album,
            path: format!("/r/{}", album.id),
            title: album.title,
            artist_path: format!("/a/{}", album.artist.id),
            artist: album.artist.name,
            picture: album.cover_url.map(|url| url.to_string()),
            text: album.description,
            released: date(album.release_date),
            duration_ms: album.duration_ms,
            tracks: album.track_count,
            listed: album.visibility == Visibility::Public,
            sound: None,
        }
    }

    fn artist(artist: Artist) -> Self {
        let path = format!("/a/{}", artist.id);
        Self {
            kind: Kind::Artist,
            path: path.clone(),
            title: artist.display_name.clone(),
            artist_path: path,
            artist: artist.display_name,
            picture: artist.avatar_url.map(|url| url.to_string()),
            text: artist.bio,
            released: None,
            duration_ms: 0,
            tracks: artist.stats.track_count,
            listed: true,
            sound: None,
        }
    }

    /// Title and artist in one line.
    pub(super) fn name(&self) -> String {
        match self.kind {
            Kind::Artist => self.title.clone(),
            Kind::Track | Kind::Album => format!("{} – {}", self.title, self.artist),
        }
    }

    /// A sentence or two on it: its artist's own words, else what is known of it.
    pub(super) fn summary(&self) -> String {
        if !self.text.is_empty() {
            let mut words: String = self.text.chars().take(SUMMARY).collect();
            if words.len() < self.text.len() {
                words.push('…');
            }
            return words;
        }
        match self.kind {
            Kind::Track => format!("A track by {}, {}.", self.artist, length(self.duration_ms)),
            Kind::Album => {
                format!("By {}: {} tracks, {}.", self.artist, self.tracks, length(self.duration_ms))
            }
            Kind::Artist => format!("{} on Resonance.", self.title),
        }
    }
}

/// The longest summary, in characters.
const SUMMARY: usize = 200;

fn date(date: Option<ReleaseDate>) -> Option<String> {
    date.map(|date| date.to_string())
}

/// Minutes and seconds.
fn length(ms: i64) -> String {
    let seconds = ms / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
