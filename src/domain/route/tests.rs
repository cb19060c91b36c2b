//! Which route decides.

use super::super::path::allow::Leave;
use super::super::path::charset::Charset;
use super::*;

fn route(path: &str) -> Route {
    Route {
        name: "r".into(),
        hosts: Vec::new(),
        path: PathPattern::parse(path).expect("pattern"),
        methods: Vec::new(),
        from: Vec::new(),
        need: Need::Open,
        upstream: None,
        object: None,
        end_on: Vec::new(),
        form: None,
        bounds: Bounds::default(),
        allow: Allowances::default(),
    }
}

fn hit(route: &Route, method: &str, host: &str, path: &str, client: &str) -> bool {
    let path = RequestPath::read(path.as_bytes()).expect("path");
    let client = client.parse().expect("address");
    let table = RouteTable::new(vec![Arc::new(route.clone())]);
    table.find(&Facts { method, host, path: &path, client }).expect("plain").is_some()
}

#[test]
fn each_condition_counts() {
    let r = Route {
        hosts: vec!["a.jp".to_owned(), "*.b.jp".to_owned()],
        methods: vec!["GET".to_owned()],
        from: vec!["10.0.0.0/8".parse().expect("net")],
        ..route("/x/**")
    };
    assert!(hit(&r, "GET", "a.jp", "/x/1", "10.1.2.3"));
    assert!(hit(&r, "HEAD", "c.b.jp", "/x", "10.1.2.3"));
    assert!(!hit(&r, "POST", "a.jp", "/x", "10.1.2.3"));
    assert!(!hit(&r, "GET", "b.jp", "/x", "10.1.2.3"));
    assert!(!hit(&r, "GET", "evilb.jp", "/x", "10.1.2.3"));
    assert!(!hit(&r, "GET", "a.jp", "/y", "10.1.2.3"));
    assert!(!hit(&r, "GET", "a.jp", "/x", "192.0.2.1"));
}

#[test]
fn the_first_match_wins_and_no_match_is_none() {
    let (denied, open) = (Arc::new(Route { need: Need::Deny, ..route("/a/**") }), Arc::new(route("/a/b")));
    assert!(denied.shadows(&open));
    assert!(!open.shadows(&denied));
    let table = RouteTable::new(vec![denied, open]);
    assert_eq!(told(&table, b"/a/b"), "/a/** /a/b");
    assert_eq!(told(&table, b"/b"), "none");
}

/// Which route decides, and on what; or why none may.
fn told(table: &RouteTable, target: &[u8]) -> String {
    let client = "192.0.2.1".parse().expect("address");
    let path = match RequestPath::read(target) {
        Ok(path) => path,
        Err(fault) => return format!("{fault:?}"),
    };
    match table.find(&Facts { method: "GET", host: "h", path: &path, client }) {
        Ok(Some(hit)) => format!("{} {}", hit.route.path.as_str(), hit.path),
        Ok(None) => "none".to_owned(),
        Err(fault) => format!("{fault:?}"),
    }
}

const ALL: Leave = Leave { encoded_slash: true, path_params: true, empty_segments: true };

/// An open corner, one that is guarded, and the rest: all of one upstream.
fn table(allow: Allowances) -> RouteTable {
    let row = |path: &str, need| Arc::new(Route { need, allow, ..route(path) });
    RouteTable::new(vec![
        row("/public/**", Need::Open),
        row("/予約/**", Need::Open),
        row("/protected/**", Need::Open),
        Arc::new(Route { need: Need::Deny, ..route("/never/**") }),
        row("/**", Need::Open),
    ])
}

fn hold(allow: Allowances, rows: &[(&[u8], &str)]) {
    let table = table(allow);
    for (target, expected) in rows {
        assert_eq!(told(&table, target), *expected, "{}", target.escape_ascii());
    }
}

