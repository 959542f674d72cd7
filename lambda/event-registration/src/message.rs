//! The text of the SMS.
//!
//! What a visitor gives as a name goes to whatever number they give: without care the form would
//! send anybody's text, links included, to anybody. So only what names are made of is kept of it.

/// How many characters of a name are said.
pub const LONGEST_NAME: usize = 40;
/// What SNS takes in one SMS, in characters (AWS docs, `Publish`).
pub const LONGEST_MESSAGE: usize = 1600;
/// What somebody is called whose name has no letter.
const NO_NAME: &str = "guest";

/// A text with `{name}` and `{event}` in it, each once or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    event: String,
}

/// Why a text cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It does not say whom it thanks, or for what.
    #[error("the text does not contain {{{0}}}")]
    Missing(&'static str),
    /// It has a placeholder that stands for nothing.
    #[error("the text contains {{{0}}}; only {{name}} and {{event}} stand for something")]
    Unknown(String),
    /// The longest SMS that it would make is too long.
    #[error("the text could make an SMS of {0} characters; {LONGEST_MESSAGE} are the most")]
    TooLong(usize),
}

impl Template {
    /// A text for an event.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] when it lacks a placeholder, has an unknown one, or would be too long.
    pub fn new(text: &str, event: &str) -> Result<Self, TemplateError> {
        for placeholder in ["name", "event"] {
            if !text.contains(&format!("{{{placeholder}}}")) {
                return Err(TemplateError::Missing(placeholder));
            }
        }
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('{') {
            let Some((placeholder, after)) = after.split_once('}') else {
                break;
            };
            if placeholder != "name" && placeholder != "event" {
                return Err(TemplateError::Unknown(placeholder.to_owned()));
            }
            rest = after;
        }
        let template = Self {
            text: text.to_owned(),
            event: event.to_owned(),
        };
        let longest = template.fill(&"n".repeat(LONGEST_NAME)).chars().count();
        if longest > LONGEST_MESSAGE {
            return Err(TemplateError::TooLong(longest));
        }
        Ok(template)
    }

    /// The SMS for somebody.
    #[must_use]
    pub fn write(&self, name: &str) -> String {
        self.fill(&name_to_say(name))
    }

    /// A line in the same way, such as an e-mail's subject; a placeholder may be missing in it.
    #[must_use]
    pub fn line(&self, text: &str, name: &str) -> String {
        let line = Self {
            text: text.to_owned(),
            event: self.event.clone(),
        };
        line.write(name)
    }

    // In one pass: neither a name nor an event may bring placeholders of its own.
    fn fill(&self, name: &str) -> String {
        let mut filled = String::with_capacity(self.text.len() + self.event.len() + name.len());
        let mut rest = self.text.as_str();
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            filled.push_str(before);
            if let Some(after) = from.strip_prefix("{name}") {
                filled.push_str(name);
                rest = after;
            } else if let Some(after) = from.strip_prefix("{event}") {
                filled.push_str(&self.event);
                rest = after;
            } else {
                filled.push('{');
                rest = &from[1..];
            }
        }
        filled.push_str(rest);
        filled
    }
}

/// What is said of a name: letters with their marks, spaces, apostrophes, hyphens, and full stops
/// that are followed by a space, so that nothing of it is a link; at most [`LONGEST_NAME`]
/// characters of it, whole words if possible.
#[must_use]
pub fn name_to_say(name: &str) -> String {
    let mut kept = String::new();
    for character in name.chars() {
        match character {
            // A letter that follows a full stop at once would make a domain.
            letter if letter.is_alphabetic() || is_mark(letter) => {
                if kept.ends_with('.') {
                    kept.push(' ');
                }
                kept.push(letter);
            }
            // What stands for bytes that were no text: neither a letter nor the end of a word.
            char::REPLACEMENT_CHARACTER => {}
            '\'' | '’' | '-' | '.' if kept.ends_with(char::is_alphabetic) => kept.push(character),
            _ if !kept.is_empty() && !kept.ends_with(' ') => kept.push(' '),
            _ => {}
        }
    }
    let kept = kept.trim();
    if !kept.contains(char::is_alphabetic) {
        return NO_NAME.to_owned();
    }
    shorten(kept)
}

