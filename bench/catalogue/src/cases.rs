//! What is asked.

use std::time::Duration;

use crate::{
    generate::{self, Catalogue},
    words::{Dice, WORDS, word},
};

const LIST: Duration = Duration::from_millis(15);
const SEARCH: Duration = Duration::from_millis(10);

/// How the names of the cases end that are asked without a log-in.
const ANONYMOUS: &str = ", a visitor";

/// A kind of request.
pub struct Case {
    pub name: String,
    /// The wanted p99.
    pub limit: Duration,
    /// Asked without a log-in.
    pub anonymous: bool,
    path: Box<dyn Fn(&mut Dice) -> String>,
}

impl Case {
    pub fn path(&self, dice: &mut Dice) -> String {
        (self.path)(dice)
    }
}

/// Every order and filter of the lists, alone and together, and every kind of search.
pub fn all(catalogue: &Catalogue) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut list = |path: &str| {
        let full = format!("/api/v1/{path}{}limit=20", if path.contains('?') { '&' } else { '?' });
        let path_of = Box::new(move |_: &mut Dice| full.clone());
        cases.push(Case { name: path.to_owned(), limit: LIST, anonymous: false, path: path_of });
    };
    for kind in ["tracks", "albums"] {
        for sort in ["plays", "likes", "released", "created", "title"] {
            for order in ["asc", "desc"] {
                list(&format!("{kind}?sort={sort}&order={order}"));
            }
        }
    }
    list("tracks?visibility=members");
    list("tracks?priced=true&sort=plays");
    list("tracks?priced=false&sort=title");
    list("tracks?releasedFrom=1990&releasedTo=1991&sort=plays");
    list("tracks?releasedFrom=1960&releasedTo=2020&sort=title");
    list("tracks?releasedFrom=1990&sort=released");
    list("albums?releasedFrom=1990&releasedTo=1991");
    list("artists");
    list("genres");
    let mut drawn = |name: &str, limit: Duration, path: fn(&Known, &mut Dice) -> String| {
        let known = Known {
            tracks: catalogue.tracks,
            artists: catalogue.artists.iter().map(ToString::to_string).collect(),
            albums: catalogue.albums.iter().map(ToString::to_string).collect(),
        };
        let anonymous = name.ends_with(ANONYMOUS);
        cases.push(Case {
            name: name.into(),
            limit,
            anonymous,
            path: Box::new(move |dice| path(&known, dice)),
        });
    };
    drawn("tracks?genre=…&sort=plays", LIST, |_, dice| {
        list_of("tracks", &[("genre", &genre(dice)), ("sort", "plays")])
    });
    drawn("tracks?genre=…&sort=title", LIST, |_, dice| {
        list_of("tracks", &[("genre", &genre(dice)), ("sort", "title")])
    });
    drawn("tracks?genre=…&priced=true", LIST, |_, dice| {
        list_of("tracks", &[("genre", &genre(dice)), ("priced", "true")])
    });
    drawn("tracks?artist=…", LIST, |known, dice| {
        list_of("tracks", &[("artist", &pick(&known.artists, dice))])
    });
    drawn("tracks?album=…", LIST, |known, dice| {
        list_of("tracks", &[("album", &pick(&known.albums, dice))])
    });
    drawn("albums?genre=…&sort=plays", LIST, |_, dice| {
        list_of("albums", &[("genre", &genre(dice)), ("sort", "plays")])
    });
    drawn("albums?artist=…", LIST, |known, dice| {
        list_of("albums", &[("artist", &pick(&known.artists, dice))])
    });
    drawn("artists?genre=…", LIST, |_, dice| list_of("artists", &[("genre", &genre(dice))]));
    drawn("tracks?q=…", LIST, |known, dice| list_of("tracks", &[("q", &title(known, dice))]));
    drawn("tracks?q=…&sort=plays", LIST, |_, dice| {
        list_of("tracks", &[("q", &common(dice)), ("sort", "plays")])
    });
    drawn("tracks?q=…&genre=…", LIST, |_, dice| {
        list_of("tracks", &[("q", &common(dice)), ("genre", &genre(dice))])
    });
    drawn("search: a title", SEARCH, |known, dice| search(&title(known, dice)));
    drawn("search: a common word", SEARCH, |_, dice| search(&common(dice)));
    drawn("search: an artist", SEARCH, |known, dice| {
        search(&generate::artist(dice.within(0..known.tracks / 40)))
    });
    drawn("search: one letter", SEARCH, |_, dice| search(&beginning(&common(dice), 1)));
    drawn("search: three letters", SEARCH, |_, dice| search(&beginning(&common(dice), 3)));
    drawn("search: a word and a beginning", SEARCH, |known, dice| {
        let title = title(known, dice);
        search(&format!("{} {}", generate::artist(dice.within(0..known.tracks / 40)), beginning(&title, 2)))
    });
    drawn("search: a title with a typo", SEARCH, |known, dice| search(&misspelt(&title(known, dice), dice)));
    // What a visitor may see is found by other statements.
    drawn("tracks?artist=…, a visitor", LIST, |known, dice| {
        list_of("tracks", &[("artist", &pick(&known.artists, dice))])
    });
    drawn("tracks?genre=…&sort=plays, a visitor", LIST, |_, dice| {
        list_of("tracks", &[("genre", &genre(dice)), ("sort", "plays")])
    });
    drawn("artists?genre=…, a visitor", LIST, |_, dice| list_of("artists", &[("genre", &genre(dice))]));
    drawn("search: a common word, a visitor", SEARCH, |_, dice| search(&common(dice)));
    drawn("search: three letters, a visitor", SEARCH, |_, dice| search(&beginning(&common(dice), 3)));
    drawn("search: nothing there", SEARCH, |_, dice| search(&format!("zzz{}", common(dice))));
    cases
}

/// What questions are drawn from.
struct Known {
    tracks: u64,
    artists: Vec<String>,
    albums: Vec<String>,
}

fn pick(from: &[String], dice: &mut Dice) -> String {
    let at = usize::try_from(dice.within(0..from.len() as u64)).unwrap_or(0);
    from[at].clone()
}

fn genre(dice: &mut Dice) -> String {
    generate::genre(dice.within(0..40))
}

fn title(known: &Known, dice: &mut Dice) -> String {
    generate::title(dice.within(0..known.tracks))
}

fn common(dice: &mut Dice) -> String {
    word(dice.skewed(WORDS))
}

fn beginning(text: &str, letters: usize) -> String {
    text.chars().take(letters).collect()
}

/// The longest word with two letters swapped.
fn misspelt(title: &str, dice: &mut Dice) -> String {
    let Some(word) = title.split(' ').max_by_key(|word| word.chars().count()) else {
        return title.to_owned();
    };
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() > 2 {
        let at = usize::try_from(dice.within(1..letters.len() as u64 - 1)).unwrap_or(1);
        letters.swap(at, at + 1);
    }
    title.replacen(word, &letters.into_iter().collect::<String>(), 1)
}

fn list_of(kind: &str, pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    format!("/api/v1/{kind}?{}&limit=20", pairs.join("&"))
}

fn search(text: &str) -> String {
    format!("/api/v1/search?q={}", encoded(text))
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
