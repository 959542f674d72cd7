//! `AWS::S3::BucketPolicy`.

use serde_json::Value;

use super::super::access;
use super::super::state::State as Buckets;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::{self, declare};
use crate::core::resource::{Context, Created, Declared, Known, Resource};
use crate::core::state::State;

declare! {
    /// `AWS::S3::BucketPolicy`.
    pub struct BucketPolicy is "AWS::S3::BucketPolicy" gives [] {
        required bucket: String => Replace,
        required policy_document: Value => Update,
    }
}

impl BucketPolicy {
    fn put(&self, state: &mut State) -> ServiceResult<()> {
        let document = property::document(&self.policy_document);
        let bucket = state.of::<Buckets>().bucket(&self.bucket)?;
        let block = bucket
            .public_access_block
            .is_some_and(|block| block.block_public_policy);
        let iam = state.of::<crate::iam::State>();
        access::check_policy(&document, &self.bucket, iam, block)?;
        let bucket = state.of_mut::<Buckets>().bucket_mut(&self.bucket)?;
        bucket.policy = Some(document);
        Ok(())
    }
}

impl Resource for BucketPolicy {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        context.world.write(|state| {
            let bucket = state.of::<Buckets>().bucket(&self.bucket)?;
            if bucket.policy.is_some() {
                return Err(ServiceError::new(
                    409,
                    "AlreadyExists",
                    format!(
                        "The bucket policy already exists on bucket {}.",
                        self.bucket
                    ),
                ));
            }
            self.put(state)?;
            Ok(Self::created(&self.bucket, &[]))
        })
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let document = property::document(&self.policy_document);
        // A policy carries no tags: the same document is the one that was being put.
        Ok(context.world.read(|state| {
            let bucket = state.of::<Buckets>().bucket(&self.bucket).ok()?;
            (bucket.policy.as_deref() == Some(&document)).then(|| Self::created(&self.bucket, &[]))
        }))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        context.world.write(|state| self.put(state))?;
        Ok(Self::created(known.physical_id, &[]))
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        context.world.write(|state| {
            // Gone already, with its bucket or without, is as good.
            if let Ok(bucket) = state.of_mut::<Buckets>().bucket_mut(known.physical_id) {
                bucket.policy = None;
            }
            Ok(())
        })
    }
}
