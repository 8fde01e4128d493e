use std::{borrow::Cow, collections::HashMap};

use db::{Tx, from_row, outbox};
use infra::App;
use kernel::{
    AccountId, AlbumId, Amount, ArtistId, Asset, AudioId, Check, Event, EventId, Time, TrackId, given, patch,
    tidy,
};
use serde::Deserialize;

use super::{Track, TrackDetail, TrackRow, queries};
use crate::{
    catalogue::{
        CatalogueError, NewAudio, NewCredit, ReleaseDate, Viewer, Visibility, album, audio, bulk, credit,
        derived::{Touched, settle},
        edition::MadeFrom,
        genre, price,
    },
    text::fold,
};

/// The longest title, in characters.
const LONGEST_TITLE: usize = 300;
/// What a preview has unless its artist says otherwise, in milliseconds.
pub(in crate::catalogue) const PREVIEW_MS: i64 = 30_000;
/// The longest preview, in milliseconds.
const LONGEST_PREVIEW_MS: i64 = 120_000;
/// The latest start of a preview, in milliseconds.
const LATEST_PREVIEW_MS: i64 = 24 * 3_600_000;

/// What is to be heard as a preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPreview {
    /// Where it starts, in milliseconds.
    pub start_ms: i64,
    /// How long it is, in milliseconds, up to 120,000; 0: none.
    pub length_ms: i64,
}

/// A change of a track: what is left out stays, null takes away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrackChange {
    /// Its title.
    #[serde(default, deserialize_with = "given")]
    #[schema(example = "Dawn")]
    pub title: Option<String>,
    /// The artists as printed; null: the artist's name.
    #[serde(default, deserialize_with = "patch")]
    pub artist_credit: Option<Option<String>>,
    /// An album that the caller manages as well.
    #[serde(default, deserialize_with = "patch")]
    pub album_id: Option<Option<AlbumId>>,
    /// Which disc of the album, from 1.
    #[serde(default, deserialize_with = "given")]
    pub disc_no: Option<i64>,
    /// Which track of the disc, from 1; 0 when unknown.
    #[serde(default, deserialize_with = "given")]
    pub track_no: Option<i64>,
    /// The names of its genres, the main one first; new ones are made.
    #[serde(default, deserialize_with = "given")]
    pub genres: Option<Vec<String>>,
    /// Who may see it: public, unlisted or private.
    #[serde(default, deserialize_with = "given")]
    pub visibility: Option<Visibility>,
    /// Whether it is marked as explicit.
    #[serde(default, deserialize_with = "given")]
    pub explicit: Option<bool>,
    /// Its ISRC.
    #[serde(default, deserialize_with = "patch")]
    pub isrc: Option<Option<String>>,
    /// When it came out, as far as that is known.
    #[serde(default, deserialize_with = "patch")]
    pub release_date: Option<Option<ReleaseDate>>,
    /// What each second of it costs, in BEAT; null or nought: nothing.
    #[serde(default, deserialize_with = "patch")]
    pub price_per_second: Option<Option<Amount>>,
    /// What is to be heard as a preview.
    #[serde(default, deserialize_with = "given")]
    pub preview: Option<NewPreview>,
    /// Who did what on it, in the place of what was there.
    #[serde(default, deserialize_with = "given")]
    pub credits: Option<Vec<NewCredit>>,
}

/// What can be changed of a track, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) title: String,
    pub(super) artist_credit: Option<String>,
    pub(super) album_id: Option<AlbumId>,
    pub(super) disc_no: i64,
    pub(super) track_no: i64,
    pub(super) duration_ms: i64,
    pub(super) visibility: Visibility,
    pub(super) explicit: bool,
    pub(super) isrc: Option<String>,
    pub(super) release_date: Option<ReleaseDate>,
    pub(super) price_per_second: Option<i64>,
    pub(super) preview_start_ms: i64,
    pub(super) preview_length_ms: i64,
}

from_row!(Values {
    title,
    artist_credit,
    album_id,
    disc_no,
    track_no,
    duration_ms,
    visibility,
    explicit,
    isrc,
    release_date,
    price_per_second,
    preview_start_ms,
    preview_length_ms,
});

impl Values {
    /// A draft.
    fn draft() -> Self {
        Self {
            title: String::new(),
            artist_credit: None,
            album_id: None,
            disc_no: 1,
            track_no: 0,
            duration_ms: 0,
            visibility: Visibility::Private,
            explicit: false,
            isrc: None,
            release_date: None,
            price_per_second: None,
            preview_start_ms: 0,
            preview_length_ms: PREVIEW_MS,
        }
    }

