//! The block list: what it names is neither in the word list nor in any answer.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

use vanity::{PhoneNumber, best, digit_of};

const BLOCKED: &str = include_str!("../data/blocked.txt");
const WORDS: &str = include_str!("../data/words.txt");

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn words() -> BTreeSet<&'static str> {
    lines(WORDS).filter(|line| !line.starts_with('[')).collect()
}

/// Whether an entry refuses a word, written anew here so that the script is not its own witness.
fn refuses(entry: &str, word: &str) -> bool {
    match entry.as_bytes() {
        [b'~' | b'!' | b'^' | b'_', ..] => false,
        [b'=' | b'-', ..] => word == &entry[1..],
        [b'*', ..] => word.contains(entry.trim_matches('*')),
        [.., b'*'] => word.starts_with(entry.trim_end_matches('*')),
        _ => {
            word == entry
                || word
                    .strip_prefix(entry)
                    .is_some_and(|ending| ending == "s" || ending == "es")
        }
    }
}

#[test]
fn no_word_of_the_list_is_refused() {
    let innocent: BTreeSet<&str> = lines(BLOCKED)
        .filter_map(|line| line.strip_prefix('!'))
        .collect();
    let entries: Vec<&str> = lines(BLOCKED).collect();
    for word in words().difference(&innocent) {
        if let Some(entry) = entries.iter().find(|entry| refuses(entry, word)) {
            panic!("{word} is in the list, and {entry} refuses it");
        }
    }
}

#[test]
fn the_worst_are_refused_and_the_innocent_are_not() {
    let words = words();
    for refused in [
        "fuck", "shit", "cunt", "bitch", "ass", "tit", "whore", "rape", "nigger", "idiot",
        "stupid", "heroin", "meth", "weed", "cocaine", "nazi", "kill", "sex", "anal", "gun", "fat",
        "ugly", "drug", "dope", "slave", "dike", "spas", "slur", "swear", "scam", "jugs",
    ] {
        assert!(!words.contains(refused), "{refused}");
    }
    for innocent in [
        "class", "glass", "pass", "grape", "title", "button", "assist", "basement", "document",
        "analyst", "cocktail", "skill", "begun", "father", "hello", "shell", "scrap", "potato",
        "hatch", "cowboy",
    ] {
        assert!(words.contains(innocent), "{innocent}");
    }
}

#[test]
fn no_junk_is_in_the_list() {
    let words = words();
    for junk in [
        "b", "x", "th", "cs", "ms", "etc", "nth", "ids", "ins", "flowerp", "isnt", "john", "paris",
        "usa", "tv",
    ] {
        assert!(!words.contains(junk), "{junk}");
    }
    let single: Vec<&&str> = words.iter().filter(|word| word.len() == 1).collect();
    assert_eq!(single, [&"a", &"i"]);
}

#[test]
fn the_list_says_truly_what_it_holds() {
    let count: usize = WORDS
        .lines()
        .find_map(|line| line.strip_prefix("# words: "))
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(count, words().len());
    for section in WORDS.split("\n[").skip(1) {
        let listed: Vec<&str> = section.lines().skip(1).collect();
        assert!(listed.is_sorted(), "{}", section.lines().next().unwrap());
    }
    let listed = lines(WORDS).filter(|line| !line.starts_with('[')).count();
    assert_eq!(listed, count, "a word stands in two tiers");
}

/// Numbers that dial something refused, in every place of the local number.
#[test]
fn nothing_refused_is_told_even_when_it_is_all_there_is() {
    let mut asked = 0;
    for entry in lines(BLOCKED).filter(|line| !line.starts_with(['!', '-', '~', '^'])) {
        let text = entry.trim_matches(['=', '*', '_']);
        if !(3..=7).contains(&text.len()) || text.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let dialled: String = text
            .chars()
            .map(|letter| char::from(b'0' + digit_of(letter).unwrap()))
            .collect();
        for start in 0..=7 - dialled.len() {
            let local = format!("{:0<7}", format!("{}{dialled}", "2".repeat(start)));
            let Ok(number) = PhoneNumber::parse(&format!("+1800{local}")) else {
                continue;
            };
            for answer in best(&number, 5) {
                asked += 1;
                let display = answer.display();
                let refused = text.to_ascii_uppercase();
                // Inside one word the word list decides ("class"); anywhere else it is refused.
                let shown = display.replace('-', "").contains(&refused);
                let in_one_word = answer.words().iter().any(|word| word.contains(&refused));
                assert!(!shown || in_one_word, "{display} says {text}");
            }
        }
    }
    assert!(asked > 3_000, "{asked}");
}

/// What is heard when the digits between words are passed over, told by the numbers that it was
/// heard in.
#[test]
fn what_was_heard_once_is_not_told() {
    for (number, heard) in [
        ("+16458834531", "DIKE"),
        ("+17727852855", "SPAS"),
        ("+19619372265", "SCAM"),
        ("+16288163875", "CUTMEUP"),
        ("+18005552222", "ACAB"),
        ("+18186575872", "SLUR"),
        ("+18003793278", "SWEAR"),
    ] {
        for answer in best(&PhoneNumber::parse(number).unwrap(), 5) {
            assert!(!answer.words().concat().contains(heard), "{answer}");
        }
    }
}
