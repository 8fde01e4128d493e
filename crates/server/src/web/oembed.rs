//! oEmbed 1.0: what a page that links here may show of it.

use infra::http::{ApiError, ApiResult};
use kernel::ErrorCode;
use maud::html;
use serde::{Deserialize, Serialize};

use super::subject::{Kind, Site, Subject};

/// The size of the player, in CSS pixels, where there is room.
const WIDTH: u32 = 640;
pub(super) const HEIGHT: u32 = 120;

/// What a consumer asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    /// The page.
    url: String,
    maxwidth: Option<u32>,
    maxheight: Option<u32>,
    /// `json`; there is no other.
    format: Option<String>,
}

impl Wish {
    /// The path of a page of this site.
    pub(super) fn path(&self, site: &Site) -> ApiResult<String> {
        if self.format.as_deref().is_some_and(|format| format != "json") {
            // What the specification asks for where a format is not offered.
            return Err(ApiError::new(ErrorCode::InvalidRequest, "the one format is json"));
        }
        let path = self.url.strip_prefix(&site.origin).filter(|path| path.starts_with('/'));
        let path = path.map(|path| path.split(['?', '#']).next().unwrap_or_default().to_owned());
        path.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "this is no page of this server"))
    }
}

/// What it is told.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    version: &'static str,
    r#type: &'static str,
    title: String,
    author_name: String,
    author_url: String,
    provider_name: &'static str,
    provider_url: String,
    cache_age: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
}

/// The side of the picture that is offered.
const THUMBNAIL: u32 = 512;

/// A player for tracks that sound, a link for everything else and where a player has no room.
pub(super) fn answer(site: &Site, subject: &Subject, wish: &Wish) -> Answer {
    let room = wish.maxheight.is_none_or(|height| height >= HEIGHT);
    let player = (subject.kind == Kind::Track && subject.sound.is_some() && room).then(|| {
        let width = wish.maxwidth.map_or(WIDTH, |most| most.min(WIDTH));
        let frame = html! {
            iframe src=(site.url(format!("/embed{}", subject.path))) title=(subject.name()) width=(width)
                height=(HEIGHT) frameborder="0" loading="lazy" {}
        };
        (frame.into_string(), width)
    });
    let thumbnail = subject.picture.as_ref().map(|path| site.url(format!("{path}?size={THUMBNAIL}")));
    let side = thumbnail.is_some().then_some(THUMBNAIL);
    Answer {
        version: "1.0",
        r#type: if player.is_some() { "rich" } else { "link" },
        title: subject.title.clone(),
        author_name: subject.artist.clone(),
        author_url: site.url(&subject.artist_path),
        provider_name: "Resonance",
        provider_url: site.origin.clone(),
        cache_age: 3600,
        thumbnail_url: thumbnail,
        thumbnail_width: side,
        thumbnail_height: side,
        height: player.is_some().then_some(HEIGHT),
        width: player.as_ref().map(|(_, width)| *width),
        html: player.map(|(html, _)| html),
    }
}
