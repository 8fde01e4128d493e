//! The form of an upload, read part by part as it comes: never more of it in memory than a few pieces.

use std::{io, time::Duration};

use axum::{
    RequestExt,
    extract::{
        DefaultBodyLimit, Multipart, Request,
        multipart::{Field, MultipartError},
    },
};
use http::header;
use infra::{
    Promise,
    http::{ApiResult, Meter, from_json},
};
use kernel::{FieldError, Invalid};

use super::{
    UploadError,
    metadata::UploadMetadata,
    sink::{Arrived, Sink},
    temp::TempFile,
};

/// The longest `metadata` part, in bytes.
const METADATA: usize = 64 << 10;
/// What a form has beside its file at most, in bytes.
const AROUND: u64 = 1 << 20;

/// What an upload may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// The largest file, in bytes.
    pub(super) file: u64,
    /// The longest silence of the sender.
    pub(super) idle: Duration,
    /// The longest time for all of it.
    pub(super) whole: Duration,
}

impl Bounds {
    /// The largest body, in bytes.
    pub(super) fn body(&self) -> u64 {
        self.file.saturating_add(AROUND)
    }
}

/// What came.
#[derive(Debug)]
pub(super) struct Form {
    /// The part `file`.
    pub(super) file: Arrived,
    /// What the sender calls the file.
    pub(super) name: Option<String>,
    /// The part `metadata`.
    pub(super) metadata: UploadMetadata,
}

/// The length that the request states for its body.
pub(super) fn stated_length(request: &Request) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads the form in the body of `request`; its file goes into what `temp` makes, where there is room for it.
pub(super) async fn read(
    request: Request,
    bounds: Bounds,
    temp: impl FnOnce() -> io::Result<(TempFile, Promise)>,
) -> ApiResult<Form> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_form = |kind: &str| kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data");
    if !kind.is_some_and(is_form) {
        return Err(UploadError::NotAForm.into());
    }
    let meter = Meter::default();
    let mut request = meter.pace(request, bounds.body());
    // This body is measured here, and larger than others.
    DefaultBodyLimit::disable().apply(&mut request);
    let form = request.extract::<Multipart, _>().await;
    let form = form.map_err(|_| UploadError::Form("the content type names no boundary".to_owned()))?;
    let mut reader = Reader { form, meter: &meter, bounds };
    match tokio::time::timeout(bounds.whole, reader.parts(temp)).await {
        Ok(parts) => parts,
        Err(_) => Err(UploadError::Form(format!("it took more than {} s", bounds.whole.as_secs())).into()),
    }
}

struct Reader<'a> {
    form: Multipart,
    meter: &'a Meter,
    bounds: Bounds,
}

impl Reader<'_> {
    async fn parts(&mut self, temp: impl FnOnce() -> io::Result<(TempFile, Promise)>) -> ApiResult<Form> {
        let (mut temp, mut file, mut name, mut metadata) = (Some(temp), None, None, None);
        let Self { form, meter, bounds } = self;
        let patient = Patient { meter, bounds: *bounds };
        while let Some(mut field) = patient.wait(form.next_field()).await? {
            match field.name() {
                Some("file") => {
                    let make = temp.take().ok_or_else(|| once("/file"))?;
                    name = field.file_name().map(str::to_owned);
                    let (temp, room) = make().map_err(UploadError::from)?;
                    let mut sink = Sink::new(temp, room, bounds.file);
                    while let Some(bytes) = patient.wait(field.chunk()).await? {
                        sink.put(bytes).await?;
                    }
                    file = Some(sink.finish().await?);
                }
                Some("metadata") => {
                    let text = patient.text(&mut field).await?;
                    if metadata.replace(from_json(&text)?).is_some() {
                        return Err(once("/metadata").into());
                    }
                }
                _ => {
                    let pointer =
                        format!("/{}", field.name().unwrap_or_default().chars().take(50).collect::<String>());
                    return Err(
                        wrong(&pointer, "unknown_field", "the parts are `file` and `metadata`").into()
                    );
                }
            }
        }
        let file = file.ok_or_else(|| wrong("/file", "required", "the part `file` is missing"))?;
        Ok(Form { file, name, metadata: metadata.unwrap_or_default() })
    }
}

fn once(pointer: &str) -> UploadError {
    wrong(pointer, "duplicate", "this part comes once")
}

fn wrong(pointer: &str, code: &str, detail: &str) -> UploadError {
    Invalid(vec![FieldError::new(pointer, code, detail)]).into()
}

/// Waits for what the sender sends, within bounds.
struct Patient<'a> {
    meter: &'a Meter,
    bounds: Bounds,
}

