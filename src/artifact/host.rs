//! Looks at the machine that builds. Decides nothing.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::architecture::Architecture;
use super::command::{Host, Target};
use super::elf::GlibcVersion;
use super::environment::Environment;

/// What this machine is and has, as far as the target makes it matter.
pub(super) async fn look_at(environment: &Environment, target: Target) -> Host {
    let mut host = Host {
        os: std::env::consts::OS,
        architecture: Architecture::from_rust_name(std::env::consts::ARCH),
        glibc: None,
        zigbuild: false,
        cargo_lambda: false,
        target_chosen: environment.get("CARGO_BUILD_TARGET").is_some(),
    };
    if target == Target::Aws {
        host.zigbuild = is_installed(environment, "cargo-zigbuild");
        host.cargo_lambda = is_installed(environment, "cargo-lambda");
        // Only a choice between tools hangs on it.
        if host.os == "linux" && (host.zigbuild || host.cargo_lambda) {
            host.glibc = glibc(environment).await;
        }
    }
    host
}

/// Whether cargo finds a subcommand: on `PATH`, or in its home's `bin`.
fn is_installed(environment: &Environment, name: &str) -> bool {
    let mut candidates = environment.candidates(Path::new(name));
    if let Some(home) = environment.cargo_home() {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        candidates.push(home.join("bin").join(file));
    }
    candidates.iter().any(|file| file.is_file())
}

/// The glibc of this machine. A machine that does not tell is one that may be
/// newer than Lambda's.
async fn glibc(environment: &Environment) -> Option<GlibcVersion> {
    let output = Command::new("getconf")
        .arg("GNU_LIBC_VERSION")
        .env_clear()
        .envs(environment.variables())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    GlibcVersion::parse(text.trim().strip_prefix("glibc ")?)
}
