//! Real servers, each as permissive as its operators make it, on a free port of loopback.

use std::fmt::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use super::site::{MARKER, Site};
use super::support::free_port;
use super::support::process::Running;

/// A server at work; ended with its owner.
pub struct Server {
    pub name: &'static str,
    /// `host:port`
    pub address: String,
    _process: Running,
}

/// All of them.
pub fn start(site: &Site) -> Vec<Server> {
    vec![nginx(site), apache(site), tomcat(site), php(site), node(site), python(site), wsgiref(site), gunicorn(site)]
}

fn run(name: &'static str, port: u16, command: &mut Command, site: &Site) -> Server {
    let folder = site.house.join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut process = Running::start(name, command, &folder);
    let address = format!("127.0.0.1:{port}");
    process.wait_ready(|| TcpStream::connect(&address).ok());
    Server { name, address, _process: process }
}

/// Daemons of the system are not in everybody's search path.
fn program(name: &str) -> Command {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/bin"].map(|folder| format!("{folder}/{name}"));
    Command::new(folders.into_iter().find(|path| Path::new(path).exists()).unwrap_or_else(|| name.to_owned()))
}

fn nginx(site: &Site) -> Server {
    let (port, house, root) = (free_port(), site.house.display(), site.root.display());
    let mut temporary = String::new();
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        writeln!(temporary, "{kind}_temp_path {house}/nginx-{kind};").expect("a string takes all");
    }
    let text = format!(
        "daemon off;\nmaster_process off;\npid {house}/nginx.pid;\nerror_log stderr warn;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}server {{ listen 127.0.0.1:{port}; root {root}; }}\n}}\n"
    );
    let file = site.file("nginx.conf", &text);
    run("nginx", port, program("nginx").arg("-c").arg(file).arg("-p").arg(&site.house).args(["-e", "stderr"]), site)
}

fn apache(site: &Site) -> Server {
    let (port, house, root) = (free_port(), site.house.display(), site.root.display());
    // Started as root it insists on being somebody else.
    let root_user = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
    let user = if root_user { "User nobody\nGroup nogroup\n" } else { "" };
    let modules = "/usr/lib/apache2/modules";
    let text = format!(
        "ServerRoot {house}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {house}/apache.pid\n{user}\
         LoadModule mpm_event_module {modules}/mod_mpm_event.so\n\
         LoadModule authz_core_module {modules}/mod_authz_core.so\n\
         LoadModule dir_module {modules}/mod_dir.so\n\
         Mutex pthread\nErrorLog /dev/stderr\nDocumentRoot {root}\nAllowEncodedSlashes On\n\
         <Directory {root}>\nRequire all granted\n</Directory>\n"
    );
    let file = site.file("apache.conf", &text);
    run("apache2", port, program("apache2").arg("-DFOREGROUND").arg("-f").arg(file), site)
}

fn tomcat(site: &Site) -> Server {
    const HOME: &str = "/usr/share/tomcat10";
    let (port, root) = (free_port(), site.root.display());
    let base = site.house.join("tomcat");
    let connector = "encodedSolidusHandling=\"decode\" encodedReverseSolidusHandling=\"decode\" allowBackslash=\"true\" \
                     relaxedPathChars=\"[]|{}^\\`&quot;&lt;&gt;\" relaxedQueryChars=\"[]|{}^\\`&quot;&lt;&gt;\"";
    let server = format!(
        "<Server port=\"-1\"><Service name=\"Catalina\">\
         <Connector port=\"{port}\" address=\"127.0.0.1\" {connector}/>\
         <Engine name=\"Catalina\" defaultHost=\"localhost\">\
         <Host name=\"localhost\" appBase=\"webapps\" autoDeploy=\"false\" deployOnStartup=\"false\">\
         <Context path=\"\" docBase=\"{root}\"/></Host></Engine></Service></Server>"
    );
    site.file("tomcat/conf/server.xml", &server);
    let web = "<web-app xmlns=\"https://jakarta.ee/xml/ns/jakartaee\" version=\"5.0\" metadata-complete=\"true\">\
               <absolute-ordering/>\
               <servlet><servlet-name>default</servlet-name>\
               <servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class></servlet>\
               <servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping></web-app>";
    site.file("tomcat/conf/web.xml", web);
    for folder in ["webapps", "temp", "logs", "work"] {
        std::fs::create_dir_all(base.join(folder)).expect("a folder");
    }
    let mut command = program("java");
    command.arg("-Xmx96m").arg(format!("-Dcatalina.home={HOME}")).arg(format!("-Dcatalina.base={}", base.display()));
    command.arg(format!("-Djava.io.tmpdir={}", base.join("temp").display()));
    command.args(["-cp", &format!("{HOME}/bin/bootstrap.jar:{HOME}/bin/tomcat-juli.jar")]);
    command.args(["org.apache.catalina.startup.Bootstrap", "start"]);
    run("tomcat", port, &mut command, site)
}