impl Patient<'_> {
    async fn wait<T>(
        &self,
        next: impl Future<Output = Result<Option<T>, MultipartError>>,
    ) -> Result<Option<T>, UploadError> {
        let next = match tokio::time::timeout(self.bounds.idle, next).await {
            Ok(Ok(next)) => next,
            Ok(Err(_)) if self.meter.is_over() => {
                return Err(UploadError::TooLarge { mib: self.bounds.file >> 20 });
            }
            Ok(Err(_)) => {
                return Err(UploadError::Form("the form is not well formed, or broke off".to_owned()));
            }
            Err(_) => {
                let seconds = self.bounds.idle.as_secs();
                return Err(UploadError::Form(format!("nothing came for {seconds} s")));
            }
        };
        self.meter.came_out();
        Ok(next)
    }

    async fn text(&self, field: &mut Field<'_>) -> Result<Vec<u8>, UploadError> {
        let mut text = Vec::new();
        while let Some(bytes) = self.wait(field.chunk()).await? {
            text.extend_from_slice(&bytes);
            if text.len() > METADATA {
                return Err(wrong("/metadata", "too_long", "has at most 64 KiB"));
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        path::Path,
        sync::{
            Arc,
            atomic::{AtomicU64, Ordering},
        },
    };

    use axum::body::{Body, Bytes};
    use futures_util::{StreamExt, stream};
    use infra::{Room, http::ApiError};
    use kernel::ErrorCode;
    use uuid::Uuid;

    use super::*;

    const BOUNDS: Bounds =
        Bounds { file: 8 << 20, idle: Duration::from_millis(200), whole: Duration::from_secs(20) };
    const OPENING: &str = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\r\n";

    async fn read_from(folder: &Path, body: Body) -> Result<Form, ApiError> {
        let request = Request::builder().header("content-type", "multipart/form-data; boundary=b");
        let request = request.body(body).unwrap();
        let temp =
            || Ok((TempFile::create(folder, Uuid::from_u128(1))?, Room::default().promise(folder, 0)?));
        read(request, BOUNDS, temp).await
    }

    async fn refused(folder: &Path, body: Body) -> ErrorCode {
        let code = read_from(folder, body).await.expect_err("it is refused").code();
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "something is left");
        code
    }

    fn pieces(first: &str, piece: &'static [u8], count: usize, last: &str) -> Body {
        let middle = stream::iter(std::iter::repeat_n(Bytes::from_static(piece), count));
        let (first, last) = (Bytes::from(first.to_owned()), Bytes::from(last.to_owned()));
        let all = stream::iter([first]).chain(middle).chain(stream::iter([last]));
        Body::from_stream(all.map(Ok::<_, io::Error>))
    }

    #[tokio::test]
    async fn a_file_comes_whole_and_hashed() {
        let folder = tempfile::tempdir().unwrap();
        let body = pieces(OPENING, &[7; 16 << 10], 400, "\r\n--b--\r\n");
        let form = read_from(folder.path(), body).await.unwrap();
        let kept = std::fs::read(form.file.temp.path()).unwrap();
        assert_eq!((kept.len(), form.file.size), (6_553_600, 6_553_600));
        assert!(kept.iter().all(|byte| *byte == 7));
        let hash: [u8; 32] =
            sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(&kept)).into();
        assert_eq!(form.file.hash, hash);
        assert_eq!(form.name.as_deref(), Some("a.mp3"));
        drop(form);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_is_too_large_is_stopped_while_it_comes() {
        let folder = tempfile::tempdir().unwrap();
        let body = pieces(OPENING, &[7; 16 << 10], 516, "\r\n--b--\r\n");
        assert_eq!(refused(folder.path(), body).await, ErrorCode::PayloadTooLarge);
    }

    #[tokio::test]
    async fn what_never_becomes_a_part_is_not_collected() {
        let folder = tempfile::tempdir().unwrap();
        let taken = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&taken);
        let endless = stream::repeat_with(move || {
            count.fetch_add(16 << 10, Ordering::Relaxed);
            Ok::<_, io::Error>(Bytes::from_static(&[b'-'; 16 << 10]))
        });
        assert_eq!(refused(folder.path(), Body::from_stream(endless)).await, ErrorCode::InvalidRequest);
        let taken = taken.load(Ordering::Relaxed);
        assert!(taken < 2 << 20, "{taken} bytes were taken");
    }

    #[tokio::test]
    async fn silence_and_broken_connections_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let opening = || stream::iter([Ok(Bytes::from(format!("{OPENING}abc")))]);
        let silent = Body::from_stream(opening().chain(stream::pending::<io::Result<Bytes>>()));
        assert_eq!(refused(folder.path(), silent).await, ErrorCode::InvalidRequest);
        let cut = stream::iter([Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
        let cut = Body::from_stream(opening().chain(cut));
        assert_eq!(refused(folder.path(), cut).await, ErrorCode::InvalidRequest);
        let ends = Body::from_stream(opening());
        assert_eq!(refused(folder.path(), ends).await, ErrorCode::InvalidRequest);
        // The caller goes away while the file comes.
        let silent = Body::from_stream(opening().chain(stream::pending::<io::Result<Bytes>>()));
        let waiting = tokio::time::timeout(Duration::from_millis(50), read_from(folder.path(), silent)).await;
        assert!(waiting.is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn parts_come_once_and_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let end = "\r\n--b--\r\n";
        let other = "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx";
        let metadata = "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{}";
        for (form, pointers) in [
            (format!("{OPENING}x\r\n{OPENING}x{end}"), "/file"),
            (format!("{OPENING}x\r\n{other}{end}"), "/other"),
            (format!("{metadata}{end}"), "/file"),
            (format!("{metadata}\r\n{metadata}{end}"), "/metadata"),
            (format!("{}{}{end}", metadata.replace("{}", "\""), "a".repeat(70_000)), "/metadata"),
        ] {
            let error = read_from(folder.path(), Body::from(form)).await.expect_err("refused");
            assert_eq!(error.code(), ErrorCode::ValidationFailed);
            assert!(error.fields().iter().all(|field| field.pointer == pointers), "{error:?}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
        let both = format!("{}\r\n{OPENING}x{end}", metadata.replace("{}", "{\"title\": \"Dawn\"}"));
        let form = read_from(folder.path(), Body::from(both)).await.unwrap();
        assert_eq!(form.metadata.title.as_deref(), Some("Dawn"));
    }
}
