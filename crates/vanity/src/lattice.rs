//! Every word and phrase that some stretch of a number dials.

use crate::index::{Attributes, LONGEST_WORD, Node};
use crate::keypad::letter_at;

/// The most digits of a national number (E.164: 15 with the country code).
pub(crate) const MAX_DIGITS: usize = 15;

/// The letters of a word; above them stands where the second word of a phrase begins.
const LETTERS: u32 = (1 << 28) - 1;

/// A word, or a phrase of two, at its place in the national number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    letters: u32,
    pub(crate) attributes: Attributes,
    pub(crate) start: u8,
    pub(crate) length: u8,
    /// How many of its words stood in an answer that was told and may be told once more.
    pub(crate) told: u8,
}

impl Placed {
    /// The digits it takes up, as a range of the national number.
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        usize::from(self.start)..usize::from(self.start) + usize::from(self.length)
    }

    /// How much it says, in letters: what is in two words counts one less.
    pub(crate) fn weight(self) -> u8 {
        self.length - u8::from(self.attributes.phrase())
    }

    /// The word itself, or the two words of a phrase. Words of a phrase have its attributes.
    pub(crate) fn words(self) -> impl DoubleEndedIterator<Item = Self> {
        let split = (self.letters >> 28) as u8;
        let letters = self.letters & LETTERS;
        let first = if split == 0 { self.length } else { split };
        let first = Self {
            letters: letters & ((1 << (2 * first)) - 1),
            length: first,
            ..self
        };
        let second = (split > 0).then(|| Self {
            letters: letters >> (2 * split),
            start: self.start + split,
            length: self.length - split,
            ..self
        });
        std::iter::once(first).chain(second)
    }

    /// How many of its words have two letters.
    pub(crate) fn words_of_two(self) -> u8 {
        let split = (self.letters >> 28) as u8;
        if split == 0 {
            u8::from(self.length == 2)
        } else {
            u8::from(split == 2) + u8::from(self.length - split == 2)
        }
    }

    /// Writes the letters, upper case, over the digits of the national number in `text`
    /// (`national` are the digits 0 to 9 they stand on).
    pub(crate) fn write(self, national: &[u8], text: &mut [u8]) {
        for (place, index) in self.range().enumerate() {
            text[index] = letter_at(national[index], self.letters >> (2 * place));
        }
    }

    /// Whether the letters of two words are the same, wherever they stand.
    pub(crate) fn is_same_word(self, other: Self, national: &[u8]) -> bool {
        self.length == other.length
            && self.letters == other.letters
            && national[self.range()] == national[other.range()]
    }

    /// Whether a listener would take two words for the same or for variants of one: the same
    /// word anywhere, or one that is the better part of the other in the same place (LOWERS in
    /// FLOWERS, and not FOR in FORSAKE).
    fn is_variant_of(self, other: Self, national: &[u8]) -> bool {
        let (outer, inner) = if self.length >= other.length {
            (self, other)
        } else {
            (other, self)
        };
        if 2 * inner.length > outer.length
            && let Some(offset) = inner.start.checked_sub(outer.start)
            && offset + inner.length <= outer.length
        {
            let within = outer.letters >> (2 * offset);
            return (within ^ inner.letters) & ((1u32 << (2 * inner.length)) - 1) == 0;
        }
        self.is_same_word(other, national)
    }
}

/// What stands in one place with one length.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    /// Where the words begin in `Lattice::placed`; the phrases follow them.
    first: u16,
    words: u16,
    phrases: u16,
    /// What the words and phrases not yet told need beside them.
    kinds: Kinds,
}

/// Which kinds of words there are in one place.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Kinds(u8);

impl Kinds {
    const FREE: u8 = 1;
    const NEEDS_NEXT: u8 = 2;
    const NEEDS_NEIGHBOUR: u8 = 4;
    const FILLER: u8 = 8;
    const PHRASE: u8 = 16;

    fn add(&mut self, placed: &Placed) {
        let attributes = placed.attributes;
        if placed.told > 0 {
            return;
        }
        self.0 |= if attributes.phrase() {
            Self::PHRASE
        } else if attributes.filler() {
            Self::FILLER
        } else if attributes.needs_next() {
            Self::NEEDS_NEXT
        } else if attributes.needs_neighbour() {
            Self::NEEDS_NEIGHBOUR
        } else {
            Self::FREE
        };
    }

    /// Words that need nothing.
    pub(crate) fn free(self) -> bool {
        self.0 & Self::FREE != 0
    }

    /// Words that say nothing unless another follows.
    pub(crate) fn needs_next(self) -> bool {
        self.0 & Self::NEEDS_NEXT != 0
    }

    /// Words too short to stand alone.
    pub(crate) fn needs_neighbour(self) -> bool {
        self.0 & Self::NEEDS_NEIGHBOUR != 0
    }

    /// Words that stand alone for want of better.
    pub(crate) fn filler(self) -> bool {
        self.0 & Self::FILLER != 0
    }

    /// Phrases.
    pub(crate) fn phrase(self) -> bool {
        self.0 & Self::PHRASE != 0
    }
}

/// The words and phrases of one national number, by where they start and how long they are.
#[derive(Debug)]
pub(crate) struct Lattice<'number> {
    /// Digits, 0 to 9.
    pub(crate) national: &'number [u8],
    placed: Vec<Placed>,
    cells: [[Cell; LONGEST_WORD + 1]; MAX_DIGITS],
    /// By start, the lengths that have words or phrases: bit `length`.
    lengths: [u16; MAX_DIGITS],
}

