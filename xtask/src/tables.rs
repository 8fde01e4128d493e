//! Every table has one owner, a module that says so in a line of its documentation such as
//! `//! Owns: track, album, track_genre.` Only the owner's files write the table; files of its own
//! crate and of higher ones may read it (`docs/ARCHITECTURE.md`, "Modules and tables").

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::rust::{self, Source};
use crate::workspace::Workspace;
use crate::{crates, migrations, sql};

/// Finds tables without an owner or with two, writes by others, reads from below, and statements
/// that are built out of strings.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for package in workspace.our_packages() {
        let Some(layer) = crates::layer(&package.name) else { continue };
        for (path, source) in rust::sources(&package.folder().join("src"))? {
            let path = workspace.relative(&path).to_path_buf();
            files.push(File { path, layer, source });
        }
    }
    Ok(judge(&files, &migrations::tables(&workspace.root)?))
}

/// One source file of a crate in the layers.
struct File {
    path: PathBuf,
    layer: usize,
    source: Source,
}

/// Who may write a table.
struct Owner {
    /// The file that says so.
    file: PathBuf,
    /// The module's folder, or the file itself.
    scope: PathBuf,
    layer: usize,
}

fn judge(files: &[File], tables: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut owners: BTreeMap<&str, Owner> = BTreeMap::new();
    for File { path, layer, source } in files {
        for table in &source.owns {
            if !tables.contains(table) {
                findings.push(format!("{}: owns {table}, which no migration makes", path.display()));
            }
            let owner = Owner { file: path.clone(), scope: scope(path), layer: *layer };
            if let Some(first) = owners.insert(table, owner) {
                findings.push(format!("{}: owns {table}, as does {}", path.display(), first.file.display()));
            }
        }
    }
    for table in tables.iter().filter(|table| !owners.contains_key(table.as_str())) {
        findings.push(format!("migrations: no module owns {table}"));
    }
    for File { path, layer, source } in files {
        for text in &source.sql {
            let uses = sql::uses(&text.text);
            let place = format!("{}:{}", path.display(), text.line);
            for (table, owner) in
                uses.writes.iter().filter_map(|table| Some((table, owners.get(table.as_str())?)))
            {
                if !path.starts_with(&owner.scope) {
                    findings.push(format!("{place}: writes {table}, which {} owns", owner.file.display()));
                }
            }
            for (table, owner) in
                uses.reads.iter().filter_map(|table| Some((table, owners.get(table.as_str())?)))
            {
                if owner.layer > *layer {
                    findings
                        .push(format!("{place}: reads {table} of a higher crate ({})", owner.file.display()));
                }
            }
        }
        for text in &source.built {
            findings.push(format!("{}:{}: a statement built from strings", path.display(), text.line));
        }
    }
    findings
}

/// What belongs to the module in this file: for `a/mod.rs` and `src/lib.rs` the folder, for `a.rs`
/// the file and, if there is one, the folder `a`, whose paths begin the same.
fn scope(path: &Path) -> PathBuf {
    let is_folder =
        path.file_name().is_some_and(|name| ["mod.rs", "lib.rs", "main.rs"].iter().any(|root| name == *root));
    match path.parent() {
        Some(parent) if is_folder => parent.to_path_buf(),
        _ => path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, layer: usize, text: &str) -> Result<File> {
        Ok(File { path: path.into(), layer, source: Source::read(text, false)? })
    }

    fn findings(files: &[File]) -> Vec<String> {
        judge(files, &["account", "play", "track"].map(str::to_owned).into())
    }

    const ACCOUNT: &str = "//! Accounts.\n//!\n//! Owns: account.\n";
    const CATALOGUE: &str = "//! Owns:\n//! `track`.\n";
    const PLAYBACK: &str = "//! Owns: play.\n";

    fn owners() -> Result<Vec<File>> {
        Ok(vec![
            file("crates/identity/src/account.rs", 4, ACCOUNT)?,
            file("crates/music/src/catalogue/mod.rs", 5, CATALOGUE)?,
            file("crates/music/src/playback/mod.rs", 5, PLAYBACK)?,
        ])
    }

    #[test]
    fn reading_downwards_and_writing_at_home_is_well() -> Result<()> {
        let mut files = owners()?;
        files.push(file(
            "crates/music/src/playback/queries.rs",
            5,
            "fn f() { sql!(\"INSERT INTO play (id) SELECT t.id FROM track t JOIN account a ON a.id = t.owner\"); }",
        )?);
        files.push(file(
            "crates/music/src/playback/mod_test.rs",
            5,
            "fn f() { sql!(\"SELECT 1 FROM json_each($1)\"); }",
        )?);
        assert_eq!(findings(&files), Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn a_write_to_a_foreign_table_is_found() -> Result<()> {
        let mut files = owners()?;
        files.push(file(
            "crates/music/src/playback/service.rs",
            5,
            "fn f() {\n sql!(\"UPDATE track SET plays = plays + 1\"); }",
        )?);
        let expected = "crates/music/src/playback/service.rs:2: writes track, which crates/music/src/catalogue/mod.rs owns";
        assert_eq!(findings(&files), [expected]);
        Ok(())
    }

    #[test]
    fn a_join_upwards_is_found() -> Result<()> {
        let mut files = owners()?;
        files.push(file(
            "crates/identity/src/me.rs",
            4,
            "fn f() { sql!(\"SELECT 1 FROM account JOIN play ON true\"); }",
        )?);
        let expected =
            "crates/identity/src/me.rs:1: reads play of a higher crate (crates/music/src/playback/mod.rs)";
        assert_eq!(findings(&files), [expected]);
        Ok(())
    }

    #[test]
    fn every_table_has_one_owner() -> Result<()> {
        let files = [
            file("crates/identity/src/account.rs", 4, ACCOUNT)?,
            file("crates/music/src/catalogue/mod.rs", 5, "//! Owns: track, account, ghost.")?,
        ];
        let expected = [
            "crates/music/src/catalogue/mod.rs: owns account, as does crates/identity/src/account.rs",
            "crates/music/src/catalogue/mod.rs: owns ghost, which no migration makes",
            "migrations: no module owns play",
        ];
        assert_eq!(findings(&files), expected);
        Ok(())
    }

    #[test]
    fn statements_built_from_strings_are_found() -> Result<()> {
        let mut files = owners()?;
        files.push(file("crates/music/src/search.rs", 5, "fn f() { format!(\"SELECT 1 FROM {table}\"); }")?);
        assert_eq!(findings(&files), ["crates/music/src/search.rs:1: a statement built from strings"]);
        Ok(())
    }
}
