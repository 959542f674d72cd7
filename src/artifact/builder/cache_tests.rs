//! Tests that count how often cargo is run.

use super::super::cache;
use super::super::progress::Progress;
use super::tests::{HELLO, Workspace, environment};
use super::*;

/// Writes an executable script. Another process does it: were the file open
/// for writing here, a process that another test starts at that moment would
/// keep it open, and it could not be executed ("text file busy").
pub(super) fn write_program(path: &Path, script: &str) {
    use std::io::Write as _;
    let mut child = std::process::Command::new("sh")
        .args(["-c", "rm -f \"$0\" && cat >\"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(script.as_bytes()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

fn real_cargo() -> String {
    environment()
        .get("CARGO")
        .map_or("cargo".into(), |cargo| cargo.to_string_lossy().into_owned())
}

/// A workspace whose cargo counts its runs, and may do something after each.
struct Counted {
    workspace: Workspace,
    tools: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Counted {
    fn new(main: &str) -> Self {
        let workspace = Workspace::new(main);
        let tools = tempfile::tempdir().unwrap();
        let real = real_cargo();
        let cargo = tools.path().join("cargo");
        write_program(
            &cargo,
            &format!(
                "#!/bin/sh\ntools='{tools}'\n\
                 if [ \"$1\" = metadata ]; then exec \"{real}\" \"$@\"; fi\n\
                 echo run >>\"$tools/runs\"\n\"{real}\" \"$@\"\nstatus=$?\n\
                 if [ -f \"$tools/after\" ]; then . \"$tools/after\"; fi\nexit $status\n",
                tools = tools.path().display()
            ),
        );
        Self {
            workspace,
            tools,
            variables: Vec::new(),
        }
    }

    fn runs(&self) -> usize {
        std::fs::read_to_string(self.tools.path().join("runs"))
            .unwrap_or_default()
            .lines()
            .count()
    }

    fn cache(&self) -> PathBuf {
        self.tools.path().join("cache")
    }

    /// Builds, when the file system's clock has left the time of the last
    /// change behind: files that change in the tick of the start are doubtful.
    async fn build_in(&self, workspace: &Workspace) -> Result<Artifact, ArtifactError> {
        let before = cache::now(self.tools.path()).unwrap();
        while cache::now(self.tools.path()).unwrap() <= before {}
        let cargo = self.tools.path().join("cargo");
        let variables = std::env::vars_os()
            .filter(|(name, _)| environment().get(&name.to_string_lossy()).is_some())
            .filter(|(name, _)| !name.to_string_lossy().contains("WRAPPER"))
            .chain([("CARGO".into(), cargo.into())])
            .chain(
                self.variables
                    .iter()
                    .map(|(name, value)| (name.into(), value.into())),
            );
        Builder::new(self.cache(), variables.collect())
            .build(&workspace.package(), &|_| {})
            .await
    }

    async fn build(&self) -> Artifact {
        self.build_in(&self.workspace).await.unwrap()
    }

    /// cargo runs now, and not when asked again.
    async fn runs_once_more(&self, why: &str) -> Artifact {
        let before = self.runs();
        let built = self.build().await;
        assert_eq!(self.runs(), before + 1, "{why}");
        assert!(built.built, "{why}");
        let known = self.build().await;
        assert_eq!(self.runs(), before + 1, "again: {why}");
        assert!(!known.built, "{why}");
        assert_eq!(known.zip, built.zip, "{why}");
        assert_eq!(known.code_sha256, built.code_sha256, "{why}");
        assert_eq!(known.unzipped_size, built.unzipped_size, "{why}");
        assert_eq!(known.architecture, built.architecture, "{why}");
        built
    }
}

#[tokio::test]
async fn cargo_is_run_when_a_source_changed_and_only_then() {
    let counted = Counted::new(HELLO);
    let first = counted.runs_once_more("nothing is known").await;

    tests::touch_everything(
        counted.workspace.path(),
        std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000),
    );
    assert!(!counted.build().await.built, "only times changed");

    let main = "fn main() { println!(\"another text\"); }";
    counted.workspace.write("greet/src/main.rs", main);
    let second = counted.runs_once_more("the source").await;
    assert_ne!(second.code_sha256, first.code_sha256);
}

#[tokio::test]
async fn whatever_cargo_would_look_at_makes_it_run() {
    let mut counted = Counted::new(HELLO);
    counted.runs_once_more("nothing is known").await;

    let lock = counted.workspace.path().join("Cargo.lock");
    let text = std::fs::read_to_string(&lock).unwrap();
    std::fs::write(
        &lock,
        text.replace("version = 4", "# a comment\nversion = 4"),
    )
    .unwrap();
    counted.runs_once_more("the lock file").await;

    let manifest =
        "[workspace]\nmembers = [\"greet\"]\nresolver = \"2\"\n[profile.dev]\ndebug = 0\n";
    counted.workspace.write("Cargo.toml", manifest);
    counted.runs_once_more("the workspace's manifest").await;

    counted.workspace.write("greet/src/extra.rs", "");
    counted.runs_once_more("a new file in the package").await;

    let build = "fn main() { println!(\"cargo::rustc-env=GREETING=hi\"); }";
    counted.workspace.write("greet/build.rs", build);
    counted.runs_once_more("a new build script").await;

    let config = "[build]\nrustflags = [\"-C\", \"debuginfo=0\"]\n";
    counted.workspace.write(".cargo/config.toml", config);
    counted.runs_once_more("cargo's configuration").await;

    counted.variables.push(("CFLAGS", "-O1".to_owned()));
    counted.runs_once_more("a variable").await;
    counted.variables.push(("LANG", "de_DE.UTF-8".to_owned()));
    counted.variables.push(("AWS_PROFILE", "other".to_owned()));
    assert!(!counted.build().await.built, "none of a build's business");
}

#[tokio::test]
async fn files_outside_of_the_package_count_when_they_are_read() {
    let counted = Counted::new("fn main() { print!(include_str!(\"../../the text.txt\")); }");
    counted.workspace.write("the text.txt", "one");
    counted.workspace.write("other.txt", "one");
    let first = counted.runs_once_more("nothing is known").await;
    counted.workspace.write("other.txt", "two");
    assert!(!counted.build().await.built, "a file that nobody reads");
    counted.workspace.write("the text.txt", "two");
    let second = counted.runs_once_more("a text that is included").await;
    assert_ne!(second.code_sha256, first.code_sha256);
}

#[tokio::test]
async fn the_sources_of_path_dependencies_count() {
    let counted = Counted::new("fn main() { words::say(); }");
    let words = "pub fn say() { println!(\"one\"); }";
    counted.workspace.write("words/src/lib.rs", words);
    counted.workspace.write(
        "words/Cargo.toml",
        "[package]\nname = \"words\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    let manifest = counted.workspace.path().join("greet/Cargo.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let dependency = "[dependencies]\nwords = { path = \"../words\" }\n";
    std::fs::write(&manifest, format!("{text}{dependency}")).unwrap();

    let lock = "version = 4\n\n[[package]]\nname = \"greet\"\nversion = \"0.1.0\"\n\
                dependencies = [\n \"words\",\n]\n\n\
                [[package]]\nname = \"words\"\nversion = \"0.1.0\"\n";
    counted.workspace.write("Cargo.lock", lock);
    let first = counted.runs_once_more("nothing is known").await;
    let words = "pub fn say() { println!(\"two\"); }";
    counted.workspace.write("words/src/lib.rs", words);
    let second = counted.runs_once_more("a source of the dependency").await;
    assert_ne!(second.code_sha256, first.code_sha256);
}

#[tokio::test]
async fn what_is_lost_or_damaged_is_made_again() {
    let counted = Counted::new(HELLO);
    let first = counted.runs_once_more("nothing is known").await;

    std::fs::remove_file(&first.path).unwrap();
    let again = counted.runs_once_more("the zip is gone").await;
    assert_eq!(again.zip, first.zip);

    let mut damaged = first.zip.to_vec();
    damaged[60] ^= 1;
    std::fs::write(&first.path, damaged).unwrap();
    let again = counted.runs_once_more("the zip is damaged").await;
    assert_eq!(again.zip, first.zip);

    let record = first.path.with_extension("json");
    let text = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, &text[..text.len() / 2]).unwrap();
    counted.runs_once_more("the record is damaged").await;

    std::fs::remove_dir_all(counted.cache()).unwrap();
    counted.runs_once_more("the cache is gone").await;
}

#[tokio::test]
async fn a_source_that_changes_while_cargo_works_is_compiled_next_time() {
    let counted = Counted::new(HELLO);
    let main = counted.workspace.path().join("greet/src/main.rs");
    std::fs::write(
        counted.tools.path().join("after"),
        format!(
            "echo 'fn main() {{ println!(\"late\"); }}' >'{}'\n",
            main.display()
        ),
    )
    .unwrap();
    let early = counted.build().await;
    std::fs::remove_file(counted.tools.path().join("after")).unwrap();
    let late = counted.runs_once_more("a change while cargo worked").await;
    assert_ne!(late.code_sha256, early.code_sha256);
}

#[tokio::test]
async fn a_failed_build_forgets_nothing_and_hides_nothing() {
    let counted = Counted::new(HELLO);
    let first = counted.runs_once_more("nothing is known").await;
    counted.workspace.write("greet/src/main.rs", "fn main() {");
    for _ in 0..2 {
        let error = counted.build_in(&counted.workspace).await.unwrap_err();
        assert!(matches!(error, ArtifactError::Compile { .. }), "{error}");
    }
    counted.workspace.write("greet/src/main.rs", HELLO);
    let again = counted.build().await;
    assert!(!again.built);
    assert_eq!(again.zip, first.zip);
}

#[tokio::test]
async fn another_workspace_does_not_get_the_zip_of_this_one() {
    let counted = Counted::new(HELLO);
    let first = counted.runs_once_more("nothing is known").await;
    let other = Workspace::new("fn main() { println!(\"another workspace\"); }");
    let second = counted.build_in(&other).await.unwrap();
    assert!(second.built);
    assert_ne!(second.code_sha256, first.code_sha256);
}

/// A cargo that never ends, and says which process it is.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn cargo_is_stopped_when_nobody_waits_for_it() {
    let counted = Counted::new(HELLO);
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = metadata ]; then exec \"{}\" \"$@\"; fi\n\
         echo \"process $$\" >&2\nexec sleep 600\n",
        real_cargo()
    );
    let cargo = counted.tools.path().join("cargo");
    write_program(&cargo, &script);
    let builder = Builder::new(
        counted.cache(),
        std::env::vars_os()
            .chain([("CARGO".into(), cargo.into())])
            .collect(),
    );
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let request = counted.workspace.package();
    let report = |event: Progress<'_>| {
        if let Progress::Cargo { line, .. } = event {
            sender.send(line.to_owned()).unwrap();
        }
    };
    let line = tokio::select! {
        result = builder.build(&request, &report) => unreachable!("{result:?}"),
        line = receiver.recv() => line.unwrap(),
    };
    let process = line.strip_prefix("process ").unwrap();
    // It is gone, or a zombie until the runtime looks after it.
    let is_running = || {
        std::fs::read_to_string(format!("/proc/{process}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z "))
    };
    while is_running() {
        tokio::task::yield_now().await;
    }
}
