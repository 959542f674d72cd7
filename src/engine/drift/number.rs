//! Whether somebody gave a number of ours another flow. The flows of the deployment are
//! known by their tags, those too that left the manifest.

use crate::engine::desired::{Desired, TAG_NAME};
use crate::engine::observe::Observed;

/// The id of the flow of others that a number rings, by its name in the manifest.
pub(super) fn rebound(desired: &Desired, observed: &Observed, name: &str) -> Option<String> {
    let number = observed.phone_numbers.iter().find(|number| {
        desired.owns(&number.tags) && number.tags.get(TAG_NAME).is_some_and(|tag| tag == name)
    })?;
    let rung = number.flow_id.as_ref()?;
    let is_ours = observed.flows.values().any(|flow| flow.id == *rung);
    (!is_ours).then(|| rung.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ports::{FlowState, FlowStatus, ObservedFlow, PhoneNumber, Tags};

    #[test]
    fn a_number_of_ours_is_rebound_when_it_rings_none_of_our_flows() {
        let desired = Desired {
            solution: "numbers".to_owned(),
            environment: "default".to_owned(),
            ..Desired::default()
        };
        let rebound = |flow: Option<&str>, tags: Tags| {
            let mut observed = crate::engine::wanted::tests::observed();
            // It may have left the manifest: its tags make it ours.
            let ours = ObservedFlow {
                id: "ours".to_owned(),
                arn: "arn".to_owned(),
                name: "Flow".to_owned(),
                flow_type: "CONTACT_FLOW".to_owned(),
                description: String::new(),
                status: FlowStatus::Published,
                state: FlowState::Active,
                tags: Tags::new(),
                content_sha256: None,
            };
            observed.flows = [("left".to_owned(), ours)].into();
            observed.phone_numbers = vec![PhoneNumber {
                id: "n".to_owned(),
                arn: "arn".to_owned(),
                number: "+18005550199".to_owned(),
                country: "US".to_owned(),
                number_type: "TOLL_FREE".to_owned(),
                flow_id: flow.map(str::to_owned),
                doubt: None,
                tags,
            }];
            super::rebound(&desired, &observed, "main")
        };
        let mut tags = desired.tags();
        tags.insert(TAG_NAME.to_owned(), "main".to_owned());
        assert_eq!(
            rebound(Some("theirs"), tags.clone()),
            Some("theirs".to_owned())
        );
        assert_eq!(rebound(Some("ours"), tags.clone()), None);
        assert_eq!(rebound(None, tags.clone()), None);
        assert_eq!(
            rebound(Some("theirs"), Tags::new()),
            None,
            "nobody's number"
        );
        tags.insert(TAG_NAME.to_owned(), "other".to_owned());
        assert_eq!(rebound(Some("theirs"), tags), None, "another's name");
    }
}
