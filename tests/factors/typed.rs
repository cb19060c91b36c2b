//! One box for every code: what opens, what it says of itself, what is spent.

use std::time::Duration;

use sekisho::domain::challenge::Gone;
use sekisho::domain::event::What;
use sekisho::domain::factor::Factor;
use sekisho::domain::refusal::Refusal;
use sekisho::gate::Shown;

use super::house::{
    alice, amr, begun, by_operator, carol, in_browser, kept, names_only, shown, stage, stepper, taking, with_app,
};
use super::stage::{Stage, wish};

#[tokio::test]
async fn who_has_an_app_gets_no_message_and_opens_with_it() {
    let stage = stage().await;
    let app = with_app(&stage, &alice()).await;
    let caller = stage.caller();
    let begun = begun(&stage, &caller, "alice").await;
    assert_eq!(stage.messages(), 0);
    let view = &begun.view;
    assert_eq!((view.state, view.is_quiet, view.to.as_deref(), view.resend_in), (Shown::Queued, true, None, 0));
    assert_eq!(view.factors, [Factor::Totp, Factor::Code]);
    assert!(view.can_resend && view.next.is_none());
    let opened = stage.other.verify(&caller, &view.id, &shown(&stage, &app, 0)).await.expect("opens");
    assert_eq!(amr(&opened.token), ["pwd", "otp", "mfa"]);
    assert_eq!(stage.details(What::AuthnLoginSuccess), ["totp, new device"]);
    assert_eq!(kept(&stage, &alice()).await.usual, Some(Factor::Totp));
    // The drop of a double click gets the very same pass; nothing else does.
    let again = stage.gate.repeat(&caller, &view.id, &shown(&stage, &app, 0)).await.expect("the same");
    assert_eq!(again.token.expose(), opened.token.expose());
    assert!(stage.gate.repeat(&caller, &view.id, &shown(&stage, &app, 1)).await.is_none());
    let used = stage.gate.verify(&caller, &view.id, &shown(&stage, &app, 0)).await;
    assert_eq!(used.err(), Some(Refusal::Gone(Gone::Used)));
    assert_eq!(stage.heard(What::AuthnTokenReuse), 1);
}

#[tokio::test]
async fn a_message_goes_when_it_is_asked_for_and_is_the_first_then() {
    let stage = stage().await;
    let app = with_app(&stage, &alice()).await;
    let caller = stage.caller();
    let id = begun(&stage, &caller, "alice").await.view.id;
    let view = stage.gate.resend(&caller, &id, Some("sms")).await.expect("sends");
    assert_eq!((stage.messages(), view.is_quiet, view.resend_in), (1, false, 30));
    assert_eq!(view.to.as_deref(), Some("********78"));
    assert_eq!(stage.phones.got.lock().expect("lock")[0].send, 1, "it is the first of its challenge");
    let opened = stage.gate.verify(&caller, &id, &stage.code()).await.expect("opens");
    assert_eq!(amr(&opened.token), ["pwd", "otp", "sms", "mfa"]);
    assert_eq!(kept(&stage, &alice()).await.usual, Some(Factor::Code));
    // A message is not what they get by themselves the next time all the same: the app is stronger.
    let next = begun(&stage, &in_browser(&stage, 2), "alice").await;
    assert!(next.view.is_quiet);
    // Who names a channel is sent a code at once.
    let asked = sekisho::gate::Wish { channel: Some("sms".to_owned()), ..wish(Some("alice"), "pw", "records") };
    let third = stage.gate.begin(&in_browser(&stage, 3), asked).await.expect("begins");
    assert_eq!((third.view.is_quiet, stage.messages()), (false, 2));
    stage.later(60);
    let caller = in_browser(&stage, 3);
    stage.gate.verify(&caller, &third.view.id, &shown(&stage, &app, 0)).await.expect("the app opens that one as well");
}

