//! A statement with its arguments, ready to run on a [`Tx`].

use sqlx::{
    Arguments, SqlStr,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::{
    Dialect, Error, Result,
    rows::{Array, Rows},
    template::{Slot, Template},
    tx::{Conn, Tx},
    value::{FromRow, Row, ToValue, Value},
};

/// A statement with its arguments. Made by [`sql!`](crate::sql).
#[derive(Debug)]
#[must_use = "a query does nothing until it is run"]
pub struct Query {
    template: &'static Template,
    args: Vec<Option<Arg>>,
    /// How many numbered parameters have been bound.
    next: usize,
    on: u64,
    mistake: Option<String>,
}

#[derive(Debug)]
enum Arg {
    One(Value),
    Many(Rows),
    /// Bound as absent: clauses that need it are left out.
    Absent,
}

/// A statement for both databases, checked by a test against each: `sql!("SELECT …")`, with fragments as
/// `sql!("… {visible} …", visible = VISIBLE)`. See [`template`](crate::Template) for the text.
#[macro_export]
macro_rules! sql {
    ($text:literal $(, $name:ident = $fragment:expr)* $(,)?) => {{
        static TEMPLATE: ::std::sync::LazyLock<$crate::Template> = ::std::sync::LazyLock::new(|| {
            $crate::Template::parse($text, &[$((stringify!($name), $fragment)),*], concat!(file!(), ":", line!()))
        });
        $crate::Query::new(&TEMPLATE)
    }};
}

/// A statement of a list, once for each column it can be ordered by and for both directions:
/// `sql_by!(at, descending, ["title_key", "play_count"], "… WHERE ({by}, id) {past} ($1, $2) ORDER BY {by} {dir}, id {dir}")`.
/// `{by}` is the column at `at`, `{dir}` is ASC or DESC, `{past}` compares with the last row of the page before.
/// Further fragments follow as in [`sql!`](crate::sql).
#[macro_export]
macro_rules! sql_by {
    ($at:expr, $descending:expr, [$($by:literal),+ $(,)?], $text:literal $(, $name:ident = $fragment:expr)* $(,)?) => {
        $crate::sql_by!(@ $at, $descending, [$($by),+], $text, [$(($name, $fragment)),*])
    };
    // The list of fragments goes along as one, since it is repeated for every column.
    (@ $at:expr, $descending:expr, [$($by:literal),+], $text:literal, $fragments:tt) => {{
        const COLUMNS: usize = [$($by),+].len();
        static TEMPLATES: [[::std::sync::LazyLock<$crate::Template>; 2]; COLUMNS] = [$([
            ::std::sync::LazyLock::new(|| $crate::sql_by!(@parse $by, "ASC", ">", $text, $fragments)),
            ::std::sync::LazyLock::new(|| $crate::sql_by!(@parse $by, "DESC", "<", $text, $fragments)),
        ]),+];
        $crate::Query::new(&TEMPLATES[$at][usize::from($descending)])
    }};
    (@parse $by:literal, $dir:literal, $past:literal, $text:literal, [$(($name:ident, $fragment:expr)),*]) => {
        $crate::Template::parse(
            $text,
            &[("by", $by), ("dir", $dir), ("past", $past) $(, (stringify!($name), $fragment))*],
            concat!(file!(), ":", line!()),
        )
    };
}

impl Query {
    /// A query of `template` without arguments; [`sql!`](crate::sql) calls it.
    pub fn new(template: &'static Template) -> Self {
        let args = template.params.iter().map(|_| None).collect();
        Self { template, args, next: 0, on: 0, mistake: None }
    }

    fn put(mut self, name: &str, arg: Arg) -> Self {
        match self.template.params.iter().position(|p| p == name) {
            Some(at) => self.args[at] = Some(arg),
            None => self.mistake = Some(name.to_owned()),
        }
        self
    }

    fn put_next(mut self, arg: Arg) -> Self {
        match self.template.numbered.get(self.next) {
            Some(at) => self.args[*at] = Some(arg),
            None => self.mistake = Some((self.next + 1).to_string()),
        }
        self.next += 1;
        self
    }

    /// Binds the next numbered parameter: `$1`, then `$2`, …
    pub fn bind(self, value: impl ToValue) -> Self {
        self.put_next(Arg::One(value.to_value()))
    }

    /// Binds the next numbered parameter if there is a value; without one, the clauses that use it are left out.
    pub fn opt<T: ToValue>(self, value: Option<T>) -> Self {
        self.put_next(value.map_or(Arg::Absent, |v| Arg::One(v.to_value())))
    }

    /// Binds the parameter `$name`.
    pub fn set(self, name: &str, value: impl ToValue) -> Self {
        self.put(name, Arg::One(value.to_value()))
    }

    /// Binds the parameter `$name` if there is a value; without one, the clauses that use it are left out.
    pub fn set_opt<T: ToValue>(self, name: &str, value: Option<T>) -> Self {
        self.put(name, value.map_or(Arg::Absent, |v| Arg::One(v.to_value())))
    }

    /// Gives the next numbered parameter, a row source, its rows.
    pub fn rows(self, rows: impl Into<Rows>) -> Self {
        self.put_next(Arg::Many(rows.into()))
    }

    /// Gives the parameter `$name`, a row source, its rows.
    pub fn set_rows(self, name: &str, rows: impl Into<Rows>) -> Self {
        self.put(name, Arg::Many(rows.into()))
    }

    /// Switches the clause `[[:name: … ]]` on.
    pub fn on(mut self, name: &str) -> Self {
        let mut found = false;
        for (i, clause) in self.template.clauses.iter().enumerate() {
            if clause.name.as_deref() == Some(name) {
                self.on |= 1 << i;
                found = true;
            }
        }
        if !found {
            self.mistake = Some(name.to_owned());
        }
        self
    }

    fn mask(&self) -> u64 {
        let mut mask = 0;
        for (i, clause) in self.template.clauses.iter().enumerate() {
            let wanted = clause.name.is_none() || self.on & (1 << i) != 0;
            let bound =
                clause.params.iter().all(|p| matches!(self.args[*p], Some(Arg::One(_) | Arg::Many(_))));
            mask |= u64::from(wanted && bound) << i;
        }
        mask
    }

    fn wrong(&self, name: &str) -> Error {
        Error::Parameter { name: name.to_owned(), site: self.template.site }
    }

    fn source(&self, param: usize) -> Result<&Rows> {
        match &self.args[param] {
            Some(Arg::Many(rows))
                if self.template.sources.get(&param).is_some_and(|kinds| rows.fits(kinds)) =>
            {
                Ok(rows)
            }
            _ => Err(self.wrong(&self.template.params[param])),
        }
    }

    /// The text and the arguments, which move: each has one place in a rendered statement.
    fn prepare<A: AddValue>(mut self, dialect: Dialect) -> Result<(SqlStr, A)> {
        if let Some(name) = &self.mistake {
            return Err(self.wrong(name));
        }
        let rendered = self.template.rendered(dialect, self.mask());
        let mut to = A::default();
        for slot in &rendered.slots {
            match *slot {
                Slot::Param(param) => match self.args[param].take() {
                    Some(Arg::One(value)) => to.value(value)?,
                    _ => return Err(self.wrong(&self.template.params[param])),
                },
                Slot::Source(param) => to.value(Value::Text(Some(self.source(param)?.json())))?,
                Slot::Column(param, i, kind) => to.array(self.source(param)?.array(i, kind))?,
            }
        }
        Ok((rendered.sql.clone(), to))
    }

    /// Runs it and reads every row.
    pub async fn all<T: FromRow>(self, tx: &mut Tx) -> Result<Vec<T>> {
        let result = async {
            match tx.conn() {
                Conn::Sqlite(conn) => {
                    let (sql, args) = self.prepare::<SqliteArguments>(Dialect::Sqlite)?;
                    let rows: Vec<SqliteRow> = sqlx::query_with(sql, args).fetch_all(conn).await?;
                    rows.iter().map(|row| T::from_row(Row::Sqlite(row))).collect()
                }
                Conn::Pg(conn) => {
                    let (sql, args) = self.prepare::<PgArguments>(Dialect::Postgres)?;
                    let rows: Vec<PgRow> = sqlx::query_with(sql, args).fetch_all(conn).await?;
                    rows.iter().map(|row| T::from_row(Row::Pg(row))).collect()
                }
            }
        }
        .await;
        tx.note(result)
    }

    /// Runs it and reads the first row, if there is one.
    pub async fn maybe<T: FromRow>(self, tx: &mut Tx) -> Result<Option<T>> {
        let result = async {
            match tx.conn() {
                Conn::Sqlite(conn) => {
                    let (sql, args) = self.prepare::<SqliteArguments>(Dialect::Sqlite)?;
                    let row: Option<SqliteRow> = sqlx::query_with(sql, args).fetch_optional(conn).await?;
                    row.as_ref().map(|row| T::from_row(Row::Sqlite(row))).transpose()
                }
                Conn::Pg(conn) => {
                    let (sql, args) = self.prepare::<PgArguments>(Dialect::Postgres)?;
                    let row: Option<PgRow> = sqlx::query_with(sql, args).fetch_optional(conn).await?;
                    row.as_ref().map(|row| T::from_row(Row::Pg(row))).transpose()
                }
            }
        }
        .await;
        tx.note(result)
    }

    /// Runs it and reads the first row, which must be there.
    pub async fn one<T: FromRow>(self, tx: &mut Tx) -> Result<T> {
        let site = self.template.site;
        self.maybe(tx).await?.ok_or(Error::NoRow(site))
    }

    /// Runs it and reads the only column of every row.
    pub async fn column<T: crate::Column>(self, tx: &mut Tx) -> Result<Vec<T>> {
        Ok(self.all::<(T,)>(tx).await?.into_iter().map(|(value,)| value).collect())
    }

    /// Runs it and reads the only column of its only row.
    pub async fn scalar<T: crate::Column>(self, tx: &mut Tx) -> Result<T> {
        Ok(self.one::<(T,)>(tx).await?.0)
    }

    /// Runs it; answers how many rows it changed.
    pub async fn run(self, tx: &mut Tx) -> Result<u64> {
        let result = async {
            Ok(match tx.conn() {
                Conn::Sqlite(conn) => {
                    let (sql, args) = self.prepare::<SqliteArguments>(Dialect::Sqlite)?;
                    sqlx::query_with(sql, args).execute(conn).await?.rows_affected()
                }
                Conn::Pg(conn) => {
                    let (sql, args) = self.prepare::<PgArguments>(Dialect::Postgres)?;
                    sqlx::query_with(sql, args).execute(conn).await?.rows_affected()
                }
            })
        }
        .await;
        tx.note(result)
    }

    /// Runs it; answers whether it changed any row.
    pub async fn changed(self, tx: &mut Tx) -> Result<bool> {
        Ok(self.run(tx).await? > 0)
    }
}

/// The two kinds of argument lists of the driver.
trait AddValue: Default {
    fn value(&mut self, value: Value) -> Result<()>;
    fn array(&mut self, array: Array) -> Result<()>;
}

fn encode(e: sqlx::error::BoxDynError) -> Error {
    Error::Sqlx(sqlx::Error::Encode(e))
}

impl AddValue for SqliteArguments {
    fn value(&mut self, value: Value) -> Result<()> {
        match value {
            Value::Uuid(v) => self.add(v),
            Value::Int(v) => self.add(v),
            Value::Text(v) => self.add(v),
            Value::Bool(v) => self.add(v),
            Value::Float(v) => self.add(v),
            Value::Bytes(v) => self.add(v),
        }
        .map_err(encode)
    }

    fn array(&mut self, _: Array) -> Result<()> {
        Err(encode("SQLite has no arrays".into()))
    }
}

impl AddValue for PgArguments {
    fn value(&mut self, value: Value) -> Result<()> {
        match value {
            Value::Uuid(v) => self.add(v),
            Value::Int(v) => self.add(v),
            Value::Text(v) => self.add(v),
            Value::Bool(v) => self.add(v),
            Value::Float(v) => self.add(v),
            Value::Bytes(v) => self.add(v),
        }
        .map_err(encode)
    }

    fn array(&mut self, array: Array) -> Result<()> {
        match array {
            Array::Uuid(v) => self.add(v),
            Array::Int(v) => self.add(v),
            Array::Text(v) => self.add(v),
            Array::Bool(v) => self.add(v),
            Array::Float(v) => self.add(v),
            Array::Bytes(v) => self.add(v),
        }
        .map_err(encode)
    }
}
