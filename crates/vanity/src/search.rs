//! The exact search for the best answer.
//!
//! A number is cut into words and single digits. A table, filled from the end of the number, holds
//! the fewest leftover digits (and stretches of them) that any cut of the rest can reach; a
//! depth-first search then follows only the branches that can still beat the best answer found.
//! Because the table never promises more than is possible in any rule, nothing better is skipped:
//! the answer is the optimum, and the letters themselves break the last tie.

use crate::lattice::{Lattice, MAX_DIGITS, Placed};
use crate::score::{Fill, Position, Score};
use crate::seam;

/// Words up to this tier are common: SCOWL size 35 and below, and one in 1.6 million words of film
/// subtitles or more (see `scripts/build_word_list.py`).
const COMMON_TIER: u8 = 10;
/// The shortest longest word of an answer.
const SHORTEST_ANSWER: usize = 2;
/// The most common words that may fill a number together.
const MOST_FILLING_WORDS: u8 = 3;

/// An answer: its words in order and their score.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    words: [Option<Placed>; MAX_DIGITS],
    pub(crate) score: Score,
    /// The national number with the words' letters over their digits.
    pub(crate) text: [u8; MAX_DIGITS],
}

impl Found {
    pub(crate) fn words(&self) -> impl Iterator<Item = Placed> {
        self.words.iter().map_while(|word| *word)
    }

    /// The longest word; of several, the last.
    pub(crate) fn longest_word(&self) -> Option<Placed> {
        self.words().max_by_key(|word| word.length)
    }
}

/// Which words may stand among digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Those that say something by themselves.
    Alone,
    /// Any of two letters or more: for want of better.
    Any,
}

/// The best answer that the words left in `lattice` give, or `None`.
///
/// `prefix` are the digits dialled before the national number, and `local_start` is where the
/// local number begins in the national one.
pub(crate) fn best(
    lattice: &Lattice<'_>,
    prefix: &[u8],
    local_start: usize,
    standing: Standing,
) -> Option<Found> {
    let length = lattice.national.len();
    let longest = lattice.longest();
    if longest < SHORTEST_ANSWER {
        return None;
    }
    let starts = [0, local_start];
    let starts = if local_start == 0 {
        &starts[..1]
    } else {
        &starts[..]
    };
    let run = |fill, from, longest| {
        Search::run(lattice, prefix, local_start, standing, fill, from, longest)
    };

    for from in starts {
        let fills = length - from;
        if (SHORTEST_ANSWER..=longest).contains(&fills)
            && let Some(found) = run(Fill::OneWord, *from, fills)
        {
            return Some(found);
        }
    }
    let mut filled: Option<Found> = None;
    for from in starts {
        if !common_words_fill(lattice, *from) {
            continue;
        }
        for longest in (SHORTEST_ANSWER..=longest).rev() {
            if let Some(found) = run(Fill::CommonWords, *from, longest) {
                if filled.is_none_or(|best| better(&found, &best)) {
                    filled = Some(found);
                }
                break;
            }
        }
    }
    let part = match standing {
        Standing::Alone => Fill::Part,
        Standing::Any => Fill::WantOfBetter,
    };
    filled.or_else(|| {
        (SHORTEST_ANSWER..=longest)
            .rev()
            .find_map(|longest| run(part, 0, longest))
    })
}

fn better(one: &Found, other: &Found) -> bool {
    (one.score, one.text) < (other.score, other.text)
}

/// Whether at most three common words can fill the number from `from` on.
fn common_words_fill(lattice: &Lattice<'_>, from: usize) -> bool {
    let length = lattice.national.len();
    // 0 and 1 carry no letters.
    if lattice.national[from..].iter().any(|digit| *digit < 2) {
        return false;
    }
    let mut fewest = [u8::MAX; MAX_DIGITS + 1];
    fewest[length] = 0;
    for start in (from..length).rev() {
        for word_length in lattice.lengths(start, length - start) {
            let rest = fewest[start + word_length];
            if rest < fewest[start].saturating_sub(1)
                && any_common(lattice.words(start, word_length))
            {
                fewest[start] = rest + 1;
            }
        }
    }
    fewest[from] <= MOST_FILLING_WORDS
}

fn any_common(words: &[Placed]) -> bool {
    words
        .first()
        .is_some_and(|word| word.attributes.tier() <= COMMON_TIER)
}

/// What stands before a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// A digit, or nothing.
    Digit,
    /// A word.
    Word,
    /// A word that must be followed by one.
    Pending,
}

impl Before {
    /// After `word` is placed here.
    fn then(self, kind: Kind) -> Self {
        match kind {
            Kind::NeedsNext => Self::Pending,
            Kind::NeedsNeighbour if self == Self::Digit => Self::Pending,
            Kind::NeedsNeighbour | Kind::Free => Self::Word,
        }
    }
}

