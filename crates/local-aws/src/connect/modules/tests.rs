use super::*;
use crate::connect::fixture;

fn module(name: &str) -> Module {
    Module {
        id: format!("id of {name}"),
        name: name.to_owned(),
        description: None,
        content: fixture::MODULE.to_owned(),
        settings: None,
        external_invocation: None,
        state: FlowState::Active,
        tags: BTreeMap::new(),
        modified: fixture::now(),
    }
}

#[test]
fn a_module_is_validated_and_its_name_is_its_own() {
    let mut state = fixture::state();
    let instance = fixture::instance_mut(&mut state);
    let mut broken = module("broken");
    broken.content = fixture::MODULE.replace("EndFlowModuleExecution", "NoSuchType");
    let error = instance.create_module(broken).unwrap_err();
    assert_eq!(error.code, "InvalidContactFlowModuleException");
    assert!(!error.members["Problems"].as_array().unwrap().is_empty());

    instance.create_module(module("one")).unwrap();
    let mut second = module("one");
    second.id = "second".to_owned();
    let error = instance.create_module(second).unwrap_err();
    assert_eq!(error.code, "DuplicateResourceException");
}

#[test]
fn content_without_settings_is_a_bad_request() {
    let mut state = fixture::state();
    let mut without = module("without");
    without.content = fixture::FLOW.to_owned();
    let error = fixture::instance_mut(&mut state)
        .create_module(without)
        .unwrap_err();
    assert_eq!(error.code, "InvalidRequestException");
    assert!(error.message.contains("settings"), "{error}");
}

#[test]
fn a_broken_update_leaves_the_module_as_it_was() {
    let mut state = fixture::state();
    let instance = fixture::instance_mut(&mut state);
    instance.create_module(module("one")).unwrap();
    let arn = format!("{}/flow-module/id of one", instance.arn);
    let broken = fixture::MODULE.replace("EndFlowModuleExecution", "NoSuchType");
    instance
        .update_module_content(&arn, Some(&broken), None, fixture::now())
        .unwrap_err();
    assert_eq!(instance.module(&arn).unwrap().content, fixture::MODULE);
    instance
        .update_module_metadata(
            &arn,
            Some("two"),
            None,
            Some(FlowState::Archived),
            fixture::now(),
        )
        .unwrap();
    let module = instance.module("id of one").unwrap();
    assert_eq!(
        (module.name.as_str(), module.state),
        ("two", FlowState::Archived)
    );
}
