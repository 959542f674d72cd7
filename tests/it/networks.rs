//! The way to AWS as the AWS CLI has it: certificate authorities, proxies, FIPS and dual-stack
//! endpoints.

use crate::credentials::{INSTANCE, aws, environment};
use crate::environment::{Run, TestEnvironment, snapshots};
use crate::fake_aws::{FakeAws, Proxy};

/// Keys of the environment, and no endpoint but what `AWS_ENDPOINT_URL` says.
fn with_keys(config: &str, server: &FakeAws) -> TestEnvironment {
    environment(config, server)
        .variable("AWS_ACCESS_KEY_ID", "OTHERKEY")
        .variable("AWS_SECRET_ACCESS_KEY", "secret")
}

fn authority(environment: &TestEnvironment) -> String {
    let file = environment.write("ca.pem", include_str!("certificates/authority.pem"));
    file.to_str().unwrap().to_owned()
}

fn plan(environment: &TestEnvironment) -> Run {
    environment.run(&format!("plan --instance-arn {INSTANCE}"))
}

/// Past the credentials and as far as Connect.
fn got_through(run: &Run) {
    assert!(
        run.code == 5 && run.stderr.contains("there is no instance"),
        "{}",
        run.seen()
    );
}

fn snapshot(name: &str, run: &Run) {
    let mut settings = snapshots();
    settings.add_filter(r"(127\.0\.0\.1|localhost):\d+", "[ADDRESS]");
    settings.bind(|| insta::assert_snapshot!(name, run.seen()));
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let server = FakeAws::start_tls(aws);
    snapshot("not_trusted", &plan(&with_keys("", &server)).expect(1));

    for variable in ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"] {
        let environment = with_keys("", &server);
        let file = authority(&environment);
        got_through(&plan(&environment.variable(variable, &file)));
    }
    let environment = with_keys("", &server);
    let file = authority(&environment);
    environment.write("aws-config", &format!("[default]\nca_bundle = {file}\n"));
    got_through(&plan(&environment));
    // The environment goes before it.
    let other = environment.variable("AWS_CA_BUNDLE", "/nonexistent/ca.pem");
    snapshot("no_bundle", &plan(&other).expect(1));
}

#[test]
fn a_bundle_without_the_authority_says_that_no_other_is_trusted() {
    let server = FakeAws::start_tls(aws);
    let environment = with_keys("", &server);
    // A certificate, and not that of the authority.
    let file = environment.write("ca.pem", include_str!("certificates/server.pem"));
    let environment = environment.variable("AWS_CA_BUNDLE", file.to_str().unwrap());
    snapshot("another_authority", &plan(&environment).expect(1));
    environment.write("ca.pem", "none\n");
    snapshot("no_certificate", &plan(&environment).expect(1));
}

#[test]
fn a_proxy_is_gone_through_and_told_who_asks() {
    let server = FakeAws::start_tls(aws);
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let proxy = Proxy::start(Some(server.port));
        let environment = with_keys("", &server).variable(variable, &proxy.url);
        let file = authority(&environment);
        got_through(&plan(&environment.variable("AWS_CA_BUNDLE", &file)));
        assert_eq!(proxy.hosts(), [format!("localhost:{}", server.port)]);
        assert!(proxy.was_told_who_asks());
    }
    // Not to where it says that it is not for.
    let proxy = Proxy::start(Some(server.port));
    let environment = with_keys("", &server)
        .variable("HTTPS_PROXY", &proxy.url)
        .variable("NO_PROXY", "localhost");
    let file = authority(&environment);
    got_through(&plan(&environment.variable("AWS_CA_BUNDLE", &file)));
    assert!(proxy.hosts().is_empty());
}

#[test]
fn an_endpoint_in_plain_http_is_reached_through_its_own_proxy() {
    let proxy = Proxy::start(None);
    let other = Proxy::start(None);
    let nobody = FakeAws::start(|_| None);
    let environment = with_keys("", &nobody)
        .variable("AWS_ENDPOINT_URL", "http://aws.example:4566")
        .variable("HTTP_PROXY", &proxy.url)
        .variable("HTTPS_PROXY", &other.url);
    let run = plan(&environment).expect(1);
    assert_eq!(
        proxy.hosts(),
        ["http://aws.example:4566/"],
        "{}",
        run.seen()
    );
    assert!(proxy.was_told_who_asks());
    assert!(other.hosts().is_empty());
}

