//! The application that the demo puts behind the gate: a few records, a form, a live view. It believes the identity
//! headers, as legacy applications do, because only the gate can reach it.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{Form, Path};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

/// Serves on a free loopback port, on a thread of its own, for as long as the process lives.
pub fn start() -> Result<SocketAddr> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").context("finding a port for the sample application")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("sample".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let served = match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => axum::serve(listener, routes()).await,
                Err(error) => Err(error),
            };
            if let Err(error) = served {
                tracing::error!(%error, "the sample application ended");
            }
        });
    })?;
    Ok(address)
}

fn routes() -> axum::Router {
    axum::Router::new()
        .route("/", get(home))
        .route("/records/", get(records))
        .route("/records", get(|| async { Redirect::permanent("/records/") }))
        .route("/records/{id}", get(record))
        .route("/login", get(login_form).post(login))
        .route("/transfer", post(transfer))
        .route("/live", get(live))
}

/// Name, born, ward: made up.
const RECORDS: [(&str, &str, &str, &str); 3] = [
    ("4711", "山田 花子", "1958-04-12", "内科 / Internal medicine"),
    ("4712", "佐藤 健", "1990-11-03", "外科 / Surgery"),
    ("4713", "O'Brien, Kate", "1983-07-29", "眼科 / Ophthalmology"),
];

async fn home(headers: HeaderMap) -> Html<String> {
    let own = if has_session(&headers) { "<p>The application knows you as <b>alice</b>.</p>" } else { "" };
    let body = own.to_owned()
        + "<p>This is the sample application. It knows nothing of one-time codes; the gate before it does.</p>
<ul><li><a href=\"/records/\">Patient records</a> (guarded)</li><li><a href=\"/login\">The application's own sign-in</a> (with a code behind it)</li></ul>
<h2>Transfer</h2>
<form method=\"post\" action=\"/transfer\"><p><label>Amount (yen) <input name=\"amount\" inputmode=\"numeric\" value=\"5000\"></label></p>
<p><label>Payee <input name=\"payee\" value=\"Tanaka\"></label></p><p><button>Transfer</button></p></form>";
    page("Chuo Clinic", &body)
}

async fn records(headers: HeaderMap) -> Html<String> {
    let rows: String = RECORDS
        .iter()
        .map(|(id, name, _, _)| format!("<li><a href=\"/records/{id}\">{id} {}</a></li>", escape(name)))
        .collect();
    page("Patient records", &format!("<p>Signed in as <b>{}</b>.</p><ul>{rows}</ul>", escape(&user(&headers))))
}

async fn record(headers: HeaderMap, Path(id): Path<String>) -> Response {
    let Some((id, name, born, ward)) = RECORDS.iter().find(|r| r.0 == id) else {
        return (StatusCode::NOT_FOUND, page("No such record", "<p><a href=\"/records/\">All records</a></p>"))
            .into_response();
    };
    let body = format!(
        "<p>Signed in as <b>{}</b>.</p><dl><dt>Number</dt><dd>{id}</dd><dt>Born</dt><dd>{born}</dd><dt>Ward</dt><dd>{ward}</dd></dl>
<p><a href=\"/records/\">All records</a></p>",
        escape(&user(&headers))
    );
    page(name, &body).into_response()
}

async fn login_form() -> Html<String> {
    page(
        "Sign in to the application",
        "<form method=\"post\" action=\"/login\"><p><label>User name <input name=\"username\"></label></p>
<p><label>Password <input name=\"password\" type=\"password\"></label></p><p><button>Sign in</button></p></form>",
    )
}

#[derive(Deserialize)]
struct Login {
    username: String,
    password: String,
}

async fn login(Form(form): Form<Login>) -> Response {
    if form.username == "alice" && form.password == "demo" {
        return ([("set-cookie", "app-session=alice; Path=/; HttpOnly; SameSite=Lax")], Redirect::to("/"))
            .into_response();
    }
    (StatusCode::UNAUTHORIZED, page("Not signed in", "<p>Wrong name or password. <a href=\"/login\">Again</a></p>"))
        .into_response()
}

#[derive(Deserialize)]
struct Transfer {
    amount: String,
    payee: String,
}

async fn transfer(headers: HeaderMap, Form(form): Form<Transfer>) -> Html<String> {
    let done = format!(
        "<p>{} yen went to {}, ordered by <b>{}</b>.</p>",
        escape(&form.amount),
        escape(&form.payee),
        escape(&user(&headers))
    );
    page("Transferred", &done)
}

/// Counts seconds, so that one can see when the connection ends.
async fn live(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|mut socket| async move {
        let mut ticks = tokio::time::interval(std::time::Duration::from_secs(1));
        for seconds in 0u64.. {
            ticks.tick().await;
            if socket.send(Message::Text(seconds.to_string().into())).await.is_err() {
                return;
            }
        }
    })
}

/// Whether the application's own login let somebody in.
fn has_session(headers: &HeaderMap) -> bool {
    let cookies = headers.get_all("cookie").iter().filter_map(|line| line.to_str().ok());
    cookies.flat_map(|line| line.split(';')).any(|pair| pair.trim() == "app-session=alice")
}

fn user(headers: &HeaderMap) -> String {
    headers
        .get("remote-user")
        .map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
        .unwrap_or_else(|| "nobody".to_owned())
}

fn page(title: &str, body: &str) -> Html<String> {
    let title = escape(title);
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">
<title>{title}</title><style>body{{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}}</style>
<h1>{title}</h1>{body}</html>"
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
