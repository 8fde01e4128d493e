//! Writing what was read: who is who is looked up first, then everything of a batch goes into one transaction.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::Path,
};

use db::{Rows, Tx};
use identity::images::{self, Image, Source};
use infra::{App, place};
use kernel::{ArtistId, ImageId, ImportId, Time, TrackId};
use tokio::task::spawn_blocking;

use super::{
    ImportError,
    facts::{AlbumArtist, AlbumFact, Facts},
    progress::Counts,
    queries::{self, FileRow, FileState, Owner, Twin},
    read::{ReadBatch, ReadFile},
};
use crate::catalogue::{
    AudioSource, NewAudio, NewCredit, Touched,
    bulk::{self, LibraryAlbum, LibraryTrack, ManagedFile},
    genre,
    library::{self, ArtistFact, Heir},
};

/// A batch with the tracks that its files belong to already.
pub(super) struct Batch {
    read: ReadBatch,
    /// By the places of its files.
    owners: HashMap<String, Owner>,
    /// Files that were found again under another name, by their new places; the owners by their old ones.
    moved: HashMap<String, Owner>,
}

impl Batch {
    /// Looks up whose the files are. Only this import writes to their folder, so this holds until the batch is
    /// written; whose their pages are does not.
    pub(super) async fn of(app: &App, read: ReadBatch) -> Result<Self, ImportError> {
        let mut batch = Self { read, owners: HashMap::new(), moved: HashMap::new() };
        let known: Vec<&str> = batch.read.files.iter().filter(|f| f.known).map(ReadFile::place).collect();
        if !known.is_empty() {
            batch.owners = db::read!(app.db, |tx| queries::owners(tx, &known).await)?;
        }
        let homeless: Vec<&ReadFile> = batch
            .read
            .files
            .iter()
            .filter(|file| file.outcome.is_ok() && !batch.owners.contains_key(file.place()))
            .collect();
        batch.moved = moves(app, &homeless).await?;
        Ok(batch)
    }

    /// The owner of a file: by its place or, failing that, by the place that it had before.
    fn owner(&self, file: &ReadFile) -> Option<&Owner> {
        self.owners.get(file.place()).or_else(|| self.moved.get(file.place()))
    }
}

impl ReadFile {
    fn place(&self) -> &str {
        &self.sound.place
    }
}

/// Which of `files` are stored under places where there is no file any more.
async fn moves(app: &App, files: &[&ReadFile]) -> Result<HashMap<String, Owner>, ImportError> {
    let samples: HashSet<&[u8]> =
        files.iter().filter_map(|file| file.sample.as_ref().map(|sample| &sample[..])).collect();
    if samples.is_empty() {
        return Ok(HashMap::new());
    }
    let samples: Rows = samples.into_iter().map(|sample| (sample,)).collect();
    let twins = db::read!(app.db, |tx| queries::twins(tx, samples).await)?;
    if twins.is_empty() {
        return Ok(HashMap::new());
    }
    let gone = spawn_blocking(move || {
        twins.into_iter().filter(|twin| is_gone(&place::path(&twin.place))).collect::<Vec<_>>()
    });
    let mut gone = gone.await.map_err(|_| ImportError::Interrupted)?;
    let mut old_places: HashMap<&str, String> = HashMap::new();
    for file in files {
        let best = gone
            .iter()
            .enumerate()
            .filter(|(_, twin)| file.sample.as_ref().is_some_and(|sample| twin.sample == sample))
            .max_by_key(|(at, twin)| (likeness(file, twin), usize::MAX - at));
        if let Some((at, _)) = best {
            old_places.insert(file.place(), gone.swap_remove(at).place);
        }
    }
    let places: Vec<&str> = old_places.values().map(String::as_str).collect();
    let owners = db::read!(app.db, |tx| queries::owners(tx, &places).await)?;
    Ok(old_places
        .into_iter()
        .filter_map(|(new, old)| Some((new.to_owned(), owners.get(&old)?.clone())))
        .collect())
}

/// Whether it is certain that there is no such file; a disk that does not answer is not.
fn is_gone(path: &Path) -> bool {
    path.symlink_metadata()
        .is_err_and(|e| matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory))
}

