//! Items of a table: values as DynamoDB knows them, and what must hold of them
//! before any is written. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// An item: attributes by name.
pub type Item = BTreeMap<String, Attribute>;

/// The largest item, in bytes (AWS docs, "Service, account, and table quotas in
/// Amazon DynamoDB").
pub const LARGEST: usize = 400 * 1024;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// Text.
    S(String),
    /// A number, as written.
    N(String),
    /// Bytes.
    B(Vec<u8>),
    /// A boolean.
    Bool(bool),
    /// Nothing.
    Null,
    /// A list.
    L(Vec<Attribute>),
    /// Values by name.
    M(BTreeMap<String, Attribute>),
    /// A set of texts.
    Ss(Vec<String>),
    /// A set of numbers.
    Ns(Vec<String>),
    /// A set of bytes.
    Bs(Vec<Vec<u8>>),
}

impl Attribute {
    /// The word for its type, for messages.
    pub fn word(&self) -> &'static str {
        match self {
            Self::S(_) => "a text",
            Self::N(_) => "a number",
            Self::B(_) => "bytes",
            Self::Bool(_) => "a boolean",
            Self::Null => "null",
            Self::L(_) => "a list",
            Self::M(_) => "a map",
            Self::Ss(_) => "a set of texts",
            Self::Ns(_) => "a set of numbers",
            Self::Bs(_) => "a set of bytes",
        }
    }

    /// Its size as DynamoDB counts it, in bytes (AWS docs, "DynamoDB item sizes and
    /// formats"); numbers are counted high.
    fn size(&self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::N(number) => number_size(number),
            Self::B(bytes) => bytes.len(),
            Self::Bool(_) | Self::Null => 1,
            Self::L(values) => 3 + values.iter().map(|value| 1 + value.size()).sum::<usize>(),
            Self::M(values) => {
                3 + values
                    .iter()
                    .map(|(name, value)| 1 + name.len() + value.size())
                    .sum::<usize>()
            }
            Self::Ss(texts) => texts.iter().map(String::len).sum(),
            Self::Ns(numbers) => numbers.iter().map(|number| number_size(number)).sum(),
            Self::Bs(all) => all.iter().map(Vec::len).sum(),
        }
    }
}

fn number_size(number: &str) -> usize {
    number.len().div_ceil(2) + 1
}

/// An item's size in bytes.
pub fn size(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + value.size())
        .sum()
}

/// The types that a key may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// Text.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
}

impl KeyType {
    fn word(self) -> &'static str {
        match self {
            Self::S => "a text",
            Self::N => "a number",
            Self::B => "bytes",
        }
    }
}

/// An attribute of a table's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAttribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub key_type: KeyType,
    /// Whether it is the sort key, not the partition key.
    pub is_sort: bool,
}

/// Why an item cannot be in a table with that key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct BadItem {
    /// Which, from 0.
    pub item: usize,
    /// Which attribute of it, when it is about one that is there.
    pub attribute: Option<String>,
    /// Why.
    pub reason: String,
}

/// Checks that every item has the key of the table, in the right types, and that
/// no two have the same.
///
/// # Errors
/// [`BadItem`], the first one.
pub fn check_keys<'a>(
    items: impl IntoIterator<Item = &'a Item>,
    key: &[KeyAttribute],
) -> Result<(), BadItem> {
    let mut seen: BTreeMap<Vec<Vec<u8>>, usize> = BTreeMap::new();
    for (index, item) in items.into_iter().enumerate() {
        for part in key {
            check_key(index, item, part)?;
        }
        if let Some(first) = seen.insert(identity(item, key), index) {
            return Err(BadItem {
                item: index,
                attribute: key.first().map(|part| part.name.clone()),
                reason: format!("its key is the key of item {} already", first + 1),
            });
        }
    }
    Ok(())
}

