//! SSML as a listener would write it down.

/// SSML that a voice cannot speak.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SsmlError {
    /// Not within `<speak>`.
    #[error("SSML must be one <speak> element")]
    NoSpeak,
    /// A whole SSML text put into another one.
    #[error("<speak> may not stand within <speak>")]
    NestedSpeak,
    /// A tag without end.
    #[error("<{0}> is not closed")]
    Unclosed(String),
    /// An end without a tag.
    #[error("</{0}> closes nothing")]
    Unopened(String),
    /// `<` or `&` that begins nothing.
    #[error("{0:?} must be escaped")]
    Unescaped(char),
    /// Longer than ten seconds.
    #[error("a break may last ten seconds at most, not {0}")]
    LongBreak(String),
}

/// What is heard: spelled words and digits apart from each other, pauses as `…`.
///
/// # Errors
/// When the SSML is not well-formed: Amazon Connect then takes the error branch.
pub fn plain(ssml: &str) -> Result<String, SsmlError> {
    let trimmed = ssml.trim();
    let mut reader = Reader::default();
    let mut rest = trimmed;
    while !rest.is_empty() {
        rest = match rest.find('<') {
            Some(0) => reader.tag(rest)?,
            Some(at) => {
                reader.text(&rest[..at])?;
                &rest[at..]
            }
            None => {
                reader.text(rest)?;
                ""
            }
        };
    }
    match reader.open.pop() {
        Some(element) => Err(SsmlError::Unclosed(element.name)),
        None if !reader.spoken => Err(SsmlError::NoSpeak),
        None => Ok(reader.out.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

struct Element {
    name: String,
    /// Whether its text is said character by character.
    spelled: bool,
    /// Whether something else is said in its place.
    silent: bool,
}

#[derive(Default)]
struct Reader {
    out: String,
    open: Vec<Element>,
    /// Whether `<speak>` was there.
    spoken: bool,
}

impl Reader {
    fn text(&mut self, text: &str) -> Result<(), SsmlError> {
        let text = unescape(text)?;
        if self.open.is_empty() {
            return match text.trim() {
                "" => Ok(()),
                _ => Err(SsmlError::NoSpeak),
            };
        }
        if self.open.iter().any(|element| element.silent) {
            return Ok(());
        }
        if self.open.iter().any(|element| element.spelled) {
            for character in text.chars().filter(|c| !c.is_whitespace()) {
                self.out.push(' ');
                self.out.push(character);
            }
            self.out.push(' ');
        } else {
            self.out.push_str(&text);
        }
        Ok(())
    }

    /// Reads a tag at the start of the text and gives what comes after it.
    fn tag<'a>(&mut self, text: &'a str) -> Result<&'a str, SsmlError> {
        if let Some(comment) = text.strip_prefix("<!--") {
            let end = comment.find("-->").ok_or(SsmlError::Unescaped('<'))?;
            return Ok(&comment[end + 3..]);
        }
        let end = tag_end(text).ok_or(SsmlError::Unescaped('<'))?;
        let (inner, after) = (&text[1..end], &text[end + 1..]);
        if let Some(name) = inner.strip_prefix('/') {
            self.close(name.trim())?;
            return Ok(after);
        }
        let empty = inner.ends_with('/');
        let inner = inner.trim_end_matches('/').trim_end();
        let length = inner.find(char::is_whitespace).unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(length);
        if !name.starts_with(|c: char| c.is_alphabetic()) {
            return Err(SsmlError::Unescaped('<'));
        }
        self.open(name, attributes)?;
        if empty {
            self.close(name)?;
        }
        Ok(after)
    }

    fn open(&mut self, name: &str, attributes: &str) -> Result<(), SsmlError> {
        if self.open.is_empty() {
            if name != "speak" || self.spoken {
                return Err(SsmlError::NoSpeak);
            }
            self.spoken = true;
        } else if name == "speak" {
            return Err(SsmlError::NestedSpeak);
        }
        let mut element = Element {
            name: name.to_owned(),
            spelled: false,
            silent: false,
        };
        match name {
            "say-as" => {
                let how = attribute(attributes, "interpret-as");
                element.spelled =
                    matches!(how.as_deref(), Some("characters" | "spell-out" | "digits"));
            }
            "sub" => {
                if let Some(alias) = attribute(attributes, "alias") {
                    self.out.push_str(&alias);
                    element.silent = true;
                }
            }
            "break" => self.pause(attributes)?,
            _ => {}
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), SsmlError> {
        match self.open.pop() {
            Some(element) if element.name == name => {
                if matches!(name, "p" | "s") {
                    self.out.push(' ');
                }
                Ok(())
            }
            Some(element) => Err(SsmlError::Unclosed(element.name)),
            None => Err(SsmlError::Unopened(name.to_owned())),
        }
    }

    fn pause(&mut self, attributes: &str) -> Result<(), SsmlError> {
        if let Some(time) = attribute(attributes, "time") {
            let seconds = match time.strip_suffix("ms") {
                Some(milliseconds) => milliseconds.parse().map(|ms: f64| ms / 1000.0),
                None => time.trim_end_matches('s').parse(),
            };
            if !seconds.is_ok_and(|seconds| (0.0..=10.0).contains(&seconds)) {
                return Err(SsmlError::LongBreak(time));
            }
        }
        if attribute(attributes, "strength").as_deref() != Some("none") {
            self.out.push_str(" … ");
        }
        Ok(())
    }
}

/// The `>` of a tag, not one within an attribute's quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(character),
            (None, '<') if at > 0 => return None,
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
}

fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, next) = after[1..].split_once(quote)?;
        if key.trim() == name {
            return unescape(value).ok();
        }
        rest = next;
    }
}

