//! Mistakes that only show when sections are held against each other.

use super::*;

/// [`BASE`] with more routes behind its own.
fn routes(more: &str) -> Loaded {
    loaded(&format!("{BASE}\n{more}"))
}

#[test]
fn names_must_be_defined() {
    let found = loaded(&edited("scope = \"records\"", "scope = \"recrods\""));
    assert_eq!(told(&found), ["E301 24:9"], "and the scope that was meant is not called unused");
    assert_eq!(found.diagnostics[0].nearest.as_deref(), Some("records"));
    let found = loaded(&edited("scope = \"records\"", "scope = \"records\"\nupstream = \"web\""));
    assert_eq!(told(&found), ["W201 18:11", "E301 25:12"]);
}

#[test]
fn a_broken_definition_is_told_once() {
    assert_eq!(told(&loaded(&edited("http://127.0.0.1:9100", "127.0.0.1"))), ["E106 19:7"]);
    assert_eq!(told(&loaded(&edited("\"8h\"", "\"8\""))), ["E106 16:11"]);
}

#[test]
fn the_upstream_may_be_left_out_where_there_is_one() {
    assert_eq!(config(BASE).gate.routes.routes().next().expect("a route").upstream.as_deref(), Some("app"));
    let two = edited("[upstream.app]", "[upstream.web]\nurl = \"http://127.0.0.1:9101\"\n\n[upstream.app]");
    assert_eq!(told(&loaded(&two)), ["E104 24:1"]);
    let none = edited("[upstream.app]\nurl = \"http://127.0.0.1:9100\"\n", "");
    assert_eq!(told(&loaded(&none)), ["E104 19:1"]);
}

#[test]
fn what_no_route_uses_is_noticed() {
    let found = loaded(&edited("[upstream.app]", "[scope.admin]\n\n[upstream.app]"));
    assert_eq!(told(&found), ["W201 18:8"]);
    assert!(found.config.is_some(), "a warning does not fail");
}

#[test]
fn keys_that_do_nothing_are_refused() {
    let found = routes("[[route]]\npath = \"/x\"\nrequire = \"deny\"\nupstream = \"app\"\nscope = \"records\"");
    assert_eq!(told(&found), ["E108 29:1", "E108 30:1"]);
    let found = routes("[[route]]\npath = \"/x\"\nrequire = \"open\"\nscope = \"records\"");
    assert_eq!(told(&found), ["E108 29:1"]);
    let found = routes(
        "[[route]]\npath = \"/x\"\nrequire = \"deny\"\nkind = \"iis\"\ncharset = \"shift_jis\"\ncase = \"insensitive\"",
    );
    assert_eq!(told(&found), ["E108 29:1", "E108 30:1"]);
    let found = loaded(&edited("max_age = \"8h\"", "max_age = \"8h\"\nidle = \"9h\""));
    assert_eq!(told(&found), ["E108 17:8"]);
}

#[test]
fn shadowed_routes_name_the_earlier_one() {
    let found = routes("[[route]]\npath = \"/records/4711\"\nrequire = \"deny\"");
    assert_eq!(told(&found), ["W202 27:8"]);
    let (first, word) = &found.diagnostics[0].related[0];
    assert_eq!((found.sources.describe(*first), word.as_str()), ("sekisho.toml:22:8".to_owned(), "taken here"));
    let narrower = routes("[[route]]\npath = \"/other\"\nrequire = \"deny\"");
    assert_eq!(told(&narrower), Vec::<String>::new());
    let spelled = routes("[[route]]\npath = \"/RECORDS/4711\"\nrequire = \"deny\"");
    assert_eq!(told(&spelled), Vec::<String>::new());
    let insensitive =
        edited("9100\"", "9100\"\nkind = \"iis\"") + "[[route]]\npath = \"/RECORDS/4711\"\nrequire = \"deny\"";
    assert_eq!(told(&loaded(&insensitive)), ["W202 27:8"]);
    let ours = routes("[[route]]\npath = \"/.sekisho/x\"\nrequire = \"open\"");
    assert_eq!(told(&ours), ["W202 27:8"]);
}

#[test]
fn hosts_and_methods_must_be_let_in() {
    let with = |line: &str| {
        let text = BASE.replace("[listen]", "hosts = [\"Records.example.jp\", \"a.b.jp\"]\n[listen]");
        told(&loaded(&text.replace("\"/records/**\"", &format!("\"/records/**\"\n{line}"))))
    };
    let none = Vec::<String>::new();
    assert_eq!(with("host = [\"records.example.jp\", \"*.b.jp\", \"127.0.0.1\"]"), none);
    assert_eq!(with("host = \"*.example.jp\""), none);
    assert_eq!(with("host = \"*.jp\""), none);
    assert_eq!(with("host = [\"127.0.0.1\", \"record.example.jp\"]"), ["E302 24:22"]);
    assert_eq!(with("host = \"*.a.b.jp\""), ["E302 24:8"]);
    assert_eq!(with("methods = [\"GET\", \"PROPFIND\"]"), ["E302 24:19"]);
    let unread = BASE.replace("[listen]", "hosts = [\"a b\"]\n[listen]");
    let unread = unread.replace("\"/records/**\"", "\"/records/**\"\nhost = \"a.jp\"");
    assert_eq!(told(&loaded(&unread)), ["E106 3:10"], "no follow-up from hosts that could not be read");
}

