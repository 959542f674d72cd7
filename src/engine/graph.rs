//! Which resource needs which: the order of work.
//!
//! What may be a stub, as a flow, is two things: that it exists (its ARN can be named) and
//! its content. A ref to it needs only that it exists, so flows may refer to each other
//! in circles: one in a circle is made as a stub first.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

use super::desired::Desired;
use super::kinds::{self, Role};
use super::plan::{ResourceId, ResourceKind};
use super::text::Text;

/// The dependencies among the resources of a solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// What must be there, whole, before a resource's work begins.
    pub needs: BTreeMap<ResourceId, BTreeSet<ResourceId>>,
    /// Flows that must be stubs first, because the way to their content leads
    /// through their own ARN.
    pub stubs: BTreeSet<String>,
}

/// A circle that no order of work can serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these need each other and none can come first: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
pub struct Circle(pub Vec<ResourceId>);

/// The graph of what is wanted. All refs must name something that is there.
///
/// # Errors
/// [`Circle`] when stacks, functions and their refs need each other.
pub fn graph(desired: &Desired) -> Result<Graph, Circle> {
    let direct = direct_needs(desired);
    let stubs = stubs_in_circles(&direct);
    // A stub exists from the start: what refers to it waits for nothing.
    let mut needs: Needs = direct
        .into_iter()
        .map(|(resource, needs)| {
            let needs = needs
                .into_iter()
                .filter(|need| !kinds::may_be_stub(need.kind) || !stubs.contains(&need.name))
                .collect();
            (resource, needs)
        })
        .collect();
    entrances_last(&mut needs);
    if let Some(circle) = circles(&needs).into_iter().next() {
        return Err(Circle(circle));
    }
    Ok(Graph { needs, stubs })
}

impl Graph {
    /// Whether a resource needs another, directly or through others.
    pub fn reaches(&self, from: &ResourceId, to: &ResourceId) -> bool {
        reaches(&self.needs, from, to)
    }

    /// Every resource, each after what it needs.
    pub fn order(&self) -> Vec<&ResourceId> {
        let mut order: Vec<&ResourceId> = Vec::new();
        let mut done: BTreeSet<&ResourceId> = BTreeSet::new();
        // Ends: there is no circle, so every round finds one more.
        while done.len() < self.needs.len() {
            let ready: Vec<&ResourceId> = self
                .needs
                .iter()
                .filter(|(id, needs)| {
                    !done.contains(id)
                        && needs
                            .iter()
                            .all(|need| done.contains(need) || !self.needs.contains_key(need))
                })
                .map(|(id, _)| id)
                .collect();
            if ready.is_empty() {
                break;
            }
            done.extend(&ready);
            order.extend(ready);
        }
        order
    }
}

type Needs = BTreeMap<ResourceId, BTreeSet<ResourceId>>;

/// Nobody rings before everything that a call may come to is ready, but for
/// what must know the number first.
fn entrances_last(needs: &mut Needs) {
    for entrance in of_role(needs, Role::Entrance) {
        let before = [Role::Data, Role::Part].map(|role| of_role(needs, role));
        let others: Vec<ResourceId> = before
            .into_iter()
            .flatten()
            .filter(|id| !reaches(needs, id, &entrance))
            .collect();
        needs.entry(entrance).or_default().extend(others);
    }
}

/// A table or bucket that is named outright may be one that a stack makes: what goes
/// into it waits for every stack that does not wait for it.
fn data_after_stacks(needs: &mut Needs) {
    let names_ground = |id: &ResourceId| {
        let mut all = needs.get(id).into_iter().flatten();
        all.any(|need| kinds::role(need.kind) == Role::Ground)
    };
    let data: Vec<ResourceId> = of_role(needs, Role::Data)
        .into_iter()
        .filter(|id| !names_ground(id))
        .collect();
    for id in data {
        let ground: Vec<ResourceId> = of_role(needs, Role::Ground)
            .into_iter()
            .filter(|other| !reaches(needs, other, &id))
            .collect();
        needs.entry(id).or_default().extend(ground);
    }
}

fn of_role(needs: &Needs, role: Role) -> Vec<ResourceId> {
    let is_so = |id: &&ResourceId| kinds::role(id.kind) == role;
    needs.keys().filter(is_so).cloned().collect()
}

/// Whether a resource needs another, directly or through others.
fn reaches(needs: &Needs, from: &ResourceId, to: &ResourceId) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            open.extend(needs.get(id).into_iter().flatten());
        }
    }
    false
}

fn direct_needs(desired: &Desired) -> Needs {
    let mut needs: Needs = ResourceKind::ALL
        .into_iter()
        .flat_map(|kind| kinds::needs(kind, desired))
        .collect();
    data_after_stacks(&mut needs);
    needs
}

