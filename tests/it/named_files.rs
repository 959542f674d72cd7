//! What leaves the machine is named, and lies where the manifest does, or was allowed.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use crate::environment::TestEnvironment;
use crate::solutions::zip_of;

const STORAGE: &str = "\
Resources:
  Bucket:
    Type: AWS::S3::Bucket
Outputs:
  Bucket: { Value: !Ref Bucket }
";

/// The solution in the folder `m`; secrets lie beside it.
fn app(kind: &str) -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("m/storage.yaml", STORAGE);
    environment.write("secret", "hunter2\n");
    environment.write("shared/page.html", "<p>shared</p>\n");
    environment.write("m/page.html", "<p>page</p>\n");
    environment.write("m/vanity-deploy.yaml", &manifest(kind));
    environment
}

fn manifest(kind: &str) -> String {
    format!(
        "version: 1\nsolutions:\n  app:\n    stacks: {{ storage: {{ template: storage.yaml }} }}\n    {kind}\n"
    )
}

fn object(file: &str) -> String {
    format!("objects: {{ o: {{ bucket: \"${{stack.storage.Bucket}}\", key: k, file: {file} }} }}")
}

fn in_folder(environment: &TestEnvironment, arguments: &str) -> crate::environment::Run {
    let folder = environment.path().join("m");
    environment.run_in(&folder, arguments)
}

#[test]
fn no_file_outside_the_folder_is_read() {
    let environment = app(&object("page.html"));
    let folder = environment.path().join("m");
    symlink("../secret", folder.join("link")).unwrap();
    symlink("..", folder.join("up")).unwrap();
    zip_of(&environment, "code.zip", "#!/bin/sh\n");
    let absolute = environment.path().join("secret").display().to_string();
    let function = |more: &str| format!("functions: {{ f: {{ role: r, {more} }} }}");
    let mut kinds: Vec<String> = ["../secret", "link", "up/secret", absolute.as_str()]
        .iter()
        .map(|file| object(file))
        .collect();
    kinds.extend([
        object("page.html, schema: link"),
        "seed: { s: { table: t, file: ../secret } }".to_owned(),
        "flows: { f: { file: link, name: F } }".to_owned(),
        function("package: p, probe: link"),
        function("zip: ../code.zip"),
        "functions: {}".to_owned(),
    ]);
    for kind in kinds {
        environment.write("m/vanity-deploy.yaml", &manifest(&kind));
        if kind.ends_with("{}") {
            let template = manifest(&kind).replace("storage.yaml", "../secret");
            environment.write("m/vanity-deploy.yaml", &template);
        }
        for command in ["plan --local", "up --local"] {
            let run = in_folder(&environment, command).expect(5);
            let told = &run.stderr;
            assert!(!told.contains("hunter"), "{kind}: {}", run.seen());
            assert!(
                told.contains("vanity-deploy.yaml:"),
                "{kind}: {}",
                run.seen()
            );
            assert!(
                told.contains("outside the manifest's folder"),
                "{kind}: {told}"
            );
            assert!(told.contains("--allow-outside ["), "{kind}: {told}");
        }
    }
}

#[test]
fn what_is_refused_is_shown_at_its_place_and_can_be_allowed() {
    let environment = app(&object("../shared/page.html"));
    let real = std::fs::canonicalize(environment.path()).unwrap();
    let refused = in_folder(&environment, "up --local").expect(5);
    insta::assert_snapshot!("outside", refused.stderr);
    for allowed in ["../shared", "../shared/page.html"] {
        let arguments = format!("plan --local --allow-outside {allowed}");
        let plan = in_folder(&environment, &arguments).expect(0);
        assert!(
            plan.stdout
                .contains("file: ../shared/page.html, 14 bytes, sha256 "),
            "{}",
            plan.seen()
        );
    }
    let absolute = real.join("shared").display().to_string();
    in_folder(
        &environment,
        &format!("up --local --allow-outside /tmp --allow-outside {absolute}"),
    )
    .expect(0);
    in_folder(&environment, "plan --local --allow-outside ../secret").expect(5);
    let missing = in_folder(&environment, "plan --local --allow-outside nowhere").expect(5);
    assert!(missing.stderr.contains("nowhere"), "{}", missing.seen());
}

#[test]
fn what_is_no_file_is_not_opened() {
    let environment = app(&object("page.html"));
    let fifo: PathBuf = environment.path().join("m/fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    for kind in [
        object("fifo"),
        object("."),
        object("page.html, schema: fifo"),
        "seed: { s: { table: t, file: fifo } }".to_owned(),
        "flows: { f: { file: fifo, name: F } }".to_owned(),
        "functions: { f: { role: r, package: p, probe: fifo } }".to_owned(),
        "functions: { f: { role: r, zip: fifo } }".to_owned(),
        "functions: { f: { role: r, zip: missing.zip } }".to_owned(),
    ] {
        environment.write("m/vanity-deploy.yaml", &manifest(&kind));
        let run = in_folder(&environment, "plan --local").expect(5);
        assert!(
            run.stderr.contains("vanity-deploy.yaml:5:"),
            "{kind}: {}",
            run.seen()
        );
        let told = ["it is a FIFO", "it is a folder", "No such file"];
        assert!(
            told.iter().any(|told| run.stderr.contains(told)),
            "{kind}: {}",
            run.seen()
        );
    }
    let device = in_folder(&environment, "plan --local --allow-outside /dev").expect(5);
    assert!(!device.seen().contains("hunter"));
    for command in [
        "plan --local --manifest fifo",
        "status --local --manifest /dev/null",
    ] {
        let run = in_folder(&environment, command).expect(5);
        assert!(run.stderr.contains("not a file"), "{}", run.seen());
    }
    environment.write("m/vanity-deploy.yaml", &manifest(&object("page.html")));
    let run = in_folder(&environment, "up --local --plan fifo").expect(5);
    assert!(run.stderr.contains("it is a FIFO"), "{}", run.seen());
}

#[test]
fn what_deploys_nothing_needs_no_zip() {
    let environment = app("functions: { f: { role: r, zip: missing.zip } }");
    in_folder(&environment, "status --local").expect(0);
}
