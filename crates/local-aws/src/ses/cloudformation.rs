//! `AWS::SES::EmailIdentity` (AWS resource reference). What else it has (DKIM keys of one's own,
//! a MAIL FROM domain, a configuration set) is not implemented.

use serde_json::Value;

use super::identities::{is_address, normal};
use super::{State, operations};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::declare;
use crate::core::resource::{Context, Created, Declared, Known, Resource, deleted};

declare! {
    /// `AWS::SES::EmailIdentity`.
    pub struct EmailIdentity is "AWS::SES::EmailIdentity" gives [
        "DkimDNSTokenName1",
        "DkimDNSTokenName2",
        "DkimDNSTokenName3",
        "DkimDNSTokenValue1",
        "DkimDNSTokenValue2",
        "DkimDNSTokenValue3"
    ] {
        required email_identity: String => Name,
        optional feedback_attributes: Feedback => Update,
        optional tags: Value => Update,
    }
}

declare! {
    /// `FeedbackAttributes`.
    pub struct Feedback {
        optional email_forwarding_enabled: bool,
    }
}

impl EmailIdentity {
    fn feedback(&self) -> bool {
        let given = self.feedback_attributes.as_ref();
        given
            .and_then(|given| given.email_forwarding_enabled)
            .unwrap_or(true)
    }

    /// The identity with its three records, which an address does not have.
    fn of(context: &Context<'_>, name: &str) -> ServiceResult<Created> {
        let tokens = context.world.read(|state| {
            let identity = state.of::<State>().identities.get(name)?;
            Ok::<_, ServiceError>(identity.tokens.clone())
        })?;
        let records: Vec<(String, String)> = (0..3)
            .map(|number| match tokens.get(number) {
                Some(token) if !is_address(name) => (
                    format!("{token}._domainkey.{name}"),
                    format!("{token}.dkim.amazonses.com"),
                ),
                _ => (String::new(), String::new()),
            })
            .collect();
        let names = records.iter().map(|(name, _)| name.as_str());
        let values = records.iter().map(|(_, value)| value.as_str());
        let attributes: Vec<&str> = names.chain(values).collect();
        Ok(Self::created(name, &attributes))
    }
}

impl Resource for EmailIdentity {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let name = normal(&self.email_identity)?;
        let mut identity = operations::made(context.world, &name, context.tags(self.tags.as_ref()));
        identity.feedback = self.feedback();
        let made = context.world.write(|state| {
            let identities = &mut state.of_mut::<State>().identities;
            identities.create(&name, identity)
        });
        // As CloudFormation tells it, whatever SES says.
        made.map_err(|_| {
            ServiceError::new(
                400,
                "AlreadyExists",
                format!(
                    "Resource of type '{}' with identifier '{name}' already exists.",
                    Self::NAME
                ),
            )
        })?;
        Self::of(context, &name)
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let name = normal(&self.email_identity)?;
        let owned = context.world.read(|state| {
            let identity = state.of::<State>().identities.get(&name);
            identity.is_ok_and(|identity| context.owns(&identity.tags))
        });
        owned.then(|| Self::of(context, &name)).transpose()
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let tags = context.tags(self.tags.as_ref());
        context.world.write(|state| {
            let identities = &mut state.of_mut::<State>().identities;
            let identity = identities.get_mut(known.physical_id)?;
            identity.tags = tags;
            identity.feedback = self.feedback();
            Ok::<_, ServiceError>(())
        })?;
        Self::of(context, known.physical_id)
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let outcome = context.world.write(|state| {
            let identities = &mut state.of_mut::<State>().identities;
            identities.delete(known.physical_id)
        });
        deleted(outcome, "NotFoundException")
    }
}
