//! The instruction sets that Lambda offers, and the names others give them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An instruction set of Lambda, named as the Lambda API names it
/// (`Architectures` of `CreateFunction`).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// 64-bit x86, Lambda's default.
    #[default]
    #[serde(rename = "x86_64")]
    X86_64,
    /// 64-bit Arm (Graviton).
    Arm64,
}

impl Architecture {
    /// The name in the Lambda API and in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// From the name that Rust gives the architecture of a host
    /// (`std::env::consts::ARCH`); `None` when Lambda has no such machines.
    pub fn from_rust_name(name: &str) -> Option<Self> {
        match name {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::Arm64),
            _ => None,
        }
    }

    /// The target triple that links against glibc.
    pub(super) fn gnu_triple(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// The target triple that links musl in, so that the executable needs no
    /// library of the machine it runs on.
    pub(super) fn musl_triple(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-musl",
            Self::Arm64 => "aarch64-unknown-linux-musl",
        }
    }

    /// Where glibc's program loader lies on Amazon Linux, as on every system
    /// that follows the psABI.
    pub(super) fn glibc_loader(self) -> &'static str {
        match self {
            Self::X86_64 => "/lib64/ld-linux-x86-64.so.2",
            Self::Arm64 => "/lib/ld-linux-aarch64.so.1",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
