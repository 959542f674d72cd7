//! Decides how a function is compiled: with which tool, profile and target.
//! Pure: what is there in, the command line out.

use std::path::{Path, PathBuf};

use super::architecture::Architecture;
use super::archive::BOOTSTRAP;
use super::elf::GlibcVersion;
use super::request::{Package, Request};

/// Where the function shall run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// On this machine, as it is.
    Local,
    /// On AWS Lambda, runtime `provided.al2023`.
    Aws,
}

/// What this machine is and has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// `std::env::consts::OS`.
    pub os: &'static str,
    /// `None` when Lambda has no such machines.
    pub architecture: Option<Architecture>,
    /// The glibc that executables made here are linked against; `None` when
    /// it is not known.
    pub glibc: Option<GlibcVersion>,
    /// Whether `cargo zigbuild` is there.
    pub zigbuild: bool,
    /// Whether `cargo lambda` is there.
    pub cargo_lambda: bool,
    /// Whether the user has named a target triple for cargo in the environment.
    pub target_chosen: bool,
}

/// What to compile with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    /// Plain cargo with this machine's own linker and glibc.
    Cargo,
    /// cargo-zigbuild: links against the glibc that is asked for.
    Zigbuild,
    /// cargo-lambda, which brings cargo-zigbuild with it.
    CargoLambda,
}

/// Nothing on this machine can build for the architecture.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoTool;

/// Chooses the tool.
pub(super) fn tool(target: Target, wanted: Architecture, host: &Host) -> Result<Tool, NoTool> {
    if target == Target::Local || host.target_chosen {
        return Ok(Tool::Cargo);
    }
    let same_machine = host.os == "linux" && host.architecture == Some(wanted);
    let fits = same_machine
        && host
            .glibc
            .is_some_and(|glibc| glibc <= GlibcVersion::PROVIDED_AL2023);
    if fits {
        Ok(Tool::Cargo)
    } else if host.zigbuild {
        Ok(Tool::Zigbuild)
    } else if host.cargo_lambda {
        Ok(Tool::CargoLambda)
    } else if same_machine {
        // Most executables get by without the newest symbols; what is made is
        // looked at before it is used.
        Ok(Tool::Cargo)
    } else {
        Err(NoTool)
    }
}

/// The cargo profile for AWS; the workspace may define it.
pub(super) const LAMBDA: &str = "lambda";

/// The cargo profile of a target.
pub(super) fn profile(target: Target) -> &'static str {
    match target {
        Target::Local => "dev",
        Target::Aws => LAMBDA,
    }
}

/// What follows `cargo` on the command line, as far as it decides what is made.
pub(super) fn arguments(tool: Tool, package: &Package, request: &Request) -> Vec<String> {
    let mut arguments: Vec<String> = match tool {
        Tool::Cargo => vec!["build".to_owned()],
        Tool::Zigbuild => vec!["zigbuild".to_owned()],
        Tool::CargoLambda => vec!["lambda".to_owned(), "build".to_owned()],
    };
    arguments.push(format!("--package={}", package.name));
    arguments.push(match &package.bin {
        Some(bin) => format!("--bin={bin}"),
        None => "--bins".to_owned(),
    });
    if !package.features.is_empty() {
        arguments.push(format!("--features={}", package.features.join(",")));
    }
    arguments.push(format!("--profile={}", profile(request.target)));
    if tool != Tool::Cargo {
        arguments.push(format!(
            "--target={}.{}",
            request.architecture.gnu_triple(),
            GlibcVersion::PROVIDED_AL2023
        ));
    }
    if package.locked {
        arguments.push("--locked".to_owned());
    }
    arguments
}

/// What else follows: how to tell of it, and the profile where there is none.
pub(super) fn plumbing(has_profile: bool) -> Vec<String> {
    let mut arguments = vec!["--message-format=json-render-diagnostics".to_owned()];
    if !has_profile {
        arguments.push(format!("--config=profile.{LAMBDA}.inherits=\"release\""));
    }
    arguments
}

/// Where cargo-lambda moves an executable, away from where cargo says that it is.
pub(super) fn moved_by_cargo_lambda(target_dir: &Path, bin: &str) -> PathBuf {
    target_dir.join("lambda").join(bin).join(BOOTSTRAP)
}

/// Whether cargo's words say that it would have to write `Cargo.lock`. Only they
/// tell it: cargo has one exit code for all that goes wrong.
pub(super) fn lock_file_is_old(words: &str) -> bool {
    words.contains("--locked was passed")
}

