//! What the driver says to an effect.

use super::FlowContent;

/// The driver's answer to the effect before.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Go on: to events, to what was spoken, and to begin with.
    Go,
    /// The caller hangs up; an answer to every effect.
    HangUp,
    /// Keys pressed, to `Gather`: `0`–`9`, `*`, `#`. No key at all is silence.
    Keys(String),
    /// Nobody pressed anything, to `Gather`.
    NoInput,
    /// To `InvokeFunction`.
    Function(FunctionAnswer),
    /// The published content of the flow, to `TransferToFlow`.
    Flow(Box<FlowContent>),
    /// To `TransferToFlow`: no such flow, not published, or of a type that
    /// cannot be transferred to.
    FlowUnreachable {
        /// Why not.
        reason: String,
    },
    /// A number from 1 to 100, to `DrawPercent`.
    Percent(u8),
    /// To `CheckHours`.
    Hours(HoursAnswer),
    /// To `CheckMetric`: the figure.
    Metric(u32),
    /// To `CheckMetric`: it is not known.
    MetricUnknown {
        /// Why not.
        reason: String,
    },
    /// To `TransferToQueue`.
    Queue(QueueAnswer),
}

/// What became of the invocation of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionAnswer {
    /// It answered; the payload as it came.
    Returned {
        /// JSON text.
        payload: String,
    },
    /// It raised an error.
    Failed {
        /// The error in its own words.
        error: String,
    },
    /// It took longer than the time limit.
    TimedOut,
    /// It does not exist, or the instance may not invoke it.
    Unreachable {
        /// Why not.
        reason: String,
    },
}

/// Whether a business is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoursAnswer {
    /// It is.
    Open,
    /// It is not.
    Closed,
    /// There are no such hours.
    Unknown {
        /// Why not.
        reason: String,
    },
}

/// Whether a queue takes the contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueAnswer {
    /// It does.
    Accepted,
    /// It is full.
    AtCapacity,
    /// There is no such queue.
    Unknown {
        /// Why not.
        reason: String,
    },
}

/// A driver that does not play by the rules. The machine is as it was before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdvanceError {
    /// The call has ended; nothing can be answered any more.
    #[error("the call is over")]
    CallIsOver,
    /// The answer does not belong to the effect before.
    #[error("{got} is no answer to {effect}")]
    WrongAnswer {
        /// What was answered.
        got: &'static str,
        /// What was to be answered.
        effect: &'static str,
    },
    /// A telephone has no such key.
    #[error("{key:?} is no key of a telephone: 0-9, * and # are")]
    NotAKey {
        /// The character.
        key: char,
    },
    /// Not from 1 to 100.
    #[error("{percent} is not between 1 and 100")]
    NotAPercentage {
        /// The number.
        percent: u8,
    },
}

impl Answer {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Go => "Go",
            Self::HangUp => "HangUp",
            Self::Keys(_) => "Keys",
            Self::NoInput => "NoInput",
            Self::Function(_) => "Function",
            Self::Flow(_) => "Flow",
            Self::FlowUnreachable { .. } => "FlowUnreachable",
            Self::Percent(_) => "Percent",
            Self::Hours(_) => "Hours",
            Self::Metric(_) => "Metric",
            Self::MetricUnknown { .. } => "MetricUnknown",
            Self::Queue(_) => "Queue",
        }
    }
}
