//! Which flow answers on which phone number.

use serde_json::{Value, json};

use super::arns::FlowReference;
use super::instances::Instance;
use super::page::page;
use super::phone_numbers::{PhoneNumber, check_claimed};
use super::values::{FlowAssociationType, FlowStatus, FlowType};
use super::{Exchange, State, consistency, errors, present};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;

impl State {
    /// Lets a flow answer on a number.
    ///
    /// # Errors
    /// `ResourceNotFoundException` for a number or flow that the instance does
    /// not have; `InvalidParameterException` for a number not yet claimed and a
    /// flow that cannot answer calls.
    pub fn associate_flow(
        &mut self,
        number: &str,
        instance: &str,
        flow: &str,
    ) -> ServiceResult<()> {
        let instance = self.instance(instance)?;
        let reference = FlowReference::parse(&instance.arn, flow)?;
        let flow = instance.flow(&reference.id)?;
        if flow.flow_type != FlowType::ContactFlow {
            return Err(errors::invalid_parameter(format!(
                "The flow {} is of the type {}: only CONTACT_FLOW answers calls.",
                flow.name,
                flow.flow_type.api_name()
            )));
        }
        if flow.status() != FlowStatus::Published {
            return Err(errors::invalid_parameter(format!(
                "The flow {} has not been published.",
                flow.name
            )));
        }
        check_claimed(self.number_of(number, instance)?)?;
        self.phone_number_mut(number)?.flow_id = Some(reference.id);
        Ok(())
    }

    /// Lets no flow answer on a number.
    ///
    /// # Errors
    /// `ResourceNotFoundException` for a number that the instance does not have.
    pub fn disassociate_flow(&mut self, number: &str, instance: &str) -> ServiceResult<()> {
        let instance = self.instance(instance)?;
        self.number_of(number, instance)?;
        self.phone_number_mut(number)?.flow_id = None;
        Ok(())
    }

    fn number_of(&self, number: &str, instance: &Instance) -> ServiceResult<&PhoneNumber> {
        let found = self.phone_number(number)?;
        if found.instance_id == instance.id {
            Ok(found)
        } else {
            Err(errors::not_found(format!(
                "The phone number {number} is not claimed to the instance {}.",
                instance.id
            )))
        }
    }

    /// The numbers of an instance on which a flow answers.
    fn answering<'s>(&'s self, instance: &'s Instance) -> impl Iterator<Item = &'s PhoneNumber> {
        self.phone_numbers
            .values()
            .filter(|number| number.instance_id == instance.id && number.flow_id.is_some())
    }
}

fn summary(instance: &Instance, number: &PhoneNumber) -> Value {
    let flow = number.flow_id.as_deref().unwrap_or_default();
    json!({
        "ResourceId": number.arn,
        "FlowId": format!("{}/contact-flow/{flow}", instance.arn),
        "ResourceType": FlowAssociationType::VoicePhoneNumber,
    })
}

/// `AssociatePhoneNumberContactFlow`.
pub fn associate(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["InstanceId", "ContactFlowId"], &[])?;
    let number = input.label("PhoneNumberId")?;
    let instance = input.required("InstanceId", 1, 100)?;
    let flow = input.required("ContactFlowId", 1, 500)?;
    exchange.world.write(|state| {
        state
            .of_mut::<crate::connect::State>()
            .associate_flow(number, instance, flow)
    })?;
    Ok(Response::empty(200))
}

/// `DisassociatePhoneNumberContactFlow`.
pub fn disassociate(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["instanceId"])?;
    let number = input.label("PhoneNumberId")?;
    let instance = input.required_query("instanceId")?;
    input.check_length("instanceId", instance, 1, 100)?;
    exchange.world.write(|state| {
        state
            .of_mut::<crate::connect::State>()
            .disassociate_flow(number, instance)
    })?;
    Ok(Response::empty(200))
}

