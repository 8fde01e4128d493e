//! The answer to a request for the sound of a track.

use std::{ops::Range, sync::Arc};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use infra::http::ApiError;
use kernel::{ErrorCode, Time, TrackId};

use super::{
    Ask, Delivery, PlaybackError, Verdict,
    access::{Facts, Sound},
    availability,
    body::{FileBody, May},
    conditions::{Outcome, evaluate},
    files::{FileError, Opened},
    listener::Listening,
    previews,
    range::{Selected, select},
};
use crate::{Music, catalogue::PreviewSpan};

/// Says that an answer is about a preview, and about which part of the track.
const PREVIEW: header::HeaderName = header::HeaderName::from_static("x-resonance-preview");

/// What of the request counts for the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    /// GET or HEAD.
    pub method: &'a Method,
    /// Conditions and range.
    pub headers: &'a HeaderMap,
}

/// Answers `wish` for the sound of `track`.
pub(super) async fn answer(
    music: &Music,
    listening: Listening,
    wish: Wish<'_>,
) -> Result<Response, PlaybackError> {
    let Listening { track, listener } = listening;
    let now = music.app.now();
    let playback = &music.playback;
    let facts = playback.access.of(&music.app.db, track, listener.viewer, now).await?;
    let answer = answer_by(&facts, music, listening, wish, now).await;
    let Err(PlaybackError::AudioMissing { .. }) = answer else { return answer };
    // What is remembered of the file may be older than the file.
    playback.forget(track);
    let facts = playback.access.of(&music.app.db, track, listener.viewer, now).await?;
    let answer = Box::pin(answer_by(&facts, music, listening, wish, now)).await;
    if let Err(PlaybackError::AudioMissing { .. }) = answer {
        availability::note(music, track, facts.available, false);
    }
    answer
}

async fn answer_by(
    facts: &Facts,
    music: &Music,
    Listening { track, listener }: Listening,
    wish: Wish<'_>,
    now: Time,
) -> Result<Response, PlaybackError> {
    let from = first_byte(wish, &facts.original, now);
    let ask = facts.ask(track, listener.viewer, from);
    match music.playback.policy.judge(ask).await? {
        Verdict::LogIn => Err(PlaybackError::LogIn),
        Verdict::Refused => Err(PlaybackError::Refused),
        Verdict::Track { until, counts, .. } if !listener.preview => {
            let noted = Some(ask).filter(|_| counts && wish.method == Method::GET);
            let release = Release { music, track, sound: &facts.original, until, noted, now };
            let answer = release.answer(wish).await?;
            // Of a file without sound the bytes are there, and it stays unavailable.
            if answer.status().is_success() && facts.duration_ms > 0 {
                availability::note(music, track, facts.available, true);
            }
            Ok(answer)
        }
        Verdict::Track { .. } | Verdict::Preview => {
            let sound = &Box::pin(previews::ready(music, track, listener, facts)).await?;
            let release = Release { music, track, sound, until: None, noted: None, now };
            match release.answer(wish).await {
                Err(PlaybackError::AudioMissing { reason, .. }) => {
                    tracing::warn!(%track, reason, "a preview is away and is cut again");
                    Box::pin(previews::want_again(music, track)).await?;
                    Err(PlaybackError::NotReady)
                }
                answer => answer,
            }
        }
    }
}

/// A file that a listener may have.
struct Release<'a> {
    music: &'a Music,
    track: TrackId,
    sound: &'a Sound,
    /// The first byte that is not released.
    until: Option<u64>,
    /// Whom to put the delivered bytes down to, and as what they were judged.
    noted: Option<Ask>,
    now: Time,
}