/// What a word needs beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Free,
    NeedsNext,
    NeedsNeighbour,
}

/// Leftover digits in the high byte, stretches in the low one; `u16::MAX` where there is no way.
type Bound = u16;
const NO_WAY: Bound = u16::MAX;

struct Search<'lattice> {
    lattice: &'lattice Lattice<'lattice>,
    prefix: &'lattice [u8],
    local_start: usize,
    standing: Standing,
    fill: Fill,
    /// Where the words must begin to fill the number (from `Fill::Part` on: nowhere).
    fill_from: usize,
    longest: usize,
    /// By position, what stands before it, and whether a word of the longest length has been placed.
    bounds: [[[Bound; 2]; 3]; MAX_DIGITS + 1],
    path: [Option<Placed>; MAX_DIGITS],
    best: Option<Found>,
}

/// Where the search stands.
#[derive(Clone, Copy)]
struct State {
    at: usize,
    before: Before,
    has_longest: bool,
    leftover: u8,
    stretches: u8,
    position: Position,
    rarest: u8,
    difficulty: u16,
    words: usize,
    filling_words: u8,
}

impl<'lattice> Search<'lattice> {
    /// The best answer whose longest word has exactly `longest` letters.
    fn run(
        lattice: &'lattice Lattice<'lattice>,
        prefix: &'lattice [u8],
        local_start: usize,
        standing: Standing,
        fill: Fill,
        fill_from: usize,
        longest: usize,
    ) -> Option<Found> {
        let mut search = Self {
            lattice,
            prefix,
            local_start,
            standing,
            fill,
            fill_from: if fill >= Fill::Part {
                lattice.national.len()
            } else {
                fill_from
            },
            longest,
            bounds: [[[NO_WAY; 2]; 3]; MAX_DIGITS + 1],
            path: [None; MAX_DIGITS],
            best: None,
        };
        search.fill_bounds();
        search.step(State {
            at: 0,
            before: Before::Digit,
            has_longest: false,
            leftover: 0,
            stretches: 0,
            position: Position::Middle,
            rarest: 0,
            difficulty: 0,
            words: 0,
            filling_words: 0,
        });
        search.best
    }

