//! Takes back what somebody else has on a function. Layers, file systems and targets go
//! with the configuration, which is written whole.

use crate::engine::apply::Work;
use crate::engine::desired::Function;
use crate::engine::drift::{self, Finding};
use crate::engine::error::EngineError;
use crate::engine::function_policy::Place;
use crate::engine::plan::Change;
use crate::engine::values::LIVE;

/// Takes back what the plan said; whether there was anything.
pub(super) async fn take_back(
    work: &Work<'_>,
    change: &Change,
    function: &Function,
) -> Result<bool, EngineError> {
    let observed = &work.prepared.observed;
    let findings = drift::of(&work.prepared.desired, observed, &change.resource);
    for finding in &findings {
        work.take_back_one(change, function, finding).await?;
    }
    Ok(!findings.is_empty())
}

impl Work<'_> {
    async fn take_back_one(
        &self,
        change: &Change,
        function: &Function,
        finding: &Finding,
    ) -> Result<(), EngineError> {
        let functions = &self.ports.functions;
        let name = &function.physical;
        match finding {
            Finding::Statement(statement) => {
                let Some(id) = &statement.id else {
                    return Err(EngineError::State {
                        resource: change.resource.clone(),
                        reason: format!(
                            "{statement}: it cannot be removed by its id; remove it by hand"
                        ),
                    });
                };
                let alias = match statement.place {
                    Place::Live => Some(LIVE),
                    Place::Function => None,
                };
                functions
                    .revoke(name, alias, id, &self.notes(change))
                    .await
                    .map_err(self.failed(change, "removing a permission"))
            }
            Finding::Url(url) => functions
                .delete_url(name, url.alias.as_deref(), &self.notes(change))
                .await
                .map_err(self.failed(change, "deleting a function URL")),
            Finding::Routing(_) => {
                let there = self.prepared.observed.functions.get(&change.resource.name);
                match there.and_then(|there| there.live_version.as_deref()) {
                    Some(version) => functions
                        .set_alias(name, LIVE, version, &self.notes(change))
                        .await
                        .map(|_| ())
                        .map_err(self.failed(change, "sending all calls to one version")),
                    None => Ok(()),
                }
            }
            Finding::Layer(_)
            | Finding::FileSystem(_)
            | Finding::DeadLetterTarget(_)
            | Finding::Modified
            | Finding::Replaced
            | Finding::Rebound(_) => Ok(()),
        }
    }
}
