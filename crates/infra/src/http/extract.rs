use axum::{
    body::{Bytes, HttpBody as _},
    extract::{
        FromRequest, FromRequestParts, OptionalFromRequest, OriginalUri, Request, rejection::BytesRejection,
    },
    response::{IntoResponse, Response},
};
use http::{header, request::Parts};
use kernel::{ErrorCode, FieldError};
use serde::{Serialize, de::DeserializeOwned};
use serde_path_to_error::Segment;

use super::ApiError;

/// A JSON body. Coming in: unknown fields are the type's to refuse (`deny_unknown_fields`), and what is wrong is
/// named by a JSON Pointer. Going out: the answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/json" && !kind.ends_with("+json") {
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType, "send the body as application/json"));
        }
        let body = Bytes::from_request(request, state).await.map_err(|e| body_error(&e))?;
        from_json(&body).map(Self)
    }
}

/// A body that may be left out.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        if request.body().is_end_stream() {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

/// The value that `text` describes: a body, or a part of one.
///
/// # Errors
/// As [`Json`].
pub fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| json_error(text, &e))?;
    reader
        .end()
        .map_err(|e| ApiError::new(ErrorCode::InvalidRequest, format!("after the JSON value: {e}")))?;
    Ok(value)
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn body_error(e: &BytesRejection) -> ApiError {
    match e.status().as_u16() {
        413 => ApiError::new(ErrorCode::PayloadTooLarge, "the body is larger than this operation takes"),
        _ => ApiError::new(ErrorCode::InvalidRequest, "the body broke off"),
    }
}

fn json_error(text: &[u8], e: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let inner = e.inner();
    // What is JSON and yet no syntax for the reader is a null, say, where one of several words belongs.
    let other = !inner.is_data() && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
    if !inner.is_data() && !other {
        return ApiError::new(ErrorCode::InvalidRequest, format!("the body is not JSON: {inner}"));
    }
    // serde ends its sentences with a position that means nothing once the field is named.
    let said = if other { "not a value that belongs here".to_owned() } else { inner.to_string() };
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said).to_owned();
    let mut parts: Vec<String> = e.path().iter().filter_map(part).collect();
    // Unknown and missing fields are reported at their parent; the name stands in the sentence.
    let named = said.split('`').nth(1).map(escape);
    let code = match named {
        Some(name) if said.starts_with("unknown field") => {
            if parts.last() != Some(&name) {
                parts.push(name);
            }
            "unknown_field"
        }
        Some(name) if said.starts_with("missing field") => {
            parts.push(name);
            "required"
        }
        _ => "wrong_type",
    };
    let pointer: String = parts.iter().flat_map(|part| ["/", part]).collect();
    ApiError::new(ErrorCode::ValidationFailed, said.clone())
        .with_fields(vec![FieldError::new(pointer, code, said)])
}

/// A step of a path as a part of a JSON Pointer.
fn part(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(escape(key)),
        Segment::Enum { variant } => Some(escape(variant)),
        Segment::Unknown => None,
    }
}

/// A key as a part of a JSON Pointer (RFC 6901).
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The query of a request. A parameter that the operation does not have answers 422, a value that is wrong 400, both with
/// the name of the parameter. Unknown ones are the type's to refuse (`deny_unknown_fields`).
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let reader = serde_urlencoded::Deserializer::new(form_pairs(query));
        serde_path_to_error::deserialize(reader).map(Self).map_err(|e| {
            let said = e.inner().to_string();
            // What is missing or unknown has no place of its own; its name stands in the sentence.
            let name = match e.path().to_string() {
                root if root == "." => said.split('`').nth(1).unwrap_or_default().to_owned(),
                path => path,
            };
            let unknown = said.starts_with("unknown field");
            let (code, kind) = if unknown {
                (ErrorCode::ValidationFailed, "unknown_field")
            } else {
                (ErrorCode::InvalidRequest, "invalid")
            };
            let said = if unknown { said.replacen("field", "parameter", 1) } else { said };
            let field = FieldError::new(format!("/{}", escape(&name)), kind, said.clone());
            ApiError::new(code, format!("query parameter {name}: {said}")).with_fields(vec![field])
        })
    }
}

fn form_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

/// The parameters of a path. What does not parse is a thing that does not exist: 404.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if let Ok(axum::extract::Path(value)) = axum::extract::Path::from_request_parts(parts, state).await {
            return Ok(Self(value));
        }
        let uri = OriginalUri::from_request_parts(parts, state).await.map(|u| u.0.path().to_owned());
        let path = uri.unwrap_or_default();
        Err(ApiError::new(ErrorCode::NotFound, format!("there is nothing at {path}")))
    }
}
