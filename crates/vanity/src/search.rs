//! The exact search for the best answer.
//!
//! What fills the number is enumerated, the most common first. Where nothing does, the number is
//! cut into words, phrases and single digits: a table, filled from the end of the number, holds the
//! fewest leftover digits (and stretches of them) that any cut of the rest can reach; a depth-first
//! search then follows only the branches that can still beat the best answer found. Because the
//! table never promises more than is possible in any rule, nothing better is skipped: the answer
//! is the optimum, and the letters themselves break the last tie.

use crate::lattice::{Lattice, MAX_DIGITS, Placed};
use crate::score::{Fill, Position, Score};
use crate::seam;

mod filled;

/// Words up to this tier are common: SCOWL size 35 and below, and one in 1.6 million words of film
/// subtitles or more (see `scripts/build_word_list.py`).
const COMMON_TIER: u8 = 10;
/// The most common words that may fill a number together.
const MOST_FILLING_WORDS: u8 = 3;
/// The most words of two letters in one answer.
const MOST_WORDS_OF_TWO: u8 = 1;

/// An answer: its words and phrases in order and their score.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    placed: [Option<Placed>; MAX_DIGITS],
    pub(crate) score: Score,
    /// The national number with the words' letters over their digits.
    pub(crate) text: [u8; MAX_DIGITS],
}

impl Found {
    /// The words, those of phrases too.
    pub(crate) fn words(&self) -> impl Iterator<Item = Placed> {
        self.placed().flat_map(Placed::words)
    }

    fn placed(&self) -> impl Iterator<Item = Placed> {
        self.placed.iter().map_while(|placed| *placed)
    }

    /// The longest word; of several, the last.
    pub(crate) fn longest_word(&self) -> Option<Placed> {
        self.words().max_by_key(|word| word.length)
    }

    /// The letters of the word or phrase that says most, a phrase counted one less.
    pub(crate) fn weight(&self) -> u8 {
        self.placed().map(Placed::weight).max().unwrap_or(0)
    }

    /// Whether no word of it has more than two letters.
    pub(crate) fn is_of_two(&self, national: &[u8]) -> bool {
        self.score.fill >= Fill::Part
            && usize::from(self.score.beyond_longest) + 2 >= national.len()
    }

    /// Whether words fill the whole number.
    pub(crate) fn is_filled(&self) -> bool {
        self.score.fill < Fill::Part
    }

    /// Whether they are several.
    pub(crate) fn is_filled_by_several(&self) -> bool {
        matches!(self.score.fill, Fill::Phrase | Fill::CommonWords)
    }

