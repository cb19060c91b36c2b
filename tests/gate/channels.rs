//! The same code by several ways: asked for, by itself, and never more than the challenge has messages.

use std::sync::Arc;
use std::time::Duration;

use sekisho::domain::bill::{Allowed, Lane, Prices};
use sekisho::domain::challenge::{ChallengeRules, Gone};
use sekisho::domain::contact::Channel;
use sekisho::domain::event::What;
use sekisho::domain::id::ChallengeId;
use sekisho::domain::refusal::Refusal;
use sekisho::domain::scope::Scope;
use sekisho::gate::fall_back::Why;
use sekisho::gate::seams::{Fared, Store};
use sekisho::gate::{Settings, Shown, Wish};
use sekisho::store::Embedded;

use crate::stage::{Stage, settings, wish};

const ALL: [Channel; 3] = [Channel::Sms, Channel::Voice, Channel::Email];

/// The scope `records` by three channels; Alice has a mailbox, Bob has none, Carol has nothing but one.
async fn stage() -> Stage {
    stage_with(ALL.to_vec(), Some(Duration::from_secs(45))).await
}

async fn stage_with(channels: Vec<Channel>, next_after: Option<Duration>) -> Stage {
    let own = settings();
    let records = Arc::new(Scope { channels, ..Scope::clone(&own.scopes["records"]) });
    let mut scopes = own.scopes.clone();
    scopes.insert("records".to_owned(), records);
    let challenge = ChallengeRules { next_after, ..own.challenge.clone() };
    let mut sending = own.sending.clone();
    let calls = sending.lanes[&Channel::Sms].clone();
    let post = Lane { allowed: Allowed::Mail(None), prices: Prices::default() };
    sending.lanes.extend([(Channel::Voice, calls), (Channel::Email, post)]);
    let settings = Settings { scopes, challenge, sending, ..own };
    let folder = tempfile::tempdir().expect("a folder");
    let node = || -> Arc<dyn Store> { Arc::new(Embedded::open(&folder.path().join("state.db")).expect("store")) };
    let stage = Stage::on([node(), node()], settings).await;
    let mut people = stage.people.0.lock().expect("lock");
    people[0].0.email = Some("alice@clinic.example".to_owned());
    people[2].0.email = Some("carol@clinic.example".to_owned());
    drop(people);
    Stage { folder: Some(folder), ..stage }
}

impl Stage {
    async fn alice(&self) -> ChallengeId {
        self.begin(&self.caller(), "alice", "pw").await.expect("begins").view.id
    }

    /// Where the messages went.
    fn ways(&self) -> Vec<&'static str> {
        let got = self.phones.got.lock().expect("lock");
        got.iter().map(|parcel| parcel.contact.channel.name()).collect()
    }

    fn codes(&self) -> Vec<String> {
        let got = self.phones.got.lock().expect("lock");
        got.iter().map(|parcel| parcel.code.expose().clone()).collect()
    }

    async fn falls(&self, id: &ChallengeId, send: u8, why: Why) -> bool {
        self.gate.fall_back(id, send, why).await.expect("judged")
    }
}

#[tokio::test]
async fn every_way_carries_the_same_code_and_no_try_comes_back() {
    let stage = stage().await;
    let caller = stage.caller();
    let id = stage.alice().await;
    stage.gate.verify(&caller, &id, &stage.wrong_code()).await.expect_err("wrong");
    stage.later(30);
    let view = stage.gate.resend(&caller, &id, Some("voice")).await.expect("calls");
    assert_eq!((view.channel, view.tries_left, view.to.as_deref()), (Channel::Voice, 4, Some("********78")));
    assert_eq!(view.channels, ALL);
    stage.later(60);
    let view = stage.gate.resend(&caller, &id, Some("email")).await.expect("writes");
    assert_eq!((view.channel, view.tries_left, view.to.as_deref()), (Channel::Email, 4, Some("a***@clinic.example")));
    assert_eq!(stage.ways(), ["sms", "voice", "email"]);
    assert!(stage.codes().windows(2).all(|pair| pair[0] == pair[1]));
    stage.gate.verify(&caller, &id, &stage.code()).await.expect("opens");
}

#[tokio::test]
async fn a_way_that_the_scope_or_the_user_lacks_is_not_there() {
    let stage = stage().await;
    let caller = stage.caller();
    let wish = |login, channel: &str| Wish { channel: Some(channel.to_owned()), ..wish(Some(login), "pw", "records") };
    assert_eq!(stage.gate.begin(&caller, wish("bob", "whatsapp")).await.err(), Some(Refusal::NoSuchChannel));
    let view = stage.gate.begin(&caller, wish("bob", "voice")).await.expect("begins").view;
    assert_eq!((view.channel, view.channels), (Channel::Voice, vec![Channel::Sms, Channel::Voice]));
    stage.later(30);
    let refused = stage.gate.resend(&caller, &view.id, Some("email")).await;
    assert_eq!(refused.err(), Some(Refusal::NoSuchChannel));
    let view =
        stage.gate.begin(&caller, crate::stage::wish(Some("carol"), "pw", "records")).await.expect("begins").view;
    assert_eq!((view.channel, view.channels), (Channel::Email, vec![Channel::Email]));
    stage.gate.verify(&caller, &view.id, &stage.code()).await.expect("opens for somebody without a telephone");
}

