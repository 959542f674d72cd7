//! The order in which resources are made.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::error::TemplateError;

/// Orders the nodes so that each comes after those it depends on; among those
/// that are free, the one that the template has first.
///
/// # Errors
/// The nodes of a circle.
pub fn order(edges: &IndexMap<String, BTreeSet<String>>) -> Result<Vec<String>, TemplateError> {
    let mut ordered: Vec<String> = Vec::with_capacity(edges.len());
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&String> = edges.keys().collect();
    while !open.is_empty() {
        let free = open.iter().position(|id| {
            edges[*id]
                .iter()
                .all(|needed| done.contains(needed.as_str()) || !edges.contains_key(needed))
        });
        match free {
            Some(index) => {
                let id = open.remove(index);
                done.insert(id);
                ordered.push(id.clone());
            }
            None => return Err(TemplateError::Circular(circle(&open, edges))),
        }
    }
    Ok(ordered)
}

/// Of the nodes that wait, those that wait for themselves.
fn circle(open: &[&String], edges: &IndexMap<String, BTreeSet<String>>) -> Vec<String> {
    open.iter()
        .filter(|id| {
            let mut seen = BTreeSet::new();
            let mut next: Vec<&String> = edges[**id].iter().collect();
            while let Some(node) = next.pop() {
                if seen.insert(node)
                    && let Some(further) = edges.get(node)
                {
                    next.extend(further);
                }
            }
            seen.contains(**id)
        })
        .map(|id| (*id).clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(edges: &[(&str, &[&str])]) -> Result<Vec<String>, String> {
        let edges = edges
            .iter()
            .map(|(id, needs)| {
                let needs = needs.iter().map(|need| (*need).to_owned()).collect();
                ((*id).to_owned(), needs)
            })
            .collect();
        order(&edges).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_needed_comes_first_and_the_template_decides_the_rest() {
        let order = ordered(&[("D", &["B"]), ("A", &[]), ("B", &["C"]), ("C", &[])]).unwrap();
        assert_eq!(order, ["A", "C", "B", "D"]);
    }

    #[test]
    fn a_circle_is_told_without_those_that_only_wait_for_it() {
        let error = ordered(&[("X", &["A"]), ("A", &["B"]), ("B", &["A"])]).unwrap_err();
        assert_eq!(error, "Circular dependency between resources: [A, B]");
        let error = ordered(&[("A", &["A"])]).unwrap_err();
        assert_eq!(error, "Circular dependency between resources: [A]");
    }

    proptest::proptest! {
        #[test]
        fn every_node_comes_once_and_after_what_it_needs(pairs in proptest::collection::vec((0u8..20, 0u8..20), 0..60)) {
            let mut edges: IndexMap<String, BTreeSet<String>> = IndexMap::new();
            for (high, low) in pairs {
                edges.entry(format!("N{low}")).or_default();
                let needs = edges.entry(format!("N{high}")).or_default();
                if high > low {
                    needs.insert(format!("N{low}"));
                }
            }
            let ordered = order(&edges).unwrap();
            proptest::prop_assert_eq!(ordered.len(), edges.len());
            for (id, needs) in &edges {
                let place = |id: &String| ordered.iter().position(|other| other == id);
                for need in needs {
                    proptest::prop_assert!(place(need) < place(id));
                }
            }
        }
    }
}
