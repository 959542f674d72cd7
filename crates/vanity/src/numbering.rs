//! Numbering plans: which country codes there are, how long national numbers may be, and how each
//! country groups their digits.

use crate::number::NumberError;

/// How a country writes one national number: a mask of the positions where a group of digits begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    groups: u16,
}

/// A local number has at least this many digits; what is shorter is a group, not a number.
const SHORTEST_LOCAL: usize = 6;

impl Plan {
    fn from_groups(lengths: impl IntoIterator<Item = usize>) -> Self {
        let mut groups = 0;
        let mut at = 0;
        for length in lengths {
            groups |= 1u16 << at.min(15);
            at += length;
        }
        Self { groups }
    }

    pub(crate) fn group_begins(self, index: usize) -> bool {
        index < 16 && self.groups >> index & 1 != 0
    }

    pub(crate) fn local_start(self, length: usize) -> usize {
        let first = (1..length)
            .find(|index| self.group_begins(*index))
            .unwrap_or(0);
        if first > 0 && length - first >= SHORTEST_LOCAL {
            first
        } else {
            0
        }
    }
}

/// How many digits the country code has that `digits` begin with, if there is such a code.
pub(crate) fn country_code_length(digits: &[u8]) -> Option<usize> {
    match digits.first()? {
        0 => return None,
        1 => return Some(1),
        _ => {}
    }
    let mut code = 0u16;
    for (index, digit) in digits.iter().take(3).enumerate() {
        code = code * 10 + u16::from(*digit);
        if code > 0 && phonenumber::metadata::DATABASE.by_code(&code).is_some() {
            return Some(index + 1);
        }
    }
    None
}

/// The plan that a national number follows.
pub(crate) fn plan(country_code: &[u8], national: &[u8]) -> Result<Plan, NumberError> {
    if country_code == [1] {
        return match national.len() {
            0..=9 => Err(NumberError::TooShort),
            11.. => Err(NumberError::TooLong),
            // NXX NXX XXXX, where N is 2 to 9.
            _ if national[0] < 2 || national[3] < 2 => Err(NumberError::Impossible),
            _ => Ok(Plan::from_groups([3, 3, 4])),
        };
    }
    let mut text = String::from("+");
    text.extend(
        country_code
            .iter()
            .chain(national)
            .map(|digit| char::from(b'0' + digit)),
    );
    let number = phonenumber::parse(None, &text).map_err(|error| match error {
        phonenumber::ParseError::TooLong => NumberError::TooLong,
        phonenumber::ParseError::TooShortNsn | phonenumber::ParseError::TooShortAfterIdd => {
            NumberError::TooShort
        }
        _ => NumberError::Impossible,
    })?;
    let written = number
        .format()
        .mode(phonenumber::Mode::International)
        .to_string();
    let groups = written
        .split(|symbol: char| !symbol.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .skip(1)
        .map(str::len);
    let plan = Plan::from_groups(groups);
    Ok(plan)
}
