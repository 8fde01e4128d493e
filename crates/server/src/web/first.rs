//! What the first screen of a visit shows, written into the page itself: what it opens with stands there before the app
//! does, and the app finds its first answers there. Over a slow line each thing that is asked for later costs a way there
//! and back.
//!
//! For visitors alone, who all see the same: who has an account gets the page as it was built, and the app asks.

use std::collections::BTreeMap;

use db::Tx;
use infra::http::ApiResult;
use kernel::{AlbumId, Limit};
use maud::html;
use music::catalogue::{
    AlbumFilter, CatalogueError, ImageUrl, Order, Sort, Track, TrackFilter, Viewer, album, artist, track,
};
use serde::Serialize;
use serde_json::Value;

use super::head::in_script;
use crate::Service;

/// Where the built page has a place for the answers.
const ANSWERS: &str = "<!--answers-->";
/// Between these the built page has, as a remark, how it shows what a screen opens with.
const FROM: &str = "<!--lead";
const TO: &str = "lead-->";
const VISITOR: Viewer = Viewer::ANONYMOUS;

/// What is written into a page; nothing of it for a screen that asks for itself.
#[derive(Default)]
pub(super) struct First {
    lead: Option<Lead>,
    answers: BTreeMap<String, Value>,
}

/// What a screen opens with.
struct Lead {
    cover: String,
    title: String,
    artist: String,
}

impl First {
    /// What the screen at `path` shows a visitor first. The questions are those of the app, word by word.
    pub(super) async fn at(service: &Service, path: &str) -> ApiResult<Self> {
        let first: Result<Self, CatalogueError> = db::read!(service.app.db, |tx| {
            let mut first = Self::default();
            match path.split_at_checked(3) {
                _ if path == "/" => first.home(tx).await?,
                Some(("/r/", id)) => first.release(tx, id).await?,
                Some(("/t/", id)) => first.track(tx, id).await?,
                Some(("/a/", id)) => first.artist(tx, id).await?,
                _ => {}
            }
            Ok(first)
        });
        Ok(first?)
    }

    async fn home(&mut self, tx: &mut Tx) -> Result<(), CatalogueError> {
        let released = Order::of(Some(Sort::Released), None);
        let albums = album::page(tx, VISITOR, &AlbumFilter::default(), released, limit(24), None).await?;
        let created = Order::of(Some(Sort::Created), None);
        let tracks = track::page(tx, VISITOR, &TrackFilter::default(), created, limit(20), None).await?;
        if let Some(lead) = albums.items.first() {
            self.open_with(lead.cover_url.as_ref(), &lead.title, &lead.artist.name);
            self.tracks(tx, lead.id).await?;
        }
        self.say("albums?sort=released&limit=24", &albums);
        self.say("tracks?sort=created&limit=20", &tracks);
        Ok(())
    }

    async fn release(&mut self, tx: &mut Tx, id: &str) -> Result<(), CatalogueError> {
        let Ok(id) = id.parse() else { return Ok(()) };
        let album = album::get(tx, VISITOR, id).await?;
        self.open_with(album.cover_url.as_ref(), &album.title, &album.artist.name);
        self.tracks(tx, id).await?;
        self.say(&format!("albums/{id}"), &album);
        Ok(())
    }

    async fn tracks(&mut self, tx: &mut Tx, of: AlbumId) -> Result<(), CatalogueError> {
        let tracks = album::tracks(tx, VISITOR, of, limit(200), None).await?;
        self.say(&format!("albums/{of}/tracks?limit=200"), &tracks);
        Ok(())
    }

    async fn track(&mut self, tx: &mut Tx, id: &str) -> Result<(), CatalogueError> {
        let Ok(id) = id.parse() else { return Ok(()) };
        let track = track::get(tx, VISITOR, id).await?;
        let Track { title, artist, artist_credit, cover_url, .. } = &track.track;
        self.open_with(cover_url.as_ref(), title, artist_credit.as_ref().unwrap_or(&artist.name));
        self.say(&format!("tracks/{id}"), &track);
        Ok(())
    }

