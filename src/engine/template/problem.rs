//! A problem of a template as a line, and the place in the template that such a line is about.

/// A problem as a line: `Numbers: it exists already (at /Resources/Numbers/Properties)`; without
/// a logical id or a path, without them.
pub fn line(logical_id: Option<&str>, words: &str, path: Option<&str>) -> String {
    let mut line = match logical_id {
        Some(id) => format!("{id}: {words}"),
        None => words.to_owned(),
    };
    if let Some(path) = path {
        line.push_str(&format!(" (at {path})"));
    }
    line
}

/// The place that a [`line`] is about, as a JSON pointer (RFC 6901): its path, or the resource.
pub fn pointer(line: &str) -> Option<String> {
    let path = line
        .strip_suffix(')')
        .and_then(|line| line.rsplit_once(" (at "))
        .map(|(_, path)| path)
        .filter(|path| path.starts_with('/'));
    if let Some(path) = path {
        return Some(path.to_owned());
    }
    // Logical ids are letters and digits (CloudFormation user guide, "Resources").
    let (id, _) = line.split_once(": ")?;
    let is_id = !id.is_empty() && id.chars().all(|letter| letter.is_ascii_alphanumeric());
    is_id.then(|| format!("/Resources/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_the_path_that_it_was_made_with_or_the_resource() {
        let path = "/Resources/Numbers/Properties/TableName";
        for (id, words, path, pointed) in [
            (Some("Numbers"), "no", Some(path), Some(path)),
            (Some("Numbers"), "no", None, Some("/Resources/Numbers")),
            // What else is in brackets is no path.
            (
                Some("Numbers"),
                "no (at all)",
                None,
                Some("/Resources/Numbers"),
            ),
            (None, "no", Some(path), Some(path)),
            (None, "The template is wrong", None, None),
            (None, "Not an id: so", None, None),
        ] {
            let line = line(id, words, path);
            assert_eq!(pointer(&line).as_deref(), pointed, "{line}");
        }
    }
}
