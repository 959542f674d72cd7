//! The machine against a service in memory that fails where it is told to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::*;
use crate::cloudformation::state::{OnFailure, Version};

/// What exists, and what is refused.
#[derive(Default, Clone)]
struct Service {
    things: BTreeMap<String, Map<String, Value>>,
    /// `create A`, `update A`, `delete A`.
    refuse: BTreeSet<String>,
}

impl Service {
    fn refusing(what: &[&str]) -> Self {
        Self {
            refuse: what.iter().map(|what| (*what).to_owned()).collect(),
            ..Self::default()
        }
    }

    fn act(&mut self, task: &Task) -> Result<Created, ServiceError> {
        let (verb, id) = match &task.action {
            Action::Create { .. } => ("create", format!("{}-{}", task.logical_id, task.token)),
            Action::Update { physical_id, .. } => ("update", physical_id.clone()),
            Action::Delete { physical_id, .. } => ("delete", physical_id.clone()),
        };
        if self.refuse.contains(&format!("{verb} {}", task.logical_id)) {
            return Err(ServiceError::new(400, "ValidationException", "No."));
        }
        match &task.action {
            Action::Create { properties, .. } => {
                // As a type that adopts what a create before it left.
                assert!(task.repeated || !self.things.contains_key(&id));
                self.things.insert(id.clone(), properties.clone());
            }
            Action::Update { after, .. } => {
                assert!(self.things.contains_key(&id), "{id} is not there");
                self.things.insert(id.clone(), after.clone());
            }
            Action::Delete { .. } => {
                self.things.remove(&id);
            }
        }
        Ok(Created {
            attributes: BTreeMap::from([("Arn".to_owned(), json!(format!("arn:{id}")))]),
            physical_id: id,
        })
    }

    /// Logical ids of what there is, with the throughput as a sign of the version.
    fn there_is(&self) -> Vec<String> {
        self.things
            .iter()
            .map(|(id, properties)| {
                let logical = id.split('-').next().unwrap();
                let sign = properties
                    .get("TableClass")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                format!("{logical}{sign}")
            })
            .collect()
    }
}

struct Desk {
    ids: Ids,
    exchange: Exchange,
}

impl Desk {
    fn new() -> Self {
        Self {
            ids: Ids::seeded(1),
            exchange: Exchange::default(),
        }
    }

    fn ports(&self) -> Ports<'_> {
        Ports {
            now: "2026-01-02T03:04:05Z".parse().unwrap(),
            ids: &self.ids,
            region: "us-east-1",
            account: "000000000000",
            exchange: &self.exchange,
        }
    }

    fn stack(&self) -> Stack {
        new_stack(
            "arn:stack".to_owned(),
            "s".to_owned(),
            StackStatus::ReviewInProgress,
            self.ports().now,
        )
    }

    fn run(&self, stack: &mut Stack, service: &mut Service) {
        let mut plan = Plan::default();
        while let Some(task) = advance(stack, &self.ports(), &mut plan) {
            let outcome = service.act(&task);
            record(stack, &task, outcome, &self.ports());
        }
    }

    fn create(
        &self,
        stack: &mut Stack,
        service: &mut Service,
        template: &str,
        change: impl FnOnce(&mut Operation),
    ) {
        let mut operation = operation(Phase::Create, None);
        change(&mut operation);
        begin_apply(stack, version(template), operation, &self.ports());
        self.run(stack, service);
    }

    fn update(
        &self,
        stack: &mut Stack,
        service: &mut Service,
        template: &str,
        change: impl FnOnce(&mut Operation),
    ) {
        let mut operation = operation(Phase::Update, None);
        change(&mut operation);
        begin_apply(stack, version(template), operation, &self.ports());
        self.run(stack, service);
    }

    fn delete(&self, stack: &mut Stack, service: &mut Service, retain: &[&str]) {
        let mut operation = operation(Phase::Delete, None);
        operation.retain = retain.iter().map(|id| (*id).to_owned()).collect();
        begin_delete(stack, operation, &self.ports());
        self.run(stack, service);
    }
}

