//! Routes that describe themselves to whoever asks.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    routing::{MethodFilter, MethodRouter},
};
use utoipa::{
    __dev::{SchemaReferences, Tags},
    openapi::{HttpMethod, OpenApi},
};

/// The routes of a module, which can describe themselves.
///
/// A server makes its routes at every start and is seldom asked for their document, which takes the code of every
/// operation and megabytes. So the document is made only for who asks.
#[must_use]
pub struct Routes<S = ()> {
    router: Router<S>,
    descriptions: Vec<Describe>,
}

/// Adds an operation to the document.
type Describe = fn(&mut OpenApi);

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet.
    #[expect(clippy::new_without_default, reason = "routes begin with nothing in one way")]
    pub fn new() -> Self {
        Self { router: Router::new(), descriptions: Vec::new() }
    }

    /// The operations of one path, as [`routes!`](crate::routes) puts them together, in addition.
    pub fn routes(mut self, operations: Operations<S>) -> Self {
        self.router = self.router.route(&operations.path, operations.methods);
        self.descriptions.extend(operations.descriptions);
        self
    }

    /// The routes of another module in addition.
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.descriptions.extend(other.descriptions);
        self
    }

    /// Bodies of up to `bytes` for the routes so far, in place of what holds for all.
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { router: self.router.layer(DefaultBodyLimit::max(bytes)), ..self }
    }

    /// With the state that its handlers ask for.
    pub fn with_state<T>(self, state: S) -> Routes<T> {
        Routes { router: self.router.with_state(state), descriptions: self.descriptions }
    }

    /// The routes alone.
    pub fn into_router(self) -> Router<S> {
        self.router
    }

    /// Adds all operations and their schemas to `document`.
    pub fn describe(&self, document: &mut OpenApi) {
        for describe in &self.descriptions {
            describe(document);
        }
    }
}

/// The operations of one path.
#[must_use]
pub struct Operations<S> {
    path: String,
    methods: MethodRouter<S>,
    descriptions: Vec<Describe>,
}

impl<S: Clone + Send + Sync + 'static> Operations<S> {
    /// None yet of the path of `O`.
    pub fn at<O: Operation>() -> Self {
        Self { path: O::path(), methods: MethodRouter::new(), descriptions: Vec::new() }
    }

    /// `handler`, which `O` describes, in addition. Panics when `O` has another path.
    pub fn on<O: Operation, H: Handler<T, S>, T: 'static>(mut self, handler: H) -> Self {
        assert_eq!(self.path, O::path(), "operations of one path");
        if let Some(methods) = O::methods().iter().map(filter).reduce(MethodFilter::or) {
            self.methods = self.methods.on(methods, handler);
        }
        self.descriptions.push(describe::<O>);
        self
    }
}

/// What `#[utoipa::path]` makes of a handler.
pub trait Operation: utoipa::Path + for<'a> Tags<'a> + SchemaReferences {}

impl<O: utoipa::Path + for<'a> Tags<'a> + SchemaReferences> Operation for O {}

fn describe<O: Operation>(document: &mut OpenApi) {
    let mut operation = O::operation();
    let tags = O::tags();
    if !tags.is_empty() {
        operation.tags.get_or_insert_default().extend(tags.into_iter().map(str::to_owned));
    }
    document.paths.add_path_operation(O::path(), O::methods(), operation);
    let mut schemas = Vec::new();
    O::schemas(&mut schemas);
    document.components.get_or_insert_default().schemas.extend(schemas);
}

fn filter(method: &HttpMethod) -> MethodFilter {
    match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
    }
}

/// The [`Operations`] of handlers that have `#[utoipa::path]`, all of the same path: `routes!(list, api::create)`.
#[macro_export]
macro_rules! routes {
    ($first:ident $(:: $rest:ident)? $(, $more:ident $(:: $last:ident)?)* $(,)?) => {
        $crate::http::Operations::at::<$crate::operation!($first $(:: $rest)?)>()
            .on::<$crate::operation!($first $(:: $rest)?), _, _>($first $(:: $rest)?)
            $(.on::<$crate::operation!($more $(:: $last)?), _, _>($more $(:: $last)?))*
    };
}

/// The type that `#[utoipa::path]` puts beside a handler.
#[doc(hidden)]
#[macro_export]
macro_rules! operation {
    ($handler:ident) => {
        $crate::http::paste! { [<__path_ $handler>] }
    };
    ($module:ident :: $handler:ident) => {
        $crate::http::paste! { $module::[<__path_ $handler>] }
    };
}
