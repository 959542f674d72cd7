//! Rebuilds `data/numbering.txt` from the metadata of the `phonenumber` crate (libphonenumber's).
//!
//!     cargo run --release -p vanity --example build_numbering            # write the file
//!     cargo run --release -p vanity --example build_numbering -- --check # fail if it would change
//!
//! The crate reads its metadata when it is first used, which takes tens of milliseconds: too long
//! for a caller who waits. Its regular expressions are turned into decision trees over the digits
//! of the national number instead, one for each country code and length, exactly: the automata of
//! all expressions are walked together, and equal subtrees are written once.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "a tool that a developer runs"
)]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::ExitCode;

use phonenumber::metadata::{DATABASE, Format};
use regex_automata::dfa::{Automaton, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::util::syntax;
use regex_automata::{Anchored, MatchKind};

type Dfa = dense::DFA<Vec<u32>>;

/// What a national number comes to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
enum Leaf {
    /// The country has no such number.
    Impossible,
    /// Bit `i`: a group of digits begins at `i`.
    Groups(u16),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Tree {
    Leaf(Leaf),
    Node(usize),
}

fn automaton(pattern: &str) -> Dfa {
    dense::Builder::new()
        .configure(
            dense::Config::new()
                .match_kind(MatchKind::All)
                .start_kind(regex_automata::dfa::StartKind::Anchored),
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

struct Rule<'metadata> {
    format: &'metadata Format,
    leading: Option<Dfa>,
    pattern: Dfa,
}

struct Country<'metadata> {
    possible: Vec<Dfa>,
    rules: Vec<Rule<'metadata>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    depth: usize,
    possible: Vec<StateID>,
    leading: Vec<Prefix>,
    patterns: Vec<StateID>,
}

impl<'metadata> Country<'metadata> {
    fn new(code: u16) -> Option<Self> {
        let regions = DATABASE.by_code(&code)?;
        let main = regions.first()?;
        let formats = if main.international_formats().is_empty() {
            main.formats()
        } else {
            main.international_formats()
        };
        Some(Self {
            possible: regions
                .iter()
                .map(|region| automaton(region.descriptors().general().national_number().as_str()))
                .collect(),
            rules: formats
                .iter()
                .map(|format| Rule {
                    format,
                    leading: format
                        .leading_digits()
                        .last()
                        .map(|leading| automaton(leading.as_str())),
                    pattern: automaton(format.pattern().as_str()),
                })
                .collect(),
        })
    }

    fn start(&self) -> State {
        State {
            depth: 0,
            possible: self.possible.iter().map(begin).collect(),
            leading: self
                .rules
                .iter()
                .map(|rule| {
                    rule.leading
                        .as_ref()
                        .map_or(Prefix::Matched, |dfa| Prefix::Running(begin(dfa)))
                })
                .collect(),
            patterns: self.rules.iter().map(|rule| begin(&rule.pattern)).collect(),
        }
    }

    fn next(&self, state: &State, digit: u8) -> State {
        let symbol = b'0' + digit;
        State {
            depth: state.depth + 1,
            possible: self
                .possible
                .iter()
                .zip(&state.possible)
                .map(|(dfa, at)| dfa.next_state(*at, symbol))
                .collect(),
            leading: self
                .rules
                .iter()
                .zip(&state.leading)
                .map(|(rule, prefix)| match (prefix, &rule.leading) {
                    (Prefix::Running(at), Some(dfa)) => {
                        let at = dfa.next_state(*at, symbol);
                        if matches(dfa, at) {
                            Prefix::Matched
                        } else if dfa.is_dead_state(at) {
                            Prefix::Failed
                        } else {
                            Prefix::Running(at)
                        }
                    }
                    _ => *prefix,
                })
                .collect(),
            patterns: self
                .rules
                .iter()
                .zip(&state.patterns)
                .map(|(rule, at)| rule.pattern.next_state(*at, symbol))
                .collect(),
        }
    }

    fn is_hopeless(&self, state: &State) -> bool {
        self.possible
            .iter()
            .zip(&state.possible)
            .all(|(dfa, at)| dfa.is_dead_state(*at))
    }

    fn leaf(&self, state: &State, national: &str) -> Leaf {
        if !self
            .possible
            .iter()
            .zip(&state.possible)
            .any(|(dfa, at)| matches(dfa, *at))
        {
            return Leaf::Impossible;
        }
        let rule = self.rules.iter().enumerate().find(|(index, rule)| {
            state.leading[*index] == Prefix::Matched
                && matches(&rule.pattern, state.patterns[*index])
        });
        Leaf::Groups(rule.map_or(1, |(_, rule)| groups(national, rule.format)))
    }
}

/// Where the groups begin when `format` writes `national`; one group when it would write other digits.
fn groups(national: &str, format: &Format) -> u16 {
    let written = format
        .pattern()
        .replace(national, format.format())
        .into_owned();
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    if digits != national {
        return 1;
    }
    let mut mask = 0;
    let mut at = 0;
    for group in written
        .split(|symbol: char| !symbol.is_ascii_digit())
        .filter(|group| !group.is_empty())
    {
        mask |= 1 << at;
        at += group.len();
    }
    mask
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
        country: &Country<'_>,
        state: &State,
        national: &mut String,
        length: usize,
        seen: &mut HashMap<State, Tree>,
    ) -> Tree {
        if country.is_hopeless(state) {
            return Tree::Leaf(Leaf::Impossible);
        }
        if state.depth == length {
            return Tree::Leaf(country.leaf(state, national));
        }
        if let Some(tree) = seen.get(state) {
            return *tree;
        }
        let mut children = [Tree::Leaf(Leaf::Impossible); 10];
        for (digit, child) in (0u8..).zip(&mut children) {
            national.push(char::from(b'0' + digit));
            *child = self.grow(country, &country.next(state, digit), national, length, seen);
            national.pop();
        }
        // A node stands for one digit: only leaves may stand for any number of them.
        let decided = matches!(children[0], Tree::Leaf(_));
        let tree = if decided && children.iter().all(|child| *child == children[0]) {
            children[0]
        } else {
            Tree::Node(*self.known.entry(children).or_insert_with(|| {
                self.nodes.push(children);
                self.nodes.len() - 1
            }))
        };
        seen.insert(state.clone(), tree);
        tree
    }
}

fn main() -> ExitCode {
    // The North American plan is fixed and written in numbering.rs.
    let codes = 2..1000;
    let mut forest = Forest::default();
    let mut roots: BTreeMap<(u16, usize), Tree> = BTreeMap::new();
    for code in codes {
        let Some(country) = Country::new(code) else {
            continue;
        };
        // E.164: at most 15 digits with the country code.
        for length in 2..=15 - code.to_string().len() {
            let tree = forest.grow(
                &country,
                &country.start(),
                &mut String::new(),
                length,
                &mut HashMap::new(),
            );
            if tree != Tree::Leaf(Leaf::Impossible) {
                roots.insert((code, length), tree);
            }
        }
    }
    let text = write(&forest, &roots);
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/numbering.txt");
    if std::env::args().any(|argument| argument == "--check") {
        if std::fs::read_to_string(&target).expect("numbering.txt can be read") != text {
            println!("numbering.txt is not what the metadata gives: run build_numbering");
            return ExitCode::FAILURE;
        }
    } else {
        std::fs::write(&target, &text).expect("numbering.txt can be written");
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
        "# How national numbers are written; built by examples/build_numbering.rs from libphonenumber's\n\
         # metadata (Apache-2.0) as the phonenumber crate carries it.\n\
         # `code length tree`, then one node a line: its ten children, by the next digit. A tree is\n\
         # `-` (no such number), where its groups begin (`0.3.6`), or `@line` of a node, from 0.\n",
    );
    let name = |tree: &Tree| match tree {
        Tree::Leaf(Leaf::Impossible) => "-".to_owned(),
        Tree::Leaf(Leaf::Groups(mask)) => {
            let starts: Vec<usize> = (0..16).filter(|bit| mask >> bit & 1 == 1).collect();
            starts
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(".")
        }
        Tree::Node(index) => format!("@{index}"),
    };
    for ((code, length), tree) in roots {
        text.push_str(&format!("{code} {length} {}\n", name(tree)));
    }
    text.push_str("nodes\n");
    for children in &forest.nodes {
        let children: Vec<String> = children.iter().map(name).collect();
        text.push_str(&children.join(" "));
        text.push('\n');
    }
    text
}