/// The host that the first request of a run goes to, by a proxy that refuses it.
fn host(config: &str, variables: &[(&str, &str)]) -> (Vec<String>, Run) {
    let proxy = Proxy::start(None);
    let nobody = FakeAws::start(|_| None);
    let environment = variables.iter().fold(
        with_keys(config, &nobody)
            .without("AWS_ENDPOINT_URL")
            .variable("HTTPS_PROXY", &proxy.url),
        |environment, (name, value)| environment.variable(name, value),
    );
    let run = plan(&environment).expect(1);
    (proxy.hosts(), run)
}

#[test]
fn fips_and_dual_stack_endpoints_are_used_when_they_are_asked_for() {
    let fips = "AWS_USE_FIPS_ENDPOINT";
    let dual = "AWS_USE_DUALSTACK_ENDPOINT";
    for (config, variables, expected) in [
        ("", vec![], "sts.us-east-1.amazonaws.com:443"),
        (
            "",
            vec![(fips, "true")],
            "sts-fips.us-east-1.amazonaws.com:443",
        ),
        ("", vec![(dual, "true")], "sts.us-east-1.api.aws:443"),
        (
            "",
            vec![(fips, "true"), (dual, "true")],
            "sts-fips.us-east-1.api.aws:443",
        ),
        (
            "[default]\nuse_fips_endpoint = true\n",
            vec![],
            "sts-fips.us-east-1.amazonaws.com:443",
        ),
        (
            "[default]\nuse_fips_endpoint = true\n",
            vec![(fips, "false")],
            "sts.us-east-1.amazonaws.com:443",
        ),
    ] {
        let (hosts, run) = host(config, &variables);
        assert_eq!(hosts, [expected], "{}", run.seen());
    }
}

#[test]
fn credentials_too_are_fetched_from_fips_endpoints() {
    const ROLE: &str = "arn:aws:iam::111122223333:role/r";
    let config = format!("[profile role]\nrole_arn = {ROLE}\nweb_identity_token_file = token\n");
    let in_profile: &[(&str, &str)] = &[("AWS_PROFILE", "role")];
    let in_variables = &[
        ("AWS_ROLE_ARN", ROLE),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "token"),
    ];
    for variables in [in_profile, in_variables] {
        let proxy = Proxy::start(None);
        let nobody = FakeAws::start(|_| None);
        let environment = variables.iter().fold(
            environment(&config, &nobody)
                .without("AWS_ENDPOINT_URL")
                .variable("HTTPS_PROXY", &proxy.url)
                .variable("AWS_USE_FIPS_ENDPOINT", "true"),
            |environment, (name, value)| environment.variable(name, value),
        );
        environment.write("token", "a.b.c");
        let run = plan(&environment).expect(1);
        let expected = ["sts-fips.us-east-1.amazonaws.com:443"];
        assert_eq!(proxy.hosts(), expected, "{}", run.seen());
    }
}

#[test]
fn a_proxy_that_lets_nobody_through_is_named() {
    let (_, run) = host("", &[]);
    snapshot("proxy_refuses", &run);
}

#[test]
fn what_names_no_proxy_is_refused_without_its_value() {
    let server = FakeAws::start(aws);
    let environment =
        with_keys("", &server).variable("https_proxy", "socks5://user:hunter2@proxy.example:1080");
    let run = plan(&environment).expect(1);
    assert!(!run.stderr.contains("hunter2"));
    snapshot("no_proxy", &run);
    assert!(server.asked().is_empty());
}

#[test]
fn a_network_that_is_not_there_is_told_soon_for_credentials_too() {
    // Bound and dropped: nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let server = FakeAws::start(aws);
    let environment = environment("", &server)
        .variable("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/r")
        .variable("AWS_ENDPOINT_URL_STS", &url);
    let token = environment.write("token", "a.b.c");
    let environment = environment.variable("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap());
    snapshot("nobody_gives_credentials", &plan(&environment).expect(1));
}