    pub(super) fn title_key(&self) -> String {
        fold(&self.title)
    }

    pub(super) fn released_order(&self) -> Time {
        self.release_date.map_or(ReleaseDate::UNKNOWN, ReleaseDate::start)
    }

    pub(super) fn price_asset(&self) -> Option<&'static str> {
        self.price_per_second.map(|_| Asset::Beat.code())
    }

    /// Takes over what `change` says, after checking it.
    fn apply(&mut self, change: &TrackChange) -> Result<(), CatalogueError> {
        let mut check = Check::new();
        self.apply_texts(change, &mut check);
        self.apply_numbers(change, &mut check);
        if let Some(visibility) = change.visibility {
            let ours = visibility != Visibility::Members || self.visibility == Visibility::Members;
            check.that(ours, "/visibility", "not_allowed", "is public, unlisted or private");
            self.visibility = visibility;
        }
        if let Some(names) = &change.genres {
            genre::check(&mut check, names);
        }
        if let Some(credits) = &change.credits {
            credit::check(&mut check, credits);
        }
        Ok(check.done()?)
    }

    fn apply_texts(&mut self, change: &TrackChange, check: &mut Check) {
        if let Some(title) = &change.title {
            let title = tidy(title);
            check.line("/title", &title, 1..=LONGEST_TITLE);
            self.title = title.into_owned();
        }
        if let Some(credit) = &change.artist_credit {
            let credit = credit.as_deref().map(tidy);
            if let Some(credit) = &credit {
                check.line("/artistCredit", credit, 1..=LONGEST_TITLE);
            }
            self.artist_credit = credit.map(Cow::into_owned);
        }
        if let Some(isrc) = &change.isrc {
            let written = isrc.as_deref().map(|isrc| isrc.trim().replace('-', "").to_ascii_uppercase());
            let right = written.as_deref().is_none_or(is_isrc);
            check.that(right, "/isrc", "malformed", "is not of the form CC-XXX-YY-NNNNN");
            self.isrc = written;
        }
        if let Some(date) = change.release_date {
            self.release_date = date;
        }
    }

    fn apply_numbers(&mut self, change: &TrackChange, check: &mut Check) {
        if let Some(n) = change.disc_no {
            check.number("/discNo", n, 1..=999);
            self.disc_no = n;
        }
        if let Some(n) = change.track_no {
            check.number("/trackNo", n, 0..=9999);
            self.track_no = n;
        }
        if let Some(explicit) = change.explicit {
            self.explicit = explicit;
        }
        if let Some(album) = change.album_id {
            self.album_id = album;
        }
        if let Some(price) = change.price_per_second {
            price::check(check, price);
            self.price_per_second = price::minor_units(price);
        }
        if let Some(preview) = change.preview {
            check.number("/preview/startMs", preview.start_ms, 0..=LATEST_PREVIEW_MS);
            check.number("/preview/lengthMs", preview.length_ms, 0..=LONGEST_PREVIEW_MS);
            self.preview_start_ms = preview.start_ms;
            self.preview_length_ms = preview.length_ms;
        }
    }
}

/// Whether `text` is an ISRC (ISO 3901): two letters, three letters or digits, seven digits.
pub(crate) fn is_isrc(text: &str) -> bool {
    let text = text.as_bytes();
    text.len() == 12
        && text[..2].iter().all(u8::is_ascii_uppercase)
        && text[2..5].iter().all(u8::is_ascii_alphanumeric)
        && text[5..].iter().all(u8::is_ascii_digit)
}

/// Makes a draft on an artist page that `account` manages: private, and without sound until
/// [`attach_audio`] gives it some.
///
/// # Errors
/// When the page or the album is not the account's, and when a field is wrong.
pub async fn create(
    tx: &mut Tx,
    app: &App,
    (account, artist): (AccountId, ArtistId),
    id: TrackId,
    change: &TrackChange,
) -> Result<(), CatalogueError> {
    let mut values = Values::draft();
    values.apply(change)?;
    Check::new().that(change.title.is_some(), "/title", "required", "is missing").done()?;
    check_album(tx, account, change).await?;
    queries::insert(tx, (id, artist), &values, app.now()).await?;
    if values.visibility != Visibility::Private {
        return Err(CatalogueError::Incomplete("sound"));
    }
    write_parts(tx, app, account, id, change).await?;
    Ok(settle(tx, &Touched::track(id, values.album_id, artist), app.now()).await?)
}

