//! Templates as they are rendered.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;

const BODY: &str = r#"{"name":"Ann \"A\" O'Hara/é","year":3,"tags":["a","b"],"ok":true,"none":null,"deep":{"x":1.5}}"#;

fn run(text: &str) -> Result<Rendered, TemplateError> {
    run_with(text, BODY)
}

fn run_with(text: &str, body: &str) -> Result<Rendered, TemplateError> {
    let parameters = Parameters {
        path: BTreeMap::from([("id".to_owned(), "7".to_owned())]),
        querystring: BTreeMap::from([("q".to_owned(), "x y".to_owned())]),
        header: BTreeMap::from([("X-Trace".to_owned(), "t".to_owned())]),
    };
    let context = json!({"requestId": "r-1", "identity": {"sourceIp": "127.0.0.1"}, "stage": "v1"});
    let variables = BTreeMap::from([("table".to_owned(), "t-1".to_owned())]);
    render(
        &parse(text)?,
        &Inputs {
            body,
            parameters: &parameters,
            context: &context,
            stage_variables: &variables,
        },
    )
}

fn text(template: &str) -> String {
    run(template).unwrap().text
}

#[test]
fn the_input_is_read() {
    assert_eq!(text("$input.body"), BODY);
    assert_eq!(text("$input.json('$.tags')"), r#"["a","b"]"#);
    assert_eq!(text("$input.json('$.name')"), r#""Ann \"A\" O'Hara/é""#);
    assert_eq!(
        text("$input.path('$.year')/$input.path('$.deep.x')"),
        "3/1.5"
    );
    assert_eq!(text("$input.path('$.deep')"), "{x=1.5}");
    assert_eq!(text("$input.path('$.tags')"), "[a, b]");
    assert_eq!(
        text("<$input.path('$.missing')>$input.json('$.missing')"),
        r#"<>"""#
    );
    assert_eq!(
        text("$input.params('id') $input.params('q') $input.params('x-trace')$input.params('no')."),
        "7 x y t."
    );
    assert_eq!(text("$input.params().header['X-Trace']"), "t");
    assert_eq!(
        text("$context.requestId ${context.identity.sourceIp}x $stageVariables.table"),
        "r-1 127.0.0.1x t-1"
    );
    assert_eq!(run_with("$input.json('$')", "").unwrap().text, "{}");
    assert!(matches!(
        run_with("$input.json('$')", "{"),
        Err(TemplateError::Body(_))
    ));
}

/// The template that API Gateway's console offers to pass a request through.
#[test]
fn a_whole_request_passes_through() {
    let template = r#"##  See the reference
#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"stage-variables" : {
#foreach($key in $stageVariables.keySet())
"$key" : "$util.escapeJavaScript($stageVariables.get($key))"
    #if($foreach.hasNext),#end
#end
},
"context" : {
    "stage" : "$context.stage",
    "authorizer-principal-id" : "$context.authorizer.principalId",
    "source-ip" : "$context.identity.sourceIp"
    }
}
"#;
    let rendered: Value = serde_json::from_str(&text(template)).unwrap();
    assert_eq!(
        rendered,
        json!({
            "body-json": serde_json::from_str::<Value>(BODY).unwrap(),
            "params": {
                "header": {"X-Trace": "t"},
                "path": {"id": "7"},
                "querystring": {"q": "x y"},
            },
            "stage-variables": {"table": "t-1"},
            "context": {"stage": "v1", "authorizer-principal-id": "", "source-ip": "127.0.0.1"},
        })
    );
}