fn unescape(text: &str) -> Result<String, SsmlError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, next) = after.split_once(';').ok_or(SsmlError::Unescaped('&'))?;
        out.push(entity(name).ok_or(SsmlError::Unescaped('&'))?);
        rest = next;
    }
    out.push_str(rest);
    Ok(out)
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn heard(ssml: &str) -> String {
        plain(ssml).unwrap_or_else(|error| format!("error: {error}"))
    }

    #[test]
    fn speech_is_written_down() {
        insta::assert_snapshot!(heard("<speak>1-800-PAINTER<break time=\"300ms\"/><say-as interpret-as=\"digits\">1800</say-as> <say-as interpret-as='characters'>AB</say-as>.</speak>"), @"1-800-PAINTER … 1 8 0 0 A B .");
        insta::assert_snapshot!(heard("<speak>\n <p>Tom &amp; <sub alias=\"Missis\">Mrs</sub> <emphasis level='strong'>B</emphasis></p><p>C&#33;&#x21;</p></speak> "), @"Tom & Missis B C!!");
        insta::assert_snapshot!(heard("<speak>a<break strength=\"none\"/>b<!-- c --><say-as interpret-as=\"telephone\">555</say-as></speak>"), @"ab555");
        insta::assert_snapshot!(heard("<speak/>"), @"");
        insta::assert_snapshot!(heard("<speak><prosody rate='slow' note='>'>x</prosody></speak>"), @"x");
    }

    #[test]
    fn what_a_voice_cannot_speak_is_refused() {
        insta::assert_snapshot!(heard("hello"), @"error: SSML must be one <speak> element");
        insta::assert_snapshot!(heard(""), @"error: SSML must be one <speak> element");
        insta::assert_snapshot!(heard("<speak>a</speak><speak>b</speak>"), @"error: SSML must be one <speak> element");
        insta::assert_snapshot!(heard("<speak>a <speak>b</speak></speak>"), @"error: <speak> may not stand within <speak>");
        insta::assert_snapshot!(heard("<speak>a"), @"error: <speak> is not closed");
        insta::assert_snapshot!(heard("<speak><p>a</speak>"), @"error: <p> is not closed");
        insta::assert_snapshot!(heard("<speak>a</speak></p>"), @"error: </p> closes nothing");
        insta::assert_snapshot!(heard("<speak>AT&T</speak>"), @"error: '&' must be escaped");
        insta::assert_snapshot!(heard("<speak>1 < 2</speak>"), @"error: '<' must be escaped");
        insta::assert_snapshot!(heard("<speak><break time='11s'/></speak>"), @"error: a break may last ten seconds at most, not 11s");
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in prop_oneof![".{0,60}", "[<>/&;a\"'= ]{0,40}"]) {
            let _ = plain(&text);
            let _ = plain(&format!("<speak>{text}</speak>"));
        }

        #[test]
        fn escaped_text_is_heard_as_it_is(text in "[a-z<>&\"']{0,40}") {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
            prop_assert_eq!(plain(&format!("<speak>{escaped}</speak>")), Ok(text));
        }
    }
}
