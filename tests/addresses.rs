//! Addresses of real applications, which must pass: each over every wire, and each reaches the upstream byte for byte.

mod support;

use support::gateway::sekisho;
use support::{Ask, Gateway, Plan, Upstream, User, Wire, wire};

/// One corner for each kind of application.
const ROUTES: &str = r#"
[[route]]
path = "/tomcat/**"
require = "open"
kind = "tomcat"
[[route]]
path = "/php/**"
require = "open"
kind = "php"
[[route]]
path = "/iis/**"
require = "open"
kind = "iis"
[[route]]
path = "/sjis/**"
require = "open"
charset = "shift_jis"
[[route]]
path = "/予約/**"
require = "open"
charset = "shift_jis"
[[route]]
path = "/euc/**"
require = "open"
charset = "euc-jp"
[[route]]
path = "/dicom-web/**"
require = "open"
encoded_slash = true
[[route]]
name = "read only"
path = "/reports/**"
methods = ["GET"]
require = "open"
[[route]]
path = "/guarded/**"
require = "otp"
scope = "records"
kind = "tomcat"
object = { path = "/guarded/{id}" }
[[route]]
path = "/患者/**"
require = "open"
[[route]]
path = "/**"
require = "open"
"#;
const METHODS: &str = r#"methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PROPPATCH", "REPORT", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH", "ACL"]"#;

const TARGETS: &[&str] = &[
    "/",
    "/index.html",
    "/app/explorer.html",
    "/a%20b/c+d.pdf",
    "/%E6%82%A3%E8%80%85/%E5%B1%B1%E7%94%B0%20%E5%A4%AA%E9%83%8E",
    "/患者/山田 太郎?氏名=山田",
    "/%EF%BC%A1%EF%BC%92%EF%BC%93",
    "/%EF%BE%8A%EF%BE%9E%EF%BD%BD",
    "/~yamada/public_html/",
    "/%7Eyamada/",
    "/files/[2026]/(1)/it's%20%22quoted%22.txt",
    "/a|b/{c}",
    "/a,b/c=d/e@f/g:h/i!j/k$l/m&n/o*p",
    "/100%25/50%25off",
    "/.well-known/openid-configuration",
    "/a..b/...c/d../x.tar.gz",
    "/cgi-bin/find.cgi?name=a|b&x^2",
    "/cgi-bin/find.cgi?a=1;b=2;c=3",
    "/cgi-bin/find.cgi?[0]=x&a[]=y&{z}",
    "/cgi-bin/find.cgi?%83%65%83%58%83%67=%83%5C",
    "/cgi-bin/find.cgi?path=../../etc/passwd&f=%2Fa%2Fb&n=%00",
    "/cgi-bin/find.cgi?a+b+c",
    "/cgi-bin/find.cgi?q=%",
    "/cgi-bin/find.cgi?u=http://other.example/x//y&b=\\dir",
    "/cgi-bin/find.cgi?氏名=山田",
    "/cgi-bin/find.cgi?",
    "/reports/2026?_method=DELETE",
    "/search?q='a'",
    "/page.aspx?id=%7B3F2504E0-4F89-11D3-9A0C-0305E82C3301%7D",
    "/%7B3F2504E0-4F89-11D3-9A0C-0305E82C3301%7D",
    "/owa/?ae=Item&t=IPM.Note&id=RgAAAAD%2bx%2f",
    "/(S(3vvd1x45ldqeklutkvyiff45))/Default.aspx",
    "/a%2Cb%3Ac%40d%26e",
    "/wiki/C%2B%2B_(language)",
    "/tomcat/app/index.jsp;jsessionid=0123456789ABCDEF.node1?x=1",
    "/tomcat/;jsessionid=0123456789ABCDEF",
    "/tomcat/a;v=1.1/b;c=d;e/f",
    "/php//index.php",
    "/php/wp-content//uploads///2026/a.png",
    "/php/index.php/a/b?x=/",
    "/iis/Default.ASPX",
    "/IIS/Reports/Report.aspx?rs:Command=Render",
    "/Iis/App_Themes/x.css",
    "/sjis/%83%65%83%58%83%67.html",
    "/sjis/%83e%83X%83g.html",
    "/sjis/%83%5C%81%5B%83X",
    "/sjis/%83\\%81[%83X/%95\\.xls",
    "/%97%5C%96%F1/list.cgi?%97%5C",
    "/euc/%A5%C6%A5%B9%A5%C8.html",
    "/dicom-web/studies?PatientName=%E5%B1%B1%E7%94%B0*&00100020=4711",
    "/dicom-web/studies/1.2.840.113619/series/1.2/instances/1/frames/1,2",
    "/dicom-web/studies/1.2/metadata",
    "/dicom-web/bulk/a%2Fb%2fc",
];

