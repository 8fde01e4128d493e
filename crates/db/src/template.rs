//! The text of a statement and its small extensions:
//!
//! - `$1`, `$name`: a parameter, numbered anew for the database;
//! - `[[ … ]]`: a clause that is there only when every parameter inside it has a value;
//! - `[[:name: … ]]`: a clause that is there only when the query switches it on (and its parameters have values);
//! - `{rows $1 r(id uuid, title text)}`: many rows as a table `r`; types are uuid, int, text, bool, float, bytes;
//! - `{skip_locked}`, `{for_update}`, `{greatest}`, `{least}`: words of the dialect;
//! - `{name}`: a fragment of SQL given with the statement, which may use all of the above.
//!
//! A text is parsed once and rendered once for each set of clauses in use, so it costs nothing per call, and a
//! test can render all of its forms and have both databases prepare them.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use sqlx::{SqlSafeStr as _, SqlStr};

use crate::dialect::{ColumnType, Dialect};

/// A parsed statement.
#[derive(Debug)]
pub struct Template {
    parts: Vec<Part>,
    /// Names of the parameters in order of first appearance.
    pub(crate) params: Vec<String>,
    /// Where `$1`, `$2`, … stand among the parameters.
    pub(crate) numbered: Vec<usize>,
    /// Names of the switched clauses (`None` for optional ones), in order.
    pub(crate) clauses: Vec<Clause>,
    /// Row sources: which parameter, which columns.
    pub(crate) sources: HashMap<usize, Vec<ColumnType>>,
    /// Where it stands in our code.
    pub(crate) site: &'static str,
    rendered: RwLock<HashMap<(Dialect, u64), Arc<Rendered>>>,
}

#[derive(Debug)]
pub(crate) struct Clause {
    pub(crate) name: Option<String>,
    pub(crate) params: Vec<usize>,
}

#[derive(Debug)]
enum Part {
    Always(Vec<Piece>),
    Clause(usize, Vec<Piece>),
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Param(usize),
    Word(String),
    Rows { param: usize, alias: String, columns: Vec<(String, ColumnType)> },
}

/// One argument as the database numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Param(usize),
    /// All rows of a source in one argument (SQLite).
    Source(usize),
    /// One column of a source (PostgreSQL).
    Column(usize, usize, ColumnType),
}

/// A statement as one database sees it.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) sql: SqlStr,
    pub(crate) slots: Vec<Slot>,
}

/// Which clauses a rendering has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// None of them.
    Bare,
    /// All of them; only the first of the switched ones, which exclude each other.
    Full,
    /// All optional ones and the switched one at this place.
    With(usize),
    /// Only the one at this place.
    Only(usize),
}

impl Template {
    /// Parses `text`; `fragments` are the named pieces it may include.
    ///
    /// # Panics
    /// When the text is not well formed: a mistake in the code that the registry test finds.
    pub fn parse(text: &str, fragments: &[(&str, &str)], site: &'static str) -> Self {
        Self::try_parse(text, fragments, site).unwrap_or_else(|e| panic!("{site}: {e}"))
    }

