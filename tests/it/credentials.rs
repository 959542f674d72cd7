//! Credentials as the AWS CLI has them: through the program as it is started, with
//! configuration files of a test's own, against a server that answers as AWS does.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::environment::{Run, TestEnvironment, snapshots};
use crate::fake_aws::FakeAws;
use crate::solutions::circle;

pub const INSTANCE: &str =
    "arn:aws:connect:us-east-1:111122223333:instance/11111111-2222-3333-4444-555555555555";

const KEYS: &str = "[profile work]\naws_access_key_id = WORKKEY\naws_secret_access_key = secret\n";

/// Two solutions' worth of nothing: no machine's role, no home but the test's.
pub fn environment(config: &str, aws: &FakeAws) -> TestEnvironment {
    let environment = circle();
    let config = environment.write("aws-config", config);
    let home = environment.path().join("home");
    environment
        .variable("HOME", home.to_str().unwrap())
        .variable("PATH", "/usr/bin:/bin")
        .variable("AWS_CONFIG_FILE", config.to_str().unwrap())
        .variable("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .variable("AWS_EC2_METADATA_DISABLED", "true")
        .variable("AWS_ENDPOINT_URL", &aws.url)
}

/// STS as it answers whoever asks, and a Connect without the instance: who is told that there
/// is no such instance has got past the credentials.
pub fn aws(request: &str) -> Option<(u16, String)> {
    if request.contains("Action=GetCallerIdentity") {
        return Some((200, caller()));
    }
    if request.contains("Action=AssumeRole") {
        return Some((200, assumed(request)));
    }
    if request.starts_with("GET /instance/") {
        let body = r#"{"__type":"ResourceNotFoundException","Message":"no such instance"}"#;
        return Some((404, body.to_owned()));
    }
    None
}

fn caller() -> String {
    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
     <GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/u</Arn><UserId>U</UserId>\
     <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        .to_owned()
}

fn assumed(request: &str) -> String {
    let operation = if request.contains("AssumeRoleWithWebIdentity") {
        "AssumeRoleWithWebIdentity"
    } else {
        "AssumeRole"
    };
    format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <{operation}Result><Credentials><AccessKeyId>ROLEKEY</AccessKeyId>\
         <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser>\
         <AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn>\
         </AssumedRoleUser></{operation}Result></{operation}Response>"
    )
}

fn refused(code: &str, message: &str) -> Option<(u16, String)> {
    Some((
        403,
        format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
             <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>req-1</RequestId></ErrorResponse>"
        ),
    ))
}

/// Both a command that starts itself anew and one that does not.
fn plan_and_status(environment: &TestEnvironment, options: &str) -> [Run; 2] {
    ["plan", "status"]
        .map(|command| environment.run(&format!("{command} --instance-arn {INSTANCE} {options}")))
}

/// Who asked for the instance, by the key that signed.
fn is_found_out_by(aws: &FakeAws, key: &str, runs: &[Run]) {
    for run in runs {
        assert_eq!(run.code, 5, "{}", run.seen());
        assert!(
            run.stderr.contains("there is no instance"),
            "{}",
            run.seen()
        );
    }
    let requests = aws.asked();
    let asked: Vec<&String> = requests
        .iter()
        .filter(|request| request.starts_with("GET /instance/"))
        .collect();
    assert_eq!(asked.len(), runs.len());
    for request in asked {
        let signed = format!("Credential={key}/");
        assert!(request.contains(&signed), "{request}");
    }
}

fn snapshot(name: &str, run: &Run) {
    let mut settings = snapshots();
    settings.add_filter(r"127\.0\.0\.1:\d+", "[ADDRESS]");
    settings.bind(|| insta::assert_snapshot!(name, run.seen()));
}

#[test]
fn a_profile_needs_no_region_and_goes_before_the_keys_of_the_environment() {
    let server = FakeAws::start(aws);
    let environment = environment(KEYS, &server)
        .variable("AWS_ACCESS_KEY_ID", "OTHERKEY")
        .variable("AWS_SECRET_ACCESS_KEY", "secret");
    is_found_out_by(
        &server,
        "WORKKEY",
        &plan_and_status(&environment, "--profile work"),
    );
    // With an alias nothing says the Region.
    let run = environment.run("plan --instance-alias line --profile work");
    snapshot("no_region", &run);
}

