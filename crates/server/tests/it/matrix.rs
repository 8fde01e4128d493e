//! Who may do what, for every operation of the document: each is called by everybody on what is theirs, another's,
//! public, unlisted, private, in the library and missing. What must come out follows from its `x-authz` alone, so
//! that an operation cannot be added without standing here too.

use http::Method;
use infra::config::Anonymous;
use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};

use crate::{
    identity::wallets::Wallet,
    import::{Shelf, Song},
};

const MISSING: &str = "019c0000-0000-7000-8000-000000000000";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Nobody,
    Listener,
    /// Of the artist page that things are on, and of all that belongs to an account.
    Owner,
    /// An editor of that page.
    Manager,
    /// The owner of another page.
    OtherArtist,
    Admin,
}

impl Who {
    const ALL: [Self; 6] =
        [Self::Nobody, Self::Listener, Self::Owner, Self::Manager, Self::OtherArtist, Self::Admin];

    fn wallet(self) -> Wallet {
        Wallet::new(self as u8 + 100)
    }

    fn manages(self) -> bool {
        matches!(self, Self::Owner | Self::Manager)
    }
}

/// The accounts of [`Who`], from the second on.
const NAMES: [&str; 5] = ["lea", "ana", "max", "ben", "root"];

/// What is called upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// For kinds that know no visibility: the owner's.
    Public,
    Unlisted,
    Private,
    Library,
    Missing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Done,
    Refused(u16),
}

/// An operation of the document.
struct Operation {
    id: String,
    method: Method,
    path: String,
    /// The kind of thing that is meant.
    object: String,
    allow: Vec<String>,
    /// Of `x-authz`: visible, own or none.
    visibility: String,
}

impl Operation {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for (path, methods) in testkit::document()["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let authz = &operation["x-authz"];
                let words = |v: &Value| v.as_str().unwrap().to_owned();
                all.push(Self {
                    id: words(&operation["operationId"]),
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.clone(),
                    object: words(&authz["object"]),
                    allow: authz["allow"].as_array().unwrap().iter().map(words).collect(),
                    visibility: words(&authz["visibility"]),
                });
            }
        }
        // After these, somebody owns what was the library's, everybody has a page, and nobody is logged in.
        let last = ["putManager", "createArtist", "logOutEverywhere"];
        all.sort_by_key(|operation| last.iter().position(|id| *id == operation.id));
        all
    }

    fn allows(&self, role: &str) -> bool {
        self.allow.iter().any(|allowed| allowed == role)
    }

    /// Whether it is about one thing, which the address or the body names.
    fn has_target(&self) -> bool {
        self.path.contains("{id}")
            || ["createTrack", "createAlbum", "uploadTrack", "startSession"].contains(&self.id.as_str())
    }

    fn targets(&self) -> &'static [What] {
        use What::{Library, Missing, Private, Public, Unlisted};
        match (self.has_target(), self.object.as_str()) {
            (false, _) => &[Public],
            (true, "track" | "album") => &[Missing, Public, Unlisted, Private, Library],
            (true, "artist") => &[Missing, Public, Library],
            (true, _) => &[Missing, Public],
        }
    }

    fn is_safe(&self) -> bool {
        self.method == Method::GET
    }

    /// The rule.
    fn expected(&self, who: Who, what: What) -> Expected {
        use Expected::{Done, Refused};
        if who == Who::Nobody && !self.allows("anonymous") {
            return Refused(401);
        }
        // Those without any artist page need not send their file first.
        if self.id == "uploadTrack" && who == Who::Listener {
            return Refused(403);
        }
        let any = self.allows("anonymous") || self.allows("listener");
        let (sees, may) = match self.visibility.as_str() {
            "visible" => {
                let sees = match what {
                    What::Public | What::Unlisted => true,
                    What::Private => who.manages(),
                    What::Library => who != Who::Nobody,
                    What::Missing => false,
                };
                (sees, any)
            }
            "own" => {
                let admin = what != What::Missing && who == Who::Admin && self.allows("admin");
                let own = ![What::Missing, What::Library].contains(&what);
                let owner = own && who == self.owner() && self.allows("owner");
                let manager = own
                    && who == Who::Manager
                    && !["device", "job", "session", "top-up"].contains(&&*self.object);
                let may = any && !self.has_target() || admin || owner || manager && self.allows("manager");
                (may || manager, may)
            }
            _ => {
                let may = any
                    || self.allows("admin") && who == Who::Admin
                    // Of whichever page.
                    || self.allows("manager") && (who.manages() || who == Who::OtherArtist);
                (!may || what != What::Missing, may)
            }
        };
        match (sees, may) {
            (true, true) => Done,
            (true, false) => Refused(403),
            (false, _) => Refused(404),
        }
    }

    /// Jobs are the admin's, who imported.
    fn owner(&self) -> Who {
        if self.object == "job" { Who::Admin } else { Who::Owner }
    }
}