fn version(template: &str) -> Version {
    Version {
        template: template.to_owned(),
        ..Version::default()
    }
}

/// `A` alone, `B` after `A`, `C` after `B`; each with attributes and properties as given.
fn tables(resources: &[(&str, &str, &str)]) -> String {
    let mut template = "Resources:\n".to_owned();
    for (id, attributes, properties) in resources {
        template.push_str(&format!(
            "  {id}:\n    Type: AWS::DynamoDB::Table\n    {attributes}\n    Properties: {{KeySchema: [], {properties}}}\n"
        ));
    }
    template
}

const AFTER_A: &str = "DependsOn: A";
const AFTER_B: &str = "DependsOn: B";

fn three() -> String {
    tables(&[("C", AFTER_B, ""), ("B", AFTER_A, ""), ("A", "", "")])
}

fn told(stack: &Stack) -> String {
    stack
        .events
        .values()
        .map(|event| {
            let reason = event.reason.as_deref().unwrap_or_default();
            // Ids that change with the order of calls are of no interest here.
            let reason = reason.split(" (Service").next().unwrap_or_default();
            format!("{} {} {reason}", event.logical_id, event.status)
                .trim_end()
                .to_owned()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_stack_is_created_in_the_order_of_its_dependencies() {
    let (desk, mut service) = (Desk::new(), Service::default());
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &three(), |_| {});
    insta::assert_snapshot!(told(&stack), @r"
    s CREATE_IN_PROGRESS User Initiated
    A CREATE_IN_PROGRESS
    A CREATE_IN_PROGRESS Resource creation Initiated
    A CREATE_COMPLETE
    B CREATE_IN_PROGRESS
    B CREATE_IN_PROGRESS Resource creation Initiated
    B CREATE_COMPLETE
    C CREATE_IN_PROGRESS
    C CREATE_IN_PROGRESS Resource creation Initiated
    C CREATE_COMPLETE
    s CREATE_COMPLETE
    ");
    assert_eq!(service.there_is(), ["A", "B", "C"]);
    let ids: BTreeSet<&String> = stack.events.values().map(|event| &event.id).collect();
    assert_eq!(ids.len(), stack.events.len(), "event ids are unique");
}

#[test]
fn a_failed_creation_deletes_what_it_made_the_other_way_round() {
    let (desk, mut service) = (Desk::new(), Service::refusing(&["create C"]));
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &three(), |_| {});
    insta::assert_snapshot!(told(&stack).split("C CREATE_IN_PROGRESS\n").nth(1).unwrap(), @r#"
    C CREATE_FAILED Resource handler returned message: "No.
    s ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [C]. Rollback requested by user.
    B DELETE_IN_PROGRESS
    B DELETE_COMPLETE
    A DELETE_IN_PROGRESS
    A DELETE_COMPLETE
    s ROLLBACK_COMPLETE
    "#);
    assert!(service.things.is_empty());
    // All that can be done with it.
    desk.delete(&mut stack, &mut service, &[]);
    assert_eq!(stack.status, StackStatus::DeleteComplete);
}

#[test]
fn a_failed_creation_keeps_what_its_policies_say() {
    let template = tables(&[
        ("A", "DeletionPolicy: Retain", ""),
        ("B", "DeletionPolicy: RetainExceptOnCreate", ""),
        ("C", AFTER_A, ""),
    ]);
    let desk = Desk::new();
    for (retain_except_on_create, left) in [(false, vec!["A"]), (true, vec![])] {
        let mut service = Service::refusing(&["create C"]);
        let mut stack = desk.stack();
        desk.create(&mut stack, &mut service, &template, |operation| {
            operation.retain_except_on_create = retain_except_on_create;
        });
        assert_eq!(stack.status, StackStatus::RollbackComplete);
        assert_eq!(service.there_is(), left);
    }
}

#[test]
fn a_failed_creation_is_left_or_deleted_when_told_so() {
    let desk = Desk::new();
    let mut service = Service::refusing(&["create C"]);
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &three(), |operation| {
        operation.on_failure = OnFailure::DoNothing;
    });
    assert_eq!(stack.status, StackStatus::CreateFailed);
    assert_eq!(service.there_is(), ["A", "B"]);
    let mut service = Service::refusing(&["create C"]);
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &three(), |operation| {
        operation.on_failure = OnFailure::Delete;
    });
    assert_eq!(stack.status, StackStatus::DeleteComplete);
    assert!(service.things.is_empty());
}

#[test]
fn an_update_changes_replaces_adds_and_then_removes() {
    let (desk, mut service) = (Desk::new(), Service::default());
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &three(), |_| {});
    let before: Vec<String> = stack.events.keys().cloned().collect();
    let template = tables(&[
        ("A", "", "TableClass: X"),
        ("B", AFTER_A, "TableName: other"),
        ("D", AFTER_B, ""),
    ]);
    desk.update(&mut stack, &mut service, &template, |_| {});
    stack
        .events
        .retain(|key, _| !before.iter().any(|known| known == key));
    insta::assert_snapshot!(told(&stack), @r"
    s UPDATE_IN_PROGRESS User Initiated
    A UPDATE_IN_PROGRESS
    A UPDATE_COMPLETE
    B UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.
    B UPDATE_IN_PROGRESS Resource creation Initiated
    B UPDATE_COMPLETE
    D CREATE_IN_PROGRESS
    D CREATE_IN_PROGRESS Resource creation Initiated
    D CREATE_COMPLETE
    s UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
    C DELETE_IN_PROGRESS
    C DELETE_COMPLETE
    B DELETE_IN_PROGRESS
    B DELETE_COMPLETE
    s UPDATE_COMPLETE
    ");
    assert_eq!(service.there_is(), ["AX", "B", "D"]);
    assert_eq!(
        stack.resources.keys().collect::<BTreeSet<_>>(),
        BTreeSet::from([&"A".to_owned(), &"B".to_owned(), &"D".to_owned()])
    );
}

#[test]
fn an_update_keeps_what_its_policies_say() {
    let (desk, mut service) = (Desk::new(), Service::default());
    let mut stack = desk.stack();
    let keep = "DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain";
    let template = tables(&[("A", keep, ""), ("B", keep, "")]);
    desk.create(&mut stack, &mut service, &template, |_| {});
    let template = tables(&[("B", keep, "TableName: other")]);
    desk.update(&mut stack, &mut service, &template, |_| {});
    assert_eq!(service.there_is(), ["A", "B", "B"]);
    assert!(told(&stack).contains("A DELETE_SKIPPED"));
    assert!(!stack.resources.contains_key("A"));
}

#[test]
fn a_failed_update_brings_everything_back() {
    let (desk, mut service) = (Desk::new(), Service::default());
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &three(), |_| {});
    let (things, resources) = (service.things.clone(), stack.resources.clone());
    let before: Vec<String> = stack.events.keys().cloned().collect();
    service.refuse.insert("create E".to_owned());
    let template = tables(&[
        ("A", "", "TableClass: X"),
        ("B", AFTER_A, "TableName: other"),
        ("D", AFTER_B, ""),
        ("E", "DependsOn: D", ""),
    ]);
    desk.update(&mut stack, &mut service, &template, |_| {});
    stack
        .events
        .retain(|key, _| !before.iter().any(|known| known == key));
    let events = told(&stack);
    insta::assert_snapshot!(events.split("E CREATE_IN_PROGRESS\n").nth(1).unwrap(), @r#"
    E CREATE_FAILED Resource handler returned message: "No.
    s UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [E].
    A UPDATE_IN_PROGRESS
    A UPDATE_COMPLETE
    B UPDATE_COMPLETE
    s UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
    D DELETE_IN_PROGRESS
    D DELETE_COMPLETE
    B DELETE_IN_PROGRESS
    B DELETE_COMPLETE
    s UPDATE_ROLLBACK_COMPLETE
    "#);
    assert_eq!(service.things, things);
    assert_eq!(stack.version.template, three());
    let physical = |resources: &indexmap::IndexMap<String, Resource>| {
        resources
            .iter()
            .map(|(id, resource)| (id.clone(), resource.physical_id.clone()))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!(physical(&stack.resources), physical(&resources));
}

#[test]
fn a_rollback_that_fails_can_be_continued_without_what_fails() {
    let (desk, mut service) = (Desk::new(), Service::default());
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &three(), |_| {});
    service.refuse.insert("create D".to_owned());
    let template = tables(&[
        ("A", "", "TableClass: X"),
        ("B", AFTER_A, ""),
        ("C", AFTER_B, ""),
        ("D", "DependsOn: C", ""),
    ]);
    begin_apply(
        &mut stack,
        version(&template),
        operation(Phase::Update, None),
        &desk.ports(),
    );
    let mut plan = Plan::default();
    while let Some(task) = advance(&mut stack, &desk.ports(), &mut plan) {
        let outcome = service.act(&task);
        record(&mut stack, &task, outcome, &desk.ports());
        // The way there is free, the way back is not.
        service.refuse.insert("update A".to_owned());
    }
    assert_eq!(stack.status, StackStatus::UpdateRollbackFailed);
    assert_eq!(
        stack.status_reason.as_deref(),
        Some("The following resource(s) failed to update: [A]. ")
    );
    continue_rollback(&mut stack, &[], None, &desk.ports());
    desk.run(&mut stack, &mut service);
    assert_eq!(stack.status, StackStatus::UpdateRollbackFailed);
    continue_rollback(&mut stack, &["A".to_owned()], None, &desk.ports());
    desk.run(&mut stack, &mut service);
    assert_eq!(stack.status, StackStatus::UpdateRollbackComplete);
}

#[test]
fn an_update_that_is_not_rolled_back_can_be_updated_and_then_goes_back_to_the_start() {
    let (desk, mut service) = (Desk::new(), Service::default());
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &three(), |_| {});
    service.refuse.insert("update B".to_owned());
    let template = tables(&[
        ("A", "", "TableClass: X"),
        ("B", AFTER_A, "TableClass: X"),
        ("C", AFTER_B, ""),
    ]);
    desk.update(&mut stack, &mut service, &template, |operation| {
        operation.on_failure = OnFailure::DoNothing;
    });
    assert_eq!(stack.status, StackStatus::UpdateFailed);
    assert_eq!(service.there_is(), ["AX", "B", "C"]);
    let again = tables(&[
        ("A", "", "TableClass: Y"),
        ("B", AFTER_A, "TableClass: Y"),
        ("C", AFTER_B, ""),
    ]);
    service.refuse = BTreeSet::from(["update C".to_owned()]);
    desk.update(&mut stack, &mut service, &again, |_| {});
    assert_eq!(stack.status, StackStatus::UpdateComplete);
    assert_eq!(service.there_is(), ["AY", "BY", "C"]);
}