    /// As [`Template::parse`], with the mistake as a sentence.
    pub fn try_parse(text: &str, fragments: &[(&str, &str)], site: &'static str) -> Result<Self, String> {
        let mut parser = Parser { params: Vec::new(), sources: HashMap::new() };
        let text = include(text, fragments, 0)?;
        let (mut parts, mut clauses) = (Vec::new(), Vec::new());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("[[") {
            let (inside, after) = after.split_once("]]").ok_or("[[ without ]]")?;
            parts.push(Part::Always(parser.pieces(before)?));
            let (name, inside) = match inside.strip_prefix(':') {
                Some(named) => {
                    let (name, inside) = named.split_once(':').ok_or("[[:name without a second colon")?;
                    (Some(name.to_owned()), inside)
                }
                None => (None, inside),
            };
            let pieces = parser.pieces(inside)?;
            let params: Vec<usize> = pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Param(param) | Piece::Rows { param, .. } => Some(*param),
                    _ => None,
                })
                .collect();
            if name.is_none() && params.is_empty() {
                return Err(format!("an optional clause needs a parameter: {inside}"));
            }
            parts.push(Part::Clause(clauses.len(), pieces));
            clauses.push(Clause { name, params });
            rest = after;
        }
        parts.push(Part::Always(parser.pieces(rest)?));
        if clauses.len() > 64 {
            return Err("more than 64 clauses".into());
        }
        let Parser { params, sources } = parser;
        let numbered = (1..).map_while(|n: usize| params.iter().position(|p| *p == n.to_string())).collect();
        Ok(Self { parts, params, numbered, clauses, sources, site, rendered: RwLock::default() })
    }

    /// The modes that together show every clause to the database.
    pub fn modes(&self) -> Vec<Mode> {
        let mut modes = vec![Mode::Bare];
        if !self.clauses.is_empty() {
            modes.push(Mode::Full);
            for i in 0..self.clauses.len() {
                modes.push(if self.clauses[i].name.is_some() { Mode::With(i) } else { Mode::Only(i) });
            }
        }
        modes
    }

    /// The text for `dialect` in `mode`.
    pub fn text(&self, dialect: Dialect, mode: Mode) -> String {
        let mut mask = 0_u64;
        let mut switched = false;
        for (i, clause) in self.clauses.iter().enumerate() {
            let on = match mode {
                Mode::Bare => false,
                Mode::Only(only) => i == only,
                Mode::With(with) => clause.name.is_none() || i == with,
                Mode::Full => {
                    clause.name.is_none() || !std::mem::replace(&mut switched, clause.name.is_some())
                }
            };
            mask |= u64::from(on) << i;
        }
        self.render(dialect, mask).sql.as_str().to_owned()
    }

    /// The statement with the clauses of `mask`.
    pub(crate) fn rendered(&self, dialect: Dialect, mask: u64) -> Arc<Rendered> {
        let key = (dialect, mask);
        if let Some(rendered) =
            self.rendered.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&key)
        {
            return Arc::clone(rendered);
        }
        let rendered = Arc::new(self.render(dialect, mask));
        let mut cache = self.rendered.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Bounded: a text with many filters has more forms than are worth keeping.
        if cache.len() < 256 {
            cache.insert(key, Arc::clone(&rendered));
        }
        rendered
    }

    fn render(&self, dialect: Dialect, mask: u64) -> Rendered {
        let mut sql = String::new();
        let mut slots: Vec<Slot> = Vec::new();
        for part in &self.parts {
            let pieces = match part {
                Part::Always(pieces) => pieces,
                Part::Clause(i, pieces) if mask & (1 << i) != 0 => pieces,
                Part::Clause(..) => continue,
            };
            for piece in pieces {
                match piece {
                    Piece::Text(text) => sql.push_str(text),
                    Piece::Word(word) => sql.push_str(dialect.word(word).unwrap_or_default()),
                    Piece::Param(param) => {
                        let number = number(&mut slots, Slot::Param(*param));
                        sql.push('$');
                        sql.push_str(&number.to_string());
                    }
                    Piece::Rows { param, alias, columns } => {
                        let mut column = 0;
                        dialect.rows(&mut sql, alias, columns, || {
                            let slot = match dialect {
                                Dialect::Sqlite => Slot::Source(*param),
                                Dialect::Postgres => Slot::Column(*param, column, columns[column].1),
                            };
                            column += 1;
                            number(&mut slots, slot)
                        });
                    }
                }
            }
        }
        Rendered { sql: trusted(sql), slots }
    }
}

/// A text for the driver: literals of our code, with numbers or names of tables in the place of parameters.
pub(crate) fn trusted(sql: String) -> SqlStr {
    sqlx::AssertSqlSafe(sql).into_sql_str()
}

/// The number of `slot`, which is added if it is new.
fn number(slots: &mut Vec<Slot>, slot: Slot) -> usize {
    let at = slots.iter().position(|s| *s == slot).unwrap_or_else(|| {
        slots.push(slot);
        slots.len() - 1
    });
    at + 1
}

