//! What a caller is told while a function is built.

/// One thing that happens while a function is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// From here on programs run that the repository has a word in: cargo, the
    /// compiler that it chooses, build scripts.
    Begin,
    /// cargo is started.
    Compiling {
        /// The command line, as one would type it.
        command: &'a str,
    },
    /// cargo says something, line by line, in its own words.
    Cargo {
        /// The line, without its end.
        line: &'a str,
        /// Whether it only says how far cargo is (`   Compiling serde v1.0.0`),
        /// rather than something to read (a warning, an error).
        status: bool,
    },
    /// Something to know that is no error.
    Note {
        /// A sentence, without the function's name.
        text: &'a str,
    },
    /// The executable is packed.
    Packing {
        /// Bytes of the executable.
        size: u64,
    },
}

/// Takes what happens. It is called from the task that builds, so it must not block.
pub type ProgressSink<'a> = &'a (dyn Fn(Progress<'_>) + Send + Sync);
