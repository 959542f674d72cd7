//! Tests that the code is the right one, always: with the real cargo, on tiny
//! packages without dependencies.

use std::sync::Mutex;

use super::super::progress::Progress;
use super::super::request::Package;
use super::tests::{HELLO, Workspace, bootstrap, environment, greet};
use super::*;

fn manifest(name: &str, more: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{more}")
}

fn says(word: &str) -> String {
    format!("fn main() {{ println!(\"this is {word}\"); }}")
}

fn contains(code: &[u8], text: &str) -> bool {
    code.windows(text.len()).any(|part| part == text.as_bytes())
}

/// For the machine that runs the tests: `None` where it is none that Lambda has.
fn for_aws(workspace: &Workspace, package: Package) -> Option<Request> {
    let architecture = Architecture::from_rust_name(std::env::consts::ARCH)?;
    (std::env::consts::OS == "linux").then(|| Request {
        architecture,
        ..workspace.request(Source::Package(package), Target::Aws)
    })
}

/// A workspace of packages whose executables are named alike.
fn bootstraps(names: &[&str]) -> Workspace {
    let workspace = Workspace::new(HELLO);
    std::fs::remove_dir_all(workspace.path().join("greet")).unwrap();
    let members: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    workspace.write(
        "Cargo.toml",
        format!(
            "[workspace]\nmembers = [{}]\nresolver = \"2\"\n",
            members.join(", ")
        ),
    );
    for name in names {
        let bin = "[[bin]]\nname = \"bootstrap\"\npath = \"src/main.rs\"\n";
        workspace.write(&format!("{name}/Cargo.toml"), manifest(name, bin));
        workspace.write(&format!("{name}/src/main.rs"), says(name));
    }
    workspace.lock(names);
    workspace
}

fn package(name: &str) -> Package {
    Package {
        name: name.to_owned(),
        ..greet()
    }
}

#[tokio::test]
async fn packages_whose_executables_are_named_alike_keep_their_own_when_built_at_once() {
    let workspace = bootstraps(&["one", "two"]);
    let requests =
        ["one", "two"].map(|name| workspace.request(Source::Package(package(name)), Target::Local));
    for round in 0..6 {
        let cache = workspace.path().join(format!("cache-{round}"));
        let build = |request: &Request| {
            let (builder, request) = (Builder::new(&cache, environment()), request.clone());
            tokio::spawn(async move { builder.build(&request, &|_| {}).await.unwrap() })
        };
        let (one, two) = (build(&requests[0]), build(&requests[1]));
        let (one, two) = (one.await.unwrap(), two.await.unwrap());
        for (artifact, mine, other) in [(&one, "one", "two"), (&two, "two", "one")] {
            let code = bootstrap(&artifact.zip);
            assert!(contains(&code, &format!("this is {mine}")), "round {round}");
            assert!(
                !contains(&code, &format!("this is {other}")),
                "round {round}"
            );
        }
    }
}

/// Whoever else builds puts its `bootstrap` where cargo puts them all.
#[tokio::test]
async fn a_cargo_beside_does_not_put_its_own_in_the_zip() {
    let workspace = bootstraps(&["one", "two"]);
    let cargo = environment()
        .get("CARGO")
        .unwrap_or("cargo".as_ref())
        .to_owned();
    for round in 0..4 {
        let mut beside = std::process::Command::new(&cargo)
            .args(["build", "--package=two", "--quiet"])
            .current_dir(workspace.path())
            .env_clear()
            .envs(environment().variables())
            .spawn()
            .unwrap();
        let cache = workspace.path().join(format!("cache-{round}"));
        let request = workspace.request(Source::Package(package("one")), Target::Local);
        let one = Builder::new(&cache, environment())
            .build(&request, &|_| {})
            .await
            .unwrap();
        assert!(beside.wait().unwrap().success());
        assert!(
            contains(&bootstrap(&one.zip), "this is one"),
            "round {round}"
        );
    }
}

