//! The telephone keypad: which letters are on which key (ITU-T E.161, the same in every country).

/// The first letter on each key from 2 to 9.
const FIRST_LETTERS: [u8; 8] = *b"ADGJMPTW";

/// The digit (`2` to `9`) that dials a letter, or `None` for anything but `A` to `Z` and `a` to `z`.
///
/// 0 and 1 carry no letters.
#[must_use]
pub fn digit_of(letter: char) -> Option<u8> {
    if !letter.is_ascii_alphabetic() {
        return None;
    }
    let letter = letter.to_ascii_uppercase() as u8;
    let key = FIRST_LETTERS.iter().rposition(|first| *first <= letter)?;
    u8::try_from(key).ok().map(|key| key + 2)
}

/// The letter at `place` (0 to 3) on the key `digit` (2 to 9).
pub(crate) fn letter_at(digit: u8, place: u32) -> u8 {
    let first = FIRST_LETTERS[usize::from(digit - 2)];
    first + (place & 3) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_on_its_key() {
        let dialled: String = ('A'..='Z')
            .map(|letter| char::from(b'0' + digit_of(letter).unwrap()))
            .collect();
        assert_eq!(dialled, "22233344455566677778889999");
        assert_eq!(digit_of('q'), Some(7));
    }

    #[test]
    fn what_is_no_letter_is_on_no_key() {
        for other in ['0', '1', '-', '+', ' ', 'é', '@', '['] {
            assert_eq!(digit_of(other), None, "{other:?}");
        }
    }

    #[test]
    fn letter_at_is_the_inverse() {
        for letter in 'A'..='Z' {
            let digit = digit_of(letter).unwrap();
            let place = (0..4).find(|place| letter_at(digit, *place) == letter as u8);
            assert!(place.is_some(), "{letter}");
        }
    }
}
