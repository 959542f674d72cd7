//! Takes the machine out of the executable: paths of dependencies and of the
//! toolchain stand in panics and in debugging information, and are another on each
//! machine. Pure.
//!
//! rustc's `--remap-path-prefix` replaces them. cargo leaves flags that hold it out
//! of the names of its files and of the crates' ids (since 1.85; earlier versions
//! leave all flags out), so nobody's symbols change by it.

use std::path::{Path, PathBuf};

/// What lies elsewhere on another machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Roots {
    /// The directory of the workspace.
    pub workspace: PathBuf,
    /// Where cargo builds.
    pub build_dir: PathBuf,
    /// cargo's home: the sources of registries and of git dependencies.
    pub cargo_home: Option<PathBuf>,
    /// The toolchain.
    pub sysroot: Option<PathBuf>,
    /// The commit that rustc was built from.
    pub commit: Option<String>,
}

/// The flags that replace them. `None` when a path is no text.
pub(super) fn flags(roots: &Roots) -> Option<Vec<String>> {
    let mut pairs: Vec<(PathBuf, String)> = vec![
        (roots.workspace.clone(), "/workspace".to_owned()),
        (roots.build_dir.clone(), "/target".to_owned()),
    ];
    if let Some(home) = &roots.cargo_home {
        pairs.push((home.clone(), "/cargo".to_owned()));
    }
    if let Some(sysroot) = &roots.sysroot {
        pairs.push((sysroot.clone(), "/rust".to_owned()));
        if let Some(commit) = &roots.commit {
            // Where the standard library's sources are installed rustc names them by
            // their real path, elsewhere by this one.
            let sources = sysroot.join("lib/rustlib/src/rust");
            pairs.push((sources, format!("/rustc/{commit}")));
        }
    }
    // The last one that fits counts for rustc: what lies within another comes later.
    pairs.sort_by_key(|(from, _)| from.components().count());
    pairs
        .iter()
        .filter(|(from, _)| from.is_absolute() && from != Path::new("/"))
        .map(|(from, to)| Some(format!("--remap-path-prefix={}={to}", from.to_str()?)))
        .collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_comes_last() {
        let roots = Roots {
            workspace: "/home/u/desk".into(),
            build_dir: "/home/u/desk/target".into(),
            cargo_home: Some("/home/u/desk/.cache/cargo".into()),
            sysroot: Some("/opt/rust".into()),
            commit: Some("abc".to_owned()),
        };
        insta::assert_snapshot!(flags(&roots).unwrap().join("\n"), @"
        --remap-path-prefix=/opt/rust=/rust
        --remap-path-prefix=/home/u/desk=/workspace
        --remap-path-prefix=/home/u/desk/target=/target
        --remap-path-prefix=/home/u/desk/.cache/cargo=/cargo
        --remap-path-prefix=/opt/rust/lib/rustlib/src/rust=/rustc/abc
        ");
    }

    #[test]
    fn a_root_that_is_everything_is_left_alone() {
        let roots = Roots {
            workspace: "/".into(),
            build_dir: "/target".into(),
            ..Roots::default()
        };
        assert_eq!(
            flags(&roots).unwrap(),
            ["--remap-path-prefix=/target=/target"]
        );
    }
}
