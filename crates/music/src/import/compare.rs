//! What is on the disk beside what is stored: both in the order of their paths, neither wholly in memory.

use std::{collections::VecDeque, mem};

use db::Db;

use super::{
    folders::album_folder,
    queries::{self, Known},
    walk::{Found, Sound},
};

/// Files of one batch, unless an album is larger.
const BATCH: usize = 256;
/// Files of one batch at most.
const LARGEST_BATCH: usize = 512;
/// Stored files read at a time.
const PAGE: u32 = 2_000;

/// What is to be done about some files.
#[derive(Debug)]
pub(super) enum Step {
    /// New and changed files to be read; the files of an album are together.
    Read(Vec<Candidate>),
    /// The places of files that are stored and not there any more.
    Gone(Vec<String>),
    /// Something that is left alone, and why.
    Trouble { place: String, reason: String },
    /// So many files are as they were.
    Unchanged(u64),
    /// A file that could not be played, and is as it was; and why.
    StillBroken { place: String, reason: String },
    /// A file that can be played, is as it was, and has something wrong with it; and what.
    StillWrong { place: String, reason: String },
}

/// A file to be read.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) sound: Sound,
    /// Whether the place is stored.
    pub(super) known: bool,
}

/// Compares what a walk finds with the stored files of the same folder.
pub(super) struct Compare {
    db: Db,
    page: VecDeque<Known>,
    /// The places of the folder that were not read yet lie between these; nothing when all were.
    rest: Option<(String, String)>,
    read: Vec<Candidate>,
    gone: Vec<String>,
    unchanged: u64,
    steps: Vec<Step>,
}

impl Compare {
    /// Begins with the folder whose text, with a slash at its end, is `folder`.
    pub(super) fn new(db: Db, folder: &str) -> Self {
        // '0' follows '/': the first text that is no place within the folder.
        let end = format!("{}0", folder.trim_end_matches('/'));
        Self {
            db,
            page: VecDeque::new(),
            rest: Some((folder.to_owned(), end)),
            read: Vec::new(),
            gone: Vec::new(),
            unchanged: 0,
            steps: Vec::new(),
        }
    }

    /// Takes what was found next; answers what is to be done by now.
    pub(super) async fn take(&mut self, found: Vec<Found>) -> db::Result<Vec<Step>> {
        for found in found {
            match found {
                Found::Sound(sound) => self.sound(sound).await?,
                Found::Skipped { place, reason } => self.steps.push(Step::Trouble { place, reason }),
                Found::Unread { place, reason } => {
                    self.keep(&place).await?;
                    self.steps.push(Step::Trouble { place, reason });
                }
            }
        }
        if self.gone.len() >= LARGEST_BATCH {
            self.steps.push(Step::Gone(mem::take(&mut self.gone)));
        }
        Ok(self.flush_unchanged())
    }

    /// Ends: nothing more was found.
    pub(super) async fn finish(mut self) -> db::Result<Vec<Step>> {
        while let Some(known) = self.next(|_| true).await? {
            self.lost(known);
        }
        self.steps.push(Step::Read(mem::take(&mut self.read)));
        self.steps.push(Step::Gone(mem::take(&mut self.gone)));
        Ok(self.flush_unchanged())
    }

    fn flush_unchanged(&mut self) -> Vec<Step> {
        if self.unchanged > 0 {
            self.steps.push(Step::Unchanged(mem::take(&mut self.unchanged)));
        }
        mem::take(&mut self.steps)
    }

    async fn sound(&mut self, sound: Sound) -> db::Result<()> {
        while let Some(known) = self.next(|known| known.place < sound.place).await? {
            self.lost(known);
        }
        let mut known = self.next(|known| known.place == sound.place).await?;
        if let Some(known) = known.as_mut().filter(|known| known.is(&sound)) {
            let place = sound.place;
            match known.error.take() {
                Some(reason) if known.is_broken() => self.steps.push(Step::StillBroken { place, reason }),
                Some(reason) => self.steps.push(Step::StillWrong { place, reason }),
                None => self.unchanged += 1,
            }
            return Ok(());
        }
        let another_album =
            || self.read.last().is_none_or(|last| album_of(&last.sound.place) != album_of(&sound.place));
        if self.read.len() >= LARGEST_BATCH || (self.read.len() >= BATCH && another_album()) {
            self.steps.push(Step::Read(mem::take(&mut self.read)));
        }
        self.read.push(Candidate { sound, known: known.is_some() });
        Ok(())
    }

    /// Leaves alone what is stored of `place`, a file or (with a slash at its end) a folder.
    async fn keep(&mut self, place: &str) -> db::Result<()> {
        while let Some(known) = self.next(|known| known.place.as_str() < place).await? {
            self.lost(known);
        }
        let within =
            |known: &Known| known.place == place || (place.ends_with('/') && known.place.starts_with(place));
        while self.next(within).await?.is_some() {}
        Ok(())
    }

    fn lost(&mut self, known: Known) {
        if !known.is_missing() {
            self.gone.push(known.place);
        }
    }

    /// The next stored file, if it is as wanted.
    async fn next(&mut self, wanted: impl Fn(&Known) -> bool) -> db::Result<Option<Known>> {
        if self.page.is_empty()
            && let Some((after, end)) = self.rest.take()
        {
            let page: Vec<Known> = db::read!(self.db, |tx| queries::known(tx, &after, &end, PAGE).await)?;
            if let Some(last) = page.last().filter(|_| page.len() == PAGE as usize) {
                self.rest = Some((last.place.clone(), end));
            }
            self.page = page.into();
        }
        Ok(self.page.pop_front_if(|known| wanted(known)))
    }
}

/// The album's folder of the file at `place`.
fn album_of(place: &str) -> &str {
    album_folder(place.rsplit_once('/').map_or("", |(folder, _)| folder)).0
}
