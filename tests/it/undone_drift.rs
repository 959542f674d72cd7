//! What somebody else changed is not undone with a deployment unasked: `down` names all of
//! it, deletes none of it, and goes on when that is asked for.

use vanity_deploy::engine::ports::{FlowInput, Silent, Tags};

use crate::environment::{TestEnvironment, snapshots};
use crate::solutions::{circle, flow};

fn named(name: &str) -> Tags {
    Tags::from([("vanity-deploy:name".to_owned(), name.to_owned())])
}

/// What somebody else writes into a flow: published, or saved as a draft.
async fn write(environment: &TestEnvironment, name: &str, is_draft: bool) {
    environment
        .with_aws(async |ports, instance| {
            let flow = ports.flows.tagged(instance, &named(name)).await.unwrap();
            let id = &flow[0].id;
            let content = ports.flows.content(instance, id).await.unwrap();
            let content = content.replace("Two", "By hand").replace("One", "By hand");
            let place = if is_draft {
                format!("{id}:$SAVED")
            } else {
                id.clone()
            };
            ports
                .flows
                .update_content(instance, &place, &content, &Silent)
                .await
                .unwrap();
        })
        .await;
}

async fn flows(environment: &TestEnvironment) -> usize {
    environment
        .with_aws(async |ports, instance| {
            let ours = Tags::from([("vanity-deploy:solution".to_owned(), "circle".to_owned())]);
            ports.flows.tagged(instance, &ours).await.unwrap().len()
        })
        .await
}

#[tokio::test]
async fn edits_and_drafts_of_flows() {
    let environment = circle();
    environment.run("up --local").expect(0);
    write(&environment, "first", true).await;
    write(&environment, "second", false).await;
    let refused = environment.run("down --local --yes").expect(7);
    snapshots().bind(|| insta::assert_snapshot!("edits_refused", refused.stderr));
    assert_eq!(flows(&environment).await, 2);
    // Asked for, and yet asked about.
    environment.run("down --local --overwrite-drift").expect(3);
    assert_eq!(flows(&environment).await, 2);
    environment
        .run("down --local --overwrite-drift --yes")
        .expect(0);
    assert_eq!(flows(&environment).await, 0);
}

#[tokio::test]
async fn a_draft_of_a_flow_that_left_the_manifest() {
    let environment = circle();
    environment.run("up --local").expect(0);
    write(&environment, "second", true).await;
    environment.write("first.json", &flow("Alone", "first"));
    environment.write(
        "vanity-deploy.yaml",
        "version: 1\nsolutions:\n  circle:\n    flows:\n      first: { file: first.json, name: First Flow }\n",
    );
    let refused = environment.run("up --local --yes").expect(7);
    assert!(
        refused.stderr.contains("has an unpublished draft"),
        "{}",
        refused.seen()
    );
    assert_eq!(flows(&environment).await, 2);
    environment
        .run("up --local --overwrite-drift --yes")
        .expect(0);
    assert_eq!(flows(&environment).await, 1);
}

#[tokio::test]
async fn a_flow_that_no_longer_carries_our_tags_stays_and_is_named() {
    let environment = circle();
    environment.run("up --local").expect(0);
    environment
        .with_aws(async |ports, instance| {
            let flows = ports.flows.tagged(instance, &named("second")).await;
            let flow = flows.unwrap().remove(0);
            let keys: Vec<&str> = flow.tags.keys().map(String::as_str).collect();
            ports.flows.untag(&flow.arn, &keys).await.unwrap();
        })
        .await;
    let down = environment.run("down --local").expect(0);
    snapshots().bind(|| insta::assert_snapshot!("untagged_stays", down.stderr));
    let again = environment.run("down --local").expect(0);
    assert!(
        again.stderr.contains("nothing is deployed") && again.stderr.contains("Second Flow"),
        "{}",
        again.seen()
    );
}

#[tokio::test]
async fn a_number_that_somebody_gave_another_flow() {
    let environment = circle();
    environment.run("up --local").expect(0);
    let input = FlowInput {
        name: "Closed today".to_owned(),
        flow_type: "CONTACT_FLOW".to_owned(),
        description: String::new(),
        content: flow("Closed", "x").replace("${flow.x}", "00000000-0000-0000-0000-000000000000"),
        tags: Tags::new(),
    };
    environment
        .with_aws(async |ports, instance| {
            let other = ports.flows.create(instance, &input, &Silent).await.unwrap();
            let arn = other.arn.split("/contact-flow/").next().unwrap();
            let numbers = ports.resources.phone_numbers(arn).await.unwrap();
            let ours = numbers.iter().find(|one| !one.tags.is_empty()).unwrap();
            ports
                .resources
                .bind_phone_number(instance, &ours.id, &other.id, &Silent)
                .await
                .unwrap();
        })
        .await;
    let words = "rings a flow that is not this deployment's";
    let status = environment.run("status --local").expect(7);
    assert!(status.stdout.contains(words), "{}", status.seen());
    let plan = environment.run("plan --local").expect(7);
    assert!(plan.stdout.contains(words), "{}", plan.seen());
    let refused = environment.run("up --local --yes").expect(7);
    assert!(refused.stderr.contains(words), "{}", refused.seen());
    let refused = environment.run("down --local --yes").expect(7);
    assert!(refused.stderr.contains(words), "{}", refused.seen());
    environment
        .run("up --local --overwrite-drift --yes")
        .expect(0);
    environment.run("status --local").expect(0);
    environment.run("down --local").expect(0);
}
