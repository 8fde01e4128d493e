//! What artists see of disputes: their own part of what is contested, and what came of it.

use axum::extract::State;
use identity::Account;
use infra::http::{ApiResult, Json, Path, Query};
use kernel::{Amount, ArtistId, Cursor, DisputeId, Limit, Page, Time, TrackId};
use music::catalogue::{CatalogueError, artist};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    DisputeError,
    queries::{self, ShareRow},
};
use crate::Commerce;

/// The name of the list in its cursors.
const LIST: &str = "artist-disputes";

/// A contested session as those see it whose page shares in it: whose it is they are not told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtistDispute {
    id: DisputeId,
    /// What was heard.
    track_id: TrackId,
    #[schema(example = "Lanterns Coming Home")]
    title: String,
    /// When the session ended.
    settled_at: Time,
    /// The page's share of what it cost.
    amount: Amount,
    /// listener, or instance: where the voucher, the ledger and what was delivered disagree.
    #[schema(example = "listener")]
    raised_by: String,
    /// In the words of whoever raised it.
    #[schema(example = "I fell asleep with the volume off")]
    reason: String,
    /// open, upheld (the share went back to the listener) or dismissed (it stays).
    #[schema(example = "open")]
    status: String,
    opened_at: Time,
    resolved_at: Option<Time>,
    /// What was said with the decision.
    #[schema(example = "The server was not reached that evening")]
    note: Option<String>,
}

impl From<ShareRow> for ArtistDispute {
    fn from(row: ShareRow) -> Self {
        Self {
            id: row.id,
            track_id: row.track,
            title: row.title,
            settled_at: row.settled_at,
            amount: Amount { asset: row.asset, minor: row.amount },
            raised_by: row.raised_by,
            reason: row.reason,
            status: row.state,
            opened_at: row.opened_at,
            resolved_at: row.resolved_at,
            note: row.note,
        }
    }
}

/// Where the list goes on, and how far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ArtistDisputeList {
    /// How many items a page holds.
    #[serde(default)]
    limit: Limit,
    /// Where to go on.
    cursor: Option<Cursor>,
}

/// Lists what is or was contested of an artist's earnings, the newest first, to those who manage the page.
#[utoipa::path(
    get, path = "/api/v1/artists/{id}/disputes", operation_id = "listArtistDisputes", tag = "artists",
    params(("id" = ArtistId, Path), ArtistDisputeList),
    responses((status = 200, description = "A page of disputes", body = Page<ArtistDispute>)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found", "invalid_cursor"]))
    ),
)]
pub(super) async fn list_artist_disputes(
    State(commerce): State<Commerce>,
    who: Account,
    Path(id): Path<ArtistId>,
    Query(list): Query<ArtistDisputeList>,
) -> ApiResult<Json<Page<ArtistDispute>>> {
    let page: Result<_, DisputeError> = db::snapshot!(commerce.app.db, |tx| {
        artist::check_managed(tx, who.id, id).await.map_err(|error| match error {
            CatalogueError::Db(error) => error.into(),
            _ => DisputeError::ArtistNotFound(id),
        })?;
        let before = list.cursor.as_ref().map(|cursor| cursor.place(&(LIST, id))).transpose()?;
        let rows = queries::of_artist(tx, (who.id, id), before, list.limit).await?;
        Ok(Page::cut(rows, list.limit, |last| Cursor::at(&(LIST, id), &(last.opened_at, last.id))))
    });
    Ok(Json(page?.map(ArtistDispute::from)))
}
