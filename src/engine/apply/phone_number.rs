//! A phone number: claimed when none is free and that was asked for, then bound.

use super::Work;
use crate::engine::desired::{OWNERSHIP_TAGS, TAG_NAME};
use crate::engine::diff::choose;
use crate::engine::error::EngineError;
use crate::engine::plan::{Change, digest};
use crate::engine::text::Reference;

impl Work<'_> {
    pub(super) async fn phone_number(&self, change: &Change) -> Result<String, EngineError> {
        let name = &change.resource.name;
        let prepared = self.prepared;
        let Some(wanted) = prepared.desired.phone_numbers.get(name) else {
            return Ok(String::new());
        };
        let instance = &prepared.observed.instance;
        let resources = &self.ports.resources;
        let mut tags = prepared.desired.tags();
        tags.insert(TAG_NAME.to_owned(), name.clone());
        let reference = Reference::Flow(wanted.flow.clone());
        let values = self.values();
        let flow = values
            .get(&reference)
            .ok_or_else(|| values.unresolved(&change.resource, &reference))?;
        let flow_id = flow.rsplit('/').next().unwrap_or(&flow);
        let number = match choose(&prepared.desired, &prepared.observed, name) {
            Some(number) => number.clone(),
            None => {
                // The same for every run of this plan: a repeated claim is the same claim.
                let token = digest(format!("{}{name}", prepared.plan.digest()).as_bytes());
                let notes = self.notes(change);
                resources
                    .claim_phone_number(
                        &instance.arn,
                        &wanted.country,
                        &wanted.number_type,
                        &tags,
                        &token,
                        &notes,
                    )
                    .await
                    .map_err(self.failed(change, "claiming a number"))?
            }
        };
        // Tagged first: a number that is bound and not marked as ours would be nobody's.
        self.ports
            .flows
            .tag(&number.arn, &tags)
            .await
            .map_err(self.failed(change, "tagging the number"))?;
        resources
            .bind_phone_number(&instance.id, &number.id, flow_id)
            .await
            .map_err(self.failed(change, "binding the number"))?;
        self.learn(|values| values.set(Reference::Phone(name.clone()), &number.number));
        Ok(format!("{} rings the flow {}", number.number, wanted.flow))
    }

    /// Unbinds a number that the manifest no longer has; it stays claimed.
    pub(super) async fn leave_phone_number(&self, change: &Change) -> Result<String, EngineError> {
        let observed = &self.prepared.observed;
        let Some(number) = observed
            .phone_numbers
            .iter()
            .find(|number| number.number == change.physical)
        else {
            return Ok(String::new());
        };
        if number.flow_id.is_some() {
            self.ports
                .resources
                .unbind_phone_number(&observed.instance.id, &number.id)
                .await
                .map_err(self.failed(change, "unbinding the number"))?;
        }
        self.ports
            .flows
            .untag(&number.arn, &OWNERSHIP_TAGS)
            .await
            .map_err(self.failed(change, "untagging the number"))?;
        Ok("the number stays claimed".to_owned())
    }
}