#[tokio::test]
async fn two_checkouts_that_build_into_one_directory_keep_their_own() {
    let shared = tempfile::tempdir().unwrap();
    let environment = environment().with("CARGO_TARGET_DIR", shared.path());
    for round in 0..2 {
        for word in ["early", "late"] {
            let workspace = Workspace::new(&says(word));
            // A checkout is as old as its commit: cargo, which looks at times, sees no change.
            let old = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
            super::tests::touch_everything(workspace.path(), old);
            let cache = workspace.path().join("cache");
            let artifact = Builder::new(cache, environment.clone())
                .build(&workspace.package(), &|_| {})
                .await
                .unwrap();
            let code = bootstrap(&artifact.zip);
            assert!(
                contains(&code, &format!("this is {word}")),
                "{word} {round}"
            );
        }
    }
}

#[tokio::test]
async fn each_function_of_a_package_has_its_own_executable_and_features() {
    let workspace = Workspace::new(HELLO);
    workspace.write(
        "greet/Cargo.toml",
        manifest("greet", "[features]\nloud = []\n"),
    );
    let bin = "fn main() { println!(\"put {}\", if cfg!(feature = \"loud\") { \"LOUD\" } else { \"quiet\" }); }";
    workspace.write("greet/src/bin/put.rs", bin);
    workspace.write("greet/src/bin/get.rs", says("get"));
    let build = async |bin: Option<&str>, features: &[&str]| {
        let package = Package {
            bin: bin.map(str::to_owned),
            features: features.iter().map(ToString::to_string).collect(),
            ..greet()
        };
        let request = workspace.request(Source::Package(package), Target::Local);
        workspace.build(&request).await
    };
    let error = build(None, &[]).await.unwrap_err();
    let ArtifactError::AmbiguousExecutable { mut names, .. } = error else {
        unreachable!("{error}");
    };
    names.sort();
    assert_eq!(names, ["get", "greet", "put"]);

    let get = build(Some("get"), &[]).await.unwrap();
    let quiet = build(Some("put"), &[]).await.unwrap();
    let loud = build(Some("put"), &["loud"]).await.unwrap();
    assert!(contains(&bootstrap(&get.zip), "this is get"));
    assert!(contains(&bootstrap(&quiet.zip), "quiet"));
    assert!(contains(&bootstrap(&loud.zip), "LOUD"));
    // None took the place of another.
    for (bin, features, artifact) in [
        ("get", &[][..], get),
        ("put", &[], quiet),
        ("put", &["loud"], loud),
    ] {
        let again = build(Some(bin), features).await.unwrap();
        assert_eq!(
            again.code_sha256, artifact.code_sha256,
            "{bin} {features:?}"
        );
    }
}

#[tokio::test]
async fn an_executable_with_required_features_says_which() {
    let workspace = Workspace::new(HELLO);
    let gated = "[features]\nlambda = []\n[[bin]]\nname = \"greet\"\npath = \"src/main.rs\"\nrequired-features = [\"lambda\"]\n";
    workspace.write("greet/Cargo.toml", manifest("greet", gated));
    let error = workspace.build(&workspace.package()).await.unwrap_err();
    insta::assert_snapshot!(error, @"function hello: the executable greet of package greet is only built with the features lambda");
    let package = Package {
        features: vec!["lambda".to_owned()],
        ..greet()
    };
    let request = workspace.request(Source::Package(package), Target::Local);
    workspace.build(&request).await.unwrap();
}

#[tokio::test]
async fn the_lock_file_is_taken_as_it_is() {
    let workspace = Workspace::new(HELLO);
    let lock = workspace.path().join("Cargo.lock");
    std::fs::remove_file(&lock).unwrap();
    let error = workspace.build(&workspace.package()).await.unwrap_err();
    let message = error.to_string();
    assert!(message.ends_with("Cargo.lock is not there"), "{message}");
    assert!(!lock.exists());

    workspace.lock(&["another"]);
    let old = std::fs::read(&lock).unwrap();
    let error = workspace.build(&workspace.package()).await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.ends_with("Cargo.lock does not fit the packages' Cargo.toml"),
        "{message}"
    );
    assert!(error.words().unwrap().contains("--locked"));
    assert_eq!(std::fs::read(&lock).unwrap(), old);

    let package = Package {
        locked: false,
        ..greet()
    };
    let request = workspace.request(Source::Package(package), Target::Local);
    workspace.build(&request).await.unwrap();
    assert_ne!(std::fs::read(&lock).unwrap(), old);
}