#[tokio::test]
async fn somebodys_own_ways_narrow_and_order_those_of_the_scope() {
    let stage = stage().await;
    stage.people.0.lock().expect("lock")[0].0.channels = vec![Channel::Email, Channel::Voice, Channel::Whatsapp];
    let caller = stage.caller();
    let view = stage.begin(&caller, "alice", "pw").await.expect("begins").view;
    assert_eq!((view.channel, view.channels), (Channel::Email, vec![Channel::Email, Channel::Voice]));
    stage.later(30);
    let refused = stage.gate.resend(&caller, &view.id, Some("sms")).await;
    assert_eq!(refused.err(), Some(Refusal::NoSuchChannel));
    stage.gate.settle(&view.id, 1, Ok(())).await;
    stage.later(45);
    assert!(stage.falls(&view.id, 1, Why::Silence).await);
    assert_eq!(stage.ways(), ["email", "voice"]);
    // A name alone opens no other way to them, and shows nothing of it.
    stage.people.1.store(true, std::sync::atomic::Ordering::SeqCst);
    let other = stage.gate.begin(&stage.caller(), wish(Some("alice"), "", "records")).await.expect("begins").view;
    assert_eq!((other.channel, other.channels.as_slice()), (Channel::Sms, &ALL[..]));
    assert_eq!(stage.ways(), ["email", "voice"], "nothing goes by SMS");
}

#[tokio::test]
async fn before_a_first_factor_the_scopes_ways_show_whatever_somebody_has() {
    let stage = stage().await;
    stage.people.1.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut shown = Vec::new();
    for login in ["alice", "carol", "nobody"] {
        let begun = stage.gate.begin(&stage.caller(), wish(Some(login), "", "records")).await.expect("begins");
        let view = begun.view;
        stage.gate.settle(&view.id, 1, Err("transient")).await;
        assert!(!stage.falls(&view.id, 1, Why::Failed).await, "nothing happens by itself");
        let view = stage.gate.view(&stage.caller(), &view.id).await.expect("shown");
        shown.push((view.state, view.channel, view.channels, view.to, view.next, view.can_resend));
    }
    assert!(shown.windows(2).all(|pair| pair[0] == pair[1]), "{shown:?}");
    assert_eq!(stage.ways(), ["sms"]);
}

