//! An embedded AWS that takes its time to agree with itself, and time that passes at once
//! when all wait.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use local_aws::consistency::Model;
use local_aws::ports::{Clock, SystemClock, VirtualClock};

use super::arguments::Global;
use super::error::{CommandError, Kind};
use crate::aws::wait::{Pause, Waiting};

/// The time of an embedded AWS and of who waits for it.
pub(super) enum Time {
    /// The machine's.
    Real,
    /// One that is put forward when all wait.
    Virtual(Arc<VirtualClock>),
}

impl Time {
    /// As the command line wants it.
    pub(super) fn new(global: &Global) -> Self {
        if global.virtual_time {
            Self::Virtual(Arc::new(VirtualClock::new(SystemClock.now())))
        } else {
            Self::Real
        }
    }

    /// For the embedded AWS.
    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Real => Arc::new(SystemClock),
            Self::Virtual(clock) => Arc::clone(clock) as Arc<dyn Clock>,
        }
    }

    /// For who waits for it.
    pub(super) fn waiting(&self) -> Waiting {
        match self {
            Self::Real => Waiting::default(),
            Self::Virtual(clock) => Waiting::new(Arc::new(VirtualPause(Arc::clone(clock)))),
        }
    }

    /// How much of it passed; `None` when it is the machine's.
    pub(super) fn passed(&self) -> Option<Duration> {
        match self {
            Self::Real => None,
            Self::Virtual(clock) => Some(clock.elapsed()),
        }
    }
}

/// Whether an embedded AWS takes its time.
pub(super) fn model(global: &Global) -> Model {
    global.consistency.unwrap_or_default()
}

/// That neither is asked for where it cannot be had.
///
/// # Errors
/// A target that is no embedded AWS.
pub(super) fn check_target(global: &Global) -> Result<(), CommandError> {
    if global.local || (global.consistency.is_none() && !global.virtual_time) {
        return Ok(());
    }
    Err(CommandError::new(
        Kind::Usage,
        "--consistency and --virtual-time are of the embedded AWS",
    )
    .hint("leave them out, or add --local"))
}

/// That the time of the embedded AWS that another process serves need not be another. How it
/// agrees with itself is said by who serves it.
///
/// # Errors
/// Virtual time is asked for.
pub(super) fn check_served(global: &Global) -> Result<(), CommandError> {
    if !global.virtual_time {
        return Ok(());
    }
    Err(CommandError::new(
        Kind::Failed,
        "--virtual-time: the embedded AWS is served by another process, whose time it has",
    )
    .hint("stop `vanity-deploy local`, or use another --local-dir"))
}

struct VirtualPause(Arc<VirtualClock>);

impl Pause for VirtualPause {
    fn sleep<'pause, 'future>(
        &'pause self,
        duration: Duration,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'future>>
    where
        'pause: 'future,
        Self: 'future,
    {
        self.0.sleep(duration)
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::arguments::Arguments;
    use super::*;

    fn global(arguments: &[&str]) -> Global {
        let all = ["vanity-deploy", "status"].iter().chain(arguments);
        Arguments::try_parse_from(all).unwrap().global
    }

    #[tokio::test]
    async fn who_waits_in_virtual_time_waits_on_the_clock_of_the_embedded_aws() {
        let time = Time::new(&global(&["--local", "--virtual-time"]));
        let clock = time.clock();
        let before = clock.now();
        let mut wait = time.waiting().at_most(Duration::from_secs(600));
        while wait.pause().await {}
        assert!(clock.now().duration_since(before).as_secs() >= 600);
        assert!(time.passed().unwrap() >= Duration::from_secs(600));
        assert_eq!(Time::new(&global(&["--local"])).passed(), None);
    }

    #[test]
    fn they_are_of_the_embedded_aws_alone() {
        let real = global(&["--local", "--consistency", "real:7"]);
        assert_eq!(model(&real), Model::Real { seed: 7 });
        assert!(check_target(&real).is_ok());
        assert!(check_served(&real).is_ok());
        assert!(check_served(&global(&["--local", "--virtual-time"])).is_err());
        assert!(check_target(&global(&[])).is_ok());
        for arguments in [["--consistency", "real"], ["--virtual-time", "--quiet"]] {
            let error = check_target(&global(&arguments)).unwrap_err();
            assert_eq!(error.kind.exit_code(), Kind::Usage.exit_code());
        }
    }
}
