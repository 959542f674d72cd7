#!/usr/bin/env python3
"""Rebuild crates/vanity/data/phrases.txt: pairs of words that people write side by side.

    pip download --no-deps wordsegment==1.3.1
    crates/vanity/scripts/build_phrase_list.py --counts wordsegment-1.3.1-py2.py3-none-any.whl
    … --check                      # write nothing, fail if the file would change

The counts are those of pages of the World Wide Web, as wordsegment carries them
(data/PHRASES-NOTICE): the pairs counted most often, and single words. The same
package and the same data files give the same bytes. What is taken: pairs of
words of data/words.txt, with as many letters as a local number may have digits,
that stand together more often than chance would have it. Where one of the two
is a word of grammar ("in", "they"), it must be far more often, and it must not
leave the listener waiting ("and", "of the"). What data/blocked.txt names is left
out, also where only both words together say it.

How they are ranked: the logarithm of the count, less a part of those of the two
words by themselves. "For sale" is said often for what its words are; "to new" is
not. A tier is a halving.
"""

import argparse
import hashlib
import math
import pathlib
import sys
import zipfile

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
PAIRS_MEMBER = "wordsegment/bigrams.txt"
WORDS_MEMBER = "wordsegment/unigrams.txt"
SHA256 = {
    PAIRS_MEMBER: "3bd156ba9477842930c5609fc7113864e3c093a97880736fba522c7edb4ba799",
    WORDS_MEMBER: "fd27e15b83ee7a55d8e17731a397eb4d389cbe2afd1c26afcba8ee2634c0a6d5",
}
# All words of the pages counted: the `total` that wordsegment divides by.
TOTAL = 1_024_908_267_229
# What a single word is counted at least, if it is not in the counts.
FEWEST = 12_000
# The digits of local numbers that a pair can fill.
FEWEST_LETTERS, MOST_LETTERS = 5, 10
# How much more often than by chance, as a power of two: two words that say something, and where
# one is a word of grammar.
MORE_THAN_CHANCE = 0.0
MORE_THAN_CHANCE_GRAMMAR = 3.0
# How much the counts of the words by themselves weigh against a pair.
OF_WORDS = 0.35
# The tiers: of the best pairs and of the last, and what a tier has less than the one before.
FIRST_TIER, LAST_TIER = 4, 12
TIER_STEP = 1.0
BEST = 6.0
# Nothing is said by a pair that begins with one of these.
NO_BEGINNING = set(
    "and or of than the their his her hers its which whose these those that this was were has had are is as by "
    "with also an if but at from will would should may might must could shall does did do been being am nor per via "
    "he she they we it you who what when where there then them him us".split()
)
# What stands in many pairs because grammar puts it there.
GRAMMAR = NO_BEGINNING | set(
    "a i in on to for be me my your our not no so up out off all any can very more most less just about into over "
    "not sure even just have one two how why only too each every some such same other".split()
)
# As an ending these do say something: "drive in", "speak up", "call us".
GOOD_ENDINGS = set("in on up out off me us it now here all one".split())


def plain_lines(name):
    for line in (DATA / name).read_text(encoding="ascii").splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            yield line


def grammar(kind):
    return {word for line in plain_lines("grammar.txt") for word in line.split()[1:] if line.split()[0] == kind}


def read(wheel, member):
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(member)
    digest = hashlib.sha256(data).hexdigest()
    if digest != SHA256[member]:
        sys.exit(f"{wheel}: {member} is not that of wordsegment 1.3.1 (sha256 {digest})")
    for line in data.decode("utf-8").split("\n")[:-1]:
        key, count = line.split("\t")
        yield key, int(float(count))


def refused(blocked):
    """The words that no pair may have, and the sequences that no pair may spell."""
    words = {line[1:] for line in blocked if line.startswith("^")}
    sequences = {line[1:] for line in blocked if line.startswith("_")}
    for line in blocked:
        if not line.startswith(("!", "-", "^", "_")):
            text = line.lstrip("~=*").rstrip("*")
            if len(text) >= 3:
                sequences.add(text)
    return words, sequences


def crosses(first, second, sequences):
    """Whether a sequence stands in both words, so that only the pair spells it."""
    text, seam = first + second, len(first)
    return any(
        text[start:end] in sequences
        for start in range(seam)
        for end in range(max(seam + 1, start + 3), len(text) + 1)
    )


def build(wheel):
    listed = {line for line in plain_lines("words.txt") if not line.startswith("[")}
    no_ending = grammar("next") | grammar("filler") | {"a", "i", "for", "with"}
    fillers = grammar("filler")
    bad_words, sequences = refused(list(plain_lines("blocked.txt")))
    alone = dict(read(wheel, WORDS_MEMBER))
    often = lambda word: math.log2(max(alone.get(word, FEWEST), FEWEST))  # noqa: E731
    tiers = [[] for _ in range(LAST_TIER + 1)]
    for pair, count in read(wheel, PAIRS_MEMBER):
        words = pair.split()
        if len(words) != 2:
            continue
        first, second = words
        letters = len(first) + len(second)
        if (
            not FEWEST_LETTERS <= letters <= MOST_LETTERS
            or min(len(first), len(second)) < 2
            or first == second
            or not listed.issuperset(words)
            or first in NO_BEGINNING | fillers
            or second in no_ending
            or second in GRAMMAR - GOOD_ENDINGS
            or not bad_words.isdisjoint(words)
            or crosses(first, second, sequences)
        ):
            continue
        together = math.log2(count)
        than_chance = together + math.log2(TOTAL) - often(first) - often(second)
        needed = MORE_THAN_CHANCE if GRAMMAR.isdisjoint(words) else MORE_THAN_CHANCE_GRAMMAR
        if than_chance < needed:
            continue
        worth = together - OF_WORDS * (often(first) + often(second))
        tier = FIRST_TIER + int(max(BEST - worth, 0) / TIER_STEP)
        tiers[min(tier, LAST_TIER)].append(f"{first} {second}\n")
    body = "".join(f"[{tier}]\n" + "".join(sorted(pairs)) for tier, pairs in enumerate(tiers) if pairs)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return (
        "# Pairs of words that people write side by side, by how often; built by\n"
        "# scripts/build_phrase_list.py from the counts of wordsegment 1.3.1 (PHRASES-NOTICE).\n"
        f"# phrases: {sum(map(len, tiers))}\n# sha256 of what follows: {digest}\n" + body
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=pathlib.Path, required=True, help="the wheel of wordsegment 1.3.1")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file differs")
    arguments = parser.parse_args()
    text = build(arguments.counts)
    target = DATA / "phrases.txt"
    if arguments.check:
        if target.read_text(encoding="ascii") != text:
            sys.exit("phrases.txt is not what its source and the block list give: run build_phrase_list.py")
    else:
        target.write_text(text, encoding="ascii")
    print(text.splitlines()[2][2:])


if __name__ == "__main__":
    main()
