//! The hub of a node: who follows what here, and what brings them news.
//!
//! The database is the truth. One reader goes through the change feed while anybody follows anything that it brings,
//! woken at once by a transaction of this process and after [`POLL`] by those of others, and looks up only what
//! somebody here follows.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use db::{
    Signal,
    feed::{self, Position, Read},
};
use identity::{Account, Identity};
use infra::{
    App,
    config::Anonymous,
    http::{ApiError, ApiResult, Client},
    realtime::{Ask, Channel, Content, Source},
};
use kernel::{AccountId, DeviceId, ErrorCode, Fault, Time};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use uuid::Uuid;

use super::connection::{Connection, Frame, Question, Start};

/// Sockets of an account.
const OF_ACCOUNT: usize = 5;
/// Sockets from one address that have not said who they are, or are nobody.
const OF_ADDRESS: usize = 20;
/// How often the change feed is looked at without a signal: other processes send none.
const POLL: Duration = Duration::from_millis(400);
/// How long further changes gather before they are read.
const GATHER: Duration = Duration::from_millis(20);
/// How often the machines learn the time, and log-ins are looked at.
const TICK: Duration = Duration::from_millis(500);
/// Changes that are read, or things that are looked up, at a time.
const BATCH: usize = 1000;
/// How long nothing is read after a failure.
const RETRY: Duration = Duration::from_secs(1);
/// How long sockets have to end when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// What is followed: a kind of channel, and of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    kind: usize,
    subject: Uuid,
}

/// Those who follow one thing.
struct Topic {
    name: Arc<str>,
    sockets: HashMap<u64, Arc<Socket>>,
}

/// A socket, shared by the task that moves its bytes and the hub.
pub(super) struct Socket {
    number: u64,
    address: String,
    account: OnceLock<Account>,
    connection: Mutex<Connection>,
    wake: Notify,
}

impl Socket {
    /// Does something to the machine, and wakes the task for what comes of it.
    pub(super) fn tell<T>(&self, tell: impl FnOnce(&mut Connection) -> T) -> T {
        let mut connection = self.lock();
        let answer = tell(&mut connection);
        if connection.has_frames() || connection.is_dead() {
            self.wake.notify_one();
        }
        answer
    }

    /// The next frame to send.
    pub(super) fn next(&self, now: Time) -> Option<Frame> {
        self.lock().next(now)
    }

    /// Whether another frame may be read.
    pub(super) fn takes_frames(&self) -> bool {
        self.lock().takes_frames()
    }

    /// Whether nothing more will come of it.
    pub(super) fn is_dead(&self) -> bool {
        self.lock().is_dead()
    }

    /// Waits until something was done to it since the last wait.
    pub(super) async fn changed(&self) {
        self.wake.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn account(&self) -> Option<AccountId> {
        self.account.get().map(|account| account.id)
    }
}

#[derive(Default)]
struct State {
    /// Each with what it follows.
    sockets: HashMap<u64, (Arc<Socket>, HashSet<Key>)>,
    last: u64,
    by_account: HashMap<AccountId, usize>,
    by_address: HashMap<String, usize>,
    topics: HashMap<Key, Topic>,
}

impl State {
    /// A socket follows something no longer.
    fn part(&mut self, socket: &Socket, key: Key) {
        if let Some((_, keys)) = self.sockets.get_mut(&socket.number) {
            keys.remove(&key);
        }
        if let Some(topic) = self.topics.get_mut(&key) {
            topic.sockets.remove(&socket.number);
            if topic.sockets.is_empty() {
                self.topics.remove(&key);
            }
        }
    }
}

struct Parts {
    app: App,
    identity: Identity,
    kinds: Vec<Channel>,
    places: Arc<Semaphore>,
    state: Mutex<State>,
    /// How many sockets there are, and how many topics: what has nobody to serve waits for somebody.
    sockets: watch::Sender<usize>,
    topics: watch::Sender<usize>,
    last_id: AtomicI64,
}

/// The hub of this node. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Parts>);

/// A socket's place in the hub, given back when it is dropped.
pub(super) struct Seat {
    hub: Hub,
    pub(super) socket: Arc<Socket>,
    _place: OwnedSemaphorePermit,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.leave(&self.socket);
    }
}

