//! Flows: circles, updates, drift, and what is not ours.

use vanity_deploy::engine::ports::{FlowInput, Silent, Tags};

use crate::environment::{TestEnvironment, snapshots};
use crate::solutions::{circle, flow};

#[test]
fn flows_in_a_circle_are_deployed_and_updated_and_go() {
    let environment = circle();
    let up = environment.run("up --local").expect(0);
    snapshots().bind(|| insta::assert_snapshot!("up", up.stdout));

    environment.write("second.json", &flow("Another text", "first"));
    let plan = environment
        .run("plan --local --detailed-exitcode")
        .expect(2);
    snapshots().bind(|| insta::assert_snapshot!("plan_of_an_update", plan.stdout));
    environment.run("up --local").expect(0);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);

    let down = environment.run("down --local").expect(0);
    assert!(
        down.stderr.contains("kept: Table circle-storage-Table-"),
        "{}",
        down.seen()
    );
    environment.run("down --local").expect(0);
}

#[test]
fn a_flow_that_left_the_manifest_goes() {
    let environment = circle();
    environment.run("up --local").expect(0);
    environment.write("first.json", &flow("Alone", "first"));
    environment.write(
        "vanity-deploy.yaml",
        "version: 1\nsolutions:\n  circle:\n    flows:\n      first: { file: first.json, name: First Flow }\n",
    );
    let plan = environment.run("plan --local").expect(0);
    assert!(
        plan.stdout.contains("no longer in the manifest"),
        "{}",
        plan.seen()
    );
    // The number left the manifest too: it is unbound and stays claimed.
    let up = environment.run("up --local").expect(0);
    assert!(up.stderr.contains("number main unbound"), "{}", up.seen());
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
    environment.run("down --local").expect(0);
}

#[test]
fn a_number_that_left_the_manifest_with_its_flow_holds_nothing_up() {
    let environment = circle();
    environment.run("up --local").expect(0);
    environment.write(
        "vanity-deploy.yaml",
        "version: 1\nsolutions:\n  circle:\n    stacks:\n      storage: { template: storage.yaml }\n",
    );
    environment.run("up --local").expect(0);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
}

#[tokio::test]
async fn an_edit_on_the_instance_is_drift_and_not_overwritten_unasked() {
    let environment = circle();
    environment.run("up --local").expect(0);
    let tags = Tags::from([("vanity-deploy:name".to_owned(), "second".to_owned())]);
    environment
        .with_aws(async |ports, instance| {
            let flow = ports.flows.tagged(instance, &tags).await.unwrap().remove(0);
            let content = ports.flows.content(instance, &flow.id).await.unwrap();
            let edited = content.replace("Two", "Edited by hand");
            ports
                .flows
                .update_content(instance, &flow.id, &edited, &Silent)
                .await
                .unwrap();
        })
        .await;

    let status = environment.run("status --local").expect(7);
    assert!(
        status.stdout.contains("edited on the instance"),
        "{}",
        status.seen()
    );
    let refused = environment.run("up --local").expect(7);
    snapshots().bind(|| insta::assert_snapshot!("drift", refused.stderr));
    environment
        .run("up --local --overwrite-drift --yes")
        .expect(0);
    environment.run("status --local").expect(0);
}

#[tokio::test]
async fn an_unpublished_draft_is_not_overwritten_unasked() {
    let environment = circle();
    environment.run("up --local").expect(0);
    let tags = Tags::from([("vanity-deploy:name".to_owned(), "second".to_owned())]);
    environment
        .with_aws(async |ports, instance| {
            let flow = ports.flows.tagged(instance, &tags).await.unwrap().remove(0);
            let content = ports.flows.content(instance, &flow.id).await.unwrap();
            let draft = content.replace("Two", "Not yet published");
            let saved = format!("{}:$SAVED", flow.id);
            ports
                .flows
                .update_content(instance, &saved, &draft, &Silent)
                .await
                .unwrap();
        })
        .await;
    // Nothing is to be written: the draft is nobody's business.
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
    environment.write("second.json", &flow("Three", "first"));
    let refused = environment.run("up --local").expect(7);
    assert!(
        refused.stderr.contains("has an unpublished draft"),
        "{}",
        refused.seen()
    );
    environment
        .run("up --local --overwrite-drift --yes")
        .expect(0);
}