/// How much of two files of one sample is the same besides.
fn likeness(file: &ReadFile, twin: &Twin) -> u8 {
    let name = |place: &str| place.rsplit('/').next().map(str::to_owned);
    let sound = &file.sound;
    let same = [
        name(&sound.place) == name(&twin.place),
        sound.size == twin.size,
        sound.modified_ns == twin.modified_ns,
        sound.inode == twin.inode,
    ];
    same.iter().enumerate().map(|(bit, same)| u8::from(*same) << bit).sum()
}

/// Writes a batch; answers what became of its files. `before` are the counts of the import so far.
///
/// # Errors
/// [`ImportError::TakenOver`] when the import is not ours any more: then nothing is written.
pub(super) async fn write(
    tx: &mut Tx,
    app: &App,
    import: ImportId,
    batch: &Batch,
    before: &Counts,
) -> Result<Counts, ImportError> {
    // First of all, so that no other can take the import over while this is written.
    if !queries::beat(tx, import, before).await? {
        return Err(ImportError::TakenOver);
    }
    let mut counts = Counts { seen: batch.read.files.len() as u64, ..Counts::default() };
    let mut touched = Touched::default();
    let forgotten: HashSet<String> = if batch.moved.is_empty() {
        HashSet::new()
    } else {
        let old = batch.moved.values().map(|owner| (&owner.place,)).collect();
        queries::forget(tx, old).await?.into_iter().collect()
    };
    let pages = batch.owners.values().chain(batch.moved.values()).map(|owner| owner.artist_id).collect();
    let assigned = queries::assigned(tx, &pages).await?;
    let mut new = new_ids(app, batch);
    let mut good = Vec::new();
    let mut files = Vec::new();
    let mut lost = Vec::new();
    for file in &batch.read.files {
        // Another import may have been faster to find a file's new place.
        let owner =
            batch.owner(file).filter(|owner| owner.place == file.place() || forgotten.contains(&owner.place));
        match &file.outcome {
            Ok(facts) => {
                let track = match owner {
                    Some(owner) => owner.track_id,
                    None => new.remove(file.place()).unwrap_or_else(|| app.id()),
                };
                match owner {
                    None => counts.added += 1,
                    Some(owner) if owner.place == file.place() => counts.updated += 1,
                    Some(_) => counts.moved += 1,
                }
                let is_tagged = owner.is_none_or(|owner| !assigned.contains(&owner.artist_id));
                good.push(Good { file, facts, track, owner, is_tagged });
                let (state, sample) = (FileState::Ok, file.sample);
                files.push(FileRow { sound: &file.sound, state, error: None, track: Some(track), sample });
            }
            Err(refusal) => {
                counts.broken += 1;
                lost.extend(owner.map(|owner| owner.track_id));
                let state = if refusal.again { FileState::Unread } else { FileState::Broken };
                let error = Some(refusal.reason.as_str());
                files.push(FileRow { sound: &file.sound, state, error, track: None, sample: None });
            }
        }
    }
    if !good.is_empty() {
        tracks(tx, app, &batch.read, &good, &mut touched).await?;
    }
    queries::store(tx, &files).await?;
    library::lose(tx, app, &lost, &mut touched).await?;
    library::settle(tx, app, touched).await?;
    Ok(counts)
}

/// Ids for the files of a batch that belong to no track yet, by their places. Lists break ties by id, and nearly all of
/// them go downwards: so the first track of an album gets the highest, and an album that came out, or came here, at one
/// moment stands in its own order there.
fn new_ids<'b>(app: &App, batch: &'b Batch) -> HashMap<&'b str, TrackId> {
    let mut fresh: Vec<(&Facts, &str)> = Vec::new();
    for file in &batch.read.files {
        if let (Ok(facts), None) = (&file.outcome, batch.owner(file)) {
            fresh.push((facts, file.place()));
        }
    }
    fresh.sort_by_key(|(facts, place)| {
        let album = facts.album.as_ref().map(|album| album.key.as_str());
        (album, facts.disc_no, facts.track_no, *place)
    });
    let mut ids: Vec<TrackId> = fresh.iter().map(|_| app.id()).collect();
    ids.sort_unstable();
    fresh.into_iter().map(|(_, place)| place).zip(ids.into_iter().rev()).collect()
}

/// Marks the files at `places` as missing, and their tracks as away; answers how many there were.
pub(super) async fn lose(
    tx: &mut Tx,
    app: &App,
    import: ImportId,
    places: &[String],
    before: &Counts,
) -> Result<u64, ImportError> {
    if !queries::beat(tx, import, before).await? {
        return Err(ImportError::TakenOver);
    }
    let lost = queries::lose(tx, places).await?;
    let tracks: Vec<TrackId> = lost.iter().copied().flatten().collect();
    let mut touched = Touched::default();
    library::lose(tx, app, &tracks, &mut touched).await?;
    library::settle(tx, app, touched).await?;
    Ok(lost.len() as u64)
}

