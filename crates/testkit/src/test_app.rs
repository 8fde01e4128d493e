use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::Router;
use db::{Db, Options, job};
use http::Method;
use infra::{App, AppParts, Blobs, Config, Keys, Limits, Room, config::Mode};
use kernel::Time;
use serde_json::json;
use server::{Role, Service};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};
use tracing_subscriber::filter::LevelFilter;

use crate::{Call, FakeClock, SeededIds, User, database::Database};

/// The service with a database of its own.
pub struct TestApp {
    /// Its parts, for looking behind the front door.
    pub service: Service,
    /// Its time.
    pub clock: Arc<FakeClock>,
    router: Router,
    folder: TempDir,
    options: Options,
    /// The built program, which children are started from.
    program: PathBuf,
    /// What meters paid listening; it ends with the app, as in a crash.
    meter: Option<Metering>,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.crash_meter();
    }
}

/// What meters paid listening, as it runs.
struct Metering {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Starts what meters paid listening.
fn meter(service: &Service) -> Option<Metering> {
    let node = service.commerce.sessions.node()?;
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(node.run(async move {
        let _ = stopped.await;
    }));
    Some(Metering { stop, task })
}

/// Runs `test` on SQLite. `exe` is the built program, for its child processes.
pub fn run_sqlite<F: Future<Output = ()>>(exe: Option<&str>, test: impl FnOnce(TestApp) -> F) {
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::sqlite(folder.path()).await;
        run_on(database, folder, exe, test).await;
    });
}

/// Runs `test` on PostgreSQL, if `TEST_POSTGRES` names a server. CI must have one.
pub fn run_postgres<F: Future<Output = ()>>(exe: Option<&str>, test: impl FnOnce(TestApp) -> F) {
    let Ok(server) = std::env::var("TEST_POSTGRES") else {
        assert!(std::env::var_os("CI").is_none(), "CI tests on PostgreSQL too: set TEST_POSTGRES");
        eprintln!("skipped: TEST_POSTGRES names no PostgreSQL server");
        return;
    };
    run(async {
        let folder = tempfile::tempdir().expect("a folder");
        run_on(Database::postgres(server).await, folder, exe, test).await;
    });
}

/// Runs `work` on an executor of its own. What the service logs meanwhile is shown with a test that fails: an answer
/// does not say why it is a 500 or a 503.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    let lines = tracing_subscriber::fmt().with_max_level(LevelFilter::WARN).with_test_writer();
    // The tests of one process share one log.
    let _ = lines.try_init();
    let executor = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    executor.expect("an executor").block_on(work)
}

async fn run_on<F: Future<Output = ()>>(
    database: Database,
    folder: TempDir,
    exe: Option<&str>,
    test: impl FnOnce(TestApp) -> F,
) {
    let db = Db::open(&database.options()).await.expect("the database opens");
    let app = TestApp::new(db.clone(), database.options(), folder, exe.unwrap_or("resonance").into());
    test(app).await;
    db.close().await;
    database.drop().await;
}

impl TestApp {
    fn new(db: Db, options: Options, folder: TempDir, program: PathBuf) -> Self {
        let clock = Arc::new(FakeClock::default());
        let config = Config { data: folder.path().to_owned(), mode: Mode::Test, ..Config::default() };
        std::fs::create_dir_all(config.data.join("tmp/cut")).expect("a folder for uploads and previews");
        let app = App::new(AppParts {
            db,
            clock: clock.clone(),
            ids: Arc::new(SeededIds::new(7)),
            config,
            blobs: Blobs::memory(),
            keys: Keys::from_bytes(&[7; 32]),
            limits: Limits::default(),
            room: Room::default(),
        });
        let service = Service::new(app, program.clone());
        let router = server::router(&service, &Role::ALL, axum::Router::new());
        let meter = meter(&service);
        Self { service, clock, router, folder, options, program, meter }
    }

    /// Another node on the same database, with the same clock.
    #[must_use]
    pub fn another_node(&self) -> Self {
        let old = &self.service.app;
        let app = App::new(AppParts {
            db: old.db.clone(),
            clock: self.clock.clone(),
            ids: old.ids.clone(),
            config: old.config.clone(),
            blobs: old.blobs.clone(),
            keys: old.keys.clone(),
            limits: Limits::default(),
            room: Room::default(),
        });
        let service = Service::new(app, self.program.clone());
        let router = server::router(&service, &Role::ALL, axum::Router::new());
        let meter = meter(&service);
        let folder = tempfile::tempdir().expect("a folder");
        let (options, program) = (self.options.clone(), self.program.clone());
        Self { service, clock: self.clock.clone(), router, folder, options, program, meter }
    }

    /// Ends what meters paid listening without a word, as a crash does.
    pub fn crash_meter(&mut self) {
        if let Some(meter) = self.meter.take() {
            meter.task.abort();
        }
    }

    /// Ends it as a stop of the program does.
    pub fn stop_meter(&mut self) -> impl Future<Output = ()> + use<> {
        let meter = self.meter.take();
        async {
            if let Some(meter) = meter {
                let _ = meter.stop.send(());
                let _ = meter.task.await;
            }
        }
    }

