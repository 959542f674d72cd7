//! Builds, checks and zips the functions of a solution.

mod architecture;
mod archive;
mod builder;
mod cache;
mod cargo;
mod command;
mod elf;
mod environment;
mod error;
mod gather;
mod host;
mod inputs;
mod limits;
mod messages;
mod progress;

pub use architecture::Architecture;
pub use archive::ArchiveError;
pub use builder::{Artifact, Builder, Request, Source};
pub use command::Target;
pub use elf::{ElfError, ElfFacts, ElfRequirement, GlibcNeed, GlibcVersion};
pub use environment::Environment;
pub use error::ArtifactError;
pub use progress::{Progress, ProgressSink};