#[test]
fn a_deletion_that_fails_names_what_stays_and_can_leave_it() {
    let (desk, mut service) = (Desk::new(), Service::refusing(&["delete B"]));
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &three(), |_| {});
    desk.delete(&mut stack, &mut service, &[]);
    assert_eq!(stack.status, StackStatus::DeleteFailed);
    assert_eq!(
        stack.status_reason.as_deref(),
        Some("The following resource(s) failed to delete: [B]. ")
    );
    // A is what B needs: it stays as long as B does.
    assert_eq!(service.there_is(), ["A", "B"]);
    desk.delete(&mut stack, &mut service, &["B"]);
    assert_eq!(stack.status, StackStatus::DeleteComplete);
    assert_eq!(service.there_is(), ["B"]);
    assert!(stack.deleted.is_some());
}

#[test]
fn a_stack_can_be_deleted_while_it_is_created() {
    let (desk, mut service) = (Desk::new(), Service::default());
    let mut stack = desk.stack();
    begin_apply(
        &mut stack,
        version(&three()),
        operation(Phase::Create, None),
        &desk.ports(),
    );
    let mut plan = Plan::default();
    let task = advance(&mut stack, &desk.ports(), &mut plan).unwrap();
    begin_delete(&mut stack, operation(Phase::Delete, None), &desk.ports());
    let outcome = service.act(&task);
    record(&mut stack, &task, outcome, &desk.ports());
    assert_eq!(service.there_is(), ["A"]);
    desk.run(&mut stack, &mut service);
    assert_eq!(stack.status, StackStatus::DeleteComplete);
    assert!(service.things.is_empty());
}

