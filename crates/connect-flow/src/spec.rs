//! What an entry of the table says about an action type.

pub(crate) mod check;

use crate::FlowType;
pub(crate) use check::{ActionCheck, Check};

/// What an action lives in: a flow of some type, or a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// A flow.
    Flow(FlowType),
    /// A flow module.
    Module,
}

/// A set of hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hosts(u16);

impl Hosts {
    const MODULE: u16 = 1 << 15;

    /// Inbound flows.
    pub const INBOUND: Self = Self::of(&[FlowType::ContactFlow]);
    /// Transfers to agents and queues.
    pub const TRANSFER: Self = Self::of(&[FlowType::AgentTransfer, FlowType::QueueTransfer]);
    /// The three whispers.
    pub const WHISPER: Self = Self::of(&[
        FlowType::CustomerWhisper,
        FlowType::AgentWhisper,
        FlowType::OutboundWhisper,
    ]);
    /// The outbound whisper alone.
    pub const OUTBOUND_WHISPER: Self = Self::of(&[FlowType::OutboundWhisper]);
    /// The two holds.
    pub const HOLD: Self = Self::of(&[FlowType::CustomerHold, FlowType::AgentHold]);
    /// Customer queue flows.
    pub const QUEUE: Self = Self::of(&[FlowType::CustomerQueue]);
    /// Flow modules.
    pub const MODULES: Self = Self(Self::MODULE);
    /// Every flow type and modules.
    pub const ALL: Self = Self::of(&FlowType::ALL).and(Self::MODULES);

    const fn of(flow_types: &[FlowType]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < flow_types.len() {
            bits |= 1 << flow_types[at] as u16;
            at += 1;
        }
        Self(bits)
    }

    /// Both sets together.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the host belongs to the set.
    pub const fn contain(self, host: Host) -> bool {
        let bit = match host {
            // What a campaign allows is documented nowhere: everything is accepted.
            Host::Flow(FlowType::Campaign) => return true,
            Host::Flow(flow_type) => 1 << flow_type as u16,
            Host::Module => Self::MODULE,
        };
        self.0 & bit != 0
    }
}

/// Inbound and transfer flows, customer queue flows and modules: where most
/// actions that deal with a caller are allowed.
pub(super) const CALLER: Hosts = Hosts::INBOUND
    .and(Hosts::TRANSFER)
    .and(Hosts::QUEUE)
    .and(Hosts::MODULES);

/// How a value may use JSONPaths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Not at all.
    Static,
    /// The whole value is one path, or there is none in it.
    StaticOrPath,
    /// The whole value is one path.
    Path,
    /// Anywhere within the text.
    Dynamic,
}

/// What a parameter may hold.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A string.
    Text(Binding),
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// An integer within the range, as a string or a number; a path when the flag is set.
    Integer {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
        /// Whether a JSONPath may stand for the number.
        path: bool,
    },
    /// The id or ARN of a resource, or a JSONPath to one.
    Id,
    /// An object with keys that the author chooses.
    Map,
    /// An object with these members.
    Object(&'static [Parameter]),
    /// A list of these.
    List(&'static Shape),
    /// Anything: the shape is not known well enough to refuse any.
    Any,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its key.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub shape: Shape,
}

impl Parameter {
    /// A parameter that may be left out.
    pub const fn new(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            required: false,
            shape,
        }
    }

    /// The same, but it must be there.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// Parameters that depend on one another.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The parameters.
    pub names: &'static [&'static str],
    /// Whether one of them must be there.
    pub at_least_one: bool,
    /// Whether only one of them may be there.
    pub at_most_one: bool,
}

/// Which conditions an action takes.
#[derive(Clone, Copy, Debug)]
pub enum ConditionRule {
    /// None at all.
    Refused,
    /// Any number of tests with these operators.
    Any(&'static [&'static str]),
    /// `Equals` with these operands, each at most once.
    Among(&'static [&'static str]),
    /// `Equals` with exactly these operands, each once.
    Exactly(&'static [&'static str]),
}

/// Whether something follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAction {
    /// `NextAction` must be there.
    Required,
    /// `NextAction` may be there.
    Optional,
    /// Nothing follows, no transitions are allowed.
    Terminal,
}