#[tokio::test]
async fn the_same_content_in_other_white_space_is_drift_to_no_command() {
    let environment = circle();
    environment.run("up --local").expect(0);
    let tags = Tags::from([("vanity-deploy:name".to_owned(), "second".to_owned())]);
    let spaced = environment
        .with_aws(async |ports, instance| {
            let flow = ports.flows.tagged(instance, &tags).await.unwrap().remove(0);
            let content = ports.flows.content(instance, &flow.id).await.unwrap();
            let value: serde_json::Value = serde_json::from_str(&content).unwrap();
            let spaced = serde_json::to_string_pretty(&value).unwrap();
            assert_ne!(spaced, content);
            ports
                .flows
                .update_content(instance, &flow.id, &spaced, &Silent)
                .await
                .unwrap();
            spaced
        })
        .await;

    environment.run("status --local").expect(0);
    let plan = environment
        .run("plan --local --detailed-exitcode")
        .expect(2);
    assert!(plan.stdout.contains("Second Flow  tags"), "{}", plan.seen());
    environment.run("up --local").expect(0);
    // Only the tags were written.
    environment
        .with_aws(async |ports, instance| {
            let flow = ports.flows.tagged(instance, &tags).await.unwrap().remove(0);
            let content = ports.flows.content(instance, &flow.id).await.unwrap();
            assert_eq!(content, spaced);
        })
        .await;
    environment.run("status --local").expect(0);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
}

#[tokio::test]
async fn the_same_content_in_other_white_space_may_be_replaced_by_other_content() {
    let environment = circle();
    environment.run("up --local").expect(0);
    let tags = Tags::from([("vanity-deploy:name".to_owned(), "second".to_owned())]);
    environment
        .with_aws(async |ports, instance| {
            let flow = ports.flows.tagged(instance, &tags).await.unwrap().remove(0);
            let content = ports.flows.content(instance, &flow.id).await.unwrap();
            let value: serde_json::Value = serde_json::from_str(&content).unwrap();
            let spaced = serde_json::to_string_pretty(&value).unwrap();
            ports
                .flows
                .update_content(instance, &flow.id, &spaced, &Silent)
                .await
                .unwrap();
        })
        .await;
    environment.write("second.json", &flow("Three", "first"));
    environment.run("status --local").expect(0);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(2);
    environment.run("up --local").expect(0);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
}

#[tokio::test]
async fn an_edited_flow_that_left_the_manifest_goes_only_when_asked_for() {
    let environment = circle();
    environment.run("up --local").expect(0);
    let tags = Tags::from([("vanity-deploy:name".to_owned(), "second".to_owned())]);
    environment
        .with_aws(async |ports, instance| {
            let flow = ports.flows.tagged(instance, &tags).await.unwrap().remove(0);
            let content = ports.flows.content(instance, &flow.id).await.unwrap();
            let edited = content.replace("Two", "Edited by hand");
            ports
                .flows
                .update_content(instance, &flow.id, &edited, &Silent)
                .await
                .unwrap();
        })
        .await;
    environment.write("first.json", &flow("Alone", "first"));
    environment.write(
        "vanity-deploy.yaml",
        "version: 1\nsolutions:\n  circle:\n    flows:\n      first: { file: first.json, name: First Flow }\n",
    );
    let plan = environment.run("plan --local").expect(7);
    assert!(
        plan.stdout
            .contains("edited on the instance since it was deployed"),
        "{}",
        plan.seen()
    );
    environment.run("up --local").expect(7);
    environment.run("down --local").expect(7);
    environment
        .run("down --local --overwrite-drift --yes")
        .expect(0);
}