#[test]
fn an_update_can_be_cancelled_with_a_replacement_under_way() {
    let (desk, mut service) = (Desk::new(), Service::default());
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &three(), |_| {});
    let things = service.things.clone();
    let template = tables(&[
        ("A", "", "TableName: other"),
        ("B", AFTER_A, ""),
        ("C", AFTER_B, "TableClass: X"),
    ]);
    begin_apply(
        &mut stack,
        version(&template),
        operation(Phase::Update, None),
        &desk.ports(),
    );
    let task = advance(&mut stack, &desk.ports(), &mut Plan::default()).unwrap();
    cancel_update(&mut stack, &desk.ports());
    let outcome = service.act(&task);
    record(&mut stack, &task, outcome, &desk.ports());
    desk.run(&mut stack, &mut service);
    assert_eq!(stack.status, StackStatus::UpdateRollbackComplete);
    assert_eq!(service.things, things);
}

#[test]
fn a_named_resource_cannot_be_replaced_under_its_name() {
    let (desk, mut service) = (Desk::new(), Service::default());
    let mut stack = desk.stack();
    let template = tables(&[("A", "", "TableName: numbers")]);
    desk.create(&mut stack, &mut service, &template, |_| {});
    let template = tables(&[("A", "", "TableName: numbers, LocalSecondaryIndexes: [1]")]);
    desk.update(&mut stack, &mut service, &template, |_| {});
    assert_eq!(stack.status, StackStatus::UpdateRollbackComplete);
    insta::assert_snapshot!(told(&stack).lines().find(|line| line.contains("UPDATE_FAILED")).unwrap(), @"A UPDATE_FAILED CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename numbers and update the stack again.");
}

