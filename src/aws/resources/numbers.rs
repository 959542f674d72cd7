//! Phone numbers as they are: listed, with the flows they ring; looked at, with their tags.

use std::collections::BTreeMap;

use aws_sdk_connect::types::{
    ListFlowAssociationResourceType, ListPhoneNumbersSummary, PhoneNumberCountryCode,
    PhoneNumberStatus, PhoneNumberType, PhoneNumberWorkflowStatus,
};

use super::{ConnectResources, LIST_PAGE, SERVICE};
use crate::aws::consistency::About;
use crate::aws::flows::resource_id;
use crate::aws::instances::instance_id;
use crate::engine::error::FailureKind;
use crate::engine::ports::{ListedNumber, PhoneNumber, PortResult, Silent};

/// Numbers whose flows are asked for at once.
const ASSOCIATIONS: usize = 100;

/// Ids of flows by the ids of the numbers that ring them.
type Bindings = BTreeMap<String, String>;

impl ConnectResources {
    /// The numbers of an instance and the flows that they ring.
    ///
    /// What is documented of BatchGetFlowAssociation speaks of messages alone, though its
    /// model has voice numbers: a number of which it says nothing is looked for in the list
    /// of all associations too. Where that cannot be read, it is in doubt what the number
    /// rings.
    pub(super) async fn list_numbers(&self, instance_arn: &str) -> PortResult<Vec<ListedNumber>> {
        let listed = every!(
            self,
            "ListPhoneNumbersV2",
            instance_arn,
            self.client
                .list_phone_numbers_v2()
                .target_arn(instance_arn)
                .max_results(LIST_PAGE)
        );
        let arns: Vec<String> = listed
            .iter()
            .filter_map(|number| number.phone_number_arn.clone())
            .collect();
        let told = self.bindings(instance_arn, &arns).await?;
        let numbers: Vec<ListedNumber> = listed
            .into_iter()
            .map(|number| read(number, &told))
            .collect::<PortResult<_>>()?;
        if numbers.iter().all(|number| number.flow_id.is_some()) {
            return Ok(numbers);
        }
        let (all, doubt) = match self.all_bindings(instance_arn).await {
            Ok(all) => (all, None),
            Err(failure) => match failure.kind {
                FailureKind::Throttled | FailureKind::Unreachable | FailureKind::Credentials(_) => {
                    return Err(failure);
                }
                _ => (Bindings::new(), Some(failure.to_string())),
            },
        };
        let checked = |number: ListedNumber| match number.flow_id {
            Some(_) => number,
            None => ListedNumber {
                flow_id: all.get(&number.id).cloned(),
                doubt: doubt.clone(),
                ..number
            },
        };
        Ok(numbers.into_iter().map(checked).collect())
    }

    /// The flows that these numbers, by ARN, are said to ring.
    async fn bindings(&self, instance: &str, numbers: &[String]) -> PortResult<Bindings> {
        const GET: &str = "BatchGetFlowAssociation";
        let mut bindings = Bindings::new();
        for arns in numbers.chunks(ASSOCIATIONS) {
            self.pace.admit(GET).await;
            let found = self
                .client
                .batch_get_flow_association()
                .instance_id(instance_id(instance))
                .set_resource_ids(Some(arns.to_vec()))
                .resource_type(ListFlowAssociationResourceType::VoicePhoneNumber)
                .send()
                .await
                .map_err(|error| SERVICE.failure(GET, error))?;
            for association in found.flow_association_summary_list.unwrap_or_default() {
                if let (Some(number), Some(flow)) = (association.resource_id, association.flow_id) {
                    bindings.insert(
                        resource_id(&number).to_owned(),
                        resource_id(&flow).to_owned(),
                    );
                }
            }
        }
        Ok(bindings)
    }