/// Only phone numbers are associated with flows here.
fn check_type(kind: Option<FlowAssociationType>) -> ServiceResult<()> {
    match kind {
        None | Some(FlowAssociationType::VoicePhoneNumber) => Ok(()),
        Some(other) => Err(ServiceError::not_implemented(format!(
            "flow associations of {} in connect",
            other.api_name()
        ))),
    }
}

/// `BatchGetFlowAssociation`.
pub fn batch_get(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["ResourceIds", "ResourceType"], &[])?;
    let instance_id = input.instance()?;
    check_type(input.choice("ResourceType")?)?;
    let wanted = input.texts("ResourceIds", 100)?;
    if wanted.is_empty() {
        return Err(input.missing("ResourceIds"));
    }
    if let Some(other) = wanted.iter().find(|id| !id.starts_with("arn:")) {
        return Err(input.invalid(format!("The resource id {other} is no ARN.")));
    }
    exchange.world.read(|state| {
        let instance = state.of::<crate::connect::State>().instance(instance_id)?;
        let found: Vec<Value> = state
            .of::<crate::connect::State>()
            .answering(instance)
            .filter(|number| wanted.contains(&number.arn))
            .filter(|_| consistency::knows_voice_associations(state))
            .map(|number| summary(instance, number))
            .collect();
        Response::json(&json!({ "FlowAssociationSummaryList": found }))
    })
}

/// `ListFlowAssociations`.
pub fn list(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["ResourceType", "nextToken", "maxResults"])?;
    let instance_id = input.instance()?;
    let kinds: Vec<FlowAssociationType> = input.query_choices("ResourceType", 1)?;
    check_type(kinds.first().copied())?;
    let most = input.query_max_results(1000, 100)?;
    exchange.world.read(|state| {
        let instance = state.of::<crate::connect::State>().instance(instance_id)?;
        let page = page(
            "ListFlowAssociations",
            state
                .of::<crate::connect::State>()
                .answering(instance)
                .collect(),
            |number| number.arn.clone(),
            input.query("nextToken"),
            most,
        )?;
        let items: Vec<Value> = page
            .items
            .into_iter()
            .map(|number| summary(instance, number))
            .collect();
        Response::json(&present(json!({
            "FlowAssociationSummaryList": items,
            "NextToken": page.next_token,
        })))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::super::instances::LOCAL_INSTANCE_ID;
    use super::*;

    #[test]
    fn only_a_published_inbound_flow_answers() {
        let mut state = fixture::state();
        let number = state.phone_numbers.keys().next().unwrap().clone();
        let associate =
            |state: &mut State, flow: &str| state.associate_flow(&number, LOCAL_INSTANCE_ID, flow);

        let hold = fixture::instance(&state)
            .flows
            .values()
            .next()
            .unwrap()
            .id
            .clone();
        let error = associate(&mut state, &hold).unwrap_err();
        assert!(error.message.contains("only CONTACT_FLOW"), "{error}");

        let draft = fixture::add_flow(&mut state, "draft", FlowStatus::Saved);
        let error = associate(&mut state, &draft).unwrap_err();
        assert_eq!(error.code, "InvalidParameterException");
        assert_eq!(
            associate(&mut state, "absent").unwrap_err().code,
            "ResourceNotFoundException"
        );

        let live = fixture::add_flow(&mut state, "live", FlowStatus::Published);
        associate(&mut state, &live).unwrap();
        assert_eq!(
            state.phone_number(&number).unwrap().flow_id,
            Some(live.clone())
        );
        let instance = fixture::instance(&state);
        assert_eq!(state.answering(instance).count(), 1);
        assert!(
            summary(instance, state.phone_number(&number).unwrap())["FlowId"]
                .as_str()
                .unwrap()
                .ends_with(&format!("/contact-flow/{live}"))
        );
        state.disassociate_flow(&number, LOCAL_INSTANCE_ID).unwrap();
        assert_eq!(state.phone_number(&number).unwrap().flow_id, None);
    }
}
