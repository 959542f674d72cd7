//! Reads what cargo tells machines (`--message-format=json…`, one JSON object a
//! line; The Cargo Book, "External tools"). Pure: a line in, a fact out.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What one build told, gathered from its messages.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Report {
    /// The executables that were made.
    pub executables: Vec<Executable>,
    /// The directories of all packages that come from paths: this workspace's
    /// and other path dependencies.
    pub local_packages: Vec<PathBuf>,
    /// The output directories of build scripts, with whether the package is local.
    pub build_scripts: Vec<(PathBuf, bool)>,
}

/// One executable that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Executable {
    /// cargo's id of its package.
    pub package_id: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact {
        package_id: String,
        manifest_path: PathBuf,
        target: Target,
        executable: Option<PathBuf>,
    },
    BuildScriptExecuted {
        package_id: String,
        out_dir: PathBuf,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

/// Packages whose sources cargo itself watches have an id that starts so.
fn is_local(package_id: &str) -> bool {
    // Before cargo 1.77 an id was `name version (path+file:///…)`.
    package_id.starts_with("path+") || package_id.contains("(path+")
}

impl Report {
    /// Takes in one line of cargo's standard output. What is no message of
    /// cargo (a wrapper's own output) is left alone.
    pub(super) fn read_line(&mut self, line: &str) {
        match serde_json::from_str(line) {
            Ok(Message::CompilerArtifact {
                package_id,
                manifest_path,
                target,
                executable,
            }) => {
                if is_local(&package_id)
                    && let Some(directory) = manifest_path.parent()
                    && !self.local_packages.iter().any(|known| known == directory)
                {
                    self.local_packages.push(directory.to_owned());
                }
                if let Some(path) = executable
                    && target.kind.iter().any(|kind| kind == "bin")
                {
                    self.executables.push(Executable {
                        package_id,
                        name: target.name,
                        path,
                    });
                }
            }
            Ok(Message::BuildScriptExecuted {
                package_id,
                out_dir,
            }) => {
                self.build_scripts.push((out_dir, is_local(&package_id)));
            }
            Ok(Message::Other) | Err(_) => {}
        }
    }

    /// The executable `bin` of a package: by what cargo says it is, not by where it
    /// lies. Another package may have one of the same name.
    pub(super) fn executable(&self, package_id: &str, bin: &str) -> Option<&Path> {
        self.executables
            .iter()
            .find(|one| one.package_id == package_id && one.name == bin)
            .map(|one| one.path.as_path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(lines: &[&str]) -> Report {
        let mut report = Report::default();
        for line in lines {
            report.read_line(line);
        }
        report
    }

    fn binary(name: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","package_id":"path+file:///w/f#0.1.0","manifest_path":"/w/f/Cargo.toml","target":{{"kind":["bin"],"crate_types":["bin"],"name":"{name}","src_path":"/w/f/src/main.rs"}},"executable":"/w/target/debug/{name}","fresh":false}}"#
        )
    }

    #[test]
    fn executables_and_local_packages_are_found_among_the_rest() {
        let found = report(&[
            "not json",
            r#"{"reason":"something-new","x":1}"#,
            r#"{"reason":"compiler-artifact","package_id":"registry+https://x#serde@1.0.0","manifest_path":"/c/serde/Cargo.toml","target":{"kind":["lib"],"name":"serde"},"executable":null}"#,
            r#"{"reason":"compiler-artifact","package_id":"path+file:///w/f#0.1.0","manifest_path":"/w/f/Cargo.toml","target":{"kind":["lib"],"name":"f"},"executable":null}"#,
            r#"{"reason":"build-script-executed","package_id":"registry+https://x#ring@0.17.0","out_dir":"/w/target/debug/build/ring-1/out"}"#,
            &binary("f"),
            r#"{"reason":"build-finished","success":true}"#,
        ]);
        assert_eq!(
            found,
            Report {
                executables: vec![Executable {
                    package_id: "path+file:///w/f#0.1.0".to_owned(),
                    name: "f".to_owned(),
                    path: "/w/target/debug/f".into(),
                }],
                local_packages: vec!["/w/f".into()],
                build_scripts: vec![("/w/target/debug/build/ring-1/out".into(), false)],
            }
        );
    }

    #[test]
    fn an_executable_is_the_one_of_its_package() {
        let other = binary("bootstrap").replace("/w/f", "/w/g");
        let found = report(&[&other, &binary("bootstrap"), &binary("b")]);
        let path = |package, bin| found.executable(package, bin).and_then(Path::to_str);
        let f = "path+file:///w/f#0.1.0";
        assert_eq!(path(f, "b"), Some("/w/target/debug/b"));
        assert_eq!(path(f, "c"), None);
        assert_eq!(path("path+file:///w/h#0.1.0", "bootstrap"), None);
        assert_eq!(found.executables[0].package_id, "path+file:///w/g#0.1.0");
        assert!(path("path+file:///w/g#0.1.0", "bootstrap").is_some());
    }

    #[test]
    fn ids_of_older_cargo_are_understood() {
        assert!(is_local("f 0.1.0 (path+file:///w/f)"));
        assert!(!is_local("serde 1.0.0 (registry+https://x)"));
    }
}
