//! The words of the demo content.

use super::{Artist, Catalogue, Credit, Release, ReleaseKind, Split, Track};
use crate::compose::Piece;
use crate::sleeve::{Colours, Family};

static INES: Artist = Artist {
    key: "ines-halloran",
    name: "Inés Halloran",
    bio: "Inés Halloran writes slow music for early mornings. She records tide tables, kettles and an old \
          electric piano in a rented room above a harbour, and lets chords take as long as they need.",
    colours: Colours::Fjord,
};

static TRIO: Artist = Artist {
    key: "pinon-street-trio",
    name: "Piñon Street Trio",
    bio: "Three neighbours with a guitar, a double bass and one pair of brushes. They rehearse on Thursdays \
          with the kitchen door open, and stop when the soup is ready.",
    colours: Colours::Ember,
};

static NACHTBUS: Artist = Artist {
    key: "nachtbus-sued",
    name: "Nachtbus Süd",
    bio: "Nachtbus Süd makes soft house for the last row of the last bus. The rule: nothing louder than the \
          rain on the window, and the beat goes on until the depot.",
    colours: Colours::Berry,
};

static SLOW_BOATS: Release = Release {
    key: "slow-boats-still-water",
    title: "Slow Boats, Still Water",
    kind: ReleaseKind::Album,
    artist: &INES,
    released: "2025-03-14",
    gapless: true,
    family: Family::Hills,
    colours: Colours::Lagoon,
};

static KITCHEN_DOOR: Release = Release {
    key: "kitchen-door-sessions",
    title: "Kitchen Door Sessions",
    kind: ReleaseKind::Ep,
    artist: &TRIO,
    released: "2024-09-27",
    gapless: false,
    family: Family::Discs,
    colours: Colours::Moss,
};

static LETZTE_FAHRT: Release = Release {
    key: "letzte-fahrt",
    title: "Letzte Fahrt",
    kind: ReleaseKind::Album,
    artist: &NACHTBUS,
    released: "2025-11-07",
    gapless: true,
    family: Family::Strips,
    colours: Colours::Dusk,
};

static LIGHTHOUSE: Release = Release {
    key: "waltz-for-a-lighthouse-keeper",
    title: "Waltz for a Lighthouse Keeper",
    kind: ReleaseKind::Single,
    artist: &INES,
    released: "2026-01-30",
    gapless: false,
    family: Family::Hills,
    colours: Colours::Ember,
};

const INES_ALONE: &[Split] = &[Split { artist: &INES, basis_points: 10_000 }];
const TRIO_ALONE: &[Split] = &[Split { artist: &TRIO, basis_points: 10_000 }];
const NACHTBUS_ALONE: &[Split] = &[Split { artist: &NACHTBUS, basis_points: 10_000 }];

const fn credit(role: &'static str, name: &'static str) -> Credit {
    Credit { role, name }
}

const BY_INES: &[Credit] = &[
    credit("composer", "Inés Halloran"),
    credit("synthesizer", "Inés Halloran"),
    credit("electric piano", "Inés Halloran"),
    credit("mixing", "Ulla Brandt-Sørby"),
];
const BY_TRIO: &[Credit] = &[
    credit("composer", "Piñon Street Trio"),
    credit("guitar", "Perrin Oyelaran"),
    credit("double bass", "Mags Dunleavy"),
    credit("brushes", "Joost Wieland"),
    credit("recording", "Ulla Brandt-Sørby"),
];
const BY_NACHTBUS: &[Credit] = &[
    credit("composer", "Nachtbus Süd"),
    credit("producer", "Käthe Novák"),
    credit("programming", "Emre Şahbaz"),
];

pub(super) const CATALOGUE: Catalogue = Catalogue {
    artists: &[&INES, &TRIO, &NACHTBUS],
    releases: &[&SLOW_BOATS, &KITCHEN_DOOR, &LETZTE_FAHRT, &LIGHTHOUSE],
    tracks: &TRACKS,
};

