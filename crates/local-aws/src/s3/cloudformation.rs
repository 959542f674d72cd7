//! `AWS::S3::Bucket` and `AWS::S3::BucketPolicy` (AWS resource reference).

mod bucket;
mod policy;
mod properties;
#[cfg(test)]
mod tests;

pub use policy::BucketPolicy;
pub use properties::Bucket;
