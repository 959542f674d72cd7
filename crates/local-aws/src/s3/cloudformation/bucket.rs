//! `AWS::S3::Bucket`.

use super::super::blobs::Blobs;
use super::super::state::{Bucket as StoredBucket, State, bucket_arn};
use super::Bucket;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::resource::{Context, Created, Declared, Known, Resource};

impl Bucket {
    fn named(context: &Context<'_>, name: &str) -> Created {
        let region = &context.world.region;
        Self::created(
            name,
            &[
                &bucket_arn(name),
                &format!("{name}.s3.amazonaws.com"),
                &format!("{name}.s3.dualstack.{region}.amazonaws.com"),
                &format!("{name}.s3.{region}.amazonaws.com"),
            ],
        )
    }
}

impl Resource for Bucket {
    fn exists(state: &crate::core::state::State, name: &str) -> bool {
        state.of::<State>().bucket(name).is_ok()
    }

    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let settings = self.settings(context.logical_id)?;
        let name = self.name(context);
        let mut bucket = StoredBucket::new(&name, context.world.ids.uuid(), context.call.now);
        bucket.tags = self.all_tags(context);
        settings.begin(&mut bucket);
        let added = context
            .world
            .write(|state| state.of_mut::<State>().add_bucket(bucket));
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
        Ok(Self::named(context, &name))
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        self.settings(context.logical_id)?;
        let name = self.name(context);
        Ok(context.world.read(|state| {
            let bucket = state.of::<State>().bucket(&name).ok()?;
            context
                .owns(&bucket.tags)
                .then(|| Self::named(context, &name))
        }))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let before = known.properties()?.settings(context.logical_id)?;
        let after = self.settings(context.logical_id)?;
        let tags = self.all_tags(context);
        context.world.write(|state| {
            let bucket = state.of_mut::<State>().bucket_mut(known.physical_id)?;
            after.change(&before, bucket);
            bucket.tags = tags;
            Ok(Self::named(context, known.physical_id))
        })
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let deleted = context
            .world
            .write(|state| state.of_mut::<State>().delete_bucket(known.physical_id));
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