/// Music of every kind, and people.
struct Stage<'a> {
    app: &'a TestApp,
    shelf: &'a Shelf,
    people: Vec<User>,
    /// Another editor, who comes and goes.
    guest: User,
    artist: String,
    library: [String; 3],
    albums: [String; 3],
    tracks: [String; 3],
    job: String,
    image: String,
    /// The page of somebody who calls nothing.
    tipped: String,
    /// A track of somebody else's that costs something, once it is needed.
    priced: std::cell::RefCell<String>,
    /// What the owner's newest session was agreed on.
    terms: std::cell::RefCell<Value>,
    /// For what must be another each time.
    count: std::cell::Cell<u64>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

impl<'a> Stage<'a> {
    async fn new(app: &'a TestApp, shelf: &'a Shelf) -> Self {
        let mut people = Vec::new();
        for name in NAMES {
            people.push(match name {
                "lea" => app.listener(name).await,
                "root" => app.admin(name).await,
                _ => app.artist(name).await,
            });
        }
        let guest = app.listener("gus").await;
        let [ana, max, admin] = [&people[1], &people[2], &people[4]];
        let post = async |user: &User, path: &str, body: Value| {
            app.post(format!("/api/v1/{path}")).by(user).json(body).send().await.ok()
        };
        post(&people[3], "artists", json!({"displayName": "Ben"})).await;
        let artist = text(&post(ana, "artists", json!({"displayName": "Ana"})).await["id"]);
        app.manager(ana, &artist, max, "editor").await;

        shelf.put("1.mp3", &Song::tagged(1, "Kept", "Old Band", "Old Record"));
        let dora = app.artist("dora").await;
        let tipped = text(&post(&dora, "artists", json!({"displayName": "Dora"})).await["id"]);
        let path = shelf.root();
        let job = text(&post(admin, "admin/imports", json!({"path": path})).await["job"]);
        app.run_jobs().await;
        let kept = app.get("/api/v1/tracks").by(admin).send().await.ok()["items"][0].clone();
        let library = [&kept["artist"]["id"], &kept["album"]["id"], &kept["id"]].map(text);

        let picture = [("file", Some("a.png"), picture())];
        let picture: Vec<_> = picture.iter().map(|(name, file, bytes)| (*name, *file, &**bytes)).collect();
        let avatar = app.put("/api/v1/me/avatar").by(ana).form(&picture).send().await.ok();
        let image = text(&avatar["profile"]["avatarUrl"]).rsplit('/').next().unwrap().to_owned();
        let mut stage = Self {
            app,
            shelf,
            guest,
            artist,
            library,
            albums: Default::default(),
            tracks: Default::default(),
            job,
            tipped,
            image: image.split('?').next().unwrap().to_owned(),
            priced: String::new().into(),
            terms: Value::Null.into(),
            count: 100.into(),
            people,
        };
        for (i, visibility) in ["public", "unlisted", "private"].into_iter().enumerate() {
            stage.albums[i] = stage.album(visibility).await;
            stage.tracks[i] = stage.track(visibility, &stage.albums[i]).await;
        }
        app.settle_search().await;
        stage
    }

    fn user(&self, who: Who) -> Option<&User> {
        (who as usize).checked_sub(1).map(|i| &self.people[i])
    }

    fn owner(&self) -> &User {
        &self.people[1]
    }

