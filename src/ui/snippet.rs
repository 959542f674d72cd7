//! An error at its place in a file, with the lines around it.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// The place of an error.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The file's name as the user knows it.
    pub path: &'a str,
    /// The file's text.
    pub text: &'a str,
    /// In bytes of the text.
    pub span: Option<&'a Range<usize>>,
}

/// `error: …` with the line and a mark under the place.
pub fn render(title: &str, place: Place<'_>, label: &str, help: Option<&str>) -> String {
    let mut group = Level::ERROR
        .primary_title(title)
        .elements(Vec::<annotate_snippets::Element<'_>>::new());
    if let Some(span) = place.span {
        let end = place.text.len();
        let span = span.start.min(end)..span.end.min(end);
        group = group.element(
            Snippet::source(place.text)
                .path(place.path)
                .fold(true)
                .annotation(AnnotationKind::Primary.span(span).label(label)),
        );
    } else {
        group = group.element(annotate_snippets::Origin::path(place.path));
    }
    if let Some(help) = help {
        group = group.element(Level::HELP.message(help));
    }
    Renderer::styled().render(&[group])
}