fn check_key(index: usize, item: &Item, part: &KeyAttribute) -> Result<(), BadItem> {
    let name = &part.name;
    let bad = |attribute: Option<&String>, reason: String| {
        Err(BadItem {
            item: index,
            attribute: attribute.cloned(),
            reason,
        })
    };
    let Some(value) = item.get(name) else {
        let hint = super::nearest::nearest(name, item.keys().map(String::as_str))
            .map(|near| format!("; `{near}` is near to it"))
            .unwrap_or_default();
        return bad(
            None,
            format!("it lacks `{name}`, which is of the table's key{hint}"),
        );
    };
    let bytes = match (value, part.key_type) {
        (Attribute::S(text), KeyType::S) => text.len(),
        (Attribute::N(_), KeyType::N) => 1,
        (Attribute::B(bytes), KeyType::B) => bytes.len(),
        _ => {
            return bad(
                Some(name),
                format!(
                    "`{name}` is {}, and the table's key wants {}",
                    value.word(),
                    part.key_type.word()
                ),
            );
        }
    };
    // AWS docs, "Quotas in Amazon DynamoDB": 2,048 bytes, and 1,024 of a sort key.
    let most = if part.is_sort { 1024 } else { 2048 };
    if bytes == 0 {
        return bad(
            Some(name),
            format!("`{name}` is empty, which no key may be"),
        );
    }
    if bytes > most {
        return bad(
            Some(name),
            format!("`{name}` has {bytes} bytes; a key has {most} at most"),
        );
    }
    Ok(())
}

/// What makes an item the same as another: the values of its key, numbers by what
/// they mean.
pub fn identity(item: &Item, key: &[KeyAttribute]) -> Vec<Vec<u8>> {
    key.iter()
        .map(|part| match item.get(&part.name) {
            Some(Attribute::S(text)) => text.as_bytes().to_vec(),
            Some(Attribute::B(bytes)) => bytes.clone(),
            Some(Attribute::N(number)) => canonical_number(number)
                .unwrap_or_else(|_| number.clone())
                .into_bytes(),
            _ => Vec::new(),
        })
        .collect()
}

/// The attributes of the key alone.
pub fn key_of(item: &Item, key: &[KeyAttribute]) -> Item {
    key.iter()
        .filter_map(|part| {
            let value = item.get(&part.name)?;
            Some((part.name.clone(), value.clone()))
        })
        .collect()
}

/// Why a number is none of DynamoDB's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    /// Not decimal.
    #[error("`{0}` is no decimal number")]
    Decimal(String),
    /// Too exact.
    #[error("`{0}` has more than the 38 digits that DynamoDB keeps")]
    Digits(String),
    /// Too large or too small.
    #[error("`{0}` is out of DynamoDB's range, 1E-130 to 9.9E+125")]
    Range(String),
}

/// A number in the one form that all its spellings share: `1.50` and `15e-1` are
/// both `15e-1`. The limits are DynamoDB's (AWS docs, "Data types: Number").
///
/// # Errors
/// [`BadNumber`]
pub fn canonical_number(text: &str) -> Result<String, BadNumber> {
    let decimal = || BadNumber::Decimal(text.to_owned());
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| decimal())?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(decimal());
    }
    let significant = all.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Ok("0".to_owned());
    }
    if significant.len() > 38 {
        return Err(BadNumber::Digits(text.to_owned()));
    }
    let range = || BadNumber::Range(text.to_owned());
    let length = |part: &str| i32::try_from(part.len()).map_err(|_| range());
    let trailing = length(&all)? - length(all.trim_end_matches('0'))?;
    // The exponent of the last significant digit, and of the first.
    let last = exponent
        .checked_sub(length(fraction)?)
        .and_then(|exponent| exponent.checked_add(trailing))
        .ok_or_else(range)?;
    let first = last
        .checked_add(length(significant)? - 1)
        .ok_or_else(range)?;
    if !(-130..=125).contains(&first) {
        return Err(range());
    }
    Ok(format!("{sign}{significant}e{last}"))
}