    fn next(&self) -> u64 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }

    async fn album(&self, visibility: &str) -> String {
        let body = json!({"title": visibility, "visibility": visibility, "artistId": self.artist});
        text(&self.app.post("/api/v1/albums").by(self.owner()).json(body).send().await.ok()["id"])
    }

    /// Uploads one.
    async fn track(&self, visibility: &str, album: &str) -> String {
        let song = tone(self.next());
        let page = json!({"artistId": self.artist}).to_string();
        let parts: [(&str, Option<&str>, &[u8]); 2] =
            [("metadata", None, page.as_bytes()), ("file", Some("a.wav"), &song)];
        let call = self.app.post("/api/v1/tracks/upload").by(self.owner()).form(&parts);
        let id = text(&call.send().await.expect(201).json()["id"]);
        let body = json!({"title": visibility, "visibility": visibility, "albumId": album});
        self.app.patch(format!("/api/v1/tracks/{id}")).by(self.owner()).json(body).send().await.ok();
        id
    }

    /// The id of what is meant. What an owner may delete is made for the purpose.
    async fn target(&self, operation: &Operation, what: What, spend: bool) -> String {
        if !operation.has_target() {
            return String::new();
        }
        let (place, name) = match what {
            What::Missing => return MISSING.to_owned(),
            What::Public | What::Library => (0, "public"),
            What::Unlisted => (1, "unlisted"),
            What::Private => (2, "private"),
        };
        match (operation.object.as_str(), what) {
            ("artist", What::Library) => self.library[0].clone(),
            ("album", What::Library) => self.library[1].clone(),
            ("track", What::Library) => self.library[2].clone(),
            ("artist", _) => self.artist.clone(),
            ("album", _) if spend => {
                let album = self.album(name).await;
                if operation.id == "publishAlbum" {
                    self.track(name, &album).await;
                }
                album
            }
            ("track", _) if spend => self.track(name, &self.albums[place]).await,
            ("album", _) => self.albums[place].clone(),
            ("track", _) => self.tracks[place].clone(),
            ("device", _) => self.device().await,
            ("job", _) => self.job.clone(),
            ("image", _) => self.image.clone(),
            ("account", _) => self.guest.id.clone(),
            ("top-up", _) => {
                let body = json!({"asset": "BEAT", "amount": "1", "method": "test"});
                let made = self.app.post("/api/v1/me/top-ups").by(self.owner()).json(body).send().await;
                self.app.advance(std::time::Duration::from_mins(2));
                text(&made.ok()["id"])
            }
            ("dispute", _) => {
                let path = format!("/api/v1/sessions/{}/dispute", self.paid().await);
                let call = self.app.post(path).by(self.owner()).json(json!({"reason": "no sound"}));
                text(&call.send().await.ok()["id"])
            }
            ("perk", _) => {
                let path = format!("/api/v1/artists/{}/perks", self.artist);
                text(&self.app.post(path).by(self.owner()).json(perk()).send().await.ok()["id"])
            }
            ("session", _) => {
                if operation.id == "disputeSession" {
                    return self.paid().await;
                }
                let id = self.session().await;
                if operation.id == "getReceipt" {
                    let path = format!("/api/v1/sessions/{id}/settle");
                    self.app.post(path).by(self.owner()).send().await.ok();
                }
                id
            }
            (other, _) => panic!("{}: there is no {other} on the stage", operation.id),
        }
    }

    async fn login(&self, name: &str) -> Value {
        let body = json!({"login": name, "password": "FanPass123"});
        self.app.advance(std::time::Duration::from_secs(2));
        let address = format!("198.18.{}.1", self.next() % 250);
        self.app.post("/api/v1/auth/login").from(&address).json(body).send().await.ok()
    }

    /// A log-in of the owner's.
    async fn device(&self) -> String {
        self.login("ana").await;
        let devices = self.app.get("/api/v1/auth/devices").by(self.owner()).send().await.ok();
        let other = devices["items"].as_array().unwrap().iter().find(|device| device["current"] == false);
        text(&other.unwrap()["id"])
    }

    /// A session of the owner's, and a second of it.
    async fn session(&self) -> String {
        let body = start(&self.tracks[0]);
        let terms = self.app.post("/api/v1/sessions").by(self.owner()).json(body).send().await.ok();
        let id = text(&terms["sessionId"]);
        *self.terms.borrow_mut() = terms;
        let sessions = &self.app.service.commerce.sessions;
        sessions.quiet().await;
        self.app.advance(std::time::Duration::from_secs(1));
        sessions.quiet().await;
        id
    }

    /// A session of the owner's that is paid for.
    async fn paid(&self) -> String {
        let app = self.app;
        if self.priced.borrow().is_empty() {
            crate::sessions::fund(app, self.owner(), 1_000_000).await;
            *self.priced.borrow_mut() = crate::sessions::priced(app, &self.people[3], 30).await;
        }
        let track = self.priced.borrow().clone();
        let listener = crate::sessions::start(app, self.owner(), &track).await;
        listener.hear(1, 1).await;
        listener.settle().await;
        listener.id().to_owned()
    }

    /// A call that is refused for nothing but who makes it.
    async fn call(&self, operation: &Operation, who: Who, id: &str) -> Reply {
        let path = operation
            .path
            .replace("{id}", id)
            .replace("{userId}", &self.guest.id)
            .replace("{username}", "gus");
        // What would be found if it could be.
        let query = if operation.id == "search" { "?q=private" } else { "" };
        let mut call = self.app.call(operation.method.clone(), path + query);
        if let Some(user) = self.user(who) {
            call = match operation.id.as_str() {
                "logOut" => {
                    let visit = self.login(NAMES[who as usize - 1]).await;
                    call.header("authorization", &format!("Bearer {}", text(&visit["accessToken"])))
                }
                _ => call.by(user),
            };
        }
        let n = self.next();
        let (picture, song) = (picture(), tone(n));
        let metadata = json!({"artistId": id}).to_string();
        let mail = format!("new{n}@example.com");
        let body = match operation.id.as_str() {
            "putAlbumCover" | "putTrackCover" | "putArtistAvatar" | "setAvatar" => {
                return call.form(&[("file", Some("a.png"), &picture)]).send().await;
            }
            "uploadTrack" => {
                let parts: [(&str, Option<&str>, &[u8]); 2] =
                    [("metadata", None, metadata.as_bytes()), ("file", Some("a.wav"), &song)];
                return call.form(&parts).send().await;
            }
            "createAlbum" | "createTrack" => json!({"title": "One more", "artistId": id}),
            "startImport" => json!({"path": self.shelf.root()}),
            "createArtist" => json!({"displayName": format!("Page {n}")}),
            "createGenre" => json!({"name": format!("Genre {n}")}),
            "putManager" if id == self.library[0] => json!({"role": "owner"}),
            "putManager" => json!({"role": "editor"}),
            "putSplits" => {
                json!({"shares": [{"artistId": self.artist, "role": "artist", "basisPoints": 10_000}]})
            }
            "reportPlay" => {
                json!({"clientPlayId": format!("play-{n}"), "startedAt": self.app.now(), "secondsListened": 1})
            }
            "putQueue" => {
                call = call.header("if-match", "*");
                json!({"trackIds": [self.tracks[0]]})
            }
            "createTopUp"
            | "useFaucet"
            | "createPerk"
            | "createOperatorsPerk"
            | "createRedemption"
            | "createTip" => self.money(operation, who).await,
            "startSession" => start(id),
            "acknowledgeSession" => json!({"signature": voucher(&self.terms.borrow())}),
            "putSpendingCaps" => json!({"perDay": {"asset": "BEAT", "amount": "1000000"}}),
            "disputeSession" => json!({"reason": "no sound"}),
            "resolveDispute" => json!({"resolution": "dismiss"}),
            "settleSession" => return call.send().await,
            "readNotifications" => json!({"all": true}),
            "putNowPlaying" => json!({"trackId": self.tracks[0]}),
            "changePassword" => json!({"current": "FanPass123", "new": "FanPass123"}),
            "register" => {
                call = call.from(&format!("198.19.{}.1", n % 250));
                json!({"email": mail, "password": "FanPass123"})
            }
            "logIn" => {
                call = call.from(&format!("198.19.{}.2", n % 250));
                json!({"login": "lea", "password": "FanPass123"})
            }
            "refresh" => json!({"refreshToken": self.login("lea").await["refreshToken"]}),
            "setUp" => {
                json!({"token": "0", "email": mail, "username": "second", "password": "FanPass123"})
            }
            // Each has a name and a password.
            "addPassword" => json!({"email": mail, "password": "FanPass123"}),
            "askWallet" => json!({"address": Wallet::new(1).address().to_string()}),
            "logInByWallet" => {
                let wallet = Wallet::new(1);
                wallet.signed(&wallet.ask(self.app, None).await)
            }
            "linkWallet" => self.linking(who).await,
            "unlinkWallet" => {
                let path = format!("{}?address={}", operation.path, who.wallet().address());
                let Some(user) = self.user(who) else { return self.app.delete(path).send().await };
                let body = self.linking(who).await;
                self.app.post("/api/v1/me/wallets").by(user).json(body).send().await.ok();
                return self.app.delete(path).by(user).send().await;
            }
            "updateMe" => json!({"profile": {"bio": format!("Hello {n}")}}),
            _ if [Method::PATCH, Method::POST].contains(&operation.method)
                && !operation.id.starts_with("logOut") =>
            {
                json!({})
            }
            _ => return call.send().await,
        };
        call.json(body).send().await
    }

    /// The body of a call that moves money, which is there.
    async fn money(&self, operation: &Operation, who: Who) -> Value {
        match operation.id.as_str() {
            "createTopUp" => json!({"asset": "BEAT", "amount": "1", "method": "test"}),
            "createTip" => {
                if let Some(user) = self.user(who) {
                    crate::sessions::fund(self.app, user, 1).await;
                }
                json!({"artistId": self.tipped, "asset": "BEAT", "amount": "1"})
            }
            "createRedemption" => {
                if let Some(user) = self.user(who) {
                    let price = self.app.service.app.config.rewards.premium_day;
                    crate::rewards::give(self.app, user, price).await;
                }
                json!({"kind": "premium_days", "quantity": 1})
            }
            "useFaucet" => json!({"amount": "1"}),
            _ => perk(),
        }
    }

    /// What links it to their account.
    async fn linking(&self, who: Who) -> Value {
        let wallet = who.wallet();
        wallet.signed(&wallet.ask(self.app, self.user(who)).await)
    }

    /// Makes the guest a manager.
    async fn invite(&self) {
        self.app.manager(self.owner(), &self.artist, &self.guest, "editor").await;
    }

    /// All that the owner sees of what is theirs, to tell whether anything changed.
    async fn state(&self) -> Vec<Value> {
        let mut paths = Vec::new();
        for path in ["", "/managers", "/tracks", "/albums"] {
            paths.push(format!("artists/{}{path}", self.artist));
        }
        for (album, track) in self.albums.iter().zip(&self.tracks) {
            paths.extend([
                format!("albums/{album}"),
                format!("tracks/{track}"),
                format!("tracks/{track}/splits"),
            ]);
        }
        let mut state = Vec::new();
        for path in paths {
            state.push(self.app.get(format!("/api/v1/{path}")).by(self.owner()).send().await.ok());
        }
        state
    }

    /// No answer names what its reader may not know of.
    fn assert_discreet(&self, who: Who, what: What, reply: &Reply) {
        if reply.header("content-type").is_none_or(|kind| !kind.contains("json")) {
            return;
        }
        let said = reply.json().to_string();
        let named = |ids: &[&String]| ids.iter().any(|id| said.contains(id.as_str()));
        let ours = who.manages();
        assert!(
            ours || !named(&[&self.albums[2], &self.tracks[2]]),
            "{who:?} reads of what is private: {said}"
        );
        let open = ours || what == What::Unlisted;
        assert!(
            open || !named(&[&self.albums[1], &self.tracks[1]]),
            "{who:?} reads of what is unlisted: {said}"
        );
        let library: Vec<&String> = self.library.iter().collect();
        assert!(who != Who::Nobody || !named(&library), "nobody reads of the library: {said}");
    }
}

