//! The OpenAPI document: made from the code, finished here.
//!
//! Handlers say who may call (`x-authz`) and which codes are particular to them (`x-errors`); what follows from
//! that for every operation (log-ins, limits, bodies, our own mistakes) is added in one place.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};
use community::notifications::Notification;
use kernel::{Cursor, ErrorCode, ImageId, Limit, Problem};
use music::catalogue::{Direction, Sort};
use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::{
        Content, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder, Schema,
        path::{Operation, Parameter, ParameterIn},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
};

use crate::work::JobState;

/// What a reader must know before the first call.
const INTRODUCTION: &str = "\
A music streaming service that pays artists for every second that is listened to.

**Log in.** `POST /api/v1/auth/register` or `/auth/login` answers an `accessToken`; send it as \
`Authorization: Bearer <accessToken>`. It lasts for minutes: `POST /auth/refresh` with the `refreshToken` gives the next \
pair. Pages in a browser send `X-Resonance-Client: web` when they log in and get cookies instead.

**Money** is `{\"asset\": \"BEAT\", \"amount\": \"250000\"}`: whole minor units as a string of digits. BEAT and USDC have six \
decimals, so this is 0.25 BEAT; BTN has eight.

**Lists** answer `{items, nextCursor}`. Send `nextCursor` back as `cursor` until it is null.

**Errors** are `application/problem+json` with a `code` to act upon and, for wrong input, `errors` with a pointer to each \
field. Times are RFC 3339 in UTC.";

/// The groups of operations, in the order in which they are met.
const TAGS: [(&str, &str); 19] = [
    ("accounts", "Joining, logging in, devices"),
    ("me", "The caller's own account"),
    ("search", "Finding music by words"),
    ("tracks", "Tracks: lists, drafts, uploads, publishing, splits"),
    ("albums", "Albums and their tracks"),
    ("artists", "Artist pages and who manages them"),
    ("genres", "Genres"),
    ("playback", "Streams, signed addresses, waveforms, plays and history"),
    ("sessions", "Paid listening: each second, its voucher, and what it came to"),
    ("library", "Likes and follows"),
    ("money", "Balances, what became of them, and how more comes in"),
    ("rewards", "Points for listening, and what they are exchanged for"),
    ("notifications", "What an account was told"),
    ("realtime", "One socket that tells what changes"),
    ("images", "Covers and avatars"),
    ("jobs", "Work that goes on in the background"),
    ("health", "Whether the server is alive and ready"),
    ("setup", "The first admin"),
    ("admin", "For those who run the service"),
];

/// Adds what holds for every operation.
pub(crate) fn finish(mut document: OpenApi) -> OpenApi {
    document.info.title = "Resonance".into();
    document.info.version = env!("CARGO_PKG_VERSION").into();
    document.info.description = Some(INTRODUCTION.into());
    document.tags = Some(
        TAGS.iter()
            .map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build())
            .collect(),
    );
    let mut license = utoipa::openapi::License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".into());
    document.info.license = Some(license);
    let components = document.components.get_or_insert_default();
    let mut schemas = Vec::new();
    Problem::schemas(&mut schemas);
    schemas.push(named::<Problem>());
    // Parameters name these by reference, but only bodies are collected.
    schemas.extend([
        named::<JobState>(),
        named::<Limit>(),
        // What a socket tells, too.
        named::<Notification>(),
        named::<Cursor>(),
        named::<ImageId>(),
        named::<Sort>(),
        named::<Direction>(),
    ]);
    components.schemas.extend(schemas);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.security_schemes.insert("bearer".into(), RefOr::T(SecurityScheme::Http(bearer)));
    let cookie = ApiKey::Cookie(ApiKeyValue::new("__Host-resonance_access"));
    components.security_schemes.insert("cookie".into(), RefOr::T(SecurityScheme::ApiKey(cookie)));
    for item in document.paths.paths.values_mut() {
        for (method, operation) in operations(item) {
            finish_operation(method, operation);
        }
    }
    document
}