#[test]
fn a_required_property_that_is_missing_fails_the_resource() {
    let (desk, mut service) = (Desk::new(), Service::default());
    let mut stack = desk.stack();
    let template = "Resources: {A: {Type: 'AWS::DynamoDB::Table', Properties: {}}}";
    desk.create(&mut stack, &mut service, template, |_| {});
    assert_eq!(stack.status, StackStatus::RollbackComplete);
    insta::assert_snapshot!(told(&stack), @r"
    s CREATE_IN_PROGRESS User Initiated
    A CREATE_IN_PROGRESS
    A CREATE_FAILED Properties validation failed for resource A with message:
    #: required key [KeySchema] not found
    s ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [A]. Rollback requested by user.
    s ROLLBACK_COMPLETE
    ");
}

fn exporting(value: &str) -> String {
    format!(
        "{}Outputs: {{O: {{Value: {value}, Export: {{Name: shared}}}}}}\n",
        tables(&[("A", "", "")])
    )
}

#[test]
fn an_export_belongs_to_one_stack() {
    let (mut desk, mut service) = (Desk::new(), Service::default());
    desk.exchange.exports.insert(
        "shared".to_owned(),
        crate::cloudformation::state::Export {
            stack_id: "arn:other".to_owned(),
            stack_name: "other".to_owned(),
            value: "1".to_owned(),
        },
    );
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &exporting("x"), |_| {});
    assert_eq!(stack.status, StackStatus::RollbackComplete);
    insta::assert_snapshot!(told(&stack).lines().find(|line| line.contains("s ROLLBACK_IN_PROGRESS")).unwrap(), @"s ROLLBACK_IN_PROGRESS Export with name shared is already exported by stack other. Rollback requested by user.");
}

