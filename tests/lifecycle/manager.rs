//! What systemd hears.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::support::{Plan, Upstream, folder};

#[test]
fn the_service_manager_hears_when_it_is_ready_and_when_it_ends() {
    let (folder, upstream) = (folder(), Upstream::start());
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).expect("bound");
    manager.set_read_timeout(Some(Duration::from_secs(20))).expect("a deadline");
    let hear = || {
        let mut heard = [0; 64];
        let length = manager.recv(&mut heard).expect("a datagram");
        String::from_utf8_lossy(&heard[..length]).into_owned()
    };
    let plan = Plan::before(&upstream.url).with_more("[[listen]]\naddress = \"unix:{folder}/http.sock\"\n".into());
    let mut gateway = plan.with_environment("NOTIFY_SOCKET", path.display().to_string()).start();
    assert_eq!(hear(), "READY=1");
    for address in [&gateway.plain, &gateway.tls] {
        std::net::TcpStream::connect(address).expect("ready means that everything is listened on");
    }
    gateway.process.signal("TERM");
    assert_eq!(hear(), "STOPPING=1");
    assert!(gateway.process.ended().is_some_and(|status| status.success()));
}
