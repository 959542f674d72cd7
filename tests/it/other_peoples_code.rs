//! Other people's repositories: what they bring is not believed, what of them runs sees
//! nothing that it need not.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use crate::environment::TestEnvironment;
use crate::solutions::{circle, function};

const SECRET: &str = "not-for-others";

/// An environment of somebody who may do things on AWS and elsewhere.
fn with_credentials(environment: TestEnvironment) -> TestEnvironment {
    environment
        .variable("AWS_ACCESS_KEY_ID", "AKIDLOCAL")
        .variable("AWS_SECRET_ACCESS_KEY", SECRET)
        .variable("AWS_SESSION_TOKEN", SECRET)
        .variable("GITHUB_TOKEN", SECRET)
        .variable("ANYTHING_ELSE", SECRET)
}

/// Writes down the environments of a process and of those above it.
const SPY: &str = r#"
spy() {
    env
    pid=$$
    while [ "$pid" -gt 1 ]; do
        tr '\0' '\n' < "/proc/$pid/environ"
        pid=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$pid/status")
    done
}
"#;

fn script(environment: &TestEnvironment, rest: &str) -> String {
    let seen = seen_in(environment);
    fs::create_dir_all(seen.parent().unwrap()).unwrap();
    format!(
        "#!/bin/sh\n{SPY}\nspy >> '{}' 2>/dev/null\n{rest}\n",
        seen.display()
    )
}

/// Outside of what a build is made from.
fn seen_in(environment: &TestEnvironment) -> std::path::PathBuf {
    environment.path().join(".vanity-deploy/seen")
}

fn seen(environment: &TestEnvironment) -> String {
    let seen = fs::read(seen_in(environment)).unwrap();
    String::from_utf8_lossy(&seen).into_owned()
}

fn executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_local_function_finds_no_credentials_around_it() {
    let environment = with_credentials(TestEnvironment::new())
        .variable("PATH", "/usr/bin:/bin")
        .variable("LANG", "C.UTF-8");
    let bootstrap = script(&environment, "exit 1");
    function(&environment, &bootstrap, "");
    environment.run("up --local").expect(1);
    let seen = seen(&environment);
    // It did look into the program that runs it.
    assert!(seen.contains("XDG_STATE_HOME="), "{seen}");
    assert!(!seen.contains(SECRET), "{seen}");
}

/// A repository whose build looks around.
fn curious() -> TestEnvironment {
    let environment = with_credentials(TestEnvironment::with_cargo());
    function(&environment, "", "");
    let manifest = fs::read_to_string(environment.path().join("vanity-deploy.yaml")).unwrap();
    environment.write(
        "vanity-deploy.yaml",
        &manifest.replace("zip: hello.zip", "package: curious"),
    );
    environment.write(
        "Cargo.toml",
        "[package]\nname = \"curious\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    environment.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"curious\"\nversion = \"0.1.0\"\n",
    );
    environment.write("src/main.rs", "fn main() {}");
    environment.write(
        "build.rs",
        "fn main() { assert!(std::process::Command::new(\"./spy\").status().unwrap().success()); }",
    );
    let spy = environment.write("spy", &script(&environment, "exit 0"));
    executable(&spy);
    let wrapper = environment.write("wrapper", &script(&environment, "exec \"$@\""));
    executable(&wrapper);
    environment.write(
        ".cargo/config.toml",
        "[build]\nrustc-wrapper = \"./wrapper\"\n",
    );
    environment
}