/// The resources that texts have refs to.
pub(super) fn named_by<'a>(
    desired: &Desired,
    texts: impl IntoIterator<Item = &'a Text>,
) -> BTreeSet<ResourceId> {
    texts
        .into_iter()
        .flat_map(Text::references)
        .filter_map(|(reference, _)| kinds::named(desired, reference))
        .collect()
}

/// Strongly connected components of more than one resource, and self-references.
fn circles(needs: &BTreeMap<ResourceId, BTreeSet<ResourceId>>) -> Vec<Vec<ResourceId>> {
    let mut graph = DiGraph::<&ResourceId, ()>::new();
    let index: BTreeMap<&ResourceId, _> = needs.keys().map(|id| (id, graph.add_node(id))).collect();
    for (resource, of_it) in needs {
        for to in of_it.iter().filter_map(|need| index.get(need)) {
            graph.add_edge(index[resource], *to, ());
        }
    }
    tarjan_scc(&graph)
        .into_iter()
        .filter(|component| component.len() > 1 || graph.contains_edge(component[0], component[0]))
        .map(|component| {
            let mut circle: Vec<ResourceId> =
                component.into_iter().map(|at| graph[at].clone()).collect();
            circle.sort();
            circle
        })
        .collect()
}

fn stubs_in_circles(needs: &BTreeMap<ResourceId, BTreeSet<ResourceId>>) -> BTreeSet<String> {
    circles(needs)
        .into_iter()
        .flatten()
        .filter(|id| kinds::may_be_stub(id.kind))
        .map(|id| id.name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::desired::{Flow, Function, NumberChoice, PhoneNumber, Stack};

    fn text(source: &str) -> Text {
        Text::parse(source).unwrap()
    }

    fn flow(content: &str) -> Flow {
        Flow {
            physical: String::new(),
            flow_type: "CONTACT_FLOW".to_owned(),
            description: String::new(),
            content: text(content),
            origin: String::new(),
            file: std::path::PathBuf::new(),
            source: String::new(),
        }
    }

    fn function(role: &str, environment: &str) -> Function {
        Function {
            physical: String::new(),
            role: text(role),
            memory: 128,
            timeout: 3,
            environment: BTreeMap::from([("A".to_owned(), text(environment))]),
            runtime: String::new(),
            architecture: String::new(),
            description: String::new(),
            connect: true,
            probe: None,
            source: crate::engine::desired::CodeSource::Package(String::new()),
            code: crate::engine::desired::Code::default(),
            depends_on: BTreeSet::new(),
        }
    }

    fn stack(parameter: &str) -> Stack {
        Stack {
            parameters: BTreeMap::from([("P".to_owned(), text(parameter))]),
            ..Stack::default()
        }
    }

    fn id(kind: ResourceKind, name: &str) -> ResourceId {
        ResourceId::new(kind, name)
    }

    #[test]
    fn flows_in_a_circle_become_stubs_and_their_content_waits_for_the_function() {
        let mut desired = Desired::default();
        desired.stacks.insert("s".into(), stack("x"));
        desired
            .functions
            .insert("f".into(), function("${stack.s.Role}", "x"));
        desired.flows.insert("a".into(), flow("${flow.b}"));
        desired
            .flows
            .insert("b".into(), flow("${flow.a} ${function.f}"));
        desired.flows.insert("c".into(), flow("${flow.a}"));
        desired.phone_numbers.insert(
            "n".into(),
            PhoneNumber {
                flow: "a".into(),
                choice: NumberChoice::Any {
                    country: "US".into(),
                    number_type: "DID".into(),
                },
            },
        );
        let graph = graph(&desired).unwrap();
        assert_eq!(
            graph.stubs,
            BTreeSet::from(["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(
            graph.needs[&id(ResourceKind::Flow, "b")],
            BTreeSet::from([id(ResourceKind::Access, "f")])
        );
        assert!(graph.needs[&id(ResourceKind::Flow, "c")].is_empty());
        assert_eq!(
            graph.needs[&id(ResourceKind::PhoneNumber, "n")],
            BTreeSet::from([
                id(ResourceKind::Function, "f"),
                id(ResourceKind::Access, "f"),
                id(ResourceKind::Flow, "a"),
                id(ResourceKind::Flow, "b"),
                id(ResourceKind::Flow, "c"),
            ])
        );
    }

    #[test]
    fn a_function_that_names_a_flow_that_invokes_it_is_served_by_a_stub() {
        let mut desired = Desired::default();
        desired
            .functions
            .insert("f".into(), function("role", "${flow.a}"));
        desired.flows.insert("a".into(), flow("${function.f}"));
        let graph = graph(&desired).unwrap();
        assert_eq!(graph.stubs, BTreeSet::from(["a".to_owned()]));
        assert!(graph.needs[&id(ResourceKind::Function, "f")].is_empty());
    }

    #[test]
    fn a_flow_may_name_the_number_that_rings_it() {
        let mut desired = Desired::default();
        desired
            .functions
            .insert("f".into(), function("role", "${phone.n}"));
        desired
            .flows
            .insert("a".into(), flow("${phone.n} ${function.f}"));
        desired.flows.insert("b".into(), flow("x"));
        desired.phone_numbers.insert(
            "n".into(),
            PhoneNumber {
                flow: "a".into(),
                choice: NumberChoice::Any {
                    country: "US".into(),
                    number_type: "DID".into(),
                },
            },
        );
        let graph = graph(&desired).unwrap();
        assert_eq!(graph.stubs, BTreeSet::from(["a".to_owned()]));
        assert_eq!(
            graph.needs[&id(ResourceKind::PhoneNumber, "n")],
            BTreeSet::from([id(ResourceKind::Flow, "b")])
        );
        let order = graph.order();
        let at = |wanted: ResourceId| order.iter().position(|id| **id == wanted).unwrap();
        assert!(at(id(ResourceKind::PhoneNumber, "n")) < at(id(ResourceKind::Function, "f")));
        assert!(at(id(ResourceKind::Function, "f")) < at(id(ResourceKind::Flow, "a")));
    }

    fn object(bucket: &str) -> crate::engine::desired::Object {
        crate::engine::desired::Object {
            bucket: text(bucket),
            key: text("k"),
            content: std::sync::Arc::default(),
            origin: String::new(),
            sha256: String::new(),
            content_type: String::new(),
            numbers: Vec::new(),
        }
    }

    fn seed(table: &str) -> crate::engine::desired::Seed {
        crate::engine::desired::Seed {
            table: text(table),
            items: Vec::new(),
            origin: None,
            file: std::path::PathBuf::new(),
            source: String::new(),
        }
    }

    #[test]
    fn whoever_names_an_object_waits_for_it_and_it_for_its_bucket() {
        let mut desired = Desired::default();
        desired.stacks.insert("s".into(), stack("x"));
        desired
            .stacks
            .insert("t".into(), stack("${object.outright.key}"));
        desired
            .objects
            .insert("o".into(), object("${stack.s.Bucket}"));
        desired.objects.insert("outright".into(), object("bucket"));
        desired.seeds.insert("d".into(), seed("table"));
        desired
            .functions
            .insert("f".into(), function("role", "${object.o.bucket}"));
        let graph = graph(&desired).unwrap();
        let needs = |kind, name| graph.needs[&id(kind, name)].clone();
        assert_eq!(
            needs(ResourceKind::Function, "f"),
            BTreeSet::from([id(ResourceKind::Object, "o")])
        );
        assert_eq!(
            needs(ResourceKind::Object, "o"),
            BTreeSet::from([id(ResourceKind::Stack, "s")])
        );
        // Not for the stack that waits for it.
        assert_eq!(
            needs(ResourceKind::Object, "outright"),
            BTreeSet::from([id(ResourceKind::Stack, "s")])
        );
        assert_eq!(
            needs(ResourceKind::Seed, "d"),
            BTreeSet::from([id(ResourceKind::Stack, "s"), id(ResourceKind::Stack, "t")])
        );
    }

    #[test]
    fn what_depends_on_another_comes_after_it_and_names_nothing_of_it() {
        let mut desired = Desired::default();
        let after = |kind, name| BTreeSet::from([id(kind, name)]);
        let depends_on = after(ResourceKind::Function, "f");
        let stage = Stack {
            depends_on: depends_on.clone(),
            ..stack("x")
        };
        desired.stacks.insert("stage".into(), stage);
        desired.functions.insert("f".into(), function("role", "x"));
        let whole = graph(&desired).unwrap();
        assert_eq!(whole.needs[&id(ResourceKind::Stack, "stage")], depends_on);

        let function = desired.functions.get_mut("f").unwrap();
        function.depends_on = after(ResourceKind::Stack, "stage");
        assert_eq!(
            graph(&desired).unwrap_err().to_string(),
            "these need each other and none can come first: stack stage, function f"
        );
    }

    #[test]
    fn a_stack_and_a_function_that_need_each_other_are_an_impossible_circle() {
        let mut desired = Desired::default();
        desired.stacks.insert("s".into(), stack("${function.f}"));
        desired
            .functions
            .insert("f".into(), function("${stack.s.Role}", "x"));
        let circle = graph(&desired).unwrap_err();
        assert_eq!(
            circle.to_string(),
            "these need each other and none can come first: stack s, function f, access f"
        );
    }
}