#[test]
fn without_leave_an_ambiguous_path_is_refused_by_its_name() {
    hold(
        Allowances::default(),
        &[
            (b"/public/a%2Fb", "EncodedSeparator"),
            (b"/public/a;x=1", "PathParameter"),
            (b"/public/a%3Bx", "PathParameter"),
            (b"/public//a", "EmptySegment"),
            (b"/public/%83%65", "NotUtf8"),
            (b"/public/%83\\", "NotUtf8"),
            (b"/Public/a", "/** /Public/a"),
        ],
    );
}

#[test]
fn with_leave_it_passes_where_every_reading_meets_the_same_route() {
    hold(
        Allowances { leave: ALL, ..Allowances::default() },
        &[
            (b"/public/a%2Fb", "/public/** /public/a%2Fb"),
            (b"/public/a%2f", "/public/** /public/a%2F"),
            (b"/public/a;jsessionid=1F", "/public/** /public/a"),
            (b"/public/;jsessionid=1F", "/public/** /public/"),
            (b"/;jsessionid=1F", "/** /"),
            (b"/x;v=1/y;v=2", "/** /x/y"),
            (b"/x//y", "/** /x/y"),
            (b"/x//", "/** /x/"),
            (b"//x", "/** /x"),
            (b"//x/y//z%2Fw;v=1", "/** /x/y/z%2Fw"),
            // Each of these is another route to somebody.
            (b"/public%2Fa", "Divided"),
            (b"/protected%2Fa", "Divided"),
            (b"/public;x/protected", "Divided"),
            (b"/protected;x", "Divided"),
            (b"/protected;x/a", "Divided"),
            (b"/protected%3Bx/a", "Divided"),
            (b"//protected/a", "Divided"),
            (b"/x//protected/a", "/** /x/protected/a"),
            (b"//public/protected/a", "Divided"),
            (b"///public/protected/a", "Divided"),
            (b"/never;x/a", "PathParameter"),
            (b"//never/a", "EmptySegment"),
        ],
    );
}

#[test]
fn what_servers_resolve_differently_is_refused_with_leave_too() {
    hold(
        Allowances { leave: ALL, charset: Charset::named("shift_jis").expect("known"), case: Case::Insensitive },
        &[
            (b"/public/..;/protected/a", "DotSegment"),
            (b"/public/..;x=1/protected/a", "DotSegment"),
            (b"/public/%2e%2e;x/protected/a", "DotSegment"),
            (b"/public/%2e%2e%3bx/protected/a", "DotSegment"),
            (b"/public/.;/a", "DotSegment"),
            (b"/public/x;..;/a", "DotSegment"),
            (b"/public/a;/../protected/a", "DotSegment"),
            (b"/;/protected", "PathParameter"),
            (b"/public/;/protected", "PathParameter"),
            (b"/public%2f..%2fprotected", "DotSegment"),
            (b"/public/..%2fprotected", "DotSegment"),
            (b"/public/x%2f%2e%2e", "DotSegment"),
            (b"/%2fprotected", "EncodedSeparator"),
            (b"/public/%2f", "EncodedSeparator"),
            (b"/public/%2f/protected", "EncodedSeparator"),
            (b"/public/a%2f/protected", "EncodedSeparator"),
            (b"/public/a%2f%2fb", "EncodedSeparator"),
            (b"/public/a;x%2fy", "EncodedSeparator"),
            (b"/public/%5c..%5cprotected", "EncodedSeparator"),
            (b"/public/%83%5c%5c", "EncodedSeparator"),
            (b"/public/%83%5c..%5cprotected", "EncodedSeparator"),
            (b"/public/%83%5c../protected", "DotSegment"),
            (b"/public/%83%5c..", "DotSegment"),
            (b"/public/\xe3\x81\x82\\x", "NotInCharset"),
            (b"/public/%252e%252e/a", "DotSegment"),
            (b"/public/a%253bx", "DoubleEncoding"),
            (b"/public/a%25252fb", "DoubleEncoding"),
            (b"/public/a%25u002fb", "DoubleEncoding"),
        ],
    );
}

