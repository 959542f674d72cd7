//! Topics: names to publish to. Nobody can subscribe here; what is published is kept to be
//! looked at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{State, invalid};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::world::ACCOUNT;

/// A topic.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Topic {
    pub attributes: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
}

/// The key that AWS keeps for SNS in every account. Others would have to be looked up in KMS.
const AWS_MANAGED_KEY: &str = "alias/aws/sns";

/// `NotFound` (404).
pub(super) fn no_such_topic() -> ServiceError {
    ServiceError::new(404, "NotFound", "Topic does not exist")
}

/// The name of a topic of this account in its ARN.
///
/// # Errors
/// `InvalidParameter` for what is no ARN of a topic, `NotFound` for one of another account.
pub(super) fn name_in_arn<'a>(arn: &'a str, region: &str) -> ServiceResult<&'a str> {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", "aws", "sns", of_region, ACCOUNT, name]
            if *of_region == region && is_name(name) =>
        {
            Ok(name)
        }
        ["arn", "aws", "sns", _, account, name] if account.len() == 12 && is_name(name) => {
            Err(no_such_topic())
        }
        ["arn", "aws", "sns", ..] if parts.len() > 6 || arn.contains("/") => Err(
            ServiceError::not_implemented(format!("the SNS resource {arn}")),
        ),
        _ => Err(invalid("TopicArn")),
    }
}