fn shorten(name: &str) -> String {
    let Some((end, _)) = name.char_indices().nth(LONGEST_NAME) else {
        return name.to_owned();
    };
    let cut = &name[..end];
    if name[end..].starts_with(' ') {
        return cut.to_owned();
    }
    match cut.rsplit_once(' ') {
        Some((words, _)) => words.to_owned(),
        None => cut.to_owned(),
    }
}

/// Combining marks that names are written with: diacritics, and the vowel signs of the scripts of
/// India and South-East Asia that are no letters to Unicode.
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{0300}'..='\u{036F}'
        | '\u{064B}'..='\u{065F}'
        | '\u{0900}'..='\u{0DFF}'
        | '\u{0E31}'..='\u{0E4E}'
        | '\u{1000}'..='\u{109F}'
        | '\u{200C}'..='\u{200D}')
        && !character.is_numeric()
        && !matches!(character, '\u{0964}' | '\u{0965}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn template(text: &str) -> Result<Template, TemplateError> {
        Template::new(text, "Open House")
    }

    #[test]
    fn thanks_by_name_for_the_event() {
        let template = template("Thank you, {name}! You are registered for {event}.").unwrap();
        assert_eq!(
            template.write("Ada Lovelace"),
            "Thank you, Ada Lovelace! You are registered for Open House."
        );
    }

    #[test]
    fn a_text_that_cannot_be_right_is_refused() {
        assert_eq!(template("{name}"), Err(TemplateError::Missing("event")));
        assert_eq!(template("{event}"), Err(TemplateError::Missing("name")));
        assert_eq!(
            template("{name} {event} {nmae}"),
            Err(TemplateError::Unknown("nmae".to_owned()))
        );
        assert_eq!(
            template(&format!("{{name}} {{event}} {}", "x".repeat(1600))),
            Err(TemplateError::TooLong(1652))
        );
    }

    #[test]
    fn placeholders_in_a_name_or_an_event_are_text() {
        let template = Template::new("{name} at {event}", "{name} day").unwrap();
        assert_eq!(template.write("{event}"), "event at {name} day");
    }

    #[test]
    fn names_are_said_as_they_are_written() {
        for name in [
            "Ada",
            "Siobhán O'Brien",
            "Jean-Luc d’Arc",
            "李雷",
            "Anand V. Kumar",
            "प्रिया शर्मा",
            "José",
            "محمد",
        ] {
            assert_eq!(name_to_say(name), name);
        }
    }

    #[test]
    fn what_is_no_name_is_not_said() {
        assert_eq!(
            name_to_say("Win http://evil.example/x now"),
            "Win http evil. example x now"
        );
        assert_eq!(name_to_say("  Ada\r\n\tLovelace "), "Ada Lovelace");
        assert_eq!(name_to_say("call +1 900 555"), "call");
        assert_eq!(name_to_say("Jos\u{fffd}\u{fffd}e \u{fffd}"), "Jose");
        assert_eq!(name_to_say("\"; DROP \\u0000"), "DROP u");
        assert_eq!(name_to_say("!!! 123"), "guest");
        assert_eq!(name_to_say(""), "guest");
    }

    #[test]
    fn long_names_end_with_a_word() {
        assert_eq!(
            name_to_say("Maria Anna Josepha Walburga Nepomucena Theresia"),
            "Maria Anna Josepha Walburga Nepomucena"
        );
        assert_eq!(name_to_say(&"a".repeat(60)).chars().count(), LONGEST_NAME);
    }

    proptest! {
        #[test]
        fn no_name_makes_a_link_or_a_second_line(name in any::<String>()) {
            let said = name_to_say(&name);
            prop_assert!(!said.is_empty() && said.chars().count() <= LONGEST_NAME);
            let foreign = said.contains(['/', ':', '@', '\n', '\r', '{', '}', '"', '\\']);
            prop_assert!(!foreign, "{}", said);
            let domain = said.split('.').skip(1).any(|after| after.starts_with(char::is_alphanumeric));
            prop_assert!(!domain, "{}", said);
        }
    }
}
