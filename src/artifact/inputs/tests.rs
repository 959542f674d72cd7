use super::*;

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().copied().collect()
}

struct Package(tempfile::TempDir);

impl Package {
    fn new() -> Self {
        let package = Self(tempfile::tempdir().unwrap());
        package.write("Cargo.toml", "[package]");
        package.write("src/main.rs", "fn main() {}");
        package
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn inputs(&self) -> Inputs {
        Inputs {
            packages: [self.0.path().to_owned()].into(),
            ..Inputs::default()
        }
    }

    fn digest(&self) -> String {
        self.inputs()
            .fingerprint(&[], &environment(&[]))
            .unwrap()
            .digest
    }
}

#[test]
fn contents_and_names_decide_not_times() {
    let package = Package::new();
    let first = package.digest();
    fs::File::open(package.0.path().join("src/main.rs"))
        .unwrap()
        .set_modified(UNIX_EPOCH)
        .unwrap();
    assert_eq!(package.digest(), first);

    package.write("src/main.rs", "fn main() { }");
    let second = package.digest();
    assert_ne!(second, first);
    fs::rename(
        package.0.path().join("src/main.rs"),
        package.0.path().join("src/lib.rs"),
    )
    .unwrap();
    assert_ne!(package.digest(), second);
}

#[test]
fn caches_and_packages_within_do_not_count() {
    let package = Package::new();
    let first = package.digest();
    package.write("target/CACHEDIR.TAG", "");
    package.write("target/debug/x", "x");
    package.write("inner/Cargo.toml", "[package]");
    package.write(".git/HEAD", "x");
    package.write(".vanity-deploy/cache/x", "x");
    assert_eq!(package.digest(), first);
    package.write("data/Word list.txt", "x");
    assert_ne!(package.digest(), first);
}

#[test]
fn a_file_that_comes_to_be_is_noticed() {
    let package = Package::new();
    let inputs = Inputs {
        files: [package.0.path().join(".cargo/config.toml")].into(),
        ..Inputs::default()
    };
    let digest = || {
        inputs
            .fingerprint(&[], &environment(&[]))
            .map(|f| f.digest)
            .map_err(|doubt| doubt.to_string())
    };
    let first = digest().unwrap();
    package.write(".cargo/config.toml", "");
    assert_ne!(digest().unwrap(), first);
    package.write(".cargo/config.toml", "# rustc\n[build]\nrustflags = []\n");
    digest().unwrap();
    package.write(
        ".cargo/config.toml",
        "[build]\nrustc-wrapper = \"sccache\"\n",
    );
    let doubt = digest().unwrap_err();
    assert!(doubt.ends_with(" names a compiler of its own"), "{doubt}");
}

#[test]
fn a_watched_directory_counts_with_all_that_is_in_it() {
    let package = Package::new();
    package.write("watched/.git/HEAD", "1");
    let inputs = Inputs {
        files: [package.0.path().join("watched")].into(),
        ..Inputs::default()
    };
    let digest = || inputs.fingerprint(&[], &environment(&[])).unwrap().digest;
    let first = digest();
    package.write("watched/.git/HEAD", "2");
    let second = digest();
    assert_ne!(second, first);
    package.write("watched/deep/new", "");
    assert_ne!(digest(), second);
    fs::remove_dir_all(package.0.path().join("watched")).unwrap();
    digest();
}

#[test]
fn the_command_and_the_environment_count() {
    let package = Package::new();
    let digest = |command: &[&str], variables: &[(&str, &str)]| {
        let command: Vec<String> = command.iter().map(ToString::to_string).collect();
        package
            .inputs()
            .fingerprint(&command, &environment(variables))
            .unwrap()
            .digest
    };
    let first = digest(&["build"], &[]);
    assert_ne!(digest(&["buil", "d"], &[]), first);
    assert_ne!(digest(&["build"], &[("RUSTFLAGS", "-g")]), first);
    assert_eq!(
        digest(&["build"], &[("AWS_SESSION_TOKEN", "x"), ("PWD", "/w")]),
        first
    );
    let wrapped = environment(&[("RUSTC_WRAPPER", "sccache")]);
    assert!(matches!(
        package.inputs().fingerprint(&[], &wrapped),
        Err(Doubt::OwnCompiler(_))
    ));
}

#[test]
fn a_replaced_program_is_noticed() {
    let package = Package::new();
    package.write("bin/rustc", "1");
    let inputs = Inputs {
        programs: [package.0.path().join("bin/rustc")].into(),
        ..Inputs::default()
    };
    let digest = || inputs.fingerprint(&[], &environment(&[])).unwrap().digest;
    let first = digest();
    assert_eq!(digest(), first);
    package.write("bin/rustc", "12");
    assert_ne!(digest(), first);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_directory_is_a_doubt() {
    let package = Package::new();
    std::os::unix::fs::symlink("/", package.0.path().join("everything")).unwrap();
    assert!(matches!(
        package.inputs().fingerprint(&[], &environment(&[])),
        Err(Doubt::LinkedDirectory(_))
    ));
}

#[test]
fn dep_info_is_read_with_spaces_in_names() {
    let files = dep_info("/t/my\\ f: /w/src/main.rs /w/my\\ words.txt\n").unwrap();
    assert_eq!(
        files,
        [
            PathBuf::from("/w/src/main.rs"),
            PathBuf::from("/w/my words.txt")
        ]
    );
    assert_eq!(dep_info("/t/f:\n"), Some(vec![]));
    assert_eq!(dep_info("nothing of the kind\n"), None);
}

#[test]
fn what_a_build_script_watches_is_read_in_both_spellings() {
    let output = "cargo:rerun-if-changed=build.rs\ncargo::rerun-if-changed=/usr/include/z.h\ncargo:rustc-cfg=x\nhello\n";
    let watched: Vec<&Path> = watched_by_build_script(output).collect();
    assert_eq!(
        watched,
        [Path::new("build.rs"), Path::new("/usr/include/z.h")]
    );
}

#[test]
fn the_files_above_are_looked_for_up_to_the_root() {
    let files: Vec<PathBuf> = looked_for_above(Path::new("/w/f")).collect();
    for file in ["/w/f/Cargo.toml", "/w/Cargo.lock", "/.cargo/config.toml"] {
        assert!(files.contains(&PathBuf::from(file)), "{file}");
    }
}
