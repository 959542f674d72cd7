use super::*;
use crate::connect::fixture;

fn new(name: &str, status: FlowStatus) -> NewFlow {
    NewFlow {
        id: format!("id of {name}"),
        name: name.to_owned(),
        flow_type: FlowType::ContactFlow,
        description: None,
        content: fixture::FLOW.to_owned(),
        status,
        tags: BTreeMap::new(),
    }
}

fn reference(id: &str, saved: bool) -> FlowReference {
    FlowReference {
        id: id.to_owned(),
        saved,
    }
}

#[test]
fn published_content_is_validated_and_saved_content_is_not() {
    let mut state = fixture::state();
    let instance = fixture::instance_mut(&mut state);
    let mut broken = new("broken", FlowStatus::Published);
    broken.content = "{}".to_owned();
    let error = instance
        .create_flow(broken.clone(), fixture::now())
        .unwrap_err();
    assert_eq!(error.code, "InvalidContactFlowException");
    assert!(!error.members["problems"].as_array().unwrap().is_empty());
    assert!(!instance.flows.contains_key(&broken.id));
    broken.status = FlowStatus::Saved;
    instance.create_flow(broken, fixture::now()).unwrap();
}

#[test]
fn a_draft_is_not_published_and_that_is_not_absent() {
    let mut state = fixture::state();
    let instance = fixture::instance_mut(&mut state);
    let draft = new("draft", FlowStatus::Saved);
    let id = draft.id.clone();
    instance.create_flow(draft, fixture::now()).unwrap();
    let flow = instance.flow(&id).unwrap();
    let error = flow.description(instance, false).unwrap_err();
    assert_eq!(
        (error.status, error.code.as_ref()),
        (404, "ContactFlowNotPublishedException")
    );
    let described = flow.description(instance, true).unwrap();
    assert_eq!(described["Status"], "SAVED");
    assert_eq!(described["Content"], fixture::FLOW);

    instance
        .update_flow_content(&reference(&id, false), fixture::FLOW, fixture::now())
        .unwrap();
    let flow = instance.flow(&id).unwrap();
    for saved in [false, true] {
        let described = flow.description(instance, saved).unwrap();
        assert_eq!(described["Status"], "PUBLISHED");
    }
}

#[test]
fn a_draft_leaves_what_is_live_alone() {
    let mut state = fixture::state();
    let instance = fixture::instance_mut(&mut state);
    let flow = new("live", FlowStatus::Published);
    let id = flow.id.clone();
    instance.create_flow(flow, fixture::now()).unwrap();
    instance
        .update_flow_content(
            &reference(&id, true),
            "{ \"half\":",
            fixture::now() + jiff::SignedDuration::from_secs(60),
        )
        .unwrap();
    let flow = instance.flow(&id).unwrap();
    let live = flow.description(instance, false).unwrap();
    assert_eq!(
        (&live["Content"], &live["Status"]),
        (&json!(fixture::FLOW), &json!("PUBLISHED"))
    );
    assert_eq!(live["FlowContentSha256"], content::sha256(fixture::FLOW));
    let draft = flow.description(instance, true).unwrap();
    assert_eq!(
        (&draft["Content"], &draft["Status"]),
        (&json!("{ \"half\":"), &json!("SAVED"))
    );
    let times = [&live, &draft].map(|version| version["LastModifiedTime"].as_f64().unwrap());
    assert!((times[1] - times[0] - 60.0).abs() < 1e-6, "{times:?}");
    // Publishing puts the draft away.
    instance
        .update_flow_content(&reference(&id, false), fixture::FLOW, fixture::now())
        .unwrap();
    assert_eq!(instance.flow(&id).unwrap().draft, None);
}

#[test]
fn names_are_unique_across_types() {
    let mut state = fixture::state();
    let instance = fixture::instance_mut(&mut state);
    instance
        .create_flow(new("one", FlowStatus::Published), fixture::now())
        .unwrap();
    for name in ["one", "Default agent hold"] {
        let mut second = new(name, FlowStatus::Saved);
        second.id = "second".to_owned();
        let error = instance.create_flow(second, fixture::now()).unwrap_err();
        assert_eq!(
            (error.status, error.code.as_ref()),
            (409, "DuplicateResourceException")
        );
    }
    let rename = |instance: &mut Instance, name| {
        instance.update_flow_metadata("id of one", Some(name), None, None, fixture::now())
    };
    assert!(rename(instance, "Default agent hold").is_err());
    // Its own name is no duplicate.
    rename(instance, "one").unwrap();
}

#[test]
fn metadata_changes_only_what_is_given() {
    let mut state = fixture::state();
    let instance = fixture::instance_mut(&mut state);
    instance
        .create_flow(new("one", FlowStatus::Published), fixture::now())
        .unwrap();
    let id = "id of one";
    instance
        .update_flow_metadata(id, None, Some("said"), None, fixture::now())
        .unwrap();
    instance
        .update_flow_metadata(id, None, None, Some(FlowState::Archived), fixture::now())
        .unwrap();
    let flow = instance.flow(id).unwrap();
    assert_eq!(flow.name, "one");
    assert_eq!(flow.description.as_deref(), Some("said"));
    assert_eq!(flow.state, FlowState::Archived);
}

#[test]
fn default_flows_and_flows_in_use_stay() {
    let mut state = fixture::state();
    let instance_id = fixture::instance(&state).id.clone();
    let default = fixture::instance(&state)
        .flows
        .keys()
        .next()
        .unwrap()
        .clone();
    let error = state.delete_flow(&instance_id, &default).unwrap_err();
    assert_eq!(error.code, "InvalidRequestException");
    assert!(error.message.contains("default flow"), "{error}");

    let flow = new("in use", FlowStatus::Published);
    let id = flow.id.clone();
    fixture::instance_mut(&mut state)
        .create_flow(flow, fixture::now())
        .unwrap();
    let number = state.phone_numbers.values_mut().next().unwrap();
    number.flow_id = Some(id.clone());
    let number_id = number.id.clone();
    let error = state.delete_flow(&instance_id, &id).unwrap_err();
    assert!(error.message.contains("phone number"), "{error}");

    state.phone_numbers.get_mut(&number_id).unwrap().flow_id = None;
    state.delete_flow(&instance_id, &id).unwrap();
    let error = state.delete_flow(&instance_id, &id).unwrap_err();
    assert_eq!(error.code, "ResourceNotFoundException");
}
