//! Reading the XML of request bodies, strictly.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::errors;
use crate::core::error::ServiceResult;

/// An element; attributes and namespaces carry nothing that S3 reads.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Element {
    /// Its name without a prefix.
    pub name: String,
    /// Its text, where it has no children.
    pub text: String,
    /// Its children in order.
    pub children: Vec<Element>,
}

/// Nobody nests deeper.
const DEPTH: usize = 16;

/// Reads a document whose root has that name.
///
/// # Errors
/// `MalformedXML`.
pub fn read(body: &[u8], root: &str) -> ServiceResult<Element> {
    let read = document(body).ok_or_else(errors::malformed_xml)?;
    if read.name == root {
        Ok(read)
    } else {
        Err(errors::malformed_xml())
    }
}

fn document(body: &[u8]) -> Option<Element> {
    let text = std::str::from_utf8(body).ok()?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if root.is_some() || open.len() == DEPTH {
                    return None;
                }
                open.push(named(start.local_name().as_ref())?);
            }
            Event::Empty(start) => {
                let element = named(start.local_name().as_ref())?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None if root.is_none() => root = Some(element),
                    None => return None,
                }
            }
            Event::End(_) => {
                let element = open.pop()?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => root = Some(element),
                }
            }
            Event::Text(text) => add(&mut open, &text.xml10_content().ok()?)?,
            Event::CData(text) => add(&mut open, &text.xml10_content().ok()?)?,
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().ok()? {
                    Some(character) => character.to_string(),
                    None => {
                        quick_xml::escape::resolve_predefined_entity(&reference.decode().ok()?)?
                            .to_owned()
                    }
                };
                add(&mut open, &character)?;
            }
            Event::Decl(_) | Event::Comment(_) => {}
            // Neither has a place in a request.
            Event::DocType(_) | Event::PI(_) => return None,
            Event::Eof => break,
        }
    }
    if open.is_empty() { root } else { None }
}

fn named(name: &[u8]) -> Option<Element> {
    Some(Element {
        name: std::str::from_utf8(name).ok()?.to_owned(),
        ..Element::default()
    })
}

fn add(open: &mut [Element], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return None,
    }
    Some(())
}

impl Element {
    /// The children, which must all be among `names`; beside children only white space.
    ///
    /// # Errors
    /// `MalformedXML`.
    pub fn structure(&self, names: &[&str]) -> ServiceResult<&[Element]> {
        let known = self
            .children
            .iter()
            .all(|child| names.contains(&child.name.as_str()));
        if known && self.text.trim().is_empty() {
            Ok(&self.children)
        } else {
            Err(errors::malformed_xml())
        }
    }

    /// The only child of that name, if there is one.
    ///
    /// # Errors
    /// `MalformedXML` when there are several.
    pub fn child(&self, name: &str) -> ServiceResult<Option<&Element>> {
        let mut found = self.children.iter().filter(|child| child.name == name);
        let first = found.next();
        match found.next() {
            None => Ok(first),
            Some(_) => Err(errors::malformed_xml()),
        }
    }

    /// The text of the only child of that name, if there is one.
    ///
    /// # Errors
    /// `MalformedXML` when there are several, or when it has children.
    pub fn child_text(&self, name: &str) -> ServiceResult<Option<&str>> {
        self.child(name)?.map(Element::plain).transpose()
    }

    /// Its text.
    ///
    /// # Errors
    /// `MalformedXML` when it has children.
    pub fn plain(&self) -> ServiceResult<&str> {
        if self.children.is_empty() {
            Ok(&self.text)
        } else {
            Err(errors::malformed_xml())
        }
    }

    /// The boolean of the only child of that name; false when there is none.
    ///
    /// # Errors
    /// `MalformedXML`.
    pub fn child_flag(&self, name: &str) -> ServiceResult<bool> {
        match self.child_text(name)?.map(str::trim) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(errors::malformed_xml()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_document_is_read_with_its_entities() {
        let body = b"<?xml version=\"1.0\"?>\n<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Object><Key>a&amp;b &#233;<![CDATA[<c>]]></Key></Object><Quiet>true</Quiet><x:Empty/></Delete>\n";
        let read = read(body, "Delete").unwrap();
        let object = read.child("Object").unwrap().unwrap();
        assert_eq!(object.child_text("Key").unwrap(), Some("a&b é<c>"));
        assert!(read.child_flag("Quiet").unwrap());
        assert!(read.structure(&["Object", "Quiet", "Empty"]).is_ok());
        assert!(read.structure(&["Object", "Quiet"]).is_err());
        assert!(read.child_text("Object").is_err());
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for body in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><a/>",
            "<a/>text",
            "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>",
            "<a>&unknown;</a>",
            "<b/>",
            &"<a>".repeat(2000),
        ] {
            let error = read(body.as_bytes(), "a").unwrap_err();
            assert_eq!(error.code, "MalformedXML", "{body}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(body in "[<>/a!&;\\[\\]\"'= -]{0,40}") {
            let _ = read(body.as_bytes(), "a");
        }
    }
}
