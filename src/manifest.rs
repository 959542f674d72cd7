//! The manifest `vanity-deploy.yaml`: what solutions there are, and what each is made of.
//!
//! - [`model`]: the file as it is written.
//! - [`fields`]: maps with known keys, read to the end whatever is wrong in them.
//! - [`load`]: reads and checks it.
//! - [`resolve`]: makes what the engine wants of one solution in one environment.
//! - [`parameters`]: what parameters may be, and are in an environment; [`secret`]:
//!   references to secrets.
//! - [`files`]: which of the files that it names may be read.
//! - [`items`]: items of tables as they are written.
//! - [`objects`]: files that become S3 objects; [`schema`]: JSON against its schema.
//! - [`names`]: what things are called on AWS; [`composed`]: names that are put together.
//! - [`flow_file`]: what is no flow; [`telephone`]: what is no phone number; [`limits`]: what AWS does not take.
//! - [`tree`]: YAML and JSON with the place of every value.
//! - [`source`]: errors with their place in a file; all that is wrong, told together.

pub mod composed;
pub mod fields;
pub mod files;
pub mod flow_file;
pub mod items;
pub mod limits;
pub mod load;
pub mod model;
pub mod names;
pub mod objects;
pub mod parameters;
pub mod resolve;
pub mod schema;
pub mod secret;
pub mod source;
pub mod telephone;
pub mod tree;

pub use load::{Manifest, load, read};
pub use source::{Faults, SourceError};