#[cfg(target_os = "linux")]
#[test]
fn a_build_finds_no_credentials_around_it() {
    let environment = curious();
    let plan = environment.run("plan --local").expect(0);
    assert!(
        plan.stderr.contains("this runs code of the repository"),
        "{}",
        plan.seen()
    );
    let found = seen(&environment);
    assert!(found.contains("CARGO_PKG_NAME=curious"), "{found}");
    assert!(found.contains("XDG_STATE_HOME="), "{found}");
    assert!(!found.contains(SECRET), "{found}");
    // With a compiler of its own nobody can say what it makes. Without, when nothing changed,
    // nothing of the repository is run.
    fs::remove_file(environment.path().join(".cargo/config.toml")).unwrap();
    let plan = environment.run("plan --local").expect(0);
    assert!(plan.stderr.contains("building"), "{}", plan.seen());
    fs::remove_file(seen_in(&environment)).unwrap();
    let plan = environment.run("plan --local").expect(0);
    assert!(!plan.stderr.contains("building"), "{}", plan.seen());
    assert!(!seen_in(&environment).exists());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn keys_to_aws_are_used_and_nobody_around_sees_them() {
    let environment = curious();
    let aws = local_aws::server::start(local_aws::Config::default())
        .await
        .unwrap();
    let arguments = format!(
        "plan --endpoint-url {} --region us-east-1 --instance-alias vanity-local",
        aws.url()
    );
    // Signed by the key of the environment, which the program has no more.
    tokio::task::block_in_place(|| environment.run(&arguments)).expect(0);
    let found = seen(&environment);
    assert!(found.contains("CARGO_PKG_NAME=curious"), "{found}");
    assert!(!found.contains(SECRET), "{found}");
    assert!(!found.contains("AKIDLOCAL"), "{found}");
    aws.stop().await;
}

#[test]
fn who_has_no_credentials_is_told_before_anything_is_built() {
    let environment = curious()
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .variable("AWS_EC2_METADATA_DISABLED", "true")
        .variable("AWS_CONFIG_FILE", "/nonexistent")
        .variable("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    for command in ["plan", "up --yes"] {
        let run = environment
            .run(&format!(
                "{command} --region us-east-1 --instance-alias line"
            ))
            .expect(4);
        assert!(!run.stderr.contains("building"), "{}", run.seen());
        assert!(!seen_in(&environment).exists());
    }
}

#[test]
fn a_build_is_given_what_the_user_names() {
    let environment = curious();
    environment
        .run("build --local --build-env ANYTHING_ELSE")
        .expect(0);
    assert!(seen(&environment).contains(&format!("ANYTHING_ELSE={SECRET}")));
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_a_build_that_does_not_end() {
    let environment = curious();
    environment.write(
        "build.rs",
        "fn main() { std::process::Command::new(\"./spy\").status().unwrap(); \
         std::thread::sleep(std::time::Duration::from_secs(600)); }",
    );
    let mut child = environment.start("plan --local");
    while !seen_in(&environment).exists() {
        std::thread::yield_now();
    }
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// Everything below a folder, but for what a function's zip brought.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "task") {
            all.extend(files(&path));
        }
        all.push(path);
    }
    all
}

#[test]
fn a_state_that_a_checkout_brings_is_not_believed() {
    let attacker = circle();
    attacker.run("up --local").expect(0);

    let user = circle();
    // Where it lay once, and where a link of the repository may point.
    for name in [".vanity-deploy/local", "shipped"] {
        let to = user.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let copied = std::process::Command::new("cp")
            .arg("-r")
            .arg(attacker.local_dir())
            .arg(&to)
            .status();
        assert!(copied.unwrap().success());
    }
    for command in ["status", "outputs", "plan", "up", "down", "call"] {
        let run = user.run(&format!("{command} --local --local-dir shipped"));
        assert_eq!(run.code, 3, "{}", run.seen());
        assert!(
            run.stderr.contains("was not made by you on this machine"),
            "{}",
            run.seen()
        );
    }
    let status = user.run("status --local").expect(0);
    assert!(status.stdout.contains("not deployed"), "{}", status.seen());
}

#[test]
fn the_state_lies_with_the_users_things_and_is_the_users_alone() {
    let environment = circle().without("VANITY_DEPLOY_LOCAL_DIR");
    environment.run("up --local").expect(0);
    assert!(!environment.path().join(".vanity-deploy").exists());
    let state = environment.path().join("state/vanity-deploy");
    let all = files(&state);
    assert!(
        all.iter().any(|path| path.ends_with("state.sqlite")),
        "{all:?}"
    );
    for path in all {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let mode = metadata.mode() & 0o777;
        let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, wanted, "{}", path.display());
    }
    // The same manifest by another way to it.
    let link = environment.path().join("link");
    symlink(environment.path(), &link).unwrap();
    let status = environment.run_in(&link, "status --local").expect(0);
    assert!(status.stdout.contains("published"), "{}", status.seen());
}

#[test]
fn who_only_looks_makes_nothing() {
    let environment = circle();
    for command in ["status --local", "outputs --local", "plan --local"] {
        environment.run(command).expect(0);
    }
    assert!(!environment.local_dir().exists());
    assert!(!environment.path().join("state").exists());
}