/// What asks for a session on `track`.
fn start(track: &str) -> Value {
    json!({"trackId": track, "sessionKey": crate::sessions::key(5).address().to_string()})
}

/// The signature for the first second of a track that costs its owner nothing.
fn voucher(terms: &Value) -> String {
    // Whoever has no session signs what they like.
    if terms.is_null() {
        return format!("0x{}1b", "11".repeat(64));
    }
    crate::sessions::sign(&crate::sessions::key(5), terms, 1)
}

/// A badge to be offered.
fn perk() -> Value {
    json!({"kind": "badge", "title": "Friend", "price": {"asset": "BTN", "amount": "1"}, "stock": 1})
}

/// A small one.
fn picture() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 8, 8);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&[90; 64]).unwrap();
    file
}

/// A second of sound that no other number has: a square wave.
pub(crate) fn tone(n: u64) -> Vec<u8> {
    let half = usize::try_from(n).unwrap() + 2;
    let samples = (0..8_000).flat_map(|i| if i / half % 2 == 0 { [0, 32] } else { [0, 224] });
    let mut wav =
        b"RIFF\xa4\x3e\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x80\x3e\0\0"
            .to_vec();
    wav.extend(samples);
    wav
}

/// What a problem says apart from the request and what that named itself.
fn said(reply: &Reply, id: &str) -> String {
    let mut problem = reply.json();
    problem.as_object_mut().unwrap().remove("requestId");
    problem.to_string().replace(id, "{id}")
}