    /// The same database and folder under another configuration, as after a restart.
    #[must_use]
    pub fn reconfigured(mut self, configure: impl FnOnce(&mut Config)) -> Self {
        self.crash_meter();
        let old = &self.service.app;
        let mut config = old.config.clone();
        configure(&mut config);
        let app = App::new(AppParts {
            db: old.db.clone(),
            clock: self.clock.clone(),
            ids: old.ids.clone(),
            config,
            blobs: old.blobs.clone(),
            keys: old.keys.clone(),
            limits: Limits::default(),
            room: Room::default(),
        });
        let service = Service::new(app, self.program.clone());
        let router = server::router(&service, &Role::ALL, axum::Router::new());
        let meter = meter(&service);
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a folder"));
        let (clock, options, program) = (self.clock.clone(), self.options.clone(), self.program.clone());
        Self { service, clock, router, folder, options, program, meter }
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.service.app.db
    }

    /// The database as another process has it open. To be closed.
    pub async fn another_process(&self) -> Db {
        Db::open(&self.options).await.expect("the database opens twice")
    }

    /// Where the database is, for other programs: a file, or an address.
    pub fn address(&self) -> String {
        match &self.options {
            Options::Sqlite(options) => options.path.display().to_string(),
            Options::Postgres(options) => options.url.clone(),
        }
    }

    /// The time of the test.
    pub fn now(&self) -> Time {
        self.service.app.now()
    }

    /// A folder that is gone when the test is.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Moves the clock.
    pub fn advance(&self, d: Duration) {
        self.clock.advance(d);
        self.service.commerce.sessions.turn_clock();
    }

    /// Starts a GET.
    pub fn get(&self, path: impl Into<String>) -> Call<'_> {
        Call::new(self, Method::GET, path)
    }

    /// Starts a POST.
    pub fn post(&self, path: impl Into<String>) -> Call<'_> {
        Call::new(self, Method::POST, path)
    }

    /// Starts a PUT.
    pub fn put(&self, path: impl Into<String>) -> Call<'_> {
        Call::new(self, Method::PUT, path)
    }

    /// Starts a PATCH.
    pub fn patch(&self, path: impl Into<String>) -> Call<'_> {
        Call::new(self, Method::PATCH, path)
    }

    /// Starts a DELETE.
    pub fn delete(&self, path: impl Into<String>) -> Call<'_> {
        Call::new(self, Method::DELETE, path)
    }

    /// Starts a request of any method.
    pub fn call(&self, method: Method, path: impl Into<String>) -> Call<'_> {
        Call::new(self, method, path)
    }

    /// Somebody new who listens.
    pub async fn listener(&self, name: &str) -> User {
        self.join(name, "listener").await
    }

    /// Somebody new who makes music.
    pub async fn artist(&self, name: &str) -> User {
        self.join(name, "artist").await
    }

    /// Has `user` manage the artist page of `owner`: asked, and yes said.
    pub async fn manager(&self, owner: &User, page: &str, user: &User, role: &str) {
        for who in [owner, user] {
            let call = self.put(format!("/api/v1/artists/{page}/managers/{}", user.id)).by(who);
            call.json(json!({"role": role})).send().await.ok();
        }
    }

    /// Somebody who runs the service.
    pub async fn admin(&self, name: &str) -> User {
        let email = format!("{name}@example.com");
        let made = identity::admin::create(
            &self.service.identity,
            &email,
            Some(name),
            identity::Role::Admin,
            "FanPass123",
        );
        made.await.expect("an admin");
        self.again(name).await
    }

    /// Somebody who joined before, with a new log-in.
    pub async fn again(&self, name: &str) -> User {
        let body = json!({"login": format!("{name}@example.com"), "password": "FanPass123"});
        let answer = self.post("/api/v1/auth/login").from("203.0.113.1").json(body).send().await.expect(200);
        User::of(&answer.json())
    }

    async fn join(&self, name: &str, role: &str) -> User {
        let body = json!({
            "email": format!("{name}@example.com"),
            "password": "FanPass123",
            "username": name,
            "role": role,
        });
        // Each from an address of their own, so that limits on joining do not meet.
        let octet = name.bytes().fold(0_u8, u8::wrapping_add);
        let address = format!("198.51.{}.{octet}", name.len());
        let joined =
            self.post("/api/v1/auth/register").from(&address).json(body).send().await.expect(201).json();
        User::of(&joined)
    }

    /// Runs the background jobs that are due, and what comes of them; answers their kinds and how each ended.
    pub async fn run_jobs(&self) -> Vec<(String, job::State)> {
        server::worker(&self.service).run_due().await.expect("the queue answers")
    }

    /// Hands on the events that wait; answers how many.
    pub async fn run_events(&self) -> usize {
        server::deliver(&self.service).await.expect("the outbox answers")
    }

    /// Waits until everything that is committed is found.
    pub async fn settle_search(&self) {
        loop {
            // On PostgreSQL the transactions of other tests hold the change feed back for moments.
            let all: db::Result<bool> = db::read!(self.db(), |tx| {
                db::sql!("SELECT NOT EXISTS (SELECT 1 FROM feed WHERE xid >= {xmin})").scalar(tx).await
            });
            self.service.music.search.refresh(self.db()).await.expect("the index takes it");
            if all.expect("the database answers") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}
