//! Tests that run the real cargo on a tiny package without dependencies.

use std::io::{Cursor, Read as _};
use std::sync::Mutex;
use std::time::SystemTime;

use super::super::elf::fixture::Fixture;
use super::*;

/// A workspace with one package, `greet`, in a directory of its own.
pub(super) struct Workspace(tempfile::TempDir);

impl Workspace {
    pub(super) fn new(main: &str) -> Self {
        let workspace = Self(tempfile::tempdir().unwrap());
        workspace.write(
            "Cargo.toml",
            "[workspace]\nmembers = [\"greet\"]\nresolver = \"2\"\n",
        );
        workspace.write(
            "greet/Cargo.toml",
            "[package]\nname = \"greet\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        );
        workspace.write("greet/src/main.rs", main);
        workspace
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn request(&self, source: Source, target: Target) -> Request {
        Request {
            function: "hello".to_owned(),
            workspace_dir: self.path().to_owned(),
            source,
            architecture: Architecture::X86_64,
            target,
        }
    }

    pub(super) fn package(&self) -> Request {
        self.request(Source::Package("greet".to_owned()), Target::Local)
    }

    fn zip(&self, name: &str, target: Target) -> Request {
        self.request(Source::Zip(name.into()), target)
    }

    fn builder(&self) -> Builder {
        Builder::new(self.path().join(".vanity-deploy/cache"), environment())
    }

    async fn build(&self, request: &Request) -> Result<Artifact, ArtifactError> {
        self.builder().build(request, &|_| {}).await
    }
}

/// That of this process, but nothing that sends the output elsewhere.
pub(super) fn environment() -> Environment {
    std::env::vars_os()
        .filter(|(name, _)| name != "CARGO_TARGET_DIR" && name != "CARGO_BUILD_TARGET")
        .collect()
}

fn bootstrap(zip: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    assert_eq!(archive.len(), 1);
    let mut file = archive.by_name("bootstrap").unwrap();
    assert_eq!(file.unix_mode(), Some(0o100_755));
    let mut content = Vec::new();
    file.read_to_end(&mut content).unwrap();
    content
}

pub(super) fn touch_everything(directory: &Path, time: SystemTime) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            touch_everything(&path, time);
        } else {
            std::fs::File::open(&path)
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
    }
    std::fs::File::open(directory)
        .unwrap()
        .set_modified(time)
        .unwrap();
}

pub(super) const HELLO: &str = "fn main() { println!(\"hello\"); }";

#[cfg(unix)]
#[tokio::test]
async fn the_zip_holds_what_cargo_built_whatever_the_file_times() {
    let workspace = Workspace::new(HELLO);
    let events = Mutex::new(Vec::new());
    let first = workspace
        .builder()
        .build(&workspace.package(), &|event| {
            events.lock().unwrap().push(format!("{event:?}"));
        })
        .await
        .unwrap();
    assert!(first.built);
    assert_eq!(first.zip_size, first.zip.len() as u64);
    assert_eq!(std::fs::read(&first.path).unwrap(), *first.zip);
    assert_eq!(first.code_sha256, archive::code_sha256(&first.zip));

    let code = bootstrap(&first.zip);
    assert_eq!(code.len() as u64, first.unzipped_size);
    let built = std::fs::read(workspace.path().join("target/debug/greet")).unwrap();
    assert_eq!(code, built);

    let events = events.into_inner().unwrap().join("\n");
    assert!(
        events.contains("cargo build --package=greet --bins --profile=dev"),
        "{events}"
    );
    assert!(events.contains("Compiling greet"), "{events}");

    // Every time of every file and directory changes; nothing that is known stays.
    touch_everything(
        workspace.path(),
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000),
    );
    std::fs::remove_dir_all(workspace.path().join(".vanity-deploy")).unwrap();
    let second = workspace.build(&workspace.package()).await.unwrap();
    assert_eq!(second.zip, first.zip);
    assert_eq!(second.code_sha256, first.code_sha256);
}

#[tokio::test]
async fn what_does_not_compile_is_told_in_cargos_own_words() {
    let workspace = Workspace::new("fn main() {\n    let x: i32 = \"a\";\n}\n");
    let error = workspace.build(&workspace.package()).await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("function hello: `cargo build --package=greet "),
        "{message}"
    );
    let told = error.words().unwrap();
    for words in [
        "error[E0308]: mismatched types\n",
        " --> greet/src/main.rs:2:18\n",
        "2 |     let x: i32 = \"a\";\n",
        "\nerror: could not compile `greet` (bin \"greet\") due to 1 previous error",
    ] {
        assert!(told.contains(words), "{words:?} not in {told}");
    }
    assert!(!told.contains("Compiling greet"), "{told}");
}

#[tokio::test]
async fn an_unknown_package_is_told_in_cargos_own_words() {
    let workspace = Workspace::new(HELLO);
    let request = workspace.request(Source::Package("gret".to_owned()), Target::Local);
    let error = workspace.build(&request).await.unwrap_err();
    let told = error.words().unwrap();
    assert!(told.contains("`gret`"), "{told}");
}

