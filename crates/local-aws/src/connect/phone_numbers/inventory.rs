//! The phone numbers that can be claimed: those that regulators keep for
//! fiction, so that no number of a person is ever shown.

use crate::connect::values::PhoneNumberType;

/// A number that could be claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// E.164.
    pub number: String,
    /// ISO 3166 country.
    pub country: &'static str,
    /// What kind of number.
    pub kind: PhoneNumberType,
}

/// A range: everything before the last digits, and how many of those there are.
struct Range {
    country: &'static str,
    kind: PhoneNumberType,
    prefix: &'static str,
    digits: usize,
}

const fn range(
    country: &'static str,
    kind: PhoneNumberType,
    prefix: &'static str,
    digits: usize,
) -> Range {
    Range {
        country,
        kind,
        prefix,
        digits,
    }
}

/// North America: 555-0100 to 555-0199 of an area code. Great Britain: Ofcom's
/// numbers for drama.
const RANGES: &[Range] = &[
    range("US", PhoneNumberType::TollFree, "+180055501", 2),
    range("US", PhoneNumberType::TollFree, "+183355501", 2),
    range("US", PhoneNumberType::TollFree, "+184455501", 2),
    range("US", PhoneNumberType::TollFree, "+188855501", 2),
    range("US", PhoneNumberType::Did, "+120655501", 2),
    range("US", PhoneNumberType::Did, "+121255501", 2),
    range("US", PhoneNumberType::Did, "+131255501", 2),
    range("US", PhoneNumberType::Did, "+141555501", 2),
    range("CA", PhoneNumberType::Did, "+141655501", 2),
    range("CA", PhoneNumberType::Did, "+160455501", 2),
    range("GB", PhoneNumberType::Did, "+442079460", 3),
    range("GB", PhoneNumberType::TollFree, "+448081570", 3),
];

impl Range {
    fn offers(&self) -> impl Iterator<Item = Offer> + '_ {
        let count = 10usize.pow(u32::try_from(self.digits).unwrap_or_default());
        (0..count).map(|tail| Offer {
            number: format!("{}{tail:0width$}", self.prefix, width = self.digits),
            country: self.country,
            kind: self.kind,
        })
    }
}

/// Whether there are numbers of this kind in this country.
pub fn serves(country: &str, kind: PhoneNumberType) -> bool {
    RANGES
        .iter()
        .any(|range| range.country == country && range.kind == kind)
}

/// The numbers of a kind in a country.
pub fn search(country: &str, kind: PhoneNumberType) -> impl Iterator<Item = Offer> {
    RANGES
        .iter()
        .filter(move |range| range.country == country && range.kind == kind)
        .flat_map(Range::offers)
}

/// A number of the inventory.
pub fn offer(number: &str) -> Option<Offer> {
    let range = RANGES.iter().find(|range| {
        number.strip_prefix(range.prefix).is_some_and(|tail| {
            tail.len() == range.digits && tail.bytes().all(|byte| byte.is_ascii_digit())
        })
    })?;
    Some(Offer {
        number: number.to_owned(),
        country: range.country,
        kind: range.kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offer_is_found_by_its_number_once() {
        let all: Vec<Offer> = RANGES.iter().flat_map(Range::offers).collect();
        let distinct: std::collections::BTreeSet<&str> =
            all.iter().map(|offer| offer.number.as_str()).collect();
        assert_eq!(distinct.len(), all.len());
        for found in &all {
            assert_eq!(offer(&found.number).as_ref(), Some(found));
            assert!(serves(found.country, found.kind));
        }
    }

    #[test]
    fn other_numbers_are_not_offered() {
        for number in [
            "+18005550200",
            "+1800555010",
            "+180055501000",
            "+1800555019a",
            "",
        ] {
            assert_eq!(offer(number), None, "{number}");
        }
        assert!(!serves("DE", PhoneNumberType::Did));
        assert_eq!(search("US", PhoneNumberType::TollFree).count(), 400);
    }
}