fn count_down<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Hub {
    /// A hub that serves `kinds`. Nothing happens before [`Hub::run`].
    pub fn new(app: App, identity: Identity, kinds: Vec<Channel>) -> Self {
        let places = Arc::new(Semaphore::new(app.config.http.max_connections));
        Self(Arc::new(Parts {
            app,
            identity,
            kinds,
            places,
            state: Mutex::default(),
            sockets: watch::Sender::new(0),
            topics: watch::Sender::new(0),
            last_id: AtomicI64::new(0),
        }))
    }

    pub(super) fn now(&self) -> Time {
        self.0.app.now()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number above all before it, also those of earlier runs: its origin is the time in microseconds.
    fn draw_id(&self) -> i64 {
        let now = self.now().micros();
        let next = |last: i64| now.max(last.saturating_add(1));
        let last = self.0.last_id.fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| Some(next(last)));
        next(last.unwrap_or_else(|last| last))
    }

    /// A place for one more socket from `client`, of `account` if that is known already.
    ///
    /// # Errors
    /// When the node is full or stops, or there are too many from that address. A sixth socket of an account is let
    /// in to be told so.
    pub(super) fn seat(&self, client: Client, account: Option<Account>) -> ApiResult<Seat> {
        let place = Arc::clone(&self.0.places).try_acquire_owned();
        let place = place.map_err(|_| {
            ApiError::new(ErrorCode::Unavailable, "").with_retry_after(Duration::from_secs(5))
        })?;
        let (now, address) = (self.now(), client.limit_key());
        let open_house = self.0.app.config.anonymous() != Anonymous::None;
        let mut state = self.state();
        let here = state.by_address.entry(address.clone()).or_default();
        if account.is_none() && *here >= OF_ADDRESS {
            return Err(ApiError::new(ErrorCode::TooMany, "this address has too many sockets open"));
        }
        *here += 1;
        state.last += 1;
        let socket = Arc::new(Socket {
            number: state.last,
            address,
            account: OnceLock::new(),
            connection: Mutex::new(Connection::new(open_house, now)),
            wake: Notify::new(),
        });
        state.sockets.insert(socket.number, (Arc::clone(&socket), HashSet::new()));
        self.0.sockets.send_replace(state.sockets.len());
        drop(state);
        if let Some(account) = account {
            self.admit(&socket, account);
        }
        Ok(Seat { hub: self.clone(), socket, _place: place })
    }

    /// Lets `account` in on a socket, or refuses it as one too many.
    fn admit(&self, socket: &Socket, account: Account) {
        let now = self.now();
        let mut state = self.state();
        let open = state.by_account.get(&account.id).copied().unwrap_or_default();
        let admitted = open < OF_ACCOUNT && socket.account.set(account).is_ok();
        if admitted {
            *state.by_account.entry(account.id).or_default() += 1;
            count_down(&mut state.by_address, &socket.address);
        }
        drop(state);
        socket.tell(
            |connection| {
                if admitted { connection.welcome() } else { connection.refuse(ErrorCode::TooMany, now) }
            },
        );
    }

    fn leave(&self, socket: &Socket) {
        let mut state = self.state();
        for key in state.sockets.remove(&socket.number).map(|(_, keys)| keys).unwrap_or_default() {
            state.part(socket, key);
        }
        self.0.topics.send_replace(state.topics.len());
        match socket.account() {
            Some(account) => count_down(&mut state.by_account, &account),
            None => count_down(&mut state.by_address, &socket.address),
        }
        self.0.sockets.send_replace(state.sockets.len());
    }

    fn unfollow(&self, socket: &Socket, name: &str) {
        let Some(key) = self.key(name, socket.account()) else { return };
        let mut state = self.state();
        state.part(socket, key);
        self.0.topics.send_replace(state.topics.len());
    }

    /// What `name` stands for, if there is a channel of that form for `account`.
    fn key(&self, name: &str, account: Option<AccountId>) -> Option<Key> {
        let mut kinds = self.0.kinds.iter().enumerate();
        let (kind, subject) = kinds.find_map(|(kind, channel)| Some((kind, channel.subject(name)?)))?;
        let subject = match self.0.kinds[kind].content {
            Content::Latest { .. } => subject,
            Content::Events { .. } => account?.into(),
        };
        Some(Key { kind, subject })
    }

    /// Answers what a frame asked for.
    pub(super) async fn answer(&self, socket: &Arc<Socket>, question: Question) {
        match question {
            Question::Who(token) => match self.0.identity.by_token(&token).await {
                Ok(account) => self.admit(socket, account),
                Err(error) => {
                    let code = error.code();
                    socket.tell(|connection| connection.refuse(code, self.now()));
                }
            },
            Question::Leave(name) => self.unfollow(socket, &name),
            Question::Follow(name, since) => {
                if let Err(code) = self.follow(socket, &name, since).await {
                    self.cut(socket, &name, code);
                }
            }
        }
    }

    async fn follow(
        &self,
        socket: &Arc<Socket>,
        name: &Arc<str>,
        since: Option<i64>,
    ) -> Result<(), ErrorCode> {
        let key = self.key(name, socket.account()).ok_or(ErrorCode::NotFound)?;
        // Before the look, so that what changes after it is told.
        self.join(socket, key, name);
        let failed = |error: db::Error| {
            tracing::warn!(channel = &**name, %error, "a channel cannot be looked up");
            ErrorCode::Unavailable
        };
        let start = self.start(key, socket.account(), since).await.map_err(failed)?;
        let start = start.ok_or(ErrorCode::NotFound)?;
        let news = socket.tell(|connection| connection.follow(name, start, self.now()));
        if news {
            self.update(key.kind, &[key.subject]).await.map_err(failed)?;
        }
        Ok(())
    }

    fn join(&self, socket: &Arc<Socket>, key: Key, name: &Arc<str>) {
        let mut state = self.state();
        if let Some((_, keys)) = state.sockets.get_mut(&socket.number) {
            keys.insert(key);
        }
        let topic = state.topics.entry(key);
        let topic = topic.or_insert_with(|| Topic { name: Arc::clone(name), sockets: HashMap::new() });
        topic.sockets.insert(socket.number, Arc::clone(socket));
        self.0.topics.send_replace(state.topics.len());
    }

    /// A channel has come to its end for a socket.
    fn cut(&self, socket: &Socket, name: &Arc<str>, code: ErrorCode) {
        self.unfollow(socket, name);
        socket.tell(|connection| connection.miss(name, code, self.now()));
    }

    /// Those who follow any of `subjects` here, under which name, and what they are to see.
    fn followers(&self, kind: usize, subjects: &[Uuid]) -> Vec<(Arc<Socket>, Arc<str>, Ask)> {
        let state = self.state();
        let topics = subjects
            .iter()
            .filter_map(|subject| Some((*subject, state.topics.get(&Key { kind, subject: *subject })?)));
        let followers = topics.flat_map(|(subject, topic)| {
            topic.sockets.values().map(move |socket| {
                let ask = Ask { account: socket.account(), subject };
                (Arc::clone(socket), Arc::clone(&topic.name), ask)
            })
        });
        followers.collect()
    }

    /// What a channel begins with.
    async fn start(
        &self,
        key: Key,
        account: Option<AccountId>,
        since: Option<i64>,
    ) -> db::Result<Option<Start>> {
        match &self.0.kinds[key.kind].content {
            Content::Latest { see, .. } => {
                let id = self.draw_id();
                let value =
                    see(vec![Ask { account, subject: key.subject }]).await?.into_iter().next().flatten();
                Ok(value.map(|value| Start::Value(id, value.to_string().into())))
            }
            Content::Events { since: missed } => {
                let Some(account) = account else { return Ok(None) };
                let missed = missed(account, since).await?;
                let after = since.filter(|_| !missed.gap).unwrap_or(missed.head);
                let events = missed.events.into_iter().map(|(id, event)| (id, event.to_string().into()));
                Ok(Some(Start::Events { after, gap: missed.gap, events: events.collect() }))
            }
        }
    }

    /// Looks up what became of `subjects` for those who follow them here, and tells them.
    async fn update(&self, kind: usize, subjects: &[Uuid]) -> db::Result<()> {
        let followers = self.followers(kind, subjects);
        match &self.0.kinds[kind].content {
            Content::Latest { see, .. } => {
                let asks: HashSet<Ask> = followers.iter().map(|(_, _, ask)| *ask).collect();
                let asks: Vec<Ask> = asks.into_iter().collect();
                let mut seen: HashMap<Ask, (i64, Option<Arc<str>>)> = HashMap::new();
                for asks in asks.chunks(BATCH) {
                    // Before the look: of two looks the one that began later counts.
                    let id = self.draw_id();
                    let values = see(asks.to_vec()).await?;
                    let values =
                        values.into_iter().map(|value| (id, value.map(|value| value.to_string().into())));
                    seen.extend(asks.iter().copied().zip(values));
                }
                for (socket, name, ask) in followers {
                    match seen.get(&ask) {
                        Some((id, Some(data))) => {
                            socket.tell(|connection| connection.event(&name, *id, data, self.now()));
                        }
                        _ => self.cut(&socket, &name, ErrorCode::NotFound),
                    }
                }
            }
            Content::Events { since } => {
                for subject in subjects {
                    let account = AccountId::from(*subject);
                    let theirs: Vec<_> =
                        followers.iter().filter(|(.., ask)| ask.account == Some(account)).collect();
                    let told = theirs.iter().map(|(socket, name, _)| socket.lock().last(name));
                    // Whoever is only just looking it up is told to look again.
                    let Some(first) = told.map(Option::unwrap_or_default).min() else { continue };
                    let missed = since(account, Some(first)).await?;
                    let events: Vec<(i64, Arc<str>)> =
                        missed.events.into_iter().map(|(id, event)| (id, event.to_string().into())).collect();
                    for (socket, name, _) in theirs {
                        socket.tell(|connection| {
                            if missed.gap && connection.last(name).is_none_or(|last| last < missed.head) {
                                connection.gap(name, missed.head, self.now());
                            }
                            for (id, data) in &events {
                                connection.event(name, *id, data, self.now());
                            }
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// How many sockets are open here.
    pub(crate) fn open_sockets(&self) -> usize {
        *self.0.sockets.borrow()
    }

    /// Serves until `stop` is done; then tells all sockets to come back later, and waits for a moment until they are
    /// gone.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::select! {
            () = stop => {}
            () = async { tokio::join!(self.keep_time(), self.read_feed(), self.look_by_time()); } => {}
        }
        self.0.places.close();
        let now = self.now();
        for socket in self.sockets() {
            socket.tell(|connection| connection.stop(now));
        }
        let mut left = self.0.sockets.subscribe();
        let _ = tokio::time::timeout(FAREWELL, left.wait_for(|left| *left == 0)).await;
    }

    fn sockets(&self) -> Vec<Arc<Socket>> {
        self.state().sockets.values().map(|(socket, _)| Arc::clone(socket)).collect()
    }

    /// Tells every machine the time, and ends those whose log-in has ended.
    async fn keep_time(&self) {
        let mut any = self.0.sockets.subscribe();
        loop {
            // The sender lives as long as this.
            let _ = any.wait_for(|sockets| *sockets > 0).await;
            tokio::time::sleep(TICK).await;
            let (now, sockets) = (self.now(), self.sockets());
            for socket in &sockets {
                socket.tell(|connection| connection.tick(now));
            }
            metrics::gauge!("realtime_sockets")
                .set(f64::from(u32::try_from(sockets.len()).unwrap_or(u32::MAX)));
            let logged_in: Vec<(&Arc<Socket>, Account)> =
                sockets.iter().filter_map(|socket| Some((socket, *socket.account.get()?))).collect();
            for some in logged_in.chunks(BATCH) {
                let devices: Vec<DeviceId> = some.iter().map(|(_, account)| account.device).collect();
                match self.0.identity.logged_out(&devices).await {
                    Ok(ended) => {
                        for (socket, _) in some.iter().filter(|(_, account)| ended.contains(&account.device))
                        {
                            socket.tell(|connection| connection.refuse(ErrorCode::Unauthenticated, now));
                        }
                    }
                    Err(error) => tracing::warn!(%error, "log-ins behind sockets cannot be looked at"),
                }
            }
        }
    }

    /// Looks at what nothing brings news of.
    async fn look_by_time(&self) {
        let mut any = self.0.topics.subscribe();
        let kinds = self.0.kinds.iter().enumerate().filter_map(|(kind, channel)| match channel.source {
            Source::Every(pace) => Some((kind, pace)),
            Source::Feeds(_) => None,
        });
        let look = |(kind, pace): (usize, Duration)| {
            let mut any = any.clone();
            async move {
                loop {
                    let _ = any.wait_for(|topics| *topics > 0).await;
                    tokio::time::sleep(pace).await;
                    let subjects = self.followed(|key| key.kind == kind);
                    let subjects: Vec<Uuid> = subjects.into_iter().map(|key| key.subject).collect();
                    if let Err(error) = self.update(kind, &subjects).await {
                        tracing::warn!(%error, "a channel cannot be looked up");
                    }
                }
            }
        };
        let looks: Vec<_> = kinds.map(look).collect();
        futures_util::future::join_all(looks).await;
        // Without any of them there is nothing to wait for.
        let _ = any.wait_for(|_| false).await;
    }

    fn followed(&self, which: impl Fn(&Key) -> bool) -> Vec<Key> {
        self.state().topics.keys().filter(|key| which(key)).copied().collect()
    }

    /// Reads the change feed while somebody follows what it brings.
    async fn read_feed(&self) {
        let mut any = self.0.topics.subscribe();
        let mut changes = self.0.app.db.listen(Signal::Feed);
        let mut positions = HashMap::new();
        loop {
            if *any.borrow_and_update() == 0 {
                positions.clear();
                let _ = any.wait_for(|topics| *topics > 0).await;
            }
            match self.catch_up(&mut positions).await {
                Ok(true) => {}
                Ok(false) => {
                    changes.wait(POLL).await;
                    tokio::time::sleep(GATHER).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "channels fall behind");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    fn feeds(&self, kind: usize) -> &'static [&'static str] {
        match self.0.kinds[kind].source {
            Source::Feeds(feeds) => feeds,
            Source::Every(_) => &[],
        }
    }

    /// Reads some of what is new and tells those whom it concerns; answers whether there may be more.
    async fn catch_up(&self, positions: &mut HashMap<&'static str, Position>) -> db::Result<bool> {
        let followed = self.followed(|key| !self.feeds(key.kind).is_empty());
        let wanted: HashSet<&'static str> =
            followed.iter().flat_map(|key| self.feeds(key.kind)).copied().collect();
        // What nobody followed for a while is begun anew.
        positions.retain(|name, _| wanted.contains(name));
        let mut more = false;
        let mut news: HashSet<Key> = HashSet::new();
        let mut read = Vec::new();
        for name in wanted {
            let answer = match positions.get(name) {
                Some(position) => {
                    let batch = u32::try_from(BATCH).unwrap_or(u32::MAX);
                    db::read!(self.0.app.db, |tx| feed::read(tx, name, *position, batch).await)?
                }
                None => Read::Rebuild,
            };
            match answer {
                Read::Changes(changes, position) => {
                    more |= changes.len() == BATCH;
                    let changed: HashSet<Uuid> = changes.into_iter().map(|change| change.subject).collect();
                    let hit =
                        |key: &&Key| self.feeds(key.kind).contains(&name) && changed.contains(&key.subject);
                    news.extend(followed.iter().filter(hit).copied());
                    read.push((name, position));
                }
                Read::Rebuild => {
                    // The place first: what changes after it is read again, and nothing is missed.
                    let head = db::read!(self.0.app.db, |tx| feed::head(tx, name).await)?;
                    news.extend(self.followed(|key| self.feeds(key.kind).contains(&name)));
                    read.push((name, head));
                }
            }
        }
        for kind in 0..self.0.kinds.len() {
            let subjects: Vec<Uuid> =
                news.iter().filter(|key| key.kind == kind).map(|key| key.subject).collect();
            if !subjects.is_empty() {
                self.update(kind, &subjects).await?;
            }
        }
        // Only now: what could not be told comes again.
        positions.extend(read);
        Ok(more)
    }
}
