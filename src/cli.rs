//! The commands, one file each; arguments; errors to exit codes.

pub mod arguments;
mod build;
mod call;
mod code;
mod consistency;
mod credentials;
mod down;
mod embedded;
mod error;
mod folders;
mod local;
mod lookups;
mod messages;
mod named_numbers;
mod numbers;
mod outputs;
mod plan;
mod secluded;
mod session;
mod solutions;
mod status;
mod up;
mod usage;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::ui::{self, Settings, Ui};
use arguments::{Arguments, Command};
use error::{CommandError, Kind};
use secluded::Services;

/// The whole program.
pub fn main() -> ExitCode {
    let mut arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors; everything else is 64 (EX_USAGE).
            let code = if error.use_stderr() {
                Kind::Usage.exit_code()
            } else {
                0
            };
            let is_error = error.use_stderr();
            ui::usage(&usage::lines(error), is_error);
            return ExitCode::from(code);
        }
    };
    if let Some(services) = services(&arguments) {
        match secluded::seclude(services, &arguments.global.build_env) {
            Ok(keys) => arguments.global.keys = keys,
            Err(error) => {
                let reason = format!("the environment cannot be closed to others: {error}");
                return fail(&arguments, &CommandError::new(Kind::Failed, reason));
            }
        }
    }
    secluded::close_to_others();
    init_log();
    let ui = ui(&arguments);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            ui.complain(&format!("error: cannot start: {error}"));
            return ExitCode::from(Kind::Failed.exit_code());
        }
    };
    runtime.spawn(end_in_any_case());
    let outcome = runtime.block_on(async {
        // To be stopped is the normal end of serving, which waits for it itself.
        if matches!(arguments.command, Command::Local(_)) {
            return run(&ui, &arguments).await;
        }
        tokio::select! {
            outcome = run(&ui, &arguments) => outcome,
            () = interrupted() => Err(CommandError::interrupted()),
        }
    });
    ui.settle();
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => tell(&ui, &error),
    }
}

fn ui(arguments: &Arguments) -> Ui {
    Ui::new(Settings {
        json: arguments.global.json,
        quiet: arguments.global.quiet,
        color: arguments.global.color.choice(),
    })
}

fn fail(arguments: &Arguments, error: &CommandError) -> ExitCode {
    tell(&ui(arguments), error)
}

fn tell(ui: &Ui, error: &CommandError) -> ExitCode {
    ui.record("error", &error.record());
    ui.complain(&error.render());
    ExitCode::from(error.kind.exit_code())
}

/// Whose services a command uses that runs other people's code; `None` for one that runs
/// none.
fn services(arguments: &Arguments) -> Option<Services> {
    let target = if arguments.global.local {
        Services::Local
    } else {
        Services::Aws
    };
    match arguments.command {
        Command::Up(_) | Command::Plan(_) | Command::Down(_) | Command::Call(_) => Some(target),
        Command::Build(_) | Command::Local(_) => Some(Services::Local),
        Command::Status(_) | Command::Outputs(_) | Command::Numbers(_) => None,
    }
}

/// How long the orderly end may take after Ctrl-C.
const GRACE: Duration = Duration::from_secs(5);

/// Ends the program after Ctrl-C also when something does not let go: work that a thread
/// waits for cannot be dropped. A second Ctrl-C ends it at once.
async fn end_in_any_case() {
    interrupted().await;
    tokio::select! {
        () = tokio::time::sleep(GRACE) => {}
        () = interrupted() => {}
    }
    std::process::exit(i32::from(Kind::Interrupted.exit_code()));
}

/// What a command gives: an exit code other than an error's.
type Outcome = Result<u8, CommandError>;

async fn run(ui: &Ui, arguments: &Arguments) -> Outcome {
    let global = &arguments.global;
    match &arguments.command {
        Command::Up(command) => up::run(ui, global, command).await,
        Command::Plan(command) => plan::run(ui, global, command).await,
        Command::Down(command) => down::run(ui, global, command).await,
        Command::Status(command) => status::run(ui, global, command).await,
        Command::Outputs(command) => outputs::run(ui, global, command).await,
        Command::Call(command) => call::run(ui, global, command).await,
        Command::Build(command) => build::run(ui, global, command).await,
        Command::Local(command) => local::run(ui, global, command).await,
        Command::Numbers(command) => numbers::run(ui, command),
    }
}

/// Ctrl-C, or a request to end.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Logs to stderr when `VANITY_DEPLOY_LOG` asks for it, e.g. `debug` or `local_aws=debug`.
fn init_log() {
    let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env("VANITY_DEPLOY_LOG") else {
        return;
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| ui::Log)
        .init();
}
