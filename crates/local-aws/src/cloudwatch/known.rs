//! Which metrics this emulation has. An alarm on any other has no data, and says why: it is
//! never OK for want of looking.

use super::alarms::Settings;
use crate::core::error::ServiceResult;
use crate::core::world::World;
use crate::sqs;

/// A metric that is counted as it happens, under each of these sets of dimensions (names in
/// their order).
struct Counted {
    namespace: &'static str,
    metrics: &'static [&'static str],
    dimensions: &'static [&'static [&'static str]],
}

/// AWS docs, "Using CloudWatch metrics with Lambda" and "Amazon API Gateway dimensions and
/// metrics". Those of API Gateway are of REST APIs.
const COUNTED: &[Counted] = &[
    Counted {
        namespace: "AWS/ApiGateway",
        metrics: &["4XXError", "5XXError", "Count"],
        dimensions: &[&["ApiName"], &["ApiName", "Stage"]],
    },
    Counted {
        namespace: "AWS/Lambda",
        metrics: &["Duration", "Errors", "Invocations", "Throttles"],
        dimensions: &[&[], &["FunctionName"], &["FunctionName", "Resource"]],
    },
];

/// AWS docs, "Available CloudWatch metrics for Amazon SQS"; measured when looked at.
const MEASURED_OF_QUEUES: &[&str] = &[
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesVisible",
];

/// What is known of a metric.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    /// It is recorded as it happens.
    Recorded,
    /// It stands at this value now.
    Measured(f64),
    /// There is no such metric here, and why.
    No(String),
}

/// Looks a metric up.
///
/// # Errors
/// `InternalFailure` when it cannot be measured.
pub(super) fn look(world: &World, settings: &Settings) -> ServiceResult<Known> {
    let (namespace, metric) = (settings.namespace.as_str(), settings.metric_name.as_str());
    let mut dimensions: Vec<(&str, &str)> = settings
        .dimensions
        .iter()
        .map(|dimension| (dimension.name.as_str(), dimension.value.as_str()))
        .collect();
    dimensions.sort_unstable();
    if namespace == "AWS/SQS" && MEASURED_OF_QUEUES.contains(&metric) {
        let [("QueueName", queue)] = dimensions.as_slice() else {
            return Ok(absent(settings));
        };
        let Some(counts) = sqs::counts(world, queue)? else {
            return Ok(Known::No(format!("there is no queue named {queue}")));
        };
        let count = match metric {
            "ApproximateNumberOfMessagesDelayed" => counts.delayed,
            "ApproximateNumberOfMessagesNotVisible" => counts.in_flight,
            _ => counts.visible,
        };
        #[allow(
            clippy::cast_precision_loss,
            reason = "no queue here holds 2^53 messages"
        )]
        return Ok(Known::Measured(count as f64));
    }
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let counted = COUNTED.iter().any(|counted| {
        counted.namespace == namespace
            && counted.metrics.contains(&metric)
            && counted.dimensions.contains(&names.as_slice())
    });
    if !counted {
        return Ok(absent(settings));
    }
    let of = |name: &str| {
        dimensions
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value)
    };
    let missing = world.read(
        |state| match (namespace, of("FunctionName"), of("ApiName")) {
            ("AWS/Lambda", Some(function), _)
                if !state
                    .of::<crate::lambda::State>()
                    .functions
                    .contains_key(function) =>
            {
                Some(format!("there is no function named {function}"))
            }
            ("AWS/ApiGateway", _, Some(api))
                if !state
                    .of::<crate::apigateway::State>()
                    .rest
                    .apis
                    .values()
                    .any(|one| one.name == api) =>
            {
                Some(format!("there is no REST API named {api}"))
            }
            _ => None,
        },
    );
    if let Some(reason) = missing {
        return Ok(Known::No(reason));
    }
    Ok(Known::Recorded)
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
