//! Route tables of every size, in the shapes that people write.

use std::sync::Arc;

use ipnet::IpNet;
use sekisho::domain::path::RequestPath;
use sekisho::domain::pattern::PathPattern;
use sekisho::domain::route::{Facts, Need, Route, RouteTable};
use sekisho::domain::scope::Scope;

use super::Row;
use super::house::{HOST, House, TARGET};

fn route(path: &str, need: Need) -> Route {
    Route {
        name: path.into(),
        hosts: Vec::new(),
        path: PathPattern::parse(path).expect("a pattern"),
        methods: Vec::new(),
        from: Vec::new(),
        need,
        upstream: Some("application".into()),
        object: None,
        end_on: Vec::new(),
        form: None,
        bounds: Default::default(),
        allow: Default::default(),
    }
}

/// So many rules, the last of which takes everything; that is the one that every measured request meets. Before it come
/// applications of ten rules each, some behind a host of their own.
pub fn apps(count: usize, scope: &Arc<Scope>) -> RouteTable {
    let otp = || Need::Otp(scope.clone());
    let inside: IpNet = "10.0.0.0/8".parse().expect("a network");
    let before = (0..count - 1).map(|number| {
        let app = number / 10;
        let under = |rest: &str| format!("/app{app}/{rest}");
        let mut route = match number % 10 {
            0 => route(&under("static/**"), Need::Open),
            1 => Route { methods: vec!["POST".to_owned()], ..route(&under("login"), Need::Open) },
            2 => route(&under("patients/{id}"), otp()),
            3 => route(&under("patients/{id}/images/**"), otp()),
            4 => Route { methods: vec!["GET".to_owned()], ..route(&under("reports/*.pdf"), otp()) },
            5 => Route { from: vec![inside], ..route(&under("admin/**"), otp()) },
            6 => route(&under("admin/**"), Need::Deny),
            7 => route(&under("api/v{n}/**").replace("v{n}", "{version}"), otp()),
            8 => route(&format!("/{{tenant}}/app{app}/**"), otp()),
            _ => route(&under("**"), otp()),
        };
        if app % 2 == 1 {
            route.hosts = vec![format!("app{app}.example.jp")];
        }
        if app % 10 == 2 {
            route.hosts = vec![format!("*.clinic{app}.example.jp"), format!("clinic{app}.example.jp")];
        }
        route
    });
    RouteTable::new(before.chain([route("/**", otp())]).map(Arc::new).collect())
}

/// One host, and a folder for each application.
fn folders(count: usize) -> RouteTable {
    let rule = |number| route(&format!("/department/{number}/records/**"), Need::Open);
    RouteTable::new((1..count).map(rule).chain([route("/**", Need::Open)]).map(Arc::new).collect())
}

/// A host for each application.
fn hosts(count: usize) -> RouteTable {
    let rule = |number| Route { hosts: vec![format!("app{number}.example.jp")], ..route("/**", Need::Open) };
    RouteTable::new((1..count).map(rule).chain([route("/**", Need::Open)]).map(Arc::new).collect())
}

/// What is looked for lies behind a segment that is anything.
fn tenants(count: usize) -> RouteTable {
    let rule = |number| route(&format!("/{{tenant}}/{{id}}/page{number}"), Need::Open);
    RouteTable::new((1..count).map(rule).chain([route("/**", Need::Open)]).map(Arc::new).collect())
}

pub fn rows() -> Vec<Row> {
    let scope = || House::small().config.gate.scopes["records"].clone();
    let mut rows = Vec::new();
    for count in [1, 100, 10_000] {
        rows.push(find(format!("routes/find/apps/{count}"), move || apps(count, &scope())));
        rows.push(find(format!("routes/find/folders/{count}"), move || folders(count)));
        rows.push(find(format!("routes/find/hosts/{count}"), move || hosts(count)));
        rows.push(find(format!("routes/find/tenants/{count}"), move || tenants(count)));
    }
    rows
}

fn find(name: String, table: impl Fn() -> RouteTable + 'static) -> Row {
    Row::again(name, move || {
        let (table, path) = (table(), RequestPath::read(TARGET.as_bytes()).expect("a path"));
        Box::new(move || {
            let facts = Facts { method: "GET", host: HOST, path: &path, client: [192, 0, 2, 7].into() };
            let hit = table.find(std::hint::black_box(&facts)).expect("plain").expect("the last one takes all");
            assert_eq!(hit.route.path.as_str(), "/**");
        })
    })
}
