//! Rebuilds `data/countries.txt` from the metadata of the `phonenumber` crate (libphonenumber's).
//!
//!     cargo run --release -p outbound-caller-id --example build_countries            # write the file
//!     cargo run --release -p outbound-caller-id --example build_countries -- --check # fail if it would change
//!
//! The crate reads its metadata when it is first used and compiles expressions as they are needed,
//! which takes tens of milliseconds: too long while somebody waits for a call to go out. Its regular
//! expressions are turned into decision trees over the digits of the national number instead, one
//! for each calling code and length, exactly: the automata of all expressions are walked together,
//! and equal subtrees are written once.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "a tool that a developer runs"
)]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use phonenumber::metadata::{DATABASE, Descriptor};
use phonenumber::{Metadata, Type};
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

type Dfa = dense::DFA<Vec<u32>>;

/// What makes a number one that exists: libphonenumber's types, without those of short numbers.
const TYPES: [Type; 10] = [
    Type::PremiumRate,
    Type::TollFree,
    Type::SharedCost,
    Type::Voip,
    Type::PersonalNumber,
    Type::Pager,
    Type::Uan,
    Type::Voicemail,
    Type::FixedLine,
    Type::Mobile,
];

/// What a national number comes to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Leaf {
    /// Of no region.
    Nowhere,
    /// Of this region (its place among those of the code), by its first digits; there is no such number.
    Begins(usize),
    /// A number of this region that exists.
    Exists(usize),
}

/// A leaf as it is written: `-`, `je`, `JE`, `001`.
type Name = String;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Tree {
    Leaf(Name),
    Node(usize),
}

fn automaton(pattern: &str) -> Dfa {
    dense::Builder::new()
        .configure(
            dense::Config::new()
                .match_kind(MatchKind::All)
                .start_kind(StartKind::Anchored),
        )
        .syntax(
            syntax::Config::new()
                .unicode(false)
                .utf8(false)
                .ignore_whitespace(true),
        )
        .build(pattern)
        .unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

fn begin(dfa: &Dfa) -> StateID {
    dfa.start_state(&start::Config::new().anchored(Anchored::Yes))
        .expect("anchored automata start")
}

fn matches(dfa: &Dfa, state: StateID) -> bool {
    dfa.is_match_state(dfa.next_eoi_state(state))
}

/// How far an expression that need only match the beginning has come.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Prefix {
    Matched,
    Failed,
    Running(StateID),
}

struct Region {
    id: String,
    leading: Option<Dfa>,
    general: Dfa,
    types: Vec<Dfa>,
}

