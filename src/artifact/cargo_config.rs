//! What cargo's configuration says of compiler flags and profiles (The Cargo
//! Book, "Configuration"). Pure: the files' texts in, the answer out.
//!
//! cargo does not tell what it makes of its configuration (`cargo config get`
//! is unstable), and its sources of flags exclude each other: to add a flag, all
//! that are there have to be known. What is not understood is [`Unclear`], and
//! nothing is added then.

use std::path::{Path, PathBuf};

use super::cfg_expression::Facts;
use super::environment::Environment;

/// What stands between two flags in `CARGO_ENCODED_RUSTFLAGS`.
pub(super) const SEPARATOR: char = '\x1f';

/// Why it is not known what cargo is configured to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", .file.display())]
pub(super) struct Unclear {
    file: PathBuf,
    what: String,
}

/// All files of cargo's configuration that count for a directory.
#[derive(Debug, Default)]
pub(super) struct CargoConfig {
    /// That of the home first, that of the directory last: cargo joins lists in
    /// this order.
    layers: Vec<(PathBuf, toml::Table)>,
}

/// The flags that rustc is given, and who says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rustflags {
    /// One argument each.
    pub flags: Vec<String>,
    /// For people: a variable, or a file.
    pub origin: String,
}

/// The files that cargo looks for, those that count least first: of two names in
/// one place, cargo takes the first.
pub(super) fn files(directory: &Path, cargo_home: Option<&Path>) -> Vec<[PathBuf; 2]> {
    let names = |folder: &Path| [folder.join("config"), folder.join("config.toml")];
    let mut found: Vec<[PathBuf; 2]> = directory
        .ancestors()
        .map(|above| names(&above.join(".cargo")))
        .collect();
    if let Some(home) = cargo_home.map(names)
        && !found.contains(&home)
    {
        found.push(home);
    }
    found.reverse();
    found
}

impl CargoConfig {
    /// From the files that are there, those that count least first.
    pub(super) fn read(files: Vec<(PathBuf, String)>) -> Result<Self, Unclear> {
        let mut layers = Vec::new();
        for (file, text) in files {
            let table: toml::Table = match toml::from_str(&text) {
                Ok(table) => table,
                Err(error) => {
                    let what = error.message().to_owned();
                    return Err(Unclear { file, what });
                }
            };
            if table.contains_key("include") {
                let what = "`include` is not followed".to_owned();
                return Err(Unclear { file, what });
            }
            layers.push((file, table));
        }
        Ok(Self { layers })
    }

    /// Whether it defines a profile.
    pub(super) fn defines_profile(&self, name: &str) -> bool {
        self.layers
            .iter()
            .any(|(_, table)| at(table, &["profile", name]).is_some())
    }

    /// The target triple that is built when the command line names none; `None`
    /// when it is that of this machine.
    pub(super) fn build_target(
        &self,
        environment: &Environment,
    ) -> Result<Option<String>, Unclear> {
        if let Some(triple) = environment.get("CARGO_BUILD_TARGET") {
            return Ok(Some(triple.to_string_lossy().into_owned()));
        }
        let layer = self.layers.iter().rev();
        let Some((file, value)) = layer
            .filter_map(|(file, table)| Some((file, at(table, &["build", "target"])?)))
            .next()
        else {
            return Ok(None);
        };
        match strings(value).as_deref() {
            Some([triple]) => Ok(Some(triple.clone())),
            _ => Err(Unclear {
                file: file.clone(),
                what: "`build.target` is not one target".to_owned(),
            }),
        }
    }

    /// Whether the flags hang on expressions: then [`CargoConfig::rustflags`] needs
    /// what rustc says of the target.
    pub(super) fn has_conditions(&self) -> bool {
        self.layers.iter().any(|(_, table)| {
            let targets = at(table, &["target"]).and_then(toml::Value::as_table);
            targets.is_some_and(|targets| targets.keys().any(|key| key.starts_with("cfg(")))
        })
    }