#[test]
fn keys_of_the_environment_go_before_a_profile_that_it_names() {
    let server = FakeAws::start(aws);
    let environment = environment(KEYS, &server)
        .variable("AWS_PROFILE", "work")
        .variable("AWS_ACCESS_KEY_ID", "OTHERKEY")
        .variable("AWS_SECRET_ACCESS_KEY", "secret");
    is_found_out_by(&server, "OTHERKEY", &plan_and_status(&environment, ""));
}

#[test]
fn half_of_a_pair_of_keys_is_not_passed_over() {
    let server = FakeAws::start(aws);
    let environment = environment(&KEYS.replace("profile work", "default"), &server)
        .variable("AWS_ACCESS_KEY_ID", "OTHERKEY");
    for run in plan_and_status(&environment, "") {
        assert_eq!(run.code, 4, "{}", run.seen());
        let words = "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not";
        assert!(run.stderr.contains(words), "{}", run.seen());
    }
    assert!(server.asked().is_empty());
    // The profile of the command line needs none.
    is_found_out_by(
        &server,
        "WORKKEY",
        &plan_and_status(&environment, "--profile default"),
    );
}

#[test]
fn the_region_of_the_profile_is_used() {
    let server = FakeAws::start(|request| {
        if request.starts_with("GET /instance ") || request.starts_with("GET /instance?") {
            return Some((200, r#"{"InstanceSummaryList":[]}"#.to_owned()));
        }
        aws(request)
    });
    let config = format!("{KEYS}region = eu-central-1\n");
    for (options, variable) in [("--profile work", "NONE"), ("", "AWS_DEFAULT_PROFILE")] {
        let environment = environment(&config, &server).variable(variable, "work");
        let run = environment.run(&format!("status --instance-alias line {options}"));
        assert!(
            run.stderr.contains("no instance with the alias"),
            "{}",
            run.seen()
        );
    }
    assert_eq!(server.count("eu-central-1/connect/aws4_request"), 2);
}

#[test]
fn a_profile_that_is_not_there_is_told_with_those_that_are() {
    let server = FakeAws::start(aws);
    let config = format!("{KEYS}[default]\nregion = us-east-1\n");
    let run =
        environment(&config, &server).run(&format!("plan --instance-arn {INSTANCE} --profile wrk"));
    snapshot("no_profile", &run);
    let by_variable = environment(&config, &server)
        .variable("AWS_PROFILE", "wrk")
        .run(&format!("status --instance-arn {INSTANCE}"))
        .expect(4);
    assert!(by_variable.stderr.contains("which AWS_PROFILE names"));
    assert!(server.asked().is_empty());
}

#[test]
fn a_configuration_that_is_none_is_told_at_its_line() {
    let server = FakeAws::start(aws);
    let run = environment("[profile work\nregion = x\n", &server)
        .run(&format!("plan --instance-arn {INSTANCE} --profile work"));
    snapshot("no_configuration", &run);
}

#[test]
fn a_profile_without_credentials_is_told_as_such() {
    let server = FakeAws::start(aws);
    let run = environment("[profile work]\nregion = us-east-1\n", &server)
        .run(&format!("plan --instance-arn {INSTANCE} --profile work"));
    snapshot("profile_without_credentials", &run);
}

#[test]
fn a_role_is_assumed_with_the_keys_of_its_source() {
    let server = FakeAws::start(aws);
    let config = format!(
        "{KEYS}[profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/r\n\
         source_profile = work\n"
    );
    let environment = environment(&config, &server);
    is_found_out_by(
        &server,
        "ROLEKEY",
        &plan_and_status(&environment, "--profile deploy"),
    );
    // Once a run.
    assert_eq!(server.count("Action=AssumeRole"), 2);
}

#[test]
fn a_role_may_be_assumed_with_the_keys_of_the_environment() {
    let server = FakeAws::start(aws);
    let config = "[profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/r\n\
                  credential_source = Environment\n";
    let environment = environment(config, &server)
        .variable("AWS_ACCESS_KEY_ID", "OTHERKEY")
        .variable("AWS_SECRET_ACCESS_KEY", "secret");
    is_found_out_by(
        &server,
        "ROLEKEY",
        &plan_and_status(&environment, "--profile deploy"),
    );
}

#[test]
fn a_role_that_is_refused_is_told_in_the_words_of_sts() {
    let server = FakeAws::start(|request| {
        if request.contains("Action=AssumeRole") {
            return refused(
                "AccessDenied",
                "User: arn:aws:iam::111122223333:user/u is not authorized to perform: \
                 sts:AssumeRole on resource: arn:aws:iam::111122223333:role/r",
            );
        }
        aws(request)
    });
    let config = format!(
        "{KEYS}[profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/r\n\
         source_profile = work\n"
    );
    let run = environment(&config, &server)
        .run(&format!("plan --instance-arn {INSTANCE} --profile deploy"));
    snapshot("role_refused", &run);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_role_that_asks_for_a_device_is_told_how_to_go_on() {
    let server = FakeAws::start(aws);
    let config = format!(
        "{KEYS}[profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/r\n\
         source_profile = work\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\n"
    );
    let deploy = environment(&config, &server);
    let run = deploy.run(&format!("plan --instance-arn {INSTANCE} --profile deploy"));
    snapshot("mfa", &run);
    assert!(server.asked().is_empty());
    // As the hint says: with the keys that the AWS CLI hands on.
    let handed_on = environment(&config, &server)
        .variable("AWS_PROFILE", "deploy")
        .variable("AWS_ACCESS_KEY_ID", "HANDEDON")
        .variable("AWS_SECRET_ACCESS_KEY", "secret")
        .variable("AWS_SESSION_TOKEN", "token");
    is_found_out_by(&server, "HANDEDON", &plan_and_status(&handed_on, ""));
}

const SSO: &str = "[profile work]\nsso_session = corp\nsso_account_id = 111122223333\n\
                   sso_role_name = Deployer\n[sso-session corp]\nsso_region = us-east-1\n\
                   sso_start_url = https://corp.example/start\n";

/// What `aws sso login` leaves: named by the SHA-1 of the session's name.
fn sign_in_to_sso(environment: &TestEnvironment, expires_at: &str) {
    environment.write(
        "home/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
        &format!(r#"{{"accessToken":"sso-token","expiresAt":"{expires_at}"}}"#),
    );
}

#[test]
fn sso_gives_the_credentials_of_the_role() {
    let server = FakeAws::start(|request| {
        if request.starts_with("GET /federation/credentials?") {
            let body = r#"{"roleCredentials":{"accessKeyId":"SSOKEY","secretAccessKey":"s",
                "sessionToken":"t","expiration":32472144000000}}"#;
            return request
                .contains("sso-token")
                .then(|| (200, body.to_owned()));
        }
        aws(request)
    });
    let environment = environment(SSO, &server);
    sign_in_to_sso(&environment, "2999-01-01T00:00:00Z");
    is_found_out_by(
        &server,
        "SSOKEY",
        &plan_and_status(&environment, "--profile work"),
    );
}

#[test]
fn who_is_not_signed_in_to_sso_is_told_how() {
    let server = FakeAws::start(|request| {
        if request.starts_with("GET /federation/credentials?") {
            let body = r#"{"__type":"ForbiddenException","message":"No access"}"#;
            return Some((403, body.to_owned()));
        }
        aws(request)
    });
    let environment = environment(SSO, &server);
    let arguments = format!("plan --instance-arn {INSTANCE} --profile work");
    snapshot("sso_not_signed_in", &environment.run(&arguments));
    sign_in_to_sso(&environment, "2001-01-01T00:00:00Z");
    snapshot("sso_expired", &environment.run(&arguments));
    sign_in_to_sso(&environment, "2999-01-01T00:00:00Z");
    snapshot("sso_no_access", &environment.run(&arguments));
}

const LOGIN: &str = "[profile work]\nlogin_session = arn:aws:iam::111122223333:user/u\n";

#[test]
fn aws_login_gives_credentials() {
    let server = FakeAws::start(aws);
    let environment = environment(LOGIN, &server);
    let arguments = format!("plan --instance-arn {INSTANCE} --profile work");
    snapshot("login_not_signed_in", &environment.run(&arguments));

    let digest = Sha256::digest("arn:aws:iam::111122223333:user/u");
    let name = digest.iter().fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    });
    environment.write(
        &format!("home/.aws/login/cache/{name}.json"),
        r#"{"accessToken":{"accessKeyId":"LOGINKEY","secretAccessKey":"s","sessionToken":"t",
            "accountId":"111122223333","expiresAt":"2999-01-01T00:00:00Z"},
            "tokenType":"aws_sigv4","refreshToken":"r","identityToken":"i",
            "clientId":"arn:aws:signin:::devtools/same-device","dpopKey":"k"}"#,
    );
    is_found_out_by(
        &server,
        "LOGINKEY",
        &plan_and_status(&environment, "--profile work"),
    );
}

