//! Looks from time to time what is due, while a server runs.

use std::sync::Arc;
use std::time::Duration;

use super::{delivery, operations};
use crate::core::world::World;

/// How often; AWS keeps a schedule to the minute (user guide, "Schedule types in EventBridge
/// Scheduler"). It is the machine's time: a clock that is put forward to the next sleeper would
/// otherwise run from schedule to schedule while nobody does anything.
const PACE: Duration = Duration::from_millis(200);

/// Runs schedules while a server runs.
pub fn resume(world: &Arc<World>) {
    let owned = Arc::clone(world);
    world.spawn(async move {
        loop {
            tokio::time::sleep(PACE).await;
            for (schedule, run) in operations::due(&owned, owned.clock.now()) {
                let world = Arc::clone(&owned);
                owned.spawn(async move {
                    delivery::deliver(&world, &schedule, run).await;
                });
            }
            if let Err(error) = owned.flush() {
                tracing::error!(%error, "the next runs of schedules are not kept");
            }
        }
    });
}