#[test]
fn util_has_its_functions() {
    assert_eq!(
        text("$util.escapeJavaScript($input.path('$.name'))"),
        r#"Ann \"A\" O\'Hara\/\u00E9"#
    );
    // The idiom of AWS's reference.
    assert_eq!(
        text(r#"$util.escapeJavaScript("it's").replaceAll("\\'","'")"#),
        "it's"
    );
    assert_eq!(text("$util.urlEncode('a b&+')"), "a+b%26%2B");
    assert_eq!(text("$util.urlDecode('a+b%26')"), "a b&");
    assert_eq!(text("$util.base64Decode($util.base64Encode('é'))"), "é");
    assert_eq!(
        text(r#"#set($o = $util.parseJson('{"a":[1]}'))$o.a[0]"#),
        "1"
    );
    assert!(run("$util.parseJson('{')").is_err());
}

#[test]
fn texts_have_javas_methods() {
    for (template, expected) in [
        ("$s.toUpperCase()", "  ABC "),
        ("$s.trim().length()", "3"),
        ("$s.trim().substring(1)$s.trim().substring(0, 1)", "bca"),
        (
            "$s.trim().matches('[a-c]{3}') $s.matches('abc')",
            "true false",
        ),
        (
            "$s.contains('b') $s.isEmpty() $s.trim().startsWith('ab')",
            "true false true",
        ),
        (
            "$s.trim().equals('abc') $s.trim().equalsIgnoreCase('ABC')",
            "true true",
        ),
        ("$s.replace('b', '$').indexOf('c')", "4"),
        ("$s.replaceAll('[^a-z]', '').concat('!')", "abc!"),
        ("$s.trim().split('b')[1]$s.split(',').size()", "c1"),
        ("$s.trim().compareTo('abd') $s.trim().charAt(2)", "-1 c"),
    ] {
        assert_eq!(
            text(&format!("#set($s = '  abc '){template}")),
            expected,
            "{template}"
        );
    }
    assert!(run("#set($s = 'a')$s.substring(5)").is_err());
    assert!(matches!(
        run("#set($s = 1)$s.trim()"),
        Err(TemplateError::NotImplemented(_))
    ));
}

#[test]
fn branches_and_loops() {
    let template = "#if($input.path('$.year') > 2 && $input.params('id') != '')\nbig\n#elseif(false)\nno\n#else\nsmall\n#end\nend";
    assert_eq!(text(template), "big\nend");
    assert_eq!(
        text(
            "#foreach($t in $input.path('$.tags'))$foreach.count:$t#if($foreach.hasNext), #end#end"
        ),
        "1:a, 2:b"
    );
    assert_eq!(
        text("#foreach($i in [1..5])#if($i == 3)#break#end$i#end."),
        "12."
    );
    assert_eq!(
        text("#set($m = {'a': 1, 'b': 2})#foreach($e in $m.entrySet())$e.key$e.value#end"),
        "a1b2"
    );
    assert_eq!(text("#if(!$nothing || ($x))a#{else}b#end"), "a");
    assert_eq!(
        text("#if('')a#end#if(0)b#end#if($input.path('$.none'))c#end"),
        "ab"
    );
    assert_eq!(text("a#stop b"), "a");
    assert!(run("#foreach($i in [1..1001])#end").is_err());
}

#[test]
fn expressions() {
    assert_eq!(text("#set($a = 2 + 3 * 4 - 10 / 3)$a"), "11");
    assert_eq!(text("#set($a = (1 + 1) * 2)$a #set($b = 7 % 4)$b"), "4 3");
    assert_eq!(text("#set($a = 1.5 + 1)$a"), "2.5");
    assert_eq!(text("#set($a = \"x-$input.params('id')\" + 1)$a"), "x-71");
    assert_eq!(text("#set($a = '$raw')$a"), "$raw");
    assert_eq!(
        text("#if(1 == 1.0 and 'a' eq \"a\" and not false)y#end"),
        "y"
    );
    assert_eq!(text("#if(\"3\" == $input.path('$.year'))y#end"), "y");
    assert_eq!(text("#set($a = 1)#set($a = $nothing)$a"), "1");
    assert_eq!(text("#set($a = 1 / 0)$!a."), ".");
}

#[test]
fn text_is_left_as_it_is() {
    for plain in [
        "",
        "$",
        "$ 5",
        "${",
        "$1",
        "#fff",
        "a # b",
        r"C:\x",
        "\"$schema",
        "{}[]",
    ] {
        assert_eq!(text(plain), plain);
    }
    assert_eq!(text("a ## comment\nb#* c *#d#[[ $x ]]#"), "a bd $x ");
    assert_eq!(text("$nothing.x $!nothing.x."), "$nothing.x .");
}

#[test]
fn what_leaves_the_template() {
    let rendered = run("#set($context.responseOverride.status = 409)#set($context.responseOverride.header.X-A = 'b')#set($context.requestOverride.path['k'] = 'v')").unwrap();
    assert_eq!(rendered.overrides.status, Some(409));
    assert_eq!(
        rendered.overrides.headers,
        [("X-A".to_owned(), "b".to_owned())]
    );
    assert_eq!(
        rendered.overrides.request,
        [(Location::Path, "k".to_owned(), "v".to_owned())]
    );
    assert!(run("#set($context.responseOverride.status = 'x')").is_err());
}

#[test]
fn what_is_unknown_is_refused_when_it_is_read() {
    for template in [
        "#macro(a)#end",
        "#parse('x')",
        "#unknown(1)",
        "$util.toJson($x)",
        "$util",
        "$input",
        "$input.foo('x')",
        "$input.path('$[?(@.a)]')",
        "$input.json()",
        "$x.put('a', 1)",
        "$x.getClass()",
        "$x.replaceAll('(?=a)', '')",
        "#set($context.stage = 1)",
        "#set($input = 1)",
        "#set($x.y = 1)",
        r"\$input.body",
    ] {
        assert!(parse(template).is_err(), "{template}");
    }
    insta::assert_snapshot!(
        parse("a\n#if($x)\n").unwrap_err(),
        @"line 3: #if without an #end"
    );
    insta::assert_snapshot!(
        parse("$util.error('x')").unwrap_err(),
        @"$util.error('x') is not implemented in mapping templates"
    );
    for template in [
        "#end",
        "#else",
        "#set($x 1)",
        "#set(x = 1)",
        "#if()#end",
        "#if(1",
        "$x.a(",
        "${x",
        "#foreach($x on 1)#end",
        "\"",
        "#set($a = 'x)",
        "#*",
        "#[[",
    ] {
        let outcome = parse(template);
        assert_eq!(outcome.is_err(), template != "\"", "{template}");
    }
    let deep = format!("#set($x = {}1{})", "(".repeat(999), ")".repeat(999));
    assert!(parse(&deep).is_err());
    assert!(parse(&"#if(1)".repeat(999)).is_err());
    assert!(parse(&format!("#set($x = {}1)", "!".repeat(9999))).is_err());
}

proptest! {
    #[test]
    fn no_template_panics(template in r#"(\$|\$!|\{|\}|\(|\)|#set|#if|#end|#foreach|#else|\$x|input|util|context|\.|path|json|'|"|\[|\]|=|1|\+|-|in| |\\|,|é|\n|\.\.|substring|replaceAll|split|matches){0,24}"#) {
        let _ = run(&template);
    }

    #[test]
    fn methods_never_panic(s in "\\PC{0,6}", t in "\\PC{0,3}", a in -3_i64..9, b in -3_i64..9) {
        let (s, t) = (json!(s), json!(t));
        for (name, count) in methods::KNOWN {
            for arguments in [[Some(t.clone()), Some(t.clone())], [Some(json!(a)), Some(json!(b))], [None, None]] {
                let _ = methods::call(&s, name, &arguments[..*count]);
                let _ = methods::call(&json!([1, "a"]), name, &arguments[..*count]);
                let _ = methods::call(&json!({"a": 1}), name, &arguments[..*count]);
            }
        }
    }

    #[test]
    fn escaped_text_is_json_once_quotes_are_restored(s in "\\PC{0,12}") {
        let escaped = text::escape_java_script(&s).replace("\\'", "'");
        let read: String = serde_json::from_str(&format!("\"{escaped}\"")).unwrap();
        prop_assert_eq!(read, s);
    }
}
