//! Who may depend on whom: the invariants of ARCHITECTURE.md, over `cargo metadata`.
//!
//! Only normal dependencies count, at any distance: tests may look at both sides, programs may not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// `from` never reaches `to`.
struct Never {
    from: &'static str,
    to: &'static [&'static str],
    why: &'static str,
}

const NEVER: [Never; 10] = [
    Never {
        from: "casemate-server",
        to: &["casemate-content", "casemate-crypto"],
        why: "the server cannot name plaintext",
    },
    Never {
        from: "casemate-relay",
        to: &["casemate-content", "casemate-crypto"],
        why: "the relay hands on what it cannot open",
    },
    Never { from: "casemate-guard", to: &["casemate-crypto"], why: "what parses hostile bytes holds no key" },
    Never {
        from: "casemate-engine",
        to: &["casemate-guard"],
        why: "the engine says \"decode this\", a driver runs guard elsewhere",
    },
    Never {
        from: "casemate-engine",
        to: &["casemate-server"],
        why: "the client does not know the server's inside",
    },
    Never {
        from: "casemate-engine",
        to: &["casemate-media", "ropus", "str0m"],
        why: "what runs before somebody answers a call cannot reach what parses media",
    },
    Never {
        from: "casemate-transparency",
        to: &["casemate-content", "casemate-crypto", "casemate-engine", "casemate-server"],
        why: "an auditor's program needs neither keys nor a server",
    },
    Never { from: "casemate-wire", to: OURS, why: "the wire protocol is the ground that all stand on" },
    Never {
        from: "casemate-screening",
        to: OURS,
        why: "guard, the engine and user interfaces all screen with it",
    },
    Never {
        from: "casemate-api",
        to: OURS,
        why: "user interfaces reach the api crate and nothing else of ours",
    },
];

/// Every package of this workspace that another could name.
const OURS: &[&str] = &["casemate*"];

/// Only this crate names the MLS library.
const NAMES_OPENMLS: &str = "casemate-crypto";

/// Packages and what each depends on.
#[derive(Default)]
pub struct Graph {
    packages: BTreeMap<String, Package>,
}

/// One package of the graph.
#[derive(Default)]
pub struct Package {
    /// Its name, without version.
    pub name: String,
    /// The native library it stands for, if any.
    pub links: Option<String>,
    /// As its manifest says.
    pub version: String,
    /// Whether it is part of this workspace.
    pub ours: bool,
    manifest: String,
    normal: BTreeSet<String>,
}

impl Package {
    /// Where its sources are.
    pub fn folder(&self) -> Option<&Path> {
        Path::new(&self.manifest).parent()
    }
}