    /// The flags that cargo gives rustc for `triple`: those of the first source
    /// that has any (The Cargo Book, `build.rustflags`).
    pub(super) fn rustflags(
        &self,
        environment: &Environment,
        triple: &str,
        facts: &Facts,
    ) -> Result<Rustflags, Unclear> {
        // These two count even when they are set to nothing.
        let set = |name: &str| {
            environment
                .variables()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| value.to_string_lossy().into_owned())
        };
        if let Some(text) = set("CARGO_ENCODED_RUSTFLAGS") {
            let flags = text.split(SEPARATOR).filter(|flag| !flag.is_empty());
            return Ok(Rustflags {
                flags: flags.map(str::to_owned).collect(),
                origin: "CARGO_ENCODED_RUSTFLAGS".to_owned(),
            });
        }
        if let Some(text) = set("RUSTFLAGS") {
            return Ok(Rustflags {
                flags: words(&text),
                origin: "RUSTFLAGS".to_owned(),
            });
        }
        let of_target = self.of_target(environment, triple, facts)?;
        if !of_target.flags.is_empty() {
            return Ok(of_target);
        }
        self.gathered(
            &["build", "rustflags"],
            environment,
            "CARGO_BUILD_RUSTFLAGS",
        )
    }

    fn of_target(
        &self,
        environment: &Environment,
        triple: &str,
        facts: &Facts,
    ) -> Result<Rustflags, Unclear> {
        let variable = format!(
            "CARGO_TARGET_{}_RUSTFLAGS",
            triple.to_uppercase().replace(['-', '.'], "_")
        );
        let mut found = self.gathered(&["target", triple, "rustflags"], environment, &variable)?;
        for (file, table) in &self.layers {
            let targets = at(table, &["target"]).and_then(toml::Value::as_table);
            for (key, target) in targets.into_iter().flatten() {
                let flags = target.as_table().and_then(|target| target.get("rustflags"));
                let (true, Some(flags)) = (key.starts_with("cfg("), flags) else {
                    continue;
                };
                let unclear = |what: &str| Unclear {
                    file: file.clone(),
                    what: format!("`target.'{key}'`: {what}"),
                };
                let holds = facts.satisfy(key);
                if holds.ok_or_else(|| unclear("the condition is not understood"))? {
                    let flags = flags_of(flags).ok_or_else(|| unclear("no list of flags"))?;
                    found.add(flags, &file.display().to_string());
                }
            }
        }
        Ok(found)
    }

    /// A key's flags from all files, then from the variable that stands for it.
    fn gathered(
        &self,
        key: &[&str],
        environment: &Environment,
        variable: &str,
    ) -> Result<Rustflags, Unclear> {
        let mut found = Rustflags::default();
        for (file, table) in &self.layers {
            if let Some(value) = at(table, key) {
                let flags = flags_of(value).ok_or_else(|| Unclear {
                    file: file.clone(),
                    what: format!("`{}` is no list of flags", key.join(".")),
                })?;
                found.add(flags, &file.display().to_string());
            }
        }
        if let Some(text) = environment.get(variable) {
            found.add(words(&text.to_string_lossy()), variable);
        }
        Ok(found)
    }
}

impl Rustflags {
    fn add(&mut self, flags: Vec<String>, origin: &str) {
        if flags.is_empty() {
            return;
        }
        self.flags.extend(flags);
        if !self.origin.is_empty() {
            self.origin.push_str(" and ");
        }
        self.origin.push_str(origin);
    }
}

fn at<'a>(table: &'a toml::Table, path: &[&str]) -> Option<&'a toml::Value> {
    let (last, above) = path.split_last()?;
    let mut table = table;
    for key in above {
        table = table.get(*key)?.as_table()?;
    }
    table.get(*last)
}

