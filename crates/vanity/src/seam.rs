//! What must not be read across a seam: of two words, or of a word and the digits beside it.
//!
//! Words themselves are clean (the block list was applied when the list was built). Two clean
//! words side by side may still spell something else, and so may a word after a digit that looks
//! like a letter (`5` as S) or sounds like a word (`4` as "for").

static NODES: &[[u8; 8]] = include_bytes!(concat!(env!("OUT_DIR"), "/seams.bin"))
    .as_chunks()
    .0;

static HEARD: &[[u8; 8]] = include_bytes!(concat!(env!("OUT_DIR"), "/heard.bin"))
    .as_chunks()
    .0;

/// Which symbols begin a sequence with which second ones.
static BEGINNINGS: &[[u8; 8]] = include_bytes!(concat!(env!("OUT_DIR"), "/beginnings.bin"))
    .as_chunks()
    .0;

/// Letters that a digit is read as.
fn looks_like(digit: u8) -> &'static [u8] {
    match digit {
        b'0' => b"O",
        b'1' => b"IL",
        b'2' => b"Z",
        b'3' => b"E",
        b'4' => b"A",
        b'5' => b"S",
        b'6' => b"G",
        b'7' => b"T",
        b'8' => b"B",
        _ => b"",
    }
}

/// Whether something refused stands across a seam of `text`.
///
/// `text` is the whole number as upper-case letters and ASCII digits, country code first.
/// `seams[i]` says that a seam lies between `text[i - 1]` and `text[i]`; a sequence counts only
/// when it crosses one, and when at least two of its symbols and most of them are letters: the digits alone
/// are the caller's own.
pub(crate) fn refused(text: &[u8], seams: u32) -> bool {
    // What every symbol may stand for: itself, and what a digit looks like.
    let mut read = [0u64; 32];
    for (read, symbol) in read.iter_mut().zip(text) {
        *read = text_mask(*symbol);
    }
    let begins = |start: usize| {
        let (mut first, second) = (read[start & 31], read[(start + 1) & 31]);
        while first != 0 {
            let place = first.trailing_zeros() as usize;
            if BEGINNINGS
                .get(place)
                .is_some_and(|mask| u64::from_le_bytes(*mask) & second != 0)
            {
                return true;
            }
            first &= first - 1;
        }
        false
    };
    (0..text.len()).any(|start| begins(start) && walk(NODES, 0, text, start, start, seams, 0))
        || heard(text, seams)
}

/// What a symbol may be read as, a bit each of `0-9A-Z`.
fn text_mask(symbol: u8) -> u64 {
    if !symbol.is_ascii_digit() {
        return 1 << (symbol - b'A' + 10);
    }
    looks_like(symbol)
        .iter()
        .fold(1 << (symbol - b'0'), |mask, letter| {
            mask | 1 << (letter - b'A' + 10)
        })
}

/// Whether something refused is heard in the letters when the digits between them are passed over
/// ("cut 1 me"). It counts only across a seam: what one word says the word list decides.
fn heard(text: &[u8], seams: u32) -> bool {
    let mut letters = [0u8; 32];
    let (mut length, mut letter_seams) = (0, 0u32);
    for (index, symbol) in text.iter().enumerate() {
        if !symbol.is_ascii_digit() && length < letters.len() - 1 {
            letter_seams |= (seams >> index & 1) << length;
            letters[length] = *symbol;
            length += 1;
        }
    }
    (0..length).any(|start| walk(HEARD, 0, &letters[..length], start, start, letter_seams, 0))
}

fn walk(
    trie: &[[u8; 8]],
    node: usize,
    text: &[u8],
    start: usize,
    at: usize,
    seams: u32,
    letters: u32,
) -> bool {
    let Some(packed) = trie.get(node).map(|node| u64::from_le_bytes(*node)) else {
        return false;
    };
    if packed & 1 << 36 != 0 {
        // Seams strictly inside start..at.
        let inside = ((1u32 << at) - 1) & !((1u32 << (start + 1)) - 1);
        let most_are_letters = 2 * letters as usize > at - start;
        if letters >= 2 && most_are_letters && seams & inside != 0 {
            return true;
        }
        // Within one word: a longer one that begins with it may cross a seam (HOS, HOST|AGE).
    }
    let Some(&symbol) = text.get(at) else {
        return false;
    };
    let step = |symbol: u8, letters: u32| {
        let place = if symbol.is_ascii_digit() {
            symbol - b'0'
        } else {
            symbol - b'A' + 10
        };
        let bit = 1u64 << place;
        if packed & bit == 0 {
            return false;
        }
        let before = (packed & (bit - 1)).count_ones() as usize;
        walk(
            trie,
            (packed >> 40) as usize + before,
            text,
            start,
            at + 1,
            seams,
            letters,
        )
    };
    if symbol.is_ascii_digit() {
        step(symbol, letters)
            || looks_like(symbol)
                .iter()
                .any(|letter| step(*letter, letters))
    } else {
        step(symbol, letters + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `|` marks the seams.
    fn refuses(marked: &str) -> bool {
        let mut text = Vec::new();
        let mut seams = 0;
        for byte in marked.bytes() {
            if byte == b'|' {
                seams |= 1 << text.len();
            } else {
                text.push(byte);
            }
        }
        refused(&text, seams)
    }

    #[test]
    fn two_clean_words_may_not_make_a_dirty_one() {
        assert!(refuses("1800|GAS|SALE"));
        assert!(refuses("1800|PUS|HIT"));
        assert!(refuses("1800|HOST|AGE"));
        assert!(refuses("1800|HERO|IN"));
        assert!(!refuses("1800|GET|HELP"));
    }

    #[test]
    fn what_nobody_hears_across_a_seam_is_allowed() {
        assert!(!refuses("1800|CAR|SEAT"));
        assert!(refuses("1800|ARSE|HOLE"));
    }

    #[test]
    fn a_digit_may_not_complete_one() {
        assert!(refuses("180|05|HIT"));
        assert!(refuses("180|04|SKIN"));
        assert!(refuses("1800|SHOP|0T|2"));
    }

    #[test]
    fn what_is_heard_across_digits_counts() {
        assert!(refuses("1|6|CUT|1|ME|UP|5"));
        assert!(refuses("1961|WE|SCAM|5"));
        assert!(refuses("1961|WE|0|SCAM|5"));
        assert!(!refuses("1|6|CUT|1|BED"));
    }

    #[test]
    fn inside_one_word_the_word_list_decides() {
        assert!(!refuses("1800|CLASSES"));
        assert!(!refuses("1800|GRAPES|5"));
    }

    #[test]
    fn digits_alone_are_the_callers_own() {
        assert!(!refuses("1|455|455|5555"));
    }
}
