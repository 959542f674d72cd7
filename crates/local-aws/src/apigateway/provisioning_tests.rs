//! Resource types of IAM, Logs and API Gateway driven as a stack drives them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::cloudformation::registry::find;
use crate::core::error::ServiceError;
use crate::core::resource::{Context, Created};
use crate::core::service::{Call, Permission, Principal, Request};
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::server::{self, Config, Running};

struct Stack {
    running: Running,
    call: Call,
    tags: BTreeMap<String, String>,
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

impl Stack {
    async fn start() -> Self {
        let running = server::start(Config::default()).await.unwrap();
        let now = running.gateway().world().clock.now();
        Self {
            running,
            call: Call {
                request_id: String::new(),
                principal: Principal::Administrator,
                now,
            },
            tags: BTreeMap::from([("team".to_owned(), "a".to_owned())]),
        }
    }

    fn world(&self) -> &Arc<World> {
        self.running.gateway().world()
    }

    fn context<'a>(&'a self, logical_id: &'a str, token: &'a str) -> Context<'a> {
        Context {
            world: self.world(),
            call: &self.call,
            stack_name: "s",
            stack_id: "arn:aws:cloudformation:us-east-1:000000000000:stack/s/1",
            logical_id,
            stack_tags: &self.tags,
            token,
        }
    }

    async fn create(
        &self,
        kind: &str,
        id: &str,
        properties: Value,
    ) -> Result<Created, ServiceError> {
        let token = format!("{:0<12}", id.to_uppercase());
        let kind = find(kind).unwrap();
        let properties = map(properties);
        let context = self.context(id, &token);
        let created = kind.create(&context, &properties).await?;
        let mut known: Vec<&str> = created.attributes.keys().map(String::as_str).collect();
        known.sort_unstable();
        assert_eq!(known, kind.attributes(), "{}", kind.name());
        Ok(created)
    }

    async fn get(&self, path: &str, headers: &[(&'static str, &'static str)]) -> Response {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method: http::Method::GET,
            path: path.to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers: headers
                .iter()
                .map(|(name, value)| {
                    (
                        http::HeaderName::from_static(name),
                        http::HeaderValue::from_static(value),
                    )
                })
                .collect(),
            body: bytes::Bytes::new(),
        };
        crate::apigateway::execute::handle(self.world(), &request)
            .await
            .unwrap()
    }
}

fn role() -> Value {
    json!({
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"},
        ]}}],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    })
}