    /// The tier of the rarest word or phrase.
    pub(crate) fn rarest(&self) -> u8 {
        self.score.rarest
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

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'number> {
    /// The digits dialled before the national number.
    pub(crate) prefix: &'number [u8],
    /// Where the local number begins in the national one.
    pub(crate) local_start: usize,
    /// Where letters may begin: at the local number, or before it.
    pub(crate) from: usize,
    pub(crate) standing: Standing,
    /// The letters that the longest word must have at least, 2 or more.
    pub(crate) shortest: usize,
}

/// The best answer that the words left in `lattice` give, or `None`.
pub(crate) fn best(lattice: &Lattice<'_>, wanted: Wanted<'_>) -> Option<Found> {
    let weights = lattice.weights(wanted.from..lattice.national.len());
    if weights >> wanted.shortest == 0 {
        return None;
    }
    if let Some(found) = filled::best(lattice, wanted) {
        return Some(found);
    }
    let fill = match wanted.standing {
        Standing::Alone => Fill::Part,
        Standing::Any => Fill::WantOfBetter,
    };
    let mut left = weights;
    while let Some(longest) = left.checked_ilog2().map(|longest| longest as usize)
        && longest >= wanted.shortest
    {
        if let Some(found) = Search::run(lattice, wanted, fill, longest) {
            return Some(found);
        }
        left &= !(1 << longest);
    }
    None
}

fn better(one: &Found, other: &Found) -> bool {
    (one.score, one.text) < (other.score, other.text)
}

/// The answer made of `placed`, unless something refused stands across one of its seams.
fn found(
    lattice: &Lattice<'_>,
    prefix: &[u8],
    placed: &[Option<Placed>; MAX_DIGITS],
    score: Score,
    best: Option<&Found>,
) -> Option<Found> {
    let national = lattice.national;
    let mut whole = [0u8; 2 * MAX_DIGITS];
    let start = prefix.len();
    let length = start + national.len();
    for (symbol, digit) in whole.iter_mut().zip(prefix.iter().chain(national)) {
        *symbol = b'0' + digit;
    }
    let mut seams = 0u32;
    for placed in placed.iter().map_while(|placed| *placed) {
        placed.write(national, &mut whole[start..length]);
        for word in placed.words() {
            seams |= 1 << (start + word.range().start) | 1 << (start + word.range().end);
        }
    }
    let mut text = [0u8; MAX_DIGITS];
    text[..national.len()].copy_from_slice(&whole[start..length]);
    let found = Found {
        placed: *placed,
        score,
        text,
    };
    let is_better = best.is_none_or(|best| better(&found, best));
    (is_better && !seam::refused(&whole[..length], seams)).then_some(found)
}

/// Whether `word` may follow `previous` at once: "a" and "i" go only before words that follow them
/// in English, a filler goes beside no word, and no word is said twice.
fn goes_after(previous: Placed, word: Placed, national: &[u8]) -> bool {
    if word.attributes.filler() || previous.attributes.filler() {
        return false;
    }
    if previous.length != 1 {
        let (last, first) = (previous.words().next_back(), word.words().next());
        return last
            .zip(first)
            .is_none_or(|(last, first)| !first.is_same_word(last, national));
    }
    match national[previous.range().start] {
        2 => word.attributes.after_a(),
        _ => word.attributes.after_i(),
    }
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
    wanted: Wanted<'lattice>,
    fill: Fill,
    /// What the longest word or phrase says, in letters.
    longest: usize,
    /// By position, what stands before it, and whether a longest one has been placed.
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
    others: u16,
    difficulty: u16,
    placed: usize,
    words_of_two: u8,
}

impl<'lattice> Search<'lattice> {
    /// The best answer whose longest word or phrase says exactly `longest` letters.
    fn run(
        lattice: &'lattice Lattice<'lattice>,
        wanted: Wanted<'lattice>,
        fill: Fill,
        longest: usize,
    ) -> Option<Found> {
        let mut search = Self {
            lattice,
            wanted,
            fill,
            longest,
            bounds: [[[NO_WAY; 2]; 3]; MAX_DIGITS + 1],
            path: [None; MAX_DIGITS],
            best: None,
        };
        search.fill_bounds();
        let from = wanted.from;
        // Before the words may begin, digits stand: they are one stretch.
        search.step(State {
            at: from,
            before: Before::Digit,
            has_longest: false,
            leftover: from as u8,
            stretches: u8::from(from > 0),
            position: Position::Middle,
            rarest: 0,
            others: 0,
            difficulty: 0,
            placed: 0,
            words_of_two: 0,
        });
        search.best
    }

    /// The words, then the phrases, that may be placed at `at` with `length` letters.
    fn candidates(&self, at: usize, length: usize) -> [&'lattice [Placed]; 2] {
        [
            if length > self.longest {
                &[]
            } else {
                self.lattice.words(at, length)
            },
            self.lattice.phrases(at, length),
        ]
    }

    /// Whether a digit placed at `at` begins a new stretch.
    fn begins_stretch(&self, at: usize, before: Before) -> bool {
        at == 0 || at == self.wanted.local_start || before != Before::Digit
    }