    /// The flows of everything that is associated with one.
    async fn all_bindings(&self, instance: &str) -> PortResult<Bindings> {
        const LIST: &str = "ListFlowAssociations";
        let mut bindings = Bindings::new();
        let mut page: Option<String> = None;
        loop {
            let names = [instance_id(instance)];
            let list = || async {
                self.pace.admit(LIST).await;
                self.client
                    .list_flow_associations()
                    .instance_id(instance_id(instance))
                    .max_results(LIST_PAGE)
                    .set_next_token(page.clone())
                    .send()
                    .await
                    .map_err(|error| SERVICE.failure(LIST, error))
            };
            let found = self
                .consistency
                .settled(About::names(&names), &Silent, list)
                .await?;
            for association in found.flow_association_summary_list.unwrap_or_default() {
                if let (Some(number), Some(flow)) = (association.resource_id, association.flow_id) {
                    bindings.insert(
                        resource_id(&number).to_owned(),
                        resource_id(&flow).to_owned(),
                    );
                }
            }
            page = found.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(bindings);
            }
        }
    }

    /// A number with its tags, and how its claim stands.
    pub(super) async fn describe_number(
        &self,
        id: &str,
    ) -> PortResult<(PhoneNumber, PhoneNumberStatus)> {
        const DESCRIBE: &str = "DescribePhoneNumber";
        self.pace.admit(DESCRIBE).await;
        let found = self
            .client
            .describe_phone_number()
            .phone_number_id(id)
            .send()
            .await
            .map_err(|error| SERVICE.failure(DESCRIBE, error))?
            .claimed_phone_number_summary
            .ok_or_else(|| SERVICE.incomplete(DESCRIBE, "ClaimedPhoneNumberSummary"))?;
        let status = found.phone_number_status;
        let status = status.unwrap_or_else(|| PhoneNumberStatus::builder().build());
        let country = found.phone_number_country_code.as_ref();
        let number_type = found.phone_number_type.as_ref();
        let number = PhoneNumber {
            id: found.phone_number_id.unwrap_or_else(|| id.to_owned()),
            arn: found
                .phone_number_arn
                .ok_or_else(|| SERVICE.incomplete(DESCRIBE, "PhoneNumberArn"))?,
            number: found
                .phone_number
                .ok_or_else(|| SERVICE.incomplete(DESCRIBE, "PhoneNumber"))?,
            country: text(country.map(PhoneNumberCountryCode::as_str)),
            number_type: text(number_type.map(PhoneNumberType::as_str)),
            flow_id: None,
            doubt: None,
            tags: found.tags.unwrap_or_default().into_iter().collect(),
        };
        Ok((number, status))
    }

    /// A listed number with its tags, which only a look at it tells.
    pub(super) async fn tagged_number(
        &self,
        listed: &ListedNumber,
    ) -> PortResult<Option<PhoneNumber>> {
        match self.describe_number(&listed.id).await {
            Ok((_, claim)) if claim.status == Some(PhoneNumberWorkflowStatus::Failed) => Ok(None),
            Ok((number, _)) => Ok(Some(PhoneNumber {
                flow_id: listed.flow_id.clone(),
                doubt: listed.doubt.clone(),
                ..number
            })),
            // Released since it was listed.
            Err(failure) if failure.kind == FailureKind::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

fn read(listed: ListPhoneNumbersSummary, bindings: &Bindings) -> PortResult<ListedNumber> {
    const LIST: &str = "ListPhoneNumbersV2";
    let id = listed
        .phone_number_id
        .ok_or_else(|| SERVICE.incomplete(LIST, "PhoneNumberId"))?;
    let country = listed.phone_number_country_code.as_ref();
    let number_type = listed.phone_number_type.as_ref();
    Ok(ListedNumber {
        flow_id: bindings.get(&id).cloned(),
        id,
        number: listed
            .phone_number
            .ok_or_else(|| SERVICE.incomplete(LIST, "PhoneNumber"))?,
        country: text(country.map(PhoneNumberCountryCode::as_str)),
        number_type: text(number_type.map(PhoneNumberType::as_str)),
        doubt: None,
    })
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