#[tokio::test]
async fn silence_tries_the_next_way_once() {
    let stage = stage().await;
    let id = stage.alice().await;
    stage.gate.settle(&id, 1, Ok(())).await;
    let view = stage.gate.view(&stage.caller(), &id).await.expect("shown");
    assert_eq!((view.state, view.next), (Shown::Sent, Some((Channel::Voice, 45))));
    stage.later(45);
    assert!(stage.falls(&id, 1, Why::Silence).await);
    assert!(!stage.falls(&id, 1, Why::Silence).await, "a later message is on its way");
    stage.gate.settle(&id, 2, Ok(())).await;
    stage.later(45);
    assert!(stage.other.fall_back(&id, 2, Why::Silence).await.expect("judged"));
    assert!(!stage.falls(&id, 3, Why::Silence).await, "there is no other way");
    assert_eq!(stage.ways(), ["sms", "voice", "email"]);
    assert!(stage.codes().windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(stage.heard(What::ChallengeFellBack), 2);
    stage.gate.verify(&stage.caller(), &id, &stage.code()).await.expect("opens");
    assert!(!stage.falls(&id, 3, Why::Silence).await);
}

#[tokio::test]
async fn two_nodes_that_ask_at_once_send_one_message() {
    let stage = stage().await;
    let id = stage.alice().await;
    let (one, two) =
        tokio::join!(stage.gate.fall_back(&id, 1, Why::Failed), stage.other.fall_back(&id, 1, Why::Silence));
    assert_eq!([one, two].iter().filter(|fell| **fell == Ok(true)).count(), 1);
    assert_eq!(stage.ways(), ["sms", "voice"]);
}

#[tokio::test]
async fn what_has_arrived_stops_the_next_way_and_cannot_be_lost_any_more() {
    let stage = stage().await;
    let id = stage.alice().await;
    // The report overtakes the answer.
    stage.other.arrived(&id, 1).await.expect("taken in");
    stage.gate.settle(&id, 1, Ok(())).await;
    stage.gate.bounce(&id, 1, "transient").await.expect("taken in");
    let view = stage.gate.view(&stage.caller(), &id).await.expect("shown");
    assert_eq!((view.state, view.arrived, view.next), (Shown::Sent, true, None));
    assert!(!stage.falls(&id, 1, Why::Silence).await);
    stage.later(30);
    let view = stage.gate.resend(&stage.caller(), &id, None).await.expect("sends");
    assert!(!view.arrived, "the second message is another one");
    stage.gate.arrived(&id, 1).await.expect("taken in");
    assert!(
        !stage.gate.view(&stage.caller(), &id).await.expect("shown").arrived,
        "news of the first says nothing of it"
    );
}

#[tokio::test]
async fn a_fraud_leaves_only_ways_that_do_not_lead_to_the_number() {
    let with_mail = stage().await;
    let id = with_mail.alice().await;
    assert!(with_mail.falls(&id, 1, Why::Fraud).await);
    assert_eq!(with_mail.ways(), ["sms", "email"]);
    let without = stage_with(vec![Channel::Sms, Channel::Voice], Some(Duration::from_secs(45))).await;
    let id = without.alice().await;
    assert!(!without.falls(&id, 1, Why::Fraud).await);
    assert_eq!(without.ways(), ["sms"]);
}

#[tokio::test]
async fn a_fraud_stays_one_whatever_becomes_of_the_mail() {
    let stage = stage_with(vec![Channel::Sms, Channel::Email, Channel::Voice], Some(Duration::from_secs(45))).await;
    let id = stage.alice().await;
    assert!(stage.falls(&id, 1, Why::Fraud).await);
    stage.gate.settle(&id, 2, Err("config")).await;
    for why in [Why::Failed, Why::Silence] {
        assert!(!stage.falls(&id, 2, why).await, "nobody is called at a number that was held");
    }
    assert_eq!(stage.ways(), ["sms", "email"]);
}

#[tokio::test]
async fn only_who_took_a_message_can_say_that_it_is_lost() {
    let stage = stage().await;
    let id = stage.alice().await;
    let by = |name: &str, outcome| Fared { by: Some(name.into()), ..Fared::from(outcome) };
    stage.gate.settle(&id, 1, by("second", Ok(()))).await;
    assert!(!stage.gate.bounce(&id, 1, by("first", Err("transient"))).await.expect("taken in"));
    assert_eq!(stage.gate.view(&stage.caller(), &id).await.expect("shown").state, Shown::Sent);
    assert!(stage.gate.bounce(&id, 1, by("second", Err("transient"))).await.expect("taken in"));
}

#[tokio::test]
async fn nothing_happens_by_itself_where_the_operator_does_not_want_it() {
    let stage = stage_with(ALL.to_vec(), None).await;
    let id = stage.alice().await;
    assert_eq!(stage.gate.view(&stage.caller(), &id).await.expect("shown").next, None);
    for why in [Why::Silence, Why::Failed, Why::Fraud] {
        assert!(!stage.falls(&id, 1, why).await);
    }
    assert_eq!(stage.ways(), ["sms"]);
}

#[tokio::test]
async fn it_counts_among_the_messages_and_stops_with_them() {
    let stage = stage().await;
    let id = stage.alice().await;
    let caller = stage.caller();
    for wait in [30, 60] {
        stage.later(wait);
        stage.gate.resend(&caller, &id, None).await.expect("sends");
    }
    // Three messages are all that this stage's rules allow.
    assert!(!stage.falls(&id, 3, Why::Silence).await);
    assert_eq!(stage.ways(), ["sms", "sms", "sms"]);
}

#[tokio::test]
async fn a_code_that_one_mailbox_got_does_not_go_to_another_one() {
    let stage = stage().await;
    let id = stage.alice().await;
    stage.later(30);
    stage.gate.resend(&stage.caller(), &id, Some("email")).await.expect("writes");
    stage.people.0.lock().expect("lock")[0].0.email = Some("mallory@elsewhere.example".to_owned());
    stage.later(60);
    let view = stage.gate.resend(&stage.caller(), &id, Some("email")).await.expect("tried");
    assert_eq!((view.state, view.to), (Shown::Failed, None));
    assert_eq!(stage.ways(), ["sms", "email"]);
    let refused = stage.gate.verify(&stage.caller(), &id, &stage.code()).await;
    assert_eq!(refused.err(), Some(Refusal::WrongCredentials), "whoever changed mailboxes begins again");
}

#[tokio::test]
async fn over_is_over() {
    let stage = stage().await;
    let id = stage.alice().await;
    stage.later(301);
    assert!(!stage.falls(&id, 1, Why::Silence).await);
    let refused = stage.gate.resend(&stage.caller(), &id, Some("voice")).await;
    assert_eq!(refused.err(), Some(Refusal::Gone(Gone::Expired)));
}
