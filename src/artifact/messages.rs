//! Reads what cargo tells machines (`--message-format=json…`, one JSON object a
//! line; The Cargo Book, "External tools"). Pure: a line in, a fact out.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What one build told, gathered from its messages.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Report {
    /// The executables of the package: name and where they are.
    pub executables: Vec<(String, PathBuf)>,
    /// The directories of all packages that come from paths: this workspace's
    /// and other path dependencies.
    pub local_packages: Vec<PathBuf>,
    /// The output directories of build scripts, with whether the package is local.
    pub build_scripts: Vec<(PathBuf, bool)>,
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
                    self.executables.push((target.name, path));
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

    /// The executable that is the function: the only one, or else the one named
    /// `bootstrap`, or else the one named as the package. Otherwise the names.
    pub(super) fn executable(&self, package: &str) -> Result<&Path, Vec<String>> {
        if let [(_, path)] = self.executables.as_slice() {
            return Ok(path);
        }
        for wanted in [super::archive::BOOTSTRAP, package] {
            if let Some((_, path)) = self.executables.iter().find(|(name, _)| name == wanted) {
                return Ok(path);
            }
        }
        Err(self
            .executables
            .iter()
            .map(|(name, _)| name.clone())
            .collect())
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
                executables: vec![("f".to_owned(), "/w/target/debug/f".into())],
                local_packages: vec!["/w/f".into()],
                build_scripts: vec![("/w/target/debug/build/ring-1/out".into(), false)],
            }
        );
    }

    #[test]
    fn an_executable_is_chosen_by_its_name_when_there_are_several() {
        let (a, b, f) = (binary("a"), binary("bootstrap"), binary("f"));
        let name = |lines: &[&str]| {
            report(lines)
                .executable("f")
                .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        };
        assert_eq!(name(&[&a]).as_deref(), Ok("a"));
        assert_eq!(name(&[&a, &f]).as_deref(), Ok("f"));
        assert_eq!(name(&[&f, &a, &b]).as_deref(), Ok("bootstrap"));
        assert_eq!(name(&[]), Err(vec![]));
        let other = binary("other");
        assert_eq!(
            name(&[&a, &other]),
            Err(vec!["a".to_owned(), "other".to_owned()])
        );
    }

    #[test]
    fn ids_of_older_cargo_are_understood() {
        assert!(is_local("f 0.1.0 (path+file:///w/f)"));
        assert!(!is_local("serde 1.0.0 (registry+https://x)"));
    }
}
