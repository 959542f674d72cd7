//! The numbering plans, as decision trees.

use std::fs;
use std::path::Path;

/// A tree that is no node: "no such number".
const IMPOSSIBLE: u16 = 0xffff;
/// A tree that is no node: where groups begin, without the first, one bit lower than in the mask.
const GROUPS: u16 = 0x8000;

/// Writes `numbering_roots.bin` (country code, length and tree, 16 bits each, sorted) and
/// `numbering_nodes.bin` (ten trees each, 16 bits).
pub fn write_plans(out: &Path, text: &str) {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let (mut roots, mut nodes) = (Vec::new(), Vec::new());
    for line in lines.by_ref().take_while(|line| *line != "nodes") {
        let fields: Vec<&str> = line.split(' ').collect();
        let &[code, length, tree] = fields.as_slice() else {
            panic!("numbering.txt: {line:?}");
        };
        roots.push([number(code), number(length), read_tree(tree)]);
    }
    assert!(
        roots.is_sorted(),
        "numbering.txt: the trees are not in order"
    );
    for line in lines {
        let children: Vec<u16> = line.split(' ').map(read_tree).collect();
        assert!(
            children.len() == 10,
            "numbering.txt: a node has ten children: {line:?}"
        );
        nodes.extend(children);
    }
    let bytes = |values: &mut dyn Iterator<Item = u16>| {
        values.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    fs::write(
        out.join("numbering_roots.bin"),
        bytes(&mut roots.into_iter().flatten()),
    )
    .expect("OUT_DIR is writable");
    fs::write(
        out.join("numbering_nodes.bin"),
        bytes(&mut nodes.into_iter()),
    )
    .expect("OUT_DIR is writable");
}

fn read_tree(text: &str) -> u16 {
    if text == "-" {
        return IMPOSSIBLE;
    }
    if let Some(node) = text.strip_prefix('@') {
        let node = number(node);
        assert!(node < GROUPS, "numbering.txt: too many nodes");
        return node;
    }
    GROUPS
        | text
            .split('.')
            .map(number)
            .filter(|start| *start > 0)
            .fold(0, |mask, start| mask | 1 << (start - 1))
}

fn number(text: &str) -> u16 {
    text.parse()
        .unwrap_or_else(|error| panic!("numbering.txt: {text:?}: {error}"))
}
