//! Which numbers can exist, and of which country they are: `data/numbers.txt`, which
//! `examples/build_numbers.rs` makes of libphonenumber's metadata. The API and the page refuse by the
//! same data; this is the last word, for what came another way.

use std::ops::RangeInclusive;

const DATA: &str = include_str!("../data/numbers.txt");
/// Calling codes have one to three digits (ITU-T E.164).
const CODE: RangeInclusive<usize> = 1..=3;

/// Whether there can be such a number (E.164).
#[must_use]
pub fn can_exist(phone: &str) -> bool {
    split(phone).is_some_and(|(code, rest)| {
        let mut alternatives = code.pattern.split('|');
        alternatives.any(|alternative| matches(alternative, rest.as_bytes()))
    })
}

/// The country (ISO 3166-1) of a number; `None` for a number of no country.
#[must_use]
pub fn country(phone: &str) -> Option<&'static str> {
    let (code, rest) = split(phone)?;
    let mut countries = code.countries.split_ascii_whitespace();
    let mut found = (0, countries.next()?.split(':').next()?);
    for country in countries {
        let (id, beginnings) = country.split_once(':')?;
        for beginning in beginnings.split(',') {
            if rest.starts_with(beginning) && beginning.len() > found.0 {
                found = (beginning.len(), id);
            }
        }
    }
    Some(found.1)
}

/// A line of the data.
struct Code {
    pattern: &'static str,
    countries: &'static str,
}

/// The line of a number's calling code, and the digits after it. No code begins with another.
fn split(phone: &str) -> Option<(Code, &str)> {
    let digits = phone.strip_prefix('+')?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    DATA.lines().find_map(|line| {
        let (code, line) = line.split_once(' ')?;
        let rest = digits.strip_prefix(code)?;
        let (_trunk, line) = line.split_once(' ')?;
        let (pattern, countries) = line.split_once(' ').unwrap_or((line, ""));
        let code = CODE
            .contains(&code.len())
            .then_some(Code { pattern, countries })?;
        Some((code, rest))
    })
}

/// Whether digits are all of an alternative: digits, `\d` and classes such as `[2-47]`, each of
/// which may be followed by `{3}` or `{3,5}`.
fn matches(alternative: &str, digits: &[u8]) -> bool {
    let Some((atom, rest)) = atom(alternative) else {
        return digits.is_empty();
    };
    let fitting = digits.iter().take_while(|digit| atom.takes(**digit));
    let most = fitting.count().min(*atom.times.end());
    (*atom.times.start()..=most)
        .rev()
        .any(|taken| matches(rest, &digits[taken..]))
}

struct Atom<'pattern> {
    /// What is between the brackets, or one digit; `None` for any digit.
    class: Option<&'pattern str>,
    times: RangeInclusive<usize>,
}

impl Atom<'_> {
    fn takes(&self, digit: u8) -> bool {
        let Some(class) = self.class else {
            return true;
        };
        let mut class = class.as_bytes();
        while let [first, rest @ ..] = class {
            if let [b'-', last, rest @ ..] = rest {
                if (first..=last).contains(&&digit) {
                    return true;
                }
                class = rest;
            } else {
                if *first == digit {
                    return true;
                }
                class = rest;
            }
        }
        false
    }
}

/// The first atom of a pattern, and what is behind it.
fn atom(pattern: &str) -> Option<(Atom<'_>, &str)> {
    let (class, rest) = if let Some(rest) = pattern.strip_prefix("\\d") {
        (None, rest)
    } else if let Some(rest) = pattern.strip_prefix('[') {
        let (class, rest) = rest.split_once(']')?;
        (Some(class), rest)
    } else {
        let (digit, rest) = pattern.split_at_checked(1)?;
        (Some(digit), rest)
    };
    let Some((times, rest)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
        return Some((
            Atom {
                class,
                times: 1..=1,
            },
            rest,
        ));
    };
    let (least, most) = times.split_once(',').unwrap_or((times, times));
    let times = least.parse().ok()?..=most.parse().ok()?;
    Some((Atom { class, times }, rest))
}

#[cfg(test)]
mod tests {
    use phonenumber::metadata::DATABASE;
    use phonenumber::{Mode, Type, country::Id};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_that_cannot_exist_are_known() {
        for good in [
            "+14155550123",
            "+447911123456",
            "+4915112345678",
            "+919876543210",
            "+390612345678",
            "+33612345678",
        ] {
            assert!(can_exist(good), "{good}");
        }
        for bad in [
            "",
            "+",
            "+0",
            "14155550123",
            "+11111111111",
            "+4407911123456",
            "+1415555012",
            "+141555501234",
            "+999123456789",
            "+1415٣550123",
        ] {
            assert!(!can_exist(bad), "{bad}");
        }
    }

    #[test]
    fn a_number_is_of_the_country_of_most_of_its_digits() {
        for (phone, wanted) in [
            ("+14155550123", Some("US")),
            ("+14165550123", Some("CA")),
            ("+18765550123", Some("JM")),
            ("+447911123456", Some("GG")),
            ("+447700900123", Some("GB")),
            ("+77011234567", Some("KZ")),
            ("+79161234567", Some("RU")),
            ("+491511234567", Some("DE")),
            ("+999123456789", None),
        ] {
            assert_eq!(country(phone), wanted, "{phone}");
        }
    }

    #[test]
    fn every_line_can_be_read() {
        let lines = DATA.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let pattern = line.split(' ').nth(2).unwrap();
            for alternative in pattern.split('|') {
                let mut rest = alternative;
                while let Some((atom, behind)) = atom(rest) {
                    assert!(atom.times.start() <= atom.times.end(), "{line}");
                    assert!(behind.len() < rest.len(), "{line}");
                    rest = behind;
                }
                assert!(rest.is_empty(), "{line}: {rest}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]
        /// What the metadata holds for a number that gets SMS is never refused.
        #[test]
        fn no_valid_number_is_refused(code in prop::sample::select(vec![1u16, 7, 20, 33, 44, 49, 61, 81, 91, 234, 353, 420, 971]), national in "[0-9]{4,12}") {
            let phone = format!("+{code}{national}");
            let Ok(parsed) = phonenumber::parse(None::<Id>, &phone) else { return Ok(()) };
            let same = parsed.format().mode(Mode::E164).to_string() == phone;
            let is_texted = matches!(parsed.number_type(&DATABASE), Type::Mobile | Type::FixedLineOrMobile);
            if same && parsed.is_valid() && is_texted {
                prop_assert!(can_exist(&phone), "{}", phone);
            }
        }
    }
}
