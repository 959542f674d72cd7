//! `build`: the zips alone.

use serde::Serialize;

use super::Outcome;
use super::arguments::{Build, Global};
use super::{code, solutions};
use crate::artifact::Target;
use crate::manifest::parameters::Missing;
use crate::ui::Ui;

#[derive(Serialize)]
struct Built<'a> {
    function: &'a str,
    zip: &'a std::path::Path,
    code_sha256: &'a str,
    zip_bytes: u64,
    unzipped_bytes: u64,
}

pub(super) async fn run(ui: &Ui, global: &Global, command: &Build) -> Outcome {
    let manifest = solutions::manifest(global)?;
    let target = if global.local {
        Target::Local
    } else {
        Target::Aws
    };
    let mut desired = solutions::desired(&manifest, &command.selection, Missing::Tolerated)?;
    for (name, artifact) in code::attach(ui, global, &manifest, &mut desired, target).await? {
        ui.record(
            "built",
            &Built {
                function: &name,
                zip: &artifact.path,
                code_sha256: &artifact.code_sha256,
                zip_bytes: artifact.zip_size,
                unzipped_bytes: artifact.unzipped_size,
            },
        );
        ui.data(&format!(
            "{name}  {}  {} bytes, {} unzipped",
            artifact.path.display(),
            artifact.zip_size,
            artifact.unzipped_size
        ));
    }
    Ok(0)
}
