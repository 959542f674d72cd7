//! The last line of defence, at the door: whatever a line holds, it is one line, a
//! terminal obeys only our own colours in it, and a CI runner takes no command from it.
//! [`foreign`](super::foreign) shows what others wrote; this is for what was forgotten. Pure.
//!
//! What a runner takes for a command:
//! - GitHub Actions `::name …::` where a line begins, white space aside, and the older
//!   `##[name …]` anywhere in it (`ActionCommand.cs` of github.com/actions/runner);
//! - Azure Pipelines `##vso[…]` and `##[…]`
//!   (learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands);
//! - TeamCity `##teamcity[…]`.

use super::foreign::is_hidden;

/// A line as it leaves.
pub fn line(text: &str) -> String {
    let pieces = pieces(text);
    let letters: Vec<(usize, char)> = pieces
        .iter()
        .enumerate()
        .flat_map(|(index, piece)| match piece {
            Piece::Style(_) => Vec::new(),
            Piece::Letter(letter) => vec![(index, *letter)],
            // What is written out begins with a backslash: the rest starts no command.
            Piece::Hidden(_) => vec![(index, '\\')],
        })
        .collect();
    let broken = commands(&letters);
    let mut shown = String::with_capacity(text.len());
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Style(style) => shown.push_str(style),
            Piece::Letter(letter) if broken.contains(&index) => {
                shown.extend(letter.escape_unicode());
            }
            Piece::Letter(letter) => shown.push(*letter),
            Piece::Hidden(letter) => shown.extend(letter.escape_default()),
        }
    }
    shown
}

/// JSON as one line: the same value, with what [`line`] would change written as JSON
/// escapes. All that is concerned stands within strings.
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut previous = None;
    while let Some(letter) = letters.next() {
        let is_second = letter == '#' && previous == Some('#');
        if is_second || is_hidden(previous, letter, letters.peek().copied()) {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(letter);
        }
        previous = Some(letter);
    }
    shown
}

/// Whether a line would be a command of a CI runner as it stands.
pub fn is_command(text: &str) -> bool {
    let letters: Vec<(usize, char)> = text.chars().enumerate().collect();
    !commands(&letters).is_empty()
}

enum Piece<'a> {
    /// A colour of ours.
    Style(&'a str),
    Letter(char),
    /// To be written out.
    Hidden(char),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut previous = None;
    while let Some(letter) = rest.chars().next() {
        if let Some(style) = style(rest) {
            pieces.push(Piece::Style(style));
            rest = &rest[style.len()..];
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        pieces.push(if is_hidden(previous, letter, rest.chars().next()) {
            Piece::Hidden(letter)
        } else {
            Piece::Letter(letter)
        });
        previous = Some(letter);
    }
    pieces
}

/// The SGR sequence (ECMA-48, 8.3.117) that a text begins with, when it is of those that
/// the house, its snippets, its usage and its log are painted with: weight, slant,
/// underline, colour of the letters. None hides a letter.
fn style(text: &str) -> Option<&str> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let length = parameters.find(|letter: char| !(letter.is_ascii_digit() || letter == ';'))?;
    let (parameters, rest) = parameters.split_at(length);
    let ours = |parameter: &str| {
        matches!(
            parameter.parse::<u8>(),
            Ok(0..=4 | 22..=24 | 31..=36 | 39 | 91..=96)
        )
    };
    (rest.starts_with('m') && parameters.split(';').all(ours))
        .then(|| &text[.."\u{1b}[".len() + length + 1])
}