#[tokio::test]
async fn a_workspace_without_the_lambda_profile_is_built_for_release_without_an_error() {
    let workspace = Workspace::new(HELLO);
    let Some(request) = for_aws(&workspace, greet()) else {
        return;
    };
    let events = Mutex::new(Vec::new());
    let artifact = workspace
        .builder()
        .build(&request, &|event| {
            events.lock().unwrap().push(format!("{event:?}"))
        })
        .await
        .unwrap();
    assert_eq!(artifact.architecture, request.architecture);
    let events = events.into_inner().unwrap().join("\n");
    assert!(events.contains("--profile=lambda"), "{events}");
    assert!(!events.contains("error"), "{events}");
    assert!(events.contains("`lambda` profile [optimized]"), "{events}");

    workspace.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"greet\"]\nresolver = \"2\"\n\
         [profile.lambda]\ninherits = \"release\"\nopt-level = \"s\"\nstrip = true\n",
    );
    let smaller = workspace.build(&request).await.unwrap();
    assert!(smaller.unzipped_size < artifact.unzipped_size);
}

/// A package of a registry in `home`, which is cargo's home, as cargo unpacks them.
fn registry_package(home: &Path) {
    let write = |name: &str, text: &str| {
        let path = home.join("vendor/words").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("Cargo.toml", &manifest("words", ""));
    write(".cargo-checksum.json", "{\"files\":{},\"package\":null}");
    write(
        "src/lib.rs",
        "pub fn third(list: &[u8]) -> u8 { list[std::hint::black_box(3)] }\n\
         pub fn here() -> &'static str { file!() }\n",
    );
    let config = format!(
        "[source.crates-io]\nreplace-with = \"mine\"\n[source.mine]\ndirectory = \"{}\"\n\
         [build]\nrustflags = [\"--cfg\", \"from_home\"]\n",
        home.join("vendor").display()
    );
    std::fs::write(home.join("config.toml"), config).unwrap();
}

/// What trial and error showed of two homes: dependencies' panics name their files.
#[tokio::test]
async fn another_home_of_cargo_and_another_checkout_make_the_same_bytes() {
    let main = "#[cfg(not(from_home))] compile_error!(\"the flags of the configuration are lost\");\n\
                fn main() { println!(\"{} {}\", words::third(&[1]), words::here()); }";
    let mut digests = Vec::new();
    for _ in 0..2 {
        let workspace = Workspace::new(main);
        workspace.write(
            "greet/Cargo.toml",
            manifest("greet", "[dependencies]\nwords = \"0.1\"\n"),
        );
        let home = tempfile::tempdir().unwrap();
        registry_package(home.path());
        let Some(request) = for_aws(
            &workspace,
            Package {
                locked: false,
                ..greet()
            },
        ) else {
            return;
        };
        let environment = environment().with("CARGO_HOME", home.path());
        let artifact = Builder::new(workspace.path().join("cache"), environment)
            .build(&request, &|_| {})
            .await
            .unwrap();
        let code = bootstrap(&artifact.zip);
        assert!(contains(&code, "/cargo/vendor/words/src/lib.rs"));
        assert!(!contains(&code, home.path().to_str().unwrap()));
        assert!(!contains(&code, workspace.path().to_str().unwrap()));
        digests.push(artifact.code_sha256);
    }
    assert_eq!(digests[0], digests[1]);
}

#[tokio::test]
async fn a_processor_of_this_machine_is_refused_for_lambda() {
    let workspace = Workspace::new(HELLO);
    let Some(request) = for_aws(&workspace, greet()) else {
        return;
    };
    let config = "[build]\nrustflags = [\"-C\", \"target-cpu=native\"]\n";
    workspace.write(".cargo/config.toml", config);
    let error = workspace.build(&request).await.unwrap_err();
    let message = error.to_string();
    let end = ".cargo/config.toml sets target-cpu=native: it means the processor of the machine that builds";
    assert!(message.ends_with(end), "{message}");
    // On this machine it is what was asked for.
    workspace.build(&workspace.package()).await.unwrap();

    std::fs::remove_file(workspace.path().join(".cargo/config.toml")).unwrap();
    let native = environment().with("RUSTFLAGS", "-Ctarget-cpu=native");
    let error = Builder::new(workspace.path().join("cache"), native)
        .build(&request, &|_| {})
        .await
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("function hello: RUSTFLAGS sets target-cpu=native"),
        "{message}"
    );
}

