//! Two applications that nobody can change: Django's admin and DokuWiki, as Debian packs them.

use crate::support::process::Running;
use crate::support::{User, folder, free_port, target, wire};
use std::fs;
use std::path::Path;
use std::process::Command;

pub struct App {
    pub url: String,
    _process: Running,
    _folder: tempfile::TempDir,
}

const SETTINGS: &str = r#"
SECRET_KEY = "only for this test"
DEBUG = False
ALLOWED_HOSTS = ["*"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ROOT_URLCONF = "urls"
STATIC_URL = "/static/"
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "{folder}/db.sqlite3"}}
INSTALLED_APPS = ["django.contrib." + app for app in
                  ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
              "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
              "django.contrib.auth.middleware.AuthenticationMiddleware",
              "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                           "django.contrib.messages.context_processors.messages"]}}]
"#;

const URLS: &str = r#"
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
"#;

/// Django's admin, with Alice as its superuser.
pub fn django() -> App {
    let (folder, port) = (folder(), free_port());
    let here = folder.path();
    let write = |name: &str, text: &str| fs::write(here.join(name), text).expect("the folder can be written");
    write("settings.py", &SETTINGS.replace("{folder}", &here.display().to_string()));
    write("urls.py", URLS);
    let manage = |arguments: &[&str]| {
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-m", "django"]).args(arguments).current_dir(here);
        command.env("DJANGO_SETTINGS_MODULE", "settings").env("PYTHONPATH", here);
        command.env("DJANGO_SUPERUSER_PASSWORD", User::ALICE.password);
        command
    };
    for step in [
        &["migrate", "--verbosity", "0"][..],
        &["createsuperuser", "--noinput", "--username", "alice", "--email", "alice@example.jp"],
    ] {
        let done = manage(step).output().expect("Django is there (tests/run installs it)");
        assert!(done.status.success(), "{step:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
    let address = format!("127.0.0.1:{port}");
    let mut process = Running::start("django", &mut manage(&["runserver", "--noreload", "--insecure", &address]), here);
    wait_for(&mut process, &address, "/admin/login/");
    App { url: format!("http://{address}"), _process: process, _folder: folder }
}

const WIKI: &str = r#"<?php
$conf['useacl'] = 1;
$conf['superuser'] = 'nobody';
$conf['disableactions'] = 'register,resendpwd';
$conf['updatecheck'] = 0;
$conf['savedir'] = '{folder}/data';
"#;

/// DokuWiki, with Alice as a user; nobody else sees anything. Debian's package as it is unpacked, but for the links that lead
/// out of it.
pub fn dokuwiki() -> App {
    let (folder, port) = (folder(), free_port());
    let here = folder.path();
    let package = target().join("tools/dokuwiki");
    let copy = |from: &str, to: &str| {
        let from = package.join(from);
        let done = Command::new("cp").arg("-r").arg(&from).arg(here.join(to)).status().expect("cp is there");
        assert!(done.success(), "{} is not there (tests/run unpacks it)", from.display());
    };
    copy("usr/share/dokuwiki", "wiki");
    for part in ["plugins", "tpl"] {
        fs::remove_file(here.join("wiki/lib").join(part)).expect("a link");
        copy(&format!("var/lib/dokuwiki/lib/{part}"), &format!("wiki/lib/{part}"));
    }
    copy("var/lib/dokuwiki/data", "data");
    copy("etc/dokuwiki", "conf");
    let conf = here.join("conf");
    let write = |name: &str, text: &str| {
        // The package has links to where an installation keeps them.
        let _ = fs::remove_file(conf.join(name));
        fs::write(conf.join(name), text).expect("the folder can be written");
    };
    write("local.php", &WIKI.replace("{folder}", &here.display().to_string()));
    write("acl.auth.php", "*\t@ALL\t0\n*\t@user\t8\n");
    write("users.auth.php", &format!("alice:{}:Alice:alice@example.jp:user\n", hashed(User::ALICE.password)));
    let at = conf.display();
    write("where.php", &format!("<?php\ndefine('DOKU_MAIN_CONF', '{at}/');\ndefine('DOKU_CONF', '{at}/');\n"));
    let address = format!("127.0.0.1:{port}");
    let mut command = Command::new("php");
    command
        .arg("-d")
        .arg(format!("auto_prepend_file={at}/where.php"))
        .args(["-S", &address, "-t"])
        .arg(here.join("wiki"));
    let mut process = Running::start("dokuwiki", &mut command, here);
    wait_for(&mut process, &address, "/doku.php");
    App { url: format!("http://{address}"), _process: process, _folder: folder }
}

/// As DokuWiki keeps it.
fn hashed(password: &str) -> String {
    let script = "echo password_hash($argv[1], PASSWORD_BCRYPT, ['cost' => 4]);";
    let done = Command::new("php").args(["-r", script, password]).output().expect("php is there");
    String::from_utf8(done.stdout).expect("a hash is text")
}

fn wait_for(process: &mut Running, address: &str, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    process.wait_ready(|| wire::exchange(address, request.as_bytes()).ok().filter(|answer| answer.status == 200));
}

/// The password in a file of its own, as the command line takes it.
pub fn password_file(folder: &Path) -> std::path::PathBuf {
    let file = folder.join("password");
    fs::write(&file, format!("{}\n", User::ALICE.password)).expect("the folder can be written");
    file
}
