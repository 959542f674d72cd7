//! Compiles the word list into the index that the search walks.
//!
//! Input: `data/words.txt`, `data/blocked.txt`, `data/grammar.txt`. Output in `OUT_DIR`:
//! `nodes.bin`, `starts.bin`, `words.bin`, `attributes.bin` (see `src/index.rs` for the layout),
//! `seams.bin` (sequences refused across a seam) and `version.rs`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a build that cannot go on stops with its reason"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Raised by hand whenever the ranking changes what is answered, so that stored answers are renewed.
const RANKING_VERSION: u32 = 1;

const NEEDS_NEXT: u16 = 1 << 8;
const NEEDS_NEIGHBOUR: u16 = 1 << 9;
const AFTER_A: u16 = 1 << 10;
const AFTER_I: u16 = 1 << 11;

fn main() {
    let data = Path::new("data");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=data");
    let words = read(&data.join("words.txt"));
    let blocked = read(&data.join("blocked.txt"));
    let grammar = read(&data.join("grammar.txt"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));

    let grammar_sets = grammar_sets(&grammar);
    let entries = entries(&words, &grammar_sets);
    write_index(&out, &entries);
    write_seams(&out, &blocked);

    let mut hash = Fnv::new();
    for text in [&words, &blocked, &grammar] {
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

fn grammar_sets(text: &str) -> HashMap<String, HashSet<String>> {
    let mut sets: HashMap<String, HashSet<String>> = HashMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split_whitespace();
        if let Some(kind) = fields.next() {
            sets.entry(kind.to_owned())
                .or_default()
                .extend(fields.map(str::to_owned));
        }
    }
    let known = ["next", "neighbour", "after-a", "after-i", "homophone"];
    for kind in sets.keys() {
        assert!(
            known.contains(&kind.as_str()),
            "grammar.txt: unknown kind {kind}"
        );
    }
    sets
}

/// A word ready for the index: attributes, then the letters (the order within one key).
type Entry = (u16, String);

/// Words by the digits that dial them.
fn entries(
    words: &str,
    grammar: &HashMap<String, HashSet<String>>,
) -> BTreeMap<Vec<u8>, Vec<Entry>> {
    let is = |kind: &str, word: &str| grammar.get(kind).is_some_and(|set| set.contains(word));
    let mut by_digits: BTreeMap<Vec<u8>, Vec<Entry>> = BTreeMap::new();
    let mut tier = None;
    for line in words.lines().filter(|line| !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.strip_suffix(']').expect("words.txt: [tier]");
            tier = Some(section.parse::<u16>().expect("words.txt: tier is a number"));
            continue;
        }
        let tier = tier.expect("words.txt: a word before the first tier");
        assert!(
            (1..=14).contains(&line.len()) && line.bytes().all(|byte| byte.is_ascii_lowercase()),
            "words.txt: not a word: {line:?}"
        );
        let mut attributes = tier << 5 | difficulty(line, is("homophone", line)).min(31);
        for (kind, flag) in [
            ("next", NEEDS_NEXT),
            ("neighbour", NEEDS_NEIGHBOUR),
            ("after-a", AFTER_A),
            ("after-i", AFTER_I),
        ] {
            if is(kind, line) {
                attributes |= flag;
            }
        }
        if line.len() == 1 {
            attributes |= NEEDS_NEXT;
        }
        by_digits
            .entry(line.bytes().map(digit).collect())
            .or_default()
            .push((attributes, line.to_owned()));
    }
    for list in by_digits.values_mut() {
        // Common before rare, easy before hard, then by the alphabet.
        list.sort_by(|a, b| (a.0 & 0xff, &a.1).cmp(&(b.0 & 0xff, &b.1)));
    }
    by_digits
}

/// How hard a word is to say and to spell when it is only heard. 0 is easy.
fn difficulty(word: &str, homophone: bool) -> u16 {
    let bytes = word.as_bytes();
    let vowel = |byte: &u8| b"aeiouy".contains(byte);
    let mut syllables = 0u16;
    let mut consonants = 0u16;
    let mut cost = 0u16;
    let mut before_vowel = false;
    for (index, byte) in bytes.iter().enumerate() {
        if vowel(byte) {
            // A final silent e is no syllable.
            let silent = *byte == b'e' && index + 1 == bytes.len() && syllables > 0;
            if !before_vowel && !silent {
                syllables += 1;
            }
            before_vowel = true;
            consonants = 0;
        } else {
            before_vowel = false;
            consonants += 1;
            if consonants == 4 {
                cost += 1;
            }
        }
        if index > 0 && bytes[index - 1] == *byte {
            cost += 1; // "one L or two?"
        }
    }
    // Spellings that do not follow from the sound.
    for tricky in [
        "ph", "gh", "kn", "wr", "ps", "mn", "mb", "ei", "ie", "eau", "que", "sce", "sci", "rh",
        "gn", "oe", "ae", "uu", "ough", "augh", "tch", "xc", "cq", "sch",
    ] {
        if word.contains(tricky) {
            cost += 1;
        }
    }
    if homophone {
        cost += 2;
    }
    cost + 2 * syllables.saturating_sub(1)
}

