//! Media types: which template or model is for a body.

use std::collections::BTreeMap;

/// The type without parameters, in lower case; JSON when there is none.
pub fn of_body(content_type: Option<&str>) -> String {
    let kind = content_type.unwrap_or("application/json");
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.is_empty() {
        return "application/json".to_owned();
    }
    kind.to_ascii_lowercase()
}

/// What is declared for a body's type.
pub fn for_body<'a, T>(
    declared: &'a BTreeMap<String, T>,
    content_type: Option<&str>,
) -> Option<&'a T> {
    let kind = of_body(content_type);
    declared
        .iter()
        .find(|(known, _)| of_body(Some(known)) == kind)
        .map(|(_, value)| value)
}

/// What is declared for an answer: by the types that are accepted, else JSON,
/// else the first.
pub fn for_answer<'a, T>(
    declared: &'a BTreeMap<String, T>,
    accept: Option<&str>,
) -> Option<(&'a str, &'a T)> {
    let accepted = accept
        .unwrap_or_default()
        .split(',')
        .map(|kind| of_body(Some(kind)));
    accepted
        .chain(["application/json".to_owned()])
        .find_map(|kind| {
            declared
                .iter()
                .find(|(known, _)| of_body(Some(known)) == kind)
        })
        .or_else(|| declared.first_key_value())
        .map(|(kind, value)| (kind.as_str(), value))
}

/// Whether a type is among those that are no text.
pub fn is_binary(types: &[String], content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else {
        return false;
    };
    let kind = of_body(Some(content_type));
    types.iter().any(|known| {
        let known = of_body(Some(known));
        known == "*/*"
            || known == kind
            || known
                .strip_suffix("/*")
                .is_some_and(|family| kind.split('/').next() == Some(family))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_find_their_templates() {
        let declared: BTreeMap<String, i32> = [("application/json", 1), ("text/html", 2)]
            .map(|(kind, value)| (kind.to_owned(), value))
            .into();
        assert_eq!(for_body(&declared, None), Some(&1));
        assert_eq!(
            for_body(&declared, Some("Application/JSON; charset=utf-8")),
            Some(&1)
        );
        assert_eq!(for_body(&declared, Some("text/plain")), None);
        let answer = |accept| for_answer(&declared, accept).map(|(_, value)| *value);
        assert_eq!(
            answer(Some("text/html,application/xhtml+xml;q=0.9")),
            Some(2)
        );
        assert_eq!(answer(Some("*/*")), Some(1));
        assert_eq!(answer(None), Some(1));
        assert_eq!(for_answer(&BTreeMap::<String, i32>::new(), None), None);
    }

    #[test]
    fn binary_types_have_wildcards() {
        let types = ["image/*".to_owned(), "application/pdf".to_owned()];
        assert!(is_binary(&types, Some("image/png")));
        assert!(is_binary(&types, Some("application/pdf; x=y")));
        assert!(!is_binary(&types, Some("text/html")));
        assert!(!is_binary(&types, None));
        assert!(is_binary(&["*/*".to_owned()], Some("text/html")));
    }
}
