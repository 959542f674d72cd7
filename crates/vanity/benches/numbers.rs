//! How long one number takes: median and 99th percentile over seeded random numbers.
//!
//!     cargo bench -p vanity                       # prints the figures
//!     cargo bench -p vanity -- --numbers 20000    # prints the numbers instead, for compare.py
#![allow(clippy::print_stdout, reason = "it prints its figures")]

use std::time::Instant;

use vanity::{PhoneNumber, best};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let count = arguments
        .iter()
        .position(|argument| argument == "--numbers")
        .and_then(|at| arguments.get(at + 1)?.parse().ok());
    if let Some(count) = count {
        for number in numbers("1", 10, count) {
            println!("{}", number.e164());
        }
        return;
    }
    for (name, code, length) in [
        ("+1, any", "1", 10),
        ("+44, any", "44", 10),
        ("+49, any", "49", 11),
    ] {
        measure(name, &numbers(code, length, 20_000));
    }
    let wordy: Vec<PhoneNumber> = numbers("1", 10, 200_000)
        .into_iter()
        .filter(|number| number.national().iter().all(|digit| *digit > 1))
        .take(10_000)
        .collect();
    measure("+1, no 0 or 1", &wordy);
}

/// Numbers that can exist, from a fixed seed (splitmix64).
fn numbers(code: &str, length: usize, count: usize) -> Vec<PhoneNumber> {
    let mut seed = 0u64;
    let mut next = move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = seed;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    };
    std::iter::repeat_with(move || {
        let mut text = format!("+{code}");
        let mut digits = next();
        for _ in 0..length {
            text.push(char::from(b'0' + (digits % 10) as u8));
            digits /= 10;
        }
        text
    })
    .filter_map(|text| PhoneNumber::parse(&text).ok())
    .filter(|number| number.national().len() == length)
    .take(count)
    .collect()
}

fn measure(name: &str, numbers: &[PhoneNumber]) {
    // Once through unmeasured: the first touch of every page of the index is the machine's cost.
    let warm: usize = numbers.iter().map(|number| best(number, 5).len()).sum();
    let mut nanoseconds: Vec<u128> = numbers
        .iter()
        .map(|number| {
            let start = Instant::now();
            std::hint::black_box(best(number, 5));
            start.elapsed().as_nanos()
        })
        .collect();
    nanoseconds.sort_unstable();
    let at =
        |share: f64| nanoseconds[((nanoseconds.len() - 1) as f64 * share) as usize] as f64 / 1000.0;
    println!(
        "{name:14} {:6} numbers  median {:7.2} µs  p99 {:7.2} µs  worst {:7.2} µs  {:.2} answers each",
        numbers.len(),
        at(0.5),
        at(0.99),
        at(1.0),
        warm as f64 / numbers.len() as f64
    );
}
