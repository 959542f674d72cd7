//! How many callers get how many answers, over 10,000 numbers of the North American plan.
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
    assert!(share(&counts, 3) >= 0.85);
    assert!(share(&local_counts, 3) >= 0.65);
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
