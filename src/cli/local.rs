//! `local`: serves the embedded AWS until it is interrupted.

use serde::Serialize;

use super::Outcome;
use super::arguments::{Global, Local};
use super::error::{CommandError, Kind};
use super::session::{LOCAL_REGION, local_dir};
use super::solutions;
use crate::ui::Ui;
use crate::ui::style::{DIM, VOICE, paint};

#[derive(Serialize)]
struct Listening<'a> {
    url: &'a str,
    region: &'a str,
    dir: &'a std::path::Path,
}

pub(super) async fn run(ui: &Ui, global: &Global, command: &Local) -> Outcome {
    // A manifest is not needed to serve; where there is one, its folder is the place.
    let manifest = match solutions::manifest(global) {
        Ok(manifest) => Some(manifest),
        Err(error) if global.manifest.is_none() && error.places.is_empty() => None,
        Err(error) => return Err(error),
    };
    let dir = local_dir(global, manifest.as_ref());
    let region = global
        .region
        .clone()
        .unwrap_or_else(|| LOCAL_REGION.to_owned());
    let running = local_aws::server::start(local_aws::Config {
        dir: Some(dir.clone()),
        port: command.port,
        region: region.clone(),
        what: "vanity-deploy local".to_owned(),
        shared: true,
        ..local_aws::Config::default()
    })
    .await?;
    if let Some(file) = &command.faults {
        running.gateway().set_faults(read_faults(file)?);
    }
    if command.throttle {
        running
            .gateway()
            .set_throttle(local_aws::gateway::throttle::Throttle::documented());
    }
    let url = running.url();
    ui.record(
        "listening",
        &Listening {
            url: &url,
            region: &region,
            dir: &dir,
        },
    );
    ui.data(&format!(
        "The embedded AWS answers at {} ({region}, state in {})",
        paint(VOICE, &url),
        dir.display()
    ));
    ui.note(&paint(
        DIM,
        format!(
            "An emulation, for this machine only. Point any AWS client at it:\n  \
             export AWS_ENDPOINT_URL={url} AWS_REGION={region} AWS_DEFAULT_REGION={region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n\
             Ctrl-C stops it."
        ),
    ));
    super::interrupted().await;
    running.stop().await;
    Ok(0)
}

fn read_faults(file: &std::path::Path) -> Result<local_aws::gateway::faults::Faults, CommandError> {
    let wrong = |reason: String| {
        CommandError::new(Kind::InvalidInput, format!("{}: {reason}", file.display()))
    };
    let text = std::fs::read(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    serde_json::from_slice(&text).map_err(|error| wrong(format!("no fault rules: {error}")))
}
