//! Both databases have the same migrations: the same file names, making the same tables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use crate::sql;
use crate::workspace::Workspace;

/// The folders under `migrations`.
const DATABASES: [&str; 2] = ["sqlite", "postgres"];

/// Finds migrations and tables that only one of the databases has.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let [sqlite, postgres] = DATABASES.map(|name| read(&workspace.root.join("migrations").join(name)));
    let (sqlite, postgres) = (sqlite?, postgres?);
    let mut findings = Vec::new();
    for name in sqlite.keys().chain(postgres.keys()).collect::<BTreeSet<_>>() {
        match (sqlite.get(name), postgres.get(name)) {
            (Some(one), Some(other)) => {
                for table in one.symmetric_difference(other) {
                    findings
                        .push(format!("migrations/*/{name}: only one of the two makes the table {table}"));
                }
            }
            (None, _) => findings.push(format!("migrations/sqlite/{name}: missing")),
            (_, None) => findings.push(format!("migrations/postgres/{name}: missing")),
        }
    }
    Ok(findings)
}

/// The tables that the migrations make.
pub(crate) fn tables(root: &Path) -> Result<BTreeSet<String>> {
    let mut tables = BTreeSet::new();
    for name in DATABASES {
        tables.extend(read(&root.join("migrations").join(name))?.into_values().flatten());
    }
    Ok(tables)
}

/// The files of a folder with the tables that each makes.
fn read(folder: &Path) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut files = BTreeMap::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.insert(name, sql::uses(&std::fs::read_to_string(entry.path())?).creates);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_and_a_missing_table_are_found() -> Result<()> {
        let folder = tempfile::tempdir()?;
        for (path, text) in [
            ("sqlite/0001_start.sql", "CREATE TABLE a (id TEXT); CREATE TABLE b (id TEXT);"),
            ("postgres/0001_start.sql", "CREATE TABLE a (id UUID);"),
            ("sqlite/0002_more.sql", "CREATE TABLE c (id TEXT);"),
            ("postgres/0002_other.sql", "CREATE TABLE c (id UUID);"),
        ] {
            let path = folder.path().join("migrations").join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
            std::fs::write(path, text)?;
        }
        let workspace = Workspace { root: folder.path().to_path_buf(), ..Workspace::default() };
        let expected = [
            "migrations/*/0001_start.sql: only one of the two makes the table b",
            "migrations/postgres/0002_more.sql: missing",
            "migrations/sqlite/0002_other.sql: missing",
        ];
        assert_eq!(check(&workspace)?, expected);
        assert_eq!(tables(folder.path())?.into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        Ok(())
    }
}
