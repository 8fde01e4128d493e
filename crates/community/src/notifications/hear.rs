//! From events to notifications.

use db::{Tx, job, outbox::Message};
use infra::App;
use kernel::{AccountId, Amount, ArtistId, DisputeId, Event, JobId, SessionId, Time, TipId, TrackId};
use serde_json::{Value, json};

use super::{
    model::NotificationType,
    queries::{
        self, News,
        uploads::{self, Upload},
    },
    release::{self, Release},
};
use crate::Community;

/// Makes the notifications that an event is worth, however often it comes.
///
/// # Errors
/// When the database fails: then it is to come again.
pub async fn hear(community: &Community, message: &Message) -> db::Result<()> {
    let app = &community.app;
    let Ok(event) = message.event() else {
        // A newer version wrote it, and that knows what to make of it.
        tracing::warn!(topic = message.topic, "an event cannot be read");
        return Ok(());
    };
    let at = message.at;
    match event {
        Event::ArtistFollowed { account, artist } => {
            db::write!(app.db, |tx| followed(tx, app, account, artist, at).await)
        }
        Event::TrackPublished { track, .. } => release::announce(app, Release::Track(track), at).await,
        Event::AlbumPublished { album, .. } => release::announce(app, Release::Album(album), at).await,
        Event::JobEnded { job, kind, account, done } => {
            db::write!(app.db, |tx| ended(tx, app, (job, &kind, done), account, at).await)
        }
        Event::SessionDisputed { session, dispute, account, by_instance } => {
            let told = Contested { session, dispute, listener: account, is_told: by_instance };
            let step = (NotificationType::DisputeOpened, "byInstance", by_instance);
            db::write!(app.db, |tx| contested(tx, app, &told, step, at).await)
        }
        Event::DisputeResolved { session, dispute, account, upheld } => {
            let told = Contested { session, dispute, listener: account, is_told: true };
            let step = (NotificationType::DisputeResolved, "upheld", upheld);
            db::write!(app.db, |tx| contested(tx, app, &told, step, at).await)
        }
        Event::TipGiven { tip, account, artist, amount } => {
            db::write!(app.db, |tx| tipped(tx, app, tip, (account, artist, amount), at).await)
        }
        Event::ManagerChanged { artist, account } => {
            db::write!(app.db, |tx| manager_changed(tx, app, (artist, account), at).await)
        }
        Event::AccountCreated { .. }
        | Event::TrackUploaded { .. }
        | Event::PlayRecorded { .. }
        | Event::TrackLiked { .. }
        | Event::SessionSettled { .. }
        | Event::ImportFinished { .. } => Ok(()),
    }
}

/// Tells those who manage a page of a new follower; of several together until they read it.
async fn followed(tx: &mut Tx, app: &App, follower: AccountId, artist: ArtistId, at: Time) -> db::Result<()> {
    let managers = queries::managers_besides(tx, artist, follower).await?;
    // Who is gone again is no news.
    let Some((artist_name, name)) = queries::names_of(tx, artist, follower).await? else { return Ok(()) };
    let news = News {
        kind: NotificationType::NewFollower,
        subject: artist.into(),
        params: json!({"artist": artist_name, "follower": name}),
        link: format!("/a/{artist}"),
        at,
    };
    queries::tell_of_follower(tx, app, &news, &managers).await
}

/// Tells an account that it may manage a page, or is asked to. What was taken back is no question any more.
async fn manager_changed(
    tx: &mut Tx,
    app: &App,
    (artist, account): (ArtistId, AccountId),
    at: Time,
) -> db::Result<()> {
    let Some((name, role, accepted)) = queries::managed_as(tx, artist, account).await? else {
        return queries::take_back(tx, app, (NotificationType::ManagerInvited, artist.into()), account).await;
    };
    let kind = if accepted { NotificationType::ManagerAdded } else { NotificationType::ManagerInvited };
    let params = json!({"artist": name, "role": role});
    let news = News { kind, subject: artist.into(), params, link: "/studio".to_owned(), at };
    queries::tell(tx, app, &news, &[account]).await.map(|_| ())
}

/// Tells those who manage a page what somebody gave it.
async fn tipped(
    tx: &mut Tx,
    app: &App,
    tip: TipId,
    (from, artist, amount): (AccountId, ArtistId, Amount),
    at: Time,
) -> db::Result<()> {
    let managers = queries::managers_besides(tx, artist, from).await?;
    let Some((artist_name, name)) = queries::names_of_giver(tx, artist, from).await? else {
        return Ok(());
    };
    let (asset, minor) = (amount.asset.code(), amount.minor.to_string());
    let news = News {
        kind: NotificationType::TipReceived,
        subject: tip.into(),
        params: json!({"artist": artist_name, "from": name, "asset": asset, "amount": minor}),
        link: format!("/a/{artist}"),
        at,
    };
    queries::tell(tx, app, &news, &managers).await.map(|_| ())
}

