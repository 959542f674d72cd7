//! Every word that some stretch of a number dials.

use crate::index::{Attributes, LONGEST_WORD, Node};
use crate::keypad::letter_at;

/// The most digits of a national number (E.164: 15 with the country code).
pub(crate) const MAX_DIGITS: usize = 15;

/// A word at its place in the national number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    letters: u32,
    pub(crate) attributes: Attributes,
    pub(crate) start: u8,
    pub(crate) length: u8,
}

impl Placed {
    /// The digits it takes up, as a range of the national number.
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        usize::from(self.start)..usize::from(self.start) + usize::from(self.length)
    }

    /// Writes the letters, upper case, over the digits of the national number in `text`
    /// (`national` are the digits 0 to 9 they stand on).
    pub(crate) fn write(self, national: &[u8], text: &mut [u8]) {
        for (place, index) in self.range().enumerate() {
            text[index] = letter_at(national[index], self.letters >> (2 * place));
        }
    }

    /// Whether the letters are the same, wherever they stand.
    pub(crate) fn is_same_word(self, other: Self, national: &[u8]) -> bool {
        self.length == other.length
            && self.letters == other.letters
            && national[self.range()] == national[other.range()]
    }

    /// Whether a listener would take the two for the same word or for variants of one: the same
    /// word anywhere, or one that is a part of the other in the same place (LOWERS in FLOWERS).
    fn is_variant_of(self, other: Self, national: &[u8]) -> bool {
        let (outer, inner) = if self.length >= other.length {
            (self, other)
        } else {
            (other, self)
        };
        if let Some(offset) = inner.start.checked_sub(outer.start)
            && offset + inner.length <= outer.length
        {
            let within = outer.letters >> (2 * offset);
            return (within ^ inner.letters) & ((1u32 << (2 * inner.length)) - 1) == 0;
        }
        self.is_same_word(other, national)
    }
}

/// The words of one national number, by where they start and how long they are.
#[derive(Debug)]
pub(crate) struct Lattice<'number> {
    /// Digits, 0 to 9.
    pub(crate) national: &'number [u8],
    words: Vec<Placed>,
    /// Where the words of `start` and `length` begin in `words`, and how many there are.
    cells: [[(u16, u16); LONGEST_WORD + 1]; MAX_DIGITS],
    /// By start, the lengths that have words: bit `length`.
    lengths: [u16; MAX_DIGITS],
}

impl<'number> Lattice<'number> {
    /// The words that stand in `national` from `from` on.
    pub(crate) fn new(national: &'number [u8], from: usize) -> Self {
        let mut lattice = Self {
            national,
            words: Vec::with_capacity(256),
            cells: [[(0, 0); LONGEST_WORD + 1]; MAX_DIGITS],
            lengths: [0; MAX_DIGITS],
        };
        for start in from..national.len().min(MAX_DIGITS) {
            let mut node = Node::ROOT;
            for (length, digit) in (1u8..).zip(&national[start..]) {
                let Some(child) = node.child(*digit) else {
                    break;
                };
                node = child;
                let first = lattice.words.len();
                lattice
                    .words
                    .extend(node.words().map(|(letters, attributes)| Placed {
                        letters,
                        attributes,
                        start: start as u8,
                        length,
                    }));
                let count = lattice.words.len() - first;
                if count > 0 {
                    lattice.cells[start][usize::from(length)] = (first as u16, count as u16);
                    lattice.lengths[start] |= 1 << length;
                }
            }
        }
        lattice
    }

    /// The words of `length` letters that start at `start`, common before rare.
    pub(crate) fn words(&self, start: usize, length: usize) -> &[Placed] {
        let (first, count) = self.cells[start][length];
        &self.words[usize::from(first)..usize::from(first) + usize::from(count)]
    }

    /// The lengths of the words that start at `start` and have at most `longest` letters, longest first.
    pub(crate) fn lengths(
        &self,
        start: usize,
        longest: usize,
    ) -> impl Iterator<Item = usize> + use<> {
        let mut left = self.lengths[start] & ((2u16 << longest) - 1);
        std::iter::from_fn(move || {
            let length = left.checked_ilog2()?;
            left &= !(1 << length);
            Some(length as usize)
        })
    }

    /// The longest word there is.
    pub(crate) fn longest(&self) -> usize {
        let any = self.lengths.iter().fold(0, |all, lengths| all | lengths);
        any.checked_ilog2().unwrap_or(0) as usize
    }

    /// Takes out `told` and its variants, so that the next answer differs in its words.
    pub(crate) fn remove_variants(&mut self, told: Placed) {
        for start in 0..self.national.len() {
            for length in self.lengths(start, LONGEST_WORD) {
                let (first, count) = self.cells[start][length];
                let first = usize::from(first);
                let mut kept = first;
                for index in first..first + usize::from(count) {
                    let word = self.words[index];
                    if !word.is_variant_of(told, self.national) {
                        self.words[kept] = word;
                        kept += 1;
                    }
                }
                self.cells[start][length].1 = (kept - first) as u16;
                if kept == first {
                    self.lengths[start] &= !(1 << length);
                }
            }
        }
    }
}
