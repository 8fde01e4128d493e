//! Every statement in the code, in every form it can take, is prepared by both databases, so that a wrong column
//! or table is red with its file and line, whether or not a test reaches it.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    str::FromStr,
};

use db::{Dialect, Options, SqliteOptions, Template};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use sqlx::{Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection};

use crate::base::Base;

/// A `sql!` in the code.
struct Statement {
    site: String,
    text: String,
    /// Names of its fragments and of the constants that hold them, or the fragments themselves.
    fragments: Vec<(String, Fragment)>,
}

enum Fragment {
    Constant(String),
    Text(String),
}

/// What the sources of the crates say.
#[derive(Default)]
struct Sources {
    statements: Vec<Statement>,
    /// Text constants, by file and name.
    constants: HashMap<(PathBuf, String), String>,
}

impl Sources {
    fn read() -> Self {
        let mut sources = Self::default();
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for entry in std::fs::read_dir(crates).unwrap() {
            let folder = entry.unwrap().path().join("src");
            if folder.is_dir() {
                sources.folder(&folder);
            }
        }
        sources
    }

    fn folder(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.folder(&path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                // What does not lex is in the middle of an edit; the compiler says it better.
                let Ok(tokens) = TokenStream::from_str(&text) else { continue };
                self.tokens(&path, &tokens.into_iter().collect::<Vec<_>>());
            }
        }
    }

    fn tokens(&mut self, path: &Path, tokens: &[TokenTree]) {
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.tokens(path, &group.stream().into_iter().collect::<Vec<_>>()),
                TokenTree::Ident(name) if name == "sql" || name == "sql_by" => {
                    if let [TokenTree::Punct(bang), TokenTree::Group(group), ..] = &tokens[at + 1..]
                        && bang.as_char() == '!'
                    {
                        let line = group.span_open().start().line;
                        let site = format!("{}:{line}", path.display());
                        if name == "sql" {
                            self.statement(&site, group.stream(), &[]);
                        } else {
                            self.ordered(&site, group.stream());
                        }
                    }
                }
                TokenTree::Ident(name) if name == "const" => self.constant(path, &tokens[at + 1..]),
                _ => {}
            }
        }
    }

    /// `sql_by!(at, descending, ["title", …], "…", …)`
    fn ordered(&mut self, site: &str, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        // The macro's own arms call each other so.
        if matches!(tokens.first(), Some(TokenTree::Punct(at)) if at.as_char() == '@') {
            return;
        }
        let list = tokens.iter().enumerate().find_map(|(at, token)| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => Some((at, group.stream())),
            _ => None,
        });
        // The macro's own definition has none.
        let Some((at, columns)) = list else { return };
        let statement: TokenStream = tokens[at + 2..].iter().cloned().collect();
        for column in columns.into_iter().filter_map(|token| text(&token)) {
            for (dir, past) in [("ASC", ">"), ("DESC", "<")] {
                self.statement(site, statement.clone(), &[("by", &column), ("dir", dir), ("past", past)]);
            }
        }
    }

    fn statement(&mut self, site: &str, tokens: TokenStream, given: &[(&str, &str)]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut arguments = tokens.split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','));
        // The macro's own definition has no literal.
        let Some(text) = arguments.next().and_then(|tokens| text(tokens.first()?)) else { return };
        let named = arguments.filter(|argument| !argument.is_empty()).map(|argument| {
            let [TokenTree::Ident(name), TokenTree::Punct(_), .., last] = argument else {
                panic!("{site}: a fragment is given as name = CONSTANT")
            };
            let fragment = text_or_constant(last);
            (name.to_string(), fragment)
        });
        let given = given.iter().map(|(name, text)| ((*name).to_owned(), Fragment::Text((*text).to_owned())));
        let fragments = named.chain(given).collect();
        self.statements.push(Statement { site: site.to_owned(), text, fragments });
    }

    /// `NAME: &str = "…";`
    fn constant(&mut self, path: &Path, tokens: &[TokenTree]) {
        let Some(TokenTree::Ident(name)) = tokens.first() else { return };
        let end = tokens.iter().position(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ';'));
        if let Some(value) = end.and_then(|end| tokens.get(end.checked_sub(1)?)).and_then(text) {
            self.constants.insert((path.to_owned(), name.to_string()), value);
        }
    }

    /// The constant in the statement's file or, if it is imported, the only one of that name.
    fn lookup(&self, site: &str, name: &str) -> Option<&str> {
        let file = PathBuf::from(site.rsplit_once(':')?.0);
        if let Some(text) = self.constants.get(&(file, name.to_owned())) {
            return Some(text);
        }
        let mut all = self.constants.iter().filter(|((_, n), _)| n == name).map(|(_, text)| text.as_str());
        let first = all.next()?;
        all.all(|other| other == first).then_some(first)
    }

    /// Every form of every statement with its place, or what is wrong with it.
    fn forms(&self, dialect: Dialect) -> Result<BTreeMap<String, String>, Vec<String>> {
        let (mut forms, mut wrong) = (BTreeMap::new(), Vec::new());
        for Statement { site, text, fragments } in &self.statements {
            let mut known = Vec::new();
            for (name, fragment) in fragments {
                match fragment {
                    Fragment::Text(text) => known.push((name.as_str(), text.as_str())),
                    Fragment::Constant(constant) => match self.lookup(site, constant) {
                        Some(text) => known.push((name.as_str(), text)),
                        None => wrong.push(format!("{site}: {constant} is no text constant of one value")),
                    },
                }
            }
            match Template::try_parse(text, &known, "") {
                Ok(template) => forms.extend(
                    template
                        .modes()
                        .into_iter()
                        .map(|mode| (template.text(dialect, mode), format!("{site} ({mode:?})"))),
                ),
                Err(e) => wrong.push(format!("{site}: {e}")),
            }
        }
        if wrong.is_empty() { Ok(forms) } else { Err(wrong) }
    }
}

