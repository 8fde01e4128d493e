use std::io;

use axum::extract::{
    FromRequest, Multipart, Request,
    multipart::{Field, MultipartError},
};
use kernel::{ErrorCode, Fault, FieldError};
use tokio::{fs::File, io::AsyncWriteExt};

use super::ApiError;
use crate::{App, TempFile};

/// A multipart form (RFC 7578) on its way in, to be read field by field.
#[derive(Debug)]
pub struct Form(Multipart);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let form = Multipart::from_request(request, state).await;
        let wrong =
            |_| ApiError::new(ErrorCode::UnsupportedMediaType, "send the body as multipart/form-data");
        form.map(Self).map_err(wrong)
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
    /// The form's next field, if there is another. `limit` is what the operation takes, for the answer when the whole
    /// form is larger.
    async fn next(&mut self, limit: u64) -> Result<Option<Field<'_>>, FormError> {
        self.0.next_field().await.map_err(|e| unreadable(&e, limit))
    }

    /// The file of a form that has the one field `name`, kept for as long as the answer is.
    pub async fn only_file(mut self, app: &App, name: &str, limit: u64) -> Result<TempFile, FormError> {
        let mut file = None;
        while let Some(field) = self.next(limit).await? {
            let given = field.name().unwrap_or_default();
            if given != name || file.is_some() {
                return Err(FormError::Field(FieldError::new(
                    format!("/{}", given.replace('~', "~0").replace('/', "~1")),
                    "unknown_field",
                    format!("the form has one field, {name}"),
                )));
            }
            file = Some(save(app, field, limit).await?);
        }
        let missing =
            || FieldError::new(format!("/{name}"), "required", format!("the form lacks the field {name}"));
        file.ok_or_else(|| FormError::Field(missing()))
    }
}

/// Writes a field to a file as it arrives, and stops at the first byte beyond `limit`.
async fn save(app: &App, mut field: Field<'_>, limit: u64) -> Result<TempFile, FormError> {
    let temp = TempFile::new(app);
    let mut file = File::create_new(temp.path()).await?;
    let mut size = 0_u64;
    while let Some(bytes) = field.chunk().await.map_err(|e| unreadable(&e, limit))? {
        size = size.saturating_add(bytes.len() as u64);
        if size > limit {
            return Err(FormError::TooLarge(limit));
        }
        file.write_all(&bytes).await?;
    }
    file.flush().await?;
    Ok(temp)
}
