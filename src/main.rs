//! The `tempo` binary.

use std::process::ExitCode;

use tempo::supervise::spawner_main;

fn main() -> ExitCode {
    match std::env::args_os().nth(1) {
        Some(verb) if verb == "spawner" => spawner_main(),
        _ => ExitCode::SUCCESS,
    }
}
