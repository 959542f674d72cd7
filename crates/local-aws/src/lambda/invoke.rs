//! Invocations: what may be invoked by whom, which environment does it, what the
//! log says of it, and what the caller gets.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::configuration::Status;
use super::consistency;
use super::errors;
use super::metrics;
use super::names::FunctionName;
use super::policy;
use super::runtime::api::Work;
use super::runtime::environment::{Answer, Environment, Launch};
use super::runtime::failure::Failure;
use super::runtime::pool::Permit;
use super::runtime::report::{self, Report};
use super::state::{State, Version, missing_qualifier, version_name};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Principal;
use crate::core::world::World;

/// Bytes of an event of a synchronous invocation (AWS docs, "Lambda quotas").
pub const PAYLOAD_LIMIT: usize = 6 * 1024 * 1024;

/// Bytes of an event of an asynchronous invocation.
pub const EVENT_LIMIT: usize = 1024 * 1024;

/// The code of the error for a caller whose time limit has passed. The function
/// goes on, as it does in AWS.
pub const TIME_LIMIT_EXCEEDED: &str = "InvocationTimeLimitExceeded";

/// An invocation.
#[derive(Debug, Clone)]
pub struct InvokeRequest {
    /// Name, partial ARN or ARN, with or without a qualifier.
    pub function: String,
    /// Version or alias.
    pub qualifier: Option<String>,
    /// The event, JSON.
    pub payload: Bytes,
    /// Who invokes. A service needs the resource policy's consent; roles are
    /// checked by the gateway.
    pub caller: Principal,
    /// How long the caller waits.
    pub time_limit: Option<Duration>,
    /// The invocation's id; a fresh one when not given.
    pub request_id: Option<String>,
    /// The client context, JSON.
    pub client_context: Option<String>,
}

impl InvokeRequest {
    /// An invocation without a qualifier beside the name and without a time limit.
    pub fn new(function: impl Into<String>, payload: impl Into<Bytes>, caller: Principal) -> Self {
        Self {
            function: function.into(),
            qualifier: None,
            payload: payload.into(),
            caller,
            time_limit: None,
            request_id: None,
            client_context: None,
        }
    }
}

/// What came of an invocation.
#[derive(Debug, Clone)]
pub struct Invoked {
    /// HTTP status of `Invoke`: 200 also when the function failed.
    pub status: u16,
    /// The function's answer, or the error as JSON.
    pub payload: Bytes,
    /// `Unhandled` when the function failed.
    pub function_error: Option<&'static str>,
    /// `$LATEST` or the number of the version that was run.
    pub executed_version: String,
    /// The end of the invocation's log, at most 4 KB.
    pub log_tail: String,
    /// How long the function took, its start not counted.
    pub duration: Duration,
    /// How long its start took; `None` when a waiting environment took it.
    pub init_duration: Option<Duration>,
}

/// What is to be run.
struct Target {
    name: FunctionName,
    version: Version,
    version_name: String,
    reserved: Option<u32>,
}

/// Invokes a function and waits for its answer.
///
/// # Errors
/// Those of `Invoke`; [`TIME_LIMIT_EXCEEDED`] (504) when the caller waits no longer.
pub async fn invoke(world: &Arc<World>, request: InvokeRequest) -> ServiceResult<Invoked> {
    let target = check(world, &request, PAYLOAD_LIMIT)?;
    world.read(|state| {
        let configuration = &target.version.configuration;
        let variables = configuration
            .environment
            .as_ref()
            .is_some_and(|variables| !variables.is_empty());
        let now = world.clock.now();
        consistency::check_role_at_work(state, &configuration.role, variables, now)
    })?;
    let (run, limit) = begin(world, target, request)?;
    let answer = match limit {
        None => run.await,
        Some(limit) => match tokio::time::timeout(limit, run).await {
            Ok(answer) => answer,
            Err(_) => {
                return Err(ServiceError::new(
                    504,
                    TIME_LIMIT_EXCEEDED,
                    format!(
                        "the function did not answer within {:.1} seconds",
                        limit.as_secs_f64()
                    ),
                ));
            }
        },
    };
    answer.unwrap_or_else(|_| Err(ServiceError::internal("the server is stopping")))
}

