//! Authenticator apps and backup codes by their owner's own hand.

use super::rig::{House, ME, Person, field, form_token, leads};
use super::sessions::wait_a_second;
use super::support::gateway::User;
use super::support::{Ask, Wire};
use sekisho::domain::enrolment::{StepHash, Stepper};
use sekisho::domain::factor::Factor;
use sekisho::domain::stepper::Shows;
use sekisho::domain::time::Wall;

const APP: &str = "/.sekisho/me/totp";
const BACKUP: &str = "/.sekisho/me/backup";

/// The key as the page spells it for those who cannot scan.
fn key(page: &str) -> String {
    let after = page.split("<span class=\"id\" dir=\"ltr\">").nth(1).unwrap_or_else(|| panic!("no key on\n{page}"));
    after.split('<').next().expect("it ends").replace(' ', "")
}

/// What an app with this key shows now.
pub fn code(seed: &str) -> String {
    let stepper = Stepper {
        id: "x".to_owned(),
        label: "x".to_owned(),
        kind: Factor::Totp,
        seed: seed.to_owned(),
        hash: StepHash::Sha1,
        digits: 6,
        step: 30,
        added: Wall::EPOCH,
        drift: 0,
        spent: None,
        used: None,
    };
    let shown = stepper.present(Wall::from_secs(now())).expect("a seed").expose().clone();
    assert!(matches!(stepper.shows(&shown, Wall::from_secs(now())), Shows::Step(_)));
    shown
}

#[expect(clippy::disallowed_methods, reason = "what an app shows hangs on the time")]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("not that late")
}

/// The page with the square code, after its own redirect.
fn offered(person: &mut Person<'_>) -> (String, String) {
    let place = leads(&person.get(APP));
    assert!(place.starts_with("/.sekisho/me/totp?offer="), "{place}");
    let page = person.page(&place);
    (place, page)
}

#[test]
fn an_app_is_added_by_its_own_code_and_told_to_the_phone() {
    let house = House::start("").with_twin();
    for wire in Wire::ALL {
        let mut alice = house.signed_in(wire, &User::ALICE);
        let other = house.signed_in(Wire::Http1, &User::ALICE).token();
        let (place, page) = offered(&mut alice);
        assert_eq!(key(&alice.page(&place)), key(&page), "a reload shows the same");
        let src = page.split("class=\"qr\" src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a picture");
        let picture = alice.get(&src.replace("&#38;", "&").replace("&amp;", "&")).expect(200);
        assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
        assert!(picture.text().starts_with("<svg"));
        assert!(!page.contains("otpauth"), "the page itself holds no address");
        // Another one's offer is nobody's of Bob's.
        let mut bob = house.signed_in(Wire::Http1, &User::BOB);
        assert_eq!(leads(&bob.get(&place)), "/.sekisho/me?m=missing");
        assert_eq!(bob.get(src).status, 404);

        let (token, offer) = (form_token(&page), field(&page, "offer"));
        let fields = |code: &str| [("offer", offer.clone()), ("code", code.to_owned())];
        let post = |person: &mut Person<'_>, code: &str| {
            let fields = fields(code);
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            leads(&person.post(APP, &token, &fields))
        };
        let right = code(&key(&page));
        let sent = house.gateway.outbox.count();
        let wrong = super::support::outbox::wrong(&right);
        assert!(post(&mut alice, &wrong).ends_with("&m=wrong-app"));
        assert!(post(&mut alice, "no").contains("&e=not-a-code"));
        assert_eq!(house.gateway.outbox.count(), sent, "nothing changed, nothing told");
        assert_eq!(post(&mut alice, &right), "/.sekisho/me?m=added");
        let told = house.gateway.outbox.next();
        assert_eq!(told.to, User::ALICE.e164());
        assert!(told.text.contains("確認方法が追加されました"), "{}", told.text);
        house.ends("her other session", &other);
        let page = alice.page("/.sekisho/me?m=added");
        assert!(page.contains("Authenticator app") && page.contains("Not used yet"), "{page}");
        assert_eq!(post(&mut alice, &right), "/.sekisho/me?m=added", "a second click adds nothing");
        assert_eq!(house.gateway.outbox.count(), sent + 1);
        let page = alice.page(ME);
        let factor = field(&page, "factor");
        wait_a_second();
        assert_eq!(leads(&alice.press(ME, "/.sekisho/me/remove", &[("factor", &factor)])), "/.sekisho/me?m=removed");
        assert!(house.gateway.outbox.next().text.contains("確認方法が削除されました"));
        assert!(!alice.page(ME).contains("Not used yet"));
        assert_eq!(leads(&alice.post("/.sekisho/me/remove", &token, &[("factor", &factor)])), "/.sekisho/me?m=missing");
    }
    let audit = house.gateway.audit();
    for (event, times) in [("factor_added", 3), ("factor_removed", 3), ("owner_told", 6)] {
        assert_eq!(audit.matches(&format!("\"{event}\"")).count(), times, "{event}");
    }
}

