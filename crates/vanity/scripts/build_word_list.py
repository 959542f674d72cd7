#!/usr/bin/env python3
"""Rebuild crates/vanity/data/words.txt from the SCOWL word lists.

    apt-get install scowl          # Debian/Ubuntu; SCOWL 2020.12.07
    crates/vanity/scripts/build_word_list.py            # write the file
    crates/vanity/scripts/build_word_list.py --check    # fail if it would change

The same package and the same data files give the same bytes. What is taken:
words of lower-case letters from the English, American and British lists, up to
the size that still reads as everyday English for their length; two-letter
words, and a few of three letters, are picked by hand (data/short_words.txt);
whatever data/blocked.txt names is left out.
"""

import argparse
import hashlib
import pathlib
import re
import sys

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
VARIETIES = ("english-words", "american-words", "british-words", "british_z-words")
# SCOWL size -> tier in our file: 0 is the most common.
SIZES = (10, 20, 35, 40, 50, 60)
# The largest SCOWL size that is taken for a word of so many letters. Of three
# letters there are few, and the larger sizes still hold well-known ones ("gar").
LARGEST_SIZE = {3: 60, 4: 50}
LARGEST_SIZE_OTHERWISE = 50
LONGEST = 14


def plain_lines(path):
    for line in path.read_text(encoding="ascii").splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            yield line


class BlockList:
    def __init__(self, lines):
        self.exact, self.prefixes, self.inside, self.innocent = set(), [], [], set()
        for line in lines:
            if line.startswith("~"):
                continue
            if line.startswith("!"):
                self.innocent.add(line[1:])
            elif line.startswith(("=", "-")):
                self.exact.add(line[1:])
            elif line.startswith("*"):
                self.inside.append(line.strip("*"))
            elif line.endswith("*"):
                self.prefixes.append(line[:-1])
            else:
                self.exact.update((line, line + "s", line + "es"))
        self.prefixes = tuple(self.prefixes)

    def refuses(self, word):
        if word in self.innocent:
            return False
        return (
            word in self.exact
            or word.startswith(self.prefixes)
            or any(text in word for text in self.inside)
        )


def build(scowl):
    block_list = BlockList(plain_lines(DATA / "blocked.txt"))
    short = {"+": set(), "-": set()}
    for line in plain_lines(DATA / "short_words.txt"):
        for word in line[1:].split():
            short[line[0]].add(word)
    tiers = {}
    for tier, size in enumerate(SIZES):
        for variety in VARIETIES:
            path = scowl / f"{variety}.{size}"
            if not path.exists():
                continue
            for word in path.read_bytes().decode("latin-1").split():
                if not re.fullmatch("[a-z]+", word) or word in tiers:
                    continue
                if word in short["-"] or block_list.refuses(word):
                    continue
                largest = LARGEST_SIZE.get(len(word), LARGEST_SIZE_OTHERWISE)
                by_rule = 3 <= len(word) <= LONGEST and size <= largest
                if by_rule or word in short["+"]:
                    tiers[word] = tier
    missing = sorted(short["+"] - tiers.keys())
    if missing:
        sys.exit(f"short_words.txt names words that SCOWL does not have: {missing}")
    body = "".join(
        f"[{tier}]\n" + "".join(f"{word}\n" for word in sorted(words))
        for tier in range(len(SIZES))
        for words in [[word for word in tiers if tiers[word] == tier]]
    )
    digest = hashlib.sha256(body.encode()).hexdigest()
    return (
        "# Words by how common they are; built by scripts/build_word_list.py from SCOWL 2020.12.07,\n"
        "# see SCOWL-COPYRIGHT for the licence. Sections: SCOWL sizes "
        + ", ".join(map(str, SIZES))
        + f".\n# words: {len(tiers)}\n# sha256 of what follows: {digest}\n"
        + body
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scowl", type=pathlib.Path, default=pathlib.Path("/usr/share/dict/scowl"))
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file differs")
    arguments = parser.parse_args()
    if not (arguments.scowl / "english-words.10").exists():
        sys.exit(f"no SCOWL in {arguments.scowl}: apt-get install scowl, or give --scowl")
    text = build(arguments.scowl)
    target = DATA / "words.txt"
    if arguments.check:
        if target.read_text(encoding="ascii") != text:
            sys.exit("words.txt is not what SCOWL and the block list give: run build_word_list.py")
    else:
        target.write_text(text, encoding="ascii")
    print(text.splitlines()[2][2:])


if __name__ == "__main__":
    main()
