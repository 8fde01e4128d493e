use kernel::ImportId;
use serde::Serialize;

/// What became of the files of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Sound files come upon so far, by their names: the sum of the next five.
    pub seen: u64,
    /// Those that were not opened, because nothing is new about them.
    pub unchanged: u64,
    /// Those that became tracks.
    pub added: u64,
    /// Tracks whose files, or the pictures beside them, changed or came back.
    pub updated: u64,
    /// Tracks whose files were found under another path.
    pub moved: u64,
    /// Those that cannot be played.
    pub broken: u64,
    /// Those among them that were known, have not changed and were not opened.
    #[serde(skip)]
    pub still_broken: u64,
    /// Tracks and broken files that were there and are not any more.
    pub missing: u64,
    /// Links that were not followed, and what could not be looked at.
    pub skipped: u64,
}

impl Counts {
    /// Whether nothing is different.
    pub fn is_calm(&self) -> bool {
        self.added + self.updated + self.moved + self.missing == 0 && self.broken == self.still_broken
    }
}

/// The end of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The import.
    pub id: ImportId,
    /// What became of the files.
    #[serde(flatten)]
    pub counts: Counts,
}

/// A file or folder that an import left alone, or took without its tags, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Its path; bytes that are no UTF-8 stand as private characters (`infra::place`).
    pub path: String,
    /// Why.
    pub reason: String,
}

/// The first troubles of an import, to be looked at when it is over.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Troubles(Vec<Trouble>);

impl Troubles {
    /// Troubles that are kept.
    const MOST: usize = 100;
    /// What they have in bytes at most, all together: a path alone has up to 4 KiB.
    const BYTES: usize = 32 << 10;

    /// Keeps one more, if there is room.
    pub(super) fn keep(&mut self, trouble: Trouble) {
        let kept: usize = self.0.iter().map(Trouble::bytes).sum();
        if self.0.len() < Self::MOST && kept + trouble.bytes() <= Self::BYTES {
            self.0.push(trouble);
        }
    }
}

impl Trouble {
    fn bytes(&self) -> usize {
        self.path.len() + self.reason.len()
    }
}

/// What an import tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Progress {
    /// How far it is.
    Counts {
        /// Files so far.
        #[serde(flatten)]
        counts: Counts,
        /// About how many there are in all, once that is known.
        total: Option<u64>,
    },
    /// A file or folder that is left alone, or a file whose tags are.
    Trouble(Trouble),
    /// An import came to its end. Watching goes on after it.
    Done(Report),
}
