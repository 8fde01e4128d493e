//! Dependencies that no source names. `[dependencies]` must be named by code that ships,
//! `[dev-dependencies]` by anything in the package, `[build-dependencies]` by its build script.
//!
//! The answer is read from the tokens: a dependency counts as used where a path begins with its
//! name. One that is there for its features alone goes into
//! `[package.metadata.cargo-shear] ignored`, which cargo-shear understands as well.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::rust;
use crate::workspace::{Edge, Kind, Package, Workspace};

/// Finds dependencies without a use.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for package in workspace.our_packages() {
        let names = Names::of(package)?;
        let ignored = ignored(package);
        let mut unused = BTreeSet::new();
        for Edge { name, kind, .. } in workspace.edges.iter().filter(|edge| edge.from == package.id) {
            if !ignored.contains(name) && !names.of_kind(*kind).contains(name) {
                unused.insert((name, *kind));
            }
        }
        for (name, kind) in unused {
            findings.push(format!(
                "{}: {kind:?} dependency {name} is not used by {}",
                package.name,
                whom(kind)
            ));
        }
    }
    findings.extend(undeclared(workspace)?);
    Ok(findings)
}

fn whom(kind: Kind) -> &'static str {
    match kind {
        Kind::Normal => "code that ships",
        Kind::Dev => "any code of the package",
        Kind::Build => "the build script",
    }
}

/// The names that the sources of one package use, by who is allowed to use them.
#[derive(Default)]
struct Names {
    shipped: BTreeSet<String>,
    all: BTreeSet<String>,
    build: BTreeSet<String>,
}

impl Names {
    fn of(package: &Package) -> Result<Self> {
        let mut names = Self::default();
        for folder in ["src", "tests", "benches", "examples"] {
            for (_, source) in rust::sources(&package.folder().join(folder))? {
                if folder == "src" {
                    names.shipped.extend(source.roots.iter().cloned());
                }
                names.all.extend(source.roots);
                names.all.extend(source.test_roots);
            }
        }
        let build = package.folder().join("build.rs");
        if build.exists() {
            names.build = rust::Source::read(&std::fs::read_to_string(&build)?, false)?.roots;
        }
        Ok(names)
    }

    fn of_kind(&self, kind: Kind) -> &BTreeSet<String> {
        match kind {
            Kind::Normal => &self.shipped,
            Kind::Dev => &self.all,
            Kind::Build => &self.build,
        }
    }
}

/// The names under `[package.metadata.cargo-shear] ignored`, as sources write them.
fn ignored(package: &Package) -> BTreeSet<String> {
    let names = package.metadata["cargo-shear"]["ignored"].as_array();
    names.into_iter().flatten().filter_map(|name| Some(name.as_str()?.replace('-', "_"))).collect()
}

/// Finds entries of `[workspace.dependencies]` that no member takes.
fn undeclared(workspace: &Workspace) -> Result<Vec<String>> {
    let root: toml::Table = std::fs::read_to_string(workspace.root.join("Cargo.toml"))?.parse()?;
    let offered =
        root.get("workspace").and_then(|table| table.get("dependencies")).and_then(toml::Value::as_table);
    let mut offered: BTreeSet<&String> = offered.into_iter().flat_map(toml::Table::keys).collect();
    for package in workspace.our_packages() {
        let manifest: toml::Table = std::fs::read_to_string(&package.manifest_path)?.parse()?;
        for section in sections(&manifest) {
            offered.retain(|name| !section.contains_key(*name));
        }
    }
    Ok(offered
        .into_iter()
        .map(|name| format!("Cargo.toml: no package takes the workspace dependency {name}"))
        .collect())
}

/// Every dependency table of a manifest, those of one target included.
fn sections(manifest: &toml::Table) -> Vec<&toml::Table> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let tables = std::iter::once(manifest)
        .chain(targets.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table));
    tables
        .flat_map(|table| {
            ["dependencies", "dev-dependencies", "build-dependencies"].map(|name| table.get(name))
        })
        .filter_map(|section| section?.as_table())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One package `p` with the given library source, depending on `serde` (normal) and `proptest` (dev).
    fn workspace(source: &str, extra: &str) -> Result<(tempfile::TempDir, Workspace)> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir_all(folder.path().join("src"))?;
        std::fs::write(folder.path().join("src/lib.rs"), source)?;
        let manifest = folder.path().join("Cargo.toml");
        std::fs::write(
            &manifest,
            format!(
                "[workspace.dependencies]\nserde = \"1\"\n{extra}\n[target.'cfg(unix)'.dependencies]\nserde = \"1\"\n"
            ),
        )?;
        let mut workspace = Workspace { root: folder.path().to_path_buf(), ..Workspace::default() };
        let json = serde_json::json!({
            "workspace_members": ["p"],
            "packages": [{"id": "p", "name": "p", "version": "1.0.0", "manifest_path": manifest,
                "metadata": {"cargo-shear": {"ignored": ["for-features"]}}}],
            "resolve": {"nodes": [{"id": "p", "deps": [
                {"name": "serde", "pkg": "s", "dep_kinds": [{"kind": null}]},
                {"name": "for_features", "pkg": "f", "dep_kinds": [{"kind": null}]},
                {"name": "proptest", "pkg": "t", "dep_kinds": [{"kind": "dev"}]}]}]}
        });
        workspace.add(&json.to_string(), "p v1.0.0\n")?;
        Ok((folder, workspace))
    }

    #[test]
    fn used_and_ignored_dependencies_pass() -> Result<()> {
        let (_folder, workspace) =
            workspace("use serde::Serialize;\n#[cfg(test)]\nmod tests { use proptest::prelude::*; }", "")?;
        assert_eq!(check(&workspace)?, Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn unused_and_test_only_dependencies_are_found() -> Result<()> {
        let (_folder, workspace) = workspace("#[cfg(test)]\nmod tests { use serde::Serialize; }", "")?;
        let findings = check(&workspace)?;
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].contains("dependency proptest is not used by any code"), "{findings:?}");
        assert!(findings[1].contains("dependency serde is not used by code that ships"), "{findings:?}");
        Ok(())
    }

    #[test]
    fn offers_that_nobody_takes_are_found() -> Result<()> {
        let source = "use serde::Serialize;\n#[cfg(test)]\nmod tests { use proptest::prelude::*; }";
        let (_folder, workspace) = workspace(source, "left-over = \"1\"")?;
        assert_eq!(check(&workspace)?, ["Cargo.toml: no package takes the workspace dependency left-over"]);
        Ok(())
    }
}
