use std::collections::HashMap;

use db::{Tx, from_row, outbox};
use infra::App;
use kernel::{
    AccountId, AlbumId, Amount, ArtistId, Check, Cursor, Event, EventId, Limit, Page, Time, TrackId, given,
    patch, tidy,
};
use serde::Deserialize;

use super::{Album, AlbumKind, queries};
use crate::{
    catalogue::{
        CatalogueError, ReleaseDate, Track, Viewer, Visibility,
        derived::{Touched, settle},
        edition::MadeFrom,
        price, track,
    },
    text::fold,
};

/// The longest title, in characters.
const LONGEST_TITLE: usize = 300;
/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 5_000;
const TRACKS: &str = "album:tracks";

/// A change of an album: what is left out stays, null takes away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlbumChange {
    /// Its title.
    #[serde(default, deserialize_with = "given")]
    #[schema(example = "Harbour Lights")]
    pub title: Option<String>,
    /// What kind of release it is.
    #[serde(default, deserialize_with = "given")]
    pub kind: Option<AlbumKind>,
    /// Who may see it: public, unlisted or private. Its tracks have their own.
    #[serde(default, deserialize_with = "given")]
    pub visibility: Option<Visibility>,
    /// When it came out, as far as that is known.
    #[serde(default, deserialize_with = "patch")]
    pub release_date: Option<Option<ReleaseDate>>,
    /// What its artist says of it.
    #[serde(default, deserialize_with = "given")]
    pub description: Option<String>,
    /// What each second of its tracks costs, in BEAT; null or nought: nothing. It is given to those that are on it now and
    /// that the caller manages; each may have another later.
    #[serde(default, deserialize_with = "patch")]
    pub price_per_second: Option<Option<Amount>>,
}

/// What can be changed of an album, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) title: String,
    pub(super) kind: AlbumKind,
    pub(super) visibility: Visibility,
    pub(super) release_date: Option<ReleaseDate>,
    pub(super) description: String,
}

from_row!(Values { title, kind, visibility, release_date, description });

impl Values {
    fn draft() -> Self {
        Self {
            title: String::new(),
            kind: AlbumKind::Album,
            visibility: Visibility::Private,
            release_date: None,
            description: String::new(),
        }
    }

    pub(super) fn title_key(&self) -> String {
        fold(&self.title)
    }

    pub(super) fn released_order(&self) -> Time {
        self.release_date.map_or(ReleaseDate::UNKNOWN, ReleaseDate::start)
    }

    /// Takes over what `change` says, after checking it.
    fn apply(&mut self, change: &AlbumChange) -> Result<(), CatalogueError> {
        let mut check = Check::new();
        if let Some(title) = &change.title {
            let title = tidy(title);
            check.line("/title", &title, 1..=LONGEST_TITLE);
            self.title = title.into_owned();
        }
        if let Some(description) = &change.description {
            check.text("/description", description, 0..=LONGEST_DESCRIPTION);
            description.trim().clone_into(&mut self.description);
        }
        if let Some(visibility) = change.visibility {
            let ours = visibility != Visibility::Members || self.visibility == Visibility::Members;
            check.that(ours, "/visibility", "not_allowed", "is public, unlisted or private");
            self.visibility = visibility;
        }
        if let Some(price) = change.price_per_second {
            price::check(&mut check, price);
        }
        self.kind = change.kind.unwrap_or(self.kind);
        self.release_date = change.release_date.unwrap_or(self.release_date);
        Ok(check.done()?)
    }
}

/// Makes an album on an artist page; it is private unless `change` says otherwise.
///
/// # Errors
/// When a field is wrong.
pub async fn create(
    tx: &mut Tx,
    app: &App,
    (id, artist): (AlbumId, ArtistId),
    change: &AlbumChange,
) -> Result<(), CatalogueError> {
    let mut values = Values::draft();
    values.apply(change)?;
    Check::new().that(change.title.is_some(), "/title", "required", "is missing").done()?;
    let now = app.now();
    queries::insert(tx, (id, artist), &values, now).await?;
    if values.visibility == Visibility::Public {
        outbox::emit(tx, &Event::AlbumPublished { album: id, artist }, app.id::<EventId>(), now).await?;
    }
    let touched = Touched { albums: vec![id], artists: vec![artist], tracks: Vec::new() };
    Ok(settle(tx, &touched, now).await?)
}