#[test]
fn an_export_in_use_neither_changes_nor_goes() {
    let (mut desk, mut service) = (Desk::new(), Service::default());
    let mut stack = desk.stack();
    desk.create(&mut stack, &mut service, &exporting("x"), |_| {});
    desk.exchange
        .importers
        .insert("shared".to_owned(), vec!["b".to_owned(), "c".to_owned()]);
    for template in [exporting("y"), tables(&[("A", "", "")])] {
        desk.update(&mut stack, &mut service, &template, |_| {});
        assert_eq!(stack.status, StackStatus::UpdateRollbackComplete);
        assert_eq!(stack.outputs["O"].value, "x");
    }
    let reasons: Vec<&str> = stack
        .events
        .values()
        .filter(|event| event.status == "UPDATE_ROLLBACK_IN_PROGRESS")
        .filter_map(|event| event.reason.as_deref())
        .collect();
    assert_eq!(
        reasons,
        [
            "Cannot update export shared as it is in use by b, c",
            "Cannot delete export shared as it is in use by b, c",
        ]
    );
}

/// Cuts the operation off before every single call and after it, goes on from
/// what was saved, and compares how it ends.
fn survives_the_end_of_the_process(start: &Stack, service: &Service) {
    let desk = Desk::new();
    let (mut whole, mut undisturbed) = (start.clone(), service.clone());
    desk.run(&mut whole, &mut undisturbed);
    for cut in 0..40 {
        for done in [false, true] {
            let desk = Desk::new();
            let (mut stack, mut service) = (start.clone(), service.clone());
            let mut plan = Plan::default();
            let mut step = 0;
            while let Some(task) = advance(&mut stack, &desk.ports(), &mut plan) {
                if step == cut {
                    // Saved before the call; the call may have been made.
                    let saved = serde_json::to_string(&stack).unwrap();
                    if done {
                        let _ = service.act(&task);
                    }
                    stack = serde_json::from_str(&saved).unwrap();
                    plan = Plan::default();
                    step += 1;
                    continue;
                }
                let outcome = service.act(&task);
                record(&mut stack, &task, outcome, &desk.ports());
                step += 1;
            }
            assert_eq!(stack.status, whole.status, "cut at {cut}");
            assert_eq!(service.there_is(), undisturbed.there_is(), "cut at {cut}");
            assert!(stack.operation.is_none());
        }
    }
}

#[test]
fn a_creation_ends_the_same_wherever_it_is_cut_off() {
    let desk = Desk::new();
    for refuse in [&[][..], &["create C"], &["create C", "delete A"]] {
        let mut stack = desk.stack();
        begin_apply(
            &mut stack,
            version(&three()),
            operation(Phase::Create, None),
            &desk.ports(),
        );
        survives_the_end_of_the_process(&stack, &Service::refusing(refuse));
    }
}

#[test]
fn an_update_ends_the_same_wherever_it_is_cut_off() {
    let desk = Desk::new();
    let template = tables(&[
        ("A", "", "TableClass: X"),
        ("B", AFTER_A, "TableName: other"),
        ("D", AFTER_B, ""),
    ]);
    for refuse in [&[][..], &["create D"], &["create B"], &["delete C"]] {
        let (mut stack, mut service) = (desk.stack(), Service::default());
        desk.create(&mut stack, &mut service, &three(), |_| {});
        service.refuse = refuse.iter().map(|what| (*what).to_owned()).collect();
        begin_apply(
            &mut stack,
            version(&template),
            operation(Phase::Update, None),
            &desk.ports(),
        );
        survives_the_end_of_the_process(&stack, &service);
    }
}
