//! Which executable of which package is a function, from what `cargo metadata`
//! tells (The Cargo Book, "cargo metadata"; format version 1). Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

use super::archive::BOOTSTRAP;
use super::error::ArtifactError;
use super::request::Package;

/// A cargo workspace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Workspace {
    packages: Vec<Member>,
    /// The directory of the workspace's `Cargo.toml` and `Cargo.lock`.
    #[serde(rename = "workspace_root")]
    pub root: PathBuf,
    /// Where intermediate files go; `None` from a cargo that cannot tell them
    /// from final ones (before 1.91).
    #[serde(rename = "build_directory", default)]
    pub build_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Member {
    name: String,
    id: String,
    targets: Vec<Target>,
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    #[serde(rename = "required-features", default)]
    required_features: Vec<String>,
}

/// The one executable that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// cargo's id of the package, as in its messages.
    pub package_id: String,
    /// The executable's name.
    pub bin: String,
}

impl Workspace {
    /// Reads what `cargo metadata --no-deps --format-version=1` printed.
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The executable that `package` means: the one it names, else the only one,
    /// else the one named `bootstrap`. Never a guess: which of two programs runs
    /// on Lambda is nothing to be found out there.
    pub(super) fn choose(
        &self,
        function: &str,
        package: &Package,
    ) -> Result<Chosen, ArtifactError> {
        let function = || function.to_owned();
        let Some(member) = self.packages.iter().find(|one| one.name == package.name) else {
            return Err(ArtifactError::UnknownPackage {
                function: function(),
                package: package.name.clone(),
                names: self.packages.iter().map(|one| one.name.clone()).collect(),
            });
        };
        let bins: Vec<&Target> = member
            .targets
            .iter()
            .filter(|target| target.kind.iter().any(|kind| kind == "bin"))
            .collect();
        let names = || bins.iter().map(|target| target.name.clone()).collect();
        let named = |name: &str| bins.iter().find(|target| target.name == name).copied();
        let chosen = match (&package.bin, bins.as_slice()) {
            (_, []) => {
                return Err(ArtifactError::NoExecutable {
                    function: function(),
                    package: package.name.clone(),
                });
            }
            (Some(bin), _) => named(bin).ok_or_else(|| ArtifactError::UnknownExecutable {
                function: function(),
                package: package.name.clone(),
                bin: bin.clone(),
                names: names(),
            })?,
            (None, [only]) => only,
            (None, _) => named(BOOTSTRAP).ok_or_else(|| ArtifactError::AmbiguousExecutable {
                function: function(),
                package: package.name.clone(),
                names: names(),
            })?,
        };
        member.check_features(function(), package, chosen)?;
        Ok(Chosen {
            package_id: member.id.clone(),
            bin: chosen.name.clone(),
        })
    }
}

impl Member {
    fn check_features(
        &self,
        function: String,
        package: &Package,
        chosen: &Target,
    ) -> Result<(), ArtifactError> {
        // `dependency/feature` is cargo's to judge: the dependency's features are not told here.
        let unknown = package
            .features
            .iter()
            .find(|name| !name.contains('/') && !self.features.contains_key(*name));
        if let Some(feature) = unknown {
            return Err(ArtifactError::UnknownFeature {
                function,
                package: package.name.clone(),
                feature: feature.clone(),
                names: self.features.keys().cloned().collect(),
            });
        }
        let enabled = self.enabled(&package.features);
        let missing: Vec<String> = chosen
            .required_features
            .iter()
            .filter(|name| !enabled.contains(name.as_str()))
            .cloned()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(ArtifactError::FeaturesMissing {
            function,
            package: package.name.clone(),
            bin: chosen.name.clone(),
            missing,
        })
    }