/// Changes an album that `account` manages; answers the tracks that cost something else now.
///
/// # Errors
/// When it is not the account's, or a field is wrong.
pub async fn change(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    id: AlbumId,
    change: &AlbumChange,
) -> Result<Vec<TrackId>, CatalogueError> {
    let now = app.now();
    let (artist, before) = queries::managed(tx, account, id).await?.ok_or(CatalogueError::NoAlbum)?;
    let mut values = before.clone();
    values.apply(change)?;
    queries::update(tx, id, &values, now).await?;
    if values.visibility == Visibility::Public && before.visibility != Visibility::Public {
        outbox::emit(tx, &Event::AlbumPublished { album: id, artist }, app.id::<EventId>(), now).await?;
    }
    let priced = match change.price_per_second {
        Some(price) => super::price::set(tx, account, id, price::minor_units(price), now).await?,
        None => Vec::new(),
    };
    let (tracks, mut artists): (Vec<TrackId>, Vec<ArtistId>) = priced.into_iter().unzip();
    artists.push(artist);
    settle(tx, &Touched { albums: vec![id], artists, tracks: tracks.clone() }, now).await?;
    Ok(tracks)
}

/// Whether `account` manages the album.
///
/// # Errors
/// When it does not.
pub async fn check_managed(tx: &mut Tx, account: AccountId, id: AlbumId) -> Result<(), CatalogueError> {
    if queries::is_managed(tx, account, id).await? { Ok(()) } else { Err(CatalogueError::NoAlbum) }
}

/// The album as `viewer` reaches it by its address.
///
/// # Errors
/// When there is none for this viewer.
pub async fn get(tx: &mut Tx, viewer: Viewer, id: AlbumId) -> Result<Album, CatalogueError> {
    let row = queries::reachable(tx, viewer, id).await?.ok_or(CatalogueError::NoAlbum)?;
    let album = queries::with_figures(tx, viewer, vec![row]).await?.pop();
    album.ok_or(CatalogueError::NoAlbum)
}

/// Whether the album is what a change of it was made from; it stays so until the transaction ends.
///
/// # Errors
/// When it is another by now, or `account` does not manage it.
pub(super) async fn check_edition(
    tx: &mut Tx,
    account: AccountId,
    id: AlbumId,
    made_from: &MadeFrom,
) -> Result<(), CatalogueError> {
    if made_from.is_any() {
        return Ok(());
    }
    queries::managed(tx, account, id).await?.ok_or(CatalogueError::NoAlbum)?;
    let now = get(tx, Viewer::member(account), id).await?;
    if made_from.is(&now) { Ok(()) } else { Err(CatalogueError::Changed) }
}

/// Those of `ids` that `viewer` finds in lists, in the order of `ids`.
pub async fn listed(tx: &mut Tx, viewer: Viewer, ids: &[AlbumId]) -> db::Result<Vec<Album>> {
    let rows = queries::listed(tx, viewer, ids).await?;
    let mut albums = queries::with_figures(tx, viewer, rows).await?;
    let places: HashMap<AlbumId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    albums.sort_by_key(|album| places.get(&album.id).copied());
    Ok(albums)
}

/// The tracks of an album by disc and number, as far as `viewer` may see them.
///
/// # Errors
/// When there is no such album for this viewer.
pub async fn tracks(
    tx: &mut Tx,
    viewer: Viewer,
    id: AlbumId,
    limit: Limit,
    cursor: Option<&Cursor>,
) -> Result<Page<Track>, CatalogueError> {
    let album = queries::reachable(tx, viewer, id).await?.ok_or(CatalogueError::NoAlbum)?;
    let after = cursor.map(|cursor| cursor.place(&(TRACKS, id))).transpose()?;
    let places = queries::tracks(tx, viewer, (id, album.visibility), limit, after).await?;
    let page = Page::cut(places, limit, |last| Cursor::at(&(TRACKS, id), last));
    let ids: Vec<TrackId> = page.items.iter().map(|(.., id)| *id).collect();
    Ok(Page { items: track::reachable(tx, viewer, &ids).await?, next_cursor: page.next_cursor })
}

/// Takes away an album that `account` manages. Its tracks stay.
///
/// # Errors
/// When it is not the account's.
pub async fn delete(tx: &mut Tx, app: &App, account: AccountId, id: AlbumId) -> Result<(), CatalogueError> {
    let (artist, _) = queries::managed(tx, account, id).await?.ok_or(CatalogueError::NoAlbum)?;
    let tracks = queries::delete(tx, id, app.now()).await?;
    Ok(settle(tx, &Touched { albums: vec![id], artists: vec![artist], tracks }, app.now()).await?)
}
