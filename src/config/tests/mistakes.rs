//! One mistake, one diagnostic, at the right place, with the right name.

use super::*;

type Case = (&'static str, &'static str, &'static str, Option<&'static str>);

fn hold(cases: &[Case]) {
    for (from, to, expected, nearest) in cases {
        let loaded = loaded(&edited(from, to));
        assert_eq!(told(&loaded), [*expected], "{to}\n{}", render::human(&loaded, false));
        assert_eq!(loaded.diagnostics[0].nearest.as_deref(), *nearest, "{to}");
        let valid = loaded.diagnostics[0].severity() == Severity::Warning;
        assert_eq!(loaded.config.is_some(), valid, "{to}");
    }
}

#[test]
fn keys() {
    hold(&[
        ("max_age", "max_ages", "E103 16:1", Some("max_age")),
        ("max_age", "max-age", "E103 16:1", Some("max_age")),
        ("[scope.records]", "[scope.records]\nconfirm = \"request\"", "E103 16:1", None),
        ("[users]", "[users]\npasword = true", "E103 7:1", Some("password")),
        ("[users]", "[user]", "E103 6:2", Some("users")),
        ("[listen]", "[lissten]", "E103 3:2", Some("listen")),
        ("[listen]", "[listen]\nworkers = 2", "E103 4:1", None),
        ("[[route]]", "[[routes]]", "E103 21:3", Some("route")),
        ("[[sms.provider]]", "[[sms.providers]]", "E103 12:7", Some("provider")),
        ("countries", "contries", "E103 10:1", Some("countries")),
        ("scope = \"records\"", "scoop = \"records\"", "E103 24:1", Some("scope")),
        ("public_url", "publicurl", "E103 1:1", Some("public_url")),
        ("public_url = \"http://127.0.0.1:8080\"\n", "", "E104 1:1", None),
        ("address = \"127.0.0.1:8080\"\n", "", "E104 3:1", None),
        ("phone_region = \"JP\"\n", "", "E104 6:1", None),
        ("kind = \"console\"\n", "", "E104 12:1", None),
        ("url = \"http://127.0.0.1:9100\"\n", "", "E104 18:1", None),
        ("require = \"otp\"\n", "", "E104 21:1", None),
        ("scope = \"records\"\n", "", "E104 23:11", None),
        ("[listen]\naddress = \"127.0.0.1:8080\"\n", "", "E104 1:1", None),
        ("max_age = \"8h\"", "max_age = \"8h\"\nmax_age = \"1h\"", "E102 17:1", None),
        ("[scope.records]", "[users]\npassword = true\n[scope.records]", "E102 15:2", None),
    ]);
}