#[test]
fn what_is_encoded_twice_or_holds_a_session_has_to_meet_one_route_as_well() {
    hold(
        Allowances::default(),
        &[
            (b"/x/%2541", "/** /x/%41"),
            (b"/100%25/%2520", "/** /100%/%20"),
            (b"/%2570rotected/a", "Divided"),
            (b"/%6eever/a", "Divided"),
            (b"/x/%41%2E%7e", "/** /x/A.~"),
            (b"/x%2D/%E6%82%A3%65", "/** /x-/患e"),
            // Node compares what was sent.
            (b"/%70ublic/a", "Divided"),
            (b"/pub%6Cic/a", "Divided"),
            (b"/(S(abc))/page.aspx", "/** /(S(abc))/page.aspx"),
            (b"/(S(abc))/protected/a", "Divided"),
            (b"/prot(S(abc))ected/a", "Divided"),
            (b"/x/.(S(abc))./protected/a", "DotSegment"),
            (b"/it's(1).aspx", "/** /it's(1).aspx"),
        ],
    );
}

#[test]
fn japanese_is_read_as_the_route_says() {
    let japanese = Allowances { charset: Charset::named("shift_jis").expect("known"), ..Allowances::default() };
    hold(
        japanese,
        &[
            (b"/%83%65%83%58%83%67", "/** /テスト"),
            (b"/\x83\x65\x83\x58\x83\x67", "/** /テスト"),
            (b"/public/%83%5C%81%5B%83%58", "/public/** /public/ソース"),
            (b"/public/\x83\\x", "/public/** /public/ソx"),
            (b"/%97%5C%96%F1/a", "/予約/** /予約/a"),
            (b"/public/%83%5Cprotected", "/public/** /public/ソprotected"),
            (b"/x/%83%80", "/** /x/ム"),
            (b"/public/%83", "NotInCharset"),
            (b"/public/%83/a", "NotInCharset"),
            (b"/public/a%5Cb", "EncodedSeparator"),
            (b"/public/%E7%A7%98", "NotInCharset"),
            (b"/public/%EF%BC%8F", "EncodedSeparator"),
            (b"/public/%81%5E", "EncodedSeparator"),
        ],
    );
    hold(
        Allowances { case: Case::Insensitive, ..japanese },
        &[(b"/PUBLIC/%83%5CX", "/public/** /PUBLIC/ソX"), (b"/Protected/%83%5C", "/protected/** /Protected/ソ")],
    );
    let euc = Allowances { charset: Charset::named("euc-jp").expect("known"), ..Allowances::default() };
    hold(euc, &[(b"/%A5%C6%A5%B9%A5%C8", "/** /テスト"), (b"/public/%A5\\", "NotInCharset")]);
}

#[test]
fn each_upstream_is_read_in_its_own_character_set() {
    let charset = |name| Allowances { charset: Charset::named(name).expect("known"), ..Allowances::default() };
    let row = |path: &str, name| Arc::new(Route { allow: charset(name), ..route(path) });
    let table = RouteTable::new(vec![
        row("/old/**", "shift_jis"),
        row("/unix/**", "euc-jp"),
        row("/患者/**", "utf-8"),
        row("/**", "utf-8"),
    ]);
    for (target, expected) in [
        (&b"/old/%83%65"[..], "/old/** /old/テ"),
        (b"/unix/%A5%C6", "/unix/** /unix/テ"),
        (b"/%E6%82%A3%E8%80%85/1", "/患者/** /患者/1"),
        (b"/new/%E6%82%A3", "/** /new/患"),
        (b"/new/%83%65", "NotUtf8"),
        // Valid in both, and still under the same route.
        (b"/old/%C3%BD", "/old/** /old/ﾃｽ"),
    ] {
        assert_eq!(told(&table, target), expected, "{}", target.escape_ascii());
    }
}

