//! The sequences refused across a seam, as a trie.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

/// Writes the sequences that must not appear across a seam, and those that must not be heard across
/// digits, as a trie each (see `src/seam.rs`).
///
/// A node is 64 bits: a mask of its children over `0-9A-Z` (36 bits), the end of a sequence
/// (bit 36) and the index of its first child (24 bits from bit 40).
pub fn write_seams(out: &Path, blocked: &str) {
    let (mut seams, mut heard) = (BTreeSet::new(), BTreeSet::new());
    for line in blocked.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') || line.starts_with(['!', '-', '^']) {
            continue;
        }
        let text = line
            .trim_start_matches(['~', '=', '*', '_'])
            .trim_end_matches('*');
        assert!(
            text.len() >= 2
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
            "blocked.txt: not an entry: {line:?}"
        );
        if line.starts_with('_') {
            heard.insert(text.as_bytes().to_vec());
        }
        if text.len() >= 3 {
            seams.insert(text.as_bytes().to_vec());
        }
    }
    write_trie(&out.join("seams.bin"), &seams);
    write_beginnings(&out.join("beginnings.bin"), &seams);
    write_trie(&out.join("heard.bin"), &heard);
}

/// Writes which two symbols begin a sequence: for each first one of `0-9A-Z`, a mask of the second
/// ones (64 bits).
fn write_beginnings(path: &Path, seams: &BTreeSet<Vec<u8>>) {
    let place = |symbol: u8| match symbol {
        b'0'..=b'9' => usize::from(symbol - b'0'),
        _ => usize::from(symbol - b'a') + 10,
    };
    let mut masks = [0u64; 36];
    for seam in seams {
        masks[place(seam[0])] |= 1 << place(seam[1]);
    }
    let bytes: Vec<u8> = masks.iter().flat_map(|mask| mask.to_le_bytes()).collect();
    fs::write(path, bytes).expect("OUT_DIR is writable");
}

fn write_trie(path: &Path, seams: &BTreeSet<Vec<u8>>) {
    let ends = |prefix: &[u8]| seams.contains(prefix);
    let mut prefixes: BTreeSet<(usize, Vec<u8>)> = BTreeSet::new();
    for seam in seams {
        for length in 0..=seam.len() {
            prefixes.insert((length, seam[..length].to_vec()));
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
    fs::write(path, bytes).expect("OUT_DIR is writable");
}
