//! The countries against the metadata they were made from, read here as libphonenumber reads it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use outbound_caller_id::number;
use phonenumber::metadata::{DATABASE, Descriptor};
use phonenumber::{Metadata, Type};
use regex_automata::meta::Regex;

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

const TYPES: [Type; 10] = [
    Type::FixedLine,
    Type::Mobile,
    Type::TollFree,
    Type::PremiumRate,
    Type::SharedCost,
    Type::PersonalNumber,
    Type::Voip,
    Type::Pager,
    Type::Uan,
    Type::Voicemail,
];

fn descriptors(region: &Metadata) -> impl Iterator<Item = &Descriptor> {
    TYPES
        .into_iter()
        .filter_map(|of| region.descriptors().get(of))
}

/// Expressions are compiled once.
#[derive(Default)]
struct Expressions(BTreeMap<String, Regex>);

impl Expressions {
    fn matches(&mut self, pattern: String, text: &str) -> bool {
        self.0
            .entry(pattern)
            .or_insert_with_key(|pattern| Regex::new(pattern).unwrap())
            .is_match(text)
    }

    fn is(&mut self, descriptor: &Descriptor, national: &str) -> bool {
        let lengths = descriptor.possible_length();
        (lengths.is_empty() || lengths.contains(&u16::try_from(national.len()).unwrap()))
            && self.matches(
                format!("(?x)^(?:{})$", descriptor.national_number().as_str()),
                national,
            )
    }

    fn exists(&mut self, region: &Metadata, national: &str) -> bool {
        self.is(region.descriptors().general(), national)
            && descriptors(region).any(|of| self.is(of, national))
    }

    /// libphonenumber's `getRegionCodeForNumber`, and whether the number is valid there.
    fn region(&mut self, code: u16, national: &str) -> (Option<String>, bool) {
        let regions = DATABASE.by_code(&code).unwrap();
        let sole = regions.len() == 1;
        let found = regions.into_iter().find(|region| {
            if sole {
                return true;
            }
            match region.leading_digits() {
                Some(leading) => self.matches(format!("(?x)^(?:{})", leading.as_str()), national),
                None => self.exists(region, national),
            }
        });
        match found {
            None => (None, false),
            Some(region) => (Some(region.id().to_owned()), self.exists(region, national)),
        }
    }
}

#[test]
fn countries_are_those_of_the_metadata() {
    let mut random = Random(11);
    let mut expressions = Expressions::default();
    let mut regions: Vec<_> = DATABASE.iter().collect();
    regions.sort_by_key(|region| region.id().to_owned());
    // What lies near the examples of every region: some digits are changed, so that most can exist.
    let (mut existing, mut others) = (0, 0);
    for region in regions {
        for example in descriptors(region).filter_map(Descriptor::example) {
            for _ in 0..12 {
                let mut digits: Vec<u8> = example.bytes().collect();
                let keep = random.below(digits.len() as u64 + 1) as usize;
                for digit in &mut digits[keep..] {
                    *digit = b'0' + random.below(10) as u8;
                }
                let national = String::from_utf8(digits).unwrap();
                let code = region.country_code();
                let (country, exists) = expressions.region(code, &national);
                let Ok(number) = number::read(&format!("+{code}{national}")) else {
                    assert!(format!("{code}{national}").len() > 15, "+{code} {national}");
                    continue;
                };
                assert_eq!(number.exists, exists, "+{code} {national}");
                let country = country.filter(|country| country != "001");
                assert_eq!(
                    number.country.map(|country| country.to_string()),
                    country,
                    "+{code} {national}"
                );
                if exists { existing += 1 } else { others += 1 }
            }
        }
    }
    assert!(existing > 8_000 && others > 1_000, "{existing} {others}");
}

#[test]
fn every_region_has_numbers() {
    // Islands that share all their numbers with a neighbour that comes first.
    let hidden = ["EH", "MF"];
    for region in DATABASE.iter() {
        let own = descriptors(region)
            .filter_map(Descriptor::example)
            .map(|example| number::read(&format!("+{}{example}", region.country_code())).unwrap())
            .filter(|number| number.exists)
            .any(|number| match number.country {
                Some(country) => country.as_str() == region.id(),
                None => region.id() == "001",
            });
        assert_eq!(own, !hidden.contains(&region.id()), "{}", region.id());
    }
}