/// Invokes a function without waiting: `InvocationType: Event`. One that fails
/// is tried twice more, after one and two minutes.
///
/// # Errors
/// Those of `Invoke`.
pub fn invoke_event(world: &Arc<World>, request: InvokeRequest) -> ServiceResult<()> {
    check(world, &request, EVENT_LIMIT)?;
    let mut request = request;
    request.request_id.get_or_insert_with(|| world.ids.uuid());
    let owned = Arc::clone(world);
    world.spawn(async move {
        for pause in [
            Duration::ZERO,
            Duration::from_secs(60),
            Duration::from_secs(120),
        ] {
            tokio::time::sleep(pause).await;
            match invoke(&owned, request.clone()).await {
                Ok(Invoked {
                    function_error: None,
                    ..
                }) => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, function = request.function, "asynchronous invocation");
                }
            }
        }
    });
    Ok(())
}

/// Whether the invocation could be done: `InvocationType: DryRun`.
///
/// # Errors
/// Those of `Invoke`.
pub fn dry_run(world: &World, request: &InvokeRequest) -> ServiceResult<()> {
    check(world, request, PAYLOAD_LIMIT).map(|_| ())
}

fn check(world: &World, request: &InvokeRequest, limit: usize) -> ServiceResult<Target> {
    if request.payload.len() > limit {
        return Err(errors::request_too_large(limit));
    }
    if !request.payload.is_empty() {
        serde_json::from_slice::<serde::de::IgnoredAny>(&request.payload)
            .map_err(errors::invalid_content)?;
    }
    let name = FunctionName::read(
        &request.function,
        request.qualifier.as_deref(),
        &world.region,
    )?;
    let chance = chance(world);
    world.read(|state| {
        if let Principal::Service {
            service,
            source_arn,
        } = &request.caller
        {
            policy::check_invoke(
                state.of::<crate::lambda::State>(),
                &name,
                &world.region,
                service,
                source_arn,
            )?;
        }
        target(
            state.of::<crate::lambda::State>(),
            name,
            &world.region,
            chance,
        )
    })
}

/// From 0 (included) to 1 (excluded), for weighted aliases.
fn chance(world: &World) -> f64 {
    let digits = world.ids.token(9, "0123456789");
    digits.parse::<f64>().unwrap_or_default() / 1e9
}

fn target(state: &State, name: FunctionName, region: &str, chance: f64) -> ServiceResult<Target> {
    let function = state.function(&name, region)?;
    let resolved = function
        .resolve(name.qualifier_or_latest())
        .ok_or_else(|| missing_qualifier(&name, region))?;
    let number = match function.aliases.get(name.qualifier_or_latest()) {
        Some(alias) => alias.choose(chance),
        None => resolved.number,
    };
    // While `$LATEST` is updated, what was before serves.
    let version = match (number, &function.serving) {
        (None, Some(serving)) => serving.as_ref(),
        _ => function
            .version(number)
            .ok_or_else(|| missing_qualifier(&name, region))?,
    };
    let pending = |state: &str| {
        errors::conflict(format!(
            "The operation cannot be performed at this time. The function is currently in the \
             following state: {state}"
        ))
    };
    match version.status {
        Status::Creating => return Err(pending("Pending")),
        Status::CreationFailed => return Err(pending("Failed")),
        Status::Ready | Status::Updating | Status::UpdateFailed => {}
    }
    if let Some(layer) = version.configuration.layers.first() {
        return Err(ServiceError::not_implemented(format!(
            "invoking {} with the layer {layer}: what is in it is not on this machine",
            name.arn(region)
        )));
    }
    Ok(Target {
        version: version.clone(),
        version_name: version_name(number),
        reserved: function.reserved_concurrency,
        name,
    })
}

type Outcome = oneshot::Receiver<ServiceResult<Invoked>>;

fn begin(
    world: &Arc<World>,
    target: Target,
    request: InvokeRequest,
) -> ServiceResult<(Outcome, Option<Duration>)> {
    let permit = Permit::acquire(world, &target.name.name, target.reserved);
    metrics::throttled(world, &target.name, &target.version_name, permit.is_err());
    let permit = permit?;
    let limit = request.time_limit;
    let (sender, receiver) = oneshot::channel();
    let owned = Arc::clone(world);
    // On its own: the function goes on when the caller waits no longer.
    world.spawn(async move {
        let outcome = run(&owned, &target, request).await;
        if let Ok(invoked) = &outcome {
            metrics::invoked(&owned, &target.name, invoked);
        }
        drop(permit);
        // The caller may be gone.
        let _ = sender.send(outcome);
    });
    Ok((receiver, limit))
}