#[tokio::test]
async fn a_lost_note_is_made_up_for_without_writing_again() {
    let environment = circle();
    environment.run("up --local").expect(0);
    let ours = Tags::from([("vanity-deploy:solution".to_owned(), "circle".to_owned())]);
    environment
        .with_aws(async |ports, instance| {
            for flow in ports.flows.tagged(instance, &ours).await.unwrap() {
                ports
                    .flows
                    .untag(&flow.arn, &["vanity-deploy:published"])
                    .await
                    .unwrap();
            }
        })
        .await;
    let plan = environment.run("plan --local").expect(0);
    assert!(plan.stdout.contains("tags"), "{}", plan.seen());
    assert!(!plan.stdout.contains("content"), "{}", plan.seen());
    environment.run("up --local").expect(0);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
}

#[tokio::test]
async fn a_flow_of_others_with_our_name_is_never_overwritten() {
    let environment = circle();
    let content = flow("Mine", "x").replace("${flow.x}", "00000000-0000-0000-0000-000000000000");
    let input = FlowInput {
        name: "First Flow".to_owned(),
        flow_type: "CONTACT_FLOW".to_owned(),
        description: String::new(),
        content,
        tags: Tags::new(),
    };
    environment
        .with_aws(async |ports, instance| {
            ports.flows.create(instance, &input, &Silent).await.unwrap();
        })
        .await;
    let refused = environment.run("up --local").expect(3);
    snapshots().bind(|| insta::assert_snapshot!("taken", refused.stderr));
    environment
        .with_aws(async |ports, instance| {
            let flow = ports
                .flows
                .named(instance, "First Flow")
                .await
                .unwrap()
                .unwrap();
            let live = ports.flows.content(instance, &flow.id).await.unwrap();
            assert!(live.contains("Mine"));
        })
        .await;
}

#[test]
fn two_environments_stand_side_by_side() {
    let environment = circle();
    environment.run("up --local").expect(0);
    let second = environment.run("up --local --env staging").expect(0);
    assert!(
        second.stdout.contains("First Flow (staging)"),
        "{}",
        second.seen()
    );
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
    environment.run("down --local --env staging").expect(0);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
}

#[test]
fn a_plan_file_is_a_contract() {
    let environment = circle();
    environment.run("plan --local --out plan.json").expect(0);
    environment.write("second.json", &flow("Changed since", "first"));
    let refused = environment.run("up --local --plan plan.json").expect(3);
    assert!(
        refused.stderr.contains("the plan is superseded"),
        "{}",
        refused.seen()
    );
    environment.run("plan --local --out plan.json").expect(0);
    environment.run("up --local --plan plan.json").expect(0);
}

#[test]
fn more_flows_than_the_default_quota_are_told_before_they_are_made() {
    let environment = TestEnvironment::new();
    environment.write("flow.json", ENDS);
    let manifest = |flows: usize| {
        let flows =
            (0..flows).map(|n| format!("      f{n}: {{ file: flow.json, name: Flow {n} }}\n"));
        let flows: String = flows.collect();
        environment.write(
            "vanity-deploy.yaml",
            &format!("version: 1\nsolutions:\n  many:\n    flows:\n{flows}"),
        );
    };
    manifest(2);
    let plan = environment.run("plan --local").expect(0);
    assert!(!plan.stderr.contains("quota"), "{}", plan.seen());
    manifest(100);
    let plan = environment.run("plan --local").expect(0);
    assert!(
        plan.stderr
            .contains("the default quota is 100 flows per instance"),
        "{}",
        plan.seen()
    );
    let plan = environment.run("plan --local --json").expect(0);
    assert!(
        plan.stdout.contains(r#"{"type":"flow-quota","has":"#),
        "{}",
        plan.seen()
    );
    // The embedded Connect has that quota too.
    let up = environment.run("up --local").expect(1);
    assert!(
        up.stderr.contains("LimitExceededException"),
        "{}",
        up.seen()
    );
}

const ENDS: &str = r#"{"Version":"2019-10-30","StartAction":"End","Actions":[{"Identifier":"End","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}"#;
