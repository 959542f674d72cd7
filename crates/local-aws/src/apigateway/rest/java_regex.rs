//! Java's regular expressions, as selection patterns and the string methods of
//! mapping templates have them, on Rust's engine. What the two read differently
//! is translated or refused.

use regex::Regex;

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression {pattern}: {problem}")]
pub struct RegexError {
    /// The pattern.
    pub pattern: String,
    /// What is wrong.
    pub problem: String,
}

/// A pattern that is searched for.
///
/// # Errors
/// [`RegexError`] for what is wrong or not implemented (look-around,
/// back-references, possessive quantifiers).
pub fn find(pattern: &str) -> Result<Regex, RegexError> {
    compile(pattern, &translate(pattern)?)
}

/// A pattern that a whole text must match, as `String.matches`.
///
/// # Errors
/// As [`find`].
pub fn whole(pattern: &str) -> Result<Regex, RegexError> {
    compile(pattern, &format!(r"\A(?:{})\z", translate(pattern)?))
}

fn compile(pattern: &str, translated: &str) -> Result<Regex, RegexError> {
    Regex::new(translated).map_err(|error| RegexError {
        pattern: pattern.to_owned(),
        problem: error.to_string(),
    })
}

/// Java's `\d`, `\w` and `\s` are ASCII.
fn translate(pattern: &str) -> Result<String, RegexError> {
    let refused = |problem: &str| RegexError {
        pattern: pattern.to_owned(),
        problem: problem.to_owned(),
    };
    let mut out = String::with_capacity(pattern.len());
    let mut characters = pattern.chars().peekable();
    let mut quantified = false;
    let mut in_class = 0_u32;
    while let Some(c) = characters.next() {
        let mut quantifier = false;
        match c {
            '\\' => match characters.next() {
                Some('d') => out.push_str("[0-9]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str("[0-9A-Za-z_]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('s') => out.push_str(r"[ \t\n\x0B\f\r]"),
                Some('S') => out.push_str(r"[^ \t\n\x0B\f\r]"),
                Some(c @ ('/' | '\'' | '"' | ':' | ',' | '@' | '=' | '!' | '%' | '`' | ';')) => {
                    out.push_str(&regex::escape(&c.to_string()));
                }
                Some(c @ ('Q' | 'E' | 'Z' | 'G' | 'k' | 'R' | 'h' | 'v' | 'X' | '0'..='9')) => {
                    return Err(refused(&format!("\\{c} is not implemented")));
                }
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => return Err(refused("a backslash at the end")),
            },
            '[' => {
                in_class += 1;
                out.push(c);
            }
            ']' => {
                in_class = in_class.saturating_sub(1);
                out.push(c);
            }
            '*' | '+' | '?' | '}' if in_class == 0 => {
                if c == '+' && quantified {
                    return Err(refused("possessive quantifiers are not implemented"));
                }
                quantifier = true;
                out.push(c);
            }
            c => out.push(c),
        }
        quantified = quantifier;
    }
    Ok(out)
}

/// Java's replacement text (`$1`, `\$`) as the text that replaces a match.
///
/// # Errors
/// The words of Java's exceptions.
pub fn replace(
    pattern: &Regex,
    text: &str,
    replacement: &str,
    every: bool,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for found in pattern.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        out.push_str(&text[last..whole.start()]);
        expand(&found, replacement, &mut out)?;
        last = whole.end();
        if !every {
            break;
        }
    }
    out.push_str(&text[last..]);
    Ok(out)
}

fn expand(found: &regex::Captures<'_>, replacement: &str, out: &mut String) -> Result<(), String> {
    let mut characters = replacement.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => out.push(
                characters
                    .next()
                    .ok_or("character to be escaped is missing")?,
            ),
            '$' => {
                let digit = characters
                    .next()
                    .and_then(|c| c.to_digit(10))
                    .ok_or("Illegal group reference")?;
                let mut group = digit as usize;
                if group >= found.len() {
                    return Err(format!("No group {group}"));
                }
                // Further digits belong to it as long as there is such a group.
                while let Some(digit) = characters.peek().and_then(|c| c.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if longer >= found.len() {
                        break;
                    }
                    group = longer;
                    characters.next();
                }
                out.push_str(found.get(group).map_or("", |m| m.as_str()));
            }
            c => out.push(c),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_as_javas_do() {
        assert!(whole(r"4\d{2}").unwrap().is_match("404"));
        assert!(!whole(r"4\d{2}").unwrap().is_match("4040"));
        assert!(!whole(r"\d").unwrap().is_match("٣"));
        assert!(whole(r"[\d\-/]+").unwrap().is_match("1-/"));
        assert!(whole(r"a|b").unwrap().is_match("b"));
        assert!(!whole(r"a|b").unwrap().is_match("ab"));
        assert!(whole(r"\'\/").unwrap().is_match("'/"));
        for refused in ["(?=a)", "a++", r"\Qa\E", r"(a)\1", "(", r"\"] {
            assert!(whole(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn replacements_refer_to_groups() {
        let swap = find("(a)(b)").unwrap();
        assert_eq!(replace(&swap, "xabab", "$2$1", true).unwrap(), "xbaba");
        assert_eq!(replace(&swap, "abab", r"\$$0", false).unwrap(), "$abab");
        assert!(replace(&swap, "ab", "$3", true).is_err());
        assert!(replace(&swap, "ab", "$", true).is_err());
        assert_eq!(replace(&swap, "none", "$", true).unwrap(), "none");
    }

    proptest! {
        #[test]
        fn nothing_panics(pattern in ".{0,12}", text in ".{0,12}", with in "[a$0-9\\\\]{0,5}") {
            if let Ok(pattern) = find(&pattern) {
                let _ = replace(&pattern, &text, &with, true);
            }
            let _ = whole(&pattern);
        }
    }
}
