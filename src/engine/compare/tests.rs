//! What somebody is told whose plan is not the plan any more.

use super::*;
use crate::engine::desired::Desired;
use crate::engine::text::Text;
use crate::engine::wanted::tests::{desired, plan};

fn reported(edit: impl FnOnce(&mut Desired)) -> Vec<String> {
    let was = plan(&desired());
    let mut changed = desired();
    edit(&mut changed);
    differences(&[was], &[&plan(&changed)])
}

fn text(source: &str) -> Text {
    Text::parse(source).unwrap()
}

#[test]
fn nothing_differs_from_itself() {
    assert_eq!(reported(|_| {}), Vec::<String>::new());
}

#[test]
fn what_was_and_what_is_are_told() {
    let lines = reported(|desired| {
        let function = &mut desired.functions["code"];
        function.memory = 256;
        function.role = text("arn:aws:iam::999900001111:role/x");
        function.environment.clear();
        function.environment.insert("A".to_owned(), text("b"));
        let stack = &mut desired.stacks["storage"];
        stack
            .parameters
            .insert("Trusted".to_owned(), text("999900001111"));
    });
    assert_eq!(
        lines[..5],
        [
            "stack storage: parameter Trusted: ${account}/${param.Plain} = 111122223333/a → \
             999900001111",
            "function code: role: ${stack.storage.Arn} → arn:aws:iam::999900001111:role/x",
            "function code: memory: 128 MB → 256 MB",
            "function code: variable TABLE: ${stack.storage.Arn} → none",
            "function code: variable A: none → b",
        ]
    );
}

#[test]
fn that_something_hidden_is_another_is_told_without_it() {
    let lines = reported(|desired| {
        let stack = &mut desired.stacks["storage"];
        stack
            .parameters
            .insert("Password".to_owned(), text("hunter3"));
    });
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].starts_with("stack storage: parameter Password: (hidden) (sha256 "),
        "{lines:?}"
    );
    assert!(!lines[0].contains("hunter"), "{lines:?}");
}

#[test]
fn files_are_told_by_their_digests() {
    let lines = reported(|desired| desired.stacks["storage"].template.push('#'));
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].starts_with("stack storage: template: storage.yaml (sha256 "),
        "{lines:?}"
    );
}

#[test]
fn resources_and_solutions_that_come_and_go_are_told() {
    let lines = reported(|desired| {
        desired.functions["code"].connect = false;
        let number = desired.phone_numbers["main"].clone();
        desired.phone_numbers.insert("second".to_owned(), number);
    });
    assert!(lines.contains(&"access code: is no longer planned".to_owned()));
    assert!(lines.contains(&"number second: was not planned".to_owned()));
    let one = plan(&desired());
    let mut other = one.clone();
    other.solution = "other".to_owned();
    assert_eq!(
        differences(&[one], &[&other]),
        [
            "solution shop: is not planned now",
            "solution other: was not planned then"
        ]
    );
}

#[test]
fn that_what_is_there_moved_is_told() {
    let was = plan(&desired());
    let mut is = was.clone();
    is.changes[0].observed = "other".to_owned();
    is.account = "2".to_owned();
    assert_eq!(
        differences(&[was], &[&is]),
        [
            "solution shop: account: 111122223333 → 2",
            "stack storage: what is there has changed since the plan was made"
        ]
    );
}
