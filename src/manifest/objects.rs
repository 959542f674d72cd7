//! Files that become S3 objects: read, checked, digested.

use std::path::Path;
use std::sync::Arc;

use super::schema;
use super::source::{Faults, SourceError};
use super::tree;
use crate::engine::desired::NamedNumber;

/// The media type of a file by its extension.
pub fn content_type(file: &Path) -> &'static str {
    let extension = file
        .extension()
        .and_then(|extension| extension.to_str())
        .map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("json") => "application/json",
        Some("html" | "htm") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("xml") => "application/xml",
        Some("yaml" | "yml") => "application/yaml",
        Some("pdf") => "application/pdf",
        Some("zip") => "application/zip",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("ico") => "image/vnd.microsoft.icon",
        Some("wav") => "audio/wav",
        Some("mp3") => "audio/mpeg",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// Checks JSON, and that it follows its schema when it has one: the telephone numbers that the
/// schema says are in it.
///
/// # Errors
/// What is wrong with the file or with the schema, at its places.
pub fn check(
    path: &Path,
    content: &[u8],
    schema: Option<(&Path, &str)>,
) -> Result<Vec<NamedNumber>, Faults> {
    let is_json = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if !is_json && schema.is_none() {
        return Ok(Vec::new());
    }
    let text = std::str::from_utf8(content).map_err(|error| {
        let before = String::from_utf8_lossy(&content[..error.valid_up_to()]).into_owned();
        let end = before.len();
        SourceError::new(path, before, "not JSON: it is no UTF-8").at(end..end)
    })?;
    let value = json(path, text)?;
    let Some((schema_path, schema_text)) = schema else {
        return Ok(Vec::new());
    };
    let schema = json(schema_path, schema_text)?;
    let checked = schema::check(&schema.0, &value.0, &value.1).map_err(|error| {
        let at = schema.1.pointed(&error.pointer).span.clone();
        SourceError::new(schema_path, schema_text, error.to_string())
            .at(first_line(schema_text, at))
    })?;
    let shown: Arc<str> = text.into();
    let help = format!("the schema is {}", schema_path.display());
    let fault = |violation: schema::Violation| {
        let source = SourceError::new(path, Arc::clone(&shown), violation.message);
        let at = first_line(text, violation.at);
        source.at(at).help(help.as_str())
    };
    let faults: Faults = checked.violations.into_iter().map(fault).collect();
    faults.none_or(checked.numbers)
}

fn json(path: &Path, text: &str) -> Result<(serde_json::Value, tree::Node), SourceError> {
    let value = serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let message = message
            .rsplit_once(" at line ")
            .map_or(message.as_str(), |(head, _)| head);
        SourceError::new(path, text, format!("not JSON: {message}"))
            .at_byte_column(error.line(), error.column())
    })?;
    let tree = tree::read_json(text)
        .map_err(|error| SourceError::new(path, text, error.message).at(error.at..error.at))?;
    Ok((value, tree))
}

/// A place that goes over many lines, as far as its first line goes.
fn first_line(text: &str, at: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let written = text.get(at.clone()).unwrap_or_default();
    let line = written.lines().next().unwrap_or_default();
    at.start..at.start + line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_told_and_other_files_are_left_alone() {
        let reported = |file: &str, content: &[u8]| {
            let checked = check(Path::new(file), content, None);
            checked.map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(reported("a.txt", b"\xff{"), Ok(()));
        assert_eq!(reported("a.json", b"{}"), Ok(()));
        let error = reported("a.json", b"{\n 1").unwrap_err();
        assert!(error.starts_with("a.json:2:"), "{error}");
        let error = reported("a.json", b"{\n \xff").unwrap_err();
        assert_eq!(error, "a.json:2:2: not JSON: it is no UTF-8");
        let error = reported("a.JSON", b"{\"a\": 1, \"a\": 2}").unwrap_err();
        assert_eq!(error, "a.JSON:1:10: the key \"a\" is given twice");
    }

    #[test]
    fn violations_and_schemas_that_are_none_have_their_places() {
        let of = |content: &str, schema: &str| {
            let schema = (Path::new("s.json"), schema);
            let faults = check(Path::new("a.json"), content.as_bytes(), Some(schema));
            faults.unwrap_err().into_iter().collect::<Vec<_>>()
        };
        let errors = of(
            "{\n  \"a\": 1,\n  \"b\": []\n}",
            r#"{"additionalProperties": {"type": "string"}}"#,
        );
        assert_eq!(errors[0].line_column(), Some((2, 8)));
        assert_eq!(errors[1].line_column(), Some((3, 8)));
        assert_eq!(errors[1].help.as_deref(), Some("the schema is s.json"));
        let error = &of("{}", "{\n  \"properties\": { \"a\": { \"type\": 5 } }\n}")[0];
        assert_eq!(error.path, Path::new("s.json"));
        assert_eq!(
            error.line_column().map(|(line, _)| line),
            Some(2),
            "{error}"
        );
    }
}