/// The index of a letter of each command; without the letter it is none.
fn commands(letters: &[(usize, char)]) -> Vec<usize> {
    let mut found = Vec::new();
    let starts = letters
        .iter()
        .position(|(_, letter)| !letter.is_whitespace());
    if let Some([(first, ':'), (_, ':'), ..]) = starts.map(|start| &letters[start..]) {
        found.push(*first);
    }
    for (start, pair) in letters.windows(2).enumerate() {
        let [(_, '#'), (second, '#')] = pair else {
            continue;
        };
        let after = letters[start + 2..]
            .iter()
            .find(|(_, letter)| !letter.is_ascii_alphabetic());
        if let Some((_, '[')) = after {
            found.push(*second);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_line_is_a_command() {
        for (text, shown) in [
            ("plain", "plain"),
            ("::stop-commands::x", "\\u{3a}:stop-commands::x"),
            (" \u{a0}::debug::x", " \u{a0}\\u{3a}:debug::x"),
            ("a ::debug::x", "a ::debug::x"),
            (
                "\u{1b}[1m::debug::x\u{1b}[0m",
                "\u{1b}[1m\\u{3a}:debug::x\u{1b}[0m",
            ),
            ("a ##[group]x", "a #\\u{23}[group]x"),
            ("##vso[task.x]##VSO[y]", "#\\u{23}vso[task.x]#\\u{23}VSO[y]"),
            ("###[x]", "##\\u{23}[x]"),
            ("#\u{1b}[2m#[x]", "#\u{1b}[2m\\u{23}[x]"),
            ("##teamcity[x]", "#\\u{23}teamcity[x]"),
            ("## A heading", "## A heading"),
        ] {
            assert_eq!(line(text), shown, "{text:?}");
        }
    }

    #[test]
    fn only_colours_of_ours_pass() {
        for ours in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[1;31m", "\u{1b}[94m"] {
            assert_eq!(line(ours), ours);
        }
        for (other, shown) in [
            ("\u{1b}[8m", "\\u{1b}[8m"),
            ("\u{1b}[30;40m", "\\u{1b}[30;40m"),
            ("\u{1b}[38;5;0m", "\\u{1b}[38;5;0m"),
            ("\u{1b}[m", "\\u{1b}[m"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{1b}[1", "\\u{1b}[1"),
            ("\u{9b}1m", "\\u{9b}1m"),
            ("a\r\n::b", "a\\r\\n::b"),
        ] {
            assert_eq!(line(other), shown, "{other:?}");
        }
    }

    #[test]
    fn json_keeps_its_value() {
        let value =
            serde_json::json!({ "a": "##[x] ### \u{9b}\u{202e}\u{e0061}\\##\n👩\u{200d}🚀" });
        let shown = json(&value.to_string());
        assert_eq!(
            shown,
            r##"{"a":"#\u0023[x] #\u0023\u0023 \u009b\u202e\udb40\udc61\\#\u0023\n👩‍🚀"}"##
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
    }

    /// What a runner sees: the text without colours.
    fn without_colours(line: &str) -> String {
        anstream::adapter::strip_str(line).to_string()
    }

    proptest! {
        #[test]
        fn whatever_the_text_its_line_is_harmless(
            text in proptest::collection::vec(
                prop_oneof![
                    any::<String>(),
                    "[:#\\[\n\r\t vso]{0,6}",
                    Just("\u{1b}[31m".to_owned()),
                    Just("\u{1b}[8m".to_owned()),
                    Just("\u{1b}".to_owned()),
                ],
                0..8,
            )
        ) {
            let text = text.concat();
            let shown = line(&text);
            let seen = without_colours(&shown);
            prop_assert!(!seen.chars().any(char::is_control), "{shown:?}");
            prop_assert!(!seen.trim_start().starts_with("::"), "{shown:?}");
            prop_assert!(!is_command(&seen) && !is_command(&shown), "{shown:?}");
            prop_assert!(!seen.contains("##[") && !seen.contains("##vso["), "{shown:?}");

            let value = serde_json::json!({ text.clone(): [text.clone()] });
            let shown = json(&value.to_string());
            prop_assert!(!shown.contains("##"), "{shown:?}");
            prop_assert!(!shown.chars().any(char::is_control), "{shown:?}");
            let back: serde_json::Value = serde_json::from_str(&shown).unwrap();
            prop_assert_eq!(back, value);
        }
    }
}
