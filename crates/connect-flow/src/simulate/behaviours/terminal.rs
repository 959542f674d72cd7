//! `DisconnectParticipant` and `EndFlowExecution`.

use super::{Behaviour, Turn};
use crate::simulate::End;

pub(super) const DISCONNECT: Behaviour = Behaviour::silent(|_, _| Turn::End(End::Disconnected));

pub(super) const END_FLOW: Behaviour = Behaviour::silent(|_, _| Turn::End(End::FlowEnded));
