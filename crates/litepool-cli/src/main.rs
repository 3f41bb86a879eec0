//! The command `litepool`. All of it is a library, so that it is built while the code of its engines
//! is still being made: a program would have to wait for that.

use std::process::ExitCode;

fn main() -> ExitCode {
    litepool_cli::main()
}
