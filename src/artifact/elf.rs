//! Reads from an ELF file what decides whether it can run, and judges it.
//!
//! `provided.al2023` has glibc 2.34: an executable that needs a newer symbol
//! version is refused by the program loader at the first call. Here it is
//! refused when it is built. Pure: bytes in, verdict out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use object::elf::{self, FileHeader64};
use object::read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _, Sym as _};
use object::{LittleEndian, SymbolIndex};

use super::architecture::Architecture;

/// A version of glibc, as in the symbol version `GLIBC_2.34`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlibcVersion {
    /// The first number; 2 since 1997.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number, 0 when there is none.
    pub patch: u32,
}

impl GlibcVersion {
    /// The glibc of the `provided.al2023` runtime (AWS Lambda developer guide:
    /// Amazon Linux 2023 has glibc 2.34).
    pub const PROVIDED_AL2023: Self = Self::new(2, 34);

    /// Major and minor version.
    pub const fn new(major: u32, minor: u32) -> Self {
        Self {
            major,
            minor,
            patch: 0,
        }
    }

    /// Reads `2.34` or `2.2.5`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|part| part.parse::<u32>().ok());
        let major = numbers.next()??;
        let minor = numbers.next()??;
        let patch = match numbers.next() {
            Some(number) => number?,
            None => 0,
        };
        numbers.next().is_none().then_some(Self {
            major,
            minor,
            patch,
        })
    }

    /// The first glibc that has a symbol version.
    ///
    /// `None` for what is not tied to a release: versions of other libraries
    /// and `GLIBC_PRIVATE`, which every glibc has. The `GLIBC_ABI_…` names mark
    /// features of the loader; one that is not known here is newer than this
    /// code, so it counts as newer than any limit.
    fn of_symbol_version(name: &str) -> Option<Self> {
        if let Some(feature) = name.strip_prefix("GLIBC_ABI_") {
            return Some(match feature {
                "DT_RELR" => Self::new(2, 36),
                _ => Self::new(u32::MAX, 0),
            });
        }
        Self::parse(name.strip_prefix("GLIBC_")?)
    }
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch != 0 {
            write!(f, ".{}", self.patch)?;
        }
        Ok(())
    }
}

/// One symbol version that the executable cannot start without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlibcNeed {
    /// The first glibc that has it.
    pub since: GlibcVersion,
    /// The version's name, such as `GLIBC_2.38`.
    pub version: String,
    /// The symbols that are wanted in this version, sorted.
    pub symbols: Vec<String>,
}

impl fmt::Display for GlibcNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 6;
        f.write_str(&self.version)?;
        if self.symbols.is_empty() {
            return Ok(());
        }
        let shown = &self.symbols[..self.symbols.len().min(SHOWN)];
        write!(f, " ({}", shown.join(", "))?;
        if self.symbols.len() > SHOWN {
            write!(f, " and {} more", self.symbols.len() - SHOWN)?;
        }
        f.write_str(")")
    }
}

/// What was read from an executable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElfFacts {
    /// The machine it is for.
    pub architecture: Architecture,
    /// The program loader it asks for; `None` when it is linked statically.
    pub loader: Option<String>,
    /// The glibc symbol versions it cannot start without, oldest first.
    pub glibc: Vec<GlibcNeed>,
    /// The shared libraries it asks for.
    pub libraries: Vec<String>,
}

/// What an executable has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElfRequirement {
    /// The machine it shall run on.
    pub architecture: Architecture,
    /// The glibc it shall run with; `None` where that is not known or asked.
    pub glibc: Option<GlibcVersion>,
}

