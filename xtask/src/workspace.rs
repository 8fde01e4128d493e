//! What `cargo metadata` knows about the workspace, as far as the checks need it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The workspace with its dependency graph, on the targets that `deny.toml` names.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// Every package that a build of some target may use, by Cargo's package id.
    pub(crate) packages: BTreeMap<String, Package>,
    /// The ids of our own packages.
    pub(crate) members: BTreeSet<String>,
    /// Who depends on whom, and how.
    pub(crate) edges: BTreeSet<Edge>,
}

/// One package of the graph.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    /// Cargo's package id.
    pub(crate) id: String,
    /// The package's name.
    pub(crate) name: String,
    /// The package's version.
    pub(crate) version: String,
    /// The SPDX expression of its manifest.
    pub(crate) license: Option<String>,
    /// Where it came from; absent for a package in a folder.
    pub(crate) source: Option<String>,
    /// Its manifest.
    pub(crate) manifest_path: PathBuf,
    /// `[package.metadata]`.
    #[serde(default)]
    pub(crate) metadata: serde_json::Value,
    /// What its manifest asks for.
    #[serde(default)]
    pub(crate) dependencies: Vec<Declared>,
}

/// A dependency as a manifest declares it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Declared {
    /// The package.
    pub(crate) name: String,
    /// `dev`, `build`, or nothing for an ordinary one.
    pub(crate) kind: Option<String>,
    /// The features that are turned on.
    pub(crate) features: Vec<String>,
}

impl Package {
    /// The folder of the package.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }
}

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `[dependencies]`.
    Normal,
    /// `[dev-dependencies]`.
    Dev,
    /// `[build-dependencies]`.
    Build,
}

/// `from` depends on `to`, which its sources call `name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    /// The id of the dependent package.
    pub(crate) from: String,
    /// The id of the package depended on.
    pub(crate) to: String,
    /// The name of the library in the dependent's sources.
    pub(crate) name: String,
    /// What for.
    pub(crate) kind: Kind,
}

impl Workspace {
    /// Asks Cargo for the graph of every target in `deny.toml`, with the lock file as it stands.
    pub(crate) fn load() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lives below the root")?;
        let graph = crate::deny::Policy::read(root)?.graph;
        let mut workspace = Self { root: root.to_path_buf(), ..Self::default() };
        for target in &graph.targets {
            let features = graph.all_features.then_some("--all-features");
            let metadata = ["metadata", "--format-version=1", "--locked", "--filter-platform", target];
            let tree = [
                "tree",
                "--locked",
                "--workspace",
                "--prefix=none",
                "--edges=normal,build,dev",
                "--target",
                target,
            ];
            let built = cargo(root, tree.into_iter().chain(features))?;
            workspace.add(&cargo(root, metadata.into_iter().chain(features))?, &built)?;
        }
        Ok(workspace)
    }

    /// Merges the answers of `cargo metadata` and `cargo tree` for one target.
    ///
    /// Both are needed: the first has the facts but also packages that a feature such as
    /// `ring?/alloc` merely mentions; the second has exactly what is built.
    pub(crate) fn add(&mut self, metadata: &str, tree: &str) -> Result<()> {
        let answer: Answer = serde_json::from_str(metadata).context("the answer of cargo metadata")?;
        self.members.extend(answer.workspace_members);
        let built: BTreeSet<(&str, &str)> = tree
            .lines()
            .filter_map(|line| line.split_once(" v"))
            .map(|(name, rest)| (name, first_word(rest)))
            .collect();
        let is_built = |package: &Package| built.contains(&(package.name.as_str(), package.version.as_str()));
        let packages = answer.packages.into_iter().filter(is_built);
        self.packages.extend(packages.map(|package| (package.id.clone(), package)));
        for node in answer.resolve.nodes {
            for dependency in node.deps {
                for kind in dependency.dep_kinds {
                    self.edges.insert(Edge {
                        from: node.id.clone(),
                        to: dependency.pkg.clone(),
                        name: dependency.name.clone(),
                        kind: match kind.kind.as_deref() {
                            Some("dev") => Kind::Dev,
                            Some("build") => Kind::Build,
                            _ => Kind::Normal,
                        },
                    });
                }
            }
        }
        Ok(())
    }

    /// Our own packages, by name.
    pub(crate) fn our_packages(&self) -> impl Iterator<Item = &Package> {
        self.members.iter().filter_map(|id| self.packages.get(id))
    }

    /// `path` as it reads from the root.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

/// What a command of Cargo prints.
fn cargo<'a>(root: &Path, arguments: impl Iterator<Item = &'a str>) -> Result<String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program).current_dir(root).args(arguments).output().context("cargo")?;
    ensure!(output.status.success(), "cargo: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

#[derive(Deserialize)]
struct Answer {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_feature_merely_mentions_is_not_in_the_graph() -> Result<()> {
        let mut workspace = Workspace::default();
        workspace.add(
            r#"{"workspace_members": ["a"], "packages": [
                {"id": "a", "name": "a", "version": "0.1.0", "manifest_path": "a/Cargo.toml"},
                {"id": "ring", "name": "ring", "version": "0.17.0", "manifest_path": "ring/Cargo.toml"},
                {"id": "old", "name": "b", "version": "1.0.0", "manifest_path": "old/Cargo.toml"},
                {"id": "new", "name": "b", "version": "2.0.0", "manifest_path": "new/Cargo.toml"}],
              "resolve": {"nodes": []}}"#,
            "a v0.1.0 (/somewhere/a)\nb v2.0.0 (proc-macro)\nb v2.0.0 (*)\n",
        )?;
        assert_eq!(workspace.packages.keys().collect::<Vec<_>>(), ["a", "new"]);
        Ok(())
    }
}