    /// Without the rest of what is on this screen: a list of a hundred tracks is more than the line should wait for, and a
    /// portrait has another form than a sleeve.
    async fn artist(&mut self, tx: &mut Tx, id: &str) -> Result<(), CatalogueError> {
        let Ok(id) = id.parse() else { return Ok(()) };
        let profile = artist::profile(tx, VISITOR, id).await?;
        self.say(&format!("artists/{id}/profile"), &profile);
        Ok(())
    }

    fn open_with(&mut self, cover: Option<&ImageUrl>, title: &str, artist: &str) {
        self.lead = cover.map(|cover| Lead {
            cover: cover.to_string(),
            title: title.to_owned(),
            artist: artist.to_owned(),
        });
    }

    fn say(&mut self, question: &str, answer: &impl Serialize) {
        let answer = serde_json::to_value(answer).expect("answers of the API are JSON");
        self.answers.insert(format!("/api/v1/{question}"), answer);
    }

    /// The page with all this in it.
    pub(super) fn fill(&self, page: &str) -> String {
        let mut page = page.to_owned();
        if !self.answers.is_empty() {
            let json = in_script(&serde_json::json!(self.answers));
            let script = format!("<script type=\"application/json\" id=\"answers\">{json}</script>");
            page = page.replacen(ANSWERS, &script, 1);
        }
        if let Some(lead) = &self.lead
            && let Some((before, rest)) = page.split_once(FROM)
            && let Some((form, after)) = rest.split_once(TO)
        {
            page = format!("{before}{}{after}", lead.fill(form));
        }
        page
    }
}

impl Lead {
    /// `form` with what its braces name, as text.
    fn fill(&self, form: &str) -> String {
        let mut filled = String::new();
        let mut rest = form;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            let value = match name {
                "cover" => &self.cover,
                "title" => &self.title,
                "artist" => &self.artist,
                "size" => self.size(),
                _ => "",
            };
            filled.push_str(before);
            filled.push_str(&html! { (value) }.into_string());
            rest = after;
        }
        filled + rest
    }

    /// The class that the app's `LongTitle` gives a title of this length.
    fn size(&self) -> &'static str {
        match self.title.encode_utf16().count() {
            0..=28 => "title-short",
            29..=80 => "title-long",
            _ => "title-longest",
        }
    }
}

fn limit(n: u8) -> Limit {
    Limit::new(n).expect("within what a page may hold")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head><!--answers--></head><main><!--lead\n<img src=\"{cover}?size=256\"><h1 class=\"{size}\">{title}</h1><p>{artist}</p>{none}lead--></main>";

    #[test]
    fn what_a_screen_opens_with_is_text() {
        let lead = Lead {
            cover: "/api/v1/images/1".into(),
            title: r#"{artist}</h1><script>"&"#.into(),
            artist: "Ana & Ben".into(),
        };
        let first = First { lead: Some(lead), answers: BTreeMap::new() };
        assert_eq!(
            first.fill(PAGE),
            "<head><!--answers--></head><main>\n<img src=\"/api/v1/images/1?size=256\"><h1 class=\"title-short\">\
             {artist}&lt;/h1&gt;&lt;script&gt;&quot;&amp;</h1><p>Ana &amp; Ben</p></main>"
        );
    }

    #[test]
    fn answers_cannot_leave_their_element() {
        let hostile = "</script><!--lead{title}lead--><!--";
        let mut first = First::default();
        first.say("albums/1", &serde_json::json!({ "title": hostile }));
        let page = first.fill(PAGE);
        assert_eq!((page.matches("</script>").count(), page.matches("<!--").count()), (1, 1), "{page}");
        let json = page.split("id=\"answers\">").nth(1).unwrap().split("</script>").next().unwrap();
        let json: Value = serde_json::from_str(json).unwrap();
        assert_eq!(json["/api/v1/albums/1"]["title"], hostile);
    }

    #[test]
    fn a_page_without_places_is_left_as_it_is() {
        assert_eq!(First::default().fill(PAGE), PAGE);
    }
}