impl Release<'_> {
    async fn answer(&self, wish: Wish<'_>) -> Result<Response, PlaybackError> {
        let known = &self.sound.known;
        let selected = match evaluate(wish.headers, self.sound.validators(), self.now) {
            Outcome::Failed => return Err(PlaybackError::PreconditionFailed),
            Outcome::NotModified => {
                self.note(0..0);
                return Ok(self.head(StatusCode::NOT_MODIFIED, Body::empty()));
            }
            Outcome::Proceed { ranges } => selected(wish, ranges, known.size),
        };
        let bytes = match selected {
            Selected::Unsatisfiable => return Ok(not_satisfiable(known.size)),
            Selected::Whole => 0..known.size,
            Selected::Part(ref bytes) => bytes.clone(),
        };
        let part = matches!(selected, Selected::Part(_));
        let head = wish.method == Method::HEAD;
        let bytes = if head { bytes } else { self.released(bytes, part)? };
        let file = self.music.playback.files.open(known).await.map_err(|e| self.missing(&e))?;
        let length = HeaderValue::from(bytes.end - bytes.start);
        let (status, range) = if part {
            let range = format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, known.size);
            (StatusCode::PARTIAL_CONTENT, HeaderValue::try_from(range).ok())
        } else {
            (StatusCode::OK, None)
        };
        let body = if head { Body::empty() } else { self.body(file, bytes, part) };
        let mut response = self.head(status, body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.sound.content_type.clone());
        headers.insert(header::CONTENT_LENGTH, length);
        headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
        if let Some(range) = range {
            headers.insert(header::CONTENT_RANGE, range);
        }
        Ok(response)
    }

    /// What of `bytes` is released. What is not can be left out of a part, never of the whole.
    fn released(&self, bytes: Range<u64>, part: bool) -> Result<Range<u64>, PlaybackError> {
        match self.until {
            Some(until) if until <= bytes.start => Err(PlaybackError::NotReleased(bytes.start)),
            Some(until) if part && until < bytes.end => Ok(bytes.start..until),
            _ => Ok(bytes),
        }
    }

    /// The bytes: a part at once, the whole as it is released.
    fn body(&self, file: Arc<Opened>, bytes: Range<u64>, part: bool) -> Body {
        let buffers = Arc::clone(&self.music.playback.buffers);
        let (music, track) = (self.music.clone(), self.track);
        let may: May = match self.noted {
            Some(ask @ Ask { account: Some(account), .. }) => Box::new(move |bytes| {
                let piece = Ask { from: bytes.start, ..ask };
                let may = music.playback.policy.deliver(piece, bytes.end - bytes.start);
                if may == Delivery::Sent {
                    music.playback.deliveries.note(account, track, bytes, music.app.now());
                }
                may
            }),
            _ => Box::new(|_| Delivery::Sent),
        };
        let body = FileBody::new(file, bytes, buffers, may);
        Body::new(if part { body } else { body.patient() })
    }

    fn note(&self, bytes: Range<u64>) {
        if let Some(account) = self.noted.and_then(|ask| ask.account) {
            self.music.playback.deliveries.note(account, self.track, bytes, self.now);
        }
    }

    /// An answer with what every answer about these bytes says.
    fn head(&self, status: StatusCode, body: Body) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.reserve(12);
        headers.insert(header::ETAG, self.sound.etag.clone());
        headers.insert(header::LAST_MODIFIED, self.sound.last_modified.clone());
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if let Some(PreviewSpan { start_ms, length_ms }) = self.sound.part {
            // A dictionary (RFC 9651).
            let part = HeaderValue::try_from(format!("start={start_ms}, length={length_ms}"));
            headers.extend(part.ok().map(|part| (PREVIEW, part)));
        }
        // Kept by the listener alone, and asked about before each use: a withdrawn track falls silent.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // A file that a browser takes for a page after all can do nothing with us.
        headers
            .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
        response
    }

    fn missing(&self, error: &FileError) -> PlaybackError {
        PlaybackError::AudioMissing { track: self.track, reason: error.to_string() }
    }
}

/// Where the range that is asked for begins.
fn first_byte(wish: Wish<'_>, sound: &Sound, now: Time) -> u64 {
    match evaluate(wish.headers, sound.validators(), now) {
        Outcome::Proceed { ranges } => match selected(wish, ranges, sound.known.size) {
            Selected::Part(bytes) => bytes.start,
            Selected::Whole | Selected::Unsatisfiable => 0,
        },
        Outcome::Failed | Outcome::NotModified => 0,
    }
}

/// What of `size` bytes is asked for, by a caller whose part of the file is a part of these bytes if `ranges`.
fn selected(wish: Wish<'_>, ranges: bool, size: u64) -> Selected {
    // A range is a matter of GET alone (RFC 9110, 14.2).
    let range = only(wish.headers, header::RANGE).filter(|_| ranges && wish.method == Method::GET);
    range.map_or(Selected::Whole, |range| select(range.as_bytes(), size))
}

/// The only value of a header; `None` if there is none, or more than one.
fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

fn not_satisfiable(size: u64) -> Response {
    let error = ApiError::new(ErrorCode::RangeNotSatisfiable, format!("the file has {size} bytes"));
    ([(header::CONTENT_RANGE, format!("bytes */{size}"))], error).into_response()
}