#[test]
fn two_things_cannot_have_one_name() {
    let named = |name: &str| format!("[[route]]\nname = \"{name}\"\npath = \"/{name}/x\"\nrequire = \"open\"\n");
    assert_eq!(told(&routes(&(named("a") + &named("b")))), Vec::<String>::new());
    assert_eq!(told(&routes(&(named("a") + &named("a")))), ["E303 31:8", "W202 32:8"]);
    let twice = edited(
        "[listen]\naddress = \"127.0.0.1:8080\"",
        "[[listen]]\naddress = \"127.0.0.1:1\"\n[[listen]]\naddress = \"127.0.0.1:1\"",
    );
    assert_eq!(told(&loaded(&twice)), ["E303 5:1"]);
    let provider =
        "[[sms.provider]]\nkind = \"http\"\nname = \"a\"\nurl = \"https://a.jp\"\nbody = '[\"{to}\",\"{code}\"]'\n";
    assert_eq!(told(&routes(&provider.repeat(2))), ["E303 31:1"]);
}

#[test]
fn codes_need_somebody_to_send_them() {
    let none = edited("[[sms.provider]]\nkind = \"console\"\n", "");
    assert_eq!(told(&loaded(&none)), ["E304 21:11"]);
    let nowhere = edited("countries = [\"JP\"]", "");
    assert_eq!(told(&loaded(&nowhere)), ["W203 9:1"]);
    let empty = edited("countries = [\"JP\"]", "countries = []");
    assert_eq!(told(&loaded(&empty)), ["W203 10:13"]);
}

#[test]
fn a_code_alone_is_called_one_factor() {
    let found = loaded(&edited("phone_region = \"JP\"", "phone_region = \"JP\"\npassword = false"));
    assert_eq!(told(&found), ["W204 8:12"]);
    assert!(found.diagnostics[0].message.contains("records"));
}

#[test]
fn plain_http_is_noticed_where_it_matters() {
    let public = |url: &str| BASE.replace("http://127.0.0.1:8080", url);
    assert_eq!(told(&loaded(&public("http://localhost:8080"))), Vec::<String>::new());
    assert_eq!(told(&loaded(&public("http://records.example.jp"))), ["W207 1:14"]);
    assert_eq!(told(&loaded(&public("https://records.example.jp"))), ["W206 3:1"]);
    let behind = format!("{}\n[client]\ntrusted_proxies = [\"10.0.0.5\"]\n", public("https://records.example.jp"));
    assert_eq!(told(&loaded(&behind)), Vec::<String>::new());
    let everybody = behind.replace("10.0.0.5", "0.0.0.0/0");
    assert_eq!(told(&loaded(&everybody)), ["W208 27:20"]);
}

#[test]
fn without_a_route_everything_is_refused_and_that_is_said() {
    let (head, _) = BASE.split_once("[[route]]").expect("a route");
    assert_eq!(told(&loaded(head)), ["W209 1:1", "W201 15:8", "W201 18:11"]);
}

#[test]
fn any_channel_can_carry_codes_and_e_mail_has_to_be_asked_for() {
    let only = |channel: &str| edited("[[sms.provider]]", &format!("[[{channel}.provider]]"));
    assert!(told(&loaded(&only("voice"))).is_empty());
    assert!(!told(&loaded(&only("email"))).is_empty());
    let asked = only("email").replace("[scope.records]", "[scope.records]\nchannels = [\"email\"]");
    assert!(told(&loaded(&asked)).is_empty(), "{:?}", told(&loaded(&asked)));
}

#[test]
fn a_logout_that_servers_who_only_ask_never_see_is_noticed() {
    let decision = "\n[decision]\ncallers = [\"127.0.0.1\"]\nsecret = \"between us\"\n";
    let ending = edited("scope = \"records\"", "scope = \"records\"\nend_on = \"/records/logout\"");
    assert_eq!(told(&loaded(&ending)), Vec::<String>::new());
    assert_eq!(told(&loaded(&format!("{ending}{decision}"))), ["W214 25:10"]);
}

#[test]
fn an_application_with_a_login_of_its_own_needs_a_logout_that_is_named() {
    let own = |text: &str| {
        text.replace("url = \"http://127.0.0.1:9100\"", "url = \"http://127.0.0.1:9100\"\nown_login = true")
    };
    let found = loaded(&own(BASE));
    assert_eq!(told(&found), ["W213 18:11"]);
    assert!(found.diagnostics[0].help.as_deref().is_some_and(|help| help.contains("end_on")));
    assert!(found.config.is_some(), "a warning does not fail");
    let named = edited("scope = \"records\"", "scope = \"records\"\nend_on = \"/records/logout\"");
    assert_eq!(told(&loaded(&own(&named))), Vec::<String>::new());
    let open = edited("require = \"otp\"\nscope = \"records\"", "require = \"open\"");
    assert!(!told(&loaded(&own(&open))).iter().any(|line| line.starts_with("W213")));
}

#[test]
fn what_people_may_change_is_read() {
    use crate::gate::me::{EnrolRules, NumberRule};
    let usual = config(BASE).enrol;
    assert_eq!(usual, EnrolRules { region: usual.region, ..EnrolRules::default() });
    assert!(usual.totp && usual.backup && usual.number == NumberRule::Off && !usual.unique_number);
    assert_eq!(usual.region.map(|region| region.code()).as_deref(), Some("JP"));
    let with = |lines: &str| loaded(&format!("{BASE}\n[enrol]\n{lines}"));
    let found = with("totp = false\nbackup = false\nnumber = \"proof+approval\"\nunique_number = true");
    let rules = found.config.expect("valid").enrol;
    assert_eq!((rules.totp, rules.backup, rules.unique_number), (false, false, true));
    assert_eq!(rules.number, NumberRule::Approval);
    let odd = with("number = \"prof\"");
    assert_eq!(told(&odd), ["E106 27:10"]);
    assert_eq!(odd.diagnostics[0].nearest.as_deref(), Some("proof"));
    assert_eq!(told(&with("numbers = \"proof\"")), ["E103 27:1"]);
}
