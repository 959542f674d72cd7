//! Prints the best vanity numbers for the numbers given, with the score of each rule.
#![allow(clippy::print_stdout)]

fn main() {
    for argument in std::env::args().skip(1) {
        match vanity::PhoneNumber::parse(&argument) {
            Ok(number) => {
                println!("{}", number.grouped());
                for answer in vanity::best(&number, 5) {
                    let values: Vec<String> = answer
                        .explain()
                        .iter()
                        .map(|reason| reason.value.to_string())
                        .collect();
                    println!("{answer}  ({})", values.join(" "));
                }
            }
            Err(error) => println!("{argument}: {error}"),
        }
    }
}
