//! The licences, bans and sources of `deny.toml`, evaluated over Cargo's own graph: what cargo-deny
//! does for this file, without the minutes that building it takes.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use spdx::{Expression, Licensee};

use crate::workspace::{Edge, Package, Workspace};

/// The tables of `deny.toml` that are in use. Others are an error rather than silently ignored.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// What is built.
    pub(crate) graph: Graph,
    licenses: Licences,
    bans: Bans,
    sources: Sources,
}

/// `[graph]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Graph {
    /// The targets whose dependencies count.
    pub(crate) targets: Vec<String>,
    /// Whether every feature of our packages is on.
    #[serde(default)]
    pub(crate) all_features: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
    #[serde(default)]
    clarify: Vec<Clarification>,
}

/// Licences that one crate may have beyond those allowed to all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

/// What a crate's licence files say where its manifest is silent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Clarification {
    #[serde(rename = "crate")]
    name: String,
    expression: String,
    #[serde(rename = "license-files")]
    _license_files: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Bans {
    deny: Vec<Ban>,
    #[serde(rename = "multiple-versions")]
    _multiple_versions: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
    use_instead: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sources {
    unknown_registry: String,
    unknown_git: String,
    allow_registry: Vec<String>,
    allow_git: Vec<String>,
}

impl Policy {
    /// Reads `deny.toml` in the given folder.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(root.join("deny.toml")).context("deny.toml")?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self> {
        let policy: Self = toml::from_str(text).context("deny.toml")?;
        if policy.sources.unknown_registry != "deny" || policy.sources.unknown_git != "deny" {
            bail!("deny.toml: unknown sources are denied here, whatever the file would rather have");
        }
        Ok(policy)
    }
}

/// Finds packages whose licence is not allowed.
pub(crate) fn licences(workspace: &Workspace) -> Result<Vec<String>> {
    let licences = Policy::read(&workspace.root)?.licenses;
    let mut findings = Vec::new();
    for package in workspace.packages.values() {
        if let Some(problem) = licences.problem(package)? {
            findings.push(format!("{} {}: {problem}", package.name, package.version));
        }
    }
    let in_graph = |name: &str| workspace.packages.values().any(|package| package.name == name);
    let named =
        licences.exceptions.iter().map(|one| &one.name).chain(licences.clarify.iter().map(|one| &one.name));
    findings.extend(
        named
            .filter(|name| !in_graph(name))
            .map(|name| format!("deny.toml: {name} is no longer in the graph")),
    );
    Ok(findings)
}

impl Licences {
    fn problem(&self, package: &Package) -> Result<Option<String>> {
        let clarified = self.clarify.iter().find(|one| one.name == package.name).map(|one| &one.expression);
        let Some(written) = clarified.or(package.license.as_ref()) else {
            return Ok(Some("no licence expression".to_owned()));
        };
        let expression = match Expression::parse_mode(written, spdx::ParseMode::LAX) {
            Ok(expression) => expression,
            Err(error) => return Ok(Some(format!("unreadable licence `{written}`: {}", error.reason))),
        };
        let mut allowed = self.allow.iter().map(|name| licensee(name)).collect::<Result<Vec<_>>>()?;
        for exception in self.exceptions.iter().filter(|exception| exception.name == package.name) {
            for name in &exception.allow {
                allowed.push(licensee(name)?);
            }
        }
        let met =
            expression.evaluate(|requirement| allowed.iter().any(|licensee| licensee.satisfies(requirement)));
        Ok((!met).then(|| format!("licence `{written}` is not allowed")))
    }
}

fn licensee(name: &str) -> Result<Licensee> {
    Licensee::parse(name).with_context(|| format!("deny.toml: `{name}` is no licence"))
}

/// Finds banned packages, with those that ask for them.
pub(crate) fn bans(workspace: &Workspace) -> Result<Vec<String>> {
    let bans = Policy::read(&workspace.root)?.bans;
    let mut findings = Vec::new();
    for (id, package) in &workspace.packages {
        if let Some(Ban { name, reason, use_instead }) = bans.deny.iter().find(|ban| ban.name == package.name)
        {
            let parents: Vec<&str> = workspace
                .edges
                .iter()
                .filter(|Edge { to, .. }| to == id)
                .filter_map(|Edge { from, .. }| Some(workspace.packages.get(from)?.name.as_str()))
                .collect();
            findings.push(format!(
                "{name} is banned ({reason}; use {use_instead}), wanted by {}",
                parents.join(", ")
            ));
        }
    }
    Ok(findings)
}

/// Finds packages that come from anywhere but the allowed registries and our own folders.
pub(crate) fn sources(workspace: &Workspace) -> Result<Vec<String>> {
    let sources = Policy::read(&workspace.root)?.sources;
    let mut findings = Vec::new();
    for (id, package) in &workspace.packages {
        let known = match package.source.as_deref() {
            None => workspace.members.contains(id),
            Some(source) => sources.know(source),
        };
        if !known {
            let source = package.source.as_deref().unwrap_or("a folder outside the workspace");
            findings.push(format!("{} {}: comes from {source}", package.name, package.version));
        }
    }
    Ok(findings)
}

