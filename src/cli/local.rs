//! `local`: serves the embedded AWS until it is interrupted.

use serde::Serialize;

use super::Outcome;
use super::arguments::{Global, Local};
use super::error::{CommandError, Kind};
use super::session::LOCAL_REGION;
use super::{consistency, folders, messages, solutions};
use crate::ui::style::{DIM, VOICE, paint};
use crate::ui::{Ui, foreign};

#[derive(Serialize)]
struct Listening<'a> {
    url: &'a str,
    region: &'a str,
    dir: &'a std::path::Path,
}

pub(super) async fn run(ui: &Ui, global: &Global, command: &Local) -> Outcome {
    if global.virtual_time {
        // Other clients wait on clocks of their own.
        return Err(CommandError::new(
            Kind::Usage,
            "--virtual-time is of the embedded AWS of a command, not of one that is served",
        ));
    }
    // A manifest is not needed to serve; where there is one, its folder is the place.
    let manifest = match solutions::manifest(global) {
        Ok(manifest) => Some(solutions::sound(manifest)?),
        Err(error) if global.manifest.is_none() && error.places.is_empty() => None,
        Err(error) => return Err(error),
    };
    let dir = folders::local(global, manifest.as_ref())?;
    let folder = local_aws::StateFolder {
        path: dir.clone(),
        key: folders::key()?,
    };
    let region = global
        .region
        .clone()
        .unwrap_or_else(|| LOCAL_REGION.to_owned());
    let running = local_aws::server::start(local_aws::Config {
        folder: Some(folder),
        port: command.port,
        region: region.clone(),
        what: "vanity-deploy local".to_owned(),
        shared: true,
        consistency: consistency::model(global),
        ..local_aws::Config::default()
    })
    .await?;
    if let Some(file) = &command.faults {
        running.gateway().set_faults(read_faults(file)?);
    }
    for grant in &command.quotas {
        let granted = running.gateway().grant(*grant);
        granted.map_err(|error| CommandError::new(Kind::Failed, error.to_string()))?;
    }
    if command.new_account {
        let played = running.gateway().play_new_account();
        played.map_err(|error| CommandError::new(Kind::Failed, error.to_string()))?;
    }
    if command.throttle {
        running
            .gateway()
            .set_throttle(local_aws::gateway::throttle::Throttle::documented());
    }
    let url = running.url();
    // Before anybody is told the URL: what they send is shown.
    let messages = messages::Messages::from_now(ui, running.outbox(), running.mail())?;
    ui.record(
        "listening",
        &Listening {
            url: &url,
            region: &region,
            dir: &dir,
        },
    );
    ui.data(&format!(
        "The embedded AWS answers at {} ({}, state in {})",
        paint(VOICE, &url),
        foreign::line(&region),
        foreign::line(dir.display())
    ));
    for line in [
        "An emulation, for this machine only. Point any AWS client at it:",
        &format!(
            "  export AWS_ENDPOINT_URL={url} AWS_REGION={region} AWS_DEFAULT_REGION={region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local"
        ),
        "Ctrl-C stops it.",
    ] {
        ui.note(&paint(DIM, line));
    }
    tokio::select! {
        () = super::interrupted() => {}
        outcome = messages.show() => outcome?,
    }
    running.stop().await;
    Ok(0)
}

fn read_faults(file: &std::path::Path) -> Result<local_aws::faults::Faults, CommandError> {
    let wrong = |reason: String| {
        CommandError::new(Kind::InvalidInput, format!("{}: {reason}", file.display()))
    };
    let text = safe_files::read_regular(file)
        .map_err(|error| wrong(format!("cannot be read: {error}")))?;
    serde_json::from_slice(&text).map_err(|error| wrong(format!("no fault rules: {error}")))
}
