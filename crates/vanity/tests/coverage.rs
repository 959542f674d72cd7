//! How many callers get how many answers, and how clean they are, over 10,000 numbers of the North
//! American plan.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeSet;

use vanity::{PhoneNumber, best, best_local};

const NUMBERS: usize = 10_000;

/// Numbers that can exist, from a fixed seed (splitmix64).
fn numbers() -> Vec<PhoneNumber> {
    let mut seed = 2026u64;
    let mut next = move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = seed;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    };
    std::iter::repeat_with(move || format!("+1{:010}", next() % 10_000_000_000))
        .filter_map(|text| PhoneNumber::parse(&text).ok())
        .take(NUMBERS)
        .collect()
}

#[test]
fn most_callers_get_three() {
    let mut counts = [0usize; 6];
    let mut local_counts = [0usize; 6];
    for number in numbers() {
        let answers = best(&number, 5);
        counts[answers.len()] += 1;
        local_counts[best_local(&number, 5).len()] += 1;
    }
    let share = |counts: &[usize; 6], least: usize| {
        counts[least..].iter().sum::<usize>() as f64 / NUMBERS as f64
    };
    for (name, counts) in [
        ("national number", &counts),
        ("last seven digits", &local_counts),
    ] {
        println!(
            "{name}: one or more {:.1} %, three or more {:.1} %, five {:.1} %",
            100.0 * share(counts, 1),
            100.0 * share(counts, 3),
            100.0 * share(counts, 5)
        );
    }
    assert!(share(&counts, 3) >= 0.80);
    assert!(share(&local_counts, 3) >= 0.57);
}

#[test]
fn every_word_is_in_the_list() {
    let list: BTreeSet<String> = include_str!("../data/words.txt")
        .lines()
        .filter(|line| !line.starts_with(['#', '[']))
        .map(str::to_ascii_uppercase)
        .collect();
    let mut words = 0;
    for number in numbers() {
        for answer in best(&number, 5) {
            for word in answer.words() {
                assert!(list.contains(&word), "{answer}");
                words += 1;
            }
        }
    }
    assert!(words > NUMBERS);
}

/// Public lists of obscene words and phrases, and the fewest letters of an entry that is looked for:
/// the two later ones have "god", "omg" and "shi". The block list was not made from them.
const PUBLIC_LISTS: [(&str, usize); 3] = [
    (include_str!("data/ldnoobw_en.txt"), 3),
    (include_str!("data/better_profanity.txt"), 4),
    (include_str!("data/badwords_list.txt"), 4),
];

/// What the lists have, without spaces and signs.
fn obscene() -> BTreeSet<String> {
    let entries = |(list, fewest): (&'static str, usize)| {
        list.lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                line.chars()
                    .filter(char::is_ascii_alphanumeric)
                    .collect::<String>()
                    .to_ascii_uppercase()
            })
            .filter(move |text| text.len() >= fewest)
    };
    PUBLIC_LISTS.into_iter().flat_map(entries).collect()
}

/// What of `list` is said by the parts of an answer: as a word, as words together, or across a
/// seam. What is only a part of one word ("CLASS") is not.
fn said<'list>(parts: &[&str], list: &'list BTreeSet<String>) -> Option<&'list str> {
    let text = parts.concat();
    let mut starts = BTreeSet::from([text.len()]);
    let mut at = 0;
    for part in parts {
        starts.insert(at);
        at += part.len();
    }
    list.iter()
        .map(String::as_str)
        .filter(|entry| entry.bytes().any(|symbol| symbol.is_ascii_uppercase()))
        .find(|entry| {
            text.match_indices(entry).any(|(start, _)| {
                let end = start + entry.len();
                let crosses = starts.range(start + 1..end).next().is_some();
                crosses || starts.contains(&start) && starts.contains(&end)
            })
        })
}

#[test]
fn nothing_of_the_public_lists_is_said() {
    let list = obscene();
    assert!(list.len() > 1_000, "{}", list.len());
    // The check sees what it must, and no more.
    assert_eq!(said(&["1", "800", "GAS", "SALE"], &list), Some("ASS"));
    assert_eq!(said(&["1", "800", "BLOW", "JOB"], &list), Some("BLOWJOB"));
    assert_eq!(said(&["1", "800", "2", "GRAPES"], &list), None);
    let (mut answers, mut found) = (0, Vec::new());
    for number in numbers() {
        for answer in best(&number, 5).into_iter().chain(best_local(&number, 5)) {
            answers += 1;
            let parts = answer.parts();
            let parts: Vec<&str> = parts.iter().map(vanity::Part::text).collect();
            if let Some(entry) = said(&parts, &list) {
                found.push(format!("{answer} says {entry}"));
            }
        }
    }
    assert!(answers > 5 * NUMBERS, "{answers}");
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_word_of_the_word_list_is_on_a_public_list() {
    /// On a public list for a second meaning that a caller does not hear in them.
    const INNOCENT: [&str; 3] = ["SHRIMPING", "SKEET", "SNOWBALLING"];
    let list = obscene();
    let found: BTreeSet<String> = include_str!("../data/words.txt")
        .lines()
        .map(str::to_ascii_uppercase)
        .filter(|word| list.contains(word))
        .collect();
    assert_eq!(found, BTreeSet::from(INNOCENT.map(str::to_owned)));
}
