//! The manifest `vanity-deploy.yaml`: what solutions there are, and what each is made of.
//!
//! - [`model`]: the file as it is written.
//! - [`load`]: reads and checks it.
//! - [`resolve`]: makes what the engine wants of one solution in one environment.
//! - [`names`]: what things are called on AWS.
//! - [`source`]: errors with their place in a file.

pub mod load;
pub mod model;
pub mod names;
pub mod resolve;
pub mod source;

pub use load::{Manifest, load};
pub use source::SourceError;