/// All about one action type.
#[derive(Clone, Copy, Debug)]
pub struct ActionSpec {
    /// The `Type`.
    pub name: &'static str,
    /// Where it may be used.
    pub hosts: Hosts,
    /// What it takes.
    pub parameters: &'static [Parameter],
    /// Which of the parameters exclude or need one another.
    pub groups: &'static [Group],
    /// Whether something follows.
    pub next_action: NextAction,
    /// What its result may be tested for.
    pub conditions: ConditionRule,
    /// Error branches that the service insists on.
    pub required_errors: &'static [&'static str],
    /// Error branches that may be there besides.
    pub optional_errors: &'static [&'static str],
    /// What the table cannot say.
    pub(crate) check: Option<Check>,
}

impl ActionSpec {
    /// An action with a `NextAction` and without parameters, conditions and errors.
    pub const fn new(name: &'static str, hosts: Hosts) -> Self {
        Self {
            name,
            hosts,
            parameters: &[],
            groups: &[],
            next_action: NextAction::Required,
            conditions: ConditionRule::Refused,
            required_errors: &[],
            optional_errors: &[],
            check: None,
        }
    }

    /// An action that nothing follows.
    pub const fn terminal(name: &'static str, hosts: Hosts) -> Self {
        let mut spec = Self::new(name, hosts);
        spec.next_action = NextAction::Terminal;
        spec
    }

    pub(super) const fn parameters(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    pub(super) const fn groups(mut self, groups: &'static [Group]) -> Self {
        self.groups = groups;
        self
    }

    pub(super) const fn conditions(mut self, conditions: ConditionRule) -> Self {
        self.conditions = conditions;
        self
    }

    /// The error branches that must be there.
    pub(super) const fn errors(mut self, required: &'static [&'static str]) -> Self {
        self.required_errors = required;
        self
    }

    /// The error branches that may be there.
    pub(super) const fn optional_errors(mut self, optional: &'static [&'static str]) -> Self {
        self.optional_errors = optional;
        self
    }

    pub(super) const fn optional_next_action(mut self) -> Self {
        self.next_action = NextAction::Optional;
        self
    }

    pub(super) const fn check(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }
}

pub(super) const NO_MATCHING_ERROR: &[&str] = &["NoMatchingError"];
pub(super) const EQUALS: &[&str] = &["Equals"];
pub(super) const NUMBER_OPERATORS: &[&str] = &[
    "Equals",
    "NumberGreaterThan",
    "NumberGreaterOrEqualTo",
    "NumberLessThan",
    "NumberLessOrEqualTo",
];

/// Text with paths anywhere in it.
pub(super) const fn dynamic(name: &'static str) -> Parameter {
    Parameter::new(name, Shape::Text(Binding::Dynamic))
}

/// Text that is one path or has none.
pub(super) const fn text(name: &'static str) -> Parameter {
    Parameter::new(name, Shape::Text(Binding::StaticOrPath))
}

/// Text without paths.
pub(super) const fn fixed(name: &'static str) -> Parameter {
    Parameter::new(name, Shape::Text(Binding::Static))
}

/// An id, an ARN or a path.
pub(super) const fn id(name: &'static str) -> Parameter {
    Parameter::new(name, Shape::Id)
}

pub(super) const fn choice(name: &'static str, choices: &'static [&'static str]) -> Parameter {
    Parameter::new(name, Shape::Choice(choices))
}

pub(super) const fn integer(name: &'static str, min: i64, max: i64) -> Parameter {
    let path = false;
    Parameter::new(name, Shape::Integer { min, max, path })
}

pub(super) const fn integer_or_path(name: &'static str, min: i64, max: i64) -> Parameter {
    let path = true;
    Parameter::new(name, Shape::Integer { min, max, path })
}

pub(super) const fn map(name: &'static str) -> Parameter {
    Parameter::new(name, Shape::Map)
}

pub(super) const fn object(name: &'static str, members: &'static [Parameter]) -> Parameter {
    Parameter::new(name, Shape::Object(members))
}

pub(super) const fn any(name: &'static str) -> Parameter {
    Parameter::new(name, Shape::Any)
}

/// At most one of these.
pub(super) const fn one_or_none(names: &'static [&'static str]) -> Group {
    Group {
        names,
        at_least_one: false,
        at_most_one: true,
    }
}

/// Exactly one of these.
pub(super) const fn exactly_one(names: &'static [&'static str]) -> Group {
    Group {
        names,
        at_least_one: true,
        at_most_one: true,
    }
}

/// One or more of these.
pub(super) const fn some_of(names: &'static [&'static str]) -> Group {
    Group {
        names,
        at_least_one: true,
        at_most_one: false,
    }
}

/// `"True"` or `"False"`.
pub(super) const TRUE_FALSE: &[&str] = &["True", "False"];
/// `"true"` or `"false"`.
pub(super) const LOWER_TRUE_FALSE: &[&str] = &["true", "false"];
