//! Compiles the data files into what the search walks.
//!
//! Input: what is in `data/`. Output in `OUT_DIR`: `nodes.bin`, `starts.bin`, `words.bin` and
//! `attributes.bin` (see `src/index.rs` for the layout), `seams.bin` and `heard.bin` (`src/seam.rs`),
//! `numbering_roots.bin` and `numbering_nodes.bin` (`src/numbering.rs`), and `version.rs`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a build that cannot go on stops with its reason"
)]

mod numbering;
mod seams;
mod words;

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Raised by hand whenever the ranking changes what is answered, so that stored answers are renewed.
const RANKING_VERSION: u32 = 3;

fn main() {
    let data = Path::new("data");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=data");
    let word_list = read(&data.join("words.txt"));
    let phrases = read(&data.join("phrases.txt"));
    let blocked = read(&data.join("blocked.txt"));
    let grammar = read(&data.join("grammar.txt"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));

    let entries = words::entries(&word_list, &phrases, &words::grammar_sets(&grammar));
    words::write_index(&out, &entries);
    seams::write_seams(&out, &blocked);
    numbering::write_plans(&out, &read(&data.join("numbering.txt")));

    let mut hash = Fnv::new();
    for text in [&word_list, &phrases, &blocked, &grammar] {
        hash.update(text.as_bytes());
    }
    let version = format!(
        "{RANKING_VERSION}.{:08x}",
        (hash.0 >> 32) as u32 ^ hash.0 as u32
    );
    fs::write(
        out.join("version.rs"),
        format!(
            "/// Changes whenever the word list, the block list or the ranking does: an answer stored\n\
             /// with another version is out of date.\n\
             pub const WORD_LIST_VERSION: &str = \"{version}\";\n"
        ),
    )
    .expect("OUT_DIR is writable");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// 64-bit FNV-1a: a digest for telling versions apart, not for security.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
