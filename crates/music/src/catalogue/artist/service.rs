use std::{collections::HashMap, time::Duration};

use db::{Tx, feed, outbox};
use identity::{Account, Role, accounts, audit};
use infra::{App, Quota};
use kernel::{
    AccountId, ArtistId, Check, Cursor, Event, EventId, GenreId, Invalid, Limit, Page, given, tidy,
};
use serde::Deserialize;
use serde_json::json;

use super::{Artist, ArtistProfile, ManagedArtist, Manager, ManagerRole, model::ArtistRow, queries};
use crate::{
    catalogue::{
        CatalogueError, FEED, Order, Sort, TrackFilter, Viewer,
        album::{self, AlbumFilter},
        track,
    },
    search::Ranking,
};

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;
/// The longest description, in characters.
const LONGEST_BIO: usize = 5_000;
/// How many invitations and other roles one account gives: a label asks all of its artists in one go.
const INVITE: Quota = Quota { name: "invite", burst: 100, every: Duration::from_mins(2) };
/// What an artist page is called whose account has no username.
const UNNAMED: &str = "New artist";
const BY_NAME: &str = "artists:name";
/// The name of what was found, best first, in its cursors.
pub(super) const FOUND: &str = "artists:found";
const MANAGERS: &str = "managers";
const MANAGED: &str = "me:artists";

/// A new artist page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewArtist {
    /// Its name.
    #[schema(example = "Ana Nowak")]
    pub display_name: String,
    /// What it says of itself.
    #[serde(default)]
    pub bio: String,
}

/// A change of an artist page: what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtistChange {
    /// Its name.
    #[serde(default, deserialize_with = "given")]
    #[schema(example = "Ana Nowak")]
    pub display_name: Option<String>,
    /// What it says of itself.
    #[serde(default, deserialize_with = "given")]
    pub bio: Option<String>,
}

impl ArtistChange {
    fn check(&self) -> Result<(), Invalid> {
        let mut check = Check::new();
        if let Some(name) = &self.display_name {
            check.line("/displayName", &tidy(name), 1..=LONGEST_NAME);
        }
        if let Some(bio) = &self.bio {
            check.text("/bio", bio, 0..=LONGEST_BIO);
        }
        check.done()
    }
}

/// Makes an artist page that `account` owns, and the account an artist. Answers whether its role changed by that:
/// the caller then has the account [forgotten](identity::Identity::forget).
///
/// # Errors
/// When a field is wrong, or the account owns as many as it may.
pub async fn create(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    id: ArtistId,
    new: &NewArtist,
) -> Result<bool, CatalogueError> {
    ArtistChange { display_name: Some(new.display_name.clone()), bio: Some(new.bio.clone()) }.check()?;
    let (now, most) = (app.now(), app.config.upload.pages);
    if queries::owned(tx, account).await? >= i64::from(most) {
        return Err(CatalogueError::TooManyPages(most));
    }
    queries::insert(tx, id, &tidy(&new.display_name), new.bio.trim(), now).await?;
    queries::put_manager(tx, id, account, (ManagerRole::Owner, true), now).await?;
    feed::append(tx, FEED, id, now).await?;
    Ok(accounts::make_artist(tx, account).await?)
}

/// The artist page that something new of `who` goes on: the `wanted` one, or the only one that the account manages. An
/// artist without a page gets one under the account's name.
///
/// # Errors
/// When the wanted one is not the account's, when it has several and none is named, and when it is no artist's.
pub async fn page_for(
    tx: &mut Tx,
    app: &App,
    who: &Account,
    wanted: Option<ArtistId>,
) -> Result<ArtistId, CatalogueError> {
    if let Some(id) = wanted {
        check_managed(tx, who.id, id).await?;
        return Ok(id);
    }
    let mut pages = queries::accepted_pages(tx, who.id).await?;
    if pages.is_empty() {
        queries::hold_account(tx, who.id).await?;
        pages = queries::accepted_pages(tx, who.id).await?;
    }
    match pages.as_slice() {
        [only] => Ok(*only),
        [] if who.role == Role::Artist => {
            let name = queries::username(tx, who.id).await?.unwrap_or_else(|| UNNAMED.into());
            let id = app.id();
            create(tx, app, who.id, id, &NewArtist { display_name: name, bio: String::new() }).await?;
            Ok(id)
        }
        [] => Err(CatalogueError::NotAnArtist),
        several => {
            let pages: Vec<String> = several.iter().map(ToString::to_string).collect();
            let detail = format!(
                "is needed, since this account manages several artist pages: one of {}",
                pages.join(", ")
            );
            Err(Invalid::one("/artistId", "required", &detail).into())
        }
    }
}

/// The page as `viewer` sees it.
///
/// # Errors
/// When there is none for this viewer.
pub async fn get(tx: &mut Tx, viewer: Viewer, id: ArtistId) -> Result<Artist, CatalogueError> {
    let row = queries::visible(tx, viewer, id).await?.ok_or(CatalogueError::NoArtist)?;
    let artist = queries::with_figures(tx, viewer, vec![row]).await?.pop();
    artist.ok_or(CatalogueError::NoArtist)
}

