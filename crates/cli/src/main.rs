//! The command `evenkeel`.

fn main() -> std::process::ExitCode {
    evenkeel_cli::main()
}
