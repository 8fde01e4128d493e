//! Imports as an admin's job.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use axum::extract::State;
use db::job::{self, BoxError, Handler, JobContext, NewJob};
use http::StatusCode;
use identity::Admin;
use infra::{
    App,
    http::{ApiResult, Json, Query, Routes},
    place, routes,
};
use kernel::{AccountId, Cursor, ImportId, JobId, Limit, Page, Time};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use utoipa::{IntoParams, ToSchema};

use super::{ImportError, ImportState, Options, Progress, Report, progress::Troubles, queries, run};
use crate::Music;

/// The kind of the jobs.
const JOB: &str = "import";
/// Runs of a job whose worker dies.
const ATTEMPTS: u32 = 3;
/// How often a running job tells how far it is.
const TELL: Duration = Duration::from_millis(500);

/// The routes of this module.
pub fn routes() -> Routes<Music> {
    Routes::new().routes(routes!(list_imports, start_import)).routes(routes!(list_import_roots))
}

/// What runs the jobs of this module.
pub fn jobs(music: &Music) -> impl IntoIterator<Item = Handler> {
    let music = music.clone();
    [Handler::new(JOB, move |context| {
        let music = music.clone();
        async move { work(&music, context).await }
    })]
}

/// A folder to import.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImportRequest {
    /// The absolute path of the folder on the server, within one of `import.roots`.
    #[schema(example = "/srv/music")]
    pub path: String,
}

/// The job that imports.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportStarted {
    /// What to ask for at `/jobs/{id}`. Its `result` has the counts of the import and, as `troubles`, the first hundred
    /// files and folders that were left alone: each with its `path`, in which bytes that are no UTF-8 stand as private
    /// characters, and the `reason`.
    pub job: JobId,
}

/// One run of an import.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Import {
    /// The run.
    pub id: ImportId,
    /// The folder. Bytes of its path that are no UTF-8 stand as private characters.
    #[schema(example = "/srv/music")]
    pub path: String,
    /// How it stands.
    pub state: ImportState,
    /// Why it did not come to its end.
    pub error: Option<String>,
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    pub finished_at: Option<Time>,
    /// Sound files come upon.
    pub seen: i64,
    /// Files that had not changed and were not opened.
    pub unchanged: i64,
    /// New tracks.
    pub added: i64,
    /// Tracks whose files changed or came back.
    pub updated: i64,
    /// Tracks whose files have another path now.
    pub moved: i64,
    /// Files that are not there any more.
    pub missing: i64,
    /// Files that cannot be played, those among them that have not changed and were not opened.
    pub broken: i64,
    /// Links that were not followed, and folders that could not be opened.
    pub skipped: i64,
}

/// Where a list goes on, and how far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportList {
    /// How many items a page holds.
    #[serde(default)]
    pub limit: Limit,
    /// Where to go on.
    pub cursor: Option<Cursor>,
}