/// The page with what to show first.
///
/// # Errors
/// When there is none for this viewer.
pub async fn profile(tx: &mut Tx, viewer: Viewer, id: ArtistId) -> Result<ArtistProfile, CatalogueError> {
    let artist = get(tx, viewer, id).await?;
    let five = Limit::new(5).unwrap_or_default();
    let plays = Order { sort: Sort::Plays, descending: true };
    let tracks = TrackFilter { artist: Some(id), ..TrackFilter::default() };
    let top_tracks = track::page(tx, viewer, &tracks, plays, five, None).await?.items;
    let latest = Order { sort: Sort::Released, descending: true };
    let albums = AlbumFilter { artist: Some(id), ..AlbumFilter::default() };
    let latest_albums = album::page(tx, viewer, &albums, latest, five, None).await?.items;
    Ok(ArtistProfile { artist, top_tracks, latest_albums })
}

/// Artists by name, of all or of those who have tracks of a genre.
pub async fn page(
    tx: &mut Tx,
    viewer: Viewer,
    genre: Option<GenreId>,
    limit: Limit,
    cursor: Option<&Cursor>,
) -> Result<Page<Artist>, CatalogueError> {
    let after = cursor.map(|cursor| cursor.place(&(BY_NAME, genre))).transpose()?;
    let rows = queries::page(tx, viewer, genre, limit, after).await?;
    let page =
        Page::cut(rows, limit, |last: &ArtistRow| Cursor::at(&(BY_NAME, genre), &(&last.name_key, last.id)));
    let items = queries::with_figures(tx, viewer, page.items).await?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

/// One page of what was found, best first.
pub(super) async fn by_rank(
    tx: &mut Tx,
    viewer: Viewer,
    genre: Option<GenreId>,
    found: &Ranking<ArtistId>,
    limit: Limit,
) -> db::Result<Page<Artist>> {
    let page = found.page(queries::by_rank(tx, viewer, genre, found, limit).await?, limit, &(FOUND, genre));
    Ok(Page { items: listed(tx, viewer, &page.items).await?, next_cursor: page.next_cursor })
}

/// Those of `ids` that `viewer` sees, in the order of `ids`.
pub async fn listed(tx: &mut Tx, viewer: Viewer, ids: &[ArtistId]) -> db::Result<Vec<Artist>> {
    let rows = queries::listed(tx, viewer, ids).await?;
    let mut artists = queries::with_figures(tx, viewer, rows).await?;
    let places: HashMap<ArtistId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    artists.sort_by_key(|artist| places.get(&artist.id).copied());
    Ok(artists)
}

/// Changes a page that `account` manages.
///
/// # Errors
/// When it is not the account's, or a field is wrong.
pub async fn change(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    id: ArtistId,
    change: &ArtistChange,
) -> Result<(), CatalogueError> {
    change.check()?;
    let name = change.display_name.as_deref().map(tidy);
    let values = (name.as_deref(), change.bio.as_deref().map(str::trim));
    if !queries::update(tx, account, id, values, app.now()).await? {
        return Err(CatalogueError::NoArtist);
    }
    Ok(feed::append(tx, FEED, id, app.now()).await?)
}

/// Whether `account` manages the page: to be asked to is not enough.
///
/// # Errors
/// When it does not.
pub async fn check_managed(tx: &mut Tx, account: AccountId, id: ArtistId) -> Result<(), CatalogueError> {
    match queries::role(tx, account, id).await? {
        Some((_, true)) => Ok(()),
        _ => Err(CatalogueError::NoArtist),
    }
}

/// Who manages a page that `who` manages as well, and who is asked to. Admins, who make managers, see it of every page,
/// and it is written down that they looked.
///
/// # Errors
/// When it is not for `who`.
pub async fn managers(
    tx: &mut Tx,
    app: &App,
    who: &Account,
    id: ArtistId,
    (limit, cursor): (Limit, Option<&Cursor>),
) -> Result<Page<Manager>, CatalogueError> {
    match check_managed(tx, who.id, id).await {
        Err(CatalogueError::NoArtist) if who.role == Role::Admin => {
            check_visible(tx, Viewer::member(who.id), id).await?;
            audit::record(tx, &audit::Entry::new(app, Some(who.id), "artist.managers", &id, json!({})))
                .await?;
        }
        checked => checked?,
    }
    let after = cursor.map(|cursor| cursor.place(&(MANAGERS, id))).transpose()?;
    let rows = queries::managers(tx, id, limit, after).await?;
    Ok(Page::cut(rows, limit, |last| Cursor::at(&(MANAGERS, id), &(last.created_at.micros(), last.user_id))))
}

/// The pages that `account` manages or is asked to, the longest-managed first.
pub async fn managed(
    tx: &mut Tx,
    account: AccountId,
    limit: Limit,
    cursor: Option<&Cursor>,
) -> Result<Page<ManagedArtist>, CatalogueError> {
    let after = cursor.map(|cursor| cursor.place(MANAGED)).transpose()?;
    let rows = queries::managed_page(tx, account, limit, after).await?;
    let page = Page::cut(rows, limit, |(id, _, _, since)| Cursor::at(MANAGED, &(since.micros(), *id)));
    let ids: Vec<ArtistId> = page.items.iter().map(|(id, ..)| *id).collect();
    let mut artists = listed(tx, Viewer::member(account), &ids).await?.into_iter().peekable();
    // Both are in the same order; a page that went meanwhile is left out.
    let managed = page.items.into_iter().filter_map(|(id, role, accepted, managed_since)| {
        let artist = artists.next_if(|artist| artist.id == id)?;
        Some(ManagedArtist { artist, role, accepted, managed_since })
    });
    Ok(Page { items: managed.collect(), next_cursor: page.next_cursor })
}

/// One of those who manage a page that `account` manages as well, or are asked to. Whoever is asked sees what to.
///
/// # Errors
/// When the page is not the account's, or `other` does not manage it.
pub async fn manager(
    tx: &mut Tx,
    account: AccountId,
    id: ArtistId,
    other: AccountId,
) -> Result<Manager, CatalogueError> {
    let found = queries::manager(tx, id, other).await?;
    if found.is_none() || account != other {
        check_managed(tx, account, id).await?;
    }
    found.ok_or(CatalogueError::NoAccount)
}

/// Asks `other` to manage a page that `who` owns, or to do something else there; whoever names themselves and what they
/// are asked says yes. Admins make managers of every page without asking:
/// those of the library belong to nobody before, and others lose their owners. That is written down. Answers whether the
/// role of `other` changed by that: the caller then has the account [forgotten](identity::Identity::forget).
///
/// # Errors
/// When the page is not theirs, there is no such account, the page would be left without an owner, or `who` asks too many.
pub async fn put_manager(
    tx: &mut Tx,
    app: &App,
    who: &Account,
    id: ArtistId,
    (other, role): (AccountId, ManagerRole),
) -> Result<bool, CatalogueError> {
    let own = queries::managed(tx, who.id, id).await?;
    let is_owner = own == Some((ManagerRole::Owner, true));
    let is_admin = who.role == Role::Admin && !is_owner;
    match own {
        _ if is_owner => {}
        Some((asked, _)) if (other, role) == (who.id, asked) => {}
        _ if is_admin => check_visible(tx, Viewer::member(who.id), id).await?,
        Some(_) => return Err(CatalogueError::NotAnOwner),
        None => return Err(CatalogueError::NoArtist),
    }
    if !queries::has_account(tx, other).await? {
        return Err(CatalogueError::NoAccount);
    }
    if is_admin {
        let detail = json!({"account": other, "role": role});
        audit::record(tx, &audit::Entry::new(app, Some(who.id), "artist.manager", &id, detail)).await?;
    }
    let accepted = is_admin || other == who.id;
    let is_news = other != who.id && queries::role(tx, other, id).await?.is_none_or(|(was, _)| was != role);
    if is_news && !is_admin {
        app.limits
            .take(INVITE, &who.id.to_string(), app.now())
            .map_err(CatalogueError::TooManyInvitations)?;
    }
    queries::put_manager(tx, id, other, (role, accepted), app.now()).await?;
    if !queries::has_owner(tx, id).await? {
        return Err(CatalogueError::LastOwner);
    }
    queries::take_from_library(tx, id).await?;
    feed::append(tx, FEED, id, app.now()).await?;
    if is_news {
        tell(tx, app, id, other).await?;
    }
    // Nobody becomes an artist by being asked.
    Ok(accepted && accounts::make_artist(tx, other).await?)
}

async fn tell(tx: &mut Tx, app: &App, artist: ArtistId, account: AccountId) -> db::Result<()> {
    let changed = Event::ManagerChanged { artist, account };
    outbox::emit(tx, &changed, app.id::<EventId>(), app.now()).await
}

/// Takes a page out of the hands of `other`, or takes back that it was asked: owners may do so with anybody, and everybody
/// with themselves.
///
/// # Errors
/// When the page is not theirs, `other` does not manage it, or the page would be left without an owner.
pub async fn delete_manager(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    id: ArtistId,
    other: AccountId,
) -> Result<(), CatalogueError> {
    match queries::managed(tx, account, id).await? {
        None => return Err(CatalogueError::NoArtist),
        Some((ManagerRole::Owner, true)) => {}
        Some(_) if account == other => {}
        Some(_) => return Err(CatalogueError::NotAnOwner),
    }
    if !queries::delete_manager(tx, id, other).await? {
        return Err(CatalogueError::NoAccount);
    }
    if !queries::has_owner(tx, id).await? {
        return Err(CatalogueError::LastOwner);
    }
    tell(tx, app, id, other).await?;
    Ok(feed::append(tx, FEED, id, app.now()).await?)
}

/// Whether `viewer` sees the page.
///
/// # Errors
/// When it does not.
pub async fn check_visible(tx: &mut Tx, viewer: Viewer, id: ArtistId) -> Result<(), CatalogueError> {
    queries::visible(tx, viewer, id).await?.map(|_| ()).ok_or(CatalogueError::NoArtist)
}
