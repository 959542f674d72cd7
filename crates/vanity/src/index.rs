//! The word index: a flat trie over digits, made by `build.rs` and read where it lies in the binary.
//!
//! Nodes stand breadth first, so the children of a node lie side by side: a node is the index of
//! its first child (24 bits) and a mask of the keys 2 to 9 that have one (8 bits). The words that
//! a node's digits dial are `words[starts[node]..starts[node + 1]]`: words, then phrases, each
//! common before rare. Because the digits are known, a word is two bits for each letter: its place
//! on the key. In a phrase (two words that people say together) the four highest bits are where the
//! second word begins.

static NODES: &[[u8; 4]] = include_bytes!(concat!(env!("OUT_DIR"), "/nodes.bin"))
    .as_chunks()
    .0;
static STARTS: &[[u8; 4]] = include_bytes!(concat!(env!("OUT_DIR"), "/starts.bin"))
    .as_chunks()
    .0;
static WORDS: &[[u8; 4]] = include_bytes!(concat!(env!("OUT_DIR"), "/words.bin"))
    .as_chunks()
    .0;
static ATTRIBUTES: &[[u8; 2]] = include_bytes!(concat!(env!("OUT_DIR"), "/attributes.bin"))
    .as_chunks()
    .0;

/// The most letters a word of the list has.
pub(crate) const LONGEST_WORD: usize = 14;

/// What the list knows about a word, packed: difficulty in bits 0 to 4, tier in bits 5 to 9
/// (0 is the most common), then the flags below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attributes(u16);

impl Attributes {
    /// How hard the word is to say and to spell when only heard; 0 is easy.
    pub(crate) fn difficulty(self) -> u8 {
        (self.0 & 31) as u8
    }

    /// How rare the word is; 0 is the most common.
    pub(crate) fn tier(self) -> u8 {
        (self.0 >> 5 & 31) as u8
    }

    /// The word says nothing unless another follows it ("the", "my", "a").
    pub(crate) fn needs_next(self) -> bool {
        self.0 & 1 << 10 != 0
    }

    /// The word is too short to stand alone among digits ("go", "us").
    pub(crate) fn needs_neighbour(self) -> bool {
        self.0 & 1 << 11 != 0
    }

    /// The word stands alone for want of better, and never beside another ("ah").
    pub(crate) fn filler(self) -> bool {
        self.0 & 1 << 14 != 0
    }

    /// Two words that people say together.
    pub(crate) fn phrase(self) -> bool {
        self.0 & 1 << 15 != 0
    }

    /// "a" may stand before this word.
    pub(crate) fn after_a(self) -> bool {
        self.0 & 1 << 12 != 0
    }

    /// "i" may stand before this word.
    pub(crate) fn after_i(self) -> bool {
        self.0 & 1 << 13 != 0
    }
}

/// A place in the trie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node(usize);

impl Node {
    /// Before the first digit.
    pub(crate) const ROOT: Self = Self(0);

    /// The node after `digit`, if any word goes on that way. 0 and 1 never do.
    pub(crate) fn child(self, digit: u8) -> Option<Self> {
        let node = u32::from_le_bytes(*NODES.get(self.0)?);
        let bit = 1u32.checked_shl(u32::from(digit.checked_sub(2)?))?;
        if node & 0xff & bit == 0 {
            return None;
        }
        let before = (node & (bit - 1)).count_ones();
        Some(Self(((node >> 8) + before) as usize))
    }

    /// The words, then the phrases, that the digits up to here dial: letters (two bits each, the first lowest) and
    /// what is known about them.
    pub(crate) fn words(self) -> impl Iterator<Item = (u32, Attributes)> {
        let start = STARTS
            .get(self.0)
            .map_or(0, |start| u32::from_le_bytes(*start)) as usize;
        let end = STARTS
            .get(self.0 + 1)
            .map_or(start, |end| u32::from_le_bytes(*end) as usize);
        let words = WORDS.get(start..end).unwrap_or_default();
        let attributes = ATTRIBUTES.get(start..end).unwrap_or_default();
        words.iter().zip(attributes).map(|(word, attributes)| {
            (
                u32::from_le_bytes(*word),
                Attributes(u16::from_le_bytes(*attributes)),
            )
        })
    }
}
