use proptest::prelude::*;

use super::super::elf::fixture::Fixture;
use super::*;

const LAMBDA: ElfRequirement = ElfRequirement {
    architecture: Architecture::X86_64,
    glibc: Some(GlibcVersion::PROVIDED_AL2023),
};

fn refusal(fixture: &Fixture) -> String {
    check(&fixture.build(), LAMBDA).unwrap_err().to_string()
}

#[test]
fn a_static_executable_runs_anywhere() {
    let facts = check(&Fixture::default().build(), LAMBDA).unwrap();
    assert_eq!(facts.loader, None);
    assert_eq!(facts.newest_glibc(), None);
    assert!(facts.libraries.is_empty());
}

#[test]
fn the_glibc_of_al2023_is_new_enough() {
    let fixture = Fixture::glibc(vec![
        ("GLIBC_2.2.5", false, vec!["malloc"]),
        ("GLIBC_2.34", false, vec!["__libc_start_main"]),
        ("GCC_3.0", false, vec!["_Unwind_Resume"]),
    ]);
    let facts = check(&fixture.build(), LAMBDA).unwrap();
    assert_eq!(facts.newest_glibc(), Some(GlibcVersion::new(2, 34)));
    assert_eq!(facts.libraries, ["libc.so.6"]);
    assert_eq!(facts.glibc.len(), 2);
}

#[test]
fn a_newer_glibc_is_refused_with_the_symbols_that_need_it() {
    let fixture = Fixture::glibc(vec![
        ("GLIBC_2.38", false, vec!["__isoc23_strtol", "strlcpy"]),
        ("GLIBC_2.4", false, vec!["__stack_chk_fail"]),
        ("GLIBC_2.35", false, vec!["__libc_start"]),
    ]);
    insta::assert_snapshot!(refusal(&fixture), @"it needs GLIBC_2.35 (__libc_start), GLIBC_2.38 (__isoc23_strtol, strlcpy); there, glibc is 2.34");
}

#[test]
fn nothing_is_asked_of_glibc_when_the_target_is_this_machine() {
    let fixture = Fixture::glibc(vec![("GLIBC_2.38", false, vec!["strlcpy"])]);
    let here = ElfRequirement {
        glibc: None,
        ..LAMBDA
    };
    check(&fixture.build(), here).unwrap();
}

#[test]
fn a_version_that_only_weak_references_want_is_not_needed() {
    let fixture = Fixture::glibc(vec![("GLIBC_2.39", true, vec!["pidfd_spawnp"])]);
    assert_eq!(
        check(&fixture.build(), LAMBDA).unwrap().newest_glibc(),
        None
    );
}

#[test]
fn a_loader_feature_counts_as_the_release_that_brought_it() {
    let packed = Fixture::glibc(vec![("GLIBC_ABI_DT_RELR", false, vec![])]);
    insta::assert_snapshot!(refusal(&packed), @"it needs GLIBC_ABI_DT_RELR; there, glibc is 2.34");
    let unknown = Fixture::glibc(vec![("GLIBC_ABI_FUTURE", false, vec![])]);
    insta::assert_snapshot!(refusal(&unknown), @"it needs GLIBC_ABI_FUTURE; there, glibc is 2.34");
    let private = Fixture::glibc(vec![("GLIBC_PRIVATE", false, vec!["__libc_early_init"])]);
    check(&private.build(), LAMBDA).unwrap();
}

#[test]
fn the_other_machine_is_refused() {
    let arm = Fixture {
        machine: 183,
        ..Fixture::default()
    };
    insta::assert_snapshot!(refusal(&arm), @"it is for arm64; x86_64 is wanted");
    let riscv = Fixture {
        machine: 243,
        ..Fixture::default()
    };
    insta::assert_snapshot!(refusal(&riscv), @"it is for another machine (ELF machine 243); x86_64 is wanted");
}

#[test]
fn arm64_is_read_as_well() {
    let fixture = Fixture {
        machine: 183,
        loader: Some("/lib/ld-linux-aarch64.so.1"),
        needs: vec![("GLIBC_2.17", false, vec!["malloc"])],
        ..Fixture::default()
    };
    let wanted = ElfRequirement {
        architecture: Architecture::Arm64,
        ..LAMBDA
    };
    assert_eq!(
        check(&fixture.build(), wanted).unwrap().newest_glibc(),
        Some(GlibcVersion::new(2, 17))
    );
}

