//! Who may import whom: what is not allowed here is a breach. Read from the syntax trees
//! and from cargo, so that no spelling gets by.

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use imports::{Named, named};
use serde_json::Value;

/// A room of a crate: a folder of its sources.
struct Room {
    /// The room, as its crate calls it.
    name: &'static str,
    /// The other rooms that it may name.
    rooms: &'static [&'static str],
    /// The crates that it may name, beside [`EVERYWHERE`].
    crates: &'static [&'static str],
}

/// Crates that bring no effect with them: values, errors, iteration.
const EVERYWHERE: &[&str] = &[
    "base64",
    "const_hex",
    "futures",
    "indexmap",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
];

/// The rooms of the root package.
const ROOMS: &[Room] = &[
    Room {
        name: "engine",
        rooms: &[],
        crates: &[
            "async_trait",
            "connect_flow",
            "petgraph",
            "serde_yaml",
            "strsim",
        ],
    },
    Room {
        name: "aws",
        rooms: &["engine"],
        crates: &[
            "async_trait",
            "aws_config",
            "aws_credential_types",
            "aws_sdk_cloudformation",
            "aws_sdk_connect",
            "aws_sdk_dynamodb",
            "aws_sdk_lambda",
            "aws_sdk_s3",
            "aws_sdk_sso",
            "aws_sdk_sts",
            "aws_smithy_http_client",
            "aws_smithy_runtime_api",
            "aws_smithy_types",
            "aws_types",
            "fastrand",
            "http",
            "quick_xml",
            "rustls",
            "safe_files",
            "tokio",
        ],
    },
    Room {
        name: "artifact",
        rooms: &["engine"],
        crates: &[
            "anstream",
            "object",
            "safe_files",
            "tempfile",
            "tokio",
            "toml",
            "tracing",
            "zip",
        ],
    },
    Room {
        name: "ui",
        rooms: &["engine"],
        crates: &[
            "annotate_snippets",
            "anstream",
            "anstyle",
            "indicatif",
            "tokio",
            "unicode_width",
        ],
    },
    Room {
        name: "manifest",
        rooms: &["engine"],
        crates: &[
            "connect_flow",
            "jsonc_parser",
            "jsonschema",
            "phonenumber",
            "regex",
            "regex_syntax",
            "safe_files",
            "saphyr_parser",
            "serde_yaml",
        ],
    },
    Room {
        name: "cli",
        rooms: &["engine", "aws", "artifact", "ui", "manifest"],
        crates: &[
            "anstream",
            "bytes",
            "clap",
            "connect_flow",
            "fastrand",
            "getrandom",
            "http",
            "http_body_util",
            "hyper_util",
            "local_aws",
            "rustix",
            "safe_files",
            "tokio",
            "tracing_subscriber",
            "vanity",
        ],
    },
];

/// A member of the workspace, and the members it may use.
const MEMBERS: &[(&str, &[&str])] = &[
    ("vanity", &[]),
    ("connect-flow", &[]),
    ("safe-files", &[]),
    ("libsqlite3-sys", &[]),
    ("function-kit", &[]),
    ("iam-policy", &[]),
    ("local-aws", &["connect-flow", "iam-policy", "safe-files"]),
    ("customer-lookup", &["function-kit"]),
    ("event-registration", &["function-kit"]),
    ("outbound-caller-id", &["function-kit"]),
    ("vanity-numbers", &["function-kit", "vanity"]),
    (
        "vanity-deploy",
        &["connect-flow", "local-aws", "safe-files", "vanity"],
    ),
];

