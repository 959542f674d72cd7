//! REST APIs: a form that goes straight into a table, and a page out of a bucket.

use local_aws::server::Config;
use serde_json::{Value, json};

use crate::client::{Answer, Aws};

const ROLES: &str = r#"
  ApiRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: apigateway.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: "dynamodb:PutItem", Resource: !GetAtt Table.Arn}
              - {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::pages/*"}
  LogRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: apigateway.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]
"#;

const API: &str = r##"
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: phone, AttributeType: S}]
      KeySchema: [{AttributeName: phone, KeyType: HASH}]
  Account:
    Type: AWS::ApiGateway::Account
    Properties: {CloudWatchRoleArn: !GetAtt LogRole.Arn}
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /aws/vendedlogs/form}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: form, Description: A form, EndpointConfiguration: {Types: [REGIONAL]}}
  Form:
    Type: AWS::ApiGateway::Model
    Properties:
      RestApiId: !Ref Api
      Name: Form
      ContentType: application/json
      Schema:
        $schema: http://json-schema.org/draft-04/schema#
        type: object
        required: [name, phone]
        additionalProperties: false
        properties:
          name: {type: string, minLength: 1, maxLength: 20}
          phone: {type: string, pattern: "^\\+[1-9][0-9]{6,14}$"}
          year: {type: integer, minimum: 1, maximum: 4}
  Validator:
    Type: AWS::ApiGateway::RequestValidator
    Properties: {RestApiId: !Ref Api, Name: all, ValidateRequestBody: true, ValidateRequestParameters: true}
  Register:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: register}
  Pages:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: "{key}"}
  Post:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Register
      HttpMethod: POST
      AuthorizationType: NONE
      RequestValidatorId: !Ref Validator
      RequestModels: {application/json: !Ref Form}
      RequestParameters: {method.request.querystring.event: true}
      MethodResponses:
        - {StatusCode: "201", ResponseParameters: {method.response.header.Access-Control-Allow-Origin: true}}
        - {StatusCode: "400"}
        - {StatusCode: "500"}
      Integration:
        Type: AWS
        IntegrationHttpMethod: POST
        Uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:dynamodb:action/PutItem"
        Credentials: !GetAtt ApiRole.Arn
        PassthroughBehavior: NEVER
        RequestTemplates:
          application/json: |
            #set($body = $input.path('$'))
            {
              "TableName": "${stageVariables.table}",
              "ConditionExpression": "attribute_not_exists(phone)",
              "Item": {
                "phone": {"S": "$util.escapeJavaScript($body.phone).replaceAll("\\'", "'")"},
            #if($body.year)
                "year": {"N": "$body.year"},
            #end
                "event": {"S": "$input.params('event')"},
                "name": {"S": "$util.escapeJavaScript($body.name).replaceAll("\\'", "'")"}
              }
            }
        IntegrationResponses:
          - StatusCode: "201"
            ResponseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}
            ResponseTemplates: {application/json: '{"id":"$context.requestId"}'}
          - StatusCode: "400"
            SelectionPattern: 4\d{2}
            ResponseTemplates:
              application/json: |
                #if($input.path('$.__type').contains('ConditionalCheckFailed'))
                #set($context.responseOverride.status = 409)
                {"error": "again"}
                #else
                {"error": $input.json('$.__type')}
                #end
          - {StatusCode: "500", SelectionPattern: 5\d\d}
  Options:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Register
      HttpMethod: OPTIONS
      AuthorizationType: NONE
      MethodResponses:
        - StatusCode: "204"
          ResponseParameters:
            method.response.header.Access-Control-Allow-Origin: true
            method.response.header.Access-Control-Allow-Methods: true
      Integration:
        Type: MOCK
        RequestTemplates: {application/json: '{"statusCode": 204}'}
        IntegrationResponses:
          - StatusCode: "204"
            ResponseParameters:
              method.response.header.Access-Control-Allow-Origin: "'*'"
              method.response.header.Access-Control-Allow-Methods: "'POST,OPTIONS'"
  Page:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Pages
      HttpMethod: GET
      AuthorizationType: NONE
      RequestParameters: {method.request.path.key: true}
      MethodResponses:
        - {StatusCode: "200", ResponseParameters: {method.response.header.Content-Type: true}}
        - {StatusCode: "404"}
      Integration:
        Type: AWS
        IntegrationHttpMethod: GET
        Uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:s3:path/pages/{key}"
        Credentials: !GetAtt ApiRole.Arn
        RequestParameters: {integration.request.path.key: method.request.path.key}
        IntegrationResponses:
          - StatusCode: "200"
            SelectionPattern: "200"
            ResponseParameters: {method.response.header.Content-Type: integration.response.header.Content-Type}
          - StatusCode: "404"
            ResponseTemplates: {application/json: '{"error":"no page"}'}
  InvalidBody:
    Type: AWS::ApiGateway::GatewayResponse
    Properties:
      RestApiId: !Ref Api
      ResponseType: BAD_REQUEST_BODY
      StatusCode: "422"
      ResponseParameters: {gatewayresponse.header.Access-Control-Allow-Origin: "'*'"}
      ResponseTemplates: {application/json: '{"details":"$context.error.validationErrorString"}'}
  DeploymentONE:
    Type: AWS::ApiGateway::Deployment
    DependsOn: [Post, Options, Page, InvalidBody]
    Properties: {RestApiId: !Ref Api}
  Stage:
    Type: AWS::ApiGateway::Stage
    DependsOn: Account
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref DeploymentONE
      StageName: v1
      Variables: {table: !Ref Table}
      MethodSettings:
        - {HttpMethod: "*", ResourcePath: /*, LoggingLevel: ERROR, ThrottlingBurstLimit: 500, ThrottlingRateLimit: 1000}
        - {HttpMethod: OPTIONS, ResourcePath: /~1register, ThrottlingBurstLimit: 1, ThrottlingRateLimit: 0}
      AccessLogSetting:
        DestinationArn: !GetAtt Group.Arn
        Format: '$context.requestId $context.httpMethod $context.resourcePath $context.status $context.integration.status $context.error.responseType'
Outputs:
  Api: {Value: !Ref Api}
  Table: {Value: !Ref Table}
  Url: {Value: !Sub "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}/"}
  Page: {Value: !Sub "see https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}/"}
  Elsewhere: {Value: !Sub "https://nothing.execute-api.${AWS::Region}.${AWS::URLSuffix}/v1"}
"##;

fn template() -> String {
    API.replacen("Resources:\n", &format!("Resources:{ROLES}"), 1)
}

async fn settled(aws: &Aws) -> Answer {
    loop {
        let parameters = [("StackName", "form")];
        let answer = aws
            .query("cloudformation", "DescribeStacks", &parameters)
            .await;
        let status = answer.element("StackStatus").unwrap_or_default();
        if !status.ends_with("_IN_PROGRESS") {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

/// Creates or updates the stack and answers its status.
async fn deploy(aws: &Aws, action: &str, template: &str) -> String {
    let parameters = [
        ("StackName", "form"),
        ("TemplateBody", template),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
    ];
    aws.query("cloudformation", action, &parameters).await.ok();
    settled(aws).await.element("StackStatus").unwrap()
}

async fn reasons(aws: &Aws) -> String {
    let parameters = [("StackName", "form")];
    let events = aws
        .query("cloudformation", "DescribeStackEvents", &parameters)
        .await;
    events.elements("ResourceStatusReason").join("\n")
}

async fn output(aws: &Aws, key: &str) -> String {
    let stack = settled(aws).await;
    let keys = stack.elements("OutputKey");
    let at = keys.iter().position(|known| known == key).unwrap();
    stack.elements("OutputValue").remove(at)
}

struct Form {
    aws: Aws,
    api: String,
}

impl Form {
    async fn start() -> Self {
        let aws = Aws::start().await;
        let status = deploy(&aws, "CreateStack", &template()).await;
        assert_eq!(status, "CREATE_COMPLETE", "{}", reasons(&aws).await);
        let api = output(&aws, "Api").await;
        Self { aws, api }
    }

    async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let path = format!("/_vanity-deploy/execute-api/{}{path}", self.api);
        self.aws
            .request("execute-api", method, &path, headers, body.to_owned())
            .await
    }

    async fn post(&self, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.call("POST", "/v1/register?event=e1", &headers, &body.to_string())
            .await
    }

    async fn item(&self, phone: &str) -> Value {
        let table = output(&self.aws, "Table").await;
        let key = json!({"TableName": table, "Key": {"phone": {"S": phone}}});
        let found = self
            .aws
            .json("dynamodb", "DynamoDB_20120810.GetItem", &key)
            .await;
        found.ok().json()["Item"].take()
    }

    async fn control(&self, path: &str) -> Answer {
        let path = format!("/restapis/{}{path}", self.api);
        self.aws
            .rest("apigateway", "GET", &path, &Value::Null)
            .await
    }
}

#[tokio::test]
async fn a_form_goes_straight_into_the_table_once() {
    let form = Form::start().await;
    let phone = "+18005550100";
    let name = r#"Ann "A" O'Hara/é"#;
    let registered = form
        .post(&json!({"name": name, "phone": phone, "year": 3}))
        .await;
    assert_eq!(registered.status, 201, "{}", registered.body);
    assert_eq!(registered.headers["access-control-allow-origin"], "*");
    assert_eq!(registered.headers["content-type"], "application/json");
    let id = registered.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(registered.headers["x-amzn-requestid"], id.as_str());
    assert_eq!(
        form.item(phone).await,
        json!({"phone": {"S": phone}, "year": {"N": "3"}, "event": {"S": "e1"}, "name": {"S": name}})
    );
    let again = form.post(&json!({"name": "Bob", "phone": phone})).await;
    assert_eq!(
        (again.status, again.json()),
        (409, json!({"error": "again"}))
    );
    assert_eq!(form.item(phone).await["name"]["S"], name);

    let lines = form
        .aws
        .json(
            "logs",
            "Logs_20140328.FilterLogEvents",
            &json!({"logGroupName": "/aws/vendedlogs/form"}),
        )
        .await
        .ok()
        .json();
    let line = |at: usize| lines["events"][at]["message"].as_str().unwrap().to_owned();
    assert_eq!(line(0), format!("{id} POST /register 201 200 -"));
    assert!(
        line(1).ends_with(" POST /register 409 400 -"),
        "{}",
        line(1)
    );
}

#[tokio::test]
async fn what_is_not_valid_never_reaches_the_table() {
    let form = Form::start().await;
    let phone = "+18005550100";
    let said = |answer: Answer| {
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        answer.json()["details"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        said(form.post(&json!({"name": "Ann"})).await),
        r#"[object has missing required properties (["phone"])]"#
    );
    assert_eq!(
        said(
            form.post(&json!({"name": "Ann", "phone": phone, "year": 5}))
                .await
        ),
        "[numeric instance is greater than the required maximum (maximum: 4, found: 5)]"
    );
    assert!(
        said(form.post(&json!({"name": "Ann", "phone": "1"})).await).contains("ECMA 262 regex")
    );
    let headers = [("content-type", "application/json; charset=utf-8")];
    let path = "/v1/register?event=e1";
    assert_eq!(
        said(form.call("POST", path, &headers, "{").await),
        "[Unknown error parsing request body]"
    );
    assert_eq!(
        said(form.call("POST", path, &[], "").await),
        "[Unknown error parsing request body]"
    );
    let body = json!({"name": "Ann", "phone": phone}).to_string();
    let message = |answer: Answer| {
        (
            answer.status,
            answer.json()["message"].as_str().unwrap().to_owned(),
        )
    };
    let other = form
        .call("POST", path, &[("content-type", "text/plain")], &body)
        .await;
    assert_eq!(message(other), (415, "Unsupported Media Type".to_owned()));
    let without = form
        .call("POST", "/v1/register?event=", &headers, &body)
        .await;
    assert_eq!(without.headers["x-amzn-errortype"], "BadRequestException");
    assert_eq!(
        message(without),
        (
            400,
            "Missing required request parameters: [event]".to_owned()
        )
    );
    for (method, path) in [("GET", "/v1/register"), ("POST", "/v1"), ("GET", "/v1/a/b")] {
        let nowhere = form.call(method, path, &[], "").await;
        assert_eq!(
            nowhere.headers["x-amzn-errortype"],
            "MissingAuthenticationTokenException"
        );
        assert_eq!(
            message(nowhere),
            (403, "Missing Authentication Token".to_owned()),
            "{path}"
        );
    }
    assert_eq!(
        message(form.call("POST", "/v2/register", &[], "").await),
        (403, "Forbidden".to_owned())
    );
    assert_eq!(form.item(phone).await, Value::Null);
}

#[tokio::test]
async fn preflights_are_mocked_and_throttled() {
    let form = Form::start().await;
    let preflight = form.call("OPTIONS", "/v1/register", &[], "").await;
    assert_eq!((preflight.status, preflight.body.as_str()), (204, ""));
    assert_eq!(
        preflight.headers["access-control-allow-methods"],
        "POST,OPTIONS"
    );
    let second = form.call("OPTIONS", "/v1/register", &[], "").await;
    assert_eq!(
        (second.status, second.json()),
        (429, json!({"message": "Too Many Requests"}))
    );
    let phone = "+18005550100";
    assert_eq!(
        form.post(&json!({"name": "Ann", "phone": phone}))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn a_page_comes_out_of_a_bucket() {
    let form = Form::start().await;
    form.aws.request("s3", "PUT", "/pages", &[], "").await.ok();
    let headers = [("content-type", "text/html; charset=utf-8")];
    form.aws
        .request("s3", "PUT", "/pages/a%20b.html", &headers, "<p>é</p>")
        .await
        .ok();
    let page = form
        .call("GET", "/v1/a%20b.html", &[("accept", "text/html")], "")
        .await;
    assert_eq!((page.status, page.body.as_str()), (200, "<p>é</p>"));
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let missing = form.call("GET", "/v1/other.html", &[], "").await;
    assert_eq!(
        (missing.status, missing.json()),
        (404, json!({"error": "no page"}))
    );
}

#[tokio::test]
async fn a_role_must_trust_api_gateway_and_be_allowed() {
    let form = Form::start().await;
    let body = json!({"name": "Ann", "phone": "+18005550100"});
    let denied = template().replace("dynamodb:PutItem", "dynamodb:GetItem");
    assert_eq!(
        deploy(&form.aws, "UpdateStack", &denied).await,
        "UPDATE_COMPLETE"
    );
    let answer = form.post(&body).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(
        answer.body.contains("AccessDeniedException"),
        "{}",
        answer.body
    );
    // API Gateway sends no source when it assumes a role.
    let trust = "Statement: [{Effect: Allow, Principal: {Service: apigateway.amazonaws.com}, Action: sts:AssumeRole}]";
    let conditional = trust.replace(
        "sts:AssumeRole}]",
        "sts:AssumeRole, Condition: {StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}}}]",
    );
    let untrusted = template().replacen(trust, &conditional, 1);
    assert_eq!(
        deploy(&form.aws, "UpdateStack", &untrusted).await,
        "UPDATE_COMPLETE"
    );
    let answer = form.post(&body).await;
    assert_eq!(
        answer.headers["x-amzn-errortype"],
        "InternalServerErrorException"
    );
    assert_eq!(
        (answer.status, answer.json()),
        (500, json!({"message": "Internal server error"}))
    );
    let group = format!("API-Gateway-Execution-Logs_{}/v1", form.api);
    let lines = form
        .aws
        .json(
            "logs",
            "Logs_20140328.FilterLogEvents",
            &json!({"logGroupName": group}),
        )
        .await
        .ok();
    assert!(
        lines
            .body
            .contains("does not have permission to assume the provided role"),
        "{}",
        lines.body
    );
    assert_eq!(
        deploy(&form.aws, "UpdateStack", &template()).await,
        "UPDATE_COMPLETE"
    );
    assert_eq!(form.post(&body).await.status, 201);
}

#[tokio::test]
async fn a_change_is_live_with_the_next_deployment() {
    let form = Form::start().await;
    let changed = template().replace("'POST,OPTIONS'", "'POST'");
    assert_eq!(
        deploy(&form.aws, "UpdateStack", &changed).await,
        "UPDATE_COMPLETE"
    );
    let methods = |answer: Answer| {
        answer.headers["access-control-allow-methods"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    let before = form.call("OPTIONS", "/v1/register", &[], "").await;
    assert_eq!(methods(before), "POST,OPTIONS");
    let first = form.control("/deployments").await.json()["item"][0]["id"].take();
    let mut deployed = changed.replace("DeploymentONE", "DeploymentTWO");
    // The burst of one is spent.
    deployed = deployed
        .replace("ThrottlingBurstLimit: 1,", "ThrottlingBurstLimit: 9,")
        .replace("ThrottlingRateLimit: 0", "ThrottlingRateLimit: 9000000000");
    assert_eq!(
        deploy(&form.aws, "UpdateStack", &deployed).await,
        "UPDATE_COMPLETE"
    );
    let deployments = form.control("/deployments").await.json()["item"].take();
    assert_eq!(deployments.as_array().unwrap().len(), 1, "{deployments}");
    assert_ne!(deployments[0]["id"], first);
    tokio::task::yield_now().await;
    let after = loop {
        let after = form.call("OPTIONS", "/v1/register", &[], "").await;
        if after.status != 429 {
            break after;
        }
    };
    assert_eq!(methods(after), "POST");
}

#[tokio::test]
async fn outputs_with_the_url_of_an_api_lead_here() {
    let form = Form::start().await;
    let api = &form.api;
    let local = format!("{}/_vanity-deploy/execute-api/{api}/v1/", form.aws.url());
    assert_eq!(output(&form.aws, "Url").await, local);
    let host = format!("{api}.execute-api.us-east-1.amazonaws.com");
    assert_eq!(
        output(&form.aws, "Page").await,
        format!("see https://{host}/v1/")
    );
    assert_eq!(
        output(&form.aws, "Elsewhere").await,
        "https://nothing.execute-api.us-east-1.amazonaws.com/v1"
    );
    let by_host = form
        .aws
        .request(
            "execute-api",
            "OPTIONS",
            "/v1/register",
            &[("host", &host)],
            "",
        )
        .await;
    assert_eq!(by_host.status, 204);
}

#[tokio::test]
async fn the_control_plane_tells_what_there_is() {
    let form = Form::start().await;
    let get = async |path: &str| form.control(path).await.ok().json();
    let api = get("").await;
    assert_eq!(
        (&api["name"], &api["endpointConfiguration"]["types"]),
        (&json!("form"), &json!(["REGIONAL"]))
    );
    assert_eq!(api["tags"]["aws:cloudformation:stack-name"], "form");
    let resources = get("/resources?embed=methods&limit=500").await;
    let register = resources["item"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["path"] == "/register")
        .unwrap();
    assert_eq!(register["parentId"], api["rootResourceId"]);
    let id = register["id"].as_str().unwrap();
    let method = get(&format!("/resources/{id}/methods/POST")).await;
    assert_eq!(method, register["resourceMethods"]["POST"]);
    assert_eq!(method["methodIntegration"]["passthroughBehavior"], "NEVER");
    let integration = get(&format!("/resources/{id}/methods/POST/integration")).await;
    assert_eq!(integration, method["methodIntegration"]);
    assert_eq!(
        integration["integrationResponses"]["400"]["selectionPattern"],
        "4\\d{2}"
    );
    assert_eq!(get("/models?limit=1").await["position"], "1");
    assert!(
        get("/models/Form").await["schema"]
            .as_str()
            .unwrap()
            .contains("draft-04")
    );
    assert_eq!(
        get("/requestvalidators").await["item"][0]["validateRequestBody"],
        true
    );
    let stage = get("/stages/v1").await;
    assert_eq!(
        stage["methodSettings"]["~1register/OPTIONS"]["throttlingBurstLimit"],
        1
    );
    assert_eq!(get("/stages").await["item"][0], stage);
    let deployment = stage["deploymentId"].as_str().unwrap();
    let summary = get(&format!("/deployments/{deployment}?embed=apisummary")).await;
    assert_eq!(
        summary["apiSummary"]["/register"]["POST"]["authorizationType"],
        "NONE"
    );
    let own = get("/gatewayresponses/BAD_REQUEST_BODY").await;
    assert_eq!(
        (&own["statusCode"], &own["defaultResponse"]),
        (&json!("422"), &json!(false))
    );
    for missing in [
        "/stages/no",
        "/models/No",
        "/resources/no",
        "/deployments/no",
    ] {
        let answer = form.control(missing).await;
        assert_eq!(answer.status, 404, "{missing}");
        assert_eq!(answer.headers["x-amzn-errortype"], "NotFoundException");
    }
    let path = format!("/restapis/{}/resources/{id}/methods/POST", form.api);
    let tried = form.aws.rest("apigateway", "POST", &path, &json!({})).await;
    assert_eq!(tried.status, 501, "{}", tried.body);
    let account = form
        .aws
        .rest("apigateway", "GET", "/account", &Value::Null)
        .await
        .json();
    assert!(
        account["cloudwatchRoleArn"]
            .as_str()
            .unwrap()
            .contains("LogRole")
    );
}

#[tokio::test]
async fn what_rest_apis_do_not_have_is_refused_by_name() {
    for (from, to, said) in [
        (
            "AuthorizationType: NONE",
            "AuthorizationType: AWS_IAM",
            "the AuthorizationType AWS_IAM",
        ),
        ("Type: MOCK", "Type: HTTP", "the integration type HTTP"),
        (
            "dynamodb:action/PutItem",
            "sqs:action/SendMessage",
            "an integration with the service sqs",
        ),
        (
            "#set($body = $input.path('$'))",
            "#macro(a)#end",
            "the directive #macro in mapping templates",
        ),
        (
            "LoggingLevel: ERROR",
            "CachingEnabled: true",
            "caches of stages",
        ),
        (
            "DependsOn: Account\n",
            "DependsOn: Account\n    Metadata: {a: b}\n",
            "",
        ),
        (
            "Account:\n    Type: AWS::ApiGateway::Account\n    Properties: {CloudWatchRoleArn: !GetAtt LogRole.Arn}",
            "Account:\n    Type: AWS::ApiGateway::Account",
            "CloudWatch Logs role ARN must be set in account settings to enable logging",
        ),
    ] {
        let aws = Aws::start().await;
        let changed = template().replacen(from, to, 1);
        assert_ne!(changed, template(), "{from}");
        let status = deploy(&aws, "CreateStack", &changed).await;
        let reasons = reasons(&aws).await;
        if said.is_empty() {
            assert_eq!(status, "CREATE_COMPLETE", "{reasons}");
        } else {
            assert!(status.starts_with("ROLLBACK"), "{said}: {status}");
            assert!(reasons.contains(said), "{said}: {reasons}");
        }
    }
}

#[tokio::test]
async fn an_api_is_there_after_a_restart_and_goes_with_its_stack() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config {
        folder: Some(crate::client::kept(folder.path())),
        ..Config::default()
    };
    let aws = Aws::with(config()).await;
    assert_eq!(
        deploy(&aws, "CreateStack", &template()).await,
        "CREATE_COMPLETE"
    );
    let api = output(&aws, "Api").await;
    aws.stop().await;
    let form = Form {
        aws: Aws::with(config()).await,
        api,
    };
    let body = json!({"name": "Ann", "phone": "+18005550100"});
    assert_eq!(form.post(&body).await.status, 201);
    let parameters = [("StackName", "form")];
    form.aws
        .query("cloudformation", "DeleteStack", &parameters)
        .await
        .ok();
    while settled(&form.aws).await.status == 200 {
        tokio::task::yield_now().await;
    }
    let apis = form
        .aws
        .rest("apigateway", "GET", "/restapis", &Value::Null)
        .await;
    assert_eq!(apis.ok().json(), json!({"item": []}));
    assert_eq!(form.post(&body).await.status, 404);
}