/// Why an executable cannot run where it shall.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    /// Something else than an ELF file.
    #[error("it is {0}, not a Linux executable")]
    NotElf(&'static str),
    /// An ELF file that cannot be read to its end.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// An ELF file, but no 64-bit executable for Linux.
    #[error("it is {0}, not a 64-bit Linux executable")]
    NotExecutable(&'static str),
    /// For a machine that Lambda does not have.
    #[error("it is for another machine (ELF machine {found}); {wanted} is wanted")]
    UnknownMachine {
        /// What is wanted.
        wanted: Architecture,
        /// The file's `e_machine`.
        found: u16,
    },
    /// For the other machine.
    #[error("it is for {found}; {wanted} is wanted")]
    WrongMachine {
        /// What is wanted.
        wanted: Architecture,
        /// What it is for.
        found: Architecture,
    },
    /// Its program loader is not there on Lambda.
    #[error("it asks for the program loader {found}; provided.al2023 has only {wanted}")]
    ForeignLoader {
        /// The loader that is there.
        wanted: &'static str,
        /// The loader it asks for.
        found: String,
    },
    /// It needs a newer glibc.
    #[error("it needs {}; there, glibc is {limit}", join(.needs))]
    GlibcTooNew {
        /// The glibc it shall run with.
        limit: GlibcVersion,
        /// What it needs beyond that, oldest first.
        needs: Vec<GlibcNeed>,
    },
    /// It needs shared libraries that are not there.
    #[error("it needs {}, which Lambda does not have", .0.join(", "))]
    LibrariesMissing(Vec<String>),
    /// The tables that name what it needs were cut off.
    #[error("its section table was removed, so what it needs from glibc cannot be read")]
    NoSectionTable,
}

fn join(needs: &[GlibcNeed]) -> String {
    let needs: Vec<String> = needs.iter().map(ToString::to_string).collect();
    needs.join(", ")
}

impl ElfFacts {
    /// Reads a 64-bit Linux executable for one of Lambda's machines.
    ///
    /// `wanted` is only said in the error for a machine that Lambda lacks.
    pub fn read(data: &[u8], wanted: Architecture) -> Result<Self, ElfError> {
        if !data.starts_with(&elf::ELFMAG) {
            return Err(ElfError::NotElf(kind_of_file(data)));
        }
        if data.get(4).copied() != Some(elf::ELFCLASS64.0) {
            return Err(ElfError::NotExecutable("a 32-bit ELF file"));
        }
        if data.get(5).copied() != Some(elf::ELFDATA2LSB.0) {
            return Err(ElfError::NotExecutable("a big-endian ELF file"));
        }
        read_header(data, wanted)
    }

    /// The newest glibc version that it cannot start without.
    pub fn newest_glibc(&self) -> Option<GlibcVersion> {
        self.glibc.iter().map(|need| need.since).max()
    }

    /// Whether it can run where `requirement` says.
    pub fn check(&self, requirement: ElfRequirement) -> Result<(), ElfError> {
        if self.architecture != requirement.architecture {
            return Err(ElfError::WrongMachine {
                wanted: requirement.architecture,
                found: self.architecture,
            });
        }
        let Some(limit) = requirement.glibc else {
            return Ok(());
        };
        let wanted = requirement.architecture.glibc_loader();
        if let Some(found) = self.loader.as_ref().filter(|found| *found != wanted) {
            return Err(ElfError::ForeignLoader {
                wanted,
                found: found.clone(),
            });
        }
        let needs: Vec<GlibcNeed> = self
            .glibc
            .iter()
            .filter(|need| need.since > limit)
            .cloned()
            .collect();
        if needs.is_empty() {
            Ok(())
        } else {
            Err(ElfError::GlibcTooNew { limit, needs })
        }
    }
}

/// Reads and judges in one step.
pub fn check(data: &[u8], requirement: ElfRequirement) -> Result<ElfFacts, ElfError> {
    let facts = ElfFacts::read(data, requirement.architecture)?;
    facts.check(requirement)?;
    Ok(facts)
}

/// What a file that is not ELF looks like, for the error.
fn kind_of_file(data: &[u8]) -> &'static str {
    match data {
        [] => "an empty file",
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => "a macOS executable",
        [b'M', b'Z', ..] => "a Windows executable",
        [b'#', b'!', ..] => "a script",
        _ => "some other kind of file",
    }
}