    /// All features that are on when `wanted` are asked for: those, the default
    /// ones, and what each of them turns on.
    fn enabled<'a>(&'a self, wanted: &'a [String]) -> BTreeSet<&'a str> {
        let mut enabled = BTreeSet::new();
        let mut rest: Vec<&str> = wanted.iter().map(String::as_str).collect();
        rest.push("default");
        while let Some(name) = rest.pop() {
            if enabled.insert(name)
                && let Some(implied) = self.features.get(name)
            {
                rest.extend(implied.iter().map(String::as_str));
            }
        }
        enabled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(targets: &str, features: &str) -> Workspace {
        Workspace::read(&format!(
            r#"{{"packages":[
                {{"name":"words","id":"path+file:///w/words#0.1.0","targets":[{{"kind":["lib"],"name":"words"}}]}},
                {{"name":"greet","id":"path+file:///w/greet#0.1.0","targets":[{targets}],"features":{{{features}}}}}],
               "workspace_root":"/w","target_directory":"/w/target","build_directory":"/w/target"}}"#
        ))
        .unwrap()
    }

    fn bin(name: &str) -> String {
        format!(r#"{{"kind":["bin"],"name":"{name}"}}"#)
    }

    fn package(bin: Option<&str>, features: &[&str]) -> Package {
        Package {
            name: "greet".to_owned(),
            bin: bin.map(str::to_owned),
            features: features.iter().map(ToString::to_string).collect(),
            locked: true,
        }
    }

    fn chosen(workspace: &Workspace, package: &Package) -> Result<String, String> {
        match workspace.choose("hello", package) {
            Ok(chosen) => {
                assert_eq!(chosen.package_id, "path+file:///w/greet#0.1.0");
                Ok(chosen.bin)
            }
            Err(error) => Err(format!("{error}\n{}", error.hint().unwrap_or_default())),
        }
    }

    #[test]
    fn the_only_executable_or_the_one_named_bootstrap_is_meant() {
        let one = workspace(&bin("anything"), "");
        assert_eq!(chosen(&one, &package(None, &[])).as_deref(), Ok("anything"));
        let several = workspace(&[bin("greet"), bin("bootstrap"), bin("b")].join(","), "");
        assert_eq!(
            chosen(&several, &package(None, &[])).as_deref(),
            Ok("bootstrap")
        );
        assert_eq!(
            chosen(&several, &package(Some("b"), &[])).as_deref(),
            Ok("b")
        );
    }

    #[test]
    fn one_that_is_named_as_the_package_is_no_answer_among_several() {
        let several = workspace(&[bin("greet"), bin("lambda")].join(","), "");
        insta::assert_snapshot!(chosen(&several, &package(None, &[])).unwrap_err(), @"
        function hello: package greet has several executables: greet, lambda
        say which one is the function, with `bin: greet` beside `package`
        ");
        insta::assert_snapshot!(chosen(&several, &package(Some("lamda"), &[])).unwrap_err(), @"
        function hello: package greet has no executable lamda
        its executables are greet, lambda
        ");
    }

    #[test]
    fn a_pattern_is_no_package() {
        let any = Package {
            name: "*".to_owned(),
            ..package(None, &[])
        };
        insta::assert_snapshot!(chosen(&workspace(&bin("greet"), ""), &any).unwrap_err(), @"
        function hello: the workspace has no package *
        its packages are words, greet
        ");
    }

    #[test]
    fn features_that_the_executable_requires_are_named() {
        let gated = r#"{"kind":["bin"],"name":"greet","required-features":["lambda","x"]}"#;
        let features = r#""lambda":[],"x":[],"all":["lambda","x"],"default":["x"]"#;
        let gated = workspace(gated, features);
        insta::assert_snapshot!(chosen(&gated, &package(None, &[])).unwrap_err(), @"
        function hello: the executable greet of package greet is only built with the features lambda
        turn them on with `features: [lambda]` beside `package`
        ");
        for features in [&["lambda"], &["all"]] {
            assert_eq!(
                chosen(&gated, &package(None, features)).as_deref(),
                Ok("greet")
            );
        }
        insta::assert_snapshot!(chosen(&gated, &package(None, &["lamda"])).unwrap_err(), @"
        function hello: package greet has no feature lamda
        its features are all, default, lambda, x
        ");
        // What a dependency has is cargo's to judge.
        assert!(chosen(&gated, &package(None, &["lambda", "serde/derive"])).is_ok());
    }
}
