//! The program `lethe`.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use lethe::cli::arguments::{Cli, Format};
use lethe::cli::output;
use lethe::cli::usage_message;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

fn main() -> ExitCode {
    if let Err(error) = lethe::cli::forbid_core_dumps() {
        return failed(
            &format!("cannot forbid core dumps, which would hold devices\n  detail: {error}"),
            ExitCode::from(1),
        );
    }
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments
        .peek()
        .is_some_and(|first| first == private_postgres::KEEPER_ARGUMENT)
    {
        return ExitCode::from(private_postgres::keeper_main(arguments.skip(1)) as u8);
    }
    std::panic::set_hook(Box::new(|panic| {
        // The message of a panic can quote data; its place cannot.
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let _ = writeln!(
            std::io::stderr(),
            "error: internal error at {place}\n  hint: nothing is lost, run again"
        );
    }));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return unusable(&error),
    };
    start_log(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return failed(
                &format!("cannot start\n  detail: {error}"),
                ExitCode::from(1),
            );
        }
    };
    match runtime.block_on(lethe::cli::dispatch(cli)) {
        Ok(outcome) => outcome.exit_code(),
        Err(error) => failed(&error.to_string(), error.outcome().exit_code()),
    }
}

/// Reports a command line that cannot be parsed; or prints the help that it asks for.
fn unusable(error: &clap::Error) -> ExitCode {
    match usage_message(error, std::env::args_os().skip(1)) {
        Some(message) => output::note(&format!("error: {message}")),
        // Like every line that is printed: a closed pipe is not an error.
        None => drop(error.print()),
    }
    ExitCode::from(error.exit_code() as u8)
}

fn failed(message: &str, code: ExitCode) -> ExitCode {
    output::note(&format!("error: {message}"));
    code
}

/// Logs Lethe's own messages only: those of libraries may quote statements and values.
fn start_log(cli: &Cli) {
    let level = match cli.global.verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(format!(
            "off,lethe={level},pg_connect={level}"
        )))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    match cli.global.log_format {
        Format::Json => log.json().finish().init(),
        Format::Text | Format::Csv => log.without_time().finish().init(),
    }
}