/// Crates whose code decides without effects, and what they may use beside [`EVERYWHERE`].
const PURE: &[(&str, &[&str])] = &[
    ("vanity", &[]),
    ("connect-flow", &["jsonc_parser", "phonenumber"]),
    ("iam-policy", &["jiff"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The files of a crate that are not there for tests alone, by their place in it.
fn modules(source: &Path) -> BTreeMap<Vec<String>, String> {
    let mut all = BTreeMap::new();
    let mut for_tests: BTreeSet<Vec<String>> = BTreeSet::new();
    for file in sources(source) {
        let mut place: Vec<String> = file
            .strip_prefix(source)
            .unwrap()
            .with_extension("")
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        if matches!(
            place.last().map(String::as_str),
            Some("mod" | "lib" | "main")
        ) {
            place.pop();
        }
        let text = fs::read_to_string(&file).unwrap();
        for name in imports::test_modules(&text) {
            let mut place = place.clone();
            place.push(name);
            for_tests.insert(place);
        }
        all.insert(place, text);
    }
    all.retain(|place, _| !(1..=place.len()).any(|length| for_tests.contains(&place[..length])));
    all
}

/// What a room names and may not.
fn breaches(room: &Room, text: &str, place: &[&str], known: &BTreeSet<String>) -> Vec<String> {
    named(text, place, "vanity_deploy")
        .into_iter()
        .filter_map(|named| match named {
            Named::Inside(segments) => {
                let other = segments.first()?;
                let is_room = ROOMS.iter().any(|room| room.name == other);
                let allowed = other == room.name || room.rooms.contains(&other.as_str());
                (is_room && !allowed).then(|| segments.join("::"))
            }
            Named::Outside(segments) => {
                let other = segments.first()?;
                let allowed = [EVERYWHERE, room.crates].concat().contains(&other.as_str());
                (known.contains(other) && !allowed).then(|| segments.join("::"))
            }
        })
        .collect()
}

/// A member as cargo tells it: what it uses outside of tests, by the name in its code.
struct Member {
    /// Members of the workspace.
    members: BTreeSet<String>,
    /// All, as code spells them.
    crates: BTreeSet<String>,
}

fn members() -> BTreeMap<String, Member> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    told["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let used = package["dependencies"].as_array().unwrap().iter();
            // A dependency of a build is one of what it builds.
            let used: Vec<&Value> = used.filter(|one| one["kind"] != "dev").collect();
            let member = Member {
                members: used
                    .iter()
                    .filter(|one| !one["path"].is_null())
                    .map(|one| text(&one["name"]))
                    .collect(),
                crates: used
                    .iter()
                    .map(|one| {
                        let name = one["rename"]
                            .as_str()
                            .map_or_else(|| text(&one["name"]), ToOwned::to_owned);
                        name.replace('-', "_")
                    })
                    .collect(),
            };
            (text(&package["name"]), member)
        })
        .collect()
}

#[test]
fn rooms_name_only_what_they_may() {
    let known = &members()["vanity-deploy"].crates;
    let mut found = Vec::new();
    for (place, text) in modules(&root().join("src")) {
        let Some(name) = place.first() else {
            continue;
        };
        let room = ROOMS
            .iter()
            .find(|room| room.name == name)
            .unwrap_or_else(|| panic!("{name} is no room: give it walls"));
        let segments: Vec<&str> = place.iter().map(String::as_str).collect();
        for breach in breaches(room, &text, &segments, known) {
            found.push(format!("{}: {breach}", place.join("/")));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn each_wall_is_seen_to_hold() {
    let known = BTreeSet::from(["aws_sdk_lambda".to_owned()]);
    for room in ROOMS {
        for other in ROOMS {
            let text = format!("use crate::{{{}::x, y}};", other.name);
            let found = breaches(room, &text, &[room.name, "file"], &known);
            let allowed = room.name == other.name || room.rooms.contains(&other.name);
            assert_eq!(found.is_empty(), allowed, "{} → {}", room.name, other.name);
        }
        let found = breaches(
            room,
            "fn f() { aws_sdk_lambda::Client::new(); }",
            &[room.name],
            &known,
        );
        assert_eq!(found.is_empty(), room.name == "aws", "{}", room.name);
    }
}

#[test]
fn members_use_only_the_members_they_may() {
    let members = members();
    let listed: BTreeSet<&str> = MEMBERS.iter().map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = members.keys().map(String::as_str).collect();
    assert_eq!(listed, there, "every member has its walls");
    for (name, allowed) in MEMBERS {
        for used in &members[*name].members {
            assert!(allowed.contains(&used.as_str()), "{name} uses {used}");
        }
    }
}

/// The kinds of resources: a room within the engine, and each kind one within it.
const KINDS: [&str; 2] = ["engine", "kinds"];

/// What a kind names of the kinds beside it. From the folder of all of them nothing may be
/// taken at once either.
fn breaches_of_kind(kind: &str, text: &str, place: &[&str]) -> Vec<String> {
    named(text, place, "vanity_deploy")
        .into_iter()
        .filter_map(|named| match named {
            Named::Inside(segments) => Some(segments),
            Named::Outside(_) => None,
        })
        .filter(|segments| {
            segments.iter().take(2).eq(KINDS) && segments.get(2).is_none_or(|other| other != kind)
        })
        .map(|segments| segments.join("::"))
        .collect()
}

#[test]
fn no_kind_names_another_kinds_inside() {
    let mut kinds = BTreeSet::new();
    for (place, text) in modules(&root().join("src")) {
        let segments: Vec<&str> = place.iter().map(String::as_str).collect();
        let Some(kind) = segments.get(2).filter(|_| segments[..2] == KINDS) else {
            continue;
        };
        kinds.insert((*kind).to_owned());
        let found = breaches_of_kind(kind, &text, &segments);
        assert!(found.is_empty(), "{}: {found:?}", place.join("/"));
    }
    assert!(kinds.len() >= 7, "{kinds:?}");
}

#[test]
fn a_breach_between_kinds_is_found() {
    let found = |text: &str| breaches_of_kind("flow", text, &["engine", "kinds", "flow", "diff"]);
    for breach in [
        "use crate::engine::kinds::stack::preview;",
        "use crate::engine::kinds::{flow, stack};",
        "use crate::engine::kinds::*;",
        "use super::super::stack::preview;",
        "fn f() { super::super::stack::preview(); }",
    ] {
        assert_eq!(found(breach).len(), 1, "{breach}");
    }
    for allowed in [
        "use super::one;",
        "use crate::engine::kinds::flow::diff;",
        "use crate::engine::drift;",
    ] {
        assert!(found(allowed).is_empty(), "{allowed}");
    }
}

/// What a service of the embedded AWS uses beside its peers.
const BELOW_SERVICES: &[&str] = &["core", "operations"];

#[test]
fn a_service_uses_the_core_and_the_peers_that_it_declares() {
    let peers: BTreeMap<&str, &[&str]> = local_aws::peers().collect();
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (place, text) in modules(&root().join("crates/local-aws/src")) {
        let Some(service) = place
            .first()
            .filter(|name| peers.contains_key(name.as_str()))
        else {
            continue;
        };
        let segments: Vec<&str> = place.iter().map(String::as_str).collect();
        for named in named(&text, &segments, "local_aws") {
            if let Named::Inside(segments) = named
                && let Some(other) = segments.first()
                && other != service
                && !BELOW_SERVICES.contains(&other.as_str())
            {
                used.entry(service.clone())
                    .or_default()
                    .insert(other.clone());
            }
        }
    }
    let differing: Vec<_> = peers
        .into_iter()
        .map(|(service, declared)| {
            let declared: BTreeSet<String> = declared.iter().map(ToString::to_string).collect();
            (service, used.remove(service).unwrap_or_default(), declared)
        })
        .filter(|(_, used, declared)| used != declared)
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

#[test]
fn the_core_of_the_embedded_aws_knows_no_service() {
    let services: BTreeSet<&str> = local_aws::peers().map(|(service, _)| service).collect();
    for (place, text) in modules(&root().join("crates/local-aws/src")) {
        if place.first().map(String::as_str) != Some("core") {
            continue;
        }
        let segments: Vec<&str> = place.iter().map(String::as_str).collect();
        for named in named(&text, &segments, "local_aws") {
            if let Named::Inside(segments) = named {
                let other = segments.first().map_or("", String::as_str);
                let is_below = other == "core" || other.is_empty();
                assert!(
                    is_below || !services.contains(other) && other != "gateway",
                    "{}: {segments:?}",
                    place.join("/")
                );
            }
        }
    }
}

#[test]
fn pure_crates_use_nothing_with_an_effect() {
    let members = members();
    for (name, allowed) in PURE {
        for used in &members[*name].crates {
            let used = used.as_str();
            assert!(
                allowed.contains(&used) || EVERYWHERE.contains(&used),
                "{name} uses {used}"
            );
        }
    }
}

#[test]
fn no_test_file_is_forgotten() {
    let folder = root().join("tests/it");
    for file in sources(&folder) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let parent = file.parent().unwrap();
        let declared_in = if parent == folder {
            folder.join("main.rs")
        } else {
            parent.with_extension("rs")
        };
        let declared = fs::read_to_string(&declared_in).unwrap();
        assert!(
            name == "main" || declared.contains(&format!("mod {name};")),
            "{name} is not in {}",
            declared_in.display()
        );
    }
}
