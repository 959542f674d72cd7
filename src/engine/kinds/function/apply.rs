//! A function: made or updated, published, probed, and only then live.

use std::collections::BTreeMap;

use super::diff::configuration;
use super::set_live;
use super::take_back::take_back;
use super::warnings::warnings;
use crate::engine::apply::Work;
use crate::engine::desired::Function;
use crate::engine::error::EngineError;
use crate::engine::events::Event;
use crate::engine::plan::Change;
use crate::engine::ports::FunctionConfiguration;
use crate::engine::values::LIVE;

pub(in crate::engine) async fn apply(
    work: &Work<'_>,
    change: &Change,
) -> Result<String, EngineError> {
    let name = &change.resource.name;
    let Some(function) = work.prepared.desired.functions.get(name) else {
        return Ok(String::new());
    };
    let wanted = work.configuration(change, function)?;
    let taken_back = take_back(work, change, function).await?;
    if let Some(there) = work.prepared.observed.functions.get(name)
        && there.live_version.is_some()
        && there.code_sha256 == function.code.sha256
        && there.configuration == wanted
    {
        return Ok(if taken_back {
            "what others had is taken back".to_owned()
        } else {
            "unchanged after all".to_owned()
        });
    }
    work.bring(change, function, &wanted).await?;
    let physical = &function.physical;
    let functions = &work.ports.functions;
    let version = functions
        .publish(physical, &function.code.sha256, &work.notes(change))
        .await
        .map_err(work.failed(change, "publishing a version"))?;
    work.probe(change, function, &version).await?;
    let alias = functions
        .set_alias(physical, LIVE, &version, &work.notes(change))
        .await
        .map_err(work.failed(change, "moving the alias"))?;
    let arn = alias
        .strip_suffix(&format!(":{LIVE}"))
        .unwrap_or(&alias)
        .to_owned();
    work.learn(|values| set_live(values, name, &arn));
    Ok(format!("version {version} is {LIVE}"))
}

impl Work<'_> {
    fn configuration(
        &self,
        change: &Change,
        function: &Function,
    ) -> Result<FunctionConfiguration, EngineError> {
        let values = self.values();
        let role = values.resolve(&change.resource, &function.role)?;
        let environment: BTreeMap<String, String> = function
            .environment
            .iter()
            .map(|(key, text)| {
                values
                    .resolve(&change.resource, text)
                    .map(|value| (key.clone(), value))
            })
            .collect::<Result<_, _>>()?;
        Ok(configuration(function, role, environment))
    }

    /// Makes the function, or brings `$LATEST` to what is wanted. Both code and
    /// configuration are sent: a run that ended halfway may have left either.
    async fn bring(
        &self,
        change: &Change,
        function: &Function,
        wanted: &FunctionConfiguration,
    ) -> Result<(), EngineError> {
        let physical = &function.physical;
        let functions = &self.ports.functions;
        let zip = &function.code.zip;
        let notes = self.notes(change);
        let age = self.age(&change.resource);
        let there = self.prepared.observed.functions.get(&change.resource.name);
        if there.is_none() {
            let tags = self.prepared.desired.tags();
            return functions
                .create(physical, wanted, zip, &tags, age, &notes)
                .await
                .map_err(self.failed(change, "making the function"));
        }
        functions
            .update_configuration(physical, wanted, age, &notes)
            .await
            .map_err(self.failed(change, "updating the configuration"))?;
        functions
            .update_code(physical, &wanted.architecture, zip, &notes)
            .await
            .map_err(self.failed(change, "updating the code"))
    }

    /// Asks the new version before anybody else does.
    async fn probe(
        &self,
        change: &Change,
        function: &Function,
        version: &str,
    ) -> Result<(), EngineError> {
        let Some(probe) = &function.probe else {
            return Ok(());
        };
        self.reporter.event(&Event::Progress {
            resource: change.resource.clone(),
            note: format!("probing version {version}"),
        });
        let answer = self
            .ports
            .functions
            .probe(
                &function.physical,
                version,
                &probe.event,
                self.age(&change.resource),
                &self.notes(change),
            )
            .await
            .map_err(self.failed(change, "probing the new version"))?;
        if answer.error.is_none() {
            for text in warnings(&answer.payload) {
                self.reporter.event(&Event::Warned {
                    resource: change.resource.clone(),
                    text,
                });
            }
            return Ok(());
        }
        let live = self
            .prepared
            .observed
            .functions
            .get(&change.resource.name)
            .and_then(|function| function.live_version.as_deref());
        let mut reported = String::from_utf8_lossy(&answer.payload).into_owned();
        if let Some(log) = answer.log_tail {
            reported.push('\n');
            reported.push_str(log.trim_end());
        }
        Err(EngineError::Probe {
            resource: change.resource.clone(),
            version: version.to_owned(),
            consequence: match live {
                Some(live) => format!("version {live} stays live"),
                None => "nothing is live".to_owned(),
            },
            answer: reported,
        })
    }
}