fn is_name(name: &str) -> bool {
    (1..=256).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Checks the tags of a topic.
fn check_tags(tags: &BTreeMap<String, String>) -> ServiceResult<()> {
    let ok = tags.iter().all(|(key, value)| {
        (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256
    });
    if !ok {
        return Err(invalid(
            "Tags Reason: a key or a value is too short or too long",
        ));
    }
    if tags.len() > 50 {
        return Err(ServiceError::new(
            400,
            "TagLimitExceeded",
            "A topic may have at most 50 tags",
        ));
    }
    Ok(())
}

fn check_attributes(attributes: &BTreeMap<String, String>) -> ServiceResult<()> {
    for (name, value) in attributes {
        match name.as_str() {
            "DisplayName" if value.chars().count() <= 100 => {}
            "DisplayName" => return Err(invalid("Attributes Reason: DisplayName too long")),
            "KmsMasterKeyId" if value.is_empty() || value == AWS_MANAGED_KEY => {}
            other => {
                return Err(ServiceError::not_implemented(format!(
                    "the topic attribute {other}={value}"
                )));
            }
        }
    }
    Ok(())
}

impl State {
    /// `CreateTopic`; the same again is as good.
    ///
    /// # Errors
    /// `InvalidParameter`; attributes that are not implemented, by name.
    pub(super) fn create_topic(
        &mut self,
        name: &str,
        attributes: BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
    ) -> ServiceResult<()> {
        if name.strip_suffix(".fifo").is_some_and(is_name) {
            return Err(ServiceError::not_implemented("FIFO topics"));
        }
        if !is_name(name) {
            return Err(invalid("Topic Name"));
        }
        check_attributes(&attributes)?;
        check_tags(&tags)?;
        if let Some(topic) = self.topics.get(name) {
            let same =
                |(name, value): (&String, &String)| topic.attributes.get(name) == Some(value);
            if !attributes.iter().all(same) {
                return Err(invalid(
                    "Attributes Reason: Topic already exists with different attributes",
                ));
            }
            if !tags
                .iter()
                .all(|(key, value)| topic.tags.get(key) == Some(value))
            {
                return Err(invalid(
                    "Tags Reason: Topic already exists with different tags",
                ));
            }
            return Ok(());
        }
        self.topics
            .insert(name.to_owned(), Topic { attributes, tags });
        Ok(())
    }

    /// Makes a topic like this, whatever it is now.
    ///
    /// # Errors
    /// As of [`State::create_topic`], and `NotFound`.
    pub(super) fn set_topic(
        &mut self,
        name: &str,
        attributes: BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
    ) -> ServiceResult<()> {
        check_attributes(&attributes)?;
        check_tags(&tags)?;
        let topic = self.topics.get_mut(name).ok_or_else(no_such_topic)?;
        *topic = Topic { attributes, tags };
        Ok(())
    }

    /// `DeleteTopic`; a topic that is not there is as good (AWS API reference).
    pub(super) fn delete_topic(&mut self, name: &str) {
        self.topics.remove(name);
    }

    /// The topic of that name.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn topic(&self, name: &str) -> ServiceResult<&Topic> {
        self.topics.get(name).ok_or_else(no_such_topic)
    }

    /// The names, in order.
    pub(super) fn topic_names(&self) -> impl Iterator<Item = &String> {
        self.topics.keys()
    }
}

impl Topic {
    /// `GetTopicAttributes`.
    pub fn shown(&self, arn: &str) -> BTreeMap<String, String> {
        let mut shown = BTreeMap::from(
            [
                ("TopicArn", arn),
                ("Owner", ACCOUNT),
                ("DisplayName", ""),
                ("SubscriptionsConfirmed", "0"),
                ("SubscriptionsDeleted", "0"),
                ("SubscriptionsPending", "0"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        shown.insert("Policy".to_owned(), default_policy(arn));
        let given = self
            .attributes
            .iter()
            .filter(|(_, value)| !value.is_empty());
        shown.extend(given.map(|(name, value)| (name.clone(), value.clone())));
        shown
    }

    /// Why an alarm cannot publish to it, if so: CloudWatch has no right to the key that AWS
    /// keeps for SNS (AWS docs, "Encrypting Amazon SNS topics… for event sources").
    pub fn closed_to_alarms(&self) -> Option<&'static str> {
        let key = self.attributes.get("KmsMasterKeyId")?;
        (key == AWS_MANAGED_KEY)
            .then_some("KMSAccessDenied: CloudWatch may not use the key alias/aws/sns")
    }
}

/// The policy that AWS gives a topic: everybody of the account.
fn default_policy(arn: &str) -> String {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission",
                "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe",
                "SNS:ListSubscriptionsByTopic", "SNS:Publish",
            ],
            "Resource": arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
        }],
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_topic_is_made_once_and_not_otherwise_again() {
        let mut state = State::default();
        let mut create = |name: &str, attributes: &[(&str, &str)]| {
            state
                .create_topic(name, given(attributes), BTreeMap::new())
                .map_err(|error| error.code.into_owned())
        };
        assert_eq!(create("t", &[("DisplayName", "a")]), Ok(()));
        assert_eq!(create("t", &[]), Ok(()));
        let invalid = Err("InvalidParameter".to_owned());
        assert_eq!(create("t", &[("DisplayName", "b")]), invalid);
        assert_eq!(create("a b", &[]), invalid);
        let absent = Err("NotImplementedByLocalAws".to_owned());
        assert_eq!(create("t.fifo", &[]), absent);
        assert_eq!(create("u", &[("KmsMasterKeyId", "alias/own")]), absent);
        assert_eq!(create("u", &[("Policy", "{}")]), absent);
    }

    #[test]
    fn a_topic_is_named_by_its_arn() {
        for (arn, expected) in [
            ("arn:aws:sns:us-east-1:000000000000:t", Ok("t")),
            ("arn:aws:sns:eu-west-1:000000000000:t", Err("NotFound")),
            ("arn:aws:sns:us-east-1:111122223333:t", Err("NotFound")),
            (
                "arn:aws:sns:us-east-1:000000000000:",
                Err("InvalidParameter"),
            ),
            (
                "arn:aws:sns:us-east-1:000000000000:t:subscription",
                Err("NotImplementedByLocalAws"),
            ),
            ("t", Err("InvalidParameter")),
        ] {
            let found = name_in_arn(arn, "us-east-1").map_err(|error| error.code.into_owned());
            assert_eq!(found, expected.map_err(str::to_owned), "{arn}");
        }
    }

    #[test]
    fn alarms_cannot_use_the_key_that_aws_keeps() {
        let mut state = State::default();
        let key = given(&[("KmsMasterKeyId", AWS_MANAGED_KEY)]);
        state.create_topic("t", key, BTreeMap::new()).unwrap();
        assert!(state.topic("t").unwrap().closed_to_alarms().is_some());
        state
            .set_topic("t", BTreeMap::new(), BTreeMap::new())
            .unwrap();
        assert_eq!(state.topic("t").unwrap().closed_to_alarms(), None);
    }
}