/// Gives a track its sound, in the place of what it had; `duration_ms` is what its headers say or, better, what
/// decoding found.
pub async fn attach_audio(
    tx: &mut Tx,
    (audio, new): (AudioId, NewAudio),
    duration_ms: i64,
    now: Time,
) -> Result<(), CatalogueError> {
    let id = new.track;
    audio::put(tx, [(audio, new)]).await?;
    queries::set_sound(tx, id, duration_ms, now).await?;
    Ok(settle(tx, &Touched { tracks: vec![id], ..Touched::default() }, now).await?)
}

/// Changes a track that `account` manages. Making it public publishes it.
///
/// # Errors
/// When it is not the account's, a field is wrong, or it is to be seen by others and not ready for that.
pub async fn change(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    id: TrackId,
    change: &TrackChange,
) -> Result<(), CatalogueError> {
    let now = app.now();
    let (artist, published_at) = queries::managed(tx, account, id).await?.ok_or(CatalogueError::NoTrack)?;
    let before = queries::values(tx, id).await?;
    let mut values = before.clone();
    values.apply(change)?;
    check_album(tx, account, change).await?;
    if values.visibility != before.visibility && values.visibility != Visibility::Private {
        check_complete(tx, id, &values).await?;
    }
    let is_first = values.visibility == Visibility::Public && published_at.is_none();
    if is_first {
        // What comes out without a date comes out today.
        values.release_date = values.release_date.or_else(|| ReleaseDate::day_of(now));
        outbox::emit(tx, &Event::TrackPublished { track: id, artist }, app.id::<EventId>(), now).await?;
    }
    let published_at = if is_first { Some(now) } else { published_at };
    queries::update(tx, id, &values, published_at, now).await?;
    write_parts(tx, app, account, id, change).await?;
    let mut touched = Touched::track(id, before.album_id, artist);
    touched.albums.extend(values.album_id);
    Ok(settle(tx, &touched, now).await?)
}

async fn check_album(tx: &mut Tx, account: AccountId, change: &TrackChange) -> Result<(), CatalogueError> {
    if let Some(Some(album)) = change.album_id {
        let theirs = album::is_managed(tx, account, album).await?;
        Check::new().that(theirs, "/albumId", "unknown_album", "is no album of this account").done()?;
    }
    Ok(())
}

/// Whether others may see it.
async fn check_complete(tx: &mut Tx, id: TrackId, values: &Values) -> Result<(), CatalogueError> {
    if values.title.is_empty() {
        return Err(CatalogueError::Incomplete("title"));
    }
    if values.duration_ms == 0 || !queries::has_audio(tx, id).await? {
        return Err(CatalogueError::Incomplete("sound"));
    }
    Ok(())
}

/// Writes genres and credits, where the change has them.
async fn write_parts(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    id: TrackId,
    change: &TrackChange,
) -> Result<(), CatalogueError> {
    if let Some(names) = &change.genres {
        let known = genre::ensure_by(tx, app, account, names).await?;
        let genres: Vec<_> = names.iter().filter_map(|name| known.get(&fold(name)).copied()).collect();
        bulk::replace_genres(tx, id, &genres).await?;
    }
    if let Some(credits) = &change.credits {
        credit::replace(tx, id, credits).await?;
    }
    Ok(())
}

/// The track as `viewer` reaches it by its address.
///
/// # Errors
/// When there is none for this viewer.
pub async fn get(tx: &mut Tx, viewer: Viewer, id: TrackId) -> Result<TrackDetail, CatalogueError> {
    let row = queries::reachable(tx, viewer, id).await?.ok_or(CatalogueError::NoTrack)?;
    let credits = credit::of(tx, id).await?;
    Ok(TrackDetail { track: row.into(), credits })
}

/// Whether `viewer` reaches the track by its address.
///
/// # Errors
/// When it does not.
pub async fn check_reachable(tx: &mut Tx, viewer: Viewer, id: TrackId) -> Result<(), CatalogueError> {
    if queries::is_reachable(tx, viewer, id).await? { Ok(()) } else { Err(CatalogueError::NoTrack) }
}

/// Whether `account` manages the track.
///
/// # Errors
/// When it does not.
pub async fn check_managed(tx: &mut Tx, account: AccountId, id: TrackId) -> Result<(), CatalogueError> {
    if queries::is_managed(tx, account, id).await? { Ok(()) } else { Err(CatalogueError::NoTrack) }
}

