//! Files without surprises.
//!
//! What people name is read only when it is a regular file, and never waited for:
//! [`read_regular`]. What the program keeps lies in folders that are its user's alone:
//! [`PrivateFolder`]. Where a person says that something is to be written, it goes there
//! whole or not at all, and never through a link: [`replace`].
//!
//! Unix alone: the checks are those of its file modes, owners and links.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod kind;
mod private;
mod read;
mod replace;

pub use kind::{Kind, Unsafe};
pub use private::{PrivateFolder, append, make_private_folders};
pub use read::{read_regular, read_regular_to_string};
pub use replace::replace;