/// D33.
#[tokio::test]
async fn a_step_opens_one_challenge_and_neither_it_nor_an_earlier_one_opens_another() {
    let stage = stage().await;
    let app = with_app(&stage, &alice()).await;
    let (one, two, three) = (in_browser(&stage, 1), in_browser(&stage, 2), in_browser(&stage, 3));
    let first = begun(&stage, &one, "alice").await.view.id;
    let second = begun(&stage, &two, "alice").await.view.id;
    let third = begun(&stage, &three, "alice").await.view.id;
    for far in [-2, 2] {
        let told = stage.gate.verify(&one, &first, &shown(&stage, &app, far)).await;
        assert!(matches!(told.err(), Some(Refusal::WrongCode { .. })), "{far} steps away");
    }
    stage.gate.verify(&one, &first, &shown(&stage, &app, 0)).await.expect("opens");
    for (far, left) in [(0, 4), (-1, 3)] {
        let told = stage.other.verify(&two, &second, &shown(&stage, &app, far)).await;
        assert_eq!(told.err(), Some(Refusal::WrongCode { tries_left: left }), "{far} steps away");
    }
    assert_eq!(stage.details(What::AuthnTokenReuse), ["a step that was taken"; 2]);
    stage.other.verify(&two, &second, &shown(&stage, &app, 1)).await.expect("the next one opens");
    let told = stage.gate.verify(&three, &third, &shown(&stage, &app, 0)).await;
    assert!(matches!(told.err(), Some(Refusal::WrongCode { .. })));
}