impl Graph {
    /// Reads the answer of `cargo metadata`.
    pub fn from_metadata(metadata: &Value) -> Result<Self> {
        let members: BTreeSet<&str> =
            list(&metadata["workspace_members"]).iter().filter_map(Value::as_str).collect();
        let mut packages = BTreeMap::new();
        for package in list(&metadata["packages"]) {
            let id = package["id"].as_str().context("a package has an id")?;
            let text = |field: &str| package[field].as_str().map(str::to_owned);
            let name = text("name").context("a package has a name")?;
            packages.insert(
                id.to_owned(),
                Package {
                    name,
                    links: text("links"),
                    version: text("version").unwrap_or_default(),
                    ours: members.contains(id),
                    manifest: text("manifest_path").unwrap_or_default(),
                    normal: BTreeSet::new(),
                },
            );
        }
        for node in list(&metadata["resolve"]["nodes"]) {
            let id = node["id"].as_str().context("a node has an id")?;
            let package = packages.get_mut(id).context("a node is a package")?;
            let is_normal = |dependency: &&Value| {
                // Cargo writes null for the normal kind.
                list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null())
            };
            let normal = list(&node["deps"]).iter().filter(is_normal);
            package.normal = normal.filter_map(|dep| dep["pkg"].as_str().map(str::to_owned)).collect();
        }
        Ok(Self { packages })
    }

    /// How many packages there are.
    pub fn len(&self) -> usize {
        self.packages.len()
    }

    /// All packages.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.values()
    }

    /// Every package that `from` reaches, itself included.
    pub fn reached_from(&self, from: &str) -> Vec<&Package> {
        let start = self.packages.iter().find(|(_, package)| package.name == from);
        let mut waiting: Vec<&str> = start.iter().map(|(id, _)| id.as_str()).collect();
        let mut reached: BTreeMap<&str, &Package> = BTreeMap::new();
        while let Some(id) = waiting.pop() {
            let Some(package) = self.packages.get(id) else { continue };
            if reached.insert(id, package).is_none() {
                waiting.extend(package.normal.iter().map(String::as_str));
            }
        }
        reached.into_values().collect()
    }

    /// Our packages that name a library.
    pub fn naming(&self, library: &str) -> Vec<&str> {
        let names = |package: &&Package| {
            let direct = package.normal.iter().filter_map(|id| self.packages.get(id));
            package.ours && direct.into_iter().any(|one| one.name == library)
        };
        self.packages().filter(names).map(|package| package.name.as_str()).collect()
    }

    /// The folders of our packages, relative to `root`.
    pub fn folders(&self, root: &Path) -> Vec<String> {
        let ours = self.packages().filter(|package| package.ours);
        let folder = |package: &Package| {
            let folder = Path::new(&package.manifest).parent()?;
            Some(folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().into_owned())
        };
        ours.filter_map(folder).collect()
    }

    /// The shortest way from a package to one whose name fits, as names.
    fn way(&self, from: &str, fits: &dyn Fn(&str) -> bool) -> Option<Vec<&str>> {
        let (start, _) = self.packages.iter().find(|(_, package)| package.name == from)?;
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = VecDeque::from([start.as_str()]);
        while let Some(id) = queue.pop_front() {
            let package = &self.packages[id];
            if id != start && fits(&package.name) {
                let mut way = vec![package.name.as_str()];
                let mut at = id;
                while let Some(previous) = came_from.get(at) {
                    way.push(&self.packages[*previous].name);
                    at = previous;
                }
                way.reverse();
                return Some(way);
            }
            for next in package.normal.iter().filter(|next| self.packages.contains_key(*next)) {
                if next != start && !came_from.contains_key(next.as_str()) {
                    came_from.insert(next, id);
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

/// Every invariant that is broken, with the way by which.
pub fn check(graph: &Graph) -> Vec<String> {
    let mut complaints = Vec::new();
    for rule in &NEVER {
        for to in rule.to {
            if let Some(way) = graph.way(rule.from, &|name| fits(to, name)) {
                complaints.push(format!("{}: {}", way.join(" → "), rule.why));
            }
        }
    }
    for package in graph.packages().filter(|package| package.ours && package.name != NAMES_OPENMLS) {
        let direct = package.normal.iter().filter_map(|id| graph.packages.get(id));
        for library in direct.filter(|library| library.name.starts_with("openmls")) {
            complaints.push(format!(
                "{} names {}: only {NAMES_OPENMLS} names the MLS library",
                package.name, library.name
            ));
        }
    }
    complaints
}

/// Whether a name is meant: exactly, or by its beginning before a `*`.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use serde_json::json;

    /// A graph of our packages; `edges` are (from, to, kind). Names in `-sys` link native code.
    pub fn graph(edges: &[(&str, &str, Option<&str>)]) -> Graph {
        let names: BTreeSet<&str> = edges.iter().flat_map(|(from, to, _)| [*from, *to]).collect();
        let packages: Vec<Value> = names
            .iter()
            .map(|name| json!({"id": name, "name": name, "links": name.strip_suffix("-sys"), "manifest_path": format!("/r/{name}/Cargo.toml")}))
            .collect();
        let node = |name: &&str| {
            let own = edges.iter().filter(|(from, _, _)| from == name);
            let deps: Vec<Value> =
                own.map(|(_, to, kind)| json!({"pkg": to, "dep_kinds": [{"kind": kind}]})).collect();
            json!({"id": name, "deps": deps})
        };
        let nodes: Vec<Value> = names.iter().map(node).collect();
        let metadata = json!({"packages": packages, "workspace_members": names, "resolve": {"nodes": nodes}});
        Graph::from_metadata(&metadata).unwrap()
    }

    #[test]
    fn a_forbidden_way_is_named_at_any_distance() {
        let graph = graph(&[
            ("casemate-server", "store", None),
            ("store", "casemate-content", None),
            ("casemate-content", "casemate-wire", None),
        ]);
        let expected = "casemate-server → store → casemate-content: the server cannot name plaintext";
        assert_eq!(check(&graph), [expected]);
    }

    #[test]
    fn tests_may_look_at_both_sides() {
        let graph = graph(&[
            ("casemate-engine", "casemate-server", Some("dev")),
            ("casemate-engine", "casemate-crypto", None),
            ("casemate-crypto", "openmls", None),
        ]);
        assert_eq!(check(&graph), [""; 0]);
    }

    #[test]
    fn wire_has_none_of_ours_and_only_crypto_names_the_mls_library() {
        let graph =
            graph(&[("casemate-wire", "casemate-api", None), ("casemate-engine", "openmls_traits", None)]);
        let complaints = check(&graph);
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].starts_with("casemate-wire → casemate-api"));
        assert!(complaints[1].starts_with("casemate-engine names openmls_traits"));
    }

    #[test]
    fn circles_end() {
        // Cargo has none among normal dependencies, but the search must not rely on it.
        let graph = graph(&[("casemate-server", "a", None), ("a", "b", None), ("b", "a", None)]);
        assert!(check(&graph).is_empty());
    }

    #[test]
    fn folders_are_relative() {
        let graph = graph(&[("a", "b", None)]);
        assert_eq!(graph.folders(Path::new("/r")), ["a", "b"]);
    }
}