/// A shared library made by rustc itself, and a package that is linked against it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_library_that_lambda_lacks_is_refused_for_aws_and_told_of_here() {
    let workspace = Workspace::new(
        "extern \"C\" { fn mine() -> i32; }\nfn main() { println!(\"{}\", unsafe { mine() }); }",
    );
    let build = "fn main() {\n\
        println!(\"cargo::rustc-link-search=native={}/../native\", std::env::var(\"CARGO_MANIFEST_DIR\").unwrap());\n\
        println!(\"cargo::rustc-link-lib=dylib=mine\");\n}\n";
    workspace.write("greet/build.rs", build);
    workspace.write(
        "native/mine.rs",
        "#[no_mangle] pub extern \"C\" fn mine() -> i32 { 7 }",
    );
    let made = std::process::Command::new("rustc")
        .args(["--crate-type=cdylib", "mine.rs", "-o", "libmine.so"])
        .current_dir(workspace.path().join("native"))
        .status()
        .unwrap();
    assert!(made.success());

    let notes = Mutex::new(Vec::new());
    let note = |event: Progress<'_>| {
        if let Progress::Note { text } = event {
            notes.lock().unwrap().push(text.to_owned());
        }
    };
    workspace
        .builder()
        .build(&workspace.package(), &note)
        .await
        .unwrap();
    insta::assert_snapshot!(notes.into_inner().unwrap().join("\n"), @"it needs libmine.so, which Lambda does not have: for AWS it will be refused");

    let Some(request) = for_aws(&workspace, greet()) else {
        return;
    };
    let error = workspace.build(&request).await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.ends_with("cannot run on Lambda: it needs libmine.so, which Lambda does not have"),
        "{message}"
    );
    assert!(error.is_invalid_input());
}

/// A cargo-lambda as it is: it moves what cargo made.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[tokio::test]
async fn an_executable_that_cargo_lambda_moves_is_found() {
    let workspace = Workspace::new(&says("first"));
    let Some(request) = for_aws(&workspace, greet()) else {
        return;
    };
    let tools = tempfile::tempdir().unwrap();
    let real = environment()
        .get("CARGO")
        .map_or("cargo".into(), |cargo| cargo.to_string_lossy().into_owned());
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" != lambda ]; then exec \"{real}\" \"$@\"; fi\nshift\n\
         count=$#\nfor each; do set -- \"$@\" \"${{each%.2.34}}\"; done\nshift $count\n\
         \"{real}\" \"$@\" || exit\n\
         mkdir -p \"$CARGO_TARGET_DIR/lambda/greet\"\n\
         mv \"$CARGO_TARGET_DIR\"/*-linux-gnu/lambda/greet \"$CARGO_TARGET_DIR/lambda/greet/bootstrap\"\n"
    );
    super::cache_tests::write_program(&tools.path().join("cargo"), &script);
    // So that it is chosen: this machine's glibc is newer than Lambda's.
    super::cache_tests::write_program(&tools.path().join("cargo-lambda"), "#!/bin/sh\n");
    let getconf = "#!/bin/sh\necho glibc 2.99\n";
    super::cache_tests::write_program(&tools.path().join("getconf"), getconf);
    let path = environment().get("PATH").unwrap().to_owned();
    let path = std::iter::once(tools.path().to_owned()).chain(std::env::split_paths(&path));
    let environment = environment()
        .with("CARGO", tools.path().join("cargo"))
        .with("PATH", std::env::join_paths(path).unwrap());
    for word in ["first", "second"] {
        workspace.write("greet/src/main.rs", says(word));
        let commands = Mutex::new(String::new());
        let note = |event: Progress<'_>| {
            if let Progress::Compiling { command } = event {
                commands.lock().unwrap().push_str(command);
            }
        };
        let built = Builder::new(workspace.path().join("cache"), environment.clone())
            .build(&request, &note)
            .await;
        let commands = commands.into_inner().unwrap();
        if commands.starts_with("cargo zigbuild") {
            return; // It is installed here and comes first.
        }
        assert!(commands.starts_with("cargo lambda build"), "{commands}");
        let code = bootstrap(&built.unwrap().zip);
        assert!(contains(&code, &format!("this is {word}")));
    }
}