#[test]
fn a_loader_that_lambda_lacks_is_refused() {
    let fixture = Fixture {
        loader: Some("/lib/ld-musl-x86_64.so.1"),
        ..Fixture::default()
    };
    insta::assert_snapshot!(refusal(&fixture), @"it asks for the program loader /lib/ld-musl-x86_64.so.1; provided.al2023 has only /lib64/ld-linux-x86-64.so.2");
}

#[test]
fn what_is_no_executable_is_named() {
    let of = |bytes: &[u8]| check(bytes, LAMBDA).unwrap_err().to_string();
    insta::assert_snapshot!(of(b""), @"it is an empty file, not a Linux executable");
    insta::assert_snapshot!(of(b"#!/bin/sh\n"), @"it is a script, not a Linux executable");
    insta::assert_snapshot!(of(b"MZ\x90\0"), @"it is a Windows executable, not a Linux executable");
    insta::assert_snapshot!(of(&[0xcf, 0xfa, 0xed, 0xfe, 7]), @"it is a macOS executable, not a Linux executable");
    let thirty_two = Fixture {
        class: 1,
        ..Fixture::default()
    };
    insta::assert_snapshot!(refusal(&thirty_two), @"it is a 32-bit ELF file, not a 64-bit Linux executable");
    let library = Fixture {
        entry: 0,
        ..Fixture::default()
    };
    insta::assert_snapshot!(refusal(&library), @"it is a shared library, not a 64-bit Linux executable");
    let object = Fixture {
        kind: 1,
        ..Fixture::default()
    };
    insta::assert_snapshot!(refusal(&object), @"it is an object file, not a 64-bit Linux executable");
    let freebsd = Fixture {
        abi: 9,
        ..Fixture::default()
    };
    insta::assert_snapshot!(refusal(&freebsd), @"it is for another operating system, not a 64-bit Linux executable");
}

#[test]
fn a_removed_section_table_is_no_silent_success() {
    let fixture = Fixture {
        sections: false,
        ..Fixture::glibc(vec![("GLIBC_2.38", false, vec!["strlcpy"])])
    };
    assert_eq!(
        check(&fixture.build(), LAMBDA),
        Err(ElfError::NoSectionTable)
    );
}

#[test]
fn a_long_list_of_symbols_is_cut() {
    let names = vec!["a", "b", "c", "d", "e", "f", "g", "h"];
    let fixture = Fixture::glibc(vec![("GLIBC_2.38", false, names)]);
    insta::assert_snapshot!(refusal(&fixture), @"it needs GLIBC_2.38 (a, b, c, d, e, f and 2 more); there, glibc is 2.34");
}

/// The fixtures are made by hand; this one was made by a real linker.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn this_very_test_is_an_executable_that_needs_glibc() {
    let Some(architecture) = Architecture::from_rust_name(std::env::consts::ARCH) else {
        return;
    };
    let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let facts = check(
        &bytes,
        ElfRequirement {
            architecture,
            glibc: None,
        },
    )
    .unwrap();
    assert!(facts.libraries.iter().any(|name| name == "libc.so.6"));
    let symbols: Vec<&String> = facts.glibc.iter().flat_map(|need| &need.symbols).collect();
    assert!(symbols.iter().any(|name| *name == "malloc"), "{symbols:?}");
    let old = ElfRequirement {
        architecture,
        glibc: Some(GlibcVersion::new(2, 1)),
    };
    assert!(matches!(
        facts.check(old),
        Err(ElfError::GlibcTooNew { .. } | ElfError::ForeignLoader { .. })
    ));
}

#[test]
fn versions_are_compared_by_number() {
    let of = |text| GlibcVersion::parse(text).unwrap();
    assert!(of("2.4") < of("2.34"));
    assert!(of("2.2.5") < of("2.3"));
    assert_eq!(of("2.2.5").to_string(), "2.2.5");
    assert_eq!(GlibcVersion::parse("2"), None);
    assert_eq!(GlibcVersion::parse("2.3.4.5"), None);
    assert_eq!(GlibcVersion::parse("2.x"), None);
}

proptest! {
    #[test]
    fn no_damage_makes_it_crash(
        position in 0_usize..1200,
        bytes in proptest::collection::vec(any::<u8>(), 1..16),
        length in 0_usize..1400,
    ) {
        let mut file = Fixture::glibc(vec![
            ("GLIBC_2.38", false, vec!["strlcpy"]),
            ("GLIBC_2.4", true, vec!["x"]),
        ]).build();
        for (offset, byte) in bytes.into_iter().enumerate() {
            if let Some(place) = file.get_mut(position + offset) {
                *place = byte;
            }
        }
        file.truncate(length);
        let _ = check(&file, LAMBDA);
    }
}