#[tokio::test]
async fn a_workspace_without_the_lambda_profile_is_built_for_release() {
    let Some(architecture) = Architecture::from_rust_name(std::env::consts::ARCH) else {
        return;
    };
    if std::env::consts::OS != "linux" {
        return;
    }
    let workspace = Workspace::new(HELLO);
    let request = Request {
        architecture,
        ..workspace.request(Source::Package("greet".to_owned()), Target::Aws)
    };
    let commands = Mutex::new(Vec::new());
    let artifact = workspace
        .builder()
        .build(&request, &|event| {
            if let Progress::Compiling { command } = event {
                commands.lock().unwrap().push(command.to_owned());
            }
        })
        .await
        .unwrap();
    assert_eq!(artifact.architecture, architecture);
    let commands = commands.into_inner().unwrap();
    assert!(commands[0].contains("--profile=lambda"), "{commands:?}");
    assert!(commands[1].contains("--profile=release"), "{commands:?}");

    workspace.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"greet\"]\nresolver = \"2\"\n\
         [profile.lambda]\ninherits = \"release\"\nopt-level = \"s\"\nstrip = true\n",
    );
    let smaller = workspace.build(&request).await.unwrap();
    assert!(smaller.unzipped_size < artifact.unzipped_size);
}

#[tokio::test]
async fn a_library_is_no_function() {
    let workspace = Workspace::new(HELLO);
    std::fs::rename(
        workspace.path().join("greet/src/main.rs"),
        workspace.path().join("greet/src/lib.rs"),
    )
    .unwrap();
    let error = workspace.build(&workspace.package()).await.unwrap_err();
    insta::assert_snapshot!(error, @"function hello: package greet has no executable");
    insta::assert_snapshot!(error.hint().unwrap(), @"give package greet a src/main.rs: the executable that answers the Lambda Runtime API");
}

#[tokio::test]
async fn several_executables_are_a_question() {
    let workspace = Workspace::new(HELLO);
    workspace.write("greet/src/bin/one.rs", HELLO);
    workspace.write("greet/src/bin/two.rs", HELLO);
    // One that is named as the package answers it.
    workspace.build(&workspace.package()).await.unwrap();
    std::fs::remove_file(workspace.path().join("greet/src/main.rs")).unwrap();
    let error = workspace.build(&workspace.package()).await.unwrap_err();
    let ArtifactError::AmbiguousExecutable { mut names, .. } = error else {
        unreachable!("{error}");
    };
    names.sort();
    assert_eq!(names, ["one", "two"]);
}

#[tokio::test]
async fn a_directory_without_a_workspace_is_named() {
    let empty = tempfile::tempdir().unwrap();
    let builder = Builder::new(empty.path().join("cache"), environment());
    let request = Request {
        function: "hello".to_owned(),
        workspace_dir: empty.path().to_owned(),
        source: Source::Package("greet".to_owned()),
        architecture: Architecture::X86_64,
        target: Target::Local,
    };
    let error = builder.build(&request, &|_| {}).await.unwrap_err();
    assert!(matches!(error, ArtifactError::NoWorkspace { .. }));
    assert!(error.is_invalid_input());
}

#[tokio::test]
async fn a_missing_cargo_is_named() {
    let workspace = Workspace::new(HELLO);
    let environment = [("CARGO", "/nowhere/cargo"), ("PATH", "/nowhere")];
    let builder = Builder::new(
        workspace.path().join("cache"),
        environment.into_iter().collect(),
    );
    let error = builder
        .build(&workspace.package(), &|_| {})
        .await
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("function hello: cannot run /nowhere/cargo: "),
        "{message}"
    );
}

#[tokio::test]
async fn a_ready_zip_goes_through_byte_for_byte() {
    let workspace = Workspace::new(HELLO);
    let zip = archive::pack(&Fixture::default().build(), Effort::Best).unwrap();
    workspace.write("made/f.zip", &zip);
    let artifact = workspace
        .build(&workspace.zip("made/f.zip", Target::Aws))
        .await
        .unwrap();
    assert_eq!(*artifact.zip, zip);
    assert_eq!(artifact.path, workspace.path().join("made/f.zip"));
    assert_eq!(artifact.architecture, Architecture::X86_64);
    assert!(!artifact.built);
}

#[tokio::test]
async fn a_script_is_a_bootstrap_too() {
    let workspace = Workspace::new(HELLO);
    workspace.write(
        "f.zip",
        archive::pack(b"#!/bin/sh\nexit 1\n", Effort::Fast).unwrap(),
    );
    for target in [Target::Local, Target::Aws] {
        workspace
            .build(&workspace.zip("f.zip", target))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_ready_zip_that_cannot_run_is_refused() {
    let workspace = Workspace::new(HELLO);
    let new = Fixture::glibc(vec![("GLIBC_2.38", false, vec!["strlcpy"])]).build();
    workspace.write("new.zip", archive::pack(&new, Effort::Fast).unwrap());
    let error = workspace
        .build(&workspace.zip("new.zip", Target::Aws))
        .await
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.ends_with(
            "new.zip cannot run on Lambda: it needs GLIBC_2.38 (strlcpy); there, glibc is 2.34"
        ),
        "{message}"
    );
    insta::assert_snapshot!(error.hint().unwrap(), @"build it for Linux on x86_64 against glibc 2.34 or older, or statically with musl");

    workspace.write("bad.zip", "no zip");
    let error = workspace
        .build(&workspace.zip("bad.zip", Target::Aws))
        .await
        .unwrap_err();
    assert!(matches!(error, ArtifactError::Archive { .. }), "{error}");
    let error = workspace
        .build(&workspace.zip("none.zip", Target::Aws))
        .await
        .unwrap_err();
    assert!(
        matches!(error, ArtifactError::File { action: "read", .. }),
        "{error}"
    );
}
