//! The newest SQLite under the name that an older rusqlite asks for.
//!
//! The tables of the embedded DynamoDB are in dynoxide, which wants rusqlite 0.36, and
//! that bundles SQLite 3.49.2 (CVE-2025-6965). The C interface of SQLite is stable, so
//! the bindings of a newer libsqlite3-sys serve it as well. Goes when dynoxide takes a
//! newer rusqlite.
#![forbid(unsafe_code)]

pub use newest::*;