#[test]
fn a_plan_that_was_made_before_there_was_a_state_is_still_the_plan() {
    let environment = circle();
    environment.run("plan --local --out plan.json").expect(0);
    environment.run("up --local --plan plan.json").expect(0);
    // A plan is written over a plan, and over nothing else.
    environment.run("plan --local --out plan.json").expect(0);
    let refused = environment
        .run("plan --local --out vanity-deploy.yaml")
        .expect(3);
    assert!(refused.stderr.contains("is no plan"), "{}", refused.seen());
}

#[test]
fn a_link_in_place_of_a_file_of_ours_destroys_nothing() {
    let environment = circle();
    environment.run("up --local").expect(0);
    let precious = environment.write("precious", "kept");
    for name in ["lock", "state.sqlite", "maker"] {
        let path = environment.local_dir().join(name);
        let kept = environment.path().join("aside");
        fs::rename(&path, &kept).unwrap();
        symlink(&precious, &path).unwrap();
        let run = environment.run("status --local").expect(1);
        assert!(run.stderr.contains("a symbolic link"), "{}", run.seen());
        fs::remove_file(&path).unwrap();
        fs::rename(&kept, &path).unwrap();
    }
    environment.run("status --local").expect(0);
    symlink(&precious, environment.path().join("plan.json")).unwrap();
    environment.run("plan --local --out plan.json").expect(3);
    symlink(environment.path(), environment.path().join("dir")).unwrap();
    environment.run("status --local --local-dir dir").expect(1);
    assert_eq!(fs::read_to_string(&precious).unwrap(), "kept");
}

/// The lock of a served embedded AWS that was killed.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_port_of_a_dead_server_is_not_believed() {
    let environment = circle();
    let run = |arguments: &str| tokio::task::block_in_place(|| environment.run(arguments));
    run("up --local").expect(0);
    let impostor = local_aws::server::start(local_aws::Config {
        shared: true,
        ..local_aws::Config::default()
    })
    .await
    .unwrap();
    let token = local_aws::store::Token::random().unwrap();
    let lock = environment.local_dir().join("lock");
    fs::write(
        &lock,
        format!(
            r#"{{"pid":1,"what":"vanity-deploy local","served":{{"url":"{}","region":"us-east-1","token":"{}"}}}}"#,
            impostor.url(),
            String::from(token)
        ),
    )
    .unwrap();
    // Nobody holds it: what it says is of no interest.
    let status = run("status --local").expect(0);
    assert!(status.stdout.contains("published"), "{}", status.seen());
    assert_eq!(fs::read(&lock).unwrap(), b"");
    // Somebody holds it, and another has the port.
    fs::write(
        &lock,
        format!(
            r#"{{"pid":1,"what":"vanity-deploy local","served":{{"url":"{}","region":"us-east-1","token":"{}"}}}}"#,
            impostor.url(),
            String::from(local_aws::store::Token::random().unwrap())
        ),
    )
    .unwrap();
    let held = fs::File::open(&lock).unwrap();
    held.lock().unwrap();
    let refused = run("status --local").expect(1);
    assert!(
        refused
            .stderr
            .contains("is not the embedded AWS of this folder"),
        "{}",
        refused.seen()
    );
    impostor.stop().await;
}

#[test]
fn code_on_the_disk_is_what_was_uploaded_or_it_is_not_run() {
    let environment = TestEnvironment::new().variable("PATH", "/usr/bin:/bin");
    let marker = environment.path().join("evil");
    function(&environment, "#!/bin/sh\nexit 1\n", "");
    environment.run("up --local").expect(1);
    let code = environment.local_dir().join("lambda/code");
    let package = fs::read_dir(&code).unwrap().next().unwrap().unwrap().path();
    let bootstrap = package.join("task/bootstrap");
    fs::write(
        &bootstrap,
        format!("#!/bin/sh\ntouch '{}'\nexit 1\n", marker.display()),
    )
    .unwrap();
    environment.run("up --local").expect(1);
    assert!(!marker.exists());
    assert_eq!(
        fs::read_to_string(&bootstrap).unwrap(),
        "#!/bin/sh\nexit 1\n"
    );
}
