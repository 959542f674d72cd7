//! Outputs as `NAME=value` lines for a program that reads such a file. Pure.
//!
//! There is no one way to write a value with, say, a space in it: a shell wants it
//! quoted, and to `$GITHUB_ENV` and `docker run --env-file` quotes are part of the value
//! (docs.github.com, "Workflow commands", "Setting an environment variable";
//! docs.docker.com, "docker container run", `--env-file`). What is written is read as
//! it was, or is refused; and nothing that a value holds becomes a variable or a command.

use std::collections::BTreeMap;

use super::foreign;
use super::guard;
use super::lines::Lines;
use crate::engine::outputs::Outputs;
use crate::engine::plan::{ResourceId, ResourceKind};

/// Who reads the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Whoever: values that mean the same to all are written, others refused.
    Any,
    /// One to whom what follows the `=` is the value.
    Literal,
    /// A POSIX shell.
    Shell,
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvFileError {
    /// A value that a line cannot hold so that it is read as it is.
    #[error("{output} does not fit in an env file: its value holds {what}")]
    Unfit {
        /// Which output.
        output: String,
        /// What of it does not fit.
        what: String,
        /// Whether it fits for one reader alone.
        quotable: bool,
    },
    /// Two outputs would be one variable.
    #[error("{first} and {second} would both be {name} in an env file")]
    SameName {
        /// One.
        first: String,
        /// The other.
        second: String,
        /// The variable.
        name: String,
    },
}

/// The outputs of solutions as lines.
///
/// # Errors
/// [`EnvFileError`]
pub fn lines(all: &[Outputs], reader: Reader) -> Result<Lines, EnvFileError> {
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    let mut lines = Lines::new();
    for variable in all.iter().flat_map(variables) {
        if let Some(first) = named.insert(variable.name.clone(), variable.output.clone()) {
            return Err(EnvFileError::SameName {
                first,
                second: variable.output,
                name: variable.name,
            });
        }
        lines.push(variable.line(reader)?);
    }
    Ok(lines)
}

struct Variable<'a> {
    name: String,
    /// The output in words.
    output: String,
    value: &'a str,
}

fn variables(outputs: &Outputs) -> Vec<Variable<'_>> {
    let variable = |kind: &str, part: &str, resource: ResourceId, value| Variable {
        name: name(&[kind, part]),
        output: format!("{resource} of {}", outputs.solution),
        value,
    };
    let mut variables = Vec::new();
    for (key, number) in &outputs.phone_numbers {
        let resource = ResourceId::new(ResourceKind::PhoneNumber, key);
        variables.push(variable("PHONE_NUMBER", key, resource, number));
    }
    for (key, arn) in &outputs.functions {
        let resource = ResourceId::new(ResourceKind::Function, key);
        variables.push(variable("FUNCTION", key, resource, arn));
    }
    for (key, flow) in &outputs.flows {
        let resource = ResourceId::new(ResourceKind::Flow, key);
        variables.push(variable("FLOW", key, resource, &flow.arn));
    }
    for (stack, values) in &outputs.stacks {
        for (key, value) in values {
            variables.push(Variable {
                name: name(&["STACK", stack, key]),
                output: format!("output {key} of stack {stack} of {}", outputs.solution),
                value,
            });
        }
    }
    variables
}

impl Variable<'_> {
    fn line(&self, reader: Reader) -> Result<String, EnvFileError> {
        let unfit = |what: String, quotable| EnvFileError::Unfit {
            output: self.output.clone(),
            what,
            quotable,
        };
        let Self { name, value, .. } = self;
        // What is not seen ends a line or deceives, and no reader's quotes help.
        if foreign::line(value) != **value {
            return Err(unfit(
                "line breaks, or letters that are not seen".to_owned(),
                false,
            ));
        }
        let line = match (reader, special(value)) {
            (_, None) | (Reader::Literal, _) => format!("{name}={value}"),
            (Reader::Shell, Some(_)) => format!("{name}='{}'", value.replace('\'', r"'\''")),
            (Reader::Any, Some(letter)) => {
                return Err(unfit(
                    format!("`{letter}`, which not every reader takes as it is"),
                    true,
                ));
            }
        };
        // The file may pass through the log of a pipeline.
        if guard::is_command(&line) {
            return Err(unfit(
                "what a CI runner takes for a command".to_owned(),
                false,
            ));
        }
        Ok(line)
    }
}

/// The first letter that a shell or a library of dotenv files takes for its own, outside
/// quotes, after a `=` (POSIX.1-2024, XCU 2.2 Quoting and 2.6.1 Tilde Expansion; patterns
/// are not expanded in an assignment). Rather one too many.
fn special(value: &str) -> Option<char> {
    let mut previous = '=';
    value.chars().find(|letter| {
        let before = std::mem::replace(&mut previous, *letter);
        let is_home = *letter == '~' && matches!(before, '=' | ':');
        let is_plain = letter.is_alphanumeric() || "_-.,/:=@%+^?*[]{}~".contains(*letter);
        is_home || !is_plain
    })
}

/// `STACK_STORAGE_TABLE_NAME`.
fn name(parts: &[&str]) -> String {
    parts
        .iter()
        .map(|part| words(part))
        .collect::<Vec<_>>()
        .join("_")
}

