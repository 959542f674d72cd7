//! Builds, checks and zips the functions of a solution.
//!
//! [`Builder::build`] goes from a function of the manifest to the bytes that
//! Lambda is sent. A package is compiled by cargo (for AWS against the glibc of
//! `provided.al2023`), its executable read as ELF so that what cannot run there
//! is refused here, and packed so that the same executable gives the same bytes.
//!
//! cargo is not run when it is certain that it would make the same again. The
//! record beside the zip says what it was made from; a digest over all of that
//! decides, and any doubt means that cargo is asked.

mod architecture;
mod archive;
mod builder;
mod cache;
mod cargo;
mod cargo_config;
mod cfg_expression;
mod command;
mod elf;
mod environment;
mod error;
mod gather;
mod host;
mod inputs;
mod libraries;
mod limits;
mod messages;
mod out;
mod processor;
mod progress;
mod ready;
mod remap;
mod request;
mod workspace;

pub use architecture::Architecture;
pub use archive::ArchiveError;
pub use builder::Builder;
pub use command::Target;
pub use elf::{ElfError, ElfFacts, ElfRequirement, GlibcNeed, GlibcVersion};
pub use environment::Environment;
pub use error::ArtifactError;
pub use progress::{Progress, ProgressSink};
pub use request::{Artifact, Package, Request, Source};
