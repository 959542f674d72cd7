//! Parses, runs, turns an error into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    vanity_deploy::cli::main()
}
