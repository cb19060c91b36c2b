//! Debian's nginx before an application, asking the gateway about each request (`auth_request`).

use super::gateway::Gateway;
use super::process::Running;
use super::{folder, free_port};
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

pub struct Nginx {
    /// `host:port`
    pub address: String,
    // First the process, then the folder it writes into.
    _process: Running,
    _folder: tempfile::TempDir,
}

impl Nginx {
    /// Forwards to `upstream` what the gateway grants. Below `/pages/` people are sent to the code page.
    pub fn before(upstream: &str, gateway: &Gateway, secret: &str) -> Self {
        let folder = folder();
        let address = format!("127.0.0.1:{}", free_port());
        let config = folder.path().join("nginx.conf");
        let text = configuration(folder.path(), &address, upstream, &gateway.plain, secret);
        fs::write(&config, text).expect("the folder can be written");
        // Daemons of the system are not in everybody's search path.
        let binary = ["/usr/sbin/nginx", "/usr/bin/nginx"].into_iter().find(|path| Path::new(path).exists());
        let mut command = Command::new(binary.unwrap_or("nginx"));
        command.arg("-c").arg(&config).arg("-p").arg(folder.path()).args(["-e", "stderr"]);
        let mut process = Running::start("nginx", &mut command, folder.path());
        process.wait_ready(|| TcpStream::connect(&address).ok());
        Self { address, _process: process, _folder: folder }
    }
}

fn configuration(folder: &Path, address: &str, upstream: &str, gateway: &str, secret: &str) -> String {
    let folder = folder.display();
    let guarded = format!(
        r#"
            auth_request /decision;
            auth_request_set $sekisho_user $upstream_http_remote_user;
            auth_request_set $sekisho_groups $upstream_http_remote_groups;
            auth_request_set $sekisho_email $upstream_http_remote_email;
            auth_request_set $sekisho_name $upstream_http_remote_name;
            auth_request_set $sekisho_challenge $upstream_http_location;
            proxy_set_header Remote-User $sekisho_user;
            proxy_set_header Remote-Groups $sekisho_groups;
            proxy_set_header Remote-Email $sekisho_email;
            proxy_set_header Remote-Name $sekisho_name;
            proxy_pass {upstream};"#
    );
    format!(
        r#"
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {address};
        location / {{{guarded}
        }}
        location /pages/ {{{guarded}
            error_page 401 = @challenge;
        }}
        location @challenge {{
            return 303 $sekisho_challenge;
        }}
        location = /decision {{
            internal;
            proxy_pass http://{gateway}/.sekisho/auth;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header Sekisho-Decision-Secret "{secret}";
            proxy_set_header X-Forwarded-Method $request_method;
            proxy_set_header X-Forwarded-Proto https;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Forwarded-Uri $request_uri;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"#
    )
}