/// The key of a telephone keypad that carries a letter (ITU-T E.161).
fn digit(letter: u8) -> u8 {
    match letter {
        b'a'..=b'c' => 2,
        b'd'..=b'f' => 3,
        b'g'..=b'i' => 4,
        b'j'..=b'l' => 5,
        b'm'..=b'o' => 6,
        b'p'..=b's' => 7,
        b't'..=b'v' => 8,
        _ => 9,
    }
}

/// Which of its key's letters a letter is, 0 to 3.
fn letter_on_key(letter: u8) -> u32 {
    let first = b"adgjmptw"[usize::from(digit(letter) - 2)];
    u32::from(letter - first)
}

/// Writes the trie breadth first, so that the children of a node lie side by side.
fn write_index(out: &Path, entries: &BTreeMap<Vec<u8>, Vec<Entry>>) {
    let mut prefixes: BTreeSet<(usize, &[u8])> = BTreeSet::new();
    for key in entries.keys() {
        for length in 0..=key.len() {
            prefixes.insert((length, &key[..length]));
        }
    }
    let ordered: Vec<&[u8]> = prefixes.iter().map(|(_, prefix)| *prefix).collect();
    let position: HashMap<&[u8], usize> = ordered
        .iter()
        .enumerate()
        .map(|(index, prefix)| (*prefix, index))
        .collect();

    let (mut nodes, mut starts, mut words, mut attributes) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut count = 0u32;
    for prefix in &ordered {
        let (mut mask, mut first_child) = (0u32, 0u32);
        for key in 2..=9u8 {
            let mut child = prefix.to_vec();
            child.push(key);
            if let Some(index) = position.get(child.as_slice()) {
                if mask == 0 {
                    first_child = u32::try_from(*index).expect("fewer than 2^24 nodes");
                }
                mask |= 1 << (key - 2);
            }
        }
        assert!(first_child < 1 << 24, "the trie outgrew 24 bits");
        nodes.extend_from_slice(&(first_child << 8 | mask).to_le_bytes());
        starts.extend_from_slice(&count.to_le_bytes());
        for (attribute, word) in entries.get(*prefix).into_iter().flatten() {
            let letters = word
                .bytes()
                .rev()
                .fold(0u32, |packed, letter| packed << 2 | letter_on_key(letter));
            words.extend_from_slice(&letters.to_le_bytes());
            attributes.extend_from_slice(&attribute.to_le_bytes());
            count += 1;
        }
    }
    starts.extend_from_slice(&count.to_le_bytes());
    for (name, bytes) in [
        ("nodes.bin", nodes),
        ("starts.bin", starts),
        ("words.bin", words),
        ("attributes.bin", attributes),
    ] {
        fs::write(out.join(name), bytes).expect("OUT_DIR is writable");
    }
}

/// Writes the sequences that must not appear across a seam as a trie (see `src/seam.rs`).
///
/// A node is 64 bits: a mask of its children over `0-9A-Z` (36 bits), the end of a sequence
/// (bit 36) and the index of its first child (24 bits from bit 40).
fn write_seams(out: &Path, blocked: &str) {
    let mut seams = BTreeSet::new();
    for line in blocked.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') || line.starts_with('!') {
            continue;
        }
        let text = line
            .trim_start_matches(['~', '=', '*'])
            .trim_end_matches('*');
        assert!(
            text.len() >= 2
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
            "blocked.txt: not an entry: {line:?}"
        );
        if text.len() >= 3 {
            seams.insert(text.as_bytes().to_vec());
        }
    }
    // A sequence ends at its first end: whatever goes on from there adds nothing.
    let ends = |prefix: &[u8]| seams.contains(prefix);
    let mut prefixes: BTreeSet<(usize, Vec<u8>)> = BTreeSet::new();
    for seam in &seams {
        for length in 0..=seam.len() {
            prefixes.insert((length, seam[..length].to_vec()));
            if ends(&seam[..length]) {
                break;
            }
        }
    }
    let position: HashMap<&[u8], usize> = prefixes
        .iter()
        .enumerate()
        .map(|(index, (_, prefix))| (prefix.as_slice(), index))
        .collect();
    let mut bytes = Vec::new();
    for (_, prefix) in &prefixes {
        let (mut mask, mut first_child) = (0u64, 0u64);
        for (bit, symbol) in (b'0'..=b'9').chain(b'a'..=b'z').enumerate() {
            let mut child = prefix.clone();
            child.push(symbol);
            if let Some(index) = position.get(child.as_slice()) {
                if mask == 0 {
                    first_child = *index as u64;
                }
                mask |= 1 << bit;
            }
        }
        assert!(first_child < 1 << 24, "the seam trie outgrew 24 bits");
        bytes.extend_from_slice(
            &(first_child << 40 | u64::from(ends(prefix)) << 36 | mask).to_le_bytes(),
        );
    }
    fs::write(out.join("seams.bin"), bytes).expect("OUT_DIR is writable");
}
