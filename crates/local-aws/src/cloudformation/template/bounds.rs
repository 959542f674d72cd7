//! What a YAML text must keep to before it is read as a tree: no deeper than the readers behind
//! can walk, and without aliases. Found out from its events, which cost no stack.

use saphyr_parser::{Event, Parser};

use super::error::TemplateError;

/// Deeper than any template that somebody writes, and no danger to the stack. How deep
/// CloudFormation reads is not documented.
const DEEPEST: usize = 100;

/// Looks through the text.
///
/// # Errors
/// [`TemplateError::TooDeep`], [`TemplateError::Alias`], [`TemplateError::NotWellFormed`].
pub(super) fn check(text: &str) -> Result<(), TemplateError> {
    let mut parser = Parser::new_from_str(text);
    let mut depth = 0_usize;
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| TemplateError::NotWellFormed {
            language: "YAML",
            line: error.marker().line(),
            column: error.marker().col() + 1,
        })?;
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(TemplateError::TooDeep {
                        deepest: DEEPEST,
                        line: span.start.line(),
                        column: span.start.col() + 1,
                    });
                }
            }
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            Event::Alias(_) => return Err(TemplateError::Alias),
            Event::StreamEnd => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}