/// The target of the last request that reached the upstream, byte by byte.
fn reached(upstream: &Upstream) -> Vec<u8> {
    let requests = upstream.requests();
    requests.last().and_then(|r| r.split(|b| *b == b' ').nth(1)).unwrap_or_default().to_vec()
}

#[test]
fn what_real_applications_are_asked_passes_and_stays_as_it_is() {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).with_routes(ROUTES).start();
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        for target in TARGETS {
            // A space ends a target, and `curl` encodes what is above ASCII.
            let target = target.replace(' ', "%20");
            if wire != Wire::Http1 && !target.is_ascii() {
                continue;
            }
            let before = upstream.requests().len();
            let answer = caller.send(Ask::get(&target));
            assert_eq!(answer.status, 200, "{wire:?} {target}\n{}", answer.text());
            assert_eq!(upstream.requests().len(), before + 1, "{wire:?} {target}");
            assert_eq!(
                reached(&upstream).escape_ascii().to_string(),
                target.as_bytes().escape_ascii().to_string(),
                "{wire:?}"
            );
        }
    }
}

#[test]
fn without_leave_the_same_is_refused_and_nothing_reaches_the_upstream() {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).with_routes(ROUTES).start();
    let odd = [
        "/app/index.jsp;jsessionid=0123456789ABCDEF",
        "/wp//index.php",
        "//index.php",
        "/x/%83%65%83%58%83%67.html",
        "/x/%83\\",
        "/bulk/a%2Fb",
        "/tomcat//a",
        "/php/a;b",
        "/dicom-web/a;b",
        "/tomcat;x/guarded/1",
        "/php//../guarded/1",
        "//php/guarded/1",
        "/dicom-web/..%2fguarded/1",
        "/dicom-web%2fguarded/1",
        "/tomcat/..;/guarded/1",
        "/(S(x))/guarded/1",
        "/guar(S(x))ded/1",
        "/%67uarded/1",
        "/%2567uarded/1",
        "/euc/%83%65",
        "/sjis/a%5Cb",
        "/sjis/%83%5C..%5Cguarded",
        "/.sekisho;x/logout",
    ];
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        for target in odd {
            let refused = caller.send(Ask::get(target));
            assert_eq!(refused.status, 400, "{wire:?} {target}\n{}", refused.text());
            assert!(refused.text().contains("the path"), "{target}: it says why\n{}", refused.text());
        }
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn raw_bytes_above_ascii_pass_as_utf8_and_are_refused_otherwise() {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).with_routes(ROUTES).start();
    let ask = |target: &[u8]| {
        let head = format!(
            " HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            gateway.origin.trim_start_matches("https://")
        );
        let answer = wire::raw(&gateway.plain, &[b"GET ", target, head.as_bytes()].concat());
        String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
    };
    for target in ["/患者/1?氏名=山田".as_bytes(), b"/a?x=|^[]{}`\\;'"] {
        assert!(ask(target).contains(" 200 "), "{}", target.escape_ascii());
        assert_eq!(reached(&upstream), target);
    }
    let passed = upstream.requests().len();
    // Pingora's parser takes nothing else; browsers encode such bytes.
    for target in [&b"/sjis/\x83\x65"[..], b"/a?\x83\x65", b"/\xff"] {
        assert!(ask(target).contains(" 400 "), "{}", target.escape_ascii());
    }
    assert_eq!(upstream.requests().len(), passed);
}

