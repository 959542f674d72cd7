//! Whether what somebody would want is told: phrases of seven letters behind 800, and how often
//! letters run into the area code.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use vanity::{Part, PhoneNumber, best, digit_of};

/// The phrases of one section of the list.
fn wanted(section: &str) -> Vec<&'static str> {
    include_str!("data/wanted_phrases.txt")
        .split_once(&format!("[{section}]\n"))
        .unwrap()
        .1
        .lines()
        .take_while(|line| !line.starts_with('['))
        .collect()
}

/// The place at which a phrase is told among five, from 0.
fn place(phrase: &str) -> Option<usize> {
    let dialled: String = phrase
        .chars()
        .filter_map(digit_of)
        .map(|digit| char::from(b'0' + digit))
        .collect();
    let number = PhoneNumber::parse(&format!("+1800{dialled}")).unwrap();
    // "Sea food" is told where "seafood" is.
    let written = format!("1800{}", phrase.replace(' ', ""));
    best(&number, 5).iter().position(|answer| {
        let display = answer.display();
        display.replace(['+', '-'], "") == written
    })
}

/// How many of the phrases are told first, among three and among five.
fn recall(section: &str) -> ([usize; 3], usize) {
    let phrases = wanted(section);
    let places: Vec<Option<usize>> = phrases.iter().map(|phrase| place(phrase)).collect();
    let among = |most: usize| {
        places
            .iter()
            .flatten()
            .filter(|place| **place < most)
            .count()
    };
    let missed: Vec<&str> = phrases
        .iter()
        .zip(&places)
        .filter(|(_, place)| place.is_none_or(|place| place >= 3))
        .map(|(phrase, _)| *phrase)
        .collect();
    let counts = [among(1), among(3), among(5)];
    println!(
        "{section}: of {} first {}, among three {}, among five {}; not among three: {missed:?}",
        phrases.len(),
        counts[0],
        counts[1],
        counts[2]
    );
    (counts, phrases.len())
}

#[test]
fn what_people_want_is_told_among_three() {
    for section in ["seen", "held out"] {
        let ([first, three, _], all) = recall(section);
        assert!(all >= 80);
        assert!(first * 100 >= 60 * all, "{section}: {first} of {all}");
        assert!(three * 100 >= 86 * all, "{section}: {three} of {all}");
    }
}

/// Numbers of the North American plan that can exist, from a fixed seed (splitmix64).
fn numbers(seed: u64) -> impl Iterator<Item = PhoneNumber> {
    let mut seed = seed;
    let mut next = move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = seed;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    };
    std::iter::repeat_with(move || format!("+1{:010}", next() % 10_000_000_000))
        .filter_map(|text| PhoneNumber::parse(&text).ok())
}

#[test]
fn letters_seldom_run_into_the_area_code() {
    let (mut first, mut run) = (0, 0);
    for number in numbers(7).take(2_000) {
        let answers = best(&number, 1);
        let Some(answer) = answers.first() else {
            continue;
        };
        first += 1;
        // The country code, then the area code: digits, and all three of them.
        let area: String = answer
            .parts()
            .iter()
            .skip(1)
            .take_while(|part| matches!(part, Part::Digits(_)))
            .map(Part::text)
            .collect();
        run += usize::from(area.len() < 3);
    }
    println!("letters run into the area code in {run} of {first} first answers");
    assert!(run * 195 <= 40 * first, "{run} of {first}");
}
