//! Who may import whom.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and what the code in it must not name.
const WALLS: &[(&str, &[&str])] = &[
    (
        "src/engine",
        &[
            "crate::aws",
            "crate::cli",
            "crate::ui",
            "crate::manifest",
            "crate::artifact",
            "aws_sdk",
            "aws_config",
            "local_aws",
        ],
    ),
    (
        "src/aws",
        &[
            "crate::cli",
            "crate::ui",
            "crate::manifest",
            "crate::artifact",
        ],
    ),
    (
        "src/artifact",
        &[
            "crate::cli",
            "crate::ui",
            "crate::manifest",
            "crate::aws",
            "aws_sdk",
        ],
    ),
    (
        "src/ui",
        &[
            "crate::cli",
            "crate::manifest",
            "crate::aws",
            "crate::artifact",
            "aws_sdk",
        ],
    ),
    (
        "src/manifest",
        &[
            "crate::cli",
            "crate::ui",
            "crate::aws",
            "crate::artifact",
            "aws_sdk",
        ],
    ),
    ("src/cli", &["aws_sdk"]),
];

/// A crate, and the crates of the workspace it may use.
const CRATES: &[(&str, &[&str])] = &[
    ("crates/vanity", &[]),
    ("crates/connect-flow", &[]),
    ("crates/local-aws", &["connect-flow", "safe-files"]),
    ("crates/function-kit", &[]),
    ("crates/safe-files", &[]),
    ("lambda/customer-lookup", &["function-kit"]),
    ("lambda/event-registration", &["function-kit"]),
    ("lambda/outbound-caller-id", &["function-kit"]),
    ("lambda/vanity-numbers", &["function-kit", "vanity"]),
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

/// Lines that name something forbidden. What tests need is theirs: files of tests,
/// and what follows `#[cfg(test)]`.
fn breaches(text: &str, forbidden: &[&str]) -> Vec<String> {
    text.split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .filter(|line| forbidden.iter().any(|name| line.contains(name)))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn rooms_import_only_what_they_may() {
    for (room, forbidden) in WALLS {
        let files = sources(&root().join(room));
        assert!(!files.is_empty(), "there is no code in {room}");
        for file in files {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            // Below the room only: a checkout may lie in a folder of any name.
            let inside = file.strip_prefix(root()).unwrap();
            let in_tests = inside.components().any(|part| part.as_os_str() == "tests");
            if name.contains("tests") || name == "testing.rs" || in_tests {
                continue;
            }
            let found = breaches(&fs::read_to_string(&file).unwrap(), forbidden);
            assert!(found.is_empty(), "{}: {found:?}", file.display());
        }
    }
}

/// Where the kinds of resources are.
const KINDS: &str = "src/engine/kinds";

/// What the code of a kind must not name: the kinds beside it, by whatever way.
fn beside<'a>(kind: &str, kinds: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut forbidden: Vec<String> = kinds
        .into_iter()
        .filter(|other| *other != kind)
        .map(|other| format!("kinds::{other}"))
        .collect();
    // From a kind's own file the kinds are one step up, from its folder two.
    forbidden.extend(["kinds::{", "kinds::*", "super::super"].map(ToOwned::to_owned));
    forbidden
}

#[test]
fn no_kind_imports_another_kinds_inside() {
    let folder = root().join(KINDS);
    let kinds: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(kinds.len() >= 7, "{kinds:?}");
    for kind in &kinds {
        let forbidden = beside(kind, &kinds);
        let forbidden: Vec<&str> = forbidden.iter().map(String::as_str).collect();
        let own = folder.join(kind).with_extension("rs");
        let text = fs::read_to_string(&own).unwrap();
        let found = breaches(&text, &[&forbidden[..], &["super::"]].concat());
        assert!(found.is_empty(), "{}: {found:?}", own.display());
        for file in sources(&folder.join(kind)) {
            let found = breaches(&fs::read_to_string(&file).unwrap(), &forbidden);
            assert!(found.is_empty(), "{}: {found:?}", file.display());
        }
    }
}

#[test]
fn a_breach_between_kinds_is_found() {
    let kinds = ["flow".to_owned(), "stack".to_owned()];
    let forbidden = beside("flow", &kinds);
    let forbidden: Vec<&str> = forbidden.iter().map(String::as_str).collect();
    for breach in [
        "use crate::engine::kinds::stack::preview;",
        "use crate::engine::kinds::{flow, stack};",
        "use crate::engine::kinds::*;",
        "use super::super::stack::preview;",
    ] {
        assert_eq!(breaches(breach, &forbidden).len(), 1, "{breach}");
    }
    for allowed in [
        "use super::diff::one;",
        "use crate::engine::kinds::flow::diff;",
    ] {
        assert!(breaches(allowed, &forbidden).is_empty(), "{allowed}");
    }
}

#[test]
fn a_breach_is_found() {
    assert_eq!(
        breaches("use crate::aws::connect;\n", &["crate::aws"]).len(),
        1
    );
    assert!(breaches("// crate::aws\n", &["crate::aws"]).is_empty());
}

#[test]
fn crates_use_only_the_crates_they_may() {
    let ours = [
        "vanity",
        "connect-flow",
        "event-registration",
        "local-aws",
        "function-kit",
        "safe-files",
        "customer-lookup",
        "outbound-caller-id",
        "vanity-deploy",
        "vanity-numbers",
    ];
    for (folder, allowed) in CRATES {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("[dev-dependencies]").next().unwrap();
        for line in dependencies.lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            assert!(
                !ours.contains(&name) || allowed.contains(&name),
                "{folder} uses {name}"
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
