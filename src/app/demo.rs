//! `sekisho demo`: gateway, sample application and sample directory in one process, with no file and no network.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::config::{self, Config, render};
use crate::domain::contact::Phone;
use crate::domain::locale::Locale;
use crate::domain::secret::Secret;
use crate::domain::user::User;
use crate::gate::seams::World;
use crate::identity::import::new_id;
use crate::identity::{Directory, password};

use super::build::Parts;
use super::world::SystemWorld;
use super::{listen, sample, serve};

/// The sample directory's one user.
const USER: &str = "alice";
const PASSWORD: &str = "demo";
const PHONE: &str = "090-1234-5678";

/// Runs the demo until it is ended; its state is removed then.
pub fn run(listen: SocketAddr, outbox: Option<&Path>, out: &mut dyn Write) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("sekisho-demo-").tempdir().context("making a temporary folder")?;
    let application = sample::start()?;
    let config = configure(listen, application, folder.path(), outbox)?;
    listen::can_listen(&config)?;
    crate::telemetry::log::start(&config.telemetry);
    add_user(&config)?;
    let parts = Parts::build(&config)?;
    let port = listen.port();
    writeln!(out, "Sekisho's demo is at  http://{}/", authority(listen))?;
    writeln!(out, "  Open a guarded page http://{}/records/", authority(listen))?;
    writeln!(out, "  Or its own login    http://{}/login", authority(listen))?;
    writeln!(out, "  Sign in as          {USER}   password  {PASSWORD}")?;
    writeln!(out, "  The code appears    here, as it would on {USER}'s phone")?;
    if let Some(outbox) = outbox {
        writeln!(out, "                      and as JSON lines in {}", outbox.display())?;
    }
    writeln!(out, "  End it with         Ctrl-C   (port {port}; nothing is kept)")?;
    writeln!(out)?;
    out.flush()?;
    serve::serve(&config, parts)
}

fn authority(listen: SocketAddr) -> String {
    if listen.ip().is_loopback() && listen.is_ipv4() {
        format!("127.0.0.1:{}", listen.port())
    } else {
        listen.to_string()
    }
}

fn configure(listen: SocketAddr, application: SocketAddr, folder: &Path, outbox: Option<&Path>) -> Result<Config> {
    let folder_text = toml_string(&folder.to_string_lossy());
    let copy = match outbox {
        Some(path) => format!("copy = {}", toml_string(&absolute(path)?.to_string_lossy())),
        None => String::new(),
    };
    let text = format!(
        r#"
public_url = "http://{authority}"
hosts = ["127.0.0.1", "localhost"]
data = {folder_text}
[listen]
address = "{listen}"
[admin]
socket = {socket}
[log]
level = "warn"
format = "text"
[limits.network.here]
addresses = ["127.0.0.0/8"]
[users]
phone_region = "JP"
password = true
[sms]
countries = ["JP"]
per_number = ["1000/1h"]
[[sms.provider]]
kind = "console"
{copy}
[page]
brand = "Chuo Clinic"
help = "This is the demo: the code is on the terminal where it was started."
[upstream.sample]
url = "http://{application}"
[scope.records]
max_age = "8h"
[[route]]
name = "home"
path = "/"
methods = ["GET"]
require = "open"
[[route]]
name = "records"
path = "/records/**"
methods = ["GET"]
require = "otp"
scope = "records"
object = {{ path = "/records/{{id}}" }}
[[route]]
name = "login"
path = "/login"
methods = ["GET", "POST"]
require = "otp"
scope = "records"
login = {{ form = "username", success = {{ status = [303], location = "/", set_cookie = "app-session" }} }}
[[route]]
name = "transfer"
path = "/transfer"
methods = ["POST"]
require = "otp"
scope = "records"
[[route]]
name = "live"
path = "/live"
methods = ["GET"]
require = "otp"
scope = "records"
"#,
        authority = authority(listen),
        socket = toml_string(&folder.join("admin.sock").to_string_lossy()),
    );
    let loaded = config::from_text("demo", &text);
    match loaded.config {
        Some(config) => Ok(config),
        None => bail!(
            "the demo's own configuration is wrong; this is a fault of Sekisho\n{}",
            render::human(&loaded, false)
        ),
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("finding {}", path.display()))
}

/// JSON strings are TOML strings.
fn toml_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn add_user(config: &Config) -> Result<()> {
    let world = SystemWorld::default();
    let fill = |bytes: &mut [u8]| world.fill(bytes);
    let user = User {
        id: new_id(&fill),
        login: USER.to_owned(),
        name: Some("Alice 山田".to_owned()),
        phone: Some(Phone::parse(PHONE, config.identity.phone_region)?),
        email: Some("alice@clinic.example".to_owned()),
        groups: Vec::new(),
        locale: Some(Locale::Ja),
        channels: Vec::new(),
        disabled: false,
    };
    let password = password::hash(&Secret::new(PASSWORD.to_owned()), &fill)?;
    Ok(Directory::open(&config.identity)?.add(user, Some(password), world.wall())?)
}
