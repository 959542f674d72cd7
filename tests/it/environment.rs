//! A folder, a cleared environment, and the program run in them.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vanity_deploy::aws::{self, LocalEndpoint, Options};
use vanity_deploy::engine::ports::Ports;

/// A folder of a test's own.
pub struct TestEnvironment {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run of the program gave, with what differs from run to run put out of sight.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl TestEnvironment {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let variables = vec![
            ("VANITY_DEPLOY_LOCAL_DIR".to_owned(), at("local")),
            ("XDG_STATE_HOME".to_owned(), at("state")),
            // Shared, so that a function that many tests deploy is packed once.
            (
                "XDG_CACHE_HOME".to_owned(),
                concat!(env!("CARGO_TARGET_TMPDIR"), "/cache").to_owned(),
            ),
        ];
        Self { folder, variables }
    }

    /// With what cargo needs of the environment.
    pub fn with_cargo() -> Self {
        let mut this = Self::new();
        for name in [
            "PATH",
            "HOME",
            "CARGO",
            "CARGO_HOME",
            "RUSTUP_HOME",
            "RUSTUP_TOOLCHAIN",
        ] {
            if let Ok(value) = std::env::var(name) {
                this.variables.push((name.to_owned(), value));
            }
        }
        this
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As if the variable had never been set.
    pub fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the embedded AWS keeps its state, as the program finds it.
    pub fn local_dir(&self) -> PathBuf {
        self.path().join("local")
    }

    /// The same for an embedded AWS of the test's own, with the user's key.
    pub fn state_folder(&self) -> local_aws::StateFolder {
        let state = self.path().join("state/vanity-deploy");
        let folder = safe_files::PrivateFolder::make(&state).unwrap();
        local_aws::StateFolder {
            path: self.local_dir(),
            key: local_aws::Key::find_or_make(&folder).unwrap(),
        }
    }

    pub fn write(&self, file: &str, text: &str) -> PathBuf {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Runs the program in the folder; arguments are split at spaces.
    pub fn run(&self, arguments: &str) -> Run {
        self.run_in(self.path(), arguments)
    }

    /// Starts the program, which is heard by nobody.
    pub fn start(&self, arguments: &str) -> std::process::Child {
        std::process::Command::new(env!("CARGO_BIN_EXE_vanity-deploy"))
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env_clear()
            .envs(self.variables.iter().cloned())
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Runs the program elsewhere.
    pub fn run_in(&self, folder: &Path, arguments: &str) -> Run {
        self.run_with(folder, &arguments.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs the program with arguments of any kind.
    pub fn run_with(&self, folder: &Path, arguments: &[&str]) -> Run {
        let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_vanity-deploy"))
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(self.variables.iter().cloned())
            .output()
            .unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: self.redact(&String::from_utf8(output.stdout).unwrap()),
            stderr: self.redact(&String::from_utf8(output.stderr).unwrap()),
        }
    }

    fn redact(&self, text: &str) -> String {
        text.replace(&self.path().to_string_lossy().into_owned(), "[DIR]")
    }

    /// The embedded AWS of the folder, for clients of a test's own.
    pub async fn with_clients<T>(&self, work: impl AsyncFnOnce(&aws_config::SdkConfig) -> T) -> T {
        let running = local_aws::server::start(local_aws::Config {
            folder: Some(self.state_folder()),
            ..local_aws::Config::default()
        })
        .await
        .unwrap();
        let credentials =
            aws_credential_types::Credentials::new("local", "local", None, None, "test");
        let config = aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("us-east-1"))
            .endpoint_url(running.url())
            .credentials_provider(
                aws_credential_types::provider::SharedCredentialsProvider::new(credentials),
            )
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let done = work(&config).await;
        running.stop().await;
        done
    }

    /// The embedded AWS of the folder, for what somebody else does to it between two commands.
    pub async fn with_aws<T>(&self, work: impl AsyncFnOnce(&Ports, &str) -> T) -> T {
        self.with_aws_at(async |_, ports, instance| work(ports, instance).await)
            .await
    }

    /// The same, with its URL: for clients of services that the ports do not speak to.
    pub async fn with_aws_at<T>(&self, work: impl AsyncFnOnce(&str, &Ports, &str) -> T) -> T {
        let running = local_aws::server::start(local_aws::Config {
            folder: Some(self.state_folder()),
            ..local_aws::Config::default()
        })
        .await
        .unwrap();
        let options = Options {
            local: Some(LocalEndpoint {
                url: running.url(),
                region: "us-east-1".to_owned(),
            }),
            ..Options::default()
        };
        let ports = aws::connect(&options).await.unwrap().ports;
        let instances = ports.account.instances().await.unwrap();
        let done = work(&running.url(), &ports, &instances[0].id).await;
        running.stop().await;
        done
    }
}

impl Run {
    /// Everything a person sees, for a snapshot.
    pub fn seen(&self) -> String {
        format!(
            "exit code {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }

    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.seen());
        self
    }
}

/// Settings that put times, ids and generated names out of sight.
pub fn snapshots() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(true);
    settings.add_filter(r"\b\d+\.\d m?s\b", "[TIME]");
    settings.add_filter(
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[UUID]",
    );
    settings.add_filter(
        r"-(Table|Role|FunctionRole)-[0-9A-Za-z]{12}\b",
        "-$1-[SUFFIX]",
    );
    settings.add_filter(r"process \d+", "process [PID]");
    settings
}
