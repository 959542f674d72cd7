//! Which processors an executable may be compiled for, judged by the flags that
//! rustc is given: the executable itself does not tell. Pure.

use super::architecture::Architecture;

/// What a build is told of the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing, or one that Lambda's processors are.
    Fine,
    /// One that Lambda's processors are not: the flag, and why.
    Refused(String, &'static str),
    /// One of which it is not known here: the flag.
    Unknown(String),
}

const NATIVE: &str = "it means the processor of the machine that builds";
const NEWER: &str = "Lambda promises AVX2 and nothing newer";

/// Processors that have AVX2 and what came before it, and nothing more. AWS names
/// `haswell` itself (AWS Lambda developer guide, "Using AVX2 vectorization in
/// Lambda"); `x86-64-v3` is the same level in the x86-64 psABI.
const X86_64: &[&str] = &[
    "generic",
    "x86-64",
    "x86-64-v2",
    "x86-64-v3",
    "nehalem",
    "corei7",
    "westmere",
    "sandybridge",
    "corei7-avx",
    "ivybridge",
    "core-avx-i",
    "haswell",
    "core-avx2",
];

/// Processors that have AVX-512.
const BEYOND_AVX2: &[&str] = &[
    "x86-64-v4",
    "knl",
    "knm",
    "skylake-avx512",
    "skx",
    "cannonlake",
    "cascadelake",
    "cooperlake",
    "icelake-client",
    "icelake-server",
    "rocketlake",
    "tigerlake",
    "sapphirerapids",
    "emeraldrapids",
    "graniterapids",
    "graniterapids-d",
    "diamondrapids",
    "znver4",
    "znver5",
];

/// Graviton2 has Neoverse N1 cores; Lambda's arm64 is "the AWS Graviton2 processor"
/// (AWS Lambda developer guide, "Selecting and configuring an instruction set
/// architecture").
const ARM64: &[&str] = &["generic", "cortex-a72", "cortex-a76", "neoverse-n1"];

/// Judges the flags of a build for Lambda.
pub(super) fn judge(flags: &[String], architecture: Architecture) -> Verdict {
    let mut verdict = Verdict::Fine;
    for option in codegen_options(flags) {
        // The last one counts, as for rustc.
        if let Some(cpu) = option.strip_prefix("target-cpu=") {
            verdict = of_cpu(option, cpu, architecture);
        }
    }
    if verdict == Verdict::Fine && architecture == Architecture::X86_64 {
        for option in codegen_options(flags) {
            let features = option.strip_prefix("target-feature=").unwrap_or_default();
            let newer = |feature: &str| {
                ["+avx512", "+avx10", "+amx", "+apx"]
                    .iter()
                    .any(|prefix| feature.starts_with(prefix))
            };
            if features.split(',').any(newer) {
                return Verdict::Refused(option.to_owned(), NEWER);
            }
        }
    }
    verdict
}

fn of_cpu(option: &str, cpu: &str, architecture: Architecture) -> Verdict {
    let known = match architecture {
        Architecture::X86_64 => X86_64,
        Architecture::Arm64 => ARM64,
    };
    if cpu == "native" {
        Verdict::Refused(option.to_owned(), NATIVE)
    } else if known.contains(&cpu) {
        Verdict::Fine
    } else if BEYOND_AVX2.contains(&cpu) {
        Verdict::Refused(option.to_owned(), NEWER)
    } else {
        Verdict::Unknown(option.to_owned())
    }
}

/// What follows `-C`, in its four spellings.
fn codegen_options(flags: &[String]) -> impl Iterator<Item = &str> {
    flags.iter().enumerate().filter_map(|(position, flag)| {
        let before = position.checked_sub(1).and_then(|before| flags.get(before));
        if before.is_some_and(|before| before == "-C" || before == "--codegen") {
            return Some(flag.as_str());
        }
        flag.strip_prefix("--codegen=")
            .or_else(|| flag.strip_prefix("-C"))
            .filter(|option| !option.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(flags: &str, architecture: Architecture) -> Verdict {
        let flags: Vec<String> = flags.split(' ').map(str::to_owned).collect();
        judge(&flags, architecture)
    }

    #[test]
    fn what_lambda_does_not_promise_is_refused() {
        let x86 = |flags| of(flags, Architecture::X86_64);
        for flags in [
            "-C target-cpu=native",
            "-Ctarget-cpu=native",
            "--codegen target-cpu=native",
            "-g --codegen=target-cpu=native -Clto",
            "-Ctarget-cpu=haswell -Ctarget-cpu=native",
        ] {
            let native = Verdict::Refused("target-cpu=native".to_owned(), NATIVE);
            assert_eq!(x86(flags), native, "{flags}");
        }
        for (flags, option) in [
            ("-Ctarget-cpu=znver4", "target-cpu=znver4"),
            (
                "-Ctarget-feature=+aes,+avx512f",
                "target-feature=+aes,+avx512f",
            ),
        ] {
            let newer = Verdict::Refused(option.to_owned(), NEWER);
            assert_eq!(x86(flags), newer, "{flags}");
        }
        for flags in [
            "-g",
            "",
            "-C target-cpu=x86-64-v3",
            "-Ctarget-feature=-avx512f,+avx2",
        ] {
            assert_eq!(x86(flags), Verdict::Fine, "{flags}");
        }
        let unknown = Verdict::Unknown("target-cpu=znver3".to_owned());
        assert_eq!(x86("-Ctarget-cpu=znver3"), unknown);
    }

    #[test]
    fn arm_has_other_processors() {
        let arm = |flags| of(flags, Architecture::Arm64);
        assert_eq!(arm("-Ctarget-cpu=neoverse-n1"), Verdict::Fine);
        let newer = Verdict::Unknown("target-cpu=neoverse-v2".to_owned());
        assert_eq!(arm("-Ctarget-cpu=neoverse-v2"), newer);
        assert!(matches!(arm("-Ctarget-cpu=native"), Verdict::Refused(..)));
    }
}