fn damaged(error: object::Error) -> ElfError {
    ElfError::Damaged(error.to_string())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn read_header(data: &[u8], wanted: Architecture) -> Result<ElfFacts, ElfError> {
    let header = FileHeader64::<LittleEndian>::parse(data).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;

    let abi = header.e_ident().os_abi;
    if abi != elf::ELFOSABI_SYSV && abi != elf::ELFOSABI_GNU {
        return Err(ElfError::NotExecutable("for another operating system"));
    }
    let machine = header.e_machine(endian);
    let architecture = match machine {
        elf::EM_X86_64 => Architecture::X86_64,
        elf::EM_AARCH64 => Architecture::Arm64,
        other => {
            return Err(ElfError::UnknownMachine {
                wanted,
                found: other.0,
            });
        }
    };
    match header.e_type(endian) {
        elf::ET_EXEC => {}
        // A position-independent executable; a shared library has nowhere to start.
        elf::ET_DYN if header.e_entry(endian) != 0 => {}
        elf::ET_DYN => return Err(ElfError::NotExecutable("a shared library")),
        elf::ET_REL => return Err(ElfError::NotExecutable("an object file")),
        _ => return Err(ElfError::NotExecutable("another kind of ELF file")),
    }

    let mut loader = None;
    let mut dynamic = false;
    for segment in header.program_headers(endian, data).map_err(damaged)? {
        if let Some(name) = segment.interpreter(endian, data).map_err(damaged)? {
            loader = Some(text(name));
        }
        if let Some(entries) = segment.dynamic(endian, data).map_err(damaged)? {
            dynamic |= entries
                .iter()
                .any(|entry| entry.tag(endian) == elf::DT_NEEDED);
        }
    }

    let sections = header.sections(endian, data).map_err(damaged)?;
    if dynamic && sections.is_empty() {
        return Err(ElfError::NoSectionTable);
    }
    let table = sections.dynamic_table(endian, data).map_err(damaged)?;
    let mut libraries = Vec::new();
    for entry in &table {
        if entry.tag == elf::DT_NEEDED {
            libraries.push(text(table.string(entry).map_err(damaged)?));
        }
    }

    Ok(ElfFacts {
        architecture,
        loader,
        glibc: glibc_needs(&sections, endian, data)?,
        libraries,
    })
}

type Sections<'data> = object::read::elf::SectionTable<'data, FileHeader64<LittleEndian>>;

fn glibc_needs(
    sections: &Sections<'_>,
    endian: LittleEndian,
    data: &[u8],
) -> Result<Vec<GlibcNeed>, ElfError> {
    let Some((mut libraries, strings)) = sections.gnu_verneed(endian, data).map_err(damaged)?
    else {
        return Ok(Vec::new());
    };
    let strings = sections.strings(endian, data, strings).map_err(damaged)?;

    // Keyed by the index under which the symbols refer to the version.
    let mut needs = BTreeMap::new();
    while let Some((_, mut versions)) = libraries.next().map_err(damaged)? {
        while let Some(version) = versions.next().map_err(damaged)? {
            // The loader only warns when a version that nothing but weak
            // references want is missing: Rust's standard library looks for
            // newer functions in this way and goes without them.
            if version.vna_flags.get(endian).contains(elf::VER_FLG_WEAK) {
                continue;
            }
            let name = text(version.name(endian, strings).map_err(damaged)?);
            if let Some(since) = GlibcVersion::of_symbol_version(&name) {
                let index = version.vna_other(endian).index().0;
                needs.insert(index, (since, name, BTreeSet::new()));
            }
        }
    }

    let versions = sections.versions(endian, data).map_err(damaged)?;
    let symbols = sections
        .symbols(endian, data, elf::SHT_DYNSYM)
        .map_err(damaged)?;
    if let Some(versions) = versions {
        for index in 0..symbols.len() {
            let index = SymbolIndex(index);
            let version = versions.version_index(endian, index).index().0;
            if let Some((_, _, names)) = needs.get_mut(&version) {
                let symbol = symbols.symbol(index).map_err(damaged)?;
                let name = symbol.name(endian, symbols.strings()).map_err(damaged)?;
                names.insert(text(name));
            }
        }
    }

    let mut needs: Vec<GlibcNeed> = needs
        .into_values()
        .map(|(since, version, symbols)| GlibcNeed {
            since,
            version,
            symbols: symbols.into_iter().collect(),
        })
        .collect();
    needs.sort_by(|a, b| (a.since, &a.version).cmp(&(b.since, &b.version)));
    Ok(needs)
}

#[cfg(test)]
pub(super) mod fixture;
#[cfg(test)]
mod tests;