#[test]
fn a_guarded_address_with_parameters_is_come_back_to_and_written_down_without_them() {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).with_routes(ROUTES).start();
    let target = "/guarded/4711;jsessionid=SECRET/x?a=%83%5C";
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        let sent = caller.send(Ask::get(target).navigating()).expect(303);
        let place = sent.header("location").expect("a place").to_owned();
        assert!(place.contains("return_to=%2Fguarded%2F4711%3Bjsessionid%3DSECRET%2Fx%3Fa%3D%2583%255C"), "{place}");
        caller.sign_in(&gateway, &User::ALICE);
        caller.send(Ask::get(target)).expect(200);
        assert_eq!(reached(&upstream), target.as_bytes());
    }
    let written = support::wait::until("three accesses", || {
        let audit = gateway.audit();
        let lines: Vec<_> = audit.lines().filter(|line| line.contains("\"access\"")).map(str::to_owned).collect();
        (lines.len() == 3).then_some(lines)
    });
    assert!(written.iter().all(|line| line.contains("\"/guarded/4711/x\"") && line.contains("id=4711")), "{written:?}");
    assert!(!written.iter().any(|line| line.contains("SECRET")), "{written:?}");
}

fn explained(gateway: &Gateway, method: &str, target: &str) -> String {
    let config = gateway.config.display().to_string();
    String::from_utf8_lossy(&sekisho(&["explain", "--config", &config, method, target], "").stdout).into_owned()
}

#[test]
fn methods_of_webdav_pass_where_they_are_named_and_only_there() {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).with_routes(ROUTES).with_top(METHODS).start();
    let plain = Plan::before(&upstream.url).with_routes(ROUTES).start();
    for wire in Wire::ALL {
        for method in ["PROPFIND", "PROPPATCH", "REPORT", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH", "ACL"] {
            let ask = || Ask::new(method, "/dav/%E6%82%A3/").header("Depth", "1");
            gateway.caller(wire).send(ask()).expect(200);
            assert!(upstream.last().starts_with(&format!("{method} /dav/%E6%82%A3/ ")), "{}", upstream.last());
            let before = upstream.requests().len();
            let refused = plain.caller(wire).send(ask()).expect(405);
            assert_eq!(refused.header("allow"), Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
            assert_eq!(upstream.requests().len(), before);
        }
    }
    assert!(explained(&plain, "PROPFIND", "/dav/").contains("405: `methods` does not let PROPFIND in"));
    assert!(explained(&gateway, "PROPFIND", "/dav/").contains("forwarded, whoever asks"));
    for method in ["PROPFIND", "DELETE", "get", "TRACE"] {
        let status = gateway.caller(Wire::Http1).send(Ask::new(method, "/reports/1")).status;
        // Where the route for GET does not match, the next one does.
        assert_eq!(status, if matches!(method, "get" | "TRACE") { 405 } else { 200 }, "{method}");
    }
}

#[test]
fn nobody_overrides_the_method_that_was_judged() {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).with_routes(ROUTES).start();
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        for name in [
            "X-HTTP-Method-Override",
            "X_HTTP_Method_Override",
            "X-HTTP-Method",
            "X-Method-Override",
            "X-Original-URL",
            "X.Rewrite.URL",
        ] {
            caller.send(Ask::get("/reports/1").header(name, "DELETE")).expect(200);
            let seen = upstream.last();
            assert!(seen.starts_with("GET /reports/1 ") && !seen.contains("DELETE"), "{wire:?} {name}\n{seen}");
        }
        // What a query means is the application's own affair: it arrives as it is.
        caller.send(Ask::get("/reports/1?_method=DELETE")).expect(200);
        assert!(upstream.last().starts_with("GET /reports/1?_method=DELETE "));
        caller.send(Ask::new("HEAD", "/reports/1")).expect(200);
        assert!(upstream.last().starts_with("HEAD /reports/1 "));
    }
}
