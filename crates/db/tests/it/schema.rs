//! Both migration folders tell one story.

use std::collections::{BTreeMap, BTreeSet};

use db::{Db, Error, sql};

use crate::base::Base;

fn files(database: &str) -> BTreeSet<String> {
    let folder = format!("{}/../../migrations/{database}", env!("CARGO_MANIFEST_DIR"));
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    std::fs::read_dir(folder).unwrap().map(name).collect()
}

#[test]
fn both_folders_have_the_files_of_the_list() {
    let listed: BTreeSet<String> = db::MIGRATIONS.iter().map(|file| format!("{}.sql", file.name)).collect();
    assert_eq!(files("sqlite"), listed);
    assert_eq!(files("postgres"), listed);
    for (n, file) in db::MIGRATIONS.iter().enumerate() {
        assert_eq!(usize::try_from(file.version).unwrap(), n + 1);
        assert!(file.name.starts_with(&format!("{:04}_", file.version)), "{}", file.name);
    }
}

/// What a schema says, in the same words for both databases, by name.
type Schema = BTreeMap<String, String>;

#[tokio::test]
async fn both_databases_end_in_one_schema() {
    let sqlite = Base::sqlite().await;
    sqlite.db.migrate().await.unwrap();
    let ours = of_sqlite(&sqlite.db).await.unwrap();
    assert!(ours.len() > 100, "{ours:#?}");
    let Some(postgres) = Base::postgres().await else { return };
    postgres
        .run(async |base| {
            let theirs = of_postgres(&base.db).await.unwrap();
            let differ: Vec<_> = ours
                .keys()
                .chain(theirs.keys())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .filter(|name| ours.get(*name) != theirs.get(*name))
                .map(|name| format!("{name}: sqlite {:?}, postgres {:?}", ours.get(name), theirs.get(name)))
                .collect();
            assert!(differ.is_empty(), "{differ:#?}");
        })
        .await;
}

fn column(schema: &mut Schema, table: &str, name: &str, kind: &str, nullable: bool) {
    let kind = match kind {
        "BLOB" | "uuid" | "bytea" => "bytes",
        "INTEGER" | "bigint" | "boolean" => "integer",
        "TEXT" | "text" => "text",
        "REAL" | "double precision" => "float",
        other => panic!("{table}.{name} is {other}"),
    };
    schema.insert(format!("column {table}.{name}"), format!("{kind}{}", if nullable { "?" } else { "" }));
}

async fn of_sqlite(db: &Db) -> Result<Schema, Error> {
    db::read!(db, |tx| {
        let mut schema = Schema::new();
        let columns: Vec<(String, String, String, bool)> = sql!(
            "SELECT t.name, c.name, c.type, c.\"notnull\" FROM sqlite_master t, pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_sqlx_migrations'"
        )
        .all(tx)
        .await?;
        for (table, name, kind, not_null) in columns {
            column(&mut schema, &table, &name, &kind, !not_null);
        }
        // Keys and UNIQUE have indexes without names; they are compared by their columns.
        let indexes: Vec<(String, String, bool, bool, String, String)> = sql!(
            "SELECT t.name, i.name, i.\"unique\", i.partial, i.origin,
                 (SELECT GROUP_CONCAT(COALESCE(x.name, '()') || CASE WHEN x.\"desc\" THEN ' desc' ELSE '' END, ', ')
                  FROM (SELECT * FROM pragma_index_xinfo(i.name) WHERE key = 1 ORDER BY seqno) x)
             FROM sqlite_master t, pragma_index_list(t.name) i
             WHERE t.type = 'table' AND t.name <> '_sqlx_migrations'"
        )
        .all(tx)
        .await?;
        for (table, name, unique, partial, origin, columns) in indexes {
            index(&mut schema, &table, origin == "c", &name, (unique, partial), &columns);
        }
        // INTEGER PRIMARY KEY has no index at all.
        let rowids: Vec<(String, String)> = sql!(
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c
             WHERE t.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER'
               AND NOT EXISTS (SELECT 1 FROM pragma_index_list(t.name) i WHERE i.origin = 'pk')
               AND t.name <> '_sqlx_migrations'"
        )
        .all(tx)
        .await?;
        for (table, column) in rowids {
            index(&mut schema, &table, false, "", (true, false), &column);
        }
        let references: Vec<(String, String, String, String)> = sql!(
            "SELECT t.name, f.\"from\", f.\"table\", f.on_delete
             FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'"
        )
        .all(tx)
        .await?;
        for (table, column, to, on_delete) in references {
            schema.insert(format!("reference {table}.{column}"), format!("{to} {on_delete}"));
        }
        Ok(schema)
    })
}

async fn of_postgres(db: &Db) -> Result<Schema, Error> {
    db::read!(db, |tx| {
        let mut schema = Schema::new();
        let columns: Vec<(String, String, String, bool)> = sql!(
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT), is_nullable = 'YES'
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'"
        )
        .all(tx)
        .await?;
        for (table, name, kind, nullable) in columns {
            column(&mut schema, &table, &name, &kind, nullable);
        }
        let indexes: Vec<(String, String, bool, bool, bool, String)> = sql!(
            "SELECT CAST(t.relname AS TEXT), CAST(c.relname AS TEXT), i.indisunique, i.indpred IS NOT NULL,
                 NOT EXISTS (SELECT 1 FROM pg_constraint p WHERE p.conindid = i.indexrelid AND p.contype IN ('p', 'u')),
                 (SELECT string_agg(
                      CASE WHEN i.indkey[n - 1] = 0 THEN '()' ELSE pg_get_indexdef(i.indexrelid, n, true) END
                      || CASE WHEN i.indoption[n - 1] & 1 = 1 THEN ' desc' ELSE '' END, ', ' ORDER BY n)
                  FROM generate_series(1, CAST(i.indnkeyatts AS INTEGER)) n)
             FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
             JOIN pg_namespace s ON s.oid = t.relnamespace
             WHERE s.nspname = 'public' AND t.relname <> '_sqlx_migrations'"
        )
        .all(tx)
        .await?;
        for (table, name, unique, partial, named, columns) in indexes {
            index(&mut schema, &table, named, &name, (unique, partial), &columns);
        }
        let references: Vec<(String, String, String, String)> = sql!(
            "SELECT CAST(t.relname AS TEXT), CAST(a.attname AS TEXT), CAST(f.relname AS TEXT),
                 CASE p.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'r' THEN 'RESTRICT'
                      ELSE 'NO ACTION' END
             FROM pg_constraint p JOIN pg_class t ON t.oid = p.conrelid JOIN pg_class f ON f.oid = p.confrelid
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (p.conkey) WHERE p.contype = 'f'"
        )
        .all(tx)
        .await?;
        for (table, column, to, on_delete) in references {
            schema.insert(format!("reference {table}.{column}"), format!("{to} {on_delete}"));
        }
        Ok(schema)
    })
}

fn index(schema: &mut Schema, table: &str, named: bool, name: &str, kind: (bool, bool), columns: &str) {
    let (unique, partial) = kind;
    let columns = columns.replace('"', "");
    let what = format!(
        "{table} ({columns}){}{}",
        if unique { " unique" } else { "" },
        if partial { " partial" } else { "" }
    );
    let name = if named { format!("index {name}") } else { format!("key {table} ({columns})") };
    schema.insert(name, what);
}