/// One invocation in an environment.
async fn run(
    world: &Arc<World>,
    target: &Target,
    request: InvokeRequest,
) -> ServiceResult<Invoked> {
    let request_id = request.request_id.unwrap_or_else(|| world.ids.uuid());
    let mut log = Log::new(target, &request_id);
    let (mut environment, init) = match environment(world, target).await? {
        Started::Warm(environment) => (environment, None),
        Started::Cold(environment) => {
            let init = environment.started.elapsed();
            (environment, Some(init))
        }
        Started::Failed(failed) => {
            log.stream.clone_from(&failed.log_stream);
            // A start that fails is made again inside the invocation (AWS docs,
            // "Understanding the Lambda execution environment lifecycle"): what it
            // writes is part of the invocation's log.
            let began = failed.lines.first().map(|(at, _)| *at);
            log.start(began.unwrap_or_else(|| world.clock.now()));
            log.lines.extend(failed.lines);
            log.fail(&failed.failure, world.clock.now());
            log.end(world, None, Duration::ZERO, None, Some(&failed.failure));
            return Ok(log.failed(world, &failed.failure, Duration::ZERO, None));
        }
    };
    log.stream.clone_from(&environment.log_stream);
    // What it wrote since the invocation before, or while it started.
    log.lines = environment.take_lines();
    log.start(world.clock.now());
    let limit = Duration::from_secs(target.version.configuration.timeout.into());
    let began = Instant::now();
    let work = work(
        world,
        target,
        &request_id,
        request.payload,
        request.client_context,
        limit,
    );
    let outcome = environment.invoke(work, limit).await;
    let duration = began.elapsed();
    log.lines.extend(environment.take_lines());
    let memory = environment.memory_used();
    let failure = outcome.as_ref().err();
    if let Some(failure) = failure {
        log.fail(failure, world.clock.now());
    }
    log.end(world, memory, duration, init, failure);
    let invoked = match &outcome {
        Ok(Answer::Response(payload)) => log.answered(world, payload.clone(), None, duration, init),
        Ok(Answer::Error(payload)) => {
            log.answered(world, payload.clone(), Some("Unhandled"), duration, init)
        }
        Err(failure) => log.failed(world, failure, duration, init),
    };
    match outcome {
        Ok(_) | Err(Failure::TooLarge) => give_back(world, target, environment),
        Err(_) => environment.stop().await,
    }
    Ok(invoked)
}

fn give_back(world: &World, target: &Target, environment: Environment) {
    let generation = &target.version.generation;
    let lives = world.read(|state| {
        state
            .of::<crate::lambda::State>()
            .functions
            .get(&target.name.name)
            .is_some_and(|function| function.serves(generation))
    });
    if lives {
        world
            .handle::<crate::lambda::Functions>()
            .put(generation, environment);
    }
}

fn work(
    world: &World,
    target: &Target,
    request_id: &str,
    payload: Bytes,
    client_context: Option<String>,
    limit: Duration,
) -> Work {
    // The function compares it with the machine's clock, whatever clock is played here.
    let deadline = Timestamp::now()
        .as_millisecond()
        .saturating_add(i64::try_from(limit.as_millis()).unwrap_or(i64::MAX));
    let hex: String = request_id.chars().filter(|letter| *letter != '-').collect();
    Work {
        request_id: request_id.to_owned(),
        deadline_ms: deadline,
        function_arn: target.name.arn(&world.region),
        trace_id: format!(
            "Root=1-{:08x}-{};Parent={};Sampled=0",
            world.clock.now().as_second(),
            hex.get(..24).unwrap_or_default(),
            hex.get(16..).unwrap_or_default(),
        ),
        client_context,
        payload: if payload.is_empty() {
            Bytes::from_static(b"{}")
        } else {
            payload
        },
    }
}

enum Started {
    Warm(Environment),
    Cold(Environment),
    Failed(super::runtime::environment::FailedStart),
}

