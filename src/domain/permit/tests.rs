//! Who gets through, and that nobody else does.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::super::pass::PASS_TYPE;
use super::super::path::RequestPath;
use super::super::path::allow::{Allowances, Leave};
use super::super::pattern::PathPattern;
use super::*;

const NOW: Wall = Wall(1_800_000_000_000);

fn scope(name: &str) -> Arc<Scope> {
    let idle = Some(Duration::from_secs(60));
    Arc::new(Scope { idle, ..Scope::named(name, Duration::from_secs(600)) })
}

fn route(need: Need) -> Arc<Route> {
    Arc::new(Route {
        name: "r".into(),
        hosts: Vec::new(),
        path: PathPattern::parse("/**").expect("pattern"),
        methods: Vec::new(),
        from: Vec::new(),
        need,
        upstream: Some("app".into()),
        object: None,
        end_on: Vec::new(),
        form: None,
        bounds: Default::default(),
        allow: Allowances::default(),
    })
}

fn claims(scopes: &[(&str, Wall)]) -> Claims {
    Claims {
        typ: PASS_TYPE.to_owned(),
        iss: "https://a".to_owned(),
        aud: "https://a".to_owned(),
        sub: UserId::from_random([1; 16]),
        iat: NOW.secs(),
        nbf: NOW.secs() - 60,
        exp: NOW.secs() + 600,
        jti: PassId::from_random([2; 16]),
        sid: SessionId::from_random([3; 16]),
        amr: vec!["otp".to_owned()],
        scopes: scopes.iter().map(|(n, t)| ((*n).to_owned(), t.secs())).collect::<BTreeMap<_, _>>(),
        ide: String::new(),
    }
}

fn holder(claims: &Claims) -> Arc<Holder> {
    Arc::new(Holder {
        user: claims.sub.clone(),
        session: claims.sid.clone(),
        pass: claims.jti.clone(),
        emergency: false,
        identity: Identity { login: "alice".to_owned(), name: None, email: None, groups: Vec::new() },
    })
}

fn verdict(need: Need, claims: Option<&Claims>, revoked: bool, last_use: Wall, now: Wall) -> &'static str {
    let holder = claims.map(holder);
    let pass = claims.zip(holder.as_ref()).map(|(claims, holder)| Presented { claims, holder, revoked, last_use });
    let path = RequestPath::read(b"/a").expect("a path");
    let (route, path) = (route(need), Cow::Borrowed(path.first()));
    let hit = Hit { route: &route, path, leave: Leave::default(), charset: None };
    match judge(hit, pass, now) {
        Verdict::Forward(permit) if permit.holder().is_some() => "forward as alice",
        Verdict::Forward(_) => "forward",
        Verdict::Form(_) => "form",
        Verdict::Challenge(_) => "challenge",
        Verdict::Refuse(_) => "refuse",
    }
}

#[test]
fn each_kind_of_route_does_what_it_says() {
    assert_eq!(verdict(Need::Open, None, false, NOW, NOW), "forward");
    assert_eq!(verdict(Need::Deny, Some(&claims(&[("records", NOW)])), false, NOW, NOW), "refuse");
    assert_eq!(verdict(Need::Otp(scope("records")), None, false, NOW, NOW), "challenge");
    assert_eq!(
        verdict(Need::Otp(scope("records")), Some(&claims(&[("records", NOW)])), false, NOW, NOW),
        "forward as alice"
    );
}

#[test]
fn a_pass_opens_its_own_scope_while_it_is_fresh_in_use_and_not_revoked() {
    let pass = claims(&[("records", NOW)]);
    let at = |need: &str, revoked, last_use: Wall, now: Wall| {
        verdict(Need::Otp(scope(need)), Some(&pass), revoked, last_use, now)
    };
    let later = |secs| NOW.plus(Duration::from_secs(secs));
    assert_eq!(at("billing", false, NOW, NOW), "challenge");
    assert_eq!(at("records", true, NOW, NOW), "challenge");
    assert_eq!(at("records", false, later(590), later(599)), "forward as alice");
    assert_eq!(at("records", false, later(590), later(600)), "challenge", "max_age is over");
    assert_eq!(at("records", false, NOW, later(59)), "forward as alice");
    assert_eq!(at("records", false, NOW, later(60)), "challenge", "idle too long");
}

#[test]
fn claims_hold_only_in_their_place_and_time() {
    let pass = claims(&[]);
    let at = |secs: i64| Wall::from_secs(NOW.secs() + secs);
    assert!(pass.in_force("https://a", NOW));
    assert!(pass.in_force("https://a", at(-60)), "a node whose clock is a minute behind");
    assert!(!pass.in_force("https://a", at(-61)));
    assert!(pass.in_force("https://a", at(599)));
    assert!(!pass.in_force("https://a", at(600)), "no leeway");
    assert!(!pass.in_force("https://b", NOW));
    for spoil in [
        |c: &mut Claims| c.typ = "JWT".to_owned(),
        |c: &mut Claims| c.aud = "https://b".to_owned(),
        |c: &mut Claims| c.iat += 3600,
    ] {
        let mut other = pass.clone();
        spoil(&mut other);
        assert!(!other.in_force("https://a", NOW));
    }
}
