//! SIM cards that were changed, against simulators of both APIs as their documentation describes them: CAMARA SIM Swap with
//! its token endpoint, and Twilio Lookup v2.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::{get, post};
use sekisho::delivery::simswap::{CamaraSettings, OnError, Settings, SimSwap, TwilioSettings, With};
use sekisho::delivery::{Courier, Providers};
use sekisho::domain::contact::{Phone, Region};
use sekisho::domain::secret::Secret;
use sekisho::gate::seams::{NumberCheck, Outbox, Sim};
use sekisho::net::Door;
use tokio::sync::watch;

use crate::rig::{Book, file, lines, parcel, settings as delivery};
use crate::world::{HandWorld, lock};

/// What the operator knows, and how it was asked.
#[derive(Default)]
struct Operator {
    /// Status and body of the next answers; without one, nobody changed anything.
    answers: Mutex<Vec<(u16, &'static str)>>,
    /// Tokens that are still good.
    tokens: Mutex<Vec<String>>,
    /// Seconds that a token is said to be good for.
    life: AtomicU64,
    asked_tokens: AtomicUsize,
    asked: Mutex<Vec<serde_json::Value>>,
    hangs: std::sync::atomic::AtomicBool,
}

fn say(status: u16, body: &str) -> Response<axum::body::Body> {
    let status = StatusCode::from_u16(status).expect("a status");
    let builder = Response::builder().status(status).header("content-type", "application/json");
    builder.body(body.to_owned().into()).expect("an answer")
}

async fn token(State(op): State<Arc<Operator>>, headers: HeaderMap, body: String) -> Response<axum::body::Body> {
    // client_id "sekisho", client_secret "s3 cret", form-encoded before they become Basic.
    if headers.get("authorization").is_none_or(|value| value != "Basic c2VraXNobzpzMytjcmV0")
        || body != "grant_type=client_credentials&scope=sim-swap%3Acheck"
    {
        return say(401, r#"{"error":"invalid_client"}"#);
    }
    let number = op.asked_tokens.fetch_add(1, Ordering::SeqCst) + 1;
    let token = format!("token-{number}");
    lock(&op.tokens).push(token.clone());
    let life = op.life.load(Ordering::SeqCst);
    say(200, &format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{life}}}"#))
}

async fn check(State(op): State<Arc<Operator>>, headers: HeaderMap, body: Bytes) -> Response<axum::body::Body> {
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let good = bearer.strip_prefix("Bearer ").is_some_and(|token| lock(&op.tokens).iter().any(|known| known == token));
    if !good {
        return say(401, r#"{"status":401,"code":"UNAUTHENTICATED","message":"…"}"#);
    }
    let Ok(body) = serde_json::from_slice::<serde_json::Value>(&body) else {
        return say(400, r#"{"status":400,"code":"INVALID_ARGUMENT","message":"…"}"#);
    };
    lock(&op.asked).push(body);
    if op.hangs.load(Ordering::SeqCst) {
        std::future::pending::<()>().await;
    }
    let next = lock(&op.answers).pop();
    let (status, body) = next.unwrap_or((200, r#"{"swapped":false}"#));
    say(status, body)
}

async fn lookup(
    State(op): State<Arc<Operator>>,
    Path(number): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response<axum::body::Body> {
    if headers.get("authorization").is_none_or(|value| value != "Basic QUMxOnQ=") {
        return say(401, r#"{"code":20003,"message":"Authenticate","status":401}"#);
    }
    if query.as_deref() != Some("Fields=sim_swap") || !number.starts_with('+') {
        return say(400, r#"{"code":20001,"status":400}"#);
    }
    lock(&op.asked).push(number.into());
    let next = lock(&op.answers).pop();
    let (status, body) = next.unwrap_or((
        200,
        r#"{"sim_swap":{"last_sim_swap":{"last_sim_swap_date":"2020-04-27T10:18:50Z","swapped_in_period":false},"error_code":null}}"#,
    ));
    say(status, body)
}

struct Set {
    operator: Arc<Operator>,
    world: Arc<HandWorld>,
    base: String,
}

impl Set {
    async fn up() -> Set {
        let operator = Arc::new(Operator::default());
        operator.life.store(3600, Ordering::SeqCst);
        let router = Router::new()
            .route("/oauth2/token", post(token))
            .route("/sim-swap/v1/check", post(check))
            .route("/v2/PhoneNumbers/{number}", get(lookup))
            .with_state(operator.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address: SocketAddr = listener.local_addr().expect("bound");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Set { operator, world: Arc::new(HandWorld::default()), base: format!("http://{address}") }
    }

    fn camara(&self, on_error: OnError) -> SimSwap {
        let with = With::Camara(CamaraSettings {
            base_url: self.base.clone(),
            path: "/sim-swap/v1/check".to_owned(),
            token_url: format!("{}/oauth2/token", self.base),
            scope: "sim-swap:check".to_owned(),
            client_id: "sekisho".to_owned(),
            client_secret: Secret::new("s3 cret".to_owned()),
        });
        self.with(with, on_error)
    }

    fn twilio(&self) -> SimSwap {
        let (account, token) = ("AC1".to_owned(), Secret::new("t".to_owned()));
        self.with(With::Twilio(TwilioSettings { base_url: self.base.clone(), account, token }), OnError::Refuse)
    }

    fn with(&self, with: With, on_error: OnError) -> SimSwap {
        let settings = Settings {
            with,
            within: Duration::from_secs(72 * 3600),
            on_error,
            deadline: Duration::from_millis(1500),
            remember: Duration::from_secs(600),
        };
        SimSwap::new(settings, Door::new(None).expect("a door"), self.world.clone()).expect("good settings")
    }

    fn say(&self, status: u16, body: &'static str) {
        lock(&self.operator.answers).push((status, body));
    }

    fn asked(&self) -> usize {
        lock(&self.operator.asked).len()
    }
}

fn phone(n: u32) -> Phone {
    let region = Region::parse("JP").expect("a region");
    Phone::parse(&format!("090-1234-{n:04}"), region).expect("a number")
}

#[tokio::test]
async fn an_operator_is_asked_once_in_a_while_with_one_token() {
    let set = Set::up().await;
    let check = set.camara(OnError::Refuse);
    assert_eq!(check.sim(&phone(1)).await, Sim::Good);
    set.say(200, r#"{"swapped":true}"#);
    assert_eq!(check.sim(&phone(2)).await, Sim::Swapped);
    for _ in 0..5 {
        assert_eq!((check.sim(&phone(1)).await, check.sim(&phone(2)).await), (Sim::Good, Sim::Swapped));
    }
    let asked = lock(&set.operator.asked).clone();
    let body = |number: &str| serde_json::json!({ "phoneNumber": number, "maxAge": 72 });
    assert_eq!(asked, [body("+819012340001"), body("+819012340002")]);
    assert_eq!(set.operator.asked_tokens.load(Ordering::SeqCst), 1);
    // An answer becomes old, and so does a token.
    set.world.advance_to(Duration::from_secs(600));
    assert_eq!(check.sim(&phone(2)).await, Sim::Good);
    assert_eq!((set.asked(), set.operator.asked_tokens.load(Ordering::SeqCst)), (3, 1));
    set.world.advance_to(Duration::from_secs(3600));
    assert_eq!(check.sim(&phone(3)).await, Sim::Good);
    assert_eq!(set.operator.asked_tokens.load(Ordering::SeqCst), 2);
    // One that is not taken any more is asked for anew, once.
    lock(&set.operator.tokens).clear();
    assert_eq!(check.sim(&phone(4)).await, Sim::Good);
    assert_eq!(set.operator.asked_tokens.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn without_a_good_answer_happens_what_the_operator_of_the_gate_chose() {
    let set = Set::up().await;
    let (strict, lenient) = (set.camara(OnError::Refuse), set.camara(OnError::Send));
    let bad: [(u16, &'static str); 9] = [
        (200, r#"{}"#),
        (200, r#"{"swapped":"false"}"#),
        (200, "<html>"),
        (204, ""),
        (302, ""),
        (404, r#"{"status":404,"code":"IDENTIFIER_NOT_FOUND","message":"+819012340001"}"#),
        (422, r#"{"status":422,"code":"SERVICE_NOT_APPLICABLE","message":"…"}"#),
        (429, r#"{"status":429,"code":"TOO_MANY_REQUESTS","message":"…"}"#),
        (503, ""),
    ];
    for (n, (status, body)) in (100..).zip(bad) {
        for (check, expected) in [(&strict, Sim::Unknown), (&lenient, Sim::Good)] {
            set.say(status, body);
            assert_eq!(check.sim(&phone(n)).await, expected, "{status} {body}");
        }
    }
    // A failure is not asked about again at once, and soon after all.
    let asked = set.asked();
    assert_eq!((strict.sim(&phone(100)).await, set.asked()), (Sim::Unknown, asked));
    set.world.advance_to(Duration::from_secs(15));
    assert_eq!((strict.sim(&phone(100)).await, set.asked()), (Sim::Good, asked + 1));
    set.operator.hangs.store(true, Ordering::SeqCst);
    assert_eq!(strict.sim(&phone(200)).await, Sim::Unknown, "whoever does not answer in time");
    let nobody = Set { base: "http://127.0.0.1:1".to_owned(), ..set };
    assert_eq!(nobody.camara(OnError::Refuse).sim(&phone(1)).await, Sim::Unknown);
    assert_eq!(nobody.camara(OnError::Send).sim(&phone(1)).await, Sim::Good);
}

#[tokio::test]
async fn twilio_lookup_is_understood_too() {
    let set = Set::up().await;
    let check = set.twilio();
    assert_eq!(check.sim(&phone(1)).await, Sim::Good);
    // The test's wall shows September 2026.
    set.say(
        200,
        r#"{"sim_swap":{"last_sim_swap":{"last_sim_swap_date":"2026-09-20T10:18:50Z","swapped_in_period":false},"error_code":null}}"#,
    );
    assert_eq!(check.sim(&phone(2)).await, Sim::Swapped);
    set.say(200, r#"{"sim_swap":{"last_sim_swap":null,"error_code":60606}}"#);
    assert_eq!(check.sim(&phone(3)).await, Sim::Unknown);
    assert_eq!(lock(&set.operator.asked)[0], "+819012340001");
}

/// The courier asks before it hands anything over, so nothing reaches a stolen number, whoever posted it.
#[tokio::test]
async fn nothing_is_handed_over_for_a_number_whose_sim_card_was_changed() {
    let set = Set::up().await;
    let folder = tempfile::tempdir().expect("a folder");
    let settings = delivery(vec![file(&folder)]);
    let providers = Providers::new(&settings, &[7; 32]).expect("good settings");
    let door = Door::new(None).expect("a door");
    let (courier, service) = Courier::new(&settings, &providers, set.world.clone(), door, Arc::new(|_| {}));
    let service = service.with_number_check(Arc::new(set.camara(OnError::Refuse)));
    let (_stop, stopped) = watch::channel(false);
    let book = Arc::new(Book::default());
    tokio::spawn(service.run(book.clone(), stopped));
    set.say(200, r#"{"swapped":true}"#);
    courier.post(parcel(1)).expect("room");
    let first = super::eventually("the first is settled", || book.fared().first().copied()).await;
    assert_eq!(first, (1, Err("sim_swapped")));
    assert!(lines(&folder).is_empty());
    set.world.advance_to(Duration::from_secs(600));
    courier.post(parcel(2)).expect("room");
    let second = super::eventually("the second is settled", || book.fared().get(1).copied()).await;
    assert_eq!((second, lines(&folder).len()), ((2, Ok(())), 1));
}
