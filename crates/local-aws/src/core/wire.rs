//! The wire protocols of AWS: requests read, answers written.

pub(crate) mod cbor;
pub mod query;
pub mod response;
pub mod sender;
pub mod xml;