#[tokio::test]
async fn a_role_is_made_changed_and_deleted_with_its_policies() {
    let stack = Stack::start().await;
    let kind = find("AWS::IAM::Role").unwrap();
    let created = stack
        .create("AWS::IAM::Role", "Role", role())
        .await
        .unwrap();
    let name = created.physical_id.clone();
    assert_eq!(name, "s-Role-ROLE00000000");
    let may = |action: &str| {
        let permission = Permission {
            action: action.to_owned(),
            resource: "*".to_owned(),
        };
        crate::iam::authorize(stack.world(), &name, "f", &permission).is_ok()
    };
    assert!(may("dynamodb:GetItem") && may("logs:PutLogEvents") && !may("dynamodb:PutItem"));
    let context = stack.context("Role", "ROLE00000000");
    let adopted = kind.adopt(&context, &map(role())).await.unwrap();
    assert_eq!(adopted, Some(created));
    let elsewhere = stack.context("Other", "ROLE00000000");
    assert_eq!(kind.adopt(&elsewhere, &map(role())).await.unwrap(), None);

    let mut after = role();
    after["Policies"][0]["PolicyName"] = json!("q");
    after["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] = json!("dynamodb:PutItem");
    after["ManagedPolicyArns"] = json!([]);
    for _ in 0..2 {
        kind.update(&context, &name, &map(role()), &map(after.clone()))
            .await
            .unwrap();
        assert!(!may("dynamodb:GetItem") && !may("logs:PutLogEvents") && may("dynamodb:PutItem"));
    }
    let mut refused = after.clone();
    refused["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] = json!("PutItem");
    let error = kind
        .update(&context, &name, &map(after.clone()), &map(refused))
        .await
        .unwrap_err();
    assert_eq!(error.code, "MalformedPolicyDocument");
    assert!(may("dynamodb:PutItem"));
    for _ in 0..2 {
        kind.delete(&context, &name, &map(after.clone()))
            .await
            .unwrap();
    }
    assert!(
        stack
            .world()
            .read(|state| state.of::<crate::iam::State>().role(&name).is_err())
    );
    stack.running.stop().await;
}

#[tokio::test]
async fn a_role_with_a_bad_policy_is_not_half_made() {
    let stack = Stack::start().await;
    let mut wanted = role();
    wanted["ManagedPolicyArns"] = json!(["arn:aws:iam::aws:policy/Nothing"]);
    let error = stack
        .create("AWS::IAM::Role", "Role", wanted)
        .await
        .unwrap_err();
    assert_eq!(error.code, "NoSuchEntity");
    assert_eq!(
        stack
            .world()
            .read(|state| state.of::<crate::iam::State>().roles("/").count()),
        0
    );
    stack.running.stop().await;
}

async fn with_api() -> (Stack, String) {
    let stack = Stack::start().await;
    let api = json!({
        "Name": "n", "ProtocolType": "HTTP",
        "CorsConfiguration": {"AllowOrigins": ["*"], "AllowMethods": ["GET"], "MaxAge": "60"},
    });
    let created = stack
        .create("AWS::ApiGatewayV2::Api", "Api", api)
        .await
        .unwrap();
    let id = created.physical_id;
    let integration = json!({
        "ApiId": id, "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0",
        "IntegrationUri": "arn:aws:lambda:us-east-1:000000000000:function:missing:live",
    });
    let integration = stack
        .create("AWS::ApiGatewayV2::Integration", "Proxy", integration)
        .await
        .unwrap()
        .physical_id;
    let route = json!({
        "ApiId": id, "RouteKey": "GET /numbers", "Target": format!("integrations/{integration}"),
    });
    stack
        .create("AWS::ApiGatewayV2::Route", "Route", route)
        .await
        .unwrap();
    let group = json!({"LogGroupName": "/access", "RetentionInDays": "7"});
    let group = stack
        .create("AWS::Logs::LogGroup", "Log", group)
        .await
        .unwrap();
    let stage = json!({
        "ApiId": id, "StageName": "$default", "AutoDeploy": "true",
        "DefaultRouteSettings": {"ThrottlingBurstLimit": "2", "ThrottlingRateLimit": 0.0001},
        "AccessLogSettings": {
            "DestinationArn": group.attributes["Arn"],
            "Format": "$context.routeKey $context.status\n",
        },
    });
    stack
        .create("AWS::ApiGatewayV2::Stage", "Stage", stage)
        .await
        .unwrap();
    (stack, id)
}

#[tokio::test]
async fn an_http_api_answers_for_itself_and_logs() {
    let (stack, id) = with_api().await;
    let url = format!("/_vanity-deploy/execute-api/{id}/numbers?phonenumber=1");
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(stack.get(&url, &[("origin", "https://a.example")]).await);
    }
    let told: Vec<(u16, &[u8])> = statuses
        .iter()
        .map(|response| (response.status, response.body.as_ref()))
        .collect();
    // The function is missing; then the burst is used up.
    assert_eq!(
        told,
        [
            (500, br#"{"message":"Internal Server Error"}"#.as_slice()),
            (500, br#"{"message":"Internal Server Error"}"#),
            (429, br#"{"message":"Too Many Requests"}"#),
        ]
    );
    let cors = ("access-control-allow-origin".to_owned(), "*".to_owned());
    assert!(statuses[0].headers.contains(&cors));
    let elsewhere = format!("/_vanity-deploy/execute-api/{id}/other");
    assert_eq!(stack.get(&elsewhere, &[]).await.status, 404);
    let logs = stack.world().service_dir("logs");
    let written: String = walk(&logs)
        .into_iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(written.matches("GET /numbers 500").count(), 2, "{written}");
    assert_eq!(written.matches("GET /numbers 429").count(), 1);
    assert_eq!(written.matches("- 404").count(), 1);
    stack.running.stop().await;
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[tokio::test]
async fn what_an_http_api_does_not_have_is_refused_by_name() {
    let (stack, id) = with_api().await;
    let refused = async |kind: &str, properties: Value| {
        let error = stack.create(kind, "Again", properties).await.unwrap_err();
        (error.code.into_owned(), error.message)
    };
    let websocket = json!({"Name": "n", "ProtocolType": "WEBSOCKET"});
    let (code, message) = refused("AWS::ApiGatewayV2::Api", websocket).await;
    assert_eq!(code, "NotImplementedByLocalAws");
    assert!(message.contains("WEBSOCKET"), "{message}");
    let route = json!({"ApiId": id, "RouteKey": "GET /numbers"});
    let (code, _) = refused("AWS::ApiGatewayV2::Route", route).await;
    assert_eq!(code, "ConflictException");
    let stage = json!({"ApiId": id, "StageName": "v1"});
    let (_, message) = refused("AWS::ApiGatewayV2::Stage", stage).await;
    assert!(message.contains("AutoDeploy"), "{message}");
    let stage = json!({"ApiId": "nothing", "StageName": "v1", "AutoDeploy": true});
    let (code, _) = refused("AWS::ApiGatewayV2::Stage", stage).await;
    assert_eq!(code, "NotFoundException");
    let group = json!({"RetentionInDays": 2});
    let (code, _) = refused("AWS::Logs::LogGroup", group).await;
    assert_eq!(code, "InvalidParameterException");
    stack.running.stop().await;
}

#[tokio::test]
async fn a_custom_domain_name_leads_to_the_stage_it_is_mapped_to() {
    let stack = Stack::start().await;
    let api = stack
        .create(
            "AWS::ApiGateway::RestApi",
            "Api",
            json!({
                "Name": "a",
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
                "DisableExecuteApiEndpoint": true,
                "SecurityPolicy": "SecurityPolicy_TLS13_1_2_2021_06",
                "EndpointAccessMode": "STRICT",
            }),
        )
        .await
        .unwrap();
    let id = &api.physical_id;
    let method = json!({
        "RestApiId": id,
        "ResourceId": api.attributes["RootResourceId"],
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": {
            "Type": "MOCK",
            "RequestTemplates": {"application/json": "{\"statusCode\": 200}"},
            "IntegrationResponses": [{
                "StatusCode": "200",
                "ResponseTemplates": {"application/json": "{\"stage\": \"$context.stage\"}"},
            }],
        },
        "MethodResponses": [{"StatusCode": "200"}],
    });
    stack
        .create("AWS::ApiGateway::Method", "Get", method)
        .await
        .unwrap();
    let deployment = stack
        .create(
            "AWS::ApiGateway::Deployment",
            "Deployment",
            json!({"RestApiId": id}),
        )
        .await
        .unwrap();
    let stage = json!({"RestApiId": id, "DeploymentId": deployment.physical_id, "StageName": "v1"});
    stack
        .create("AWS::ApiGateway::Stage", "Stage", stage)
        .await
        .unwrap();
    let domain = json!({
        "DomainName": "register.example.org",
        "RegionalCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1",
        "EndpointConfiguration": {"Types": ["REGIONAL"]},
        "SecurityPolicy": "TLS_1_2",
    });
    let made = stack
        .create("AWS::ApiGateway::DomainName", "Domain", domain)
        .await
        .unwrap();
    assert_eq!(made.physical_id, "register.example.org");
    let url = "https://register.example.org/";
    let local = |world: &World| {
        world.read(|state| {
            crate::apigateway::local_url(world, state.of::<crate::apigateway::State>(), url)
        })
    };
    assert!(
        local(stack.world())
            .unwrap()
            .ends_with("/_vanity-deploy/custom-domain/register.example.org/")
    );

    let path = "/_vanity-deploy/custom-domain/register.example.org/";
    // Nothing is mapped yet.
    assert_eq!(stack.get(path, &[]).await.status, 403);
    let mapping = json!({"DomainName": "register.example.org", "RestApiId": id, "Stage": "v1"});
    let mapped = stack
        .create("AWS::ApiGateway::BasePathMapping", "Mapping", mapping)
        .await
        .unwrap();
    assert_eq!(mapped.physical_id, "register.example.org|(none)");
    let answer = stack.get(path, &[]).await;
    assert_eq!(
        (answer.status, answer.body.as_ref()),
        (200, br#"{"stage": "v1"}"#.as_slice())
    );
    // The API's own endpoint is switched off.
    let own = format!("/_vanity-deploy/execute-api/{id}/v1/");
    assert_eq!(stack.get(&own, &[]).await.status, 403);
}

#[tokio::test]
async fn an_http_api_tells_its_stack_an_address_without_a_port() {
    let stack = Stack::start().await;
    let api = stack
        .create(
            "AWS::ApiGatewayV2::Api",
            "Api",
            json!({"Name": "a", "ProtocolType": "HTTP"}),
        )
        .await
        .unwrap();
    let id = &api.physical_id;
    let endpoint = api.attributes["ApiEndpoint"].as_str().unwrap();
    assert_eq!(
        endpoint,
        format!("https://{id}.execute-api.us-east-1.amazonaws.com")
    );
    let world = stack.world();
    let served = world.read(|state| {
        crate::apigateway::local_url(world, state.of::<crate::apigateway::State>(), endpoint)
    });
    let expected = format!("{}/_vanity-deploy/execute-api/{id}", world.public_url());
    assert_eq!(served, Some(expected));
}
