use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use identity::{Account, Role};
use infra::{
    http::{ApiResult, Json, Routes},
    routes,
};
use media::Format;
use serde::Serialize;

use super::{
    UploadError,
    form::{self, Bounds},
    metadata::UploadMetadata,
    service,
    temp::TempFile,
};
use crate::{
    Music,
    catalogue::{CatalogueError, Tagged, TrackDetail},
};

/// The longest silence of a sender.
const IDLE: Duration = Duration::from_secs(30);
/// The longest upload.
const WHOLE: Duration = Duration::from_hours(1);

/// The routes of this module.
pub fn routes() -> Routes<Music> {
    Routes::new().routes(routes!(upload_track)).routes(routes!(get_upload_limits))
}

/// What may be uploaded.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct UploadLimits {
    /// The kinds of sound file that are accepted. What a file is is told by its content; this is for choosing.
    formats: Vec<UploadFormat>,
    /// The largest file, in bytes.
    #[schema(example = 52_428_800)]
    max_bytes: u64,
    /// What one artist page may keep here, in bytes.
    #[schema(example = 21_474_836_480_u64)]
    quota_bytes: u64,
}

/// A kind of sound file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct UploadFormat {
    /// What it is called here.
    #[schema(value_type = String, example = "flac")]
    name: &'static str,
    /// Its media type.
    #[schema(value_type = String, example = "audio/flac")]
    content_type: &'static str,
    /// How the names of such files usually end, without the dot.
    #[schema(value_type = String, example = "flac")]
    extension: &'static str,
}

/// Show what may be uploaded.
#[utoipa::path(
    get, path = "/api/v1/uploads/limits", operation_id = "getUploadLimits", tag = "tracks",
    responses((status = 200, description = "The limits", body = UploadLimits)),
    extensions(
        ("x-authz" = json!({"object": "upload", "allow": ["listener"], "visibility": "none"})),
        ("x-errors" = json!([]))
    ),
)]
async fn get_upload_limits(State(music): State<Music>, _: Account) -> Json<UploadLimits> {
    let upload = &music.app.config.upload;
    let format = |format: Format| UploadFormat {
        name: format.name(),
        content_type: format.content_type(),
        extension: format.extension(),
    };
    Json(UploadLimits {
        formats: Format::ALL.map(format).into(),
        max_bytes: upload.max_mib << 20,
        quota_bytes: upload.quota_mib << 20,
    })
}

/// A sound file and what is said of it.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only the document has it: the form is read part by part")]
struct Upload {
    /// MP3, WAV, M4A (AAC or ALAC), AAC, FLAC, Ogg Vorbis or Opus. What it is is told by its content.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// As JSON.
    metadata: Option<UploadMetadata>,
}

/// Upload a track.
///
/// It becomes a draft that only those see who manage its artist page, until they publish it. Title, artists, album,
/// genres, credits and cover are read from the file's tags where `metadata` leaves them out. The parts may come in any
/// order; pointers of errors lead into `metadata`.
#[utoipa::path(
    post, path = "/api/v1/tracks/upload", operation_id = "uploadTrack", tag = "tracks",
    request_body(content = Upload, content_type = "multipart/form-data"),
    responses((status = 201, description = "The draft", body = TrackDetail, headers(("ETag" = String)))),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!([
            "artist_not_found", "unsupported_audio", "corrupt_audio", "duplicate_audio", "quota_exceeded",
            "track_incomplete"
        ]))
    ),
)]
async fn upload_track(
    State(music): State<Music>,
    who: Account,
    request: Request,
) -> ApiResult<(StatusCode, Tagged<TrackDetail>)> {
    if who.role == Role::Listener {
        return Err(CatalogueError::NotAnArtist.into());
    }
    service::check_rate(&music, &who)?;
    let bounds = Bounds { file: music.app.config.upload.max_mib << 20, idle: IDLE, whole: WHOLE };
    let length = form::stated_length(&request);
    if length.is_some_and(|length| length > bounds.body()) {
        return Err(UploadError::TooLarge { mib: music.app.config.upload.max_mib }.into());
    }
    let _one = service::enter(&music, &who)?;
    let folder = music.app.config.data.join("tmp");
    let room = music.app.room.promise(&folder, length.unwrap_or(0)).map_err(UploadError::from)?;
    let id = music.app.ids.uuid(music.app.now());
    let form = form::read(request, bounds, || Ok((TempFile::create(&folder, id)?, room))).await?;
    Ok((StatusCode::CREATED, Tagged(service::accept(&music, &who, form).await?)))
}
