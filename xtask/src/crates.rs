//! Dependencies between our crates point one way (`docs/ARCHITECTURE.md`, "Crates").

use crate::workspace::{Kind, Workspace};

/// The layers, lowest first: a crate may use only those before it.
const LAYERS: [&str; 10] =
    ["kernel", "money", "db", "infra", "identity", "music", "commerce", "community", "compat", "server"];
/// Crates that carry something heavy and are handed in by `server`: nothing else may wait for their build.
const LEAVES: [&str; 3] = ["chain", "demo", "media"];
/// Leaves of which every crate may use the types and ask the questions: what is heavy in them is behind features,
/// and those are for `server` to turn on.
const ASKED: [&str; 1] = ["media"];
/// Crates for development, which no other crate ships.
const DEVELOPMENT: [&str; 9] = [
    "bench-catalogue",
    "bench-import",
    "bench-ledger",
    "bench-meter",
    "bench-process",
    "bench-stream",
    "testkit",
    "testkit-macros",
    "xtask",
];

/// The layer of a crate, or nothing for a leaf and for a development crate.
pub(crate) fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == name)
}

/// Finds dependencies that point upwards or sideways, and crates without a place in the order.
pub(crate) fn check(workspace: &Workspace) -> Vec<String> {
    let mut findings = Vec::new();
    for package in workspace.our_packages() {
        if kind_of(&package.name).is_none() {
            findings
                .push(format!("{}: has no place in the order of crates (xtask/src/crates.rs)", package.name));
        }
    }
    for package in workspace.our_packages().filter(|package| package.name != "server") {
        for declared in &package.dependencies {
            let is_asked = ASKED.contains(&declared.name.as_str());
            if is_asked && declared.kind.is_none() && !declared.features.is_empty() {
                findings.push(format!(
                    "{} turns on {} of {}, which is for server to do",
                    package.name,
                    declared.features.join(", "),
                    declared.name
                ));
            }
        }
    }
    for edge in &workspace.edges {
        let (Some(from), Some(to)) = (workspace.packages.get(&edge.from), workspace.packages.get(&edge.to))
        else {
            continue;
        };
        let ours = workspace.members.contains(&edge.from) && workspace.members.contains(&edge.to);
        // A test may look at the world from above.
        if !ours || edge.kind == Kind::Dev {
            continue;
        }
        if let Some(reason) = forbidden(&from.name, &to.name) {
            findings.push(format!("{} must not depend on {}: {reason}", from.name, to.name));
        }
    }
    findings
}

/// Why a crate must not build upon another, if it must not.
fn forbidden(from: &str, to: &str) -> Option<&'static str> {
    use Place::{Development, Layer, Leaf};
    match (kind_of(from)?, kind_of(to)?) {
        (Layer(from), Layer(to)) if to >= from => Some("layers only use lower ones"),
        (Layer(_), Leaf) if from != "server" && !ASKED.contains(&to) => {
            Some("only server hands in the leaves")
        }
        (Leaf, Layer(_)) if !matches!(to, "kernel" | "money") => Some("a leaf knows only the pure crates"),
        (Leaf, Leaf) => Some("leaves do not know each other"),
        (Layer(_) | Leaf, Development) => Some("it is for development"),
        (Development, _) if from == "xtask" => Some("xtask must build when they do not"),
        _ => None,
    }
}

enum Place {
    Layer(usize),
    Leaf,
    Development,
}

fn kind_of(name: &str) -> Option<Place> {
    if let Some(layer) = layer(name) {
        return Some(Place::Layer(layer));
    }
    if LEAVES.contains(&name) {
        return Some(Place::Leaf);
    }
    DEVELOPMENT.contains(&name).then_some(Place::Development)
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;

    #[test]
    fn layers_use_lower_layers_alone() {
        assert_eq!(forbidden("music", "identity"), None);
        assert!(forbidden("identity", "music").is_some());
        assert!(forbidden("music", "music").is_some());
    }

    #[test]
    fn leaves_are_handed_in_by_server() {
        assert_eq!(forbidden("server", "media"), None);
        assert_eq!(forbidden("media", "kernel"), None);
        assert_eq!(forbidden("music", "media"), None);
        assert!(forbidden("music", "chain").is_some());
        assert!(forbidden("media", "db").is_some());
        assert!(forbidden("demo", "media").is_some());
    }

    #[test]
    fn development_crates_are_not_shipped() {
        assert_eq!(forbidden("testkit", "server"), None);
        assert_eq!(forbidden("testkit", "testkit-macros"), None);
        assert!(forbidden("server", "testkit").is_some());
        assert!(forbidden("xtask", "kernel").is_some());
    }

    #[test]
    fn findings_come_from_the_graph() -> Result<()> {
        let mut workspace = Workspace::default();
        workspace.add(
            r#"{"workspace_members": ["k", "m", "o"], "packages": [
                {"id": "k", "name": "kernel", "version": "1.0.0", "manifest_path": "k/Cargo.toml"},
                {"id": "m", "name": "music", "version": "1.0.0", "manifest_path": "m/Cargo.toml", "dependencies": [
                    {"name": "media", "kind": null, "features": ["codecs"]},
                    {"name": "media", "kind": "dev", "features": ["corpus"]}]},
                {"id": "o", "name": "orphan", "version": "1.0.0", "manifest_path": "o/Cargo.toml"}],
              "resolve": {"nodes": [
                {"id": "m", "deps": [{"name": "kernel", "pkg": "k", "dep_kinds": [{"kind": null}]}]},
                {"id": "o", "deps": []},
                {"id": "k", "deps": [{"name": "music", "pkg": "m", "dep_kinds": [{"kind": null}, {"kind": "dev"}]}]}]}}"#,
            "kernel v1.0.0\nmusic v1.0.0\norphan v1.0.0\n",
        )?;
        let findings = check(&workspace);
        assert_eq!(findings.len(), 3, "{findings:?}");
        assert!(findings[0].starts_with("orphan: has no place"), "{findings:?}");
        assert!(findings[1].starts_with("music turns on codecs of media"), "{findings:?}");
        assert!(findings[2].starts_with("kernel must not depend on music"), "{findings:?}");
        Ok(())
    }
}
