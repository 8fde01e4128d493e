use std::{
    fs::File,
    io::{self, Write},
    time::Duration,
};

use axum::extract::{
    FromRequest, Multipart, Request,
    multipart::{Field, MultipartError},
};
use kernel::{ErrorCode, Fault, FieldError};

use super::{ApiError, Meter};
use crate::{App, TempFile};

/// The longest time that a form may take to come.
const WHOLE: Duration = Duration::from_mins(3);

/// A multipart form (RFC 7578) on its way in, to be read field by field. Little of it is ever in memory.
#[derive(Debug)]
pub struct Form {
    parts: Multipart,
    meter: Meter,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let meter = Meter::default();
        // How large it may be is the operation's to say, by its body limit.
        let parts = Multipart::from_request(meter.pace(request, u64::MAX), state).await;
        let wrong =
            |_| ApiError::new(ErrorCode::UnsupportedMediaType, "send the body as multipart/form-data");
        parts.map(|parts| Self { parts, meter }).map_err(wrong)
    }
}

/// Why a form was not taken.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// A field that is missing, or that the form does not have.
    #[error("{}", .0.detail)]
    Field(FieldError),
    /// A file is larger than this many bytes, or the form larger than its operation takes.
    #[error("the file is larger than the {} MiB that this operation takes", .0 >> 20)]
    TooLarge(u64),
    /// It broke off, or is no form.
    #[error("the form cannot be read: {0}")]
    Malformed(String),
    /// The file cannot be kept here.
    #[error("keeping an uploaded file: {0}")]
    Io(#[from] io::Error),
}

impl Fault for FormError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Field(_) => ErrorCode::ValidationFailed,
            Self::TooLarge(_) => ErrorCode::PayloadTooLarge,
            Self::Malformed(_) => ErrorCode::InvalidRequest,
            Self::Io(e) => match e.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::InsufficientStorage,
                _ => ErrorCode::Internal,
            },
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Field(field) => vec![field.clone()],
            _ => Vec::new(),
        }
    }
}

fn unreadable(e: &MultipartError, limit: u64) -> FormError {
    if e.status() == 413 { FormError::TooLarge(limit) } else { FormError::Malformed(e.body_text()) }
}

impl Form {
    /// The file of a form that has the one field `name`, kept for as long as the answer is, where there is room for it.
    pub async fn only_file(self, app: &App, name: &str, limit: u64) -> Result<TempFile, FormError> {
        let late = || FormError::Malformed(format!("it took more than {} s", WHOLE.as_secs()));
        tokio::time::timeout(WHOLE, self.read(app, name, limit)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn read(mut self, app: &App, name: &str, limit: u64) -> Result<TempFile, FormError> {
        let mut file = None;
        let Self { parts, meter } = &mut self;
        while let Some(field) = parts.next_field().await.map_err(|e| unreadable(&e, limit))? {
            meter.came_out();
            let given = field.name().unwrap_or_default();
            if given != name || file.is_some() {
                return Err(FormError::Field(FieldError::new(
                    format!("/{}", given.replace('~', "~0").replace('/', "~1")),
                    "unknown_field",
                    format!("the form has one field, {name}"),
                )));
            }
            file = Some(save(app, field, meter, limit).await?);
        }
        let missing =
            || FieldError::new(format!("/{name}"), "required", format!("the form lacks the field {name}"));
        file.ok_or_else(|| FormError::Field(missing()))
    }
}

/// Writes a field to a file as it arrives, and stops at the first byte beyond `limit`.
async fn save(app: &App, mut field: Field<'_>, meter: &Meter, limit: u64) -> Result<TempFile, FormError> {
    let temp = TempFile::new(app);
    let mut file = File::create_new(temp.path())?;
    let mut room = app.room.promise(&app.config.data, 0)?;
    let mut size = 0_u64;
    while let Some(bytes) = field.chunk().await.map_err(|e| unreadable(&e, limit))? {
        meter.came_out();
        size = size.saturating_add(bytes.len() as u64);
        if size > limit {
            return Err(FormError::TooLarge(limit));
        }
        let written = tokio::task::spawn_blocking(move || {
            room.spend(bytes.len() as u64, || file.write_all(&bytes)).map(|()| (file, room))
        });
        (file, room) = written.await.map_err(io::Error::other)??;
    }
    Ok(temp)
}