/// `TableName` → `TABLE_NAME`, `APIUrl` → `API_URL`, `read-all` → `READ_ALL`.
fn words(part: &str) -> String {
    let letters: Vec<char> = part.chars().collect();
    let mut words = String::with_capacity(part.len());
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(index + 1);
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        if begins {
            words.push('_');
        }
        words.push(if letter.is_ascii_alphanumeric() {
            letter.to_ascii_uppercase()
        } else {
            '_'
        });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outputs(solution: &str, values: &[(&str, &str)]) -> Outputs {
        let values = values
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Outputs {
            solution: solution.to_owned(),
            environment: "default".to_owned(),
            phone_numbers: [("main".to_owned(), "+18005550199".to_owned())].into(),
            functions: BTreeMap::new(),
            flows: BTreeMap::new(),
            stacks: [("storage".to_owned(), values)].into(),
        }
    }

    fn value(value: &str, reader: Reader) -> Result<String, EnvFileError> {
        let lines = lines(&[outputs("circle", &[("Text", value)])], reader)?;
        Ok(lines.into_iter().last().unwrap())
    }

    #[test]
    fn names_are_words() {
        for (part, name) in [
            ("TableName", "TABLE_NAME"),
            ("APIUrl", "API_URL"),
            ("URL", "URL"),
            ("Http2Url", "HTTP2_URL"),
            ("read-all", "READ_ALL"),
            ("größe", "GR__E"),
        ] {
            assert_eq!(words(part), name);
        }
    }

    #[test]
    fn what_all_read_alike_is_bare() {
        let arn = "arn:aws:lambda:us-east-1:111122223333:function:a:live";
        for plain in [
            arn,
            "",
            "https://a.example/b?c=d%20e",
            "+1",
            "größer",
            "a~b",
        ] {
            for reader in [Reader::Any, Reader::Literal, Reader::Shell] {
                assert_eq!(
                    value(plain, reader),
                    Ok(format!("STACK_STORAGE_TEXT={plain}"))
                );
            }
        }
    }

    #[test]
    fn what_they_read_otherwise_is_for_the_reader_that_is_named() {
        for (special, quoted) in [
            ("a b", "'a b'"),
            ("$(id)", "'$(id)'"),
            ("`id`", "'`id`'"),
            ("a;b", "'a;b'"),
            ("a&b", "'a&b'"),
            ("it's", r"'it'\''s'"),
            ("\"a\"", "'\"a\"'"),
            ("a\\b", "'a\\b'"),
            ("a#b", "'a#b'"),
            ("~/a", "'~/a'"),
            ("a:~b", "'a:~b'"),
            ("a\u{a0}b", "'a\u{a0}b'"),
        ] {
            let error = value(special, Reader::Any).unwrap_err();
            assert!(matches!(error, EnvFileError::Unfit { quotable: true, .. }));
            assert!(
                error
                    .to_string()
                    .starts_with("output Text of stack storage of circle"),
                "{error}"
            );
            let shell = value(special, Reader::Shell).unwrap();
            assert_eq!(shell, format!("STACK_STORAGE_TEXT={quoted}"));
            let literal = value(special, Reader::Literal).unwrap();
            assert_eq!(literal, format!("STACK_STORAGE_TEXT={special}"));
        }
    }

    #[test]
    fn what_a_line_cannot_hold_is_refused_for_all() {
        for bad in [
            "a\nb=c",
            "a\rb",
            "\u{1b}[31m",
            "a\u{202e}b",
            "##[x]",
            "##vso[x]",
        ] {
            for reader in [Reader::Literal, Reader::Shell] {
                let error = value(bad, reader).unwrap_err();
                assert!(
                    matches!(
                        error,
                        EnvFileError::Unfit {
                            quotable: false,
                            ..
                        }
                    ),
                    "{bad:?}"
                );
            }
            assert!(value(bad, Reader::Any).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn two_of_one_name_are_both_told() {
        let error = lines(
            &[outputs("a", &[("TableName", "x"), ("Table-Name", "y")])],
            Reader::Any,
        )
        .unwrap_err();
        insta::assert_snapshot!(error, @"output Table-Name of stack storage of a and output TableName of stack storage of a would both be STACK_STORAGE_TABLE_NAME in an env file");
        let error = lines(&[outputs("a", &[]), outputs("b", &[])], Reader::Any).unwrap_err();
        insta::assert_snapshot!(error, @"number main of a and number main of b would both be PHONE_NUMBER_MAIN in an env file");
    }

    proptest! {
        #[test]
        fn a_line_leaves_as_it_is(text in any::<String>(), ascii in "[ -~]{0,20}") {
            for text in [text, ascii] {
                for reader in [Reader::Any, Reader::Literal, Reader::Shell] {
                    if let Ok(line) = value(&text, reader) {
                        // The door changes nothing: the value is the value.
                        prop_assert_eq!(&guard::line(&line), &line);
                        prop_assert!(reader == Reader::Shell || line.ends_with(&text));
                        prop_assert_eq!(line.lines().count(), 1);
                    }
                }
            }
        }
    }
}
