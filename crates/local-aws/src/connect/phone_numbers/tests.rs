use super::operations::is_e164;
use super::*;
use crate::connect::fixture;
use crate::connect::instances::LOCAL_INSTANCE_ID;

fn claim(state: &mut State, number: &str) -> ServiceResult<String> {
    let id = format!("id of {number}");
    state
        .claim_phone_number(id, number, LOCAL_INSTANCE_ID, fixture::now())
        .map(|number| number.id.clone())
}

#[test]
fn e164() {
    for good in ["+18005550199", "+44", "+123456789012345"] {
        assert!(is_e164(good), "{good}");
    }
    for bad in ["18005550199", "+0800", "+1", "+1234567890123456", "+1 800"] {
        assert!(!is_e164(bad), "{bad}");
    }
}

#[test]
fn a_claim_is_in_progress_and_then_claimed() {
    let mut state = fixture::state();
    let id = claim(&mut state, "+18005550100").unwrap();
    let status = |state: &State| state.phone_number(&id).unwrap().status;
    assert_eq!(status(&state), ClaimStatus::InProgress);
    assert!(check_claimed(state.phone_number(&id).unwrap()).is_err());
    state.settle_claim(&id);
    assert_eq!(status(&state), ClaimStatus::Claimed);
    let arn = state.phone_number(&id).unwrap().arn.clone();
    assert_eq!(state.phone_number(&arn).unwrap().id, id);
}

#[test]
fn only_available_numbers_can_be_claimed() {
    let mut state = fixture::state();
    // Ours already, and not in the inventory.
    for number in ["+18005550199", "+18005551234"] {
        let error = claim(&mut state, number).unwrap_err();
        assert_eq!(error.code, "ResourceNotFoundException", "{number}");
    }
    let id = claim(&mut state, "+18005550100").unwrap();
    assert!(claim(&mut state, "+18005550100").is_err());
    // A claim that never succeeded leaves no trace; a claimed number cools down.
    state.release_phone_number(&id, fixture::now()).unwrap();
    let id = claim(&mut state, "+18005550100").unwrap();
    state.settle_claim(&id);
    state.release_phone_number(&id, fixture::now()).unwrap();
    assert!(claim(&mut state, "+18005550100").is_err());
    let later = fixture::now() + COOLDOWN_HOURS.hours();
    assert!(!state.is_available("+18005550100", later - 1.second()));
    assert!(state.is_available("+18005550100", later));
}

#[test]
fn beyond_the_quota_a_claim_fails_and_says_why() {
    let mut state = fixture::state();
    let ids: Vec<String> = (0..4)
        .map(|n| claim(&mut state, &format!("+1800555010{n}")).unwrap())
        .collect();
    for id in &ids {
        state.settle_claim(id);
    }
    let status = |id: &String| state.phone_number(id).unwrap().status;
    assert_eq!(status(&ids[2]), ClaimStatus::Claimed);
    assert_eq!(status(&ids[3]), ClaimStatus::Failed);
    let described = state.phone_number(&ids[3]).unwrap().claimed();
    assert!(
        described["PhoneNumberStatus"]["Message"]
            .as_str()
            .unwrap()
            .contains("quota")
    );
}

#[test]
fn a_moved_number_leaves_its_flow_behind() {
    let mut state = fixture::state();
    let mut other = Instance::new("other", "other", "us-east-1", fixture::now());
    other.status = super::super::values::InstanceStatus::Active;
    state.create_instance(other).unwrap();
    let id = state.phone_numbers.keys().next().unwrap().clone();
    state.phone_number_mut(&id).unwrap().flow_id = Some("flow".to_owned());
    let moved = state.move_phone_number(&id, "other").unwrap();
    assert_eq!(moved.flow_id, None);
    assert_eq!(moved.status, ClaimStatus::InProgress);
    assert!(moved.target_arn.ends_with("instance/other"));
}
