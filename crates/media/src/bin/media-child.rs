//! The child alone, for the tests of this crate; the server has it as a subcommand.

fn main() -> std::process::ExitCode {
    media::child::run()
}
