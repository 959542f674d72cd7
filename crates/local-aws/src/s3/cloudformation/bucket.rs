//! `AWS::S3::Bucket`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::super::blobs::Blobs;
use super::super::state::{Bucket as StoredBucket, bucket_arn};
use super::properties::Properties;
use crate::core::error::ServiceError;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::S3::Bucket`.
#[derive(Debug)]
pub struct Bucket;

fn name(context: &Context<'_>, properties: &Properties) -> String {
    properties
        .bucket_name
        .clone()
        .unwrap_or_else(|| context.generated_name(63).to_ascii_lowercase())
}

fn created(context: &Context<'_>, name: &str) -> Created {
    let region = &context.world.region;
    let attributes = [
        ("Arn", bucket_arn(name)),
        ("DomainName", format!("{name}.s3.amazonaws.com")),
        (
            "DualStackDomainName",
            format!("{name}.s3.dualstack.{region}.amazonaws.com"),
        ),
        (
            "RegionalDomainName",
            format!("{name}.s3.{region}.amazonaws.com"),
        ),
    ];
    Created {
        physical_id: name.to_owned(),
        attributes: BTreeMap::from(
            attributes.map(|(attribute, value)| (attribute.to_owned(), json!(value))),
        ),
    }
}

#[async_trait]
impl ResourceType for Bucket {
    fn name(&self) -> &'static str {
        "AWS::S3::Bucket"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("BucketEncryption", OnChange::Update),
                Property::optional("BucketName", OnChange::Replace),
                Property::optional("LifecycleConfiguration", OnChange::Update),
                Property::optional("OwnershipControls", OnChange::Update),
                Property::optional("PublicAccessBlockConfiguration", OnChange::Update),
                Property::optional("Tags", OnChange::Update),
                Property::optional("VersioningConfiguration", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &[
            "Arn",
            "DomainName",
            "DualStackDomainName",
            "RegionalDomainName",
        ]
    }

    fn name_property(&self) -> Option<&'static str> {
        Some("BucketName")
    }

    fn exists(&self, state: &crate::core::state::State, name: &str) -> bool {
        state.of::<crate::s3::State>().bucket(name).is_ok()
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let (wanted, settings) = Properties::read(context.logical_id, properties)?;
        let name = name(context, &wanted);
        let mut bucket = StoredBucket::new(&name, context.world.ids.uuid(), context.call.now);
        bucket.tags = context.tags(wanted.tags.as_ref());
        settings.begin(&mut bucket);
        let added = context
            .world
            .write(|state| state.of_mut::<crate::s3::State>().add_bucket(bucket));
        added.map_err(|error| {
            if error.code == "BucketAlreadyOwnedByYou" {
                // CloudFormation never takes over what is there.
                return ServiceError::new(
                    409,
                    "BucketAlreadyExists",
                    format!("{name} already exists"),
                );
            }
            error
        })?;
        Ok(created(context, &name))
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        let (wanted, _) = Properties::read(context.logical_id, properties)?;
        let name = name(context, &wanted);
        Ok(context.world.read(|state| {
            let bucket = state.of::<crate::s3::State>().bucket(&name).ok()?;
            let tag = |name: &str| bucket.tags.get(&format!("aws:cloudformation:{name}"));
            let ours = tag("stack-id").is_some_and(|id| id == context.stack_id)
                && tag("logical-id").is_some_and(|id| id == context.logical_id);
            ours.then(|| created(context, &name))
        }))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let (_, before) = Properties::read(context.logical_id, before)?;
        let (wanted, after) = Properties::read(context.logical_id, after)?;
        let tags = context.tags(wanted.tags.as_ref());
        context.world.write(|state| {
            let bucket = state.of_mut::<crate::s3::State>().bucket_mut(physical_id)?;
            after.change(&before, bucket);
            bucket.tags = tags;
            Ok(created(context, physical_id))
        })
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        let deleted = context.world.write(|state| {
            state
                .of_mut::<crate::s3::State>()
                .delete_bucket(physical_id)
        });
        match deleted {
            Ok(bucket) => {
                context.world.flush()?;
                Blobs::below(&context.world.service_dir("s3")).remove_folder(&bucket.folder);
                Ok(())
            }
            Err(error) if error.code == "NoSuchBucket" => Ok(()),
            // `BucketNotEmpty` as on AWS: a stack never takes objects along.
            Err(error) => Err(error),
        }
    }
}
