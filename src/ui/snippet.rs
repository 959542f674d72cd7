//! An error at its place in a file, with the lines around it.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::foreign;
use super::lines::Lines;

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
pub fn render(title: &str, place: Place<'_>) -> Lines {
    render_as(&Level::ERROR, title, place)
}

/// `warning: …`, likewise.
pub fn render_warning(title: &str, place: Place<'_>) -> Lines {
    render_as(&Level::WARNING, title, place)
}

fn render_as(level: &Level<'static>, title: &str, place: Place<'_>) -> Lines {
    let title = foreign::line(title);
    let path = foreign::line(place.path);
    let (text, span) = foreign::source(place.text, place.span);
    let mut group = level
        .clone()
        .primary_title(title.as_str())
        .elements(Vec::<annotate_snippets::Element<'_>>::new());
    if let Some(span) = span {
        group = group.element(
            Snippet::source(text.as_str())
                .path(path.as_str())
                .fold(true)
                .annotation(AnnotationKind::Primary.span(span)),
        );
    } else {
        group = group.element(annotate_snippets::Origin::path(path.as_str()));
    }
    // Its line breaks are ours: those of the text part its lines, all others are written out.
    Lines::of(&Renderer::styled().render(&[group]))
}