/// Scripts decode what they were asked for, and let the file system resolve it, as many old ones do.
fn php(site: &Site) -> Server {
    let port = free_port();
    let script = format!(
        r#"<?php
$path = parse_url('http://h' . $_SERVER['REQUEST_URI'], PHP_URL_PATH);
foreach ([$_SERVER['REQUEST_URI'], $path, $_SERVER['SCRIPT_NAME'] ?? ''] as $candidate) {{
    $candidate = explode('?', (string) $candidate)[0];
    foreach ([$candidate, urldecode($candidate), urldecode(urldecode($candidate))] as $name) {{
        $real = realpath($_SERVER['DOCUMENT_ROOT'] . str_replace('\\', '/', str_replace("\0", '', $name)));
        if ($real !== false && strpos($real, $_SERVER['DOCUMENT_ROOT'] . '/protected') === 0) {{ echo '{MARKER}'; return; }}
    }}
}}
return false;
"#
    );
    let router = site.file("router.php", &script);
    let mut command = program("php");
    command.args(["-n", "-q", "-S", &format!("127.0.0.1:{port}"), "-t"]).arg(&site.root).arg(router);
    run("php", port, &mut command, site)
}

/// `new URL()` with and without decoding, and Node's old parser.
fn node(site: &Site) -> Server {
    let port = free_port();
    let script = format!(
        r#"const http = require('http'), path = require('path'), url = require('url');
const decoded = (text) => {{ try {{ return decodeURIComponent(text); }} catch {{ return text; }} }};
const guarded = (name) => /^\/protected(\/|$)/.test(path.posix.normalize(name));
http.createServer((request, answer) => {{
  const names = [request.url.split('?')[0]];
  try {{ names.push(new URL(request.url, 'http://h').pathname); }} catch {{}}
  try {{ names.push(url.parse(request.url).pathname || ''); }} catch {{}}
  const all = names.concat(names.map(decoded));
  answer.end(all.some(guarded) ? '{MARKER}' : 'open');
}}).listen({port}, '127.0.0.1');
"#
    );
    let file = site.file("server.cjs", &script);
    run("node", port, program("node").arg(file), site)
}

fn python(site: &Site) -> Server {
    let port = free_port();
    let mut command = python3();
    command.args(["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1", "--directory"]).arg(&site.root);
    run("python", port, &mut command, site)
}

/// What the framework hands over is resolved as `os.path` does, plainly and by `urlsplit`.
fn application(site: &Site) {
    let text = format!(
        r#"import posixpath
from urllib.parse import unquote, urlsplit
def guarded(name):
    return posixpath.normpath('/' + name.lstrip('/')).split('/')[1:2] == ['protected']
def application(environ, start):
    raw = environ.get('RAW_URI') or environ.get('REQUEST_URI') or ''
    try:
        parts = urlsplit(raw).path
    except ValueError:
        parts = ''
    names = [environ.get('SCRIPT_NAME', '') + environ.get('PATH_INFO', ''), raw.split('?')[0], unquote(raw.split('?')[0]), parts, unquote(parts)]
    start('200 OK', [('Content-Type', 'text/plain')])
    return [b'{MARKER}' if any(guarded(name) for name in names) else b'open']
"#
    );
    site.file("application.py", &text);
}

fn wsgiref(site: &Site) -> Server {
    application(site);
    let port = free_port();
    let script = format!(
        "import sys\nsys.path.insert(0, {:?})\nfrom application import application\n\
         from wsgiref.simple_server import make_server\nmake_server('127.0.0.1', {port}, application).serve_forever()\n",
        site.house.display().to_string()
    );
    let file = site.file("serve.py", &script);
    run("wsgiref", port, python3().arg(file), site)
}

fn gunicorn(site: &Site) -> Server {
    application(site);
    let port = free_port();
    let mut command = program("gunicorn");
    command.args(["--bind", &format!("127.0.0.1:{port}"), "--workers", "1", "--worker-tmp-dir"]).arg(&site.house);
    command.arg("--chdir").arg(&site.house).arg("application:application");
    run("gunicorn", port, &mut command, site)
}

/// Debian's own, whatever else is in the search path.
fn python3() -> Command {
    let mut command = program("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
