//! The built program, started as its users start it.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

/// The built program.
pub(crate) const RESONANCE: &str = env!("CARGO_BIN_EXE_resonance");

/// An installation: a data folder, and a database of its own where it is not in the folder.
pub(crate) struct Installation {
    data: tempfile::TempDir,
    database: Option<String>,
    settings: Vec<(&'static str, &'static str)>,
}

impl Installation {
    /// One in a new folder, on SQLite or on the PostgreSQL database named.
    pub(crate) fn new(database: Option<&str>) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        Self { data, database: database.map(str::to_owned), settings: Vec::new() }
    }

    /// With a setting, as a variable of the environment.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.settings.push((name, value));
        self
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.data.path()
    }

    /// Where its database is.
    pub(crate) fn options(&self) -> db::Options {
        match &self.database {
            Some(url) => url.parse().expect("an address"),
            None => db::Options::Sqlite(db::SqliteOptions {
                path: self.folder().join("resonance.db"),
                readers: 1,
            }),
        }
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(RESONANCE);
        command.args(args).arg("--data").arg(self.data.path()).envs(self.settings.iter().copied());
        if let Some(url) = &self.database {
            command.env("RESONANCE__DB__URL", url);
        } else {
            command.env_remove("DATABASE_URL");
        }
        command
    }

    /// What a command prints, which must end well.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        let output = self.command(args).output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A server of this installation, once it takes requests.
    pub(crate) fn serve(&self) -> Server {
        self.start("serve").0
    }

    /// A server by `command`, once it takes requests, and what it said before.
    pub(crate) fn start(&self, command: &str) -> (Server, Vec<String>) {
        let mut process = self
            .command(&[command, "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let mut said = Vec::new();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let url = line.strip_prefix("Resonance is at ").map(str::to_owned);
                said.push(line);
                url
            })
            .expect("it says where it is");
        // Whatever it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        (Server { process, url }, said)
    }
}

/// A running server; killed when the test ends.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("it can be killed");
        self.process.wait().expect("it is gone");
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.url.strip_prefix("http://").expect("it speaks HTTP").parse().expect("an address")
    }

    fn request(&self, method: &str, path: &str, token: Option<&str>) -> ureq::http::request::Builder {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    /// Asks with a JSON body, or none; answers status and body.
    pub(crate) fn json(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> (u16, Value) {
        let agent = agent();
        let answer = match body {
            Some(body) => {
                let request = self.request(method, path, token).header("content-type", "application/json");
                agent.run(request.body(body.to_string()).expect("a request"))
            }
            None => agent.run(self.request(method, path, token).body(()).expect("a request")),
        };
        let mut answer = answer.expect("the server answers");
        let text = answer.body_mut().read_to_string().expect("a body");
        (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Makes an account with this name and role; answers its token.
    pub(crate) fn join(&self, name: &str, role: &str) -> String {
        let account = json!({
            "email": format!("{name}@example.com"), "password": "FanPass123", "username": name, "role": role,
        });
        let (status, joined) = self.json("POST", "/api/v1/auth/register", None, Some(account));
        assert_eq!(status, 201, "{joined}");
        joined["accessToken"].as_str().unwrap().to_owned()
    }

    /// Uploads a track; answers it.
    pub(crate) fn upload(&self, token: &str, metadata: &Value, sound: &[u8]) -> Value {
        let line = "a-line-between-the-parts";
        let mut body = Vec::new();
        for (head, part) in [
            ("name=\"metadata\"", metadata.to_string().as_bytes()),
            ("name=\"file\"; filename=\"tune.bin\"", sound),
        ] {
            let head = format!("--{line}\r\nContent-Disposition: form-data; {head}\r\n\r\n");
            body.extend([head.as_bytes(), part, b"\r\n"].concat());
        }
        body.extend(format!("--{line}--\r\n").as_bytes());
        let request = self.request("POST", "/api/v1/tracks/upload", Some(token));
        let request = request.header("content-type", format!("multipart/form-data; boundary={line}"));
        let mut answer = agent().run(request.body(body).expect("a request")).expect("the server answers");
        let text = answer.body_mut().read_to_string().expect("a body");
        assert_eq!(answer.status(), 201, "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The first track that is found, once there is one.
    pub(crate) fn search(&self, q: &str, token: Option<&str>) -> Value {
        for _ in 0..100 {
            let (_, found) = self.json("GET", &format!("/api/v1/tracks?q={q}"), token, None);
            if !found["items"][0].is_null() {
                return found["items"][0].clone();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{q} is not found");
    }

    pub(crate) fn bytes(&self, path: &str, token: &str, range: Option<&str>) -> (u16, Vec<u8>) {
        let mut request = self.request("GET", path, Some(token));
        if let Some(range) = range {
            request = request.header("range", range);
        }
        let mut answer = agent().run(request.body(()).expect("a request")).expect("the server answers");
        let mut bytes = Vec::new();
        answer.body_mut().as_reader().read_to_end(&mut bytes).expect("the whole body");
        (answer.status().as_u16(), bytes)
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into()
}