#[tokio::test]
async fn two_hundred_at_once_with_one_code_get_one_pass() {
    let stage = stage().await;
    let app = with_app(&stage, &alice()).await;
    let mut ids = Vec::new();
    for n in 0..8 {
        ids.push((in_browser(&stage, n), begun(&stage, &in_browser(&stage, n), "alice").await.view.id));
    }
    let code = shown(&stage, &app, 0);
    let many: Vec<_> = (0..200)
        .map(|n| {
            let gate = if n % 2 == 0 { stage.gate.clone() } else { stage.other.clone() };
            let ((caller, id), code) = (ids[n % 8].clone(), code.clone());
            tokio::spawn(async move { gate.verify(&caller, &id, &code).await })
        })
        .collect();
    let mut passes = 0;
    for one in many {
        match one.await.expect("it ran") {
            Ok(_) => passes += 1,
            Err(Refusal::WrongCode { .. } | Refusal::Gone(_) | Refusal::Waiting(_) | Refusal::Outage) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(passes, 1);
    assert_eq!(stage.heard(What::AuthnTokenCreated), 1);
}

#[tokio::test]
async fn a_printed_code_opens_once() {
    let stage = stage().await;
    let codes = stage.gate.print_backup_codes(&by_operator(&alice()), 3).await.expect("printed");
    let caller = stage.caller();
    let id = begun(&stage, &caller, "alice").await.view.id;
    assert_eq!(stage.messages(), 1, "printed codes are for when nothing else works");
    let typed = format!("{} {}", codes[1].expose()[..5].to_lowercase(), &codes[1].expose()[5..]);
    let opened = stage.gate.verify(&caller, &id, &typed).await.expect("opens");
    assert_eq!(amr(&opened.token), ["pwd", "otp", "backup", "mfa"]);
    assert_eq!(kept(&stage, &alice()).await.backup.len(), 2);
    let other = in_browser(&stage, 2);
    let id = begun(&stage, &other, "alice").await.view.id;
    let again = stage.other.verify(&other, &id, &typed).await;
    assert_eq!(again.err(), Some(Refusal::WrongCode { tries_left: 4 }));
    stage.other.verify(&other, &id, codes[0].expose()).await.expect("another one opens");
}

#[tokio::test]
async fn a_bypass_stands_for_the_phone_until_it_ends() {
    let stage = stage().await;
    let hour = Duration::from_secs(3600);
    let (code, _) = stage.gate.issue_bypass(&by_operator(&carol()), hour, false).await.expect("issued");
    for n in 0..2 {
        let caller = in_browser(&stage, n);
        let id = begun(&stage, &caller, "carol").await.view.id;
        let opened = stage.gate.verify(&caller, &id, code.expose()).await.expect("opens, and more than once");
        assert_eq!(amr(&opened.token), ["pwd", "bypass"], "a help desk's word is no second factor");
    }
    let caller = in_browser(&stage, 9);
    let id = begun(&stage, &caller, "carol").await.view.id;
    stage.later(3600 - 60);
    let id_later = begun(&stage, &in_browser(&stage, 10), "carol").await.view.id;
    stage.later(60);
    let told = stage.gate.verify(&in_browser(&stage, 10), &id_later, code.expose()).await;
    assert!(matches!(told.err(), Some(Refusal::WrongCode { .. })), "it has ended");
    assert!(stage.gate.verify(&caller, &id, code.expose()).await.is_err());
}

#[tokio::test]
async fn a_bypass_that_needs_two_opens_nothing_by_one() {
    let stage = stage().await;
    let hour = Duration::from_secs(3600);
    let (code, _) = stage.gate.issue_bypass(&by_operator(&carol()), hour, true).await.expect("issued");
    let caller = stage.caller();
    let id = begun(&stage, &caller, "carol").await.view.id;
    let told = stage.gate.verify(&caller, &id, code.expose()).await;
    assert_eq!(told.err(), Some(Refusal::WrongCode { tries_left: 4 }));
    let carol = carol();
    let second = sekisho::gate::enrol::By::Operator { actor: "uid 8", reason: "I know her" };
    let change = sekisho::gate::enrol::Change { user: &carol, by: second };
    stage.gate.approve_bypass(&change).await.expect("agreed");
    stage.gate.verify(&caller, &id, code.expose()).await.expect("opens, on the page that was open all the while");
}

/// D4, D5, D6.
#[tokio::test]
async fn whatever_is_tried_is_counted_in_one_place() {
    let stage = stage().await;
    with_app(&stage, &alice()).await;
    stage.gate.print_backup_codes(&by_operator(&alice()), 3).await.expect("printed");
    let mut heard = 0;
    // Another cookie, another address and another kind of code each time.
    'all: for n in 0.. {
        let client = format!("203.0.113.{n}").parse().expect("an address");
        let caller = sekisho::gate::Caller { client, ..in_browser(&stage, n) };
        let begun = match stage.gate.begin(&caller, wish(Some("alice"), "pw", "records")).await {
            Ok(begun) => begun,
            Err(Refusal::Waiting(_)) => break 'all,
            Err(other) => panic!("{other:?}"),
        };
        if n == 1 {
            stage.gate.resend(&caller, &begun.view.id, Some("sms")).await.expect("sends");
        }
        for wrong in ["000000", "AAAAAAAAAA", "00000000"] {
            match stage.gate.verify(&caller, &begun.view.id, wrong).await.err() {
                Some(Refusal::WrongCode { .. }) => heard += 1,
                Some(Refusal::Waiting(_)) => break 'all,
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(heard, 5);
}

#[tokio::test]
async fn what_is_no_code_costs_no_try() {
    let stage = stage().await;
    with_app(&stage, &alice()).await;
    let caller = stage.caller();
    let id = begun(&stage, &caller, "alice").await.view.id;
    for bad in ["", "12345", "1234567", "123456789", "ABCDE", "AAAAAAAAAAA", "OOOOOOOOOO", "12345a"] {
        assert_eq!(stage.gate.verify(&caller, &id, bad).await.err(), Some(Refusal::NotACode), "{bad}");
    }
    // Who has nothing enrolled is asked for nothing else than the code.
    let bob = in_browser(&stage, 2);
    let id = begun(&stage, &bob, "bob").await.view.id;
    for bad in ["12345678", "AAAAAAAAAA"] {
        assert_eq!(stage.gate.verify(&bob, &id, bad).await.err(), Some(Refusal::NotACode), "{bad}");
    }
    assert_eq!(stage.heard(What::AuthnLoginFail), 0);
}

#[tokio::test]
async fn a_name_alone_shows_nothing_and_still_opens_with_whatever_it_has() {
    let stage = stage().await;
    names_only(&stage);
    let app = with_app(&stage, &alice()).await;
    let mut views = Vec::new();
    for (n, login) in ["alice", "bob", "carol", "nobody"].into_iter().enumerate() {
        let caller = in_browser(&stage, n);
        let begun = begun(&stage, &caller, login).await;
        let id = begun.view.id.clone();
        let wrong: Vec<_> = ["00000000", "AAAAAAAAAA", "1234567"].into_iter().collect();
        let mut answers = Vec::new();
        for wrong in wrong {
            answers.push(stage.gate.verify(&caller, &id, wrong).await.err());
        }
        let mut view = begun.view;
        view.id = sekisho::domain::id::ChallengeId::from_random([0; 16]);
        views.push((view, answers));
    }
    assert!(views.windows(2).all(|two| two[0] == two[1]), "{views:#?}");
    assert_eq!(stage.messages(), 2, "a message goes as always, to those who have a number");
    let caller = in_browser(&stage, 20);
    let id = begun(&stage, &caller, "alice").await.view.id;
    let opened = stage.gate.verify(&caller, &id, &shown(&stage, &app, 0)).await.expect("opens");
    assert_eq!(amr(&opened.token), ["otp"]);
}

#[tokio::test]
async fn a_scope_takes_only_what_it_says() {
    let stage = Stage::with(taking(&[Factor::Totp]), |gate| gate).await;
    let alice = alice();
    let app = with_app(&stage, &alice).await;
    stage.gate.add_stepper(&by_operator(&alice), stepper("token", Factor::Token), None).await.expect("added");
    let codes = stage.gate.print_backup_codes(&by_operator(&alice), 1).await.expect("printed");
    let caller = stage.caller();
    let view = begun(&stage, &caller, "alice").await.view;
    assert_eq!((view.factors.as_slice(), view.can_resend, view.channels.len()), (&[Factor::Totp][..], false, 0));
    let resent = stage.gate.resend(&caller, &view.id, Some("sms")).await;
    assert_eq!(resent.err(), Some(Refusal::NoSuchChannel));
    assert_eq!(stage.gate.verify(&caller, &view.id, codes[0].expose()).await.err(), Some(Refusal::NotACode));
    let token = shown(&stage, &stepper("token", Factor::Token), 0);
    let told = stage.gate.verify(&caller, &view.id, &token).await;
    assert_eq!(told.err(), Some(Refusal::WrongCode { tries_left: 4 }), "a token is none of what it takes");
    stage.gate.verify(&caller, &view.id, &shown(&stage, &app, 0)).await.expect("opens");
    assert_eq!(stage.messages(), 0);
    let bob = begun(&stage, &in_browser(&stage, 2), "bob").await.view;
    assert_eq!((bob.factors.len(), bob.can_resend, stage.messages()), (0, false, 0), "he has nothing that it takes");
    names_only(&stage);
    for (n, login) in [(3, "bob"), (4, "nobody")] {
        let view = begun(&stage, &in_browser(&stage, n), login).await.view;
        assert_eq!((view.state, view.factors.as_slice()), (Shown::Queued, &[Factor::Totp][..]));
    }
}

#[tokio::test]
async fn a_token_is_said_to_be_hardware_and_its_clock_is_followed() {
    let stage = stage().await;
    let alice = alice();
    let token = stage.gate.add_stepper(&by_operator(&alice), stepper("123", Factor::Token), None).await.expect("added");
    let caller = stage.caller();
    let id = begun(&stage, &caller, "alice").await.view.id;
    let opened = stage.gate.verify(&caller, &id, &shown(&stage, &token, -1)).await.expect("opens");
    assert_eq!(amr(&opened.token), ["pwd", "otp", "hwk", "mfa"]);
    assert_eq!(kept(&stage, &alice).await.steppers[0].drift, -1);
    let (first, second) = (shown(&stage, &token, 300), shown(&stage, &token, 301));
    let change = by_operator(&alice);
    let wrong = stage.gate.resync_stepper(&change, "123", (&second, &first)).await;
    assert!(wrong.is_err());
    stage.gate.resync_stepper(&change, "123", (&first, &second)).await.expect("found again");
    let caller = in_browser(&stage, 2);
    let id = begun(&stage, &caller, "alice").await.view.id;
    stage.gate.verify(&caller, &id, &shown(&stage, &token, 302)).await.expect("opens");
}

#[tokio::test]
async fn what_is_not_counted_right_is_not_used_up() {
    let stage = stage().await;
    let alice = alice();
    with_app(&stage, &alice).await;
    stage.gate.print_backup_codes(&by_operator(&alice), 2).await.expect("printed");
    let before = kept(&stage, &alice).await;
    let caller = stage.caller();
    let id = begun(&stage, &caller, "alice").await.view.id;
    for wrong in ["000000", "AAAAAAAAAA"] {
        assert!(stage.gate.verify(&caller, &id, wrong).await.is_err());
    }
    assert_eq!(kept(&stage, &alice).await, before);
}
