//! The program as its users run it, and the walls of its house. One binary:
//! each links the AWS SDKs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod backdoors;
mod bad_input;
mod between;
mod consistency;
mod credentials;
mod customer_lookup;
mod desk;
mod environment;
mod event_page;
mod event_registration;
mod fake_aws;
mod flows;
mod foreign_text;
mod http;
mod interrupted;
mod json_output;
mod main_job;
mod named_files;
mod networks;
mod objects;
mod offline;
mod other_peoples_code;
mod outbound_caller_id;
mod parameters;
mod probe_warnings;
mod reviewed_plans;
mod rights;
mod secrets;
mod seed;
mod served;
mod solutions;
mod templates;
mod together;
mod undone_drift;
mod unproven;
mod vanity_numbers;
mod walls;
mod young;