/// As [`check_managed`], and the track stays as it is until the transaction ends.
///
/// # Errors
/// When `account` does not manage it.
pub async fn lock_managed(tx: &mut Tx, account: AccountId, id: TrackId) -> Result<(), CatalogueError> {
    queries::managed(tx, account, id).await?.map(|_| ()).ok_or(CatalogueError::NoTrack)
}

/// Whether the track is what a change of it was made from; it stays so until the transaction ends.
///
/// # Errors
/// When it is another by now, or `account` does not manage it.
pub(super) async fn check_edition(
    tx: &mut Tx,
    account: AccountId,
    id: TrackId,
    made_from: &MadeFrom,
) -> Result<(), CatalogueError> {
    if made_from.is_any() {
        return Ok(());
    }
    lock_managed(tx, account, id).await?;
    let now = get(tx, Viewer::member(account), id).await?;
    if made_from.is(&now) { Ok(()) } else { Err(CatalogueError::Changed) }
}

/// Those of `ids` that `viewer` finds in lists, in the order of `ids`.
pub async fn listed(tx: &mut Tx, viewer: Viewer, ids: &[TrackId]) -> db::Result<Vec<Track>> {
    Ok(in_order(queries::listed(tx, viewer, ids).await?, ids))
}

/// Those of `ids` that `viewer` reaches by their addresses, in the order of `ids`.
pub async fn reachable(tx: &mut Tx, viewer: Viewer, ids: &[TrackId]) -> db::Result<Vec<Track>> {
    Ok(in_order(queries::all_reachable(tx, viewer, ids).await?, ids))
}

fn in_order(rows: Vec<TrackRow>, ids: &[TrackId]) -> Vec<Track> {
    let places: HashMap<TrackId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let mut tracks: Vec<Track> = rows.into_iter().map(Track::from).collect();
    tracks.sort_by_key(|track| places.get(&track.id).copied());
    tracks
}

/// Takes away a track that `account` manages. What was played of it stays in the history of those who heard it.
///
/// # Errors
/// When it is not the account's.
pub async fn delete(tx: &mut Tx, app: &App, account: AccountId, id: TrackId) -> Result<(), CatalogueError> {
    let (artist, _) = queries::managed(tx, account, id).await?.ok_or(CatalogueError::NoTrack)?;
    let values = queries::values(tx, id).await?;
    queries::delete(tx, id, app.now()).await?;
    Ok(settle(tx, &Touched::track(id, values.album_id, artist), app.now()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(change: &TrackChange) -> Vec<String> {
        match Values::draft().apply(change) {
            Ok(()) => Vec::new(),
            Err(CatalogueError::Invalid(invalid)) => invalid.0.into_iter().map(|e| e.pointer).collect(),
            Err(e) => panic!("{e}"),
        }
    }

    #[test]
    fn every_wrong_field_is_named() {
        let change = TrackChange {
            title: Some("t".repeat(LONGEST_TITLE + 1)),
            artist_credit: Some(Some(" ".into())),
            disc_no: Some(0),
            track_no: Some(-1),
            genres: Some(vec!["Rock".into(), String::new()]),
            visibility: Some(Visibility::Members),
            isrc: Some(Some("nonsense".into())),
            price_per_second: Some(Some(Amount { asset: Asset::Usdc, minor: -1 })),
            preview: Some(NewPreview { start_ms: -1, length_ms: LONGEST_PREVIEW_MS + 1 }),
            credits: Some(vec![NewCredit { role: String::new(), name: "Ana".into(), artist_id: None }]),
            ..TrackChange::default()
        };
        let mut pointers = wrong(&change);
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            [
                "/artistCredit",
                "/credits/0/role",
                "/discNo",
                "/genres/1",
                "/isrc",
                "/preview/lengthMs",
                "/preview/startMs",
                "/pricePerSecond/amount",
                "/pricePerSecond/asset",
                "/title",
                "/trackNo",
                "/visibility"
            ]
        );
    }

    #[test]
    fn codes_of_recordings_are_kept_in_one_form() {
        let mut values = Values::draft();
        let change = TrackChange { isrc: Some(Some("de-a21-26-00001".into())), ..TrackChange::default() };
        values.apply(&change).unwrap();
        assert_eq!(values.isrc.as_deref(), Some("DEA212600001"));
        for bad in ["DEA2126ÄÖÜ1", "1EA212600001", "DEA21260000", ""] {
            let change = TrackChange { isrc: Some(Some(bad.into())), ..TrackChange::default() };
            assert_eq!(wrong(&change), ["/isrc"], "{bad}");
        }
    }
}
