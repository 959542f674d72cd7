//! What cargo is given for a build, beside its command line: whose flags, where to,
//! and nothing of this machine in what it makes for AWS.

use std::fs;
use std::path::{Path, PathBuf};

use super::Builder;
use crate::artifact::cargo;
use crate::artifact::cargo_config::{self, CargoConfig, Rustflags, SEPARATOR};
use crate::artifact::cfg_expression::Facts;
use crate::artifact::command::{LAMBDA, Target, Tool};
use crate::artifact::environment::Environment;
use crate::artifact::error::ArtifactError;
use crate::artifact::out::Place;
use crate::artifact::processor::{self, Verdict};
use crate::artifact::progress::{Progress, ProgressSink};
use crate::artifact::remap::{self, Roots};
use crate::artifact::request::Request;
use crate::artifact::workspace::Workspace;

/// What a build is given.
pub(super) struct Settings {
    /// All variables.
    pub environment: Environment,
    /// Whether the profile of the target is there.
    pub has_profile: bool,
}

/// What rustc says of itself.
struct Rustc {
    host: String,
    commit: Option<String>,
    sysroot: PathBuf,
}

impl Builder {
    pub(super) async fn settings(
        &self,
        request: &Request,
        tool: Tool,
        workspace: &Workspace,
        place: &Place,
        progress: ProgressSink<'_>,
    ) -> Result<Settings, ArtifactError> {
        // As variables: cargo-lambda hands options on to where they do not belong.
        let mut environment = self
            .environment
            .clone()
            .with("CARGO_TARGET_DIR", &place.target_dir);
        if let Some(build_dir) = &place.build_dir {
            environment = environment.with("CARGO_BUILD_BUILD_DIR", build_dir);
        }
        // What runs on this machine may be of this machine; and its flags are those of
        // whoever else builds here, or each would build all anew after the other.
        if request.target == Target::Local {
            return Ok(Settings {
                environment,
                has_profile: true,
            });
        }
        let config = read_config(&request.workspace_dir, &self.environment);
        let in_config = config
            .as_ref()
            .is_ok_and(|config| config.defines_profile(LAMBDA));
        let has_profile = in_config || manifest_defines_profile(&workspace.root);
        let known = match config {
            Ok(config) => self.rustflags(request, tool, &config).await,
            Err(reason) => Err(reason),
        };
        match known {
            Ok((flags, rustc)) => {
                judge_processor(request, &flags, progress)?;
                let roots = Roots {
                    workspace: workspace.root.clone(),
                    build_dir: place.intermediate().to_owned(),
                    cargo_home: self.environment.cargo_home(),
                    sysroot: Some(rustc.sysroot),
                    commit: rustc.commit,
                };
                environment = without_roots(environment, flags, &roots);
            }
            Err(reason) => progress(Progress::Note {
                text: &format!(
                    "which flags rustc is given is not known ({reason}): the code may differ from \
                     machine to machine, and a target-cpu that Lambda lacks is not seen"
                ),
            }),
        }
        Ok(Settings {
            environment,
            has_profile,
        })
    }

    /// The flags that rustc is given without us.
    async fn rustflags(
        &self,
        request: &Request,
        tool: Tool,
        config: &CargoConfig,
    ) -> Result<(Rustflags, Rustc), String> {
        let rustc = self.rustc(&request.workspace_dir).await?;
        let chosen = match tool {
            Tool::Cargo => config
                .build_target(&self.environment)
                .map_err(|unclear| unclear.to_string())?,
            Tool::Zigbuild | Tool::CargoLambda => {
                Some(request.architecture.gnu_triple().to_owned())
            }
        };
        let triple = chosen.unwrap_or_else(|| rustc.host.clone());
        let facts = if config.has_conditions() {
            let arguments = ["--print", "cfg", "--target", &triple];
            Facts::read(&self.ask_rustc(&arguments, &request.workspace_dir).await?)
        } else {
            Facts::default()
        };
        let flags = config
            .rustflags(&self.environment, &triple, &facts)
            .map_err(|unclear| unclear.to_string())?;
        Ok((flags, rustc))
    }

    async fn rustc(&self, directory: &Path) -> Result<Rustc, String> {
        let version = self.ask_rustc(&["-vV"], directory).await?;
        let field = |name: &str| {
            version
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .map(|value| value.trim().to_owned())
        };
        let sysroot = self.ask_rustc(&["--print", "sysroot"], directory).await?;
        Ok(Rustc {
            host: field("host:").ok_or("rustc does not tell its host")?,
            commit: field("commit-hash:").filter(|commit| commit != "unknown"),
            sysroot: sysroot.trim().into(),
        })
    }

    async fn ask_rustc(&self, arguments: &[&str], directory: &Path) -> Result<String, String> {
        let rustc = Path::new("rustc");
        match cargo::ask(rustc, arguments, directory, &self.environment).await {
            Ok(answer) if answer.success => Ok(answer.text),
            Ok(answer) => Err(answer.words),
            Err(error) => Err(format!("rustc: {error}")),
        }
    }
}

/// The flags as they are, and with them those that take `roots` out of the code.
fn without_roots(environment: Environment, flags: Rustflags, roots: &Roots) -> Environment {
    let Some(remap) = remap::flags(roots) else {
        return environment;
    };
    let all: Vec<String> = flags.flags.into_iter().chain(remap).collect();
    environment.with("CARGO_ENCODED_RUSTFLAGS", all.join(&SEPARATOR.to_string()))
}

fn read_config(directory: &Path, environment: &Environment) -> Result<CargoConfig, String> {
    let mut texts = Vec::new();
    for names in cargo_config::files(directory, environment.cargo_home().as_deref()) {
        let Some(file) = names.into_iter().find(|file| file.is_file()) else {
            continue;
        };
        let text =
            fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        texts.push((file, text));
    }
    CargoConfig::read(texts).map_err(|unclear| unclear.to_string())
}

/// Whether the workspace's own `Cargo.toml` has the profile. One that cannot be read is
/// cargo's to judge.
fn manifest_defines_profile(root: &Path) -> bool {
    let Ok(text) = fs::read_to_string(root.join("Cargo.toml")) else {
        return false;
    };
    CargoConfig::read(vec![(root.join("Cargo.toml"), text)])
        .is_ok_and(|manifest| manifest.defines_profile(LAMBDA))
}

fn judge_processor(
    request: &Request,
    flags: &Rustflags,
    progress: ProgressSink<'_>,
) -> Result<(), ArtifactError> {
    match processor::judge(&flags.flags, request.architecture) {
        Verdict::Fine => Ok(()),
        Verdict::Refused(flag, reason) => Err(ArtifactError::Processor {
            function: request.function.clone(),
            origin: flags.origin.clone(),
            flag,
            reason,
        }),
        Verdict::Unknown(flag) => {
            progress(Progress::Note {
                text: &format!(
                    "{} sets {flag}: whether Lambda's processors are of this kind is not known \
                     here; if they are not, each call ends with an illegal instruction",
                    flags.origin
                ),
            });
            Ok(())
        }
    }
}
