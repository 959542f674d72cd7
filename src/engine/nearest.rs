//! The nearest right name, for messages about wrong ones.

/// The candidate most like `name`, if one is like it at all.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (likeness(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

/// From 0 to 1. Names that differ in the case of their letters alone are most alike.
fn likeness(name: &str, candidate: &str) -> f64 {
    if name.eq_ignore_ascii_case(candidate) {
        return 1.0;
    }
    strsim::jaro_winkler(name, candidate)
}

/// ` (did you mean `x`?)`, or a list of what there is, or nothing.
pub fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(candidate) = nearest(name, candidates.clone()) {
        return format!("; did you mean `{candidate}`?");
    }
    let all: Vec<&str> = candidates.into_iter().take(12).collect();
    if all.is_empty() {
        String::new()
    } else {
        format!("; there is {}", all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(nearest("inbuond", ["inbound", "read"]), Some("inbound"));
        assert_eq!(nearest("xyz", ["inbound", "read"]), None);
        assert_eq!(nearest("ID", ["Ida", "id"]), Some("id"));
        assert_eq!(hint("xyz", ["inbound", "read"]), "; there is inbound, read");
    }
}
