//! The order of solutions that are deployed together: whoever exports goes before those that
//! import. Pure.

use super::desired::Desired;

/// In the given order, but each behind those whose exports its stacks take. Solutions that take
/// from each other in a circle stay as they are given; CloudFormation says what is missing then.
pub fn by_exports(mut given: Vec<Desired>) -> Vec<Desired> {
    let mut ordered: Vec<Desired> = Vec::with_capacity(given.len());
    while !given.is_empty() {
        let next = (0..given.len())
            .find(|&one| {
                !given
                    .iter()
                    .enumerate()
                    .any(|(other, there)| other != one && takes_from(&given[one], there))
            })
            .unwrap_or(0);
        ordered.push(given.remove(next));
    }
    ordered
}

fn takes_from(one: &Desired, other: &Desired) -> bool {
    one.stacks.values().any(|taker| {
        other
            .stacks
            .values()
            .any(|giver| taker.exports.takes_from(&giver.exports))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::desired::Stack;
    use crate::engine::template::Exports;

    fn solution(name: &str, given: &[&str], taken: &[&str]) -> Desired {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let stack = Stack {
            exports: Exports {
                given: names(given),
                taken: names(taken),
            },
            ..Stack::default()
        };
        Desired {
            solution: name.to_owned(),
            stacks: std::iter::once(("s".to_owned(), stack)).collect(),
            ..Desired::default()
        }
    }

    fn names(ordered: &[Desired]) -> Vec<&str> {
        ordered.iter().map(|one| one.solution.as_str()).collect()
    }

    #[test]
    fn who_exports_goes_first_and_the_rest_stays_in_order() {
        let ordered = by_exports(vec![
            solution("last", &[], &["y"]),
            solution("alone", &[], &[]),
            solution("middle", &["y"], &["x"]),
            solution("first", &["x"], &["nobody's"]),
        ]);
        assert_eq!(names(&ordered), ["alone", "first", "middle", "last"]);
    }

    #[test]
    fn a_circle_stays_as_it_is() {
        let ordered = by_exports(vec![
            solution("a", &["x"], &["y"]),
            solution("b", &["y"], &["x"]),
        ]);
        assert_eq!(names(&ordered), ["a", "b"]);
    }
}
