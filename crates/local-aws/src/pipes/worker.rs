//! A pipe's task: brings it from state to state and, while it runs, delivers what
//! the stream has. It sleeps until a table is written or a pipe is changed.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::batch::{Filters, Gathered, Ready, Record, cut, lanes};
use super::calls::Caller;
use super::consistency;
use super::dead_letter;
use super::delivery::{Condition, Delivery, Policy, Step};
use super::logging::{Log, group_name};
use super::pattern::Pattern;
use super::state::{Current, Desired, InvocationType, Pipe, StartingPosition};
use super::{PRINCIPAL, arn};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Permission;
use crate::core::world::{ACCOUNT, World};
use crate::lambda::{EVENT_LIMIT, PAYLOAD_LIMIT};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Takes the pipes up again that were there when the server stopped.
pub fn resume(world: &Arc<World>) {
    let pipes: Vec<Pipe> = world.read(|state| {
        state
            .of::<crate::pipes::State>()
            .pipes
            .values()
            .cloned()
            .collect()
    });
    for pipe in &pipes {
        spawn(world, pipe);
    }
}

/// Starts the task of a pipe.
pub(super) fn spawn(world: &Arc<World>, pipe: &Pipe) {
    let owned = Arc::clone(world);
    let (name, id) = (pipe.name.clone(), pipe.id.clone());
    world.spawn(async move { work(owned, name, id).await });
}

