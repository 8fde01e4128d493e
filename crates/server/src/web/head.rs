//! What machines read of a page: `OpenGraph`, the place of its oEmbed, JSON-LD (schema.org).

use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

use super::subject::{Kind, Site, Subject};

/// Between these the built page has the head that is filled in here.
const FROM: &str = "<!--head-->";
const TO: &str = "<!--/head-->";

/// The page with the head of `subject`.
pub(super) fn fill(page: &str, site: &Site, subject: &Subject) -> String {
    let Some((before, rest)) = page.split_once(FROM) else { return page.to_owned() };
    let Some((_, after)) = rest.split_once(TO) else { return page.to_owned() };
    format!("{before}{}{after}", head(site, subject).into_string())
}

fn head(site: &Site, subject: &Subject) -> Markup {
    let url = site.url(&subject.path);
    let picture = subject.picture.as_ref().map(|path| site.url(format!("{path}?size=512")));
    html! {
        title { (subject.name()) " · Resonance" }
        meta name="description" content=(subject.summary());
        @if !subject.listed {
            meta name="robots" content="noindex";
        }
        link rel="canonical" href=(url);
        link rel="alternate" type="application/json+oembed" title=(subject.name()) href=(oembed(site, &url));
        meta property="og:site_name" content="Resonance";
        meta property="og:type" content=(og_type(subject.kind));
        meta property="og:title" content=(subject.title);
        meta property="og:description" content=(subject.summary());
        meta property="og:url" content=(url);
        @if let Some(picture) = &picture {
            meta property="og:image" content=(picture);
            meta property="og:image:type" content="image/jpeg";
        }
        @if let Some(sound) = &subject.sound {
            // Whoever fetches it has no account, and gets what anybody may hear.
            meta property="og:audio" content=(site.url(sound));
        }
        @if subject.kind == Kind::Track {
            meta property="music:duration" content=(subject.duration_ms / 1000);
        }
        @if subject.kind != Kind::Artist {
            meta property="music:musician" content=(site.url(&subject.artist_path));
        }
        @if let Some(released) = &subject.released {
            meta property="music:release_date" content=(released);
        }
        meta name="twitter:card" content=(if picture.is_some() { "summary_large_image" } else { "summary" });
        script type="application/ld+json" { (PreEscaped(in_script(&linked_data(site, subject, picture.as_deref())))) }
    }
}

fn oembed(site: &Site, url: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("url", url).finish();
    site.url(format!("/oembed?{query}"))
}

const fn og_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Track => "music.song",
        Kind::Album => "music.album",
        Kind::Artist => "profile",
    }
}

fn linked_data(site: &Site, subject: &Subject, picture: Option<&str>) -> Value {
    let seconds = subject.duration_ms / 1000;
    let mut data = json!({
        "@context": "https://schema.org",
        "@type": match subject.kind {
            Kind::Track => "MusicRecording",
            Kind::Album => "MusicAlbum",
            Kind::Artist => "MusicGroup",
        },
        "name": subject.title,
        "url": site.url(&subject.path),
    });
    if let Some(picture) = picture {
        data["image"] = json!(picture);
    }
    if subject.kind != Kind::Artist {
        data["byArtist"] = json!({
            "@type": "MusicGroup", "name": subject.artist, "url": site.url(&subject.artist_path),
        });
        data["duration"] = json!(format!("PT{}M{}S", seconds / 60, seconds % 60));
    }
    if let Some(released) = &subject.released {
        data["datePublished"] = json!(released);
    }
    if subject.kind == Kind::Album {
        data["numTracks"] = json!(subject.tracks);
    }
    data
}

/// JSON that cannot end the script element it stands in, whatever its strings say.
pub(super) fn in_script(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(title: &str) -> Subject {
        Subject {
            kind: Kind::Track,
            path: "/t/1".into(),
            title: title.into(),
            artist: "Ana & Ben".into(),
            artist_path: "/a/2".into(),
            picture: Some("/api/v1/images/3".into()),
            text: String::new(),
            released: Some("2024-05".into()),
            duration_ms: 185_000,
            tracks: 1,
            listed: true,
            sound: Some("/api/v1/tracks/1/stream".into()),
        }
    }

    const PAGE: &str =
        "<head><!--head--><title>Resonance</title><!--/head--><script src=\"/a.js\"></script></head>";

    #[test]
    fn names_are_text_in_every_place() {
        let hostile = r#"</script><img src=x onerror=alert(1)>" content="#;
        let page = fill(PAGE, &Site { origin: "https://music.example".into() }, &subject(hostile));
        assert!(!page.contains("<img"), "{page}");
        assert_eq!(page.matches("</script>").count(), 2, "{page}");
        assert_eq!(page.matches("<title>").count(), 1);
        let data = page.split("application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["name"], hostile);
        assert_eq!(data["byArtist"]["name"], "Ana & Ben");
        assert_eq!(data["duration"], "PT3M5S");
    }

    #[test]
    fn addresses_are_whole() {
        let page = fill(PAGE, &Site { origin: "https://music.example".into() }, &subject("Dawn"));
        for part in [
            r#"href="https://music.example/oembed?url=https%3A%2F%2Fmusic.example%2Ft%2F1""#,
            r#"property="og:image" content="https://music.example/api/v1/images/3?size=512""#,
            r#"property="og:audio" content="https://music.example/api/v1/tracks/1/stream""#,
            r#"<script src="/a.js">"#,
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }
}
