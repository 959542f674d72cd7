//! Nothing is lost: events that change, a version that is refused, an SNS that throttles, a stream that
//! gives up.

use serde_json::json;

use super::*;

impl Served {
    /// What the function answers when it is invoked by its alias.
    async fn invoke(&self, event: &Value) -> Value {
        let url = format!(
            "{}/2015-03-31/functions/{SOLUTION}%3Alive/invocations",
            self.endpoint
        );
        let authorization = credential("lambda");
        let headers = [("Authorization", authorization.as_str())];
        let answer = send("POST", &url, &headers, &event.to_string()).await;
        answer.expect(200).json()
    }

    async fn put(&self, item: &Value) {
        let body = json!({ "TableName": self.table, "Item": item });
        let target = "DynamoDB_20120810.PutItem";
        aws(&self.endpoint, "dynamodb", target, &body)
            .await
            .expect(200);
    }
}

fn recover() -> Value {
    json!({ "Name": "event-registration.recover", "olderThanSeconds": 0 })
}

/// Registrations for three events, an SNS that throttles until the pipe gives up, and an `up` that fails
/// its probe in between: everybody is told once, of what they registered for.
#[tokio::test(flavor = "multi_thread")]
async fn a_storm_loses_nobody_and_tells_nobody_twice() {
    let day = Day::deployed("--param Retries=1");
    let mut wanted = Vec::new();
    let mut at = 0;
    for (event, name) in [
        ("open-house", "Open House"),
        ("winter", "winter"),
        ("summer", "summer"),
    ] {
        if event == "winter" {
            let refused = day.run(&format!(
                "up {SOLUTION} --param Retries=1 --param EventId={event} --param SmsText=Hi"
            ));
            assert_eq!(refused.code, 1, "{}", refused.seen());
        }
        if event != "open-house" {
            day.run(&format!(
                "up {SOLUTION} --param Retries=1 --param EventId={event} --param EventName={name}"
            ))
            .expect(0);
        }
        let served = day.served().await;
        // Both tries of many invocations.
        served
            .faults(&json!([{
                "service": "sns", "operation": "Publish", "times": 30,
                "effect": { "error": { "status": 429, "code": "Throttled", "message": "Rate exceeded" } },
            }]))
            .await;
        for _ in 0..8 {
            let phone = format!("+1415555{:04}", 600 + at);
            at += 1;
            served.register(&registration(&phone)).await.expect(201);
            wanted.push((phone, name));
        }
        // The stop leaves some of them to the next server and its pipe, and some to nobody.
        served.stop().await;
    }
    let served = day.served().await;
    served.faults(&json!([])).await;
    eventually("everybody told", async || {
        let answer = served.invoke(&recover()).await;
        assert_eq!(answer["complete"], true, "{answer}");
        (served.outbox().await.len() >= wanted.len() && answer["found"] == 0).then_some(())
    })
    .await;
    for (phone, event) in &wanted {
        let texts = served.texted(phone).await;
        assert_eq!(
            texts,
            [format!(
                "Thank you, Ada Lovelace! You are registered for {event}."
            )],
            "{phone}"
        );
    }
    served.stop().await;
}

/// Beyond the API: items of earlier versions, of an event that nobody knows, and of nobody.
#[tokio::test(flavor = "multi_thread")]
async fn the_recovery_tells_what_it_cannot_confirm() {
    let day = Day::deployed("--param Retries=0");
    let served = day.served().await;
    let item = |phone: &str, event: &str| {
        json!({
            "phone": { "S": phone }, "event": { "S": event }, "name": { "S": "Ada" },
            "email": { "S": "ada@example.com" }, "registeredAt": { "N": "1" },
        })
    };
    served.put(&item("+14155550701", "open-house")).await;
    served.put(&item("+14155550702", "long-ago")).await;
    served.put(&item("+11111111111", "open-house")).await;
    assert_eq!(
        served.sms("+14155550701").await,
        "Thank you, Ada! You are registered for Open House."
    );
    let answer = eventually("only the unknown one open", async || {
        let answer = served.invoke(&recover()).await;
        (answer["found"] == 1).then_some(answer)
    })
    .await;
    assert_eq!(answer["again"], 1, "{answer}");
    assert_eq!(served.outbox().await.len(), 1);
    let key = json!({ "phone": { "S": "+11111111111" }, "event": { "S": "open-house" } });
    let body = json!({ "TableName": served.table, "Key": key, "ConsistentRead": true });
    let target = "DynamoDB_20120810.GetItem";
    let nobody = aws(&served.endpoint, "dynamodb", target, &body).await;
    assert!(nobody.expect(200).json()["Item"]["refusedAt"].is_object());
    served.stop().await;
}

/// What the pipe has given up is told by the schedule, without anybody's doing.
#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_tells_what_the_pipe_gave_up() {
    let day = Day {
        environment: TestEnvironment::with_cargo(),
    };
    let dir = day.environment.local_dir().display().to_string();
    let rate = "RecoveryRate=rate(1 minute)";
    let up = ["up", SOLUTION, "--param", "Retries=0", "--param", rate];
    let target = ["--local", "--local-dir", dir.as_str()];
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    day.environment
        .run_with(repository, &[&up[..], &target[..]].concat())
        .expect(0);
    let served = day.served().await;
    let throttled = json!({ "status": 400, "code": "Throttled", "message": "Rate exceeded" });
    let effect = json!({ "error": throttled });
    served
        .faults(
            &json!([{ "service": "sns", "operation": "Publish", "times": 1, "effect": effect }]),
        )
        .await;
    let phone = "+14155550703";
    served
        .put(&json!({
            "phone": { "S": phone }, "event": { "S": "open-house" }, "name": { "S": "Ada" },
            "email": { "S": "ada@example.com" }, "registeredAt": { "N": "1" },
        }))
        .await;
    assert_eq!(
        served.sms(phone).await,
        "Thank you, Ada! You are registered for Open House."
    );
    served.marked(phone).await;
    assert_eq!(served.texted(phone).await.len(), 1);
    let item = served.item(phone).await;
    assert!(
        item["tries"]["N"] != "1",
        "the pipe had no share in it: {item}"
    );
    served.stop().await;
}