#[test]
fn a_web_identity_gives_the_credentials_of_its_role() {
    let pod = |server: &FakeAws| {
        let environment =
            environment("", server).variable("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/r");
        let token = environment.write("token", "a.b.c");
        environment.variable("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap())
    };
    let server = FakeAws::start(aws);
    is_found_out_by(&server, "ROLEKEY", &plan_and_status(&pod(&server), ""));

    let server = FakeAws::start(|request| {
        if request.contains("Action=AssumeRoleWithWebIdentity") {
            return refused("ExpiredTokenException", "Token expired: current date/time");
        }
        aws(request)
    });
    let run = pod(&server).run(&format!("plan --instance-arn {INSTANCE}"));
    snapshot("web_identity_expired", &run);
}

#[test]
fn a_program_gives_credentials_and_its_words_are_told() {
    let server = FakeAws::start(aws);
    let environment = environment(
        "[profile work]\ncredential_process = /bin/sh give\n\
         [profile broken]\ncredential_process = /bin/sh -c \"echo vault is sealed >&2; exit 2\"\n",
        &server,
    );
    environment.write(
        "give",
        "echo called >> calls\necho '{\"Version\":1,\"AccessKeyId\":\"GIVENKEY\",\
         \"SecretAccessKey\":\"s\",\"SessionToken\":\"t\"}'\n",
    );
    is_found_out_by(
        &server,
        "GIVENKEY",
        &plan_and_status(&environment, "--profile work"),
    );
    // Once a run: it may ask somebody.
    let calls = std::fs::read_to_string(environment.path().join("calls")).unwrap();
    assert_eq!(calls.lines().count(), 2);
    let run = environment.run(&format!("plan --instance-arn {INSTANCE} --profile broken"));
    snapshot("program_failed", &run);
}

#[test]
fn each_refusal_of_aws_has_its_own_words() {
    for (name, code, message, region) in [
        (
            "expired",
            "ExpiredToken",
            "The security token included in the request is expired",
            "us-east-1",
        ),
        (
            "unknown",
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            "us-east-1",
        ),
        (
            "unknown_in_a_young_region",
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
            "af-south-1",
        ),
        (
            "signature",
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
            "us-east-1",
        ),
        (
            "clock",
            "RequestExpired",
            "Request has expired",
            "us-east-1",
        ),
    ] {
        let server = FakeAws::start(move |_| refused(code, message));
        let environment = environment("", &server)
            .variable("AWS_ACCESS_KEY_ID", "OTHERKEY")
            .variable("AWS_SECRET_ACCESS_KEY", "secret");
        let arn = INSTANCE.replace("us-east-1", region);
        let run = environment.run(&format!("plan --instance-arn {arn}"));
        snapshot(name, &run.expect(4));
    }
}

#[test]
fn a_region_that_is_not_enabled_is_told_from_keys_that_nobody_knows() {
    let server = FakeAws::start(|request| {
        if request.contains("/af-south-1/sts/aws4_request") {
            return refused(
                "InvalidClientTokenId",
                "The security token included in the request is invalid",
            );
        }
        aws(request)
    });
    let environment = environment("", &server)
        .variable("AWS_ACCESS_KEY_ID", "OTHERKEY")
        .variable("AWS_SECRET_ACCESS_KEY", "secret");
    let arn = INSTANCE.replace("us-east-1", "af-south-1");
    let run = environment.run(&format!("plan --instance-arn {arn}"));
    snapshot("region_not_enabled", &run.expect(4));
    assert_eq!(server.count("/us-east-1/sts/aws4_request"), 1);
}

#[test]
fn what_is_no_arn_is_told_before_anything_is_asked() {
    let server = FakeAws::start(aws);
    let run = environment(KEYS, &server).run("plan --instance-arn foo --profile work");
    snapshot("no_arn", &run);
    assert!(server.asked().is_empty());
}
