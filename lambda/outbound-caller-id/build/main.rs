//! Writes `data/countries.txt` as the function reads it: `countries_roots.bin` (calling code, length
//! and tree, 16 bits each, sorted) and `countries_nodes.bin` (ten trees each, 16 bits). A tree is a
//! node, or a leaf with the highest bit set.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a build talks to cargo, and stops when it cannot go on"
)]

use std::path::{Path, PathBuf};

const LEAF: u16 = 0x8000;
const EXISTS: u16 = 0x4000;
/// No country.
const NOWHERE: u16 = 0x3fff;

fn main() {
    let source = "data/countries.txt";
    println!("cargo::rerun-if-changed={source}");
    println!("cargo::rerun-if-changed=build/main.rs");
    let text = std::fs::read_to_string(source).expect("data/countries.txt can be read");
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    write(&out, &text);
}

fn write(out: &Path, text: &str) {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let (mut roots, mut nodes) = (Vec::new(), Vec::new());
    for line in lines.by_ref().take_while(|line| *line != "nodes") {
        let fields: Vec<&str> = line.split(' ').collect();
        let &[code, length, tree] = fields.as_slice() else {
            panic!("countries.txt: {line:?}");
        };
        roots.push([number(code), number(length), read_tree(tree)]);
    }
    assert!(
        roots.is_sorted(),
        "countries.txt: the trees are not in order"
    );
    for line in lines {
        let children: Vec<u16> = line.split(' ').map(read_tree).collect();
        assert!(
            children.len() == 10,
            "countries.txt: a node has ten children: {line:?}"
        );
        nodes.extend(children);
    }
    let bytes = |values: &mut dyn Iterator<Item = u16>| {
        values.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    std::fs::write(
        out.join("countries_roots.bin"),
        bytes(&mut roots.into_iter().flatten()),
    )
    .expect("OUT_DIR is writable");
    std::fs::write(
        out.join("countries_nodes.bin"),
        bytes(&mut nodes.into_iter()),
    )
    .expect("OUT_DIR is writable");
}

fn read_tree(text: &str) -> u16 {
    if let Some(node) = text.strip_prefix('@') {
        let node = number(node);
        assert!(node < LEAF, "countries.txt: too many nodes");
        return node;
    }
    let country = |letters: &[u8]| match letters {
        [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => {
            u16::from(first - b'A') * 26 + u16::from(second - b'A')
        }
        _ => panic!("countries.txt: {text:?} is no tree"),
    };
    match text.as_bytes() {
        b"-" => LEAF | NOWHERE,
        b"001" => LEAF | EXISTS | NOWHERE,
        letters if text.chars().all(|letter| letter.is_ascii_lowercase()) => {
            LEAF | country(&letters.to_ascii_uppercase())
        }
        letters => LEAF | EXISTS | country(letters),
    }
}

fn number(text: &str) -> u16 {
    text.parse()
        .unwrap_or_else(|error| panic!("countries.txt: {text:?}: {error}"))
}
