//! `AWS::S3::BucketPolicy`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::access;
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};
use crate::core::state::State;

/// `AWS::S3::BucketPolicy`.
#[derive(Debug)]
pub struct BucketPolicy;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    #[serde(deserialize_with = "property::text")]
    bucket: String,
    policy_document: Value,
}

impl Properties {
    fn read(context: &Context<'_>, properties: &Map<String, Value>) -> Result<Self, ServiceError> {
        property::read(context.logical_id, properties)
    }

    /// A document is JSON, or text of JSON.
    fn document(&self) -> String {
        match &self.policy_document {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    fn put(&self, state: &mut State) -> Result<(), ServiceError> {
        let document = self.document();
        let block = state
            .of::<crate::s3::State>()
            .bucket(&self.bucket)?
            .public_access_block
            .is_some_and(|block| block.block_public_policy);
        access::check_policy(
            &document,
            &self.bucket,
            state.of::<crate::iam::State>(),
            block,
        )?;
        state
            .of_mut::<crate::s3::State>()
            .bucket_mut(&self.bucket)?
            .policy = Some(document);
        Ok(())
    }
}

fn created(bucket: &str) -> Created {
    Created {
        physical_id: bucket.to_owned(),
        attributes: BTreeMap::new(),
    }
}

#[async_trait]
impl ResourceType for BucketPolicy {
    fn name(&self) -> &'static str {
        "AWS::S3::BucketPolicy"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("Bucket", OnChange::Replace),
                Property::required("PolicyDocument", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &[]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let wanted = Properties::read(context, properties)?;
        context.world.write(|state| {
            if state
                .of::<crate::s3::State>()
                .bucket(&wanted.bucket)?
                .policy
                .is_some()
            {
                return Err(ServiceError::new(
                    409,
                    "AlreadyExists",
                    format!(
                        "The bucket policy already exists on bucket {}.",
                        wanted.bucket
                    ),
                ));
            }
            wanted.put(state)?;
            Ok(created(&wanted.bucket))
        })
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        let wanted = Properties::read(context, properties)?;
        // A policy carries no tags: the same document is the one that was being put.
        Ok(context.world.read(|state| {
            let bucket = state.of::<crate::s3::State>().bucket(&wanted.bucket).ok()?;
            (bucket.policy.as_deref() == Some(&wanted.document())).then(|| created(&wanted.bucket))
        }))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let wanted = Properties::read(context, after)?;
        context.world.write(|state| {
            wanted.put(state)?;
            Ok(created(physical_id))
        })
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        context.world.write(|state| {
            // Gone already, with its bucket or without, is as good.
            if let Ok(bucket) = state.of_mut::<crate::s3::State>().bucket_mut(physical_id) {
                bucket.policy = None;
            }
            Ok(())
        })
    }
}