#[test]
fn types_and_shapes() {
    hold(&[
        ("\"8h\"", "8", "E105 16:11", None),
        ("\"8h\"", "8.5", "E105 16:11", None),
        ("\"8h\"", "\"8 parsecs\"", "E106 16:11", None),
        ("\"8h\"", "\"31d\"", "E107 16:11", None),
        ("\"8h\"", "\"0s\"", "E107 16:11", None),
        ("[\"JP\"]", "\"JP\"", "E105 10:13", None),
        ("[\"JP\"]", "[\"JP\", \"XX\"]", "E106 10:20", None),
        ("[\"JP\"]", "[\"JP\", 81]", "E105 10:20", None),
        ("\"127.0.0.1:8080\"\n\n[u", "\"localhost:8080\"\n\n[u", "E106 4:11", None),
        ("\"127.0.0.1:8080\"\n\n[u", "\"127.0.0.1\"\n\n[u", "E106 4:11", None),
        ("\"http://127.0.0.1:8080\"", "\"127.0.0.1:8080\"", "E106 1:14", None),
        ("\"http://127.0.0.1:8080\"", "\"http://127.0.0.1:8080/app\"", "E106 1:14", None),
        ("\"http://127.0.0.1:8080\"", "\"http:127.0.0.1\"", "E106 1:14", None),
        ("\"http://127.0.0.1:8080\"", "\"ftp://127.0.0.1\"", "E106 1:14", None),
        ("\"console\"", "\"twillio\"", "E106 13:8", Some("twilio")),
        ("\"otp\"", "\"opt\"", "E106 23:11", Some("otp")),
        ("\"/records/**\"", "\"records/**\"", "E106 22:8", None),
        ("\"/records/**\"", "\"/records/**\"\nmethods = [\"get\"]", "E106 23:12", Some("GET")),
        ("\"/records/**\"", "\"/records/**\"\nmethods = [\"TRACE\"]", "E106 23:12", None),
        ("\"/records/**\"", "\"/records/**\"\nfrom = [\"10.0.0.0/33\"]", "E106 23:9", None),
        ("\"/records/**\"", "\"/records/**\"\nhost = \"a b\"", "E106 23:8", None),
        ("\"/records/**\"", "\"/records/**\"\nobject = { query = \"id\" }", "E109 23:12", None),
        ("\"/records/**\"", "\"/records/**\"\nobject = { paths = \"/{id}\" }", "E103 23:12", Some("path")),
        ("\"/records/**\"", "\"/records/**\"\nobject = { path = \"/id\" }", "E106 23:19", None),
        ("\"/records/**\"", "\"/records/**\"\nend_on = \"/logout\"", "E108 23:10", None),
        ("\"/records/**\"", "\"/records/**\"\nend_on = \"records/logout\"", "E106 23:10", None),
        ("\"/records/**\"", "\"/records/**\"\nend_on = [\"PSOT /records/logout\"]", "E106 23:11", Some("POST")),
        ("\"/records/**\"", "\"/records/**\"\nend_on = []", "E106 23:10", None),
        (
            "\"/records/**\"",
            "\"/records/**\"\nmethods = [\"GET\"]\nend_on = \"POST /records/logout\"",
            "E108 24:10",
            None,
        ),
        ("[scope.records]", "[pass]\nalgorithm = \"RS256\"\n[scope.records]", "E106 16:13", Some("ES256")),
        ("[scope.records]", "[pass]\nalgoritm = \"ES256\"\n[scope.records]", "E103 16:1", Some("algorithm")),
        ("\"/records/**\"", "\"/records/**\"\ncharset = \"sjift_jis\"", "E106 23:11", Some("shift_jis")),
        ("\"/records/**\"", "\"/records/**\"\ncharset = \"utf-16\"", "E106 23:11", Some("utf-8")),
        ("\"/records/**\"", "\"/records/**\"\nkind = \"tomkat\"", "E106 23:8", Some("tomcat")),
        ("\"/records/**\"", "\"/records/**\"\npath_parms = true", "E103 23:1", Some("path_params")),
        ("\"/records/**\"", "\"/records/**\"\ncase = true", "E105 23:8", None),
        ("[scope.records]", "[store]\nkind = \"redis\"\n[scope.records]", "E104 15:1", None),
        ("[scope.records]", "[store]\nkind = \"embeded\"\n[scope.records]", "E106 16:8", Some("embedded")),
        ("[scope.records]", "[challenge]\nlength = 3\n[scope.records]", "E107 16:10", None),
        ("[scope.records]", "[challenge]\nlife = \"11m\"\n[scope.records]", "E107 16:8", None),
        ("[scope.records]", "[challenge]\ntries = 0\n[scope.records]", "E107 16:9", None),
        ("[scope.records]", "[audit]\nkeep = \"1h\"\n[scope.records]", "E107 16:8", None),
        ("[scope.records]", "[audit]\nrotate = \"1m\"\n[scope.records]", "E107 16:10", None),
        ("[scope.records]", "[audit]\nrotate_size = \"10 kB\"\n[scope.records]", "E107 16:15", None),
        ("[scope.records]", "[audit]\nnode = \" \"\n[scope.records]", "E106 16:8", None),
        ("[scope.records]", "[audit]\nrotatesize = \"1 GiB\"\n[scope.records]", "E103 16:1", Some("rotate_size")),
        ("[scope.records]", "[limits]\nbegin = \"30 a minute\"\n[scope.records]", "E106 16:9", None),
        ("[scope.records]", "[headers]\nuser = \"Remote User\"\n[scope.records]", "E106 16:8", None),
        ("[scope.records]", "[headers]\nuser = \"Cookie\"\n[scope.records]", "E106 16:8", None),
        ("[scope.records]", "[headers]\nuser = \"remote_name\"\n[scope.records]", "E303 16:8", None),
        ("[scope.records]", "[admin]\naddress = \"0.0.0.0:9291\"\n[scope.records]", "E106 16:11", None),
        ("[scope.records]", "[admin]\ntoken = \"x\"\n[scope.records]", "E108 16:1", None),
        ("[scope.records]", "[scope.\"r c\"]\n[scope.records]", "E106 15:8", None),
        ("countries", "daily_budget = \"30\"\ncountries", "E106 10:16", None),
        ("countries", "daily_budget = \"3000 JPY\"\ncountries", "E108 10:16", None),
        ("countries", "daily_budget = \"0.05 USD\"\ncountries", "E107 10:16", None),
        ("[listen]", "prefix = \"sekisho\"\n[listen]", "E106 3:10", None),
        ("[listen]", "hosts = [\"*.example.jp\"]\n[listen]", "E106 3:10", None),
        ("[listen]", "workers = -1\n[listen]", "E107 3:11", None),
    ]);
}