/// A file that is a track.
struct Good<'a> {
    file: &'a ReadFile,
    facts: &'a Facts,
    track: TrackId,
    owner: Option<&'a Owner>,
    /// Whether its tags say what the track is: until somebody manages its page.
    is_tagged: bool,
}

impl Good<'_> {
    fn duration_ms(&self) -> i64 {
        let same_sound = self.owner.filter(|owner| {
            self.file.sample.is_some()
                && owner.sample.as_deref() == self.file.sample.as_ref().map(|sample| &sample[..])
                // Nothing of it could be decoded: perhaps now.
                && owner.duration_ms > 0
        });
        // What decoding found is truer than what the headers say.
        same_sound.map_or(self.facts.duration_ms, |owner| owner.duration_ms)
    }
}

/// Writes the tracks of `good` and all that they need.
async fn tracks(
    tx: &mut Tx,
    app: &App,
    read: &ReadBatch,
    good: &[Good<'_>],
    touched: &mut Touched,
) -> Result<(), ImportError> {
    let tagged = || good.iter().filter(|good| good.is_tagged);
    let wanted: BTreeSet<&ArtistFact> = tagged().flat_map(|good| named_artists(good.facts)).collect();
    let wanted: Vec<&ArtistFact> = wanted.into_iter().collect();
    let artists = library::artists(tx, app, &wanted).await?;
    let names: BTreeSet<&str> =
        tagged().flat_map(|good| good.facts.genres.iter().map(|genre| genre.text.as_str())).collect();
    let genres = genre::ensure(tx, app, names).await?;
    let images = images::note(tx, &pictures(app, read, good), app.now()).await?;
    let groups = album_groups(good, &artists);
    let heirs: Vec<Heir> = groups.iter().filter_map(AlbumGroup::heir).collect();
    library::rename_albums(tx, &heirs, app.now()).await?;
    let rows: Vec<LibraryAlbum> = groups.iter().filter_map(AlbumGroup::row).collect();
    let albums = bulk::albums(tx, app, rows).await?;

    let (mut new, mut old, mut managed) = (Vec::new(), Vec::new(), Vec::new());
    for good in good {
        let Good { file, facts, track, owner, .. } = good;
        let cover = cover_hash(read, file, facts).and_then(|hash| images.get(&hash[..]).copied());
        let (duration_ms, audio) = (good.duration_ms(), audio(file, facts, *track));
        touched.tracks.push(*track);
        if let Some(owner) = owner {
            touched.artists.push(owner.artist_id);
            touched.albums.extend(owner.album_id);
        }
        if !good.is_tagged {
            managed.push(ManagedFile { duration_ms, cover, audio });
            continue;
        }
        let guests = facts.artists.iter().skip(1).map(|artist| NewCredit {
            role: "artist".into(),
            name: artist.name.text.clone(),
            artist_id: artists.get(artist).copied(),
        });
        let others = facts.credits.iter().map(|(role, name)| NewCredit {
            role: (*role).to_owned(),
            name: name.clone(),
            artist_id: None,
        });
        let row = LibraryTrack {
            id: *track,
            artist: artists[&facts.artists[0]],
            artist_credit: facts.credit.clone(),
            album: facts.album.as_ref().and_then(|album| albums.get(&album.key).copied()),
            title: facts.title.clone(),
            disc_no: facts.disc_no,
            track_no: facts.track_no,
            duration_ms,
            explicit: facts.explicit,
            isrc: facts.isrc.clone(),
            release_date: facts.released,
            cover,
            musicbrainz_id: facts.musicbrainz.map(|id| id.to_string()),
            genres: facts.genres.iter().filter_map(|genre| genres.get(&genre.key).copied()).collect(),
            credits: guests.chain(others).collect(),
            audio,
        };
        touched.albums.extend(row.album);
        if owner.is_some() { old.push(row) } else { new.push(row) }
    }
    touched.artists.extend(artists.into_values());
    touched.artists.extend(library::credited(tx, &old).await?);
    bulk::insert_tracks(tx, app, &new).await?;
    bulk::update_tracks(tx, app, &old).await?;
    bulk::follow_files(tx, app, &managed).await?;
    Ok(())
}

/// Everybody who gets a page because of a file.
fn named_artists(facts: &Facts) -> impl Iterator<Item = &ArtistFact> {
    let of_album = facts.album.as_ref().and_then(|album| match &album.artist {
        AlbumArtist::Named(artist) => Some(artist),
        AlbumArtist::OfTracks => None,
    });
    facts.artists.iter().chain(of_album)
}

/// An album with the files of the batch that are on it.
struct AlbumGroup<'a> {
    fact: &'a AlbumFact,
    /// Whose it is by the first file whose tags count, if there is one.
    artist: Option<ArtistId>,
    owners: Vec<Option<&'a Owner>>,
}

