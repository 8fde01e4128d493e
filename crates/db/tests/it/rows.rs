use db::{Error, Rows, Value, from_row, sql};
use kernel::Time;
use uuid::Uuid;

use crate::base::{Base, id, on_both};

on_both!(
    every_kind_comes_back_as_it_went,
    many_texts_in_one_value,
    no_rows,
    optional_clauses,
    wrong_binds_are_named
);

#[derive(Debug, Clone, PartialEq)]
struct Everything {
    u: Option<Uuid>,
    i: Option<i64>,
    t: Option<String>,
    b: Option<bool>,
    f: Option<f64>,
    x: Option<Vec<u8>>,
}

from_row!(Everything { u, i, t, b, f, x });

fn tricky() -> Vec<Everything> {
    let texts = [
        "",
        "plain",
        "it's \"quoted\" \\ and /* -- ; */",
        "'); DROP TABLE job; --",
        "line\nbreak\ttab\r\u{1}\u{7f}",
        "naïve Ünïcödé 音楽 🎵 \u{202e}right-to-left\u{2028}",
        "$1 {rows $2 r(a int)} [[ AND ]] {skip_locked}",
        "123",
        "null",
        "{\"a\":[1]}",
    ];
    let ints =
        [0, 1, -1, i64::MAX, i64::MIN, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, 1_795_262_400_000_000, 10];
    let floats =
        [0.0, 1.0, -1.5, 0.1, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 1e300, 123_456_789.123_456_79, 3.0];
    let bytes: [&[u8]; 4] = [b"", b"\0", b"\xff\xfe'\"", &[7; 300]];
    let mut rows: Vec<Everything> = (0..10)
        .map(|n| Everything {
            u: Some(Uuid::from_u128((u128::MAX / 7).wrapping_mul(n as u128))),
            i: Some(ints[n]),
            t: Some(texts[n].to_owned()),
            b: Some(n % 2 == 0),
            f: Some(floats[n]),
            x: Some(bytes[n % 4].to_vec()),
        })
        .collect();
    rows.push(Everything { u: None, i: None, t: None, b: None, f: None, x: None });
    rows
}

async fn every_kind_comes_back_as_it_went(base: &Base) {
    let sent = tricky();
    let rows: Rows = sent.iter().cloned().map(|r| (r.u, r.i, r.t, r.b, r.f, r.x)).collect();
    let back: Vec<Everything> = db::read!(base.db, |tx| {
            sql!("SELECT r.u, r.i, r.t, r.b, r.f, r.x FROM {rows $1 r(u uuid, i int, t text, b bool, f float, x bytes)}")
                .rows(rows)
                .all(tx)
                .await
        })
        .unwrap();
    assert_eq!(back, sent);
    // And one by one, as parameters.
    for row in sent {
        let bound = row.clone();
        let back: Everything = db::read!(base.db, |tx| {
            sql!("SELECT $1 AS u, $2 AS i, $3 AS t, $4 AS b, $5 AS f, $6 AS x")
                .bind(bound.u)
                .bind(bound.i)
                .bind(bound.t)
                .bind(bound.b)
                .bind(bound.f)
                .bind(bound.x)
                .one(tx)
                .await
        })
        .unwrap();
        assert_eq!(back, row);
    }
}

async fn many_texts_in_one_value(base: &Base) {
    let texts: Vec<String> = tricky().into_iter().filter_map(|row| row.t).collect();
    for texts in [texts, Vec::new()] {
        let rows: Rows = (0_i64..).zip(&texts).collect();
        let back: Vec<String> = db::read!(base.db, |tx| {
            sql!("SELECT CAST({json_list}(r.t ORDER BY r.i DESC) AS TEXT) FROM {rows $1 r(i int, t text)}")
                .rows(rows)
                .scalar(tx)
                .await
        })
        .unwrap();
        assert!(back.iter().eq(texts.iter().rev()), "{back:?}");
    }
}

async fn no_rows(base: &Base) {
    let none = Vec::<(Uuid, i64)>::new();
    let back: Vec<(Uuid, i64)> = db::read!(base.db, |tx| {
        sql!("SELECT r.u, r.i FROM {rows $1 r(u uuid, i int)}")
            .rows(none.into_iter().collect::<Rows>())
            .all(tx)
            .await
    })
    .unwrap();
    assert_eq!(back, []);
}

async fn optional_clauses(base: &Base) {
    db::write!(base.db, |tx| {
        sql!("INSERT INTO schedule (name, next_at) SELECT r.name, r.at FROM {rows $1 r(name text, at int)}")
            .rows([("a", 1_i64), ("b", 2), ("c", 3)].into_iter().collect::<Rows>())
            .run(tx)
            .await
    })
    .unwrap();
    let names = async |from: Option<Time>, names: Option<[&'static str; 2]>, order: &'static str| {
        db::read!(base.db, |tx| {
            let query = sql!(
                "SELECT name FROM schedule WHERE true[[ AND next_at >= $from]]
                     [[ AND name IN (SELECT n.name FROM {rows $names n(name text)})]]
                     [[:up: ORDER BY name]][[:down: ORDER BY name DESC]]"
            )
            .set_opt("from", from)
            .on(order);
            let query = match names {
                Some(names) => query.set_rows("names", names.map(|n| (n,)).into_iter().collect::<Rows>()),
                None => query,
            };
            query.column::<String>(tx).await
        })
        .unwrap()
        .concat()
    };
    assert_eq!(names(None, None, "up").await, "abc");
    assert_eq!(names(None, None, "down").await, "cba");
    assert_eq!(names(Some(Time::from_micros(2)), None, "up").await, "bc");
    assert_eq!(names(None, Some(["a", "c"]), "down").await, "ca");
    assert_eq!(names(Some(Time::from_micros(2)), Some(["a", "c"]), "up").await, "c");
}

async fn wrong_binds_are_named(base: &Base) {
    macro_rules! named {
        ($name:literal, $query:expr) => {
            match db::read!(base.db, |tx| $query.all::<(i64,)>(tx).await) {
                Err(Error::Parameter { name, site }) => {
                    assert_eq!(name, $name);
                    assert!(site.contains("rows.rs:"), "{site}");
                }
                other => panic!("{other:?} for {}", stringify!($query)),
            }
        };
    }
    let pairs = || [(id::<Uuid>(1), 1_i64)].into_iter().collect::<Rows>();
    named!("1", sql!("SELECT $1"));
    named!("2", sql!("SELECT $1 + $2").bind(1_i64));
    named!("2", sql!("SELECT $1").bind(1_i64).bind(2_i64));
    named!("nmae", sql!("SELECT $name").set("nmae", 1_i64));
    named!("1", sql!("SELECT $1").opt(None::<i64>));
    named!("sideways", sql!("SELECT 1[[:up: ORDER BY 1]]").on("sideways"));
    named!("1", sql!("SELECT $1").rows(pairs()));
    named!("1", sql!("SELECT r.i FROM {rows $1 r(u uuid, i int)}").bind(1_i64));
    named!("1", sql!("SELECT r.i FROM {rows $1 r(i int, u uuid)}").rows(pairs()));
    named!("1", sql!("SELECT r.i FROM {rows $1 r(i int)}").rows(pairs()));
    let ragged: Rows = [vec![Value::Int(Some(1))], vec![Value::Text(None)]].into_iter().collect();
    named!("1", sql!("SELECT r.i FROM {rows $1 r(i int)}").rows(ragged));
}