/// What to do about an executable that cannot run on Lambda.
pub(super) fn hint(tool: Tool, architecture: Architecture) -> String {
    let musl = architecture.musl_triple();
    match tool {
        Tool::Cargo => format!(
            "install cargo-zigbuild (`pip install cargo-zigbuild ziglang`), which is then used to link \
             against glibc {}; or link statically: `rustup target add {musl}` and \
             CARGO_BUILD_TARGET={musl}",
            GlibcVersion::PROVIDED_AL2023
        ),
        Tool::Zigbuild | Tool::CargoLambda => format!(
            "a library that was compiled elsewhere is linked in; build it from source, or link \
             statically: `rustup target add {musl}` and CARGO_BUILD_TARGET={musl}"
        ),
    }
}

/// What to do about libraries that are not on Lambda.
pub(super) fn hint_for_libraries() -> String {
    "link them statically (many crates have a feature `vendored`, `bundled` or `static` for it), or \
     pack a zip with the libraries in its folder lib/ and name it with `zip: PATH`"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::request::Source;
    use super::*;

    fn host() -> Host {
        Host {
            os: "linux",
            architecture: Some(Architecture::X86_64),
            glibc: Some(GlibcVersion::new(2, 36)),
            zigbuild: false,
            cargo_lambda: false,
            target_chosen: false,
        }
    }

    #[test]
    fn this_machines_own_toolchain_builds_for_this_machine() {
        for host in [
            host(),
            Host {
                os: "macos",
                zigbuild: true,
                ..host()
            },
        ] {
            assert_eq!(
                tool(Target::Local, Architecture::Arm64, &host),
                Ok(Tool::Cargo)
            );
        }
    }

    #[test]
    fn for_aws_the_tool_is_the_one_that_is_there_and_needed() {
        let for_aws = |architecture, host: &Host| tool(Target::Aws, architecture, host);
        let x86 = Architecture::X86_64;
        let zig = Host {
            zigbuild: true,
            cargo_lambda: true,
            ..host()
        };
        assert_eq!(for_aws(x86, &zig), Ok(Tool::Zigbuild));
        let lambda = Host {
            zigbuild: false,
            ..zig.clone()
        };
        assert_eq!(for_aws(x86, &lambda), Ok(Tool::CargoLambda));
        assert_eq!(for_aws(x86, &host()), Ok(Tool::Cargo));
        // An old enough glibc needs no help.
        let old = Host {
            glibc: Some(GlibcVersion::new(2, 34)),
            ..zig.clone()
        };
        assert_eq!(for_aws(x86, &old), Ok(Tool::Cargo));
        assert_eq!(for_aws(Architecture::Arm64, &old), Ok(Tool::Zigbuild));
        // The other machine, or another system, cannot do without.
        assert_eq!(for_aws(Architecture::Arm64, &host()), Err(NoTool));
        let mac = Host {
            os: "macos",
            glibc: None,
            ..host()
        };
        assert_eq!(for_aws(x86, &mac), Err(NoTool));
        // Who has chosen a target knows what they do.
        let chosen = Host {
            target_chosen: true,
            ..mac
        };
        assert_eq!(for_aws(x86, &chosen), Ok(Tool::Cargo));
    }

    #[test]
    fn the_command_lines() {
        let line = |tool, target, package: &Package| {
            let request = Request {
                function: "hello".to_owned(),
                workspace_dir: "/w".into(),
                source: Source::Package(package.clone()),
                architecture: Architecture::Arm64,
                target,
            };
            arguments(tool, package, &request).join(" ")
        };
        let mut package = Package {
            name: "greet".to_owned(),
            bin: None,
            features: Vec::new(),
            locked: true,
        };
        insta::assert_snapshot!(line(Tool::Cargo, Target::Local, &package), @"build --package=greet --bins --profile=dev --locked");
        insta::assert_snapshot!(line(Tool::Zigbuild, Target::Aws, &package), @"zigbuild --package=greet --bins --profile=lambda --target=aarch64-unknown-linux-gnu.2.34 --locked");
        package.bin = Some("put".to_owned());
        package.features = vec!["a".to_owned(), "b".to_owned()];
        package.locked = false;
        insta::assert_snapshot!(line(Tool::CargoLambda, Target::Aws, &package), @"lambda build --package=greet --bin=put --features=a,b --profile=lambda --target=aarch64-unknown-linux-gnu.2.34");
    }

    #[test]
    fn an_old_lock_file_is_told_from_other_failures() {
        assert!(lock_file_is_old(
            "error: cannot update the lock file /w/Cargo.lock because --locked was passed to prevent this"
        ));
        assert!(!lock_file_is_old("error: could not compile `greet`"));
    }
}
