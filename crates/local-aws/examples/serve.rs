//! Serves the embedded AWS until Ctrl-C: `cargo run -p local-aws --example serve -- [PORT]`.
#![allow(clippy::print_stdout)]

use local_aws::server::{self, Config};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(Ok(0), |port| port.parse())?;
    let running = server::start(Config {
        port,
        ..Config::default()
    })
    .await?;
    println!("{}", running.url());
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}
