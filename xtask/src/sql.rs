//! Which tables a statement reads and writes.
//!
//! No parser of a dialect: a scan for the words that a table's name follows. It knows the forms
//! that stand in `sql!` (see `db`): `$1`, optional clauses in double brackets, `{…}` for row
//! sources and locking clauses. Names that are no table of ours (aliases, functions) are for the
//! caller to drop.

use std::collections::BTreeSet;

/// The names that a statement uses like tables.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    /// After FROM, JOIN and USING.
    pub(crate) reads: BTreeSet<String>,
    /// After INSERT INTO, UPDATE and DELETE FROM.
    pub(crate) writes: BTreeSet<String>,
    /// After CREATE TABLE.
    pub(crate) creates: BTreeSet<String>,
}

/// Scans one or more statements.
pub(crate) fn uses(text: &str) -> Uses {
    let words = words(text);
    let local = local_names(&words);
    let mut uses = Uses::default();
    for (at, word) in words.iter().enumerate() {
        let before = |back: usize| at.checked_sub(back).map_or("", |index| words[index].as_str());
        let (names, kind) = match word.to_ascii_uppercase().as_str() {
            // IS DISTINCT FROM compares; DELETE FROM writes.
            "FROM" if is(before(1), "DISTINCT") && (is(before(2), "IS") || is(before(2), "NOT")) => continue,
            "FROM" if is(before(1), "DELETE") => (first(&words, at + 1), &mut uses.writes),
            "FROM" | "USING" => (listed(&words, at + 1), &mut uses.reads),
            "JOIN" => (first(&words, at + 1), &mut uses.reads),
            "INTO" => (first(&words, at + 1), &mut uses.writes),
            // FOR UPDATE locks; DO UPDATE, ON UPDATE and ON CONFLICT name no table.
            "UPDATE" if !["FOR", "DO", "ON"].iter().any(|word| is(before(1), word)) => {
                (first(&words, at + 1), &mut uses.writes)
            }
            "TABLE" if is(before(1), "CREATE") => (first(&words, at + 1), &mut uses.creates),
            _ => continue,
        };
        kind.extend(names.into_iter().filter(|name| !local.contains(name)));
    }
    uses
}

fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

/// Names that WITH defines: `name AS (` and `name (columns) AS (`.
fn local_names(words: &[String]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        let begins = is(word, "WITH")
            || is(word, "RECURSIVE")
            || (word == "," && at.checked_sub(1).is_some_and(|back| words[back] == ")"));
        let Some(name) = words.get(at + 1).filter(|name| begins && is_name(name)) else { continue };
        let mut next = at + 2;
        if words.get(next).is_some_and(|word| word == "(") {
            next = closing(words, next) + 1;
        }
        let defines = words.get(next).is_some_and(|word| is(word, "AS"))
            && words[next + 1..]
                .iter()
                .find(|word| !is(word, "NOT") && !is(word, "MATERIALIZED"))
                .is_some_and(|word| word == "(");
        if defines {
            names.insert(name.to_lowercase());
        }
    }
    names
}

/// The table named at `at`, past IF NOT EXISTS and ONLY; nothing for a subquery.
fn first(words: &[String], at: usize) -> Vec<String> {
    let name = words[at.min(words.len())..]
        .iter()
        .find(|word| !["IF", "NOT", "EXISTS", "ONLY", "LATERAL"].iter().any(|skip| is(word, skip)));
    name.filter(|name| is_name(name)).map(|name| name.to_lowercase()).into_iter().collect()
}

/// The tables of a comma list such as `track t, (SELECT …) x, album AS a`.
fn listed(words: &[String], mut at: usize) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        names.extend(first(words, at));
        // Past this entry and its alias: a comma right here goes on with the list.
        loop {
            match words.get(at).map(String::as_str) {
                Some("(") => at = closing(words, at) + 1,
                Some("{") => at += 1,
                Some(",") => break,
                Some(word) if is_name(word) && !ends_list(word) => at += 1,
                _ => return names,
            }
        }
        at += 1;
    }
}

/// Whether a keyword ends a FROM list.
fn ends_list(word: &str) -> bool {
    const ENDS: [&str; 17] = [
        "WHERE",
        "JOIN",
        "LEFT",
        "RIGHT",
        "INNER",
        "OUTER",
        "CROSS",
        "FULL",
        "ON",
        "GROUP",
        "ORDER",
        "LIMIT",
        "UNION",
        "RETURNING",
        "HAVING",
        "FOR",
        "SET",
    ];
    ENDS.iter().any(|end| is(word, end))
}