    fn fill_bounds(&mut self) {
        let length = self.lattice.national.len();
        for before in [Before::Digit, Before::Word] {
            self.bounds[length][before as usize][1] = 0;
        }
        for at in (self.wanted.from..length).rev() {
            let mut bounds = [[NO_WAY; 2]; 3];
            for before in [Before::Digit, Before::Word] {
                for has_longest in [0, 1] {
                    let rest = self.bounds[at + 1][Before::Digit as usize][has_longest];
                    if rest != NO_WAY {
                        let stretch = u16::from(self.begins_stretch(at, before));
                        bounds[before as usize][has_longest] = rest + 0x100 + stretch;
                    }
                }
            }
            for placed_length in self
                .lattice
                .lengths(at, (self.longest + 1).min(length - at))
            {
                let rest = self.bounds[at + placed_length];
                for (kind, weight) in self.kinds(at, placed_length).into_iter().flatten() {
                    let is_longest = weight == self.longest;
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

    /// The kinds of what may be placed at `at` with `length` letters, each with what it says.
    fn kinds(&self, at: usize, length: usize) -> [Option<(Kind, usize)>; 4] {
        let kinds = self.lattice.kinds(at, length);
        let words = length <= self.longest;
        let any = self.wanted.standing == Standing::Any && length > 1;
        let short = self.longest <= 2;
        let free = kinds.free()
            || short && (kinds.needs_neighbour() || kinds.filler())
            || any && (kinds.needs_next() || kinds.needs_neighbour());
        [
            (words && free).then_some((Kind::Free, length)),
            (words && kinds.needs_next() && !any).then_some((Kind::NeedsNext, length)),
            (words && kinds.needs_neighbour() && !any && !short)
                .then_some((Kind::NeedsNeighbour, length)),
            kinds.phrase().then_some((Kind::Free, length - 1)),
        ]
    }

    /// Fillers are for where nothing longer is to be had, and what was told before for answers that
    /// fill the number.
    fn admits(&self, word: &Placed) -> bool {
        word.told == 0 && (self.longest <= 2 || !word.attributes.filler())
    }

    /// What `word` needs beside it. Where nothing longer is to be had, "go" may stand among digits.
    fn kind(&self, word: &Placed) -> Kind {
        if self.wanted.standing == Standing::Any && word.length > 1 {
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
            words: 0,
            beyond_longest: (length - self.longest) as u8,
            leftover: state.leftover + (bound >> 8) as u8,
            stretches: state.stretches + (bound & 0xff) as u8,
            position: if may_end_better {
                Position::End
            } else {
                state.position
            },
            rarest: state.rarest,
            others: state.others,
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
            self.finish(promise);
            return;
        }
        for placed_length in self
            .lattice
            .lengths(state.at, (self.longest + 1).min(length - state.at))
        {
            let Some(least) = self.least(&state, placed_length) else {
                continue;
            };
            let position = promise.position;
            for candidates in self.candidates(state.at, placed_length) {
                for placed in candidates {
                    // Sorted: what follows is rarer.
                    let rarest = state.rarest.max(placed.attributes.tier());
                    if self.best.is_some_and(|best| {
                        let of = best.score;
                        (least, position, rarest)
                            > ((of.leftover, of.stretches), of.position, of.rarest)
                    }) {
                        break;
                    }
                    self.place(state, *placed);
                }
            }
        }
        if state.before != Before::Pending {
            self.step(State {
                at: state.at + 1,
                before: Before::Digit,
                leftover: state.leftover + 1,
                stretches: state.stretches + u8::from(self.begins_stretch(state.at, state.before)),
                ..state
            });
        }
    }

    /// The least that can be left over when something of `length` letters is placed next.
    fn least(&self, state: &State, length: usize) -> Option<(u8, u8)> {
        let rest = self.bounds[state.at + length];
        let bound = self
            .kinds(state.at, length)
            .into_iter()
            .flatten()
            .map(|(kind, weight)| {
                let has_longest = state.has_longest || weight == self.longest;
                rest[state.before.then(kind) as usize][usize::from(has_longest)]
            })
            .min()?;
        (bound != NO_WAY).then(|| {
            (
                state.leftover + (bound >> 8) as u8,
                state.stretches + (bound & 0xff) as u8,
            )
        })
    }

    fn place(&mut self, state: State, placed: Placed) {
        let words_of_two = state.words_of_two + placed.words_of_two();
        if words_of_two > MOST_WORDS_OF_TWO || !self.admits(&placed) {
            return;
        }
        if state.before != Before::Digit
            && let Some(previous) = state
                .placed
                .checked_sub(1)
                .and_then(|index| self.path[index])
            && !goes_after(previous, placed, self.lattice.national)
        {
            return;
        }
        let end = placed.range().end;
        let is_longest = usize::from(placed.weight()) == self.longest;
        let position = if !is_longest {
            state.position
        } else if end == self.lattice.national.len() {
            Position::End
        } else if state.at == 0 || state.at == self.wanted.local_start {
            state.position.min(Position::Start)
        } else {
            state.position
        };
        self.path[state.placed] = Some(placed);
        self.step(State {
            at: end,
            before: state.before.then(self.kind(&placed)),
            has_longest: state.has_longest || is_longest,
            position,
            rarest: state.rarest.max(placed.attributes.tier()),
            others: state.others + u16::from(placed.attributes.tier()),
            difficulty: state.difficulty + u16::from(placed.attributes.difficulty()) + 1,
            placed: state.placed + 1,
            words_of_two,
            ..state
        });
        self.path[state.placed] = None;
    }

    fn finish(&mut self, score: Score) {
        let prefix = self.wanted.prefix;
        if let Some(found) = found(self.lattice, prefix, &self.path, score, self.best.as_ref()) {
            self.best = Some(found);
        }
    }
}

#[cfg(test)]
mod tests;