#[test]
fn letter_case_opens_nothing_where_the_upstream_minds_none() {
    hold(
        Allowances { case: Case::Insensitive, ..Allowances::default() },
        &[
            (b"/PUBLIC/A", "/public/** /PUBLIC/A"),
            (b"/Protected/a", "/protected/** /Protected/a"),
            (b"/NEVER/a", "/never/** /NEVER/a"),
            (b"/never./a", "/never/** /never./a"),
            (b"/protected%20/a", "Spelling"),
            (b"/protected::$DATA", "Spelling"),
            (b"/protecte\xef\xbd\x84/a", "Spelling"),
            (b"/%20/protected/a", "Spelling"),
            (b"/Other/A.aspx", "/** /Other/A.aspx"),
            (b"/%E6%82%A3%E8%80%85/A", "/** /患者/A"),
        ],
    );
    let of = |path: &str, case| Arc::new(Route { allow: Allowances { case, ..Allowances::default() }, ..route(path) });
    let two = RouteTable::new(vec![of("/Api/**", Case::Sensitive), of("/**", Case::Insensitive)]);
    assert_eq!(told(&two, b"/Api/x"), "/Api/** /Api/x");
    assert_eq!(told(&two, b"/api/x"), "Spelling", "to the second one they are the same");
    let wide = of("/Admin/**", Case::Insensitive);
    assert!(wide.shadows(&of("/admin/x", Case::Insensitive)) && wide.shadows(&route("/ADMIN/x")));
    assert!(!route("/Admin/**").shadows(&of("/Admin/x", Case::Insensitive)), "it is left the other spellings");
}

#[test]
fn a_record_is_named_as_it_was_sent_without_parameters() {
    let object = Some(PathPattern::parse("/Patients/{id}").expect("pattern"));
    let allow = Allowances { leave: ALL, case: Case::Insensitive, ..Allowances::default() };
    let table = RouteTable::new(vec![Arc::new(Route { object, allow, ..route("/patients/**") })]);
    let client = "192.0.2.1".parse().expect("address");
    for (target, record) in [
        ("/patients/4711", "id=4711"),
        ("/PATIENTS/Ab;jsessionid=SECRET", "id=Ab"),
        ("/patients//4711/x", "id=4711"),
        ("/patients/47%2F11", "id=47%2F11"),
    ] {
        let path = RequestPath::read(target.as_bytes()).expect("a path");
        let hit =
            table.find(&Facts { method: "GET", host: "h", path: &path, client }).expect("one route").expect("a hit");
        assert_eq!(hit.route.object_of(&hit.path).as_deref(), Some(record), "{target}");
    }
}

#[test]
fn a_route_limited_to_a_network_shadows_nobody_outside_it() {
    let inside = Route { from: vec!["10.0.0.0/8".parse().expect("net")], ..route("/**") };
    assert!(!inside.shadows(&route("/a")));
    assert!(route("/**").shadows(&inside));
}

#[test]
fn the_applications_logout_is_known_by_method_and_path() {
    let ending = |method: Option<&str>, path: &str| Ending {
        method: method.map(str::to_owned),
        path: PathPattern::parse(path).expect("pattern"),
    };
    let mut route = route("/app/**");
    route.end_on = vec![ending(None, "/app/logout"), ending(Some("POST"), "/app/session/{id}/end")];
    let ends = |route: &Route, method: &str, path: &str| {
        route.ends(method, RequestPath::read(path.as_bytes()).expect("a path").first())
    };
    for (method, path, expected) in [
        ("GET", "/app/logout", true),
        ("POST", "/app/logout/", true),
        ("HEAD", "/app/logout", false),
        ("OPTIONS", "/app/logout", false),
        ("GET", "/app/logout/help", false),
        ("GET", "/app/LOGOUT", false),
        ("POST", "/app/session/4711/end", true),
        ("GET", "/app/session/4711/end", false),
    ] {
        assert_eq!(ends(&route, method, path), expected, "{method} {path}");
    }
    route.allow.case = Case::Insensitive;
    assert!(ends(&route, "GET", "/App/LogOut"));
}