async fn work(world: Arc<World>, name: String, id: String) {
    let mut changes = world.handle::<crate::pipes::Changes>().watch();
    loop {
        changes.borrow_and_update();
        let pipe = world.read(|state| state.of::<crate::pipes::State>().pipes.get(&name).cloned());
        let Some(pipe) = pipe.filter(|pipe| pipe.id == id) else {
            return;
        };
        match pipe.current {
            Current::Creating | Current::Updating | Current::Starting => {
                let outcome = prepare(&world, &pipe).await;
                amend(&world, &pipe, true, |now| match outcome {
                    Ok(checkpoint) => {
                        now.checkpoint = Some(checkpoint);
                        now.current = match now.desired {
                            Desired::Running => Current::Running,
                            _ => Current::Stopped,
                        };
                    }
                    Err(error) => {
                        now.current = now.current.failed();
                        now.reason = Some(reason(&error));
                    }
                });
            }
            Current::Stopping => {
                amend(&world, &pipe, true, |now| now.current = Current::Stopped);
            }
            Current::Deleting => {
                let removed: Result<(), ServiceError> = world.write(|state| {
                    state.of_mut::<crate::pipes::State>().pipes.remove(&name);
                    Ok(())
                });
                keep(&world, removed);
                world.handle::<crate::pipes::Changes>().tell();
                return;
            }
            Current::Running => Runner::new(&world, pipe, changes.clone()).run().await,
            _ => {
                if changes.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Changes a pipe if it is still as it was when the work began, and saves it.
fn amend(world: &World, pipe: &Pipe, tell: bool, change: impl FnOnce(&mut Pipe)) {
    let changed: Result<bool, ServiceError> = world.write(|state| {
        let now = state
            .of_mut::<crate::pipes::State>()
            .pipes
            .get_mut(&pipe.name);
        let now = now.filter(|now| now.id == pipe.id && now.revision == pipe.revision);
        let found = now.is_some();
        if let Some(now) = now {
            change(now);
        }
        Ok(found)
    });
    keep(world, changed.map(|_| ()));
    if tell {
        world.handle::<crate::pipes::Changes>().tell();
    }
}

fn keep(world: &World, changed: Result<(), ServiceError>) {
    if let Err(error) = changed.and_then(|()| world.flush()) {
        tracing::error!(%error, "the state of a pipe is not saved");
    }
}

/// A reason as short as the service model allows.
fn reason(error: &ServiceError) -> String {
    error.message.chars().take(512).collect()
}

fn refused(message: String) -> ServiceError {
    ServiceError::new(400, "ValidationException", message)
}

/// Checks what a pipe needs before it can run; the sequence number to begin behind.
async fn prepare(world: &Arc<World>, pipe: &Pipe) -> ServiceResult<String> {
    let settings = &pipe.settings;
    let role_name = trusted(world, pipe)?;
    world.read(|state| consistency::check_role(state, settings, world.clock.now()))?;
    let session = &pipe.name;
    let may = |action: &str, resource: &str| {
        let permission = Permission {
            action: action.to_owned(),
            resource: resource.to_owned(),
        };
        crate::iam::authorize(world, &role_name, session, &permission)
    };
    let source = &settings.source;
    for action in [
        "DescribeStream",
        "GetRecords",
        "GetShardIterator",
        "ListStreams",
    ] {
        may(&format!("dynamodb:{action}"), source).map_err(|error| {
            refused(format!(
                "Cannot access stream {source}. Please ensure the role can perform the \
                 DescribeStream, GetRecords, GetShardIterator and ListStreams actions on it in \
                 IAM. {}",
                error.message
            ))
        })?;
    }
    may("lambda:InvokeFunction", &settings.target)?;
    if let Some(queue) = dead_letter_queue(pipe) {
        may("sqs:SendMessage", queue)?;
        let name = queue.rsplit(':').next().unwrap_or_default();
        let there = world.read(|state| state.of::<crate::sqs::State>().queue(name).is_ok());
        if !there || queue != crate::sqs::queue_arn(world, name) {
            return Err(refused(format!(
                "Input parameter is invalid from the request due to : Error occurred while \
                 sending message to SQS queue: {queue}"
            )));
        }
    }
    if let Some(group) = settings
        .log
        .as_ref()
        .and_then(|log| log.group_arn.as_deref())
    {
        let group = group_name(group);
        if world.read(|state| state.of::<crate::logs::State>().group(group).is_err()) {
            return Err(refused(format!("The log group {group} does not exist.")));
        }
    }
    let caller = Caller::new(world, &settings.role_arn, session);
    let stream = caller.describe_stream(source).await?;
    if stream["StreamStatus"] != "ENABLED" {
        return Err(refused(format!("The stream {source} is disabled.")));
    }
    match &pipe.checkpoint {
        Some(checkpoint) => Ok(checkpoint.clone()),
        None => {
            let latest = settings.stream.starting_position == StartingPosition::Latest;
            crate::dynamodb::stream_position(world, source, latest)
        }
    }
}

/// The role's name, when the service may assume it for this pipe.
fn trusted(world: &World, pipe: &Pipe) -> ServiceResult<String> {
    let role_arn = &pipe.settings.role_arn;
    let context = iam_policy::context([
        ("aws:SourceArn", arn(world, &pipe.name)),
        ("aws:SourceAccount", ACCOUNT.to_owned()),
    ]);
    let trusted =
        world.read(
            |state| match state.of::<crate::iam::State>().role_by_arn(role_arn) {
                Some(role) if crate::iam::trusts(role, PRINCIPAL, &context)? => {
                    Ok(Some(role.name.clone()))
                }
                _ => Ok::<_, ServiceError>(None),
            },
        )?;
    trusted.ok_or_else(|| {
        refused(format!(
            "The role {role_arn} does not exist or does not let {PRINCIPAL} assume it for this pipe."
        ))
    })
}

fn dead_letter_queue(pipe: &Pipe) -> Option<&str> {
    let config = pipe.settings.stream.dead_letter_config.as_ref()?;
    config.arn.as_deref()
}

/// What runs while a pipe is `RUNNING` and unchanged.
struct Runner {
    world: Arc<World>,
    pipe: Pipe,
    caller: Caller,
    filters: Filters,
    changes: watch::Receiver<u64>,
    written: watch::Receiver<u64>,
    shard_id: String,
    iterator: Option<String>,
    /// The last record that was read.
    position: String,
    ended: bool,
}

impl Runner {
    fn new(world: &Arc<World>, pipe: Pipe, changes: watch::Receiver<u64>) -> Self {
        let patterns = pipe.settings.filters.iter();
        let patterns = patterns.filter_map(|pattern| match Pattern::parse(pattern) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                // Checked when the pipe was made; a filter less lets nothing more through.
                tracing::error!(pipe = pipe.name, %error, "a filter cannot be read");
                None
            }
        });
        Self {
            world: Arc::clone(world),
            caller: Caller::new(world, &pipe.settings.role_arn, &pipe.name),
            filters: Filters::new(patterns.collect()),
            changes,
            written: world.handle::<crate::dynamodb::Tables>().written(),
            shard_id: String::new(),
            iterator: None,
            position: pipe.checkpoint.clone().unwrap_or_default(),
            ended: false,
            pipe,
        }
    }

    /// Whether the pipe is still as it was when this began.
    fn unchanged(&self) -> bool {
        self.world.read(|state| {
            let pipe = state.of::<crate::pipes::State>().pipes.get(&self.pipe.name);
            pipe.is_some_and(|pipe| pipe.id == self.pipe.id && pipe.revision == self.pipe.revision)
        })
    }

    /// Reads and delivers until the pipe is changed.
    async fn run(mut self) {
        let stream = &self.pipe.settings.stream;
        let most = as_usize(stream.batch_size) * as_usize(stream.parallelization_factor);
        let window = Duration::from_secs(stream.maximum_batching_window_in_seconds.into());
        let mut gathered = Gathered::default();
        let mut since: Option<Instant> = None;
        let mut pause = FIRST_PAUSE;
        while self.unchanged() {
            self.written.borrow_and_update();
            if let Err(error) = self.fill(&mut gathered, most).await {
                self.tell(Some(reason(&error)));
                tracing::warn!(pipe = self.pipe.name, %error, "the stream cannot be read");
                // A stream that is gone does not come back under its ARN.
                let gone = error.code == "ResourceNotFoundException";
                let again = (!gone).then(|| Instant::now() + pause);
                pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                self.wait(again, false).await;
                continue;
            }
            if pause > FIRST_PAUSE {
                pause = FIRST_PAUSE;
                self.tell(None);
            }
            if !gathered.is_empty() {
                since.get_or_insert_with(Instant::now);
            }
            let waited = since.map_or(Duration::ZERO, |since| since.elapsed());
            if let Some(ready) = gathered.ready(most, waited, window) {
                since = None;
                if self.deliver(ready).await.is_break() {
                    return;
                }
                continue;
            }
            if let Some(through) = gathered.skipped() {
                self.checkpoint(through);
            }
            let full = since.map(|since| since + window);
            self.wait(full, !self.ended).await;
        }
    }

    /// Waits for a change of a pipe, a write when asked to, or a moment.
    async fn wait(&mut self, until: Option<Instant>, for_writes: bool) {
        let moment = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.changes.changed() => {}
            _ = self.written.changed(), if for_writes => {}
            () = moment => {}
        }
    }

    /// Says why it does not work, or that it does again.
    fn tell(&self, reason: Option<String>) {
        amend(&self.world, &self.pipe, false, |now| now.reason = reason);
    }

    fn checkpoint(&self, through: String) {
        amend(&self.world, &self.pipe, false, |now| {
            now.checkpoint = Some(through);
        });
    }

    /// Reads until enough is gathered or the stream has no more for now.
    async fn fill(&mut self, gathered: &mut Gathered, most: usize) -> ServiceResult<()> {
        while gathered.len() < most && !self.ended {
            let source = &self.pipe.settings.source;
            let iterator = match &self.iterator {
                Some(iterator) => iterator.clone(),
                None => {
                    let stream = self.caller.describe_stream(source).await?;
                    let shard = &stream["Shards"][0]["ShardId"];
                    self.shard_id = shard.as_str().unwrap_or_default().to_owned();
                    self.caller
                        .iterator(source, &self.shard_id, &self.position)
                        .await?
                }
            };
            let page = match self.caller.records(&iterator).await {
                Ok(page) => page,
                Err(error) => {
                    self.iterator = None;
                    if error.code == "ExpiredIteratorException" {
                        continue;
                    }
                    return Err(error);
                }
            };
            let nothing = page.records.is_empty();
            let records = page.records.into_iter();
            let records: Vec<Record> = records.map(|event| Record::new(event, source)).collect();
            if let Some(last) = records.last() {
                self.position = last.sequence_number().to_owned();
            }
            gathered.take_in(records, &self.filters);
            self.ended = page.next.is_none();
            self.iterator = page.next;
            if nothing {
                break;
            }
        }
        Ok(())
    }

    /// Delivers records, several lanes at a time; breaks off when the pipe is changed.
    async fn deliver(&self, ready: Ready) -> ControlFlow<()> {
        let factor = as_usize(self.pipe.settings.stream.parallelization_factor);
        if factor == 1 {
            self.deliver_lane(&ready.records, true).await?;
        } else {
            let lanes = lanes(ready.records, factor);
            let deliveries = lanes.iter().map(|lane| self.deliver_lane(lane, false));
            let outcomes = futures::future::join_all(deliveries).await;
            if outcomes.iter().any(ControlFlow::is_break) {
                return ControlFlow::Break(());
            }
        }
        if let Some(through) = ready.through {
            self.checkpoint(through);
        }
        ControlFlow::Continue(())
    }

    /// Delivers records one batch after the other. `alone`: no other lane has
    /// earlier records, so that each batch that is done moves the checkpoint.
    async fn deliver_lane(&self, records: &[Record], alone: bool) -> ControlFlow<()> {
        let settings = &self.pipe.settings;
        let limit = match settings.invocation_type {
            Some(InvocationType::FireAndForget) => EVENT_LIMIT,
            _ => PAYLOAD_LIMIT,
        };
        let batches = cut(records, as_usize(settings.stream.batch_size), limit);
        let mut delivery = Delivery::new(batches, self.policy());
        let mut changes = self.changes.clone();
        let mut done = 0;
        loop {
            if alone && delivery.done() > done && delivery.done() < records.len() {
                done = delivery.done();
                self.checkpoint(records[done - 1].sequence_number().to_owned());
            }
            match delivery.next(|record| age(&records[record])) {
                Step::Done => return ControlFlow::Continue(()),
                Step::GiveUp(range, condition) => self.give_up(&records[range], condition).await,
                Step::Wait(pause) => {
                    let until = Instant::now() + pause;
                    while Instant::now() < until {
                        tokio::select! {
                            _ = changes.changed() => {}
                            () = sleep_until(until) => {}
                        }
                        if !self.unchanged() {
                            return ControlFlow::Break(());
                        }
                    }
                }
                Step::Invoke(range) => {
                    if !self.unchanged() {
                        return ControlFlow::Break(());
                    }
                    delivery.settle(self.invoke(&records[range]).await);
                }
            }
        }
    }

    async fn invoke(&self, records: &[Record]) -> super::delivery::Outcome {
        let settings = &self.pipe.settings;
        let events: Vec<String> = records
            .iter()
            .map(|record| record.event.to_string())
            .collect();
        let payload = format!("[{}]", events.join(","));
        let log = Log::begin(&self.world, &self.pipe, &payload);
        let size = (records.len(), payload.len());
        let names: Vec<_> = records.iter().map(Record::names).collect();
        let invocation = self
            .caller
            .invoke(&settings.target, settings.invocation_type, payload, &names)
            .await;
        if invocation.outcome != super::delivery::Outcome::Success {
            tracing::warn!(
                pipe = self.pipe.name,
                records = records.len(),
                outcome = ?invocation.outcome,
                status = invocation.status,
                answer = invocation.answer,
                "a batch was not delivered whole"
            );
        }
        super::metrics::executed(&self.world, &self.pipe.name, size, &invocation);
        let outcome = invocation.outcome;
        log.end(&invocation);
        outcome
    }

    fn policy(&self) -> Policy {
        let stream = &self.pipe.settings.stream;
        Policy {
            bisect: stream.on_partial_batch_item_failure.is_some(),
            // -1 is without limit.
            most_retries: u32::try_from(stream.maximum_retry_attempts).ok(),
            oldest: u64::try_from(stream.maximum_record_age_in_seconds)
                .ok()
                .map(Duration::from_secs),
        }
    }

    /// Tells the dead-letter queue, or the log alone.
    async fn give_up(&self, records: &[Record], condition: Condition) {
        let numbers: BTreeMap<&str, &str> = records
            .first()
            .zip(records.last())
            .map(|(first, last)| {
                [
                    ("first", first.sequence_number()),
                    ("last", last.sequence_number()),
                ]
            })
            .into_iter()
            .flatten()
            .collect();
        let Some(queue) = dead_letter_queue(&self.pipe) else {
            tracing::error!(
                pipe = self.pipe.name,
                records = records.len(),
                ?numbers,
                condition = condition.word(),
                "records are dropped: the pipe has no dead-letter queue"
            );
            return;
        };
        let message = dead_letter::message(
            &arn(&self.world, &self.pipe.name),
            &self.pipe.settings.source,
            &self.shard_id,
            records,
            condition,
            self.world.clock.now(),
        );
        for pause in [FIRST_PAUSE, FIRST_PAUSE * 5, Duration::ZERO] {
            let sent = self.caller.send(queue, &message).await;
            let Err(error) = sent else { return };
            tracing::error!(pipe = self.pipe.name, records = records.len(), ?numbers, condition = condition.word(), queue, %error, "the dead-letter queue did not take the message");
            if error.is_not_implemented() || error.status < 500 {
                return;
            }
            sleep(pause).await;
        }
    }
}

fn as_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// How old a record is by the machine's clock, which the stream dates records by.
fn age(record: &Record) -> Duration {
    let seconds = jiff::Timestamp::now().as_second() - record.created();
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}
