//! Tests of zips that somebody else packed.

use super::super::archive::{self, Effort};
use super::super::elf::fixture::Fixture;
use super::tests::{HELLO, Workspace};
use super::*;

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

#[tokio::test]
async fn libraries_come_along_or_are_missing() {
    let workspace = Workspace::new(HELLO);
    let executable = Fixture {
        library: "libmine.so",
        ..Fixture::glibc(vec![("GLIBC_2.2.5", false, vec!["malloc"])])
    };
    let zip = archive::pack(&executable.build(), Effort::Fast).unwrap();
    workspace.write("f.zip", zip);
    let error = workspace
        .build(&workspace.zip("f.zip", Target::Aws))
        .await
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.ends_with(
            "f.zip cannot run on Lambda: it needs libmine.so, which Lambda does not have"
        ),
        "{message}"
    );
    insta::assert_snapshot!(error.hint().unwrap(), @"put the libraries into the zip's folder lib/, or link them statically");
}

/// A zip that is known is not unpacked again, and one that changed is.
#[tokio::test]
async fn a_zip_is_looked_into_once() {
    let workspace = Workspace::new(HELLO);
    let good = archive::pack(&Fixture::default().build(), Effort::Best).unwrap();
    workspace.write("f.zip", &good);
    let request = workspace.zip("f.zip", Target::Aws);
    let first = workspace.build(&request).await.unwrap();
    let cache = workspace.path().join(".vanity-deploy/cache");
    let record = std::fs::read_dir(&cache).unwrap().next().unwrap().unwrap();
    // What is remembered is what is told: nothing was unpacked to know it.
    let text = std::fs::read_to_string(record.path()).unwrap();
    let size = format!("\"unzipped_size\":{}", first.unzipped_size);
    let other = text.replace(&size, "\"unzipped_size\":4711");
    assert_ne!(text, other);
    std::fs::write(record.path(), other).unwrap();
    assert_eq!(workspace.build(&request).await.unwrap().unzipped_size, 4711);

    // Of the same size, and as old: no clock is asked.
    let path = workspace.path().join("f.zip");
    let time = std::fs::metadata(&path).unwrap().modified().unwrap();
    let mut bad = good.clone();
    let last = bad.len() - 30;
    bad[last] ^= 0xff;
    workspace.write("f.zip", &bad);
    std::fs::File::open(&path)
        .unwrap()
        .set_modified(time)
        .unwrap();
    let changed = workspace.build(&request).await;
    assert!(changed.is_err() || changed.unwrap().unzipped_size != 4711);
    workspace.write("f.zip", &good);
    let again = workspace.build(&request).await.unwrap();
    assert_eq!(again.code_sha256, first.code_sha256);
}
