//! What holds for every number of every country.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use vanity::{Part, PhoneNumber, best, best_local, digit_of, pattern};

/// Numbers of North America, and national numbers of any length behind other country codes.
fn any_number() -> impl Strategy<Value = PhoneNumber> {
    let north_america = "[2-9][0-9]{2}[2-9][0-9]{6}".prop_map(|national| format!("+1{national}"));
    let elsewhere = (
        "(44|49|33|39|34|61|64|65|81|91|353|358|972|7|52|55|86|27|20|423|852)",
        "[1-9][0-9]{5,11}",
    )
        .prop_map(|(code, national)| format!("+{code}{national}"));
    prop_oneof![north_america, elsewhere]
        .prop_filter_map("possible", |text| PhoneNumber::parse(&text).ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn letters_dial_exactly_the_callers_number(number in any_number()) {
        for answer in best(&number, 5) {
            let dialled: Vec<u8> = answer
                .display()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|symbol| digit_of(symbol).unwrap_or_else(|| symbol.to_digit(10).unwrap() as u8))
                .collect();
            prop_assert_eq!(dialled.as_slice(), number.digits(), "{}", answer);
        }
    }

    #[test]
    fn zero_and_one_stay_digits(number in any_number()) {
        for answer in best(&number, 5) {
            let symbols: Vec<char> = answer.display().chars().filter(char::is_ascii_alphanumeric).collect();
            for (symbol, digit) in symbols.iter().zip(number.digits()) {
                if *digit < 2 {
                    prop_assert!(symbol.is_ascii_digit(), "{}", answer);
                }
            }
        }
    }

    #[test]
    fn a_pattern_changes_no_digit(number in any_number()) {
        if let Some(pattern) = pattern(&number) {
            let shown: Vec<u8> = pattern.display().bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
            prop_assert_eq!(shown.as_slice(), number.digits());
            prop_assert_eq!(pattern.groups().iter().filter(|group| group.is_empty()).count(), 0);
        }
    }

    #[test]
    fn a_run_is_always_found(head in "[2-9][0-9]{2}[2-9]", digit in 0u8..10, length in 3usize..7, rest in "[0-9]{6}") {
        let run = digit.to_string().repeat(length);
        let text = format!("+1{head}{run}{}", &rest[..6 - length]);
        if let Ok(number) = PhoneNumber::parse(&text) {
            prop_assert!(pattern(&number).is_some(), "{}", text);
        }
    }

    #[test]
    fn the_same_number_gives_the_same_answers(number in any_number()) {
        let once: Vec<String> = best(&number, 5).iter().map(ToString::to_string).collect();
        let again: Vec<String> = best(&number, 5).iter().map(ToString::to_string).collect();
        prop_assert_eq!(&once, &again);
        let three: Vec<String> = best(&number, 3).iter().map(ToString::to_string).collect();
        prop_assert_eq!(&once[..once.len().min(3)], three.as_slice());
    }

    #[test]
    fn answers_differ_in_their_words(number in any_number()) {
        let answers: Vec<Vec<String>> = best(&number, 5).iter().map(vanity::VanityNumber::words).collect();
        for (index, one) in answers.iter().enumerate() {
            for other in &answers[index + 1..] {
                prop_assert_ne!(one, other);
                // What has several words may share one with another.
                let shared = one.iter().filter(|word| word.len() > 2 && other.contains(word)).count();
                prop_assert!(shared <= 1 || answers.len() <= 3, "{:?} {:?}", one, other);
                prop_assert!(shared == 0 || other.len() > 1 || answers.len() <= 3, "{:?} {:?}", one, other);
            }
        }
        let of_two = |words: &&Vec<String>| words.iter().all(|word| word.len() <= 2);
        prop_assert!(answers.iter().filter(of_two).count() <= 1, "{:?}", answers);
        for words in &answers {
            prop_assert!(words.iter().filter(|word| word.len() == 2).count() <= 1, "{:?}", words);
        }
    }

    #[test]
    fn the_first_within_the_local_number_has_the_best_score_and_every_rule_is_explained(number in any_number()) {
        let answers = best_local(&number, 5);
        let values: Vec<Vec<u16>> =
            answers.iter().map(|answer| answer.explain().iter().map(|reason| reason.value).collect()).collect();
        prop_assert_eq!(values.first(), values.iter().min(), "{:?}", answers);
        prop_assert!(values.iter().all(|values| values.len() == 9));
    }

    #[test]
    fn parts_are_the_display_taken_apart(number in any_number()) {
        for answer in best(&number, 5) {
            let joined: Vec<String> = answer.parts().iter().map(|part| part.text().to_owned()).collect();
            prop_assert_eq!(answer.display(), format!("+{}", joined.join("-")));
            prop_assert!(answer.parts().iter().any(|part| matches!(part, Part::Word(word) if word.len() >= 2)));
        }
    }

    #[test]
    fn reading_never_panics(text in ".{0,40}") {
        let _ = PhoneNumber::parse(&text);
    }

    #[test]
    fn reading_what_looks_like_a_number_never_panics(text in "[+ 0-9().-]{0,24}") {
        if let Ok(number) = PhoneNumber::parse(&text) {
            prop_assert_eq!(PhoneNumber::parse(&number.e164()), Ok(number));
            let _ = best(&number, 5);
        }
    }
}
