//! Text that others wrote: names, values, messages of services, of cargo, of functions,
//! files, transcripts. It is shown and never speaks for us: what a terminal obeys, what
//! a reader cannot see and what starts a line is written out as its escape. Pure.
//!
//! Backslashes stay as they are: what is shown is for people, and `--json` has the value.

use std::fmt;
use std::ops::Range;

/// Stands before each line of a text of several, so that none reads as a line of ours.
pub const QUOTE: &str = "| ";

/// Letters as wide as a tab is shown.
const TAB: &str = "    ";

/// A text as one line: `\n`, `\u{1b}` and the like are written out.
pub fn line(text: impl fmt::Display) -> String {
    let text = text.to_string();
    if !text.chars().any(may_hide) {
        return text;
    }
    let mut shown = String::with_capacity(text.len());
    for (letter, hidden) in seen(&text) {
        push(&mut shown, letter, hidden);
    }
    shown
}

/// The lines of a text of several, each as [`line`] has it. Tabs become spaces; a line
/// ends with `\n` or `\r\n` and with nothing else.
pub fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|one| line(one.replace('\t', TAB)))
        .collect()
}

/// A text as it stands below a line of ours: one line as it is, several each after a [`QUOTE`].
pub fn quoted(text: &str) -> Vec<String> {
    let lines = lines(text);
    if lines.len() < 2 {
        return lines;
    }
    lines
        .into_iter()
        .map(|line| format!("{QUOTE}{line}"))
        .collect()
}

/// A file's text with its lines as they are, and where a place of it is now; both in bytes.
pub fn source(text: &str, span: Option<&Range<usize>>) -> (String, Option<Range<usize>>) {
    let mut shown = String::with_capacity(text.len());
    let mut place = span.map(|span| span.start.min(text.len())..span.end.min(text.len()));
    let (mut start, mut end) = (None, None);
    let mut offset = 0;
    for (letter, hidden) in seen(text) {
        if let Some(place) = &place {
            // A place within a letter begins with it and ends after it.
            if start.is_none() && place.start < offset + letter.len_utf8() {
                start = Some(shown.len());
            }
            if end.is_none() && place.end <= offset {
                end = Some(shown.len());
            }
        }
        offset += letter.len_utf8();
        let ends_line = letter == '\r' && text[offset..].starts_with('\n');
        match letter {
            '\n' => shown.push('\n'),
            '\t' => shown.push_str(TAB),
            _ if ends_line => {}
            _ => push(&mut shown, letter, hidden),
        }
    }
    if let Some(place) = &mut place {
        place.start = start.unwrap_or(shown.len());
        place.end = end.unwrap_or(shown.len()).max(place.start);
    }
    (shown, place)
}

/// The letters of a text, each with whether it must be written out.
fn seen(text: &str) -> impl Iterator<Item = (char, bool)> + '_ {
    let mut previous = None;
    let mut letters = text.chars().peekable();
    std::iter::from_fn(move || {
        let letter = letters.next()?;
        let hidden = is_hidden(previous, letter, letters.peek().copied());
        previous = Some(letter);
        Some((letter, hidden))
    })
}

fn push(shown: &mut String, letter: char, hidden: bool) {
    if hidden {
        shown.extend(letter.escape_default());
    } else {
        shown.push(letter);
    }
}

/// Whether a letter must be written out where it stands.
pub(super) fn is_hidden(previous: Option<char>, letter: char, next: Option<char>) -> bool {
    match letter {
        // Joins emoji, and parts the letters of Persian or of Indian scripts: there it is
        // seen. Within ASCII nobody sees it, and two texts that look the same are not.
        '\u{200c}' | '\u{200d}' => {
            let is_plain = |beside: Option<char>| beside.is_none_or(|beside| beside.is_ascii());
            is_plain(previous) || is_plain(next)
        }
        _ => may_hide(letter),
    }
}

