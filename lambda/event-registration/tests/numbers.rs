//! The pattern of phone numbers, in the list, in the API's model and in the page, against the metadata
//! it was made from.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::path::Path;

use phonenumber::Type;
use phonenumber::metadata::{DATABASE, Descriptor};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// A small generator with a fixed seed (splitmix64), so that a failure can be looked at.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % limit
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The rest of the line that begins so.
fn line<'a>(text: &'a str, begins: &str) -> &'a str {
    let mut found = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix(begins));
    let rest = found.next().unwrap();
    assert_eq!(found.next(), None, "{begins} twice");
    rest
}

fn model() -> String {
    let template = read("../../templates/event-registration-api.yaml");
    format!("^\\+({}", line(&template, "pattern: ^\\+("))
}

fn regex(pattern: &str) -> Regex {
    Regex::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .build(pattern)
        .unwrap()
}

/// Code, trunk prefix, pattern of the rest, countries with the digits that tell them.
fn list(text: &str) -> Vec<(&str, &str, &str, Vec<&str>)> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut words = line.split(' ');
            let mut word = || words.next().unwrap();
            (word(), word(), word(), words.collect())
        })
        .collect()
}

#[test]
fn the_model_and_the_page_have_the_pattern_of_the_list() {
    let text = read("data/numbers.txt");
    let codes: Vec<String> = list(&text)
        .into_iter()
        .map(|(code, _, rest, _)| match rest.contains('|') {
            true => format!("{code}({rest})"),
            false => format!("{code}{rest}"),
        })
        .collect();
    let whole = format!("^\\+({})$", codes.join("|"));
    assert_eq!(model(), whole, "run build_numbers");
    let page = read("../../solutions/event-registration/page.html");
    assert_eq!(
        line(&page, "const NUMBER = "),
        format!("String.raw`{whole}`;"),
        "run build_numbers"
    );
}

#[test]
fn what_cannot_be_dialled_is_refused() {
    let pattern = regex(&model());
    for right in [
        "+447911123456",
        "+14155550123",
        "+4915123456789",
        "+390612345678",
        "+6591234567",
        "+919876543210",
        "+5511987654321",
    ] {
        assert!(pattern.is_match(right), "{right}");
    }
    for wrong in [
        "+11111111111",
        "+4407911123456",
        "+10005550123",
        "+141555501234",
        "+4479111234567",
        "+999123456789",
        "+0123456789",
        "+49015123456789",
        "+61041234567",
        "+979123456789",
        "447911123456",
        "+447911123456\n",
        "+44791112345\u{663}",
    ] {
        assert!(!pattern.is_match(wrong), "{wrong}");
    }
}

const TYPES: [Type; 9] = [
    Type::FixedLine,
    Type::Mobile,
    Type::TollFree,
    Type::SharedCost,
    Type::PersonalNumber,
    Type::Voip,
    Type::Pager,
    Type::Uan,
    Type::Voicemail,
];

#[test]
fn no_number_that_exists_is_refused_and_most_others_are() {
    let pattern = regex(&model());
    let mut expressions: BTreeMap<String, Regex> = BTreeMap::new();
    let mut is = |descriptor: &Descriptor, national: &str| {
        let lengths = descriptor.possible_length();
        (lengths.is_empty() || lengths.contains(&u16::try_from(national.len()).unwrap()))
            && expressions
                .entry(format!(
                    "(?x)^(?:{})$",
                    descriptor.national_number().as_str()
                ))
                .or_insert_with_key(|pattern| regex(pattern))
                .is_match(national)
    };
    let mut random = Random(11);
    let (mut existing, mut refused, mut others) = (0, 0, 0);
    for code in 1..1000_u16 {
        let Some(regions) = DATABASE.by_code(&code) else {
            continue;
        };
        // Around numbers that exist, where most of what exists is, and anywhere.
        let examples: Vec<String> = regions
            .iter()
            .flat_map(|region| {
                TYPES
                    .into_iter()
                    .filter_map(|of| region.descriptors().get(of))
            })
            .filter_map(|descriptor| descriptor.example().map(str::to_owned))
            .collect();
        for round in 0..400 {
            let mut national: Vec<u8> = if examples.is_empty() || round % 4 == 0 {
                let length = 4 + random.below(11) - u64::from(code > 99) * 2;
                (0..length)
                    .map(|_| b'0' + u8::try_from(random.below(10)).unwrap())
                    .collect()
            } else {
                let at = random.below(examples.len() as u64);
                examples[usize::try_from(at).unwrap()].clone().into_bytes()
            };
            for _ in 0..random.below(4) {
                let at = usize::try_from(random.below(national.len() as u64)).unwrap();
                national[at] = b'0' + u8::try_from(random.below(10)).unwrap();
            }
            let national = String::from_utf8(national).unwrap();
            // E.164 ends at 15 digits; some countries have longer numbers, which nobody abroad can dial.
            let short = code.to_string().len() + national.len() <= 15;
            let exists = short
                && regions.iter().any(|region| {
                    TYPES
                        .into_iter()
                        .filter_map(|of| region.descriptors().get(of))
                        .any(|descriptor| is(descriptor, &national))
                });
            let taken = pattern.is_match(&format!("+{code}{national}"));
            if exists {
                existing += 1;
                assert!(taken, "+{code} {national}");
            } else {
                others += 1;
                refused += usize::from(!taken);
            }
        }
    }
    assert!(existing > 20_000, "{existing}");
    // By code, length and first digit alone.
    assert!(refused * 2 > others, "{refused} of {others}");
}
