//! A small player for other people's pages: no script, no cookies, what anybody may hear.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, header};
use maud::{DOCTYPE, html};

use super::subject::{Site, Subject};

/// Any page may frame it (which goes before `X-Frame-Options`; CSP 3, 6.4.2.1); it loads its picture, its sound and
/// its style sheet and runs nothing.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors *";

/// The player of a track.
pub(super) fn page(site: &Site, subject: &Subject) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (subject.name()) }
                link rel="stylesheet" href="/embed.css";
            }
            body {
                @if let Some(picture) = &subject.picture {
                    img src=(format!("{picture}?size=256")) alt="" width="120" height="120";
                }
                div {
                    p {
                        a href=(site.url(&subject.path)) target="_blank" rel="noopener" { (subject.title) }
                        " "
                        span { (subject.artist) }
                    }
                    @if let Some(sound) = &subject.sound {
                        audio controls preload="none" src=(sound) aria-label=(subject.name()) {}
                    }
                }
            }
        }
    };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, page.into_string()).into_response()
}