    /// The words that may be placed at `at` with `length` letters, under the fill that is sought.
    fn candidates(&self, at: usize, length: usize) -> &'lattice [Placed] {
        let end = at + length;
        if at < self.fill_from && end > self.fill_from {
            return &[];
        }
        let words = self.lattice.words(at, length);
        if at >= self.fill_from {
            match self.fill {
                Fill::OneWord if end != self.lattice.national.len() || at != self.fill_from => {
                    return &[];
                }
                Fill::CommonWords => {
                    // Sorted: common before rare.
                    let common =
                        words.partition_point(|word| word.attributes.tier() <= COMMON_TIER);
                    return &words[..common];
                }
                _ => {}
            }
        }
        words
    }

    /// Whether a digit placed at `at` begins a new stretch.
    fn begins_stretch(&self, at: usize, before: Before) -> bool {
        at == 0 || at == self.local_start || before != Before::Digit
    }

    fn fill_bounds(&mut self) {
        let length = self.lattice.national.len();
        for before in [Before::Digit, Before::Word] {
            self.bounds[length][before as usize][1] = 0;
        }
        for at in (0..length).rev() {
            let mut bounds = [[NO_WAY; 2]; 3];
            if at < self.fill_from {
                for before in [Before::Digit, Before::Word] {
                    for has_longest in [0, 1] {
                        let rest = self.bounds[at + 1][Before::Digit as usize][has_longest];
                        if rest != NO_WAY {
                            let stretch = u16::from(self.begins_stretch(at, before));
                            bounds[before as usize][has_longest] = rest + 0x100 + stretch;
                        }
                    }
                }
            }
            for word_length in self.lattice.lengths(at, self.longest.min(length - at)) {
                let rest = self.bounds[at + word_length];
                let is_longest = word_length == self.longest;
                let mut kinds = [false; 3];
                for word in self
                    .candidates(at, word_length)
                    .iter()
                    .filter(|word| self.admits(word))
                {
                    kinds[self.kind(word) as usize] = true;
                }
                for kind in [Kind::Free, Kind::NeedsNext, Kind::NeedsNeighbour] {
                    if !kinds[kind as usize] {
                        continue;
                    }
                    for before in [Before::Digit, Before::Word, Before::Pending] {
                        let rest = rest[before.then(kind) as usize];
                        let bound = &mut bounds[before as usize];
                        bound[0] = bound[0].min(rest[usize::from(is_longest)]);
                        bound[1] = bound[1].min(rest[1]);
                    }
                }
            }
            self.bounds[at] = bounds;
        }
    }

    /// Fillers are for where nothing longer is to be had.
    fn admits(&self, word: &Placed) -> bool {
        self.longest <= 2 || !word.attributes.filler()
    }

    /// What `word` needs beside it. Where nothing longer is to be had, "go" may stand among digits.
    fn kind(&self, word: &Placed) -> Kind {
        if self.standing == Standing::Any && word.length > 1 {
            Kind::Free
        } else if word.attributes.needs_next() {
            Kind::NeedsNext
        } else if word.attributes.needs_neighbour() && self.longest > 2 {
            Kind::NeedsNeighbour
        } else {
            Kind::Free
        }
    }

    /// The best score that anything from `state` on can reach, rule by rule; `None` if there is no way.
    fn promise(&self, state: &State) -> Option<Score> {
        let bound = self.bounds[state.at][state.before as usize][usize::from(state.has_longest)];
        if bound == NO_WAY {
            return None;
        }
        let length = self.lattice.national.len();
        let may_end_better = state.at + self.longest <= length;
        Some(Score {
            fill: self.fill,
            beyond_longest: (length - self.longest) as u8,
            leftover: state.leftover + (bound >> 8) as u8,
            stretches: state.stretches + (bound & 0xff) as u8,
            position: if may_end_better {
                Position::End
            } else {
                state.position
            },
            rarest: state.rarest,
            difficulty: state.difficulty,
        })
    }

    fn step(&mut self, state: State) {
        let Some(promise) = self.promise(&state) else {
            return;
        };
        if self.best.is_some_and(|best| promise > best.score) {
            return;
        }
        let length = self.lattice.national.len();
        if state.at == length {
            self.finish(&state, promise);
            return;
        }
        for word_length in self
            .lattice
            .lengths(state.at, self.longest.min(length - state.at))
        {
            for word in self.candidates(state.at, word_length) {
                self.place(state, *word);
            }
        }
        if state.before != Before::Pending && state.at < self.fill_from {
            self.step(State {
                at: state.at + 1,
                before: Before::Digit,
                leftover: state.leftover + 1,
                stretches: state.stretches + u8::from(self.begins_stretch(state.at, state.before)),
                ..state
            });
        }
    }

    fn place(&mut self, state: State, word: Placed) {
        if !self.admits(&word) || !self.goes_after_previous(state, word) {
            return;
        }
        let end = word.range().end;
        let filling = state.at >= self.fill_from;
        let filling_words = state.filling_words + u8::from(filling);
        if filling_words > MOST_FILLING_WORDS {
            return;
        }
        let is_longest = usize::from(word.length) == self.longest;
        let position = if !is_longest {
            state.position
        } else if end == self.lattice.national.len() {
            Position::End
        } else if state.at == 0 || state.at == self.local_start {
            state.position.min(Position::Start)
        } else {
            state.position
        };
        self.path[state.words] = Some(word);
        self.step(State {
            at: end,
            before: state.before.then(self.kind(&word)),
            has_longest: state.has_longest || is_longest,
            position,
            rarest: state.rarest.max(word.attributes.tier()),
            difficulty: state.difficulty + u16::from(word.attributes.difficulty()) + 1,
            words: state.words + 1,
            filling_words,
            ..state
        });
        self.path[state.words] = None;
    }

    /// "a" and "i" go only before words that follow them in English, a filler goes beside no word,
    /// and no word is said twice.
    fn goes_after_previous(&self, state: State, word: Placed) -> bool {
        if state.before == Before::Digit {
            return true;
        }
        let Some(previous) = state
            .words
            .checked_sub(1)
            .and_then(|index| self.path[index])
        else {
            return true;
        };
        if word.attributes.filler() || previous.attributes.filler() {
            return false;
        }
        if previous.length != 1 {
            return !word.is_same_word(previous, self.lattice.national);
        }
        match self.lattice.national[previous.range().start] {
            2 => word.attributes.after_a(),
            _ => word.attributes.after_i(),
        }
    }

    fn finish(&mut self, state: &State, score: Score) {
        let national = self.lattice.national;
        let mut whole = [0u8; 2 * MAX_DIGITS];
        let prefix = self.prefix.len();
        let length = prefix + national.len();
        for (symbol, digit) in whole.iter_mut().zip(self.prefix.iter().chain(national)) {
            *symbol = b'0' + digit;
        }
        let mut seams = 0u32;
        for word in self.path[..state.words].iter().flatten() {
            word.write(national, &mut whole[prefix..length]);
            seams |= 1 << (prefix + word.range().start) | 1 << (prefix + word.range().end);
        }
        let mut text = [0u8; MAX_DIGITS];
        text[..national.len()].copy_from_slice(&whole[prefix..length]);
        let found = Found {
            words: self.path,
            score,
            text,
        };
        if self.best.is_none_or(|best| better(&found, &best))
            && !seam::refused(&whole[..length], seams)
        {
            self.best = Some(found);
        }
    }
}

#[cfg(test)]
mod tests;