impl Sources {
    fn know(&self, source: &str) -> bool {
        let (kind, place) = source.split_once('+').unwrap_or(("", source));
        match kind {
            "registry" | "sparse" => self.allow_registry.iter().any(|allowed| allowed == place),
            // A revision follows the address of a repository.
            "git" => self.allow_git.iter().any(|allowed| place.split(['?', '#']).next() == Some(allowed)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
        [graph]
        targets = []
        [licenses]
        allow = ["MIT", "Apache-2.0"]
        exceptions = [{ crate = "symphonia", allow = ["MPL-2.0"] }]
        clarify = [{ crate = "silent", expression = "MIT", license-files = [] }]
        [bans]
        multiple-versions = "allow"
        deny = [{ crate = "ring", reason = "two backends", use-instead = "aws-lc-rs" }]
        [sources]
        unknown-registry = "deny"
        unknown-git = "deny"
        allow-registry = ["https://index.example"]
        allow-git = ["https://git.example/one"]
    "#;

    fn problem(name: &str, license: Option<&str>) -> Result<Option<String>> {
        let package = serde_json::json!({
            "id": name, "name": name, "version": "1.0.0", "license": license, "manifest_path": "Cargo.toml",
        });
        Policy::parse(POLICY)?.licenses.problem(&serde_json::from_value(package)?)
    }

    #[test]
    fn an_allowed_alternative_is_enough_and_every_part_of_a_conjunction_is_needed() -> Result<()> {
        assert_eq!(problem("a", Some("MIT"))?, None);
        assert_eq!(problem("a", Some("GPL-3.0 OR MIT"))?, None);
        assert_eq!(problem("a", Some("MIT/Apache-2.0"))?, None);
        assert!(problem("a", Some("MIT AND GPL-3.0-only"))?.is_some());
        assert!(problem("a", Some("Apache-2.0 WITH LLVM-exception"))?.is_some());
        assert!(problem("a", None)?.is_some());
        assert!(problem("a", Some("as you like"))?.is_some());
        Ok(())
    }

    #[test]
    fn an_exception_and_a_clarification_are_for_their_crate_alone() -> Result<()> {
        assert_eq!(problem("symphonia", Some("MPL-2.0"))?, None);
        assert!(problem("other", Some("MPL-2.0"))?.is_some());
        assert_eq!(problem("silent", None)?, None);
        Ok(())
    }

    #[test]
    fn only_listed_registries_and_repositories_are_known() -> Result<()> {
        let sources = Policy::parse(POLICY)?.sources;
        assert!(sources.know("registry+https://index.example"));
        assert!(sources.know("git+https://git.example/one?branch=main#0123"));
        assert!(!sources.know("registry+https://other.example"));
        assert!(!sources.know("git+https://git.example/two#0123"));
        assert!(!sources.know("https://index.example"));
        Ok(())
    }

    /// A workspace in a folder with the policy above: ours depends on ring.
    fn workspace(folder: &Path) -> Result<Workspace> {
        std::fs::write(folder.join("deny.toml"), POLICY)?;
        let mut workspace = Workspace { root: folder.to_path_buf(), ..Workspace::default() };
        workspace.add(
            r#"{"workspace_members": ["ours"], "packages": [
                {"id": "ours", "name": "ours", "version": "1.0.0", "license": "Apache-2.0", "manifest_path": "a/Cargo.toml"},
                {"id": "ring", "name": "ring", "version": "0.17.0", "license": "MPL-2.0", "manifest_path": "b/Cargo.toml"}],
              "resolve": {"nodes": [{"id": "ring", "deps": []},
                {"id": "ours", "deps": [{"name": "ring", "pkg": "ring", "dep_kinds": [{"kind": null}]}]}]}}"#,
            "ours v1.0.0\nring v0.17.0\n",
        )?;
        Ok(workspace)
    }

    #[test]
    fn a_workspace_is_searched_for_licences_bans_and_sources() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let workspace = workspace(folder.path())?;
        let banned = "ring is banned (two backends; use aws-lc-rs), wanted by ours";
        assert_eq!(bans(&workspace)?, [banned]);
        assert_eq!(sources(&workspace)?, ["ring 0.17.0: comes from a folder outside the workspace"]);
        let stale = |name| format!("deny.toml: {name} is no longer in the graph");
        let bad = "ring 0.17.0: licence `MPL-2.0` is not allowed".to_owned();
        assert_eq!(licences(&workspace)?, [bad, stale("symphonia"), stale("silent")]);
        Ok(())
    }

    #[test]
    fn an_unknown_table_is_refused() {
        assert!(Policy::parse(&format!("{POLICY}\n[advisories]\n")).is_err());
        assert!(Policy::parse(&POLICY.replace("unknown-git = \"deny\"", "unknown-git = \"warn\"")).is_err());
    }
}