/// The index of the bracket that closes the one at `open`, or of the last word.
fn closing(words: &[String], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate().skip(open) {
        match word.as_str() {
            "(" => depth += 1,
            ")" if depth == 1 => return at,
            ")" => depth -= 1,
            _ => {}
        }
    }
    words.len().saturating_sub(1)
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// Splits a text into names, round brackets and commas. Everything else (operators, numbers,
/// parameters) becomes one mark each, so that it still parts two names. Comments, strings, `{…}`
/// and the brackets of optional clauses vanish.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '\'' => {
                skip_past(&mut rest, '\'');
                words.push("'".to_owned());
            }
            '{' => {
                skip_past(&mut rest, '}');
                words.push("{".to_owned());
            }
            '-' if rest.peek() == Some(&'-') => skip_past(&mut rest, '\n'),
            '[' | ']' | '"' => {}
            // `[[:name: …]]`
            ':' if words.last().is_none_or(|word| word != ":")
                && rest.peek().is_some_and(char::is_ascii_lowercase) =>
            {
                skip_past(&mut rest, ':');
            }
            next if next.is_whitespace() => {}
            next if next.is_ascii_alphabetic() || next == '_' => {
                let mut word = String::from(next);
                while let Some(more) = rest.next_if(|more| more.is_ascii_alphanumeric() || *more == '_') {
                    word.push(more);
                }
                words.push(word);
            }
            next => words.push(next.to_string()),
        }
    }
    words
}

fn skip_past(rest: &mut impl Iterator<Item = char>, end: char) {
    let _ = rest.find(|next| *next == end);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, reads: &[&str], writes: &[&str]) {
        let uses = uses(text);
        assert_eq!(uses.reads.iter().collect::<Vec<_>>(), reads, "read by {text}");
        assert_eq!(uses.writes.iter().collect::<Vec<_>>(), writes, "written by {text}");
    }

    #[test]
    fn a_select_reads_what_it_joins() {
        check(
            "SELECT t.id FROM track t JOIN artist AS a ON a.id = t.artist_id LEFT JOIN album ON album.id = t.album_id WHERE t.id = $1",
            &["album", "artist", "track"],
            &[],
        );
        check(
            "select 1 from Track, (SELECT max(at) FROM play p) x, genre g WHERE x.at IN ($1, $2)",
            &["genre", "play", "track"],
            &[],
        );
        check("SELECT EXISTS (SELECT 1 FROM follow WHERE user_id = $1)", &["follow"], &[]);
    }

    #[test]
    fn writes_are_told_from_locks_and_conflicts() {
        check("INSERT INTO play (id) SELECT id FROM track", &["track"], &["play"]);
        check(
            "INSERT INTO play (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET id = excluded.id",
            &[],
            &["play"],
        );
        check(
            "UPDATE job SET state = 'running' WHERE id IN (SELECT id FROM job LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id",
            &["job"],
            &["job"],
        );
        check(
            "DELETE FROM queue_item USING queue q WHERE q.id = queue_item.queue_id",
            &["queue"],
            &["queue_item"],
        );
        check("UPDATE track SET plays = s.plays FROM stats s WHERE s.id = track.id", &["stats"], &["track"]);
        check("SELECT 1 FROM a WHERE a.x IS DISTINCT FROM a.y AND a.x IS NOT DISTINCT FROM b", &["a"], &[]);
    }

    #[test]
    fn names_of_with_are_not_tables() {
        check(
            "WITH RECURSIVE recent(id, at) AS (SELECT id, at FROM play), best AS MATERIALIZED (SELECT id FROM recent) DELETE FROM play WHERE id IN (SELECT id FROM best)",
            &["play"],
            &["play"],
        );
    }

    #[test]
    fn the_forms_of_the_sql_macro_are_understood() {
        check(
            "INSERT INTO track_genre (track_id, genre_id) SELECT r.id, g.id FROM {rows $1 r(id uuid, title text)} JOIN genre g ON g.name = r.title",
            &["genre"],
            &["track_genre"],
        );
        check(
            "SELECT 1 FROM {rows $1 r(id uuid)} AS r, json_each($2) j, play p",
            &["json_each", "play"],
            &[],
        );
        check(
            "SELECT 1 FROM track t [[JOIN album a ON a.id = t.album_id AND a.id = $2]] [[:mine: WHERE t.owner IN (SELECT id FROM account)]] LIMIT 1 {skip_locked}",
            &["account", "album", "track"],
            &[],
        );
        check(
            "SELECT CAST($1 AS text) FROM track -- FROM nothing\nWHERE title = ' FROM string'",
            &["track"],
            &[],
        );
        check("SELECT x::bigint FROM play", &["play"], &[]);
    }

    #[test]
    fn created_tables_are_seen() {
        let made = uses(
            "CREATE TABLE IF NOT EXISTS track (id TEXT) STRICT;\nCREATE UNIQUE INDEX i ON track (id);\nCREATE TABLE album (id TEXT, artist TEXT REFERENCES artist (id) ON DELETE CASCADE ON UPDATE CASCADE);",
        );
        assert_eq!(made.creates.iter().collect::<Vec<_>>(), ["album", "track"]);
        assert!(made.reads.is_empty() && made.writes.is_empty(), "{made:?}");
    }
}
