//! That everything that is wanted is of the plan, also when a ref is not known yet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::engine::desired::{
    Code, CodeSource, Desired, Flow, Function, NumberChoice, Object, Parameter, PhoneNumber, Probe,
    Seed, SeedItem, Stack, TemplateParameter, TemplateResource,
};
use crate::engine::diff::{Allowances, diff};
use crate::engine::graph::graph;
use crate::engine::item::Attribute;
use crate::engine::observe::Observed;
use crate::engine::plan::Plan;
use crate::engine::ports::{Identity, Instance, InstanceStatus};

fn text(source: &str) -> Text {
    Text::parse(source).unwrap()
}

/// One of every kind, each with a ref that is known only once the stack is there.
pub(in crate::engine) fn desired() -> Desired {
    let parameter = |value: &str, is_secret| Parameter {
        value: Some(value.to_owned()),
        is_secret,
        is_default: false,
    };
    let declared = |is_no_echo| TemplateParameter {
        default: None,
        is_no_echo,
    };
    Desired {
        solution: "shop".to_owned(),
        manifest: crate::engine::desired::SourceFile::default(),
        environment: "default".to_owned(),
        instance: "i".to_owned(),
        parameters: [
            ("Plain".to_owned(), parameter("a", false)),
            ("Token".to_owned(), parameter("{{resolve:ssm:a}}", true)),
        ]
        .into_iter()
        .collect(),
        stacks: std::iter::once((
            "storage".to_owned(),
            Stack {
                physical: "shop-storage".to_owned(),
                template: "Resources: {}".to_owned(),
                resources: vec![TemplateResource {
                    logical_id: "Role".to_owned(),
                    resource_type: "AWS::IAM::Role".to_owned(),
                    deletion_policy: None,
                }],
                origin: "storage.yaml".to_owned(),
                declared: BTreeMap::from([
                    ("Trusted".to_owned(), declared(false)),
                    ("Password".to_owned(), declared(true)),
                    ("Token".to_owned(), declared(false)),
                ]),
                outputs: vec!["Arn".to_owned(), "Other".to_owned()],
                exports: crate::engine::template::Exports::default(),
                parameters: BTreeMap::from([
                    ("Trusted".to_owned(), text("${account}/${param.Plain}")),
                    ("Password".to_owned(), text("hunter2")),
                    ("Token".to_owned(), text("${param.Token}")),
                ]),
                depends_on: BTreeSet::new(),
            },
        ))
        .collect(),
        objects: std::iter::once((
            "page".to_owned(),
            Object {
                bucket: text("${stack.storage.Arn}"),
                key: text("page.html"),
                content: Arc::new(b"<p>".to_vec()),
                sha256: digest(b"<p>"),
                origin: "page.html".to_owned(),
                content_type: "text/html".to_owned(),
                numbers: Vec::new(),
            },
        ))
        .collect(),
        seeds: std::iter::once((
            "rows".to_owned(),
            Seed {
                table: text("${stack.storage.Arn}"),
                items: vec![SeedItem {
                    attributes: BTreeMap::from([("id".to_owned(), Attribute::S("1".to_owned()))]),
                    span: 0..0,
                    places: BTreeMap::new(),
                }],
                origin: Some("rows.yaml".to_owned()),
                file: PathBuf::from("rows.yaml"),
                source: "- id: 1".to_owned(),
            },
        ))
        .collect(),
        functions: std::iter::once((
            "code".to_owned(),
            Function {
                physical: "shop-code".to_owned(),
                role: text("${stack.storage.Arn}"),
                memory: 128,
                timeout: 3,
                environment: BTreeMap::from([("TABLE".to_owned(), text("${stack.storage.Arn}"))]),
                runtime: "provided.al2023".to_owned(),
                architecture: "x86_64".to_owned(),
                description: "d".to_owned(),
                connect: true,
                probe: Some(Probe {
                    origin: "probe.json".to_owned(),
                    event: b"{}".to_vec(),
                }),
                source: CodeSource::Package("code".to_owned()),
                code: Code {
                    zip: Arc::new(b"zip".to_vec()),
                    sha256: "AAAA".to_owned(),
                },
                depends_on: BTreeSet::new(),
            },
        ))
        .collect(),
        flows: std::iter::once(("inbound".to_owned(), flow_of(r#"{"a":"${function.code}"}"#)))
            .collect(),
        phone_numbers: std::iter::once((
            "main".to_owned(),
            PhoneNumber {
                flow: "inbound".to_owned(),
                choice: NumberChoice::Any {
                    country: "US".to_owned(),
                    number_type: "DID".to_owned(),
                },
            },
        ))
        .collect(),
    }
}

fn flow_of(source: &str) -> Flow {
    Flow {
        physical: "Inbound".to_owned(),
        flow_type: "CONTACT_FLOW".to_owned(),
        description: "d".to_owned(),
        content: text(source),
        origin: "inbound.json".to_owned(),
        file: PathBuf::from("inbound.json"),
        source: source.to_owned(),
    }
}

/// Nothing is there yet.
pub(in crate::engine) fn observed() -> Observed {
    Observed {
        identity: Identity {
            account: "111122223333".to_owned(),
            arn: "arn".to_owned(),
            region: "us-east-1".to_owned(),
        },
        instance: Instance {
            id: "i".to_owned(),
            arn: "arn:instance/i".to_owned(),
            alias: None,
            status: InstanceStatus::Active,
        },
        stacks: BTreeMap::new(),
        objects: BTreeMap::new(),
        seeds: BTreeMap::new(),
        functions: BTreeMap::new(),
        flows: BTreeMap::new(),
        taken: BTreeMap::new(),
        contents: BTreeMap::new(),
        unchanged: BTreeSet::new(),
        stack_contents: Vec::new(),
        associated: Vec::new(),
        phone_numbers: Vec::new(),
        reserved: BTreeSet::new(),
        lookups: BTreeMap::new(),
    }
}

/// The plan where nothing is there yet.
pub(in crate::engine) fn plan(desired: &Desired) -> Plan {
    let observed = observed();
    let graph = graph(desired).unwrap();
    diff(desired, &observed, &graph, "aws", Allowances::default()).unwrap()
}

/// Another of every field: what it is about, and how it is made another.
type Edit = (&'static str, fn(&mut Desired));

const EDITS: &[Edit] = &[
    ("solution", |d| d.solution.push('2')),
    ("environment", |d| d.environment.push('2')),
    ("instance", |d| d.instance.push('2')),
    ("parameter", |d| {
        d.parameters["Plain"].value = Some("b".to_owned());
    }),
    ("secret", |d| {
        d.parameters["Token"].value = Some("{{resolve:ssm:b}}".to_owned());
    }),
    ("stack name", |d| d.stacks["storage"].physical.push('2')),
    ("template", |d| d.stacks["storage"].template.push(' ')),
    ("template file", |d| d.stacks["storage"].origin.push('2')),
    ("stack parameter", |d| {
        set(
            &mut d.stacks["storage"].parameters,
            "Trusted",
            "999900001111",
        );
    }),
    ("hidden stack parameter", |d| {
        set(&mut d.stacks["storage"].parameters, "Password", "hunter3");
    }),
    ("stack parameter goes", |d| {
        d.stacks["storage"].parameters.remove("Trusted");
    }),
    ("object bucket", |d| {
        d.objects["page"].bucket = text("${stack.storage.Other}");
    }),
    ("object key", |d| d.objects["page"].key = text("other.html")),
    ("object content", |d| {
        d.objects["page"].content = Arc::new(b"<b>".to_vec());
    }),
    ("object file", |d| d.objects["page"].origin.push('2')),
    ("object type", |d| d.objects["page"].content_type.push('2')),
    ("seed table", |d| {
        d.seeds["rows"].table = text("${stack.storage.Other}");
    }),
    ("seed items", |d| {
        let attributes = &mut d.seeds["rows"].items[0].attributes;
        attributes.insert("a".to_owned(), Attribute::Null);
    }),
    ("seed file", |d| d.seeds["rows"].origin = None),
    ("seed source", |d| d.seeds["rows"].source.push(' ')),
    ("function name", |d| d.functions["code"].physical.push('2')),
    ("role", |d| {
        d.functions["code"].role = text("${stack.storage.Other}");
    }),
    ("memory", |d| d.functions["code"].memory += 1),
    ("timeout", |d| d.functions["code"].timeout += 1),
    ("variable", |d| {
        set(&mut d.functions["code"].environment, "TABLE", "other");
    }),
    ("new variable", |d| {
        set(&mut d.functions["code"].environment, "LD_PRELOAD", "");
    }),
    ("variable goes", |d| d.functions["code"].environment.clear()),
    ("runtime", |d| d.functions["code"].runtime.push('2')),
    ("architecture", |d| {
        d.functions["code"].architecture.push('2');
    }),
    ("function description", |d| {
        d.functions["code"].description.push('2');
    }),
    ("connect", |d| d.functions["code"].connect = false),
    ("probe", |d| {
        d.functions["code"].probe.as_mut().unwrap().event.push(b' ');
    }),
    ("probe file", |d| {
        d.functions["code"].probe.as_mut().unwrap().origin.push('2');
    }),
    ("probe goes", |d| d.functions["code"].probe = None),
    ("code's source", |d| {
        d.functions["code"].source = CodeSource::Zip("code".to_owned());
    }),
    ("package", |d| {
        d.functions["code"].source = CodeSource::Package("other".to_owned());
    }),
    ("code", |d| {
        d.functions["code"].code.sha256 = "BBBB".to_owned()
    }),
    ("flow name", |d| d.flows["inbound"].physical.push('2')),
    ("flow type", |d| {
        d.flows["inbound"].flow_type = "CUSTOMER_QUEUE".to_owned();
    }),
    ("flow description", |d| {
        d.flows["inbound"].description.push('2');
    }),
    ("flow content", |d| {
        d.flows["inbound"] = flow_of(r#"{"b":"${function.code}"}"#);
    }),
    ("flow ref", |d| {
        d.flows["inbound"] = flow_of(r#"{"a":"${function.code.name}"}"#);
    }),
    ("flow file", |d| d.flows["inbound"].origin.push('2')),
    ("number's flow", |d| {
        d.flows.insert("second".to_owned(), flow_of("{}"));
        d.phone_numbers["main"].flow = "second".to_owned();
    }),
    ("country", |d| {
        d.phone_numbers["main"].choice = any_number("US2", "DID");
    }),
    ("number's type", |d| {
        d.phone_numbers["main"].choice = any_number("US", "DID2");
    }),
    ("number", |d| {
        d.phone_numbers["main"].choice = NumberChoice::Certain("+18005550100".to_owned());
    }),
];

fn any_number(country: &str, number_type: &str) -> NumberChoice {
    NumberChoice::Any {
        country: country.to_owned(),
        number_type: number_type.to_owned(),
    }
}

fn set(texts: &mut BTreeMap<String, Text>, name: &str, source: &str) {
    texts.insert(name.to_owned(), text(source));
}

#[test]
fn no_field_of_what_is_wanted_can_change_without_the_plan() {
    let base = plan(&desired());
    assert_eq!(plan(&desired()).digest(), base.digest(), "it is stable");
    let mut digests = BTreeSet::from([base.digest()]);
    for (what, edit) in EDITS {
        let mut changed = desired();
        edit(&mut changed);
        let plan = plan(&changed);
        assert!(digests.insert(plan.digest()), "{what}");
        let reported = crate::engine::compare::differences(std::slice::from_ref(&base), &[&plan]);
        assert!(!reported.is_empty(), "{what}");
    }
}

#[test]
fn a_plan_is_the_same_after_its_file() {
    let plan = plan(&desired());
    let text = serde_json::to_vec_pretty(&plan).unwrap();
    let read: Plan = serde_json::from_slice(&text).unwrap();
    assert_eq!(read, plan);
    assert_eq!(read.digest(), plan.digest());
}

#[test]
fn what_is_hidden_is_not_in_the_plan() {
    let mut wanted = desired();
    let stack = &mut wanted.stacks["storage"];
    set(
        &mut stack.parameters,
        "Password",
        "hunter2-${account}-hunter2",
    );
    let text = serde_json::to_string(&plan(&wanted)).unwrap();
    for secret in ["hunter2", "resolve:ssm"] {
        assert!(!text.contains(secret), "{text}");
    }
    // A ref is a name.
    assert!(text.contains("${param.Token}"), "{text}");
    assert!(text.contains(HIDDEN), "{text}");
}

#[test]
fn parts_have_names_of_their_own() {
    for change in plan(&desired()).changes {
        let names: BTreeSet<&String> = change.wanted.iter().map(|part| &part.name).collect();
        assert_eq!(names.len(), change.wanted.len(), "{}", change.resource);
    }
}
