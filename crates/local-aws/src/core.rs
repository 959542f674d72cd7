//! What every service builds on: values, ports, state and wire shapes. It knows no service.

pub mod calls;
pub mod consistency;
pub mod constraint;
pub mod error;
pub mod faults;
pub mod handles;
pub mod lines;
pub mod metric;
pub mod ports;
pub mod property;
pub mod registration;
pub mod resource;
pub mod rows;
pub mod service;
pub mod state;
pub mod store;
pub mod token_bucket;
pub mod traffic;
pub mod wire;
pub mod world;
