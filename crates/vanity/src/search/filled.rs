//! What fills the number: one word, a phrase, or two or three common words.

use super::{COMMON_TIER, Found, MOST_FILLING_WORDS, MOST_WORDS_OF_TWO, Standing, Wanted};
use crate::lattice::{Lattice, MAX_DIGITS, Placed};
use crate::score::{Fill, Position, Score};

/// The best answer whose words fill the number from where letters may begin.
pub(super) fn best(lattice: &Lattice<'_>, wanted: Wanted<'_>) -> Option<Found> {
    if lattice.national[wanted.from..]
        .iter()
        .any(|digit| *digit < 2)
    {
        return None; // 0 and 1 carry no letters.
    }
    let mut filling = Filling {
        lattice,
        wanted,
        path: [None; MAX_DIGITS],
        best: None,
    };
    let filled = lattice.national.len() - wanted.from;
    if filled >= wanted.shortest && filled <= crate::index::LONGEST_WORD {
        for placed in [
            lattice.words(wanted.from, filled),
            lattice.phrases(wanted.from, filled),
        ]
        .into_iter()
        .flatten()
        {
            filling.one(*placed);
        }
    }
    if filling.best.is_none() {
        for words in 2..=MOST_FILLING_WORDS {
            filling.common(
                words,
                Row {
                    at: wanted.from,
                    longest: 0,
                    ..Row::default()
                },
            );
            if filling.best.is_some() {
                break;
            }
        }
    }
    filling.best
}

struct Filling<'lattice> {
    lattice: &'lattice Lattice<'lattice>,
    wanted: Wanted<'lattice>,
    path: [Option<Placed>; MAX_DIGITS],
    best: Option<Found>,
}

/// The common words placed so far.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    at: usize,
    placed: u8,
    longest: u8,
    rarest: u8,
    others: u16,
    difficulty: u16,
    words_of_two: u8,
    told: u8,
    /// Whether it has a word of three letters or more that was not told before.
    has_news: bool,
}

impl Filling<'_> {
    fn score(&self, fill: Fill, row: Row) -> Score {
        let from = self.wanted.from as u8;
        Score {
            fill,
            words: if fill == Fill::CommonWords {
                row.placed
            } else {
                0
            },
            beyond_longest: if fill == Fill::CommonWords {
                0
            } else {
                self.lattice.national.len() as u8 - row.longest
            },
            leftover: from,
            stretches: u8::from(from > 0),
            position: Position::End,
            rarest: row.rarest,
            others: row.others,
            difficulty: row.difficulty,
        }
    }

    /// One word or phrase.
    fn one(&mut self, placed: Placed) {
        let attributes = placed.attributes;
        let waits = attributes.needs_next() && self.wanted.standing == Standing::Alone;
        let told_already = placed.told > u8::from(attributes.phrase());
        if waits || told_already || placed.words_of_two() > MOST_WORDS_OF_TWO {
            return;
        }
        let fill = if attributes.phrase() {
            Fill::Phrase
        } else if attributes.tier() <= COMMON_TIER {
            Fill::OneCommonWord
        } else {
            Fill::OneWord
        };
        let row = Row {
            longest: placed.weight(),
            rarest: attributes.tier(),
            others: u16::from(attributes.tier()),
            difficulty: u16::from(attributes.difficulty()) + 1,
            ..Row::default()
        };
        self.path[0] = Some(placed);
        self.finish(fill, row);
        self.path[0] = None;
    }

    /// `left` common words from `row` on, up to the end.
    fn common(&mut self, left: u8, row: Row) {
        let rest = self.lattice.national.len() - row.at;
        // Every word has a letter at least.
        let most = (rest + 1).saturating_sub(usize::from(left));
        for length in self.lattice.lengths(row.at, most) {
            if left == 1 && length != rest {
                continue;
            }
            for word in self.lattice.words(row.at, length) {
                let tier = word.attributes.tier();
                let next = Row {
                    at: row.at + length,
                    placed: row.placed + 1,
                    longest: row.longest.max(word.length),
                    rarest: row.rarest.max(tier),
                    others: row.others + u16::from(tier),
                    difficulty: row.difficulty + u16::from(word.attributes.difficulty()) + 1,
                    words_of_two: row.words_of_two + word.words_of_two(),
                    told: row.told + word.told,
                    has_news: row.has_news || word.told == 0 && word.length > 2,
                };
                // Sorted: what follows is rarer.
                if tier > COMMON_TIER || self.is_beaten(next) {
                    break;
                }
                if next.words_of_two > MOST_WORDS_OF_TWO
                    || next.told > 1
                    || !self.fits(*word, row, left)
                {
                    continue;
                }
                self.path[usize::from(row.placed)] = Some(*word);
                if left > 1 {
                    self.common(left - 1, next);
                } else if usize::from(next.longest) >= self.wanted.shortest
                    && (next.told == 0 || next.has_news)
                {
                    self.finish(Fill::CommonWords, next);
                }
                self.path[usize::from(row.placed)] = None;
            }
        }
    }

    /// Whether the best answer's words are more common than those of `row`.
    fn is_beaten(&self, row: Row) -> bool {
        self.best
            .is_some_and(|best| (row.rarest, row.others) > (best.score.rarest, best.score.others))
    }

    /// Whether `word` may stand here when `left` words, this one among them, are still to come.
    fn fits(&self, word: Placed, row: Row, left: u8) -> bool {
        let waits = word.attributes.needs_next()
            && (self.wanted.standing == Standing::Alone || word.length == 1);
        if left == 1 && waits {
            return false;
        }
        let previous = row
            .placed
            .checked_sub(1)
            .and_then(|index| self.path[usize::from(index)]);
        match previous {
            Some(previous) => super::goes_after(previous, word, self.lattice.national),
            None => !word.attributes.filler(),
        }
    }

    fn finish(&mut self, fill: Fill, row: Row) {
        let score = self.score(fill, row);
        if self.best.is_some_and(|best| score > best.score) {
            return;
        }
        let prefix = self.wanted.prefix;
        let best = self.best.as_ref();
        if let Some(found) = super::found(self.lattice, prefix, &self.path, score, best) {
            self.best = Some(found);
        }
    }
}
