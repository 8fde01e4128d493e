//! `resonance`: the command line. See `resonance help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::main()
}