/// Letters that move what is around them, end a line, or cannot be seen: general
/// categories Cc, Zl, Zp and Cf of Unicode 16, but for the Cf that have a shape of their
/// own (signs of Arabic, Syriac and Kaithi numbers).
pub(super) fn may_hide(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}'
            // Bidirectional controls.
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Ends of lines and paragraphs, beside the controls.
            | '\u{2028}' | '\u{2029}'
            // No width.
            | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}'
            | '\u{206a}'..='\u{206f}' | '\u{feff}'
            // Annotations, formats of hieroglyphs, shorthand and music, tags.
            | '\u{fff9}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_seen_is_written_out() {
        for (text, shown) in [
            ("", ""),
            ("plain, größer, 日本語 🎉", "plain, größer, 日本語 🎉"),
            ("a\nb", "a\\nb"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("\u{0}\u{7f}\u{9b}2J", "\\u{0}\\u{7f}\\u{9b}2J"),
            ("\u{202e}txt.exe\u{2069}", "\\u{202e}txt.exe\\u{2069}"),
            (
                "a\u{2028}b\u{2029}c\u{85}d",
                "a\\u{2028}b\\u{2029}c\\u{85}d",
            ),
            ("pass\u{200b}word\u{feff}", "pass\\u{200b}word\\u{feff}"),
            ("pass\u{200d}word", "pass\\u{200d}word"),
            ("\u{200d}", "\\u{200d}"),
            ("\u{e0061}", "\\u{e0061}"),
            // Letters of theirs need them.
            ("👩\u{200d}🚀", "👩\u{200d}🚀"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            // A path of another system is no escape of ours.
            ("C:\\new", "C:\\new"),
        ] {
            assert_eq!(line(text), shown, "{text:?}");
        }
    }

    #[test]
    fn a_text_of_several_lines_is_quoted() {
        assert_eq!(quoted(""), Vec::<String>::new());
        assert_eq!(quoted("one\n"), ["one"]);
        assert_eq!(
            quoted("one\r\n\ttwo\r\u{1b}\n\n::three"),
            ["| one", "|     two\\r\\u{1b}", "| ", "| ::three"]
        );
    }

    #[test]
    fn a_place_moves_with_its_text() {
        let text = "a: \u{1b}x\r\n\tb: \u{202e}y\n";
        let of = |piece: &str| {
            let start = text.find(piece).unwrap();
            let (shown, place) = source(text, Some(&(start..start + piece.len())));
            shown[place.unwrap()].to_owned()
        };
        assert_eq!(source(text, None).0, "a: \\u{1b}x\n    b: \\u{202e}y\n");
        assert_eq!(of("a: "), "a: ");
        assert_eq!(of("\u{1b}x"), "\\u{1b}x");
        assert_eq!(of("y"), "y");
        assert_eq!(of("\u{202e}y"), "\\u{202e}y");
        assert_eq!(source(text, Some(&(500..900))).1, Some(28..28));
        assert_eq!(source("", Some(&(0..0))), (String::new(), Some(0..0)));
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_without_controls(text in any::<String>()) {
            let shown = line(&text);
            prop_assert!(!shown.chars().any(char::is_control), "{shown:?}");
            prop_assert_eq!(line(&shown), shown.clone());
            for one in quoted(&text) {
                prop_assert!(!one.chars().any(char::is_control), "{one:?}");
            }
        }

        #[test]
        fn a_place_is_always_one_of_the_text(
            text in "(.|[\n\r\t\u{1b}\u{202e}\u{200d}])*",
            start in 0usize..50,
            length in 0usize..50,
        ) {
            let (shown, place) = source(&text, Some(&(start..start + length)));
            let place = place.unwrap();
            prop_assert!(shown.get(place).is_some());
            prop_assert!(!shown.chars().any(|letter| letter != '\n' && letter.is_control()));
            // The lines keep their numbers.
            prop_assert_eq!(shown.matches('\n').count(), text.matches('\n').count());
        }
    }
}
