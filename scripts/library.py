"""Makes the library of scripts/library: noise cut into short files by ffmpeg, tagged by mutagen."""

import base64
import multiprocessing
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from mutagen import id3
from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, TALB, TCON, TDRC, TIT2, TPE1, TPE2, TPOS, TRCK
from mutagen.oggvorbis import OggVorbis

RATE = 16000  # of the sound; low, which keeps the encoders quick
TRACKS_PER_ALBUM = 10
ALBUMS_PER_ARTIST = 10 / 3
COVERS = 24

# Codec: seconds of one file, then the encoder and its options. Seconds differ to make sizes alike.
CODECS = {
    "mp3": (3, ["libmp3lame", "-b:a", "40k"]),
    "ogg": (3, ["libvorbis", "-q:a", "4"]),
    "flac": (0.3, ["flac"]),
}

GENRES = ["Ambient", "Blues", "Chanson", "Cumbia", "Dub", "Electronic", "Fado", "Folk", "Hip Hop", "House",
          "Jazz", "Krautrock", "Klezmer", "Metal", "Musique concrète", "Post-Rock", "Punk", "Soul", "Techno", "Waltz"]
SYLLABLES = ["bé", "ce", "di", "fá", "gu", "ha", "je", "ki", "lo", "mu", "na", "øe", "pi", "ró", "su", "ta", "vë", "wi", "xo", "zü"]
NOUNS = ["Harbour", "Signal", "Orchard", "Lantern", "Meridian", "Paper", "Winter", "Copper", "Tide", "Mirror", "Garden",
         "Static", "Atlas", "Ember", "Glass", "Hollow", "Juniper", "Kettle", "Marble", "Needle", "Ocean", "Pigeon"]


def name(chance, syllables):
    return "".join(chance.choice(SYLLABLES) for _ in range(syllables)).title()


def title(chance):
    return " ".join(chance.sample(NOUNS, chance.randint(1, 3)))


def plan(tracks, folder):
    """Every file as (codec, number within the codec, path, tags), and the folders that get a cover."""
    chance = random.Random(7)
    albums = -(-tracks // TRACKS_PER_ALBUM)
    artists = [f"{name(chance, 2)} {name(chance, 3)}" for _ in range(max(1, round(albums / ALBUMS_PER_ARTIST)))]
    files, covered = [], []
    counts = dict.fromkeys(CODECS, 0)
    for album in range(albums):
        codec = list(CODECS)[album % len(CODECS)]
        artist, year, discs = artists[album % len(artists)], chance.randint(1962, 2025), 2 if album % 20 == 0 else 1
        various = album % 25 == 24
        album_title = f"{title(chance)} {album}"
        place = folder / ("Various Artists" if various else artist) / f"{year} - {album_title}"
        if album % 3 == 1:
            covered.append((place, album % COVERS))
        for track in range(min(TRACKS_PER_ALBUM, tracks - album * TRACKS_PER_ALBUM)):
            tags = {
                "title": title(chance),
                "artists": [chance.choice(artists) if various else artist] + ([chance.choice(artists)] if track == 7 else []),
                "album": album_title,
                "albumartist": "Various Artists" if various else artist,
                "genres": chance.sample(GENRES, 1 + track % 2),
                "date": f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}" if album % 2 else str(year),
                "track": track % (TRACKS_PER_ALBUM // discs) + 1,
                "disc": track // (TRACKS_PER_ALBUM // discs) + 1,
                "discs": discs,
                "cover": album % COVERS if album % 3 == 0 else None,
            }
            path = place / f"{tags['disc']}{tags['track']:02} {tags['title']}.{codec}"
            files.append((codec, counts[codec], path, tags))
            counts[codec] += 1
    return files, covered, counts


def encode(work, counts):
    """Cuts noise into as many files of each codec as are wanted, one ffmpeg a codec, and tells the seconds of each."""
    running = []
    for codec, count in counts.items():
        seconds, encoder = CODECS[codec]
        (work / codec).mkdir()
        # A little more than needed: cuts fall on frame boundaries.
        source = f"anoisesrc=color=pink:sample_rate={RATE}:amplitude=0.4:seed={len(codec)}"
        running.append(subprocess.Popen([
            "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-t", str(seconds * count * 1.1 + 10),
            "-c:a", *encoder, "-fflags", "+bitexact", "-f", "segment", "-segment_time", str(seconds),
            "-segment_list", work / f"{codec}.csv", work / codec / f"%06d.{codec}",
        ]))
    colours = f"testsrc2=size=320x320:rate=1:duration={COVERS}"
    running.append(subprocess.Popen(
        ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", colours, "-q:v", "9", "-start_number", "0", work / "%d.jpg"]))
    if any([process.wait() != 0 for process in running]):
        sys.exit("library: ffmpeg failed")
    rows = {codec: (work / f"{codec}.csv").read_text().split() for codec in counts}
    return {codec: [float(end) - float(start) for _, start, end in (row.split(",") for row in rows[codec])] for codec in counts}


def tag(work, seconds, codec, number, path, tags):
    shutil.move(work / codec / f"{number:06}.{codec}", path)
    cover = None if tags["cover"] is None else (work / f"{tags['cover']}.jpg").read_bytes()
    position = f"{tags['disc']}/{tags['discs']}"
    if codec == "mp3":
        frames = id3.ID3()
        frames.add(TIT2(text=tags["title"]))
        frames.add(TPE1(text=tags["artists"]))
        frames.add(TALB(text=tags["album"]))
        frames.add(TPE2(text=tags["albumartist"]))
        frames.add(TCON(text=tags["genres"]))
        frames.add(TDRC(text=tags["date"]))
        frames.add(TRCK(text=str(tags["track"])))
        frames.add(TPOS(text=position))
        if cover:
            frames.add(APIC(mime="image/jpeg", type=3, data=cover))
        frames.save(path)
        return
    picture = Picture()
    picture.type, picture.mime, picture.data = 3, "image/jpeg", cover or b""
    if codec == "flac":
        file = FLAC(path)
        file.info.total_samples = round(seconds * RATE)  # ffmpeg leaves it out of a file that it cuts
        if cover:
            file.add_picture(picture)
    else:
        file = OggVorbis(path)
        if cover:
            file["metadata_block_picture"] = base64.b64encode(picture.write()).decode()
    file["title"], file["artist"], file["album"] = tags["title"], tags["artists"], tags["album"]
    file["albumartist"], file["genre"], file["date"] = tags["albumartist"], tags["genres"], tags["date"]
    file["tracknumber"], file["discnumber"], file["disctotal"] = str(tags["track"]), str(tags["disc"]), str(tags["discs"])
    file.save()


def main():
    if len(sys.argv) != 3 or not sys.argv[1].isdecimal():
        sys.exit("usage: scripts/library TRACKS FOLDER")
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True)
    files, covered, counts = plan(int(sys.argv[1]), folder)
    for place in {path.parent for _, _, path, _ in files}:
        place.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        work = pathlib.Path(work)
        seconds = encode(work, counts)
        with multiprocessing.Pool() as pool:
            pool.starmap(tag, [(work, seconds[file[0]][file[1]], *file) for file in files], chunksize=100)
        for place, cover in covered:
            shutil.copy(work / f"{cover}.jpg", place / "cover.jpg")


main()