/// An environment that waits for work, or a new one.
async fn environment(world: &Arc<World>, target: &Target) -> ServiceResult<Started> {
    while let Some(mut environment) = world
        .handle::<crate::lambda::Functions>()
        .take(&target.version.generation)
    {
        if environment.settled().await {
            return Ok(Started::Warm(environment));
        }
        environment.stop().await;
    }
    let configuration = &target.version.configuration;
    let role = world
        .read(|state| {
            crate::iam::assumable_by(
                state.of::<crate::iam::State>(),
                &configuration.role,
                "lambda.amazonaws.com",
            )
        })
        .map_err(|error| errors::access_denied(error.message))?;
    let credentials = crate::sts::issue(world, &role, &target.name.name);
    let packages = world.handle::<crate::lambda::Packages>();
    let sha256 = &configuration.code.sha256;
    // Looked at again before it runs: what lies on the disk is not what was uploaded
    // just because it lay there.
    let (unpacking, hash) = (packages.clone(), sha256.clone());
    match tokio::task::spawn_blocking(move || unpacking.unpack(&hash)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(ServiceError::internal(error)),
        Err(error) => return Err(ServiceError::internal(error)),
    }
    let launch = Launch {
        name: &target.name.name,
        version_name: &target.version_name,
        version: &target.version,
        task_root: &packages.task_root(sha256),
        region: &world.region,
        endpoint: world.endpoint(),
        credentials: &credentials,
        id: world.ids.uuid(),
        clock: Arc::clone(&world.clock),
    };
    Ok(match Environment::start(launch).await {
        Ok(environment) => Started::Cold(environment),
        Err(failed) => Started::Failed(failed),
    })
}

/// The log of one invocation.
struct Log<'a> {
    target: &'a Target,
    request_id: &'a str,
    stream: String,
    lines: Vec<(Timestamp, String)>,
    /// Where this invocation's own lines begin.
    from: usize,
}

impl<'a> Log<'a> {
    fn new(target: &'a Target, request_id: &'a str) -> Self {
        Self {
            target,
            request_id,
            stream: String::new(),
            lines: Vec::new(),
            from: 0,
        }
    }

    fn start(&mut self, now: Timestamp) {
        self.from = self.lines.len();
        self.lines.push((
            now,
            report::start(self.request_id, &self.target.version_name),
        ));
    }

    fn fail(&mut self, failure: &Failure, now: Timestamp) {
        if let Some(line) = failure.log_line(self.request_id, now) {
            self.lines.push((now, line));
        }
    }

    fn end(
        &mut self,
        world: &World,
        memory_used: Option<u64>,
        duration: Duration,
        init: Option<Duration>,
        failure: Option<&Failure>,
    ) {
        let now = world.clock.now();
        self.lines.push((now, report::end(self.request_id)));
        let report = Report {
            request_id: self.request_id,
            duration,
            memory_size: self.target.version.configuration.memory_size,
            memory_used,
            init,
            failure,
        };
        self.lines.push((now, report.line()));
    }

    fn failed(
        self,
        world: &World,
        failure: &Failure,
        duration: Duration,
        init: Option<Duration>,
    ) -> Invoked {
        let payload = failure.payload(self.request_id).to_string().into();
        self.answered(world, payload, Some("Unhandled"), duration, init)
    }

    /// Sends the lines to CloudWatch Logs, as far as the role may, and makes the answer.
    fn answered(
        self,
        world: &World,
        payload: Bytes,
        function_error: Option<&'static str>,
        duration: Duration,
        init_duration: Option<Duration>,
    ) -> Invoked {
        let own: String = self.lines[self.from..]
            .iter()
            .map(|(_, line)| line.as_str())
            .collect();
        let log_tail = report::tail(&own).to_owned();
        let configuration = &self.target.version.configuration;
        let name = &self.target.name.name;
        let sent = crate::logs::append_for_role(
            world,
            configuration.role_name(),
            name,
            &configuration.log_group(name),
            &self.stream,
            self.lines,
        );
        if let Err(error) = sent {
            // In AWS too a function without the permission runs, and nobody tells.
            tracing::warn!(function = %name, %error, "the function's log is not kept");
        }
        Invoked {
            status: 200,
            payload,
            function_error,
            executed_version: self.target.version_name.clone(),
            log_tail,
            duration,
            init_duration,
        }
    }
}
