//! Numbering plans: which country codes there are, which national numbers can exist, and how each
//! country groups their digits.
//!
//! The plans are decision trees over the digits of a national number, one for each country code
//! and length, generated from libphonenumber's metadata (`examples/build_numbering.rs`). A tree is
//! 16 bits: a node (ten trees, by the next digit), or where groups of digits begin, or "no such
//! number". The metadata itself takes tens of milliseconds to load; these lie ready in the binary.

use crate::number::NumberError;

static ROOTS: &[[[u8; 2]; 3]] = include_bytes!(concat!(env!("OUT_DIR"), "/numbering_roots.bin"))
    .as_chunks()
    .0
    .as_chunks()
    .0;
static NODES: &[[[u8; 2]; 10]] = include_bytes!(concat!(env!("OUT_DIR"), "/numbering_nodes.bin"))
    .as_chunks()
    .0
    .as_chunks()
    .0;

const IMPOSSIBLE: u16 = 0xffff;
const GROUPS: u16 = 0x8000;

/// A local number has at least this many digits; what is shorter is a group, not a number.
const SHORTEST_LOCAL: usize = 6;

/// How a country writes one national number: a mask of the positions where a group of digits begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    groups: u16,
}

impl Plan {
    /// The North American plan: area code, exchange, line (3-3-4).
    const NORTH_AMERICA: Self = Self {
        groups: 1 | 1 << 3 | 1 << 6,
    };

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

/// Country code, length of the national number, and the tree for those.
fn root(index: usize) -> Option<(u16, u16, u16)> {
    ROOTS.get(index).map(|root| {
        let [code, length, tree] = root.map(u16::from_le_bytes);
        (code, length, tree)
    })
}

/// The trees of a country code, by length.
fn trees(code: u16) -> impl Iterator<Item = (usize, u16)> {
    let first = ROOTS.partition_point(|root| u16::from_le_bytes(root[0]) < code);
    (first..)
        .map_while(root)
        .take_while(move |(of, _, _)| *of == code)
        .map(|(_, length, tree)| (usize::from(length), tree))
}

/// How many digits the country code has that `digits` begin with, if there is such a code.
pub(crate) fn country_code_length(digits: &[u8]) -> Option<usize> {
    match digits.first()? {
        0 => return None,
        1 => return Some(1),
        _ => {}
    }
    // No code is the beginning of another.
    (1..=3.min(digits.len())).find(|length| trees(value(&digits[..*length])).next().is_some())
}

fn value(digits: &[u8]) -> u16 {
    digits
        .iter()
        .fold(0, |value, digit| value * 10 + u16::from(*digit))
}

/// The plan that a national number follows.
pub(crate) fn plan(country_code: &[u8], national: &[u8]) -> Result<Plan, NumberError> {
    if country_code == [1] {
        return match national.len() {
            0..=9 => Err(NumberError::TooShort),
            11.. => Err(NumberError::TooLong),
            // NXX NXX XXXX, where N is 2 to 9.
            _ if national[0] < 2 || national[3] < 2 => Err(NumberError::Impossible),
            _ => Ok(Plan::NORTH_AMERICA),
        };
    }
    let (mut shortest, mut longest) = (usize::MAX, 0);
    for (length, tree) in trees(value(country_code)) {
        if length == national.len() {
            return walk(tree, national)
                .map(|groups| Plan { groups })
                .ok_or(NumberError::Impossible);
        }
        shortest = shortest.min(length);
        longest = longest.max(length);
    }
    Err(if national.len() < shortest {
        NumberError::TooShort
    } else if national.len() > longest {
        NumberError::TooLong
    } else {
        NumberError::Impossible
    })
}

fn walk(mut tree: u16, national: &[u8]) -> Option<u16> {
    let mut digits = national.iter();
    loop {
        if tree == IMPOSSIBLE {
            return None;
        }
        if tree >= GROUPS {
            return Some((tree & !GROUPS) << 1 | 1);
        }
        let node = NODES.get(usize::from(tree))?;
        tree = u16::from_le_bytes(*node.get(usize::from(*digits.next()?))?);
    }
}
