//! The least that a list can cost: the same statement through the driver alone, in a handler that knows nothing
//! else. Its text is a copy of what the default list of tracks sends for a member.

use std::{net::SocketAddr, path::Path};

use anyhow::{Context, Result};
use axum::{Json, Router, extract::State, routing::get};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{PgPool, Row, SqlitePool, postgres::PgPoolOptions, sqlite::SqlitePoolOptions};
use uuid::Uuid;

/// $1: the account, $2: how many and one. The names of genres are gathered in JSON.
macro_rules! tracks {
    ($gather:literal) => {
        concat!(
            "
    SELECT t.id, t.title, t.title_key, t.artist_id, ar.display_name, t.artist_credit, al.id, al.title, t.disc_no,
        t.track_no, t.duration_ms, t.visibility, t.explicit, t.isrc, t.release_date, t.released_order,
        t.price_per_second, t.preview_start_ms, t.preview_length_ms, COALESCE(t.cover_id, al.cover_id), t.play_count,
        t.like_count, t.available, t.created_at, t.published_at,
        (SELECT CAST(", $gather, "(n.name ORDER BY g.position) AS TEXT) FROM track_genre g
            JOIN genre n ON n.id = g.genre_id WHERE g.track_id = t.id),
        EXISTS (SELECT 1 FROM track_like li WHERE li.account_id = $1 AND li.track_id = t.id) OR FALSE
    FROM (
        SELECT id FROM (
            SELECT * FROM (SELECT t.id, t.id AS k FROM track t WHERE t.visibility = 'public' AND t.available
                AND t.deleted_at IS NULL ORDER BY t.id DESC LIMIT $2) AS one
            UNION ALL
            SELECT * FROM (SELECT t.id, t.id AS k FROM track t WHERE t.visibility = 'members' AND t.available
                AND t.deleted_at IS NULL ORDER BY t.id DESC LIMIT $2) AS two
            UNION ALL
            SELECT * FROM (SELECT t.id, t.id AS k FROM artist_manager m CROSS JOIN track t
                WHERE m.account_id = $1 AND m.accepted AND t.artist_id = m.artist_id AND t.deleted_at IS NULL
                    AND NOT (t.available AND t.visibility IN ('public', 'members'))
                ORDER BY t.id DESC LIMIT $2) AS own
        ) AS merged ORDER BY k DESC, id DESC LIMIT $2
    ) AS page CROSS JOIN track t JOIN artist ar ON ar.id = t.artist_id
    LEFT JOIN album al ON al.id = t.album_id AND al.deleted_at IS NULL AND (al.visibility = 'public'
        OR al.visibility = 'members'
        OR EXISTS (SELECT 1 FROM artist_manager am WHERE am.artist_id = al.artist_id AND am.account_id = $1 AND am.accepted))
    WHERE t.id = page.id ORDER BY t.id DESC"
        )
    };
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Track {
    id: Uuid,
    title: String,
    artist: Value,
    artist_credit: Option<String>,
    album: Option<Value>,
    disc_no: i64,
    track_no: i64,
    genres: Vec<String>,
    duration_ms: i64,
    visibility: String,
    explicit: bool,
    isrc: Option<String>,
    release_date: Option<String>,
    released_at: i64,
    price_per_second: Option<i64>,
    preview: [i64; 2],
    cover_url: Option<Uuid>,
    play_count: i64,
    like_count: i64,
    available: bool,
    created_at: i64,
    published_at: Option<i64>,
    liked: bool,
    stream_url: String,
    waveform_url: String,
}

/// Both handlers; only the types of the driver differ.
macro_rules! handler {
    ($name:ident, $pool:ty, $gather:literal) => {
        async fn $name(State((pool, account)): State<($pool, Uuid)>) -> Json<Value> {
            let rows = sqlx::query(tracks!($gather)).bind(account).bind(21_i64).fetch_all(&pool).await.unwrap_or_default();
            let tracks: Vec<Track> = rows
                .iter()
                .take(20)
                .map(|row| {
                    let id: Uuid = row.get(0);
                    Track {
                        id,
                        title: row.get(1),
                        artist: json!({"id": row.get::<Uuid, _>(3), "name": row.get::<String, _>(4)}),
                        artist_credit: row.get(5),
                        album: row
                            .get::<Option<Uuid>, _>(6)
                            .map(|id| json!({"id": id, "title": row.get::<String, _>(7)})),
                        disc_no: row.get(8),
                        track_no: row.get(9),
                        genres: names(row.get(25)),
                        duration_ms: row.get(10),
                        visibility: row.get(11),
                        explicit: row.get(12),
                        isrc: row.get(13),
                        release_date: row.get(14),
                        released_at: row.get(15),
                        price_per_second: row.get(16),
                        preview: [row.get(17), row.get(18)],
                        cover_url: row.get(19),
                        play_count: row.get(20),
                        like_count: row.get(21),
                        available: row.get(22),
                        created_at: row.get(23),
                        published_at: row.get(24),
                        liked: row.get(26),
                        stream_url: format!("/api/v1/tracks/{id}/stream"),
                        waveform_url: format!("/api/v1/tracks/{id}/waveform"),
                    }
                })
                .collect();
            Json(json!({"items": tracks, "nextCursor": null}))
        }
    };
}

fn names(json: Option<String>) -> Vec<String> {
    json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
}

handler!(sqlite, SqlitePool, "json_group_array");
handler!(postgres, PgPool, "json_agg");

/// Serves the list on `listen`, for the first account.
pub async fn serve(listen: SocketAddr, data: &Path) -> Result<()> {
    const ACCOUNT: &str = "SELECT id FROM account ORDER BY id LIMIT 1";
    let router = if let Ok(url) = std::env::var("RESONANCE__DB__URL") {
        let pool = PgPoolOptions::new().test_before_acquire(false).connect(&url).await?;
        let account: Uuid = sqlx::query(ACCOUNT).fetch_one(&pool).await?.get(0);
        Router::new().route("/api/v1/tracks", get(postgres)).with_state((pool, account))
    } else {
        let path = data.join("resonance.db");
        let path = path.to_str().context("the folder's name")?;
        let pool = SqlitePoolOptions::new().test_before_acquire(false).connect(path).await?;
        let account: Uuid = sqlx::query(ACCOUNT).fetch_one(&pool).await?.get(0);
        Router::new().route("/api/v1/tracks", get(sqlite)).with_state((pool, account))
    };
    let listener = tokio::net::TcpListener::bind(listen).await?;
    println!("Resonance is at nothing but the floor");
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |io| drop(io.set_nodelay(true))), router).await?;
    Ok(())
}