static TRACKS: [Track; 12] = [
    Track {
        key: "before-the-ferries",
        title: "Before the Ferries",
        release: &SLOW_BOATS,
        number: 1,
        genres: &["Ambient"],
        explicit: false,
        price_per_second: None,
        credits: BY_INES,
        splits: INES_ALONE,
        piece: Piece::Harbour,
        span: 0,
    },
    Track {
        key: "tidewater",
        title: "Tidewater",
        release: &SLOW_BOATS,
        number: 2,
        genres: &["Ambient"],
        explicit: false,
        price_per_second: None,
        credits: BY_INES,
        splits: INES_ALONE,
        piece: Piece::Harbour,
        span: 1,
    },
    Track {
        key: "etude-for-a-quiet-harbour",
        title: "Étude for a Quiet Harbour",
        release: &SLOW_BOATS,
        number: 3,
        genres: &["Modern Classical", "Ambient"],
        explicit: false,
        price_per_second: None,
        credits: BY_INES,
        splits: INES_ALONE,
        piece: Piece::Harbour,
        span: 2,
    },
    Track {
        key: "lanterns-coming-home",
        title: "Lanterns Coming Home",
        release: &SLOW_BOATS,
        number: 4,
        genres: &["Ambient"],
        explicit: false,
        price_per_second: Some(1_000_000),
        credits: BY_INES,
        splits: INES_ALONE,
        piece: Piece::Harbour,
        span: 3,
    },
    Track {
        key: "the-long-way-home",
        title: "The Long Way Home",
        release: &KITCHEN_DOOR,
        number: 1,
        genres: &["Jazz", "Acoustic"],
        explicit: false,
        price_per_second: None,
        credits: BY_TRIO,
        splits: TRIO_ALONE,
        piece: Piece::LongWayHome,
        span: 0,
    },
    Track {
        key: "cafe-by-the-sluice",
        title: "Café by the Sluice",
        release: &KITCHEN_DOOR,
        number: 2,
        genres: &["Bossa Nova", "Acoustic"],
        explicit: false,
        price_per_second: None,
        credits: BY_TRIO,
        splits: TRIO_ALONE,
        piece: Piece::Sluice,
        span: 0,
    },
    Track {
        key: "damn-umbrella",
        title: "Damn Umbrella",
        release: &KITCHEN_DOOR,
        number: 3,
        genres: &["Folk", "Acoustic"],
        explicit: true,
        price_per_second: Some(100_000),
        credits: BY_TRIO,
        splits: TRIO_ALONE,
        piece: Piece::Umbrella,
        span: 0,
    },
    Track {
        key: "abfahrt-23-40",
        title: "Abfahrt 23:40",
        release: &LETZTE_FAHRT,
        number: 1,
        genres: &["Downtempo", "Electronic"],
        explicit: false,
        price_per_second: None,
        credits: BY_NACHTBUS,
        splits: NACHTBUS_ALONE,
        piece: Piece::NightBus,
        span: 0,
    },
    Track {
        key: "neon-on-wet-asphalt",
        title: "Neon on Wet Asphalt",
        release: &LETZTE_FAHRT,
        number: 2,
        genres: &["House", "Electronic"],
        explicit: false,
        price_per_second: Some(400_000),
        credits: BY_NACHTBUS,
        splits: NACHTBUS_ALONE,
        piece: Piece::NightBus,
        span: 1,
    },
    Track {
        key: "ueber-die-bruecke",
        title: "Über die Brücke",
        release: &LETZTE_FAHRT,
        number: 3,
        genres: &["House", "Electronic"],
        explicit: false,
        price_per_second: None,
        credits: &[
            credit("composer", "Nachtbus Süd"),
            credit("producer", "Käthe Novák"),
            credit("programming", "Emre Şahbaz"),
            credit("electric piano", "Inés Halloran"),
        ],
        splits: &[
            Split { artist: &NACHTBUS, basis_points: 8_500 },
            Split { artist: &INES, basis_points: 1_500 },
        ],
        piece: Piece::NightBus,
        span: 2,
    },
    Track {
        key: "first-light-at-the-depot",
        title: "First Light at the Depot",
        release: &LETZTE_FAHRT,
        number: 4,
        genres: &["House", "Downtempo"],
        explicit: false,
        price_per_second: None,
        credits: BY_NACHTBUS,
        // Thirds on purpose: a second's price does not divide by three.
        splits: &[
            Split { artist: &NACHTBUS, basis_points: 3_334 },
            Split { artist: &INES, basis_points: 3_333 },
            Split { artist: &TRIO, basis_points: 3_333 },
        ],
        piece: Piece::NightBus,
        span: 3,
    },
    Track {
        key: "waltz-for-a-lighthouse-keeper",
        title: "Waltz for a Lighthouse Keeper",
        release: &LIGHTHOUSE,
        number: 1,
        genres: &["Modern Classical", "Folk"],
        explicit: false,
        price_per_second: Some(1_000_000),
        credits: &[
            credit("composer", "Inés Halloran"),
            credit("electric piano", "Inés Halloran"),
            credit("guitar", "Perrin Oyelaran"),
            credit("double bass", "Mags Dunleavy"),
            credit("brushes", "Joost Wieland"),
        ],
        splits: &[Split { artist: &INES, basis_points: 6_000 }, Split { artist: &TRIO, basis_points: 4_000 }],
        piece: Piece::Waltz,
        span: 0,
    },
];
