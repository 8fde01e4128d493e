//! What the child does with a file: one function for each request. Nothing here keeps state between requests.

mod analyse;
mod decode;
mod input;
#[cfg(feature = "corpus")]
mod misdeeds;
mod mp3;
mod mp4;
mod picture;
mod preview;
mod source;
mod tags;
mod text;
mod waveform;

use crate::api::{MediaError, Request, Response};

/// Answers one request; may panic, hang or die over a hostile file, which the callers are prepared for.
pub(crate) fn answer(request: &Request) -> Result<Response, MediaError> {
    match request {
        Request::ReadTags { path, cover } => {
            tags::read(path, *cover).map(|info| Response::Tags(Box::new(info)))
        }
        Request::ReadPicture { path, size, fit } => picture::read(path, *size, *fit).map(Response::Picture),
        Request::Analyse { path } => analyse::analyse(path).map(Response::Analysis),
        Request::Probe { path } => analyse::probe(path).map(Response::Probed),
        Request::CutPreview { path, start_ms, length_ms, out } => {
            preview::cut(path, *start_ms, *length_ms, out).map(Response::Preview)
        }
        #[cfg(feature = "corpus")]
        Request::Misbehave(misdeed) => misdeeds::commit(misdeed).map(|()| Response::Misbehaved),
    }
}
