//! Which country a phone number belongs to, by the number itself.
//!
//! Calling codes are shared: +1 by 25 countries, +44 by Jersey, +7 by Kazakhstan. Decision trees over
//! the digits of the national number, one for each calling code and length, tell them apart. They
//! are made from libphonenumber's metadata (`examples/build_countries.rs`) and lie ready in the
//! binary: the metadata itself takes tens of milliseconds to load.

use std::fmt;

static ROOTS: &[[[u8; 2]; 3]] = include_bytes!(concat!(env!("OUT_DIR"), "/countries_roots.bin"))
    .as_chunks()
    .0
    .as_chunks()
    .0;
static NODES: &[[[u8; 2]; 10]] = include_bytes!(concat!(env!("OUT_DIR"), "/countries_nodes.bin"))
    .as_chunks()
    .0
    .as_chunks()
    .0;

const LEAF: u16 = 0x8000;
const EXISTS: u16 = 0x4000;
const NOWHERE: u16 = 0x3fff;

/// A country: two letters, upper case. ISO 3166-1, and those that libphonenumber has besides (AC
/// Ascension, TA Tristan da Cunha, XK Kosovo).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads two letters, in any case.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [first, second] if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => {
                Some(Self([
                    first.to_ascii_uppercase(),
                    second.to_ascii_uppercase(),
                ]))
            }
            _ => None,
        }
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII letters get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a number comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Its country; `None` for numbers of no country (+800), and where the number does not say.
    pub country: Option<Country>,
    /// Whether the numbering plans have such a number.
    pub exists: bool,
}

/// The origin of an international number, given as its digits after the `+`.
///
/// Where a calling code belongs to one country, or the first digits tell, the country is known also
/// of numbers that do not exist: numbering plans grow faster than anybody's copy of them.
pub(crate) fn origin(digits: &[u8]) -> Origin {
    let nowhere = Origin {
        country: None,
        exists: false,
    };
    // No calling code is the beginning of another.
    let Some(code_length) =
        (1..=3.min(digits.len())).find(|length| trees(value(&digits[..*length])).next().is_some())
    else {
        return nowhere;
    };
    let (code, national) = digits.split_at(code_length);
    trees(value(code))
        .find(|(length, _)| *length == national.len())
        .and_then(|(_, tree)| walk(tree, national))
        .map_or(nowhere, |leaf| Origin {
            country: country(leaf & NOWHERE),
            exists: leaf & EXISTS != 0,
        })
}

fn country(index: u16) -> Option<Country> {
    let letter = |index: u16| u8::try_from(index).ok().map(|index| b'A' + index);
    (index != NOWHERE).then(|| Some(Country([letter(index / 26)?, letter(index % 26)?])))?
}

fn value(digits: &[u8]) -> u16 {
    digits
        .iter()
        .fold(0, |value, digit| value * 10 + u16::from(digit - b'0'))
}

/// The trees of a calling code, with the length of the national number that each is for.
fn trees(code: u16) -> impl Iterator<Item = (usize, u16)> {
    let first = ROOTS.partition_point(|root| u16::from_le_bytes(root[0]) < code);
    ROOTS[first..]
        .iter()
        .map(|root| root.map(u16::from_le_bytes))
        .take_while(move |[of, _, _]| *of == code)
        .map(|[_, length, tree]| (usize::from(length), tree))
}

fn walk(mut tree: u16, national: &[u8]) -> Option<u16> {
    let mut digits = national.iter();
    while tree & LEAF == 0 {
        let node = NODES.get(usize::from(tree))?;
        tree = u16::from_le_bytes(*node.get(usize::from(digits.next()? - b'0'))?);
    }
    Some(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_two_letters() {
        assert_eq!(Country::read("gB").unwrap().as_str(), "GB");
        for text in ["", "G", "GBR", "G1", "é", "001"] {
            assert_eq!(Country::read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_shared_is_told_apart() {
        let country = |digits: &str| origin(digits.as_bytes()).country.map(|of| of.to_string());
        for (digits, expected) in [
            ("12125550123", Some("US")),
            ("14165550123", Some("CA")),
            ("18765550123", Some("JM")),
            ("18002345678", Some("US")),
            ("442079460123", Some("GB")),
            ("441534456789", Some("JE")),
            ("74951234567", Some("RU")),
            ("77271234567", Some("KZ")),
            ("390612345678", Some("IT")),
            ("390669812345", Some("VA")),
            ("80012345678", None),
            ("999123456", None),
            ("", None),
            ("1", None),
        ] {
            assert_eq!(country(digits).as_deref(), expected, "+{digits}");
        }
    }

    #[test]
    fn the_country_is_known_of_some_numbers_that_do_not_exist() {
        for (digits, country) in [("49123", "DE"), ("18760000000", "JM")] {
            let of = origin(digits.as_bytes());
            assert_eq!(of.country, Country::read(country), "+{digits}");
            assert!(!of.exists, "+{digits}");
        }
        assert_eq!(origin(b"12000000000").country, None);
        let freephone = origin(b"80012345678");
        assert!(freephone.exists && freephone.country.is_none());
    }
}
