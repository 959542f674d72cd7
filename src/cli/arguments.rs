//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Deploys Amazon Connect solutions: from a checkout to a line that answers.
#[derive(Debug, Parser)]
#[command(name = "vanity-deploy", version, about, max_term_width = 100)]
pub struct Arguments {
    /// For every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Deploy to an AWS embedded in this program instead of AWS
    #[arg(long, global = true, conflicts_with_all = ["instance_arn", "profile", "endpoint_url"], help_heading = "Target")]
    pub local: bool,
    /// Folder of the embedded AWS [default: one of the manifest's own in your state folder]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "VANITY_DEPLOY_LOCAL_DIR",
        hide_env_values = true,
        help_heading = "Target"
    )]
    pub local_dir: Option<PathBuf>,
    /// The Connect instance, by its ARN
    #[arg(long, global = true, value_name = "ARN", help_heading = "Target")]
    pub instance_arn: Option<String>,
    /// The Connect instance, by its alias
    #[arg(
        long,
        global = true,
        value_name = "ALIAS",
        conflicts_with = "instance_arn",
        help_heading = "Target"
    )]
    pub instance_alias: Option<String>,
    /// The AWS Region [default: of the instance's ARN, the environment or the profile]
    #[arg(long, global = true, help_heading = "Target")]
    pub region: Option<String>,
    /// The profile of the AWS configuration
    #[arg(long, global = true, help_heading = "Target")]
    pub profile: Option<String>,
    /// Another endpoint for all AWS services
    #[arg(long, global = true, value_name = "URL", help_heading = "Target")]
    pub endpoint_url: Option<String>,
    /// Whether the embedded AWS takes its time to agree with itself: immediate, real or
    /// real:SEED [default: immediate]
    #[arg(
        long,
        global = true,
        value_name = "MODEL",
        env = "VANITY_DEPLOY_CONSISTENCY",
        hide_env_values = true,
        help_heading = "Target"
    )]
    pub consistency: Option<local_aws::consistency::Model>,
    /// Let the time of the command's own embedded AWS pass at once when all wait
    #[arg(long, global = true, help_heading = "Target")]
    pub virtual_time: bool,
    /// An environment variable that builds are given too; credentials are not, unless named
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "VANITY_DEPLOY_BUILD_ENV",
        value_delimiter = ',',
        help_heading = "Global"
    )]
    pub build_env: Vec<String>,
    /// The manifest [default: vanity-deploy.yaml here or in a folder above]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global")]
    pub manifest: Option<PathBuf>,
    /// A file or folder outside the manifest's folder that the manifest may name; what it
    /// names leaves this machine
    #[arg(long, global = true, value_name = "PATH", help_heading = "Global")]
    pub allow_outside: Vec<PathBuf>,
    /// Write JSON lines to stdout
    #[arg(long, global = true, help_heading = "Global")]
    pub json: bool,
    /// Say nothing but data and errors
    #[arg(long, short, global = true, help_heading = "Global")]
    pub quiet: bool,
    /// What the environment gave of keys to AWS.
    #[arg(skip)]
    pub keys: Option<crate::aws::Keys>,
    /// Colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, help_heading = "Global")]
    pub color: Color,
}

/// Colours.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// As the streams want it.
    pub fn choice(self) -> anstream::ColorChoice {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Deploy: plan, show, ask, apply
    Up(Up),
    /// Show what `up` would change
    Plan(Plan),
    /// Undo a deployment; data and phone numbers are kept
    Down(Down),
    /// Show what is deployed and where it drifted
    Status(Status),
    /// Show the number to call, functions, flows and stack outputs
    Outputs(Outputs),
    /// Place a simulated call to a deployed flow; functions run for real
    Call(Call),
    /// Build the functions' zips
    Build(Build),
    /// Serve the embedded AWS, so that any AWS client can be pointed at it
    Local(Local),
    /// Show the vanity numbers that a caller would hear
    Numbers(Numbers),
}

/// Which solutions, in which environment.
#[derive(Debug, Args)]
pub struct Selection {
    /// Solutions of the manifest [default: its default]
    #[arg(value_name = "SOLUTION")]
    pub solutions: Vec<String>,
    /// All solutions of the manifest
    #[arg(long, conflicts_with = "solutions")]
    pub all: bool,
    /// How to read the manifest.
    #[command(flatten)]
    pub environment: Environment,
}

/// The environment and its parameters.
#[derive(Debug, Args)]
pub struct Environment {
    /// The environment: a deployed copy of its own
    #[arg(long, value_name = "NAME", default_value = crate::manifest::names::DEFAULT_ENVIRONMENT)]
    pub env: String,
    /// The value of a parameter
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    pub parameters: Vec<(String, String)>,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("NAME=VALUE is needed".to_owned()),
    }
}