#[testkit::test]
async fn every_operation_obeys_its_rule(app: TestApp) {
    let shelf = Shelf::new();
    let app = app.reconfigured(|config| {
        config.import.roots = vec![shelf.root()];
        config.access.anonymous = Some(Anonymous::Full);
    });
    let stage = Stage::new(&app, &shelf).await;
    let mut wrong = Vec::new();
    for operation in Operation::all() {
        stage.invite().await;
        let before = stage.state().await;
        for done in [Expected::Refused(0), Expected::Done] {
            for who in Who::ALL {
                check(&stage, &operation, who, done == Expected::Done, &mut wrong).await;
            }
            if done != Expected::Done {
                assert_eq!(stage.state().await, before, "a refused {} changed something", operation.id);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Calls an operation on everything that must be done, or else must be refused.
async fn check(stage: &Stage<'_>, operation: &Operation, who: Who, done: bool, wrong: &mut Vec<String>) {
    let mut missing = None;
    for what in operation.targets().iter().copied() {
        let expected = operation.expected(who, what);
        if (expected == Expected::Done) != done {
            continue;
        }
        let spends = operation.method == Method::DELETE || operation.id == "publishAlbum";
        let spend = done && spends && operation.visibility == "own";
        let id = stage.target(operation, what, spend).await;
        let reply = stage.call(operation, who, &id).await;
        let status = reply.status.as_u16();
        let right = match expected {
            Expected::Refused(code) => status == code,
            // Once there is an admin there is no more to set up, for whomever.
            Expected::Done if operation.id == "setUp" => status == 410,
            // Everybody on the stage has a password.
            Expected::Done if operation.id == "addPassword" => status == 409,
            // These requests ask for no socket.
            Expected::Done if ["openSocket", "openMeter"].contains(&&*operation.id) => status == 426,
            Expected::Done => reply.status.is_success(),
        };
        if !right {
            let said = String::from_utf8_lossy(&reply.body);
            wrong
                .push(format!("{} by {who:?} on {what:?}: {status}, not {expected:?}: {said}", operation.id));
        }
        if operation.is_safe() && done {
            stage.assert_discreet(who, what, &reply);
        }
        if status == 404 && expected == Expected::Refused(404) {
            let said = said(&reply, &id);
            let first = missing.get_or_insert_with(|| said.clone());
            assert_eq!(
                *first, said,
                "{} by {who:?}: {what:?} can be told from what is missing",
                operation.id
            );
        }
    }
}

/// Where nothing is shown before log-in, nothing is.
#[testkit::test]
async fn a_closed_house_shows_nobody_anything(app: TestApp) {
    let shelf = Shelf::new();
    let app = app.reconfigured(|config| {
        config.import.roots = vec![shelf.root()];
        config.access.anonymous = Some(Anonymous::None);
    });
    let stage = Stage::new(&app, &shelf).await;
    for operation in Operation::all().iter().filter(|operation| operation.visibility == "visible") {
        for what in operation.targets() {
            let id = stage.target(operation, *what, false).await;
            let reply = stage.call(operation, Who::Nobody, &id).await;
            assert_eq!(reply.status.as_u16(), 401, "{} on {what:?}", operation.id);
        }
    }
}
