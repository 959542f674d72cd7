//! The search against a walk through every answer there is.

use proptest::prelude::*;

use super::*;

/// Every way to cut the number into words and digits.
fn every_cut(
    lattice: &Lattice<'_>,
    at: usize,
    path: &mut Vec<Placed>,
    visit: &mut impl FnMut(&[Placed]),
) {
    let length = lattice.national.len();
    if at == length {
        visit(path);
        return;
    }
    every_cut(lattice, at + 1, path, visit);
    for word_length in 1..=(length - at).min(crate::index::LONGEST_WORD) {
        for word in [
            lattice.words(at, word_length),
            lattice.phrases(at, word_length),
        ]
        .concat()
        {
            let word = &word;
            path.push(*word);
            every_cut(lattice, at + word_length, path, visit);
            path.pop();
        }
    }
}

/// Whether English and decency allow these words, read off the whole answer, and whether it may say
/// again what was told. `filled` says that a phrase or common words fill the number.
fn is_allowed(
    lattice: &Lattice<'_>,
    prefix: &[u8],
    words: &[Placed],
    longest: usize,
    filled: bool,
) -> bool {
    let said: Vec<Placed> = words.iter().flat_map(|word| word.words()).collect();
    if said.iter().filter(|word| word.length == 2).count() > 1 {
        return false;
    }
    let told: u8 = words.iter().map(|word| word.told).sum();
    let several = |word: &&Placed| word.told == 0 && word.length > 2 || word.attributes.phrase();
    if told > 1 || told == 1 && !(filled && words.iter().any(|word| several(&word))) {
        return false;
    }
    for (index, word) in words.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| words[index]);
        let before = before.filter(|other| other.range().end == word.range().start);
        let after = words
            .get(index + 1)
            .filter(|other| other.range().start == word.range().end);
        if word.attributes.needs_next() && after.is_none() {
            return false;
        }
        if word.attributes.needs_neighbour() && longest > 2 && before.is_none() && after.is_none() {
            return false;
        }
        if word.attributes.filler() && (longest > 2 || before.is_some() || after.is_some()) {
            return false;
        }
        let Some(after) = after else { continue };
        let (last, first) = (word.words().last().unwrap(), after.words().next().unwrap());
        if word.length > 1 && last.is_same_word(first, lattice.national) {
            return false;
        }
        let fits = match (word.length, lattice.national[word.range().start]) {
            (1, 2) => after.attributes.after_a(),
            (1, _) => after.attributes.after_i(),
            _ => true,
        };
        if !fits {
            return false;
        }
    }
    let mut text: Vec<u8> = prefix
        .iter()
        .chain(lattice.national)
        .map(|digit| b'0' + digit)
        .collect();
    let mut seams = 0;
    for word in words {
        word.write(lattice.national, &mut text[prefix.len()..]);
        for word in word.words() {
            let range = word.range();
            seams |= 1 << (prefix.len() + range.start) | 1 << (prefix.len() + range.end);
        }
    }
    !seam::refused(&text, seams)
}

/// The score, read off the whole answer whose words begin at `from` or later.
fn score(lattice: &Lattice<'_>, words: &[Placed], local_start: usize, from: usize) -> Score {
    let length = lattice.national.len();
    let longest = words.iter().map(|word| word.weight()).max().unwrap_or(0);
    let covered = |index: usize| words.iter().any(|word| word.range().contains(&index));
    let common = |word: &Placed| word.attributes.tier() <= COMMON_TIER;
    let fill = if !(from..length).all(covered) {
        Fill::Part
    } else {
        match words {
            [one] if one.attributes.phrase() => Fill::Phrase,
            [one] if common(one) => Fill::OneCommonWord,
            [_] => Fill::OneWord,
            [_, _] | [_, _, _]
                if words
                    .iter()
                    .all(|word| common(word) && !word.attributes.phrase()) =>
            {
                Fill::CommonWords
            }
            _ => Fill::Part,
        }
    };
    let common_words = fill == Fill::CommonWords;
    let begins_stretch = |index: usize| index == 0 || index == local_start || covered(index - 1);
    let position = words
        .iter()
        .filter(|word| word.weight() == longest)
        .map(|word| match word.range() {
            range if range.end == length => Position::End,
            range if range.start == 0 || range.start == local_start => Position::Start,
            _ => Position::Middle,
        })
        .min();
    Score {
        fill,
        words: if common_words { words.len() as u8 } else { 0 },
        beyond_longest: if common_words {
            0
        } else {
            (length - usize::from(longest)) as u8
        },
        leftover: (0..length).filter(|index| !covered(*index)).count() as u8,
        stretches: (0..length)
            .filter(|index| !covered(*index) && begins_stretch(*index))
            .count() as u8,
        position: if common_words {
            Position::End
        } else {
            position.unwrap()
        },
        rarest: words
            .iter()
            .map(|word| word.attributes.tier())
            .max()
            .unwrap(),
        others: words
            .iter()
            .map(|word| u16::from(word.attributes.tier()))
            .sum(),
        difficulty: words
            .iter()
            .map(|word| u16::from(word.attributes.difficulty()) + 1)
            .sum(),
    }
}

fn best_of_all(
    lattice: &Lattice<'_>,
    prefix: &[u8],
    local_start: usize,
    from: usize,
    shortest: usize,
) -> Option<(Score, String)> {
    let mut best: Option<(Score, String)> = None;
    every_cut(lattice, from, &mut Vec::new(), &mut |words| {
        let longest = words
            .iter()
            .map(|word| usize::from(word.weight()))
            .max()
            .unwrap_or(0);
        if longest < shortest {
            return;
        }
        let score = score(lattice, words, local_start, from);
        if best.as_ref().is_some_and(|(best, _)| score > *best)
            || !is_allowed(lattice, prefix, words, longest, score.fill < Fill::Part)
        {
            return;
        }
        let mut text: Vec<u8> = lattice.national.iter().map(|digit| b'0' + digit).collect();
        for word in words {
            word.write(lattice.national, &mut text);
        }
        let found = (score, String::from_utf8(text).unwrap());
        if best.as_ref().is_none_or(|best| found < *best) {
            best = Some(found);
        }
    });
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_best_of_all_answers_is_found(
        national in prop_oneof![
            prop::collection::vec(0u8..10, 2..11),
            prop::collection::vec(2u8..10, 2..9),
        ],
        area in 0usize..4,
        rounds in 1usize..4,
        local in any::<bool>(),
        shortest in 2usize..4,
    ) {
        // As in numbering.rs: a local number has six digits or more.
        let local_start = if national.len() >= area + 6 { area } else { 0 };
        let mut lattice = Lattice::new(&national, 0);
        // As `best_from` in lib.rs: again without the words that were told.
        for _ in 0..rounds {
            let from = if local { local_start } else { 0 };
            let wanted = Wanted { prefix: &[1], local_start, from, standing: Standing::Alone, shortest };
            let found = best(&lattice, wanted);
            let text = |found: &Found| String::from_utf8(found.text[..national.len()].to_vec()).unwrap();
            let expected = best_of_all(&lattice, &[1], local_start, from, shortest);
            prop_assert_eq!(found.as_ref().map(|found| (found.score, text(found))), expected);
            let Some(found) = found else { break };
            for word in found.words() {
                if found.is_filled_by_several() {
                    lattice.note_variants(word);
                } else {
                    lattice.remove_variants(word);
                }
            }
        }
    }
}