/// A session that is contested.
struct Contested {
    session: SessionId,
    dispute: DisputeId,
    listener: AccountId,
    /// A listener who contests knows of it.
    is_told: bool,
}

/// Tells those whose pages share in a session that it is contested or what was decided, and how, and perhaps the listener.
async fn contested(
    tx: &mut Tx,
    app: &App,
    &Contested { session, dispute, listener, is_told }: &Contested,
    (kind, name, how): (NotificationType, &str, bool),
    at: Time,
) -> db::Result<()> {
    let Some((title, at_end, asset, cost)) = queries::play_of(tx, session).await? else { return Ok(()) };
    let mut sharers = queries::sharers_of(tx, session, dispute).await?;
    sharers.retain(|(.., account)| *account != listener);
    let mut params = json!({"title": title, name: how, "playedAt": at_end, "asset": asset.code()});
    if kind == NotificationType::DisputeResolved
        && let Some(note) = queries::note_of(tx, dispute).await?
    {
        params["note"] = note.into();
    }
    let news = |link: String, amount: i64| {
        let mut params = params.clone();
        params["amount"] = amount.to_string().into();
        News { kind, subject: dispute.into(), params, link, at }
    };
    // Whoever manages several of the pages is told of the first.
    for page in sharers.chunk_by(|one, next| one.0 == next.0) {
        let [(artist, amount, _), ..] = page else { continue };
        let accounts: Vec<AccountId> = page.iter().map(|(.., account)| *account).collect();
        queries::tell(tx, app, &news(format!("/studio/earnings?page={artist}"), *amount), &accounts).await?;
    }
    if kind == NotificationType::DisputeOpened {
        let mut admins = queries::admins(tx).await?;
        // Each is told once.
        admins.retain(|admin| *admin != listener && !sharers.iter().any(|(.., account)| account == admin));
        queries::tell(tx, app, &news("/admin/disputes".to_owned(), cost), &admins).await?;
    }
    if is_told {
        queries::tell(tx, app, &news(format!("/wallet/receipts/{session}"), cost), &[listener]).await?;
    }
    Ok(())
}

/// Tells whoever uploaded a file that it is ready: of a release, or of what is on none, together until they read it.
async fn ready(
    tx: &mut Tx,
    app: &App,
    track: TrackId,
    upload: &Upload,
    account: AccountId,
    at: Time,
) -> db::Result<()> {
    let (subject, link_of_all) = match upload.album {
        Some(album) => (album.into(), format!("/r/{album}")),
        None => (upload.artist.into(), "/studio".to_owned()),
    };
    let news = News {
        kind: NotificationType::UploadProcessed,
        subject,
        params: json!({"title": upload.title, "release": upload.album_title}),
        link: format!("/t/{track}"),
        at: upload.analysed_at.unwrap_or(at),
    };
    uploads::tell(tx, app, news, upload, link_of_all, account).await
}

/// Tells whoever started a job what came of it.
async fn ended(
    tx: &mut Tx,
    app: &App,
    (id, kind, done): (JobId, &str, bool),
    account: AccountId,
    at: Time,
) -> db::Result<()> {
    let Some(job) = job::find(tx, id, account).await? else { return Ok(()) };
    let result: Value = job.result.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let (kind, params, link) = match kind {
        "import" if done => {
            let params =
                json!({"added": result["added"], "updated": result["updated"], "broken": result["broken"]});
            (NotificationType::ImportFinished, params, "/admin".to_owned())
        }
        "import" => (NotificationType::ImportFailed, json!({"reason": job.error}), "/admin".to_owned()),
        "analyse" => {
            let Some(track) = result["trackId"].as_str().and_then(|id| id.parse::<TrackId>().ok()) else {
                return Ok(());
            };
            let Some(upload) = uploads::find(tx, track).await? else { return Ok(()) };
            let (title, link) = (&upload.title, format!("/t/{track}"));
            if let Some(reason) = result["error"].as_str() {
                (NotificationType::UploadFailed, json!({"title": title, "reason": reason}), link)
            } else if let Some(promised) = upload.promised_ms {
                let params =
                    json!({"title": title, "durationMs": upload.duration_ms, "promisedMs": promised});
                (NotificationType::UploadCutOff, params, link)
            } else {
                return ready(tx, app, track, &upload, account, at).await;
            }
        }
        _ => return Ok(()),
    };
    let news = News { kind, subject: id.into(), params, link, at };
    queries::tell(tx, app, &news, &[account]).await.map(|_| ())
}
