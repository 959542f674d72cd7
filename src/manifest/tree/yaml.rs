//! Trees of YAML texts, from the events of a parser that tells places.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::{Entry, Node, Shape, TreeError};

/// Deeper than any document that somebody writes, and no danger to the stack.
const DEEPEST: usize = 100;
/// More nodes than any document that somebody writes: aliases of aliases of
/// aliases would be without end.
const MOST: usize = 1_000_000;
/// More text than any document that somebody writes, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

/// Reads a text that holds one document. Aliases become copies of what they name,
/// at the place of the alias.
///
/// # Errors
/// [`TreeError`]
pub fn read(text: &str) -> Result<Node, TreeError> {
    if text.len() > LARGEST {
        return Err(TreeError {
            at: 0,
            message: format!("more than {LARGEST} bytes"),
        });
    }
    let mut reader = Reader {
        text,
        parser: Parser::new_from_str(text),
        offsets: text
            .char_indices()
            .map(|(offset, _)| offset)
            .chain([text.len()])
            .collect(),
        anchors: BTreeMap::new(),
        nodes: 0,
    };
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            Event::StreamEnd => {
                return Err(TreeError {
                    at: 0,
                    message: "the document is empty".to_owned(),
                });
            }
            event => {
                let node = reader.node(event, span, 0)?;
                reader.no_more()?;
                return Ok(node);
            }
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    /// Where each character begins, in bytes; the parser counts characters.
    offsets: Vec<usize>,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), TreeError> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(TreeError {
                at: self.byte(error.marker().index()),
                message: error.info().to_owned(),
            }),
            None => Err(TreeError {
                at: self.byte(usize::MAX),
                message: "the document ends too soon".to_owned(),
            }),
        }
    }

    fn no_more(&mut self) -> Result<(), TreeError> {
        loop {
            match self.next()? {
                (Event::DocumentEnd | Event::Nothing, _) => {}
                (Event::StreamEnd, _) => return Ok(()),
                (_, span) => {
                    return Err(TreeError {
                        at: self.range(span).start,
                        message: "a second document; one is read".to_owned(),
                    });
                }
            }
        }
    }

    fn byte(&self, character: usize) -> usize {
        let last = self.offsets.len().saturating_sub(1);
        self.offsets
            .get(character.min(last))
            .copied()
            .unwrap_or_default()
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        let end = self.byte(span.end.index()).max(start);
        // The parser counts what is behind a quoted scalar in, comments too.
        let written = self.text.get(start..end).unwrap_or_default();
        start..start + quoted(written).unwrap_or(written.trim_end().len())
    }

    /// Where a list or map ends: behind its bracket, or with its last value. The
    /// parser's own end lies behind the comments that follow.
    fn end(&self, place: &Range<usize>, end: Span, last: Option<usize>) -> usize {
        let start = self.range(end).start;
        if self
            .text
            .get(start..)
            .unwrap_or_default()
            .starts_with([']', '}'])
        {
            return start + 1;
        }
        last.unwrap_or(place.end).max(place.start)
    }

    fn count(&mut self, nodes: usize, at: usize) -> Result<(), TreeError> {
        self.nodes += nodes;
        if self.nodes > MOST {
            return Err(TreeError {
                at,
                message: format!("more than {MOST} values"),
            });
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, TreeError> {
        let mut place = self.range(span);
        if depth > DEEPEST {
            return Err(TreeError {
                at: place.start,
                message: format!("nested deeper than {DEEPEST} levels"),
            });
        }
        self.count(1, place.start)?;
        let before = self.nodes;
        let (anchor, tag, shape) = match event {
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(TreeError {
                        at: place.start,
                        message: "an alias of what is not complete".to_owned(),
                    });
                };
                self.count(size, place.start)?;
                return Ok(Node {
                    span: place,
                    ..node
                });
            }
            Event::Scalar(text, style, anchor, tag) => {
                let shape = Shape::Scalar {
                    text: text.into_owned(),
                    plain: style == ScalarStyle::Plain,
                };
                (anchor, tag, shape)
            }
            Event::SequenceStart(anchor, tag) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, end) => {
                            let last = items.last().map(|last: &Node| last.span.end);
                            place.end = self.end(&place, end, last);
                            break;
                        }
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                }
                (anchor, tag, Shape::List(items))
            }
            Event::MappingStart(anchor, tag) => {
                let mut entries: Vec<Entry> = Vec::new();
                let mut keys = HashSet::new();
                loop {
                    match self.next()? {
                        (Event::MappingEnd, end) => {
                            let last = entries.last().map(|last: &Entry| last.value.span.end);
                            place.end = self.end(&place, end, last);
                            break;
                        }
                        (event, span) => {
                            let entry = self.entry(event, span, depth)?;
                            if !keys.insert(entry.key.clone()) {
                                return Err(TreeError {
                                    at: entry.span.start,
                                    message: format!("the key {:?} is given twice", entry.key),
                                });
                            }
                            entries.push(entry);
                        }
                    }
                }
                (anchor, tag, Shape::Map(entries))
            }
            other => {
                return Err(TreeError {
                    at: place.start,
                    message: format!("unexpected {other:?}"),
                });
            }
        };
        let node = Node {
            span: place,
            tag: tag.map(|tag| written(&tag)),
            shape,
        };
        if anchor > 0 {
            let size = self.nodes - before + 1;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(node)
    }

    fn entry(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Entry, TreeError> {
        let key = self.node(event, span, depth + 1)?;
        let Some(text) = key.text().map(ToOwned::to_owned) else {
            return Err(TreeError {
                at: key.span.start,
                message: "a key must be a text".to_owned(),
            });
        };
        let (event, span) = self.next()?;
        Ok(Entry {
            key: text,
            span: key.span,
            value: self.node(event, span, depth + 1)?,
        })
    }
}

/// How long the quoted scalar is that a text begins with, if it does.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut rest = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = rest.next() {
        if c == '\\' && quote == '"' {
            rest.next();
        } else if c == quote {
            // `''` is an apostrophe.
            if quote == '\'' && rest.next_if(|(_, next)| *next == quote).is_some() {
                continue;
            }
            return Some(at + 1);
        }
    }
    None
}

/// A tag as it is written: `!SS`, `!!str`.
fn written(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() {
        format!("!!{}", tag.suffix)
    } else {
        format!("{}{}", tag.handle, tag.suffix)
    }
}
