//! Whatever happens to a folder, it is imported to what it is, and every file that can be recognised is.

use std::{collections::BTreeMap, fs};

use testkit::TestApp;

use super::{Shelf, Song, snapshot::Snapshot, song::picture, tracks};

/// Numbers that repeat: xorshift from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A file with the sound that it was made with.
#[derive(Debug, Clone)]
struct File {
    path: String,
    noise: u64,
    whole: bool,
}

/// A folder to which things happen.
struct World {
    shelf: Shelf,
    chance: Chance,
    files: Vec<File>,
    /// Files that were taken away, with their bytes.
    away: Vec<(File, Vec<u8>)>,
    made: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        Self { shelf: Shelf::new(), chance, files: Vec::new(), away: Vec::new(), made: 0 }
    }

    fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// A path where there never was a file, in one of some folders.
    fn new_path(&mut self) -> String {
        let folders =
            ["a", "a/CD1", "a/CD2", "b", "b c", "b-d/e", "f (Disc 1)", "f (Disc 2)", "\u{202e}g", "h'\"\n"];
        format!("{}/{:04}.mp3", self.chance.one(&folders), self.number())
    }

    fn song(&mut self, noise: u64) -> Song {
        let chance = &mut self.chance;
        let artist = *chance.one(&["Ana", "Ben", "Cem feat. Dan", "Élan"]);
        let mut song = Song::new(noise).title(&format!("Song {}", chance.below(30))).text("TPE1", &[artist]);
        if chance.below(8) > 0 {
            song = song.text("TALB", &[*chance.one(&["Sea", "Land", "Sea (Disc 2)"])]);
        }
        if chance.below(3) == 0 {
            song = song.text("TPE2", &[*chance.one(&["Ana", "Ben", "Various Artists"])]);
        }
        if chance.below(6) == 0 {
            song = song.text("TCMP", &["1"]);
        }
        if chance.below(2) == 0 {
            song = song.text("TCON", &[*chance.one(&["Dub", "Fado"]), *chance.one(&["Dub", "Jazz"])]);
        }
        if chance.below(3) == 0 {
            song = song.text("TDRC", &[*chance.one(&["1998", "1998-05", "2004-02-29"])]);
        }
        if chance.below(3) == 0 {
            song = song.text("TRCK", &[*chance.one(&["1", "2/9", "x"])]);
        }
        if chance.below(5) == 0 {
            song = song.text("TPE1", &["Ana", "Ben"]).text("TCOM", &["Eve"]);
        }
        if chance.below(5) == 0 {
            let paint = *chance.one::<&str>(&["red", "blue"]);
            song = song.cover(&picture(paint));
        }
        song
    }

    fn take(&mut self) -> Option<File> {
        if self.files.is_empty() {
            None
        } else {
            Some(self.files.swap_remove(self.chance.below(self.files.len())))
        }
    }

    fn add(&mut self) {
        let (path, noise) = (self.new_path(), self.number());
        let song = self.song(noise);
        self.shelf.put(&path, &song);
        self.files.push(File { path, noise, whole: true });
    }

    /// Something happens.
    fn step(&mut self) {
        match self.chance.below(12) {
            0..=2 => self.add(),
            3 => {
                if let Some(file) = self.take() {
                    let bytes = fs::read(self.shelf.path(&file.path)).unwrap();
                    self.shelf.remove(&file.path);
                    self.away.push((file, bytes));
                }
            }
            4 | 5 => {
                if let Some(file) = self.take() {
                    let to = self.new_path();
                    self.shelf.rename(&file.path, &to);
                    self.files.push(File { path: to, ..file });
                }
            }
            6 => self.rename_folder(),
            7 | 8 => {
                if let Some(file) = self.take() {
                    let song = self.song(file.noise);
                    self.shelf.put(&file.path, &song);
                    self.files.push(File { whole: true, ..file });
                }
            }
            9 => {
                if let Some(file) = self.take() {
                    let rubbish = "no music ".repeat(10 + self.chance.below(2_000));
                    self.shelf.write(&file.path, rubbish.as_bytes());
                    self.files.push(File { whole: false, ..file });
                }
            }
            10 => {
                if let Some((file, bytes)) = self.away.pop() {
                    // Where it was, or where there never was anything.
                    let path = if self.chance.below(2) == 0 { file.path.clone() } else { self.new_path() };
                    self.shelf.write(&path, &bytes);
                    self.files.push(File { path, ..file });
                }
            }
            _ => {
                let place = format!("{}/cover.jpg", self.chance.one(&["a", "b", "f (Disc 1)"]));
                if self.shelf.path(&place).exists() {
                    self.shelf.remove(&place);
                } else {
                    self.shelf.write(&place, &picture(&format!("{}", self.chance.below(3))));
                }
            }
        }
    }

    fn rename_folder(&mut self) {
        let folders: Vec<String> =
            self.files.iter().map(|file| file.path.split('/').next().unwrap().to_owned()).collect();
        if folders.is_empty() {
            return;
        }
        let from = self.chance.one(&folders).clone();
        let to = format!("{} {}", from.split(' ').next().unwrap(), self.number());
        self.shelf.rename(&from, &to);
        for file in &mut self.files {
            if let Some(rest) = file.path.strip_prefix(&format!("{from}/")) {
                file.path = format!("{to}/{rest}");
            }
        }
    }
}

/// Which track each sound was the last time that it could be told.
type Tracks = BTreeMap<u64, String>;

/// Files that were there all the time, or came back, are the tracks that they were.
async fn check(app: &TestApp, world: &World, known: &mut Tracks, seed: u64) {
    let stored = tracks(app, &world.shelf).await;
    for file in world.files.iter().filter(|file| file.whole) {
        let found = stored.iter().find(|(path, _, there)| *path == file.path && *there);
        let id = &found.unwrap_or_else(|| panic!("seed {seed}: {file:?} is not among {stored:#?}")).1;
        let before = known.entry(file.noise).or_insert_with(|| id.clone());
        assert_eq!(before, id, "seed {seed}: {file:?}");
    }
    let there = stored.iter().filter(|(.., there)| *there).count();
    assert_eq!(there, world.files.iter().filter(|file| file.whole).count(), "seed {seed}: {stored:#?}");
}

#[testkit::test]
async fn whatever_happens_to_a_folder(app: TestApp) {
    let (first, worlds) = if std::env::var_os("TEST_LONG").is_some() { (1_000, 150) } else { (1, 4) };
    for seed in first..first + worlds {
        let mut world = World::new(seed);
        let mut known = Tracks::new();
        for _ in 0..6 {
            for _ in 0..=world.chance.below(14) {
                world.step();
            }
            world.shelf.import_with_troubles(&app).await;
            check(&app, &world, &mut known, seed).await;
            // The same again changes nothing.
            let before = Snapshot::of(app.db(), &world.shelf.root()).await;
            let (report, _) = world.shelf.import_with_troubles(&app).await;
            let same = report.counts.unchanged + report.counts.still_broken;
            assert_eq!(same, report.counts.seen, "seed {seed}");
            assert!(report.counts.is_calm(), "seed {seed}: {report:?}");
            assert_eq!(Snapshot::of(app.db(), &world.shelf.root()).await, before, "seed {seed}");
        }
        let fresh = Snapshot::fresh(&app, &world.shelf.root()).await;
        assert_eq!(Snapshot::of(app.db(), &world.shelf.root()).await, fresh, "seed {seed}");
        // The next world has its own artists.
        for file in std::mem::take(&mut world.files) {
            world.shelf.remove(&file.path);
        }
        world.shelf.import(&app).await;
    }
}
