//! The word list, as a trie over digits.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

/// Tier and difficulty: what words of one key are sorted by.
const ORDER: u16 = (1 << 10) - 1;
const RAREST_TIER: u16 = 31;
const NEEDS_NEXT: u16 = 1 << 10;
const NEEDS_NEIGHBOUR: u16 = 1 << 11;
const AFTER_A: u16 = 1 << 12;
const AFTER_I: u16 = 1 << 13;
const FILLER: u16 = 1 << 14;
/// Two words that people say together; where the second begins stands above the letters.
const PHRASE: u16 = 1 << 15;
const SPLIT_BIT: u32 = 28;

pub fn grammar_sets(text: &str) -> HashMap<String, HashSet<String>> {
    let mut sets: HashMap<String, HashSet<String>> = HashMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split_whitespace();
        if let Some(kind) = fields.next() {
            sets.entry(kind.to_owned())
                .or_default()
                .extend(fields.map(str::to_owned));
        }
    }
    let known = [
        "next",
        "neighbour",
        "after-a",
        "after-i",
        "filler",
        "homophone",
    ];
    for kind in sets.keys() {
        assert!(
            known.contains(&kind.as_str()),
            "grammar.txt: unknown kind {kind}"
        );
    }
    sets
}

/// A word or a phrase ready for the index.
pub struct Entry {
    attributes: u16,
    letters: String,
    /// Where the second word of a phrase begins; 0 in a word.
    split: usize,
}

impl Entry {
    /// Words before phrases, common before rare, easy before hard, then by the alphabet.
    fn order(&self) -> (bool, u16, &str, usize) {
        (
            self.split > 0,
            self.attributes & ORDER,
            &self.letters,
            self.split,
        )
    }
}

/// Words and phrases by the digits that dial them.
pub fn entries(
    words: &str,
    phrases: &str,
    grammar: &HashMap<String, HashSet<String>>,
) -> BTreeMap<Vec<u8>, Vec<Entry>> {
    let is = |kind: &str, word: &str| grammar.get(kind).is_some_and(|set| set.contains(word));
    let mut by_digits: BTreeMap<Vec<u8>, Vec<Entry>> = BTreeMap::new();
    for (tier, phrase) in tiers(phrases) {
        let (first, second) = phrase
            .split_once(' ')
            .expect("phrases.txt: two words on a line");
        let difficulty = [first, second]
            .map(|word| difficulty(word, is("homophone", word)))
            .iter()
            .sum::<u16>()
            + 1;
        let letters = format!("{first}{second}");
        assert!(
            letters.len() <= 14 && letters.bytes().all(|byte| byte.is_ascii_lowercase()),
            "phrases.txt: not a phrase: {phrase:?}"
        );
        by_digits
            .entry(letters.bytes().map(digit).collect())
            .or_default()
            .push(Entry {
                attributes: PHRASE | tier << 5 | difficulty.min(31),
                letters,
                split: first.len(),
            });
    }
    for (tier, line) in tiers(words) {
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
            ("filler", FILLER),
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
            .push(Entry {
                attributes,
                letters: line.to_owned(),
                split: 0,
            });
    }
    for list in by_digits.values_mut() {
        list.sort_by(|one, other| one.order().cmp(&other.order()));
    }
    by_digits
}

/// The lines of a list with the tier that each stands in.
fn tiers(text: &str) -> impl Iterator<Item = (u16, &str)> {
    let mut tier = None;
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(move |line| {
            if let Some(section) = line.strip_prefix('[') {
                let section = section.strip_suffix(']').expect("a list: [tier]");
                let read = section.parse::<u16>().expect("a list: tier is a number");
                assert!(read <= RAREST_TIER, "a list: tier {read} has no room");
                tier = Some(read);
                return None;
            }
            Some((tier.expect("a list: a line before the first tier"), line))
        })
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
        if index > 0 && bytes[index - 1] == *byte && !b"eo".contains(byte) {
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
pub fn write_index(out: &Path, entries: &BTreeMap<Vec<u8>, Vec<Entry>>) {
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
        for entry in entries.get(*prefix).into_iter().flatten() {
            let letters = entry
                .letters
                .bytes()
                .rev()
                .fold(0u32, |packed, letter| packed << 2 | letter_on_key(letter));
            let packed = letters | (entry.split as u32) << SPLIT_BIT;
            words.extend_from_slice(&packed.to_le_bytes());
            attributes.extend_from_slice(&entry.attributes.to_le_bytes());
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
