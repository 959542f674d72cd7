//! What the API of event-registration writes, refuses and tells, by its parameters.

use serde_json::Value;

use super::{Day, SOLUTION, registration, with};
use crate::http::send;

/// An apostrophe, an umlaut, a quote and a plus sign in Base64 (`>>>`).
const NAME: &str = "Grüße >>> O'Neill \"2027\"";
const TEXT: &str = "Hi {name}: {event}, it’s on >>>";

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_carries_its_event_its_text_and_its_end() {
    let day = Day::deployed("--param RetentionDays=30");
    let parameters = [
        "--param".to_owned(),
        format!("EventName={NAME}"),
        "--param".to_owned(),
        format!("SmsText={TEXT}"),
    ];
    let up = format!("up {SOLUTION} --param RetentionDays=30");
    day.run_with(&up, &parameters).expect(0);
    let served = day.served().await;
    let event = served.get("/event").await.expect(200).json();
    assert_eq!(event["eventName"], NAME);
    let ada = "+14155550101";
    served.register(&registration(ada)).await.expect(201);
    let item = served.item(ada).await;
    assert_eq!(item["event"]["S"], "open-house");
    assert_eq!(item["eventName"]["S"], NAME);
    assert_eq!(item["smsText"]["S"], TEXT);
    let number = |name: &str| -> i64 { item[name]["N"].as_str().unwrap().parse().unwrap() };
    // DynamoDB reads its time to live in seconds.
    assert_eq!(
        number("expiresAt"),
        number("registeredAt") / 1_000 + 30 * 86_400
    );
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_is_kept_has_no_end_and_its_origin_no_leave() {
    let day = Day::deployed("");
    let served = day.served().await;
    let ada = "+447911123456";
    let url = format!("{}/register", served.api);
    let headers = [
        ("Content-Type", "application/json"),
        ("Origin", "https://www.example.org"),
    ];
    let answer = send("POST", &url, &headers, &registration(ada).to_string())
        .await
        .expect(201);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let item = served.item(ada).await;
    assert!(item.get("expiresAt").is_none(), "{item}");
    assert_eq!(
        item["smsText"]["S"],
        "Thank you, {name}! You are registered for {event}."
    );
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_numbers_of_countries_that_are_allowed_register() {
    let day = Day::deployed("--param AllowedCountries=GB,CA --param DefaultCountry=GB");
    let served = day.served().await;
    let event = served.get("/event").await.expect(200).json();
    assert_eq!(event["allowedCountries"], "GB,CA");
    assert_eq!(event["defaultCountry"], "GB");
    for (phone, status) in [
        ("+447400123456", 201),
        // Toronto, and San Francisco: one calling code.
        ("+14165550123", 201),
        ("+14155550123", 400),
        // Guernsey, whose numbers begin as Great Britain's do.
        ("+447781123456", 400),
        ("+4915123456789", 400),
        // Of no country.
        ("+881612345678", 400),
    ] {
        let answer = served.register(&registration(phone)).await.expect(status);
        if status == 400 {
            assert_eq!(answer.json()["status"], "country", "{phone}");
            assert_eq!(served.item(phone).await, Value::Null, "{phone}");
        }
    }
    let twice = served.register(&registration("+447400123456")).await;
    assert_eq!(twice.expect(409).json()["status"], "duplicate");
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_origin_elsewhere_may_register() {
    let origin = "https://www.example.org";
    let day = Day::deployed(&format!("--param AllowedOrigin={origin}"));
    let served = day.served().await;
    let url = format!("{}/register", served.api);
    for asked in [origin, "https://evil.example"] {
        let from = [("Origin", asked)];
        let preflight = send("OPTIONS", &url, &from, "").await.expect(204);
        // Whoever asks, it names the one: a browser compares.
        assert_eq!(
            preflight.header("access-control-allow-origin"),
            Some(origin)
        );
        assert_eq!(
            preflight.header("access-control-allow-methods"),
            Some("GET,POST,OPTIONS")
        );
    }
    let good = registration("+14155550101");
    for (answer, status) in [
        (served.register(&good).await, 201),
        (served.register(&good).await, 409),
        (served.register(&with("year", 9)).await, 400),
        (
            send("POST", &url, &[("Content-Type", "text/plain")], "x").await,
            415,
        ),
        (served.get("/event").await, 200),
    ] {
        let answer = answer.expect(status);
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
    }
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_registrations_is_throttled_and_the_page_is_not() {
    let day = Day::deployed("--param RequestsPerSecond=1 --param RequestBurst=3");
    let served = day.served().await;
    let mut answers = Vec::new();
    for at in 0..12 {
        let phone = format!("+141555501{at:02}");
        answers.push(served.register(&registration(&phone)).await);
    }
    let saved = answers.iter().filter(|answer| answer.status == 201).count();
    let busy: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 429)
        .collect();
    assert!(saved >= 3 && !busy.is_empty(), "{saved}, {}", busy.len());
    assert_eq!(saved + busy.len(), 12);
    assert_eq!(busy[0].json()["status"], "busy");
    for _ in 0..20 {
        served.get("/").await.expect(200);
        served.get("/event").await.expect(200);
    }
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_name_of_ones_own_serves_the_page_and_the_form() {
    let certificate = "arn:aws:acm:us-east-1:000000000000:certificate/1";
    let day = Day::deployed(&format!(
        "--param CustomDomainName=register.example.org --param CertificateArn={certificate}"
    ));
    let served = day.served().await;
    let target = served.output("api", "DomainTarget").await;
    assert!(target.starts_with("d-"), "{target}");
    let page = served.output("api", "Url").await;
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/solutions/event-registration/page.html"
    );
    let answer = send("GET", &page, &[], "").await.expect(200);
    assert_eq!(answer.body, std::fs::read(file).unwrap());
    let json = [("Content-Type", "application/json")];
    let body = registration("+14155550101").to_string();
    send("POST", &format!("{page}register"), &json, &body)
        .await
        .expect(201);
    served.stop().await;
}

#[test]
fn a_text_that_no_variable_of_a_stage_holds_is_refused_before_anything_is_made() {
    let day = Day {
        environment: crate::environment::TestEnvironment::with_cargo(),
    };
    // 384 bytes, which are 512 in Base64, and more.
    for (text, exit) in [
        (format!("{{name}}{{event}}{}", "й".repeat(170)), 0),
        (format!("{{name}}{{event}}{}", "й".repeat(260)), 5),
        (format!("{{name}}{{event}}{}", "n".repeat(300)), 5),
        (format!("{{name}}{{event}}{}", "😀".repeat(90)), 5),
    ] {
        let parameters = ["--param".to_owned(), format!("SmsText={text}")];
        day.run_with(&format!("plan {SOLUTION}"), &parameters)
            .expect(exit);
    }
}