fn text_or_constant(token: &TokenTree) -> Fragment {
    text(token).map_or_else(|| Fragment::Constant(token.to_string()), Fragment::Text)
}

/// The value of a string literal.
fn text(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else { return None };
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

/// A text of the code, as its template renders it.
fn safe(sql: String) -> sqlx::SqlStr {
    sqlx::AssertSqlSafe(sql).into_sql_str()
}

async fn sqlite(base: &Base) -> SqliteConnection {
    let Options::Sqlite(SqliteOptions { path, .. }) = &base.options else { unreachable!() };
    SqliteConnection::connect(path.to_str().unwrap()).await.unwrap()
}

/// A step of a plan of SQLite: its number, that of the step around it, nothing, and what it does.
type Step = (i64, i64, i64, String);

async fn plan(conn: &mut SqliteConnection, sql: &str, site: &impl std::fmt::Display) -> Vec<Step> {
    let plan = sqlx::query_as(safe(format!("EXPLAIN QUERY PLAN {sql}")));
    plan.fetch_all(conn).await.unwrap_or_else(|e| panic!("{site}: {e}"))
}

#[tokio::test]
async fn every_statement_is_understood_by_sqlite() {
    let forms = Sources::read().forms(Dialect::Sqlite).unwrap();
    assert!(forms.len() > 30, "the sources are not where they were");
    Base::sqlite()
        .await
        .run(async |base| {
            let mut conn = sqlite(base).await;
            let mut wrong = Vec::new();
            for (sql, site) in forms {
                if let Err(e) = conn.prepare(safe(sql.clone())).await {
                    wrong.push(format!("{site}: {e}\n{sql}"));
                }
            }
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        })
        .await;
}

/// SQLite is told nothing of how many rows there are, and takes an index that is entered by visibility for a good way to
/// one artist's tracks, or to a list in another order. Along its own order a list reads until it is full; otherwise it
/// reads everything that is public.
#[tokio::test]
async fn no_statement_reads_all_that_is_public() {
    let forms = Sources::read().forms(Dialect::Sqlite).unwrap();
    Base::sqlite()
        .await
        .run(async |base| {
            let mut conn = sqlite(base).await;
            let mut wrong = Vec::new();
            for (sql, site) in forms {
                let steps = plan(&mut conn, &sql, &site).await;
                let sorts = |within: i64| {
                    steps.iter().any(|(_, parent, _, step)| {
                        *parent == within && step == "USE TEMP B-TREE FOR ORDER BY"
                    })
                };
                wrong.extend(
                    steps
                        .iter()
                        .filter(|(_, parent, _, step)| {
                            step.contains("(visibility=?)") && (!sql.contains("LIMIT") || sorts(*parent))
                        })
                        .map(|(_, _, _, step)| format!("{site}: {step}")),
                );
            }
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        })
        .await;
}

/// A genre has thousands of tracks, and its list shows a page of them.
#[tokio::test]
async fn a_genre_is_read_in_the_order_of_its_plays() {
    let forms = Sources::read().forms(Dialect::Sqlite).unwrap();
    let of_a_genre = |sql: &str| {
        sql.contains("FROM track_genre g WHERE g.genre_id = ") && sql.contains("ORDER BY t.play_count")
    };
    Base::sqlite()
        .await
        .run(async |base| {
            let mut conn = sqlite(base).await;
            let mut seen = 0;
            for (sql, site) in forms.into_iter().filter(|(sql, _)| of_a_genre(sql)) {
                let steps = plan(&mut conn, &sql, &site).await;
                let step = steps.iter().find(|(_, _, _, step)| step.starts_with("SEARCH g "));
                // A span of time is looked up in the rows, still in that order.
                let (_, within, _, step) = step.expect("the genre is looked up");
                assert!(step.contains("track_genre_plays"), "{site}: {step}");
                let sorts =
                    steps.iter().any(|(_, parent, _, step)| parent == within && step.contains("TEMP B-TREE"));
                assert!(!sorts, "{site}: {sql}");
                seen += 1;
            }
            assert!(seen > 0, "the statement is not where it was");
        })
        .await;
}

/// Readers of the feed ask several times a second whether there is more, and it holds what changed in a week.
#[tokio::test]
async fn the_feed_is_entered_where_its_reader_stands() {
    let forms = Sources::read().forms(Dialect::Sqlite).unwrap();
    let reads = |sql: &str| sql.contains("SELECT xid, id, subject, at FROM feed");
    Base::sqlite()
        .await
        .run(async |base| {
            let mut conn = sqlite(base).await;
            let mut seen = 0;
            for (sql, site) in forms.into_iter().filter(|(sql, _)| reads(sql)) {
                let steps = plan(&mut conn, &sql, &site).await;
                let here = "(channel=? AND xid=? AND id>?)";
                assert!(steps.iter().any(|(_, _, _, step)| step.contains(here)), "{site}: {steps:?}");
                seen += 1;
            }
            assert!(seen > 0, "the statement is not where it was");
        })
        .await;
}

#[tokio::test]
async fn every_statement_is_understood_by_postgres() {
    let forms = Sources::read().forms(Dialect::Postgres).unwrap();
    let Some(base) = Base::postgres().await else { return };
    base.run(async |base| {
        let Options::Postgres(options) = &base.options else { unreachable!() };
        let mut conn = PgConnection::connect(&options.url).await.unwrap();
        let mut wrong = Vec::new();
        for (sql, site) in forms {
            if let Err(e) = conn.prepare(safe(sql.clone())).await {
                wrong.push(format!("{site}: {e}\n{sql}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    })
    .await;
}