impl Region {
    /// The region, for national numbers of this length.
    fn new(region: &Metadata, length: usize) -> Self {
        let of_length = |descriptor: &&Descriptor| {
            let lengths = descriptor.possible_length();
            lengths.is_empty()
                || lengths
                    .iter()
                    .any(|possible| usize::from(*possible) == length)
        };
        let whole = |descriptor: &Descriptor| automaton(descriptor.national_number().as_str());
        let general = Some(region.descriptors().general()).filter(of_length);
        Self {
            id: region.id().to_owned(),
            leading: region
                .leading_digits()
                .map(|leading| automaton(leading.as_str())),
            types: TYPES
                .into_iter()
                .filter_map(|of| region.descriptors().get(of))
                .filter(of_length)
                .filter(|_| general.is_some())
                .map(whole)
                .collect(),
            general: whole(region.descriptors().general()),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    depth: usize,
    regions: Vec<RegionState>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct RegionState {
    leading: Prefix,
    general: StateID,
    types: Vec<StateID>,
}

/// The regions that share a calling code, the main one first.
struct Plan(Vec<Region>);

impl Plan {
    fn new(code: u16, length: usize) -> Option<Self> {
        let regions = DATABASE.by_code(&code)?;
        Some(Self(
            regions
                .into_iter()
                .map(|region| Region::new(region, length))
                .collect(),
        ))
    }

    fn start(&self) -> State {
        State {
            depth: 0,
            regions: self
                .0
                .iter()
                .map(|region| RegionState {
                    leading: region
                        .leading
                        .as_ref()
                        .map_or(Prefix::Failed, |dfa| Prefix::Running(begin(dfa))),
                    general: begin(&region.general),
                    types: region.types.iter().map(begin).collect(),
                })
                .collect(),
        }
    }

    fn next(&self, state: &State, digit: u8) -> State {
        let symbol = b'0' + digit;
        State {
            depth: state.depth + 1,
            regions: self
                .0
                .iter()
                .zip(&state.regions)
                .map(|(region, at)| RegionState {
                    leading: match (at.leading, &region.leading) {
                        (Prefix::Running(state), Some(dfa)) => {
                            let state = dfa.next_state(state, symbol);
                            if matches(dfa, state) {
                                Prefix::Matched
                            } else if dfa.is_dead_state(state) {
                                Prefix::Failed
                            } else {
                                Prefix::Running(state)
                            }
                        }
                        (decided, _) => decided,
                    },
                    general: region.general.next_state(at.general, symbol),
                    types: region
                        .types
                        .iter()
                        .zip(&at.types)
                        .map(|(dfa, state)| dfa.next_state(*state, symbol))
                        .collect(),
                })
                .collect(),
        }
    }

    /// As libphonenumber decides: the first region whose leading digits these are, or that has such
    /// a number; a code of one region belongs to that.
    fn leaf(&self, state: &State) -> Leaf {
        let exists = |at: usize| {
            let (region, state) = (&self.0[at], &state.regions[at]);
            matches(&region.general, state.general)
                && region
                    .types
                    .iter()
                    .zip(&state.types)
                    .any(|(dfa, state)| matches(dfa, *state))
        };
        let of = (0..self.0.len()).find(|at| match self.0[*at].leading {
            Some(_) => state.regions[*at].leading == Prefix::Matched,
            None => exists(*at),
        });
        match of.or_else(|| (self.0.len() == 1).then_some(0)) {
            None => Leaf::Nowhere,
            Some(at) if exists(at) => Leaf::Exists(at),
            Some(at) => Leaf::Begins(at),
        }
    }

    fn name(&self, leaf: Leaf) -> Name {
        match leaf {
            Leaf::Nowhere => "-".to_owned(),
            // 001 is the world: codes of no country.
            Leaf::Begins(at) if self.0[at].id == "001" => "-".to_owned(),
            Leaf::Begins(at) => self.0[at].id.to_ascii_lowercase(),
            Leaf::Exists(at) => self.0[at].id.clone(),
        }
    }
}

/// All trees, each different node once.
#[derive(Default)]
struct Forest {
    nodes: Vec<[Tree; 10]>,
    known: HashMap<[Tree; 10], usize>,
}

impl Forest {
    fn grow(
        &mut self,
        plan: &Plan,
        state: &State,
        length: usize,
        seen: &mut HashMap<State, Tree>,
    ) -> Tree {
        if state.depth == length {
            return Tree::Leaf(plan.name(plan.leaf(state)));
        }
        if let Some(tree) = seen.get(state) {
            return tree.clone();
        }
        let children = std::array::from_fn(|digit| {
            let digit = u8::try_from(digit).expect("there are ten digits");
            self.grow(plan, &plan.next(state, digit), length, seen)
        });
        // A node stands for one digit: only leaves may stand for any number of them.
        let decided = matches!(children[0], Tree::Leaf(_));
        let tree = if decided && children.iter().all(|child| *child == children[0]) {
            children[0].clone()
        } else {
            let next = self.nodes.len();
            let node = *self.known.entry(children.clone()).or_insert(next);
            if node == next {
                self.nodes.push(children);
            }
            Tree::Node(node)
        };
        seen.insert(state.clone(), tree.clone());
        tree
    }
}

fn main() -> ExitCode {
    let mut forest = Forest::default();
    let mut roots: BTreeMap<(u16, usize), Tree> = BTreeMap::new();
    for code in 1..1000 {
        // E.164: at most 15 digits with the calling code.
        for length in 2..=15 - code.to_string().len() {
            let Some(plan) = Plan::new(code, length) else {
                continue;
            };
            let tree = forest.grow(&plan, &plan.start(), length, &mut HashMap::new());
            // A length that no region has is left out, also where the first digits would tell one.
            let possible = plan.0.iter().any(|region| !region.types.is_empty());
            let sole = plan.0.len() == 1;
            if (possible || sole) && tree != Tree::Leaf("-".to_owned()) {
                roots.insert((code, length), tree);
            }
        }
    }
    let text = write(&forest, &roots);
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/countries.txt");
    if std::env::args().any(|argument| argument == "--check") {
        if std::fs::read_to_string(&target).expect("countries.txt can be read") != text {
            println!("countries.txt is not what the metadata gives: run build_countries");
            return ExitCode::FAILURE;
        }
    } else {
        std::fs::write(&target, &text).expect("countries.txt can be written");
    }
    println!(
        "{} nodes, {} trees, {} bytes",
        forest.nodes.len(),
        roots.len(),
        text.len()
    );
    ExitCode::SUCCESS
}

fn write(forest: &Forest, roots: &BTreeMap<(u16, usize), Tree>) -> String {
    let mut text = String::from(
        "# Which country a number belongs to; built by examples/build_countries.rs from libphonenumber's\n\
         # metadata (Apache-2.0) as the phonenumber crate carries it.\n\
         # `code length tree`, then one node a line: its ten children, by the next digit. A tree is\n\
         # `JE` (a number of Jersey), `je` (begins like one, but there is no such number), `001` (a\n\
         # number of no country), `-` (nothing known), or `@line` of a node, from 0.\n",
    );
    let name = |tree: &Tree| match tree {
        Tree::Leaf(name) => name.clone(),
        Tree::Node(index) => format!("@{index}"),
    };
    for ((code, length), tree) in roots {
        let _ = writeln!(text, "{code} {length} {}", name(tree));
    }
    text.push_str("nodes\n");
    for children in &forest.nodes {
        let children: Vec<String> = children.iter().map(name).collect();
        text.push_str(&children.join(" "));
        text.push('\n');
    }
    text
}