/// Whether a set has an element twice, as DynamoDB sees it.
pub fn repeats(attribute: &Attribute) -> bool {
    fn twice<T: Ord>(all: impl Iterator<Item = T>) -> bool {
        let mut seen = BTreeSet::new();
        all.into_iter().any(|one| !seen.insert(one))
    }
    match attribute {
        Attribute::Ss(texts) => twice(texts.iter()),
        Attribute::Bs(all) => twice(all.iter()),
        Attribute::Ns(numbers) => twice(
            numbers
                .iter()
                .map(|number| canonical_number(number).unwrap_or_else(|_| number.clone())),
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> Vec<KeyAttribute> {
        vec![
            KeyAttribute {
                name: "Id".to_owned(),
                key_type: KeyType::S,
                is_sort: false,
            },
            KeyAttribute {
                name: "At".to_owned(),
                key_type: KeyType::N,
                is_sort: true,
            },
        ]
    }

    fn item(id: Attribute, at: &str) -> Item {
        BTreeMap::from([
            ("Id".to_owned(), id),
            ("At".to_owned(), Attribute::N(at.to_owned())),
        ])
    }

    fn text(text: &str) -> Attribute {
        Attribute::S(text.to_owned())
    }

    #[test]
    fn every_fault_of_a_key_is_told() {
        let reason = |items: &[Item]| check_keys(items, &key()).unwrap_err().to_string();
        assert_eq!(
            reason(&[item(Attribute::N("1".into()), "1")]),
            "`Id` is a number, and the table's key wants a text"
        );
        let misspelt = BTreeMap::from([("ID".to_owned(), text("a"))]);
        assert_eq!(
            reason(&[misspelt]),
            "it lacks `Id`, which is of the table's key; `ID` is near to it"
        );
        let none = BTreeMap::from([("Name".to_owned(), text("a"))]);
        assert!(reason(&[none]).ends_with("which is of the table's key"));
        assert_eq!(
            reason(&[item(text(""), "1")]),
            "`Id` is empty, which no key may be"
        );
        assert!(reason(&[item(text(&"x".repeat(2049)), "1")]).contains("2048 at most"));
        assert_eq!(
            reason(&[
                item(text("a"), "1"),
                item(text("b"), "1"),
                item(text("a"), "1.0")
            ]),
            "its key is the key of item 1 already"
        );
    }

    #[test]
    fn numbers_have_the_limits_of_dynamodb() {
        assert_eq!(canonical_number("0.00"), Ok("0".to_owned()));
        assert_eq!(canonical_number("-1.50"), Ok("-15e-1".to_owned()));
        assert_eq!(canonical_number("1500"), Ok("15e2".to_owned()));
        assert!(canonical_number(&"9".repeat(38)).is_ok());
        assert!(matches!(
            canonical_number(&"9".repeat(39)),
            Err(BadNumber::Digits(_))
        ));
        assert!(canonical_number("9.9e125").is_ok());
        assert!(matches!(
            canonical_number("1e126"),
            Err(BadNumber::Range(_))
        ));
        assert!(matches!(
            canonical_number("1e-131"),
            Err(BadNumber::Range(_))
        ));
        for wrong in ["", "-", ".", "1e", "0x1", "NaN", "1e99999999999"] {
            assert!(
                matches!(canonical_number(wrong), Err(BadNumber::Decimal(_))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_set_has_each_element_once() {
        assert!(repeats(&Attribute::Ns(vec!["1".into(), "1.0".into()])));
        assert!(!repeats(&Attribute::Ss(vec!["1".into(), "1.0".into()])));
    }

    proptest! {
        #[test]
        fn all_spellings_of_a_number_are_one(digits in 1u64..u64::MAX, zeros in 0usize..9, shift in 0i32..9) {
            let plain = canonical_number(&digits.to_string()).unwrap();
            let shifted = format!("+00{digits}{}e-{shift}", "0".repeat(usize::try_from(shift).unwrap()));
            let fraction = format!("{digits}.{}", "0".repeat(zeros + 1));
            prop_assert_eq!(canonical_number(&shifted).unwrap(), plain.clone());
            prop_assert_eq!(canonical_number(&fraction).unwrap(), plain);
        }

        #[test]
        fn any_text_is_a_number_or_is_none(text in "\\PC*") {
            let _ = canonical_number(&text);
        }
    }
}
