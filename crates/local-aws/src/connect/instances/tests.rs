use super::operations::is_alias;
use super::*;
use crate::connect::fixture;

#[test]
fn aliases_follow_the_pattern() {
    for good in ["vanity-local", "a", "7", "a--b", "dx-1"] {
        assert!(is_alias(good), "{good}");
    }
    for bad in ["d-abc", "-a", "a-", "a_b", "ä"] {
        assert!(!is_alias(bad), "{bad}");
    }
}

#[test]
fn an_instance_is_found_by_id_and_arn_when_ready() {
    let mut state = fixture::state();
    let arn = fixture::instance(&state).arn.clone();
    assert_eq!(
        arn,
        "arn:aws:connect:us-east-1:000000000000:instance/00000000-0000-4000-8000-76616e697479"
    );
    assert!(state.instance(&arn).is_ok());
    assert!(state.instance(LOCAL_INSTANCE_ID).is_ok());
    assert_eq!(
        state.instance("absent").unwrap_err().code,
        "ResourceNotFoundException"
    );
    let instance = Instance::new("new", "new", "us-east-1", fixture::now());
    state.create_instance(instance).unwrap();
    assert!(state.instance_in_any_status("new").is_ok());
    assert_eq!(
        state.instance("new").unwrap_err().code,
        "InvalidRequestException"
    );
}

#[test]
fn two_instances_and_no_alias_twice() {
    let mut state = fixture::state();
    let new = |id, alias| Instance::new(id, alias, "us-east-1", fixture::now());
    let error = state
        .create_instance(new("b", LOCAL_INSTANCE_ALIAS))
        .unwrap_err();
    assert_eq!(error.code, "InvalidRequestException");
    state.create_instance(new("b", "second")).unwrap();
    let error = state.create_instance(new("c", "third")).unwrap_err();
    assert_eq!(
        (error.status, error.code.as_ref()),
        (402, "ServiceQuotaExceededException")
    );
}

#[test]
fn with_an_instance_go_its_numbers() {
    let mut state = fixture::state();
    assert_eq!(state.phone_numbers.len(), 2);
    state
        .delete_instance(LOCAL_INSTANCE_ID, fixture::now())
        .unwrap();
    assert!(state.instances.is_empty());
    assert!(state.phone_numbers.is_empty());
}
