//! Which metrics this emulation has, by the services that publish them. An alarm on any other
//! has no data, and says why: it is never OK for want of looking.

use super::alarms::Settings;
use crate::core::error::ServiceResult;
use crate::core::metric::{Known, Metric};
use crate::core::world::World;

/// Looks a metric up.
///
/// # Errors
/// `InternalFailure` when it cannot be measured.
pub(super) fn look(world: &World, settings: &Settings) -> ServiceResult<Known> {
    let mut dimensions: Vec<(&str, &str)> = settings
        .dimensions
        .iter()
        .map(|dimension| (dimension.name.as_str(), dimension.value.as_str()))
        .collect();
    dimensions.sort_unstable();
    let metric = Metric {
        namespace: settings.namespace.as_str(),
        name: settings.metric_name.as_str(),
        dimensions: &dimensions,
    };
    for service in world.services() {
        if let Some(known) = (service.metric)(world, &metric)? {
            return Ok(known);
        }
    }
    Ok(absent(settings))
}

fn absent(settings: &Settings) -> Known {
    let dimensions: Vec<&str> = settings
        .dimensions
        .iter()
        .map(|dimension| dimension.name.as_str())
        .collect();
    Known::No(format!(
        "this emulation has no metric {} {} by [{}]",
        settings.namespace,
        settings.metric_name,
        dimensions.join(", ")
    ))
}