/// A schema under its name.
fn named<T: ToSchema>() -> (String, RefOr<Schema>) {
    (T::name().into_owned(), T::schema())
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, head, .. } = item;
    [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch), ("head", head)]
        .into_iter()
        .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

fn finish_operation(method: &str, operation: &mut Operation) {
    let extension = |name: &str| operation.extensions.as_ref().and_then(|all| all.get(name)).cloned();
    let anonymous = extension("x-authz").is_some_and(|authz| {
        authz["allow"].as_array().is_some_and(|allow| allow.iter().any(|who| who == "anonymous"))
    });
    let mut codes = vec![ErrorCode::Internal, ErrorCode::Unavailable, ErrorCode::RateLimited];
    for code in extension("x-errors").iter().flat_map(|codes| codes.as_array().into_iter().flatten()) {
        codes.extend(ErrorCode::ALL.iter().find(|known| *code == known.code()));
    }
    // Even where nobody must log in, a broken or revoked log-in is refused.
    codes.push(ErrorCode::Unauthenticated);
    if !anonymous {
        codes.push(ErrorCode::Forbidden);
        operation.security = Some(vec![
            SecurityRequirement::new::<_, [&str; 0], &str>("bearer", []),
            SecurityRequirement::new::<_, [&str; 0], &str>("cookie", []),
        ]);
    }
    if method != "get" && method != "head" {
        codes.push(ErrorCode::OriginRefused);
        codes.push(ErrorCode::InsufficientStorage);
    }
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    if !parameters.is_empty() {
        codes.extend([ErrorCode::InvalidRequest, ErrorCode::NotFound]);
    }
    let in_query = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => false,
    };
    if parameters.iter().any(in_query) {
        codes.push(ErrorCode::ValidationFailed);
    }
    if operation.request_body.is_some() {
        codes.extend([
            ErrorCode::InvalidRequest,
            ErrorCode::ValidationFailed,
            ErrorCode::PayloadTooLarge,
            ErrorCode::UnsupportedMediaType,
        ]);
    }
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in codes {
        let list = by_status.entry(code.status()).or_default();
        if !list.contains(&code) {
            list.push(code);
        }
    }
    for (status, codes) in by_status {
        operation.responses.responses.entry(status.to_string()).or_insert_with(|| RefOr::T(problem(&codes)));
    }
}

fn problem(codes: &[ErrorCode]) -> Response {
    let names: Vec<String> = codes.iter().map(|code| format!("`{code}`: {}", code.title())).collect();
    let example = codes.first().map(|code| {
        let detail = "What happened this time, and what to do.".to_owned();
        json!(Problem::new(*code, detail, "0199b2a4c0de7c3f8a1b2c3d4e5f6071".into(), Vec::new()))
    });
    let mut content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
    content.example = example;
    ResponseBuilder::new().description(names.join("; ")).content("application/problem+json", content).build()
}

/// The document as it is served.
static TEXT: LazyLock<String> = LazyLock::new(|| crate::document().to_json().unwrap_or_default());

/// The document, and a page to read it on. Nothing is fetched from elsewhere.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let page = scalar_api_reference::scalar_html(
        &json!({
            "url": "/api/openapi.json",
            "agent": {"disabled": true},
            "hideClientButton": true,
            "metaData": {"title": "Resonance API"},
            "showDeveloperTools": "never",
            "telemetry": false,
            "withDefaultFonts": false,
        }),
        Some("/api/docs/reference.js"),
    );
    // The reference draws with inline styles and one inline script; it gets its own policy, for its page alone.
    let policy = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
                  img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
    Router::new()
        .route(
            "/api/openapi.json",
            get(async || ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()),
        )
        .route(
            "/api/docs",
            get(async move || ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()),
        )
        .route("/api/docs/reference.js", get(reference))
}

async fn reference() -> impl IntoResponse {
    let headers =
        [(header::CONTENT_TYPE, "text/javascript"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, scalar_api_reference::get_asset("scalar.js").unwrap_or_default())
}
