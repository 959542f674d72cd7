//! Rebuilds `data/numbers.txt` from the metadata of the `phonenumber` crate (libphonenumber's), and
//! what is derived from it in the solution: the pattern of the API's model and of the page, the
//! countries of the page, and the countries by their first digits in the API's request template.
//!
//!     cargo run -p event-registration --example build_numbers            # write the files
//!     cargo run -p event-registration --example build_numbers -- --check # fail if one would change
//!
//! A pattern says of a calling code which lengths its numbers have and which digit they begin with:
//! small enough for a model and a page, and it never refuses a number that exists.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "a tool that a developer runs"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Type};
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

type Dfa = dense::DFA<Vec<u32>>;

/// What numbers people have. Nobody registers with a premium rate.
const TYPES: [Type; 9] = [
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

/// How many digits of a national number tell countries apart that share a calling code.
const TELLING: usize = 5;

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

/// The numbers of one type, with the lengths that they may have.
struct Numbers {
    dfa: Dfa,
    lengths: Vec<usize>,
}

impl Numbers {
    fn begin(&self) -> StateID {
        self.dfa
            .start_state(&start::Config::new().anchored(Anchored::Yes))
            .expect("anchored automata start")
    }

    fn next(&self, state: StateID, digit: u8) -> StateID {
        self.dfa.next_state(state, b'0' + digit)
    }

    /// Whether numbers of this length begin with this digit.
    fn have(&self, length: usize, digit: u8) -> bool {
        if !self.lengths.is_empty() && !self.lengths.contains(&length) {
            return false;
        }
        let mut states = vec![self.next(self.begin(), digit)];
        for _ in 1..length {
            states = states
                .iter()
                .flat_map(|state| (0..10).map(|digit| self.next(*state, digit)))
                .filter(|state| !self.dfa.is_dead_state(*state))
                .collect();
            states.sort_unstable();
            states.dedup();
        }
        states
            .into_iter()
            .any(|state| self.dfa.is_match_state(self.dfa.next_eoi_state(state)))
    }
}

fn numbers(region: &Metadata) -> Vec<Numbers> {
    let general = region.descriptors().general().possible_length();
    TYPES
        .into_iter()
        .filter_map(|of| region.descriptors().get(of))
        .map(|descriptor| {
            let own = descriptor.possible_length();
            let lengths = if own.is_empty() { general } else { own };
            Numbers {
                dfa: automaton(descriptor.national_number().as_str()),
                lengths: lengths.iter().map(|length| usize::from(*length)).collect(),
            }
        })
        .collect()
}

struct Code {
    code: u16,
    /// What is dialled before a national number inside the country.
    trunk: Option<String>,
    pattern: String,
    /// The main country first, with no digits; the others with the digits that tell them.
    countries: Vec<(String, Vec<String>)>,
}

fn digits(mask: &[bool; 10]) -> String {
    let chosen: Vec<usize> = (0..10).filter(|digit| mask[*digit]).collect();
    if chosen.len() == 10 {
        return "\\d".to_owned();
    }
    if let [only] = chosen.as_slice() {
        return only.to_string();
    }
    let mut text = String::from("[");
    let mut at = 0;
    while at < chosen.len() {
        let mut last = at;
        while last + 1 < chosen.len() && chosen[last + 1] == chosen[last] + 1 {
            last += 1;
        }
        match last - at {
            0 => write!(text, "{}", chosen[at]),
            1 => write!(text, "{}{}", chosen[at], chosen[last]),
            _ => write!(text, "{}-{}", chosen[at], chosen[last]),
        }
        .expect("a text can be written to");
        at = last + 1;
    }
    text + "]"
}

fn repeated(from: usize, to: usize) -> String {
    match (from, to) {
        (0, 0) => String::new(),
        (1, 1) => "\\d".to_owned(),
        _ if from == to => format!("\\d{{{from}}}"),
        _ => format!("\\d{{{from},{to}}}"),
    }
}

fn pattern(code: u16, all: &[Vec<Numbers>]) -> String {
    if code == 1 {
        // The North American plan: NPA and exchange begin with 2 to 9.
        return "[2-9]\\d\\d[2-9]\\d{6}".to_owned();
    }
    let longest = 15 - code.to_string().len();
    let mut groups: Vec<([bool; 10], usize, usize)> = Vec::new();
    for length in 2..=longest {
        let mut mask = [false; 10];
        for (digit, begins) in mask.iter_mut().enumerate() {
            let digit = u8::try_from(digit).expect("there are ten digits");
            *begins = all.iter().flatten().any(|kind| kind.have(length, digit));
        }
        if mask == [false; 10] {
            continue;
        }
        match groups.last_mut() {
            Some((known, _, to)) if *known == mask && *to + 1 == length => *to = length,
            _ => groups.push((mask, length, length)),
        }
    }
    let parts: Vec<String> = groups
        .iter()
        .map(|(mask, from, to)| digits(mask) + &repeated(from - 1, to - 1))
        .collect();
    parts.join("|")
}

/// Which countries' numbers begin like this: the digits, and what is left of each country's numbers.
fn tell(
    prefix: &str,
    states: &[Vec<Option<StateID>>],
    all: &[Vec<Numbers>],
    told: &mut BTreeMap<usize, Vec<String>>,
) {
    let left: Vec<usize> = (0..all.len())
        .filter(|country| states[*country].iter().any(Option::is_some))
        .collect();
    match left.as_slice() {
        [] | [0] => {}
        [other] => told.entry(*other).or_default().push(prefix.to_owned()),
        // What several have belongs to the main one, or the first that has it.
        _ if prefix.len() == TELLING => {
            if left[0] != 0 {
                told.entry(left[0]).or_default().push(prefix.to_owned());
            }
        }
        _ => {
            for digit in 0..10 {
                let next: Vec<Vec<Option<StateID>>> = states
                    .iter()
                    .zip(all)
                    .map(|(states, kinds)| {
                        states
                            .iter()
                            .zip(kinds)
                            .map(|(state, kind)| {
                                let state = kind.next((*state)?, digit);
                                (!kind.dfa.is_dead_state(state)).then_some(state)
                            })
                            .collect()
                    })
                    .collect();
                tell(&format!("{prefix}{digit}"), &next, all, told);
            }
        }
    }
}

fn codes() -> Vec<Code> {
    let mut codes = Vec::new();
    for code in 1..1000 {
        let Some(regions) = DATABASE.by_code(&code) else {
            continue;
        };
        let all: Vec<Vec<Numbers>> = regions.iter().map(|region| numbers(region)).collect();
        let pattern = pattern(code, &all);
        if pattern.is_empty() {
            continue;
        }
        let mut told = BTreeMap::new();
        if all.len() > 1 {
            let begin: Vec<Vec<Option<StateID>>> = all
                .iter()
                .map(|kinds| kinds.iter().map(|kind| Some(kind.begin())).collect())
                .collect();
            tell("", &begin, &all, &mut told);
        }
        let countries = regions
            .iter()
            .enumerate()
            .map(|(at, region)| (region.id().to_owned(), told.remove(&at).unwrap_or_default()))
            // 001 is the world: a code of no country.
            .filter(|(id, _)| id != "001")
            .collect();
        codes.push(Code {
            code,
            trunk: regions[0].national_prefix().map(str::to_owned),
            pattern,
            countries,
        });
    }
    codes
}

fn write(codes: &[Code]) -> String {
    let mut text = String::from(
        "# Which numbers can exist; built by examples/build_numbers.rs from libphonenumber's metadata\n\
         # (Apache-2.0) as the phonenumber crate carries it. A line is: the calling code, what is\n\
         # dialled before a number inside the country (`-` for nothing), a pattern of the digits after\n\
         # the code, and the countries: the main one, then others with the digits that they begin with.\n",
    );
    for code in codes {
        let trunk = code.trunk.as_deref().unwrap_or("-");
        let _ = write!(text, "{} {trunk} {}", code.code, code.pattern);
        for (id, prefixes) in &code.countries {
            let _ = write!(text, " {id}");
            if !prefixes.is_empty() {
                let _ = write!(text, ":{}", prefixes.join(","));
            }
        }
        text.push('\n');
    }
    text
}

/// E.164 of all codes.
fn whole(codes: &[Code]) -> String {
    let alternatives: Vec<String> = codes
        .iter()
        .map(|code| {
            if code.pattern.contains('|') {
                format!("{}({})", code.code, code.pattern)
            } else {
                format!("{}{}", code.code, code.pattern)
            }
        })
        .collect();
    format!("^\\+({})$", alternatives.join("|"))
}

/// `GB44,0`: a country, its calling code, and what is dialled before a number inside it.
fn callings(codes: &[Code]) -> String {
    let mut countries = BTreeMap::new();
    for code in codes {
        for (id, _) in &code.countries {
            let trunk = code
                .trunk
                .as_deref()
                .map_or(String::new(), |trunk| format!(",{trunk}"));
            countries.insert(id, format!("{}{trunk}", code.code));
        }
    }
    let entries: Vec<String> = countries
        .iter()
        .map(|(id, calling)| format!("{id}{calling}"))
        .collect();
    entries.join(" ")
}

/// `{"44":"GB","441481":"GG"}`: the country of a number is that of the most of its first digits.
fn beginnings(codes: &[Code]) -> String {
    let mut entries = Vec::new();
    for code in codes {
        for (at, (id, prefixes)) in code.countries.iter().enumerate() {
            if at == 0 {
                entries.push(format!("\"{}\":\"{id}\"", code.code));
            }
            for prefix in prefixes {
                entries.push(format!("\"{}{prefix}\":\"{id}\"", code.code));
            }
        }
    }
    format!("{{{}}}", entries.join(","))
}

/// A text with the lines that begin so written anew.
fn renewed(text: &str, lines: &[(&str, String)]) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let found = lines
            .iter()
            .find(|(begins, _)| line.trim_start().starts_with(begins));
        match found {
            Some((_, new)) => {
                out.push_str(&line[..line.len() - line.trim_start().len()]);
                out.push_str(new);
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

fn main() -> ExitCode {
    let codes = codes();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| {
        std::fs::read_to_string(here.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let template = "../../templates/event-registration-api.yaml";
    let page = "../../solutions/event-registration/page.html";
    let files = [
        ("data/numbers.txt", write(&codes)),
        (
            template,
            renewed(
                &read(template),
                &[
                    ("pattern: ^\\+(", format!("pattern: {}", whole(&codes))),
                    (
                        "#set($countries = {",
                        format!("#set($countries = {})", beginnings(&codes)),
                    ),
                ],
            ),
        ),
        (
            page,
            renewed(
                &read(page),
                &[
                    (
                        "const NUMBER = ",
                        format!("const NUMBER = String.raw`{}`;", whole(&codes)),
                    ),
                    (
                        "const COUNTRIES = ",
                        format!("const COUNTRIES = \"{}\";", callings(&codes)),
                    ),
                ],
            ),
        ),
    ];
    let check = std::env::args().any(|argument| argument == "--check");
    let mut changed = false;
    for (path, text) in files {
        println!("{path}: {} bytes", text.len());
        if check {
            if read(path) != text {
                println!("{path} is not what the metadata gives: run build_numbers");
                changed = true;
            }
        } else {
            std::fs::write(here.join(path), text).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
    println!(
        "pattern {} bytes, countries {} and {}",
        whole(&codes).len(),
        callings(&codes).len(),
        beginnings(&codes).len()
    );
    if changed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
