#!/usr/bin/env python3
"""Rebuild crates/vanity/data/words.txt: words from SCOWL, ranked by how often they are said.

    apt-get install scowl          # Debian/Ubuntu; SCOWL 2020.12.07
    pip download --no-deps pyspellchecker==0.9.1
    crates/vanity/scripts/build_word_list.py --counts pyspellchecker-0.9.1-py3-none-any.whl
    … --check                      # write nothing, fail if the file would change

The same packages and the same data files give the same bytes. What is taken:
words of lower-case letters from SCOWL's English, American and British lists, up
to the size that still reads as everyday English for their length; two-letter
words, and a few of three letters, are picked by hand (data/short_words.txt);
whatever data/blocked.txt names is left out, and so are short words hardly ever
said.

How they are ranked: by their count in film subtitles, as pyspellchecker carries
it (data/FREQUENCIES-LICENSE). A tier is a halving of that count. A word that
SCOWL does not have among its common ones is not common here either, however
often it is said in films; a word without a count (British spellings, mostly)
takes the tier that is the median of its SCOWL size.
"""

import argparse
import gzip
import hashlib
import json
import pathlib
import re
import statistics
import sys
import zipfile

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
VARIETIES = ("english-words", "american-words", "british-words", "british_z-words")
SIZES = (10, 20, 35, 40, 50, 60)
# Words up to this SCOWL size may be common.
LARGEST_COMMON_SIZE = 35
# Tier 0 has the words counted 2^20 times and more, each further tier half of that.
MOST_COMMON_BITS = 20
# The last tier that is common (src/search.rs): 1,024 times, one word in 1.6 million.
LAST_COMMON_TIER = 10
RAREST_TIER = 15
COUNTS_MEMBER = "spellchecker/resources/en.json.gz"
COUNTS_SHA256 = "2474a48af86fd81dccea9edd0bba6cd36dd2ecedc0ae217cefcb233bba28613c"
# The largest SCOWL size that is taken for a word of so many letters. Of three
# letters there are few, and the larger sizes still hold well-known ones ("gar").
LARGEST_SIZE = {3: 60, 4: 50}
LARGEST_SIZE_OTHERWISE = 50
LONGEST = 14
# Short words are many and stand among others: those hardly ever said ("yeps") only puzzle.
SHORT = 4
FEWEST_COUNTS_OF_SHORT = 64


def plain_lines(path):
    for line in path.read_text(encoding="ascii").splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            yield line


class BlockList:
    def __init__(self, lines):
        self.exact, self.prefixes, self.inside, self.innocent = set(), [], [], set()
        for line in lines:
            if line.startswith(("~", "^", "_")):
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


def read_counts(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read(COUNTS_MEMBER)
    digest = hashlib.sha256(packed).hexdigest()
    if digest != COUNTS_SHA256:
        sys.exit(f"{wheel}: {COUNTS_MEMBER} is not that of pyspellchecker 0.9.1 (sha256 {digest})")
    return json.loads(gzip.decompress(packed))


def by_tier(sizes, counts):
    """Words by tier, from their SCOWL sizes and their counts."""
    counted = {
        word: min(max(MOST_COMMON_BITS - (counts[word].bit_length() - 1), 0), RAREST_TIER)
        for word in sizes
        if counts.get(word)
    }
    median = {
        size: statistics.median_low(counted[word] for word in counted if sizes[word] == size)
        for size in sorted(set(sizes.values()))
    }
    tiers = [[] for _ in range(RAREST_TIER + 1)]
    for word, size in sizes.items():
        tier = counted.get(word, median[size])
        if size > LARGEST_COMMON_SIZE:
            tier = max(tier, LAST_COMMON_TIER + 1)
        tiers[tier].append(word)
    return tiers


def build(scowl, counts):
    block_list = BlockList(plain_lines(DATA / "blocked.txt"))
    short = {"+": set(), "-": set()}
    for line in plain_lines(DATA / "short_words.txt"):
        for word in line[1:].split():
            short[line[0]].add(word)
    sizes = {}
    for size in SIZES:
        for variety in VARIETIES:
            path = scowl / f"{variety}.{size}"
            if not path.exists():
                continue
            for word in path.read_bytes().decode("latin-1").split():
                if not re.fullmatch("[a-z]+", word) or word in sizes:
                    continue
                if word in short["-"] or block_list.refuses(word):
                    continue
                largest = LARGEST_SIZE.get(len(word), LARGEST_SIZE_OTHERWISE)
                by_rule = (
                    3 <= len(word) <= LONGEST
                    and size <= largest
                    and not (len(word) <= SHORT and counts.get(word, FEWEST_COUNTS_OF_SHORT) < FEWEST_COUNTS_OF_SHORT)
                )
                if by_rule or word in short["+"]:
                    sizes[word] = size
    missing = sorted(short["+"] - sizes.keys())
    if missing:
        sys.exit(f"short_words.txt names words that SCOWL does not have: {missing}")
    body = "".join(
        f"[{tier}]\n" + "".join(f"{word}\n" for word in sorted(words))
        for tier, words in enumerate(by_tier(sizes, counts))
    )
    digest = hashlib.sha256(body.encode()).hexdigest()
    return (
        "# Words by how common they are; built by scripts/build_word_list.py from SCOWL 2020.12.07\n"
        "# (SCOWL-COPYRIGHT) and the counts of pyspellchecker 0.9.1 (FREQUENCIES-LICENSE).\n"
        f"# words: {len(sizes)}\n# sha256 of what follows: {digest}\n"
        + body
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scowl", type=pathlib.Path, default=pathlib.Path("/usr/share/dict/scowl"))
    parser.add_argument("--counts", type=pathlib.Path, required=True, help="the wheel of pyspellchecker 0.9.1")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file differs")
    arguments = parser.parse_args()
    if not (arguments.scowl / "english-words.10").exists():
        sys.exit(f"no SCOWL in {arguments.scowl}: apt-get install scowl, or give --scowl")
    text = build(arguments.scowl, read_counts(arguments.counts))
    target = DATA / "words.txt"
    if arguments.check:
        if target.read_text(encoding="ascii") != text:
            sys.exit("words.txt is not what its sources and the block list give: run build_word_list.py")
    else:
        target.write_text(text, encoding="ascii")
    print(text.splitlines()[2][2:])


if __name__ == "__main__":
    main()