/// Puts the fragments in the place of their names.
fn include(text: &str, fragments: &[(&str, &str)], depth: usize) -> Result<String, String> {
    if depth > 4 {
        return Err("fragments include each other".into());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}').ok_or("{ without }")?;
        out.push_str(before);
        if let Some((_, fragment)) = fragments.iter().find(|(name, _)| *name == inside) {
            out.push_str(&include(fragment, fragments, depth + 1)?);
        } else {
            out.push('{');
            out.push_str(inside);
            out.push('}');
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

struct Parser {
    params: Vec<String>,
    sources: HashMap<usize, Vec<ColumnType>>,
}

impl Parser {
    fn param(&mut self, name: &str) -> usize {
        self.params.iter().position(|p| p == name).unwrap_or_else(|| {
            self.params.push(name.to_owned());
            self.params.len() - 1
        })
    }

    fn pieces(&mut self, text: &str) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['$', '{']) {
            if at > 0 {
                pieces.push(Piece::Text(rest[..at].to_owned()));
            }
            let after = &rest[at + 1..];
            if rest.as_bytes()[at] == b'$' {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                if end == 0 {
                    return Err("$ without a name".into());
                }
                pieces.push(Piece::Param(self.param(&after[..end])));
                rest = &after[end..];
            } else {
                let (inside, after) = after.split_once('}').ok_or("{ without }")?;
                pieces.push(match inside.strip_prefix("rows ") {
                    Some(source) => self.source(source)?,
                    None if Dialect::Sqlite.word(inside).is_some() => Piece::Word(inside.to_owned()),
                    None => {
                        return Err(format!(
                            "{{{inside}}} is neither a fragment of this statement nor a known word"
                        ));
                    }
                });
                rest = after;
            }
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(pieces)
    }

    /// `$1 r(id uuid, title text)`
    fn source(&mut self, text: &str) -> Result<Piece, String> {
        let wrong = || format!("{{rows {text}}} is not of the form {{rows $1 r(id uuid, title text)}}");
        let (param, table) =
            text.trim().strip_prefix('$').and_then(|t| t.split_once(' ')).ok_or_else(wrong)?;
        let (alias, columns) =
            table.trim().strip_suffix(')').and_then(|t| t.split_once('(')).ok_or_else(wrong)?;
        let columns: Vec<(String, ColumnType)> = columns
            .split(',')
            .map(|column| {
                let (name, kind) = column.trim().split_once(' ').ok_or_else(wrong)?;
                Ok((name.to_owned(), ColumnType::parse(kind.trim()).ok_or_else(wrong)?))
            })
            .collect::<Result<_, String>>()?;
        let param = self.param(param);
        self.sources.insert(param, columns.iter().map(|(_, kind)| *kind).collect());
        Ok(Piece::Rows { param, alias: alias.to_owned(), columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str, fragments: &[(&str, &str)], mode: Mode) -> [String; 2] {
        let template = Template::parse(text, fragments, "here");
        [template.text(Dialect::Sqlite, mode), template.text(Dialect::Postgres, mode)]
    }

    #[test]
    fn parameters_are_numbered_in_order_of_appearance() {
        let [sqlite, postgres] = both("SELECT $viewer, $2, $1, $viewer", &[], Mode::Bare);
        assert_eq!(sqlite, "SELECT $1, $2, $3, $1");
        assert_eq!(postgres, sqlite);
    }

    #[test]
    fn clauses_come_and_go() {
        let text = "SELECT 1 WHERE a = $1[[ AND b = $2]][[:by_a: ORDER BY a]][[:by_b: ORDER BY b]]";
        assert_eq!(both(text, &[], Mode::Bare)[0], "SELECT 1 WHERE a = $1");
        assert_eq!(both(text, &[], Mode::Full)[0], "SELECT 1 WHERE a = $1 AND b = $2 ORDER BY a");
        assert_eq!(both(text, &[], Mode::With(2))[0], "SELECT 1 WHERE a = $1 AND b = $2 ORDER BY b");
        assert_eq!(both(text, &[], Mode::Only(0))[0], "SELECT 1 WHERE a = $1 AND b = $2");
    }

    #[test]
    fn row_sources_and_words_follow_the_dialect() {
        let [sqlite, postgres] =
            both("SELECT r.id FROM {rows $1 r(id uuid, n int)} WHERE n = $2 {skip_locked}", &[], Mode::Bare);
        assert_eq!(
            sqlite,
            "SELECT r.id FROM (SELECT unhex(value ->> 0) AS id, value ->> 1 AS n FROM jsonb_each($1)) AS r WHERE n = $2 "
        );
        assert_eq!(
            postgres,
            "SELECT r.id FROM UNNEST($1::uuid[], $2::bigint[]) AS r(id, n) WHERE n = $3 FOR UPDATE SKIP LOCKED"
        );
    }

    #[test]
    fn fragments_are_included() {
        let [sqlite, _] = both("SELECT 1 WHERE {visible}", &[("visible", "owner = $viewer")], Mode::Bare);
        assert_eq!(sqlite, "SELECT 1 WHERE owner = $1");
    }

    #[test]
    fn mistakes_are_named() {
        for bad in ["{nonsense}", "[[ AND a = $1", "[[ AND a = 1 ]]", "{rows $1 r(id uuidd)}", "$ 1", "{rows"]
        {
            assert!(Template::try_parse(bad, &[], "here").is_err(), "{bad}");
        }
    }
}