impl<'number> Lattice<'number> {
    /// The words and phrases that stand in `national` from `from` on.
    pub(crate) fn new(national: &'number [u8], from: usize) -> Self {
        let mut lattice = Self {
            national,
            placed: Vec::with_capacity(256),
            cells: [[Cell::default(); LONGEST_WORD + 1]; MAX_DIGITS],
            lengths: [0; MAX_DIGITS],
        };
        lattice.look_up(from..national.len().min(MAX_DIGITS));
        lattice
    }

    /// Adds what stands at `starts`.
    fn look_up(&mut self, starts: std::ops::Range<usize>) {
        for start in starts {
            let mut node = Node::ROOT;
            for (length, digit) in (1u8..).zip(&self.national[start..]) {
                let Some(child) = node.child(*digit) else {
                    break;
                };
                node = child;
                let first = self.placed.len();
                let (mut phrases, mut kinds) = (0, Kinds::default());
                self.placed
                    .extend(node.words().map(|(letters, attributes)| {
                        let placed = Placed {
                            letters,
                            attributes,
                            start: start as u8,
                            length,
                            told: 0,
                        };
                        phrases += u16::from(attributes.phrase());
                        kinds.add(&placed);
                        placed
                    }));
                let count = (self.placed.len() - first) as u16;
                if count > 0 {
                    self.set(
                        start,
                        usize::from(length),
                        Cell {
                            first: first as u16,
                            words: count - phrases,
                            phrases,
                            kinds,
                        },
                    );
                }
            }
        }
    }

    fn set(&mut self, start: usize, length: usize, cell: Cell) {
        self.cells[start][length] = cell;
        if cell.words + cell.phrases > 0 {
            self.lengths[start] |= 1 << length;
        } else {
            self.lengths[start] &= !(1 << length);
        }
    }

    /// The words of `length` letters that start at `start`, common before rare.
    pub(crate) fn words(&self, start: usize, length: usize) -> &[Placed] {
        let cell = self.cells[start][length];
        &self.placed[usize::from(cell.first)..usize::from(cell.first + cell.words)]
    }

    /// The phrases of `length` letters that start at `start`, often said before seldom.
    pub(crate) fn phrases(&self, start: usize, length: usize) -> &[Placed] {
        let cell = self.cells[start][length];
        let first = usize::from(cell.first + cell.words);
        &self.placed[first..first + usize::from(cell.phrases)]
    }

    /// What the words and phrases of `length` letters at `start` that were not told yet need.
    pub(crate) fn kinds(&self, start: usize, length: usize) -> Kinds {
        self.cells[start][length].kinds
    }

    /// The lengths of the words and phrases that start at `start` and have at most `longest`
    /// letters, longest first.
    pub(crate) fn lengths(
        &self,
        start: usize,
        longest: usize,
    ) -> impl Iterator<Item = usize> + use<> {
        let longest = longest.min(LONGEST_WORD);
        let mut left = self.lengths[start] & ((2u16 << longest) - 1);
        std::iter::from_fn(move || {
            let length = left.checked_ilog2()?;
            left &= !(1 << length);
            Some(length as usize)
        })
    }

    /// The weights of all that starts in `starts`: bit `weight`.
    pub(crate) fn weights(&self, starts: std::ops::Range<usize>) -> u16 {
        let mut all = 0;
        for start in starts {
            for length in self.lengths(start, LONGEST_WORD) {
                let cell = self.cells[start][length];
                all |= u16::from(cell.words > 0) << length;
                all |= u16::from(cell.phrases > 0) << (length - 1);
            }
        }
        all
    }

    /// Takes out `told` (a word) and its variants, and the phrases that have them, so that the next
    /// answer differs in its words.
    pub(crate) fn remove_variants(&mut self, told: Placed) {
        self.retain(told, |_| false);
    }

    /// Notes that `told` (a word) was said: it and its variants may be said once more, in an answer
    /// that fills the number with another word. What was noted before is taken out.
    pub(crate) fn note_variants(&mut self, told: Placed) {
        self.retain(told, |placed| {
            placed.told += 1;
            placed.told < 2
        });
    }

    /// Asks `keep` of each word that is a variant of `told`, and of each phrase that has one.
    fn retain(&mut self, told: Placed, mut keep: impl FnMut(&mut Placed) -> bool) {
        let national = self.national;
        let mut elsewhere = 0u16;
        for (start, digits) in national.windows(told.range().len()).enumerate() {
            elsewhere |= u16::from(*digits == national[told.range()]) << start;
        }
        for start in 0..national.len() {
            for length in self.lengths(start, LONGEST_WORD) {
                let cell = self.cells[start][length];
                // Most places have no digit of it: there can be no variant.
                let end = start + length;
                let within = elsewhere >> start & ((1u16 << length) - 1) != 0;
                let overlaps = start < told.range().end && told.range().start < end;
                let contains = start <= told.range().start && told.range().end <= end
                    || told.range().start <= start && end <= told.range().end;
                if !(within || contains || overlaps && cell.phrases > 0) {
                    continue;
                }
                let first = usize::from(cell.first);
                let all = first..first + usize::from(cell.words + cell.phrases);
                let mut kept = Cell {
                    words: 0,
                    phrases: 0,
                    kinds: Kinds::default(),
                    ..cell
                };
                let mut end = first;
                for index in all {
                    let mut placed = self.placed[index];
                    let is_variant = if placed.attributes.phrase() {
                        placed
                            .words()
                            .any(|word| word.is_variant_of(told, national))
                    } else {
                        placed.is_variant_of(told, national)
                    };
                    if is_variant && !keep(&mut placed) {
                        continue;
                    }
                    self.placed[end] = placed;
                    end += 1;
                    kept.kinds.add(&placed);
                    if placed.attributes.phrase() {
                        kept.phrases += 1;
                    } else {
                        kept.words += 1;
                    }
                }
                self.set(start, length, kept);
            }
        }
    }
}