/// Lists the imports, the newest first.
///
/// Those that the command line made are among them.
#[utoipa::path(
    get, path = "/api/v1/admin/imports", operation_id = "listImports", tag = "admin",
    params(ImportList),
    responses((status = 200, description = "A page of imports", body = Page<Import>)),
    extensions(
        ("x-authz" = json!({"object": "import", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_imports(
    State(music): State<Music>,
    _: Admin,
    Query(list): Query<ImportList>,
) -> ApiResult<Json<Page<Import>>> {
    Ok(Json(recent(&music.app, &list).await?))
}

/// Imports a folder of the server in the background.
///
/// The folder lies within `import.roots`. If its import waits or runs already as a job, that job is answered.
#[utoipa::path(
    post, path = "/api/v1/admin/imports", operation_id = "startImport", tag = "admin",
    request_body = ImportRequest,
    responses((status = 202, description = "The job that imports", body = ImportStarted)),
    extensions(
        ("x-authz" = json!({"object": "import", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["import_root_refused", "import_running", "validation_failed"]))
    ),
)]
async fn start_import(
    State(music): State<Music>,
    Admin(admin): Admin,
    Json(request): Json<ImportRequest>,
) -> ApiResult<(StatusCode, Json<ImportStarted>)> {
    let job = enqueue(&music.app, request.path, admin.id).await?;
    Ok((StatusCode::ACCEPTED, Json(ImportStarted { job })))
}

/// The folders of the server that may be imported.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ImportRoots {
    /// As in `import.roots`; a folder within one of them may be imported as well.
    roots: Vec<ImportRoot>,
}

/// A folder that may be imported.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ImportRoot {
    /// Its path. Bytes that are no UTF-8 stand as private characters.
    #[schema(example = "/srv/music")]
    path: String,
    /// Whether it is there and can be read.
    available: bool,
}

/// Lists the folders that may be imported.
#[utoipa::path(
    get, path = "/api/v1/admin/imports/roots", operation_id = "listImportRoots", tag = "admin",
    responses((status = 200, description = "The folders", body = ImportRoots)),
    extensions(
        ("x-authz" = json!({"object": "import", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!([]))
    ),
)]
async fn list_import_roots(State(music): State<Music>, _: Admin) -> Json<ImportRoots> {
    let mut roots = Vec::new();
    for root in &music.app.config.import.roots {
        roots.push(ImportRoot { path: place::text(root), available: super::folder(root).await.is_ok() });
    }
    Json(ImportRoots { roots })
}

async fn recent(app: &App, list: &ImportList) -> Result<Page<Import>, ImportError> {
    let after = list.cursor.as_ref().map(|cursor| cursor.place(queries::IMPORTS)).transpose()?;
    Ok(db::read!(app.db, |tx| queries::imports(tx, after, list.limit).await)?)
}

#[derive(Serialize, Deserialize)]
struct Payload {
    /// The folder as the place of a file.
    root: String,
}

/// Enqueues the import of the folder at `path` for `owner`.
async fn enqueue(app: &App, path: String, owner: AccountId) -> Result<JobId, ImportError> {
    let root = place::text(&permitted(app, Path::new(&path)).await?);
    let (id, now, key) = (app.id::<JobId>(), app.now(), format!("{JOB}:{root}"));
    let mut new = NewJob::new(JOB, Payload { root: root.clone() }.json(), now);
    (new.unique_key, new.owner, new.max_attempts) = (Some(key), Some(owner), ATTEMPTS);
    db::write!(app.db, |tx| {
        let job = job::enqueue(tx, &new, id, now).await?;
        // Either a job of the same folder does the work, or a command is at it.
        if job == id && queries::running(tx).await?.iter().any(|other| other.shares_files_with(&root)) {
            return Err(ImportError::Running(root.clone()));
        }
        Ok(job)
    })
}

impl Payload {
    fn json(&self) -> serde_json::Value {
        serde_json::json!({"root": self.root})
    }
}

/// The folder that `path` names, if that is one within `import.roots`, links followed. Whatever is wrong, the answer
/// is the same: what is elsewhere on the server is nobody's business.
async fn permitted(app: &App, folder: &Path) -> Result<PathBuf, ImportError> {
    let refused = || ImportError::Refused(folder.display().to_string());
    if !folder.is_absolute() {
        return Err(refused());
    }
    let real = super::folder(folder).await.map_err(|_| refused())?;
    for root in &app.config.import.roots {
        if super::folder(root).await.is_ok_and(|root| real.starts_with(root)) {
            return Ok(real);
        }
    }
    Err(refused())
}

/// What came of a job.
#[derive(Serialize)]
struct Outcome {
    #[serde(flatten)]
    report: Report,
    troubles: Troubles,
}

/// Runs a job to its end, telling how far it is.
async fn work(music: &Music, context: JobContext) -> Result<Outcome, BoxError> {
    let Payload { root } = context.payload()?;
    // The configuration, or a link, may be another by now.
    let root = permitted(&music.app, &place::path(&root)).await?;
    let (tell, mut told) = watch::channel((0_u64, 0_u64));
    let mut troubles = Troubles::default();
    let mut progress = |event| match event {
        Progress::Counts { counts, total } => {
            tell.send_replace((counts.seen, total.unwrap_or(0).max(counts.seen)));
        }
        Progress::Trouble(trouble) => troubles.keep(trouble),
        Progress::Done(_) => {}
    };
    let jobs = music.app.config.media.children.unwrap_or(1);
    let options = Options { root, watch: false, jobs, count: true };
    let import = run(music.app.clone(), music.media.clone(), options, &mut progress, std::future::pending());
    // Beside the import, never in its place: a tell waits for the writer, which the import may hold.
    let say = async |(done, total): (u64, u64)| {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        context.progress(number(done), number(total)).await
    };
    let telling = async {
        let mut tick = tokio::time::interval(TELL);
        loop {
            tick.tick().await;
            let told = *told.borrow_and_update();
            if let Err(e) = say(told).await {
                return e;
            }
        }
    };
    let report = tokio::select! {
        report = import => report?,
        lost = telling => return Err(lost),
    };
    let seen = report.counts.seen;
    say((seen, seen)).await?;
    Ok(Outcome { report, troubles })
}
