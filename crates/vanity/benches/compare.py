#!/usr/bin/env python3
"""The same work by a straightforward trie search in Python, side by side with the crate.

    crates/vanity/benches/compare.py      # from the root of the workspace; builds what it needs

Python walks a trie of the same word list, cuts each number into words and digits in every way and
keeps the five with the longest word and the fewest digits left. It knows no block list across
seams, no grammar and no difference between the five: it does less.
"""

import heapq
import pathlib
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
KEYS = {letter: digit for digit, letters in enumerate(["abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"], 2) for letter in letters}


def trie():
    root = {}
    for line in (ROOT / "crates/vanity/data/words.txt").read_text().splitlines():
        if line and line[0] not in "#[":
            node = root
            for letter in line:
                node = node.setdefault(KEYS[letter], {})
            node.setdefault("words", []).append(line.upper())
    return root


def best(root, digits, most=5):
    # The words that start at each place, longest first; of each length the first.
    at = []
    for start in range(len(digits)):
        node, words = root, []
        for digit in digits[start:]:
            node = node.get(digit)
            if node is None:
                break
            if "words" in node:
                words.append(node["words"])
        at.append(words)
    answers = []

    def cut(start, text, longest, left):
        if start == len(digits):
            if longest:
                answers.append((-longest, left, text))
            return
        for words in at[start]:
            for word in words[:1]:
                cut(start + len(word), text + word, max(longest, len(word)), left)
        cut(start + 1, text + str(digits[start]), longest, left + 1)

    cut(0, "", 0, 0)
    return heapq.nsmallest(most, answers)


def main():
    bench = ["cargo", "bench", "--quiet", "-p", "vanity", "--bench", "numbers"]
    print("Rust:")
    print(subprocess.run(bench, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip())
    listed = subprocess.run([*bench, "--", "--numbers", "2000"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    root, times = trie(), []
    for line in listed.split():
        digits = [int(digit) for digit in line[2:]]
        start = time.perf_counter()
        best(root, digits)
        times.append(1e6 * (time.perf_counter() - start))
    times.sort()
    print("Python, the first 2000 of `+1, any`:")
    print(f"median {statistics.median(times):9.1f} µs  p99 {times[int(len(times) * 0.99)]:9.1f} µs  worst {times[-1]:9.1f} µs")


if __name__ == "__main__":
    main()