/// A text, or a list of them.
fn strings(value: &toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(text) => Some(vec![text.clone()]),
        toml::Value::Array(list) => list
            .iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

/// Flags are a list, or one text that is parted at blanks.
fn flags_of(value: &toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(text) => Some(words(text)),
        other => strings(other),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINUX: &str = "x86_64-unknown-linux-gnu";

    fn config(files: &[(&str, &str)]) -> CargoConfig {
        let files = files
            .iter()
            .map(|(name, text)| (name.into(), (*text).to_owned()));
        CargoConfig::read(files.collect()).unwrap()
    }

    fn flags(config: &CargoConfig, variables: &[(&str, &str)]) -> (String, String) {
        let environment: Environment = variables.iter().copied().collect();
        let facts = Facts::read("unix\ntarget_os=\"linux\"\n");
        let found = config.rustflags(&environment, LINUX, &facts).unwrap();
        (found.flags.join("|"), found.origin)
    }

    #[test]
    fn lists_of_all_files_are_joined_the_nearest_last() {
        let config = config(&[
            ("/h/config.toml", "[build]\nrustflags = [\"-Ca=1\"]"),
            ("/w/.cargo/config.toml", "build.rustflags = \"-C b=2\""),
        ]);
        let (found, origin) = flags(&config, &[]);
        assert_eq!(found, "-Ca=1|-C|b=2");
        assert_eq!(origin, "/h/config.toml and /w/.cargo/config.toml");
        let (found, _) = flags(&config, &[("CARGO_BUILD_RUSTFLAGS", "-g")]);
        assert_eq!(found, "-Ca=1|-C|b=2|-g");
    }

    #[test]
    fn only_the_first_source_that_has_flags_counts() {
        let both = config(&[(
            "/w/c",
            "[build]\nrustflags = [\"-Cbuild\"]\n[target.x86_64-unknown-linux-gnu]\n\
             rustflags = [\"-Ctarget\"]\n[target.'cfg(unix)']\nrustflags = \"-Cunix\"\n\
             [target.'cfg(windows)']\nrustflags = \"-Cwindows\"\n",
        )]);
        assert!(both.has_conditions());
        assert_eq!(flags(&both, &[]).0, "-Ctarget|-Cunix");
        assert_eq!(
            flags(&both, &[("RUSTFLAGS", "-Cx  -g")]),
            ("-Cx|-g".to_owned(), "RUSTFLAGS".to_owned())
        );
        // Set to nothing is set.
        assert_eq!(flags(&both, &[("RUSTFLAGS", "")]).0, "");
        let encoded = ("CARGO_ENCODED_RUSTFLAGS", "-C\x1fa b");
        assert_eq!(flags(&both, &[encoded, ("RUSTFLAGS", "-g")]).0, "-C|a b");
        let other = config(&[(
            "/w/c",
            "[build]\nrustflags = [\"-Cbuild\"]\n[target.aarch64-apple-darwin]\n\
             rustflags = [\"-Ctarget\"]\n",
        )]);
        assert!(!other.has_conditions());
        assert_eq!(flags(&other, &[]).0, "-Cbuild");
        let variable = ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-Ct");
        assert_eq!(flags(&other, &[variable]).0, "-Ct");
    }

    #[test]
    fn what_is_not_understood_is_said_to_be() {
        let read = |text: &str| {
            CargoConfig::read(vec![("/w/c".into(), text.to_owned())])
                .and_then(|config| {
                    config.rustflags(&Environment::default(), LINUX, &Facts::default())
                })
                .unwrap_err()
                .to_string()
        };
        insta::assert_snapshot!(read("include = \"x.toml\""), @"/w/c: `include` is not followed");
        insta::assert_snapshot!(read("[build]\nrustflags = 1"), @"/w/c: `build.rustflags` is no list of flags");
        insta::assert_snapshot!(read("[target.'cfg(x(y))']\nrustflags = []"), @"/w/c: `target.'cfg(x(y))'`: the condition is not understood");
        assert!(read("[").starts_with("/w/c: "));
    }

    #[test]
    fn the_target_and_profiles_are_found() {
        let config = config(&[(
            "/w/c",
            "[build]\ntarget = [\"a\"]\n[profile.lambda]\nlto = true",
        )]);
        let none = Environment::default();
        assert_eq!(config.build_target(&none), Ok(Some("a".to_owned())));
        let set: Environment = [("CARGO_BUILD_TARGET", "b")].into_iter().collect();
        assert_eq!(config.build_target(&set), Ok(Some("b".to_owned())));
        assert!(config.defines_profile("lambda"));
        assert!(!config.defines_profile("release"));
        let two = super::CargoConfig::read(vec![(
            "/w/c".into(),
            "build.target = [\"a\", \"b\"]".to_owned(),
        )]);
        assert!(two.unwrap().build_target(&none).is_err());
    }

    #[test]
    fn the_nearest_file_counts_most() {
        let found: Vec<PathBuf> = files(Path::new("/w/x"), Some(Path::new("/h")))
            .into_iter()
            .map(|[_, toml]| toml)
            .collect();
        let names = [
            "/h/config.toml",
            "/.cargo/config.toml",
            "/w/.cargo/config.toml",
            "/w/x/.cargo/config.toml",
        ];
        assert_eq!(found, names.map(PathBuf::from));
        // cargo's home above the directory counts once.
        assert_eq!(files(Path::new("/w"), Some(Path::new("/.cargo"))).len(), 2);
    }
}