#[test]
fn backup_codes_are_shown_while_they_hold() {
    let house = House::start("");
    let mut alice = house.signed_in(Wire::Http2, &User::ALICE);
    let place = leads(&alice.press(BACKUP, BACKUP, &[]));
    assert!(place.starts_with("/.sekisho/me/backup?sheet="), "{place}");
    let codes = |page: &str| -> Vec<String> {
        let items = page.split("<li class=\"id\">").skip(1).filter_map(|rest| rest.split('<').next());
        items.map(str::to_owned).collect()
    };
    let first = codes(&alice.page(&place));
    assert_eq!(first.len(), 10);
    assert_eq!(codes(&alice.page(&place)), first, "a reload shows the same and makes none");
    assert!(house.gateway.outbox.next().text.contains("予備コード"));
    assert!(alice.page(ME).contains("Backup codes that are left: 10"));
    assert!(codes(&alice.page(BACKUP)).is_empty(), "without the sheet nothing is shown");
    let mut bob = house.signed_in(Wire::Http1, &User::BOB);
    assert_eq!(leads(&bob.get(&place)), "/.sekisho/me/backup?m=sheet-over");
    let again = leads(&alice.press(BACKUP, BACKUP, &[]));
    assert_eq!(leads(&alice.get(&place)), "/.sekisho/me/backup?m=sheet-over", "void codes are not shown");
    assert!(codes(&alice.page(&again)).iter().all(|code| !first.contains(code)));
    let bare = first[0].replace('-', "");
    let folder = std::fs::read_dir(house.gateway.file("state")).expect("the state is there").flatten();
    let files: Vec<_> = folder.filter_map(|entry| std::fs::read(entry.path()).ok()).collect();
    let holds = |file: &Vec<u8>| file.windows(bare.len()).any(|window| window == bare.as_bytes());
    assert!(files.len() > 1 && !files.iter().any(holds), "no code lies in the state");
    assert!(!house.gateway.audit().contains(&bare) && !house.gateway.log().contains(&bare));
}

#[test]
fn what_the_operator_switched_off_is_off() {
    let house = House::start("totp = false\nbackup = false");
    let mut alice = house.signed_in(Wire::Http2, &User::ALICE);
    assert_eq!(leads(&alice.get(APP)), "/.sekisho/me?m=not-allowed");
    assert_eq!(leads(&alice.get(BACKUP)), "/.sekisho/me?m=not-allowed");
    let token = form_token(&alice.page(ME));
    assert_eq!(leads(&alice.post(BACKUP, &token, &[])), "/.sekisho/me?m=not-allowed");
}

#[test]
fn where_nobody_can_be_told_nothing_is_changed() {
    // The code of the sign-in takes all that may be spent in an hour; what a change would cost is not there.
    let house = House::planned("", |plan| {
        let tight = "per_number = [\"1000/10m\"]\nhourly_budget = \"0.3 USD\"\nprice = \"0.1 USD\"\n\n\
                     [[sms.provider]]\nkind = \"file\"\npath = \"{folder}/outbox.jsonl\"\n";
        plan.with_providers(tight.to_owned())
    });
    let mut alice = house.signed_in(Wire::Http1, &User::ALICE);
    let place = leads(&alice.press(BACKUP, BACKUP, &[]));
    assert!(place.starts_with("/.sekisho/me/backup?e=limited&until="), "{place}");
    assert!(alice.page(&place).contains("Too many requests"));
    assert!(!alice.page(ME).contains("Backup codes that are left"), "nothing was made");
    assert_eq!(house.gateway.outbox.count(), 1);
}

#[test]
fn a_stolen_pass_cannot_ride_on_its_owners_confirmation() {
    let mut house = House::planned("", |plan| plan.with_movable_clock());
    let caller = house.signed_in(Wire::Http1, &User::ALICE).caller;
    house.gateway.advance(std::time::Duration::from_secs(600));
    let mut alice = Person { caller: caller.clone(), gateway: &house.gateway };
    let mut thief = Person { caller, gateway: &house.gateway };
    assert!(leads(&alice.get(BACKUP)).contains("fresh=1"));
    alice.confirm();
    alice.page(BACKUP);
    assert!(leads(&thief.get(BACKUP)).contains("fresh=1"), "the same session, and not the pass that was confirmed");
    let stolen = thief.token();
    let answer = house.gateway.caller(Wire::Http2).send(Ask::get("/patients").header("Sekisho-Pass", &stolen));
    assert_eq!(answer.status, 200, "it opens what it opened");
}
