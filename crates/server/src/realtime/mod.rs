//! The realtime socket: one address, many channels, that modules register ([`infra::realtime::Channel`]).
//!
//! [`connection`] is what is said on a socket, without any input or output; [`hub`] is who follows what on this node.
//! Here bytes are moved between the two.

mod connection;
mod hub;

use std::time::Duration;

use axum::{
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use http::request::Parts;
use identity::Caller;
use infra::{
    http::{ApiError, ApiResult, Client, Routes},
    realtime::Channel,
    routes,
};
use kernel::ErrorCode;

use crate::{
    Service,
    admin::{self, Census},
    work,
};
use connection::Frame;
pub use hub::Hub;
use hub::Seat;

/// What a socket reads at a time, in bytes. The library's own default takes 128 KiB for each.
const READ: usize = 4 * 1024;
/// The longest message that is read at all, in bytes; the machine refuses shorter ones in words.
const LONGEST: usize = 16 * 1024;
/// What a socket may hold on its way out, in bytes: one event.
const WRITE: usize = 64 * 1024;
/// How long an answer from the database may take.
const ANSWER: Duration = Duration::from_secs(15);
/// How long the other side has to close after we did.
const FAREWELL: Duration = Duration::from_secs(1);

/// All channels, whichever roles this process has: they are looked up in the database, which all share.
pub(crate) fn channels(app: &infra::App, census: &Census) -> Vec<Channel> {
    let mut channels = work::channels(app);
    channels.extend(admin::channels(app, census));
    channels.extend(community::notifications::channels(app));
    channels.extend(music::catalogue::channels(app));
    channels.extend(commerce::earnings::channels(app));
    channels
}

pub(crate) fn routes() -> Routes<Service> {
    Routes::new().routes(routes!(open_socket))
}

/// Opens a socket for news as it happens.
///
/// A WebSocket (RFC 6455) of JSON texts of at most 4 KiB. Who it is says the request by header or cookie, or the first
/// frame within five seconds: `{"t": "auth", "token": "…"}` (or `{"type": "AUTH", …}`). Without either it is nobody's,
/// where visitors are shown anything.
///
/// | frame | from | |
/// |---|---|---|
/// | `{"t": "sub", "ch": "…", "since": 7}` | client | follow a channel; `since` is the last id it has, if any |
/// | `{"t": "ok", "ch": "…", "id": 7}` | server | followed; what comes after `id` follows as `ev` |
/// | `{"t": "ev", "ch": "…", "id": 8, "d": {}}` | server | an event, or the newest value |
/// | `{"t": "gap", "ch": "…", "id": 9}` | server | something was left out: read it over REST; what comes later follows |
/// | `{"t": "unsub", "ch": "…"}` | client | follow it no longer |
/// | `{"t": "ping"}` | client | is anybody there? `{"t": "pong"}` |
/// | `{"t": "err", "ch": "…", "code": "…"}` | server | no such channel, or not for this caller, or not any more; without `ch`: the frame before was wrong |
///
/// Channels of values tell the newest alone, at once after `ok` and whenever it is another: `job:{id}` (as
/// `GET /jobs/{id}`), `track:{id}` (`{playCount, likeCount, visibility, available}`), `artist:{id}:earnings` (what the page
/// has now, as in `GET /artists/{id}/earnings`: `{balances, live, listening}`, for those who manage it; about once a
/// second), `admin` (as `GET /admin/stats`; at most once a second). Channels of events tell each, those after `since` first: `notifications` (as
/// `GET /notifications`; one that comes again with a larger id covers more than it did). Ids are integers that grow in
/// each channel.
///
/// At most 100 channels on a socket, 5 sockets of an account, 20 from an address without one. A ping comes every 25
/// seconds; two without an answer end the socket. Close codes: 1003 not a text, 1009 a frame too long, 1012 the server
/// stops, 4401 nobody is logged in or not any more, 4429 too many sockets or frames.
#[utoipa::path(
    get, path = "/api/v1/ws", operation_id = "openSocket", tag = "realtime",
    responses((status = 101, description = "The socket is open")),
    extensions(
        ("x-authz" = json!({"object": "socket", "allow": ["anonymous", "listener"], "visibility": "none"})),
        ("x-errors" = json!(["origin_refused", "too_many", "upgrade_required"]))
    ),
)]
async fn open_socket(
    State(service): State<Service>,
    Caller(account): Caller,
    parts: Parts,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    identity::check_origin(&service.app.config.http, &parts)?;
    let upgrade = upgrade.map_err(|e| ApiError::new(ErrorCode::UpgradeRequired, e.body_text()))?;
    let client = parts.extensions.get::<Client>().copied();
    let client = client.ok_or_else(|| ApiError::new(ErrorCode::Internal, ""))?;
    let seat = service.hub.seat(client, account)?;
    let hub = service.hub.clone();
    let upgrade = upgrade
        .read_buffer_size(READ)
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE);
    Ok(upgrade.on_upgrade(move |socket| move_bytes(hub, seat, socket)))
}

/// Carries frames between a socket and its machine until either ends.
async fn move_bytes(hub: Hub, seat: Seat, mut bytes: WebSocket) {
    let socket = &seat.socket;
    loop {
        while let Some(frame) = socket.next(hub.now()) {
            let is_last = matches!(frame, Frame::Close(..));
            let message = match frame {
                Frame::Text(text) => Message::Text(text.into()),
                Frame::Ping => Message::Ping(bytes::Bytes::new()),
                Frame::Close(code, reason) => {
                    Message::Close(Some(CloseFrame { code, reason: reason.into() }))
                }
            };
            tokio::select! {
                sent = bytes.send(message) => if sent.is_err() { return },
                () = died(&seat) => return,
            }
            if is_last {
                let rest = async { while let Some(Ok(_)) = bytes.recv().await {} };
                let _ = tokio::time::timeout(FAREWELL, rest).await;
                return;
            }
        }
        if socket.is_dead() {
            return;
        }
        let message = tokio::select! {
            () = socket.changed() => continue,
            message = bytes.recv(), if socket.takes_frames() => message,
        };
        match message {
            Some(Ok(Message::Text(text))) => {
                let question = socket.tell(|connection| connection.frame(&text, hub.now()));
                if let Some(question) = question
                    && tokio::time::timeout(ANSWER, hub.answer(socket, question)).await.is_err()
                {
                    return;
                }
            }
            Some(Ok(Message::Binary(_))) => socket.tell(|connection| connection.binary(hub.now())),
            Some(Ok(Message::Pong(_))) => socket.tell(connection::Connection::pong),
            Some(Ok(Message::Ping(_))) => {}
            Some(Ok(Message::Close(_)) | Err(_)) | None => return,
        }
    }
}

/// Waits until nothing more will come of a socket.
async fn died(seat: &Seat) {
    while !seat.socket.is_dead() {
        seat.socket.changed().await;
    }
}