#[test]
fn tls_to_an_upstream_is_always_verified() {
    let url = "\"http://127.0.0.1:9100\"";
    hold(&[
        (url, "\"https://127.0.0.1:9100\"", "E108 19:7", None),
        (url, "\"https://[::1]:9100\"", "E108 19:7", None),
        (url, "\"https://127.0.0.1:9100\"\nserver_name = \"\"", "E106 20:15", None),
        (url, "\"https://app.example.jp\"\nserver_name = \"10.0.0.1\"", "E106 20:15", None),
        (url, "\"http://app.example.jp\"\nserver_name = \"app\"", "E108 20:15", None),
        (url, "\"http://user:pw@app.example.jp\"", "E106 19:7", None),
    ]);
    let name =
        |url: &str| config(&edited("\"http://127.0.0.1:9100\"", url)).proxy.upstreams["app"].servers[0].name.clone();
    assert_eq!(name("\"https://App.example.jp\"").as_deref(), Some("app.example.jp"));
    assert_eq!(name("\"https://10.0.0.1\"\nserver_name = \"app\"").as_deref(), Some("app"));
    assert_eq!(name("\"http://10.0.0.1\""), None);
}

#[test]
fn syntax_errors_have_no_follow_ups() {
    hold(&[
        ("\"8h\"", "", "E101 16:11", None),
        ("\"8h\"", "\"8h", "E101 16:14", None),
        ("\"8h\"", "8h", "E101 16:11", None),
        ("[users]", "[users", "E101 6:7", None),
        ("max_age =", "max age =", "E101 16:5", None),
    ]);
    let broken = BASE.replace("[users]", "[users").replace("public_url", "publik_url").replace("\"8h\"", "");
    assert_eq!(told(&loaded(&broken)).len(), 2, "two lines are broken, and the misspelt key is not looked at");
}

#[test]
fn all_independent_mistakes_are_told_at_once() {
    let text = BASE
        .replace("public_url = \"http://", "public_url = \"https://")
        .replace("max_age", "max_ages")
        .replace("kind = \"console\"", "kind = \"twilio\"\ntokn = \"hunter2\"")
        .replace("phone_region = \"JP\"", "phone_region = \"Japan\"")
        .replace("\"/records/**\"", "\"records\"")
        .replace("scope = \"records\"", "scope = \"record\"");
    let loaded = loaded(&text);
    let expected =
        ["W206 3:1", "E106 7:16", "E104 12:1", "E104 12:1", "E103 14:1", "E103 17:1", "E106 23:8", "E301 25:9"];
    assert_eq!(told(&loaded), expected, "{}", render::human(&loaded, false));
    assert_eq!(render::summary(&loaded), "8 problems: 7 errors, 1 warning");
}