fn album_groups<'a>(good: &[Good<'a>], artists: &HashMap<&ArtistFact, ArtistId>) -> Vec<AlbumGroup<'a>> {
    let mut groups: BTreeMap<&str, AlbumGroup<'a>> = BTreeMap::new();
    for good in good {
        let Some(fact) = &good.facts.album else { continue };
        let group = AlbumGroup { fact, artist: None, owners: Vec::new() };
        let group = groups.entry(&fact.key).or_insert(group);
        group.owners.push(good.owner);
        if group.artist.is_none() && good.is_tagged {
            group.fact = fact;
            group.artist = Some(match &fact.artist {
                AlbumArtist::Named(artist) => artists[artist],
                AlbumArtist::OfTracks => artists[&good.facts.artists[0]],
            });
        }
    }
    groups.into_values().collect()
}

impl AlbumGroup<'_> {
    /// Date and picture follow from the tracks. There is none if all of its files are tracks of somebody, on whatever album
    /// they put them.
    fn row(&self) -> Option<LibraryAlbum> {
        Some(LibraryAlbum {
            key: self.fact.key.clone(),
            artist: self.artist?,
            title: self.fact.title.clone(),
            kind: self.fact.kind,
            release_date: None,
            cover: None,
            musicbrainz_id: self.fact.musicbrainz.map(|id| id.to_string()),
        })
    }

    /// The one album that all of its tracks which were there before were on.
    fn heir(&self) -> Option<Heir> {
        let mut owners = self.owners.iter().copied().flatten();
        let album = owners.clone().next()?.album_id?;
        if owners.any(|owner| owner.album_id != Some(album)) {
            return None;
        }
        let available = self.owners.iter().flatten().filter(|owner| owner.available).count();
        Some(Heir { album, key: self.fact.key.clone(), tracks: i64::try_from(available).ok()? })
    }
}

/// The picture of a file: its own, or that of its folder.
fn cover_hash<'a>(read: &'a ReadBatch, file: &ReadFile, facts: &'a Facts) -> Option<&'a [u8; 32]> {
    let of_folder = || read.pictures.get(&file.sound.picture.as_ref()?.place);
    facts.cover.as_ref().or_else(of_folder)
}

/// The pictures of the batch, each once.
fn pictures(app: &App, read: &ReadBatch, good: &[Good<'_>]) -> Vec<Image> {
    let mut images: BTreeMap<[u8; 32], Image> = BTreeMap::new();
    for Good { file, facts, .. } in good {
        let Some(hash) = cover_hash(read, file, facts) else { continue };
        images.entry(*hash).or_insert_with(|| {
            let (source, place) = match (&facts.cover, &file.sound.picture) {
                (None, Some(picture)) => (Source::File, picture.place.clone()),
                _ => (Source::Embedded, file.sound.place.clone()),
            };
            Image { id: ImageId(app.ids.random_uuid()), source, place, hash: hash.to_vec() }
        });
    }
    images.into_values().collect()
}

fn audio(file: &ReadFile, facts: &Facts, track: TrackId) -> NewAudio {
    let sound = &facts.sound;
    NewAudio {
        track,
        source: AudioSource::File,
        place: file.sound.place.clone(),
        size: file.sound.size,
        modified_at: Time::from_micros(file.sound.modified_ns.div_euclid(1_000)),
        content_type: sound.content_type,
        codec: sound.codec.to_owned(),
        bitrate: sound.bitrate,
        sample_rate: sound.sample_rate,
        channels: sound.channels,
        bit_depth: sound.bit_depth,
        hash: None,
        gain_track_mb: sound.gain_track,
        gain_album_mb: sound.gain_album,
    }
}
