//! The web app, compiled into the binary: its files as the front-end's build left them, each screen's address answered
//! by the one page, and what machines read of a track, an album or an artist in the head of that page.
//!
//! In a debug build the files are read from `clients/web/dist` on each request.

mod embed;
mod file;
mod first;
mod head;
mod oembed;
mod screens;
mod subject;

use axum::{
    Extension, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use infra::{
    config::Anonymous,
    http::{ApiError, ApiResult, Client, Json, Path, Query},
};
use kernel::ErrorCode;

use crate::Service;
use file::File;
use first::First;
use subject::{Site, Subject};

/// What the app may load and do: its own files and nothing inline. React Aria adds two style elements of its own (touch
/// on what can be pressed, scrolling behind what is open), which are known by their hashes; a browser test sees that no
/// other is refused.
const POLICY: &str = "default-src 'self'; script-src 'self'; \
    style-src 'self' 'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o=' 'sha256-gYiS/BvZvRcK27JIXTuwhZ3hs2+VJ1X+2gUlE+farlg='; \
    img-src 'self' blob: data:; media-src 'self' blob:; worker-src 'self'; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

pub(crate) fn routes(service: &Service) -> Router {
    Router::new()
        .route("/", get(listen))
        .route("/t/{id}", get(page_of))
        .route("/r/{id}", get(page_of))
        .route("/a/{id}", get(page_of))
        .route("/embed/t/{id}", get(player))
        .route("/oembed", get(about))
        .fallback(anything)
        .with_state(service.clone())
}

/// A file of the app, or the page itself for the address of a screen. Any other address that is none of the API's has the
/// page as well, which says that there is nothing: answered as missing, so that machines do not keep it.
async fn anything(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let reads = method == Method::GET || method == Method::HEAD;
    if reads && let Some(file) = File::find(path) {
        let page = file.is_page();
        let answer = file.answer(&headers);
        return if page { guarded(answer) } else { answer };
    }
    let by_person =
        !path.starts_with("api/") && !path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if reads && by_person {
        return match File::find("index.html") {
            None => not_built(),
            Some(page) if screens::has(path) => guarded(page.answer(&headers)),
            Some(page) => missing(&page, &headers),
        };
    }
    ApiError::new(ErrorCode::NotFound, "there is nothing at this address").into_response()
}

/// The page of the screen that the app opens with. When its answers cannot be had, the app asks and says why.
async fn listen(State(service): State<Service>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(page) = File::find("index.html") else { return not_built() };
    if let Ok(Some(first)) = first(&service, &uri, &headers).await {
        return guarded(file::written(&headers, first.fill(&page.text())));
    }
    let mut answer = page.answer(&headers);
    answer.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding, cookie"));
    guarded(answer)
}

/// The page with the head of one thing. What is hidden is answered as what is missing, with the page all the same:
/// the app asks again in its user's name.
async fn page_of(
    State(service): State<Service>,
    Extension(client): Extension<Client>,
    uri: Uri,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let Some(page) = File::find("index.html") else { return Ok(not_built()) };
    // Where visitors see nothing, nothing can be told apart.
    if service.app.config.anonymous() == Anonymous::None {
        return Ok(guarded(page.answer(&headers)));
    }
    let subject = Subject::at(&service, uri.path()).await?;
    let Some(subject) = subject else { return Ok(missing(&page, &headers)) };
    let site = Site::of(&service, client, &headers);
    let text = head::fill(&page.text(), &site, &subject);
    let first = first(&service, &uri, &headers).await?.unwrap_or_default();
    Ok(guarded(file::written(&headers, first.fill(&text))))
}

/// The page where there is nothing for a visitor.
fn missing(page: &File, headers: &HeaderMap) -> Response {
    guarded((StatusCode::NOT_FOUND, file::written(headers, page.text())).into_response())
}

/// What is written into the page for a visitor; nothing for who has an account, or where visitors see nothing.
async fn first(service: &Service, uri: &Uri, headers: &HeaderMap) -> ApiResult<Option<First>> {
    if service.app.config.anonymous() == Anonymous::None || identity::login::carries_cookie(headers) {
        return Ok(None);
    }
    Ok(Some(First::at(service, uri.path()).await?))
}

/// A small player for other people's pages.
async fn player(
    State(service): State<Service>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let site = Site::of(&service, client, &headers);
    let subject = visible(&service, &format!("/t/{id}")).await?;
    Ok(embed::page(&site, &subject))
}

/// What a page that links here may show of it.
async fn about(
    State(service): State<Service>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Query(wish): Query<oembed::Wish>,
) -> ApiResult<Json<oembed::Answer>> {
    let site = Site::of(&service, client, &headers);
    let subject = visible(&service, &wish.path(&site)?).await?;
    Ok(Json(oembed::answer(&site, &subject, &wish)))
}

/// The subject of the page at `path`, where visitors may see it.
async fn visible(service: &Service, path: &str) -> ApiResult<Subject> {
    let closed = service.app.config.anonymous() == Anonymous::None;
    let subject = if closed { None } else { Subject::at(service, path).await? };
    subject.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "there is no such page here"))
}

fn guarded(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

fn not_built() -> Response {
    let say = "The web app was not built into this server. Build it with `make web` and start again.\n";
    (StatusCode::SERVICE_UNAVAILABLE, say).into_response()
}