/// `up`
#[derive(Debug, Args)]
pub struct Up {
    /// What is deployed.
    #[command(flatten)]
    pub selection: Selection,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Apply only if the plan is still the one in this file (from `plan --out`)
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Claim phone numbers when none is free (they may be kept for months)
    #[arg(long)]
    pub claim_numbers: bool,
    /// Make the instance of --instance-alias when there is none
    #[arg(long, requires = "instance_alias")]
    pub create_instance: bool,
    /// Overwrite flows that were edited on the instance and objects that somebody replaced, and
    /// take back what somebody else has on a function
    #[arg(long)]
    pub overwrite_drift: bool,
    /// A resource with data that may be replaced or deleted, by its logical id
    #[arg(long, value_name = "LOGICAL_ID")]
    pub replace: Vec<String>,
}

/// `plan`
#[derive(Debug, Args)]
pub struct Plan {
    /// What is planned.
    #[command(flatten)]
    pub selection: Selection,
    /// Keep the plan in a file, for `up --plan`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 2 when something would change (drift is 7 always)
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Plan to claim phone numbers when none is free
    #[arg(long)]
    pub claim_numbers: bool,
}

/// `down`
#[derive(Debug, Args)]
pub struct Down {
    /// What is undone.
    #[command(flatten)]
    pub selection: Selection,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Delete what somebody changed since it was deployed too
    #[arg(long)]
    pub overwrite_drift: bool,
    /// Delete tables and buckets with their data too
    #[arg(long)]
    pub delete_data: bool,
    /// Give phone numbers back
    #[arg(long)]
    pub release_numbers: bool,
}

/// `status`
#[derive(Debug, Args)]
pub struct Status {
    /// Of what.
    #[command(flatten)]
    pub selection: Selection,
}

/// `outputs`
#[derive(Debug, Args)]
pub struct Outputs {
    /// Of what.
    #[command(flatten)]
    pub selection: Selection,
    /// Write NAME=value lines, for a program that reads them
    #[arg(
        long,
        value_name = "READER",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "any",
        conflicts_with = "json"
    )]
    pub env_file: Option<Reader>,
}

/// Who reads an env file.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Reader {
    /// A shell, $GITHUB_ENV or docker: a value that they would not read alike is refused
    Any,
    /// $GITHUB_ENV, `docker run --env-file`: what follows the = is the value
    Literal,
    /// A shell: quoted where it must be
    Shell,
}

impl Reader {
    /// As the file's writer knows it.
    pub fn reader(self) -> crate::ui::env_file::Reader {
        use crate::ui::env_file;
        match self {
            Self::Any => env_file::Reader::Any,
            Self::Literal => env_file::Reader::Literal,
            Self::Shell => env_file::Reader::Shell,
        }
    }
}

/// `call`
#[derive(Debug, Args)]
pub struct Call {
    /// The flow, by its name in the manifest [default: the one a phone number rings]
    #[arg(value_name = "FLOW")]
    pub flow: Option<String>,
    /// The same, as an option
    #[arg(long = "flow", value_name = "NAME", conflicts_with = "flow")]
    pub flow_option: Option<String>,
    /// The solution [default: of the manifest]
    #[arg(long)]
    pub solution: Option<String>,
    /// How to read the manifest.
    #[command(flatten)]
    pub environment: Environment,
    /// The caller's number in E.164; without it the number is withheld
    #[arg(long, value_name = "NUMBER")]
    pub from: Option<String>,
    /// The customer who is called, through an outbound whisper flow
    #[arg(long, value_name = "NUMBER", conflicts_with = "from")]
    pub to: Option<String>,
    /// The queue that the customer is called for [default: BasicQueue]
    #[arg(long, value_name = "NAME", requires = "to")]
    pub queue: Option<String>,
    /// The number that the queue's calls show
    #[arg(long, value_name = "NUMBER", requires = "to")]
    pub queue_number: Option<String>,
    /// Keys to press, an entry for each question, e.g. 1,2 or 18005550100#
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub press: Vec<String>,
    /// All hours of operation are closed
    #[arg(long)]
    pub closed: bool,
    /// No agent is there
    #[arg(long)]
    pub unstaffed: bool,
}

/// `build`
#[derive(Debug, Args)]
pub struct Build {
    /// Whose functions.
    #[command(flatten)]
    pub selection: Selection,
}

/// `local`
#[derive(Debug, Args)]
pub struct Local {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = local_aws::server::DEFAULT_PORT)]
    pub port: u16,
    /// Fault rules, a JSON file
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Throttle at the documented rates
    #[arg(long)]
    pub throttle: bool,
    /// Grant a quota of Connect, e.g. flows-per-instance=1000; the state keeps it
    #[arg(long = "quota", value_name = "NAME=NUMBER")]
    pub quotas: Vec<local_aws::Grant>,
    /// Play an account that never asked for more: SMS and e-mail sandboxes, a dollar a month for
    /// SMS; the state keeps it
    #[arg(long)]
    pub new_account: bool,
}

/// `numbers`
#[derive(Debug, Args)]
pub struct Numbers {
    /// The phone number, e.g. +18007246837
    pub number: String,
    /// Say why each number was chosen
    #[arg(long)]
    pub explain: bool,
}
