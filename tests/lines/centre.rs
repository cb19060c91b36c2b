//! A service centre: the server of the crate `smpp34`, by somebody else; and one by hand for what no decent server does.

use std::collections::{HashMap, VecDeque};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use smpp34::server::ESME;
use smpp34::{
    SmppConnectionInformation, SmppError, SmppServer, SmppServerListener, TlvTag, bind_transceiver,
    bind_transceiver_resp, bind_transmitter, bind_transmitter_resp, submit_sm, submit_sm_resp, unbind, unbind_resp,
};

use crate::support::free_port;

/// What a centre does with the parts that it is handed.
#[derive(Clone, Copy, Default)]
pub struct Manner {
    /// Receipts come before the answer that names the part.
    pub early: bool,
    /// Names are hexadecimal in answers and decimal in receipts.
    pub two_bases: bool,
    /// Receipts say everything in their text alone.
    pub text_only: bool,
    /// Each receipt comes twice.
    pub twice: bool,
    /// No receipts by itself.
    pub mute: bool,
    /// `stat` of receipts; delivered if empty.
    pub stat: &'static str,
    /// Nothing is ever answered.
    pub holds: bool,
}

#[derive(Default)]
pub struct Desk {
    manner: Mutex<Manner>,
    pub parts: Mutex<Vec<submit_sm>>,
    /// What the next parts are refused with.
    pub refusals: Mutex<VecDeque<SmppError>>,
    bound: Mutex<HashMap<String, Arc<ESME>>>,
    pub binds: AtomicUsize,
    pub unbinds: AtomicUsize,
    under_way: AtomicUsize,
    pub most_under_way: AtomicUsize,
}

pub struct Centre {
    pub port: u16,
    pub desk: Arc<Desk>,
    _server: SmppServer,
}

impl Centre {
    pub async fn start(manner: Manner) -> Centre {
        let port = free_port();
        let desk = Arc::new(Desk { manner: Mutex::new(manner), ..Desk::default() });
        let mut server = SmppServer::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port, desk.clone());
        server.start().await;
        assert!(server.is_alive(), "the centre listens");
        Centre { port, desk, _server: server }
    }

    /// The parts so far, in the order in which they came.
    pub fn parts(&self) -> Vec<submit_sm> {
        self.desk.parts.lock().expect("no panic").clone()
    }

    pub fn refuse(&self, refusals: &[SmppError]) {
        self.desk.refusals.lock().expect("no panic").extend(refusals);
    }

    /// Asks all that are bound to go.
    pub async fn throw_out(&self) {
        let bound: Vec<_> = self.desk.bound.lock().expect("no panic").values().cloned().collect();
        for esme in bound {
            // `smpp34` asks, but does not know the answer when it comes: what we answer, a centre by hand sees.
            let _ = esme.send_unbind().await;
        }
    }

    /// What somebody wrote to our number.
    pub async fn writes(&self, text: &str) {
        let esme = self.desk.bound.lock().expect("no panic").values().next().expect("somebody is bound").clone();
        esme.deliver_sm().source_addr("819012345678").short_message(text.as_bytes()).send().await.expect("taken");
    }
}

#[async_trait]
impl SmppServerListener for Desk {
    async fn on_bind_transceiver(
        &self,
        asked: bind_transceiver,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> bind_transceiver_resp {
        self.binds.fetch_add(1, Ordering::SeqCst);
        match asked.password.as_str() {
            "right" => asked.accept("centre".to_owned(), Some(0x34)),
            _ => asked.reject(SmppError::ESME_RINVPASWD),
        }
    }

    async fn on_bind_transmitter(
        &self,
        asked: bind_transmitter,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> bind_transmitter_resp {
        self.binds.fetch_add(1, Ordering::SeqCst);
        asked.accept("centre".to_owned(), Some(0x34))
    }

    async fn on_unbind(&self, asked: unbind, _: &SmppConnectionInformation, _: &String) -> unbind_resp {
        self.unbinds.fetch_add(1, Ordering::SeqCst);
        asked.accept()
    }

    async fn on_esme_bound(&self, esme: ESME, session: &String) {
        self.bound.lock().expect("no panic").insert(session.clone(), Arc::new(esme));
    }

    async fn on_esme_unbound(&self, session: &String) {
        self.bound.lock().expect("no panic").remove(session);
    }

    async fn on_submit_sm(&self, part: submit_sm, _: &SmppConnectionInformation, session: &String) -> submit_sm_resp {
        if let Some(refusal) = self.refusals.lock().expect("no panic").pop_front() {
            return part.reject(refusal);
        }
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_under_way.fetch_max(under_way, Ordering::SeqCst);
        let number = {
            let mut parts = self.parts.lock().expect("no panic");
            parts.push(part.clone());
            parts.len()
        };
        let manner = *self.manner.lock().expect("no panic");
        if manner.holds {
            std::future::pending::<()>().await;
        }
        // Long enough that others come in between.
        let _ = tokio::time::timeout(Duration::from_millis(20), std::future::pending::<()>()).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        let esme = self.bound.lock().expect("no panic").get(session).cloned();
        let esme = esme.filter(|_| part.registered_delivery == 1 && !manner.mute);
        let number = 0xab00 + number;
        let name = if manner.two_bases { format!("{number:X}") } else { number.to_string() };
        if manner.early
            && let Some(esme) = &esme
        {
            receipts(esme.clone(), manner, number, part.destination_addr.clone()).await;
        } else if let Some(esme) = esme {
            tokio::spawn(receipts(esme, manner, number, part.destination_addr.clone()));
        }
        part.accept(name)
    }
}

async fn receipts(esme: Arc<ESME>, manner: Manner, number: usize, about: String) {
    let stat = if manner.stat.is_empty() { "DELIVRD" } else { manner.stat };
    for _ in 0..if manner.twice { 2 } else { 1 } {
        let text = format!(
            "id:{number} sub:001 dlvrd:001 submit date:2611220930 done date:2611220931 stat:{stat} err:000 text:482913"
        );
        let mut receipt = esme.deliver_sm().source_addr(about.clone()).esm_class(4).short_message(text);
        if !manner.text_only {
            let state = if stat == "DELIVRD" { 2 } else { 5 };
            receipt = receipt.tlv(TlvTag::ReceiptedMessageId, format!("{number}\0"));
            receipt = receipt.tlv(TlvTag::MessageStateTlv, [state]);
        }
        receipt.send().await.expect("a receipt is taken");
    }
}

/// What a centre by hand does with what it reads: the command and its number come in, octets go out. `None` cuts the line.
type Reply = dyn Fn(u32, u32) -> Option<Vec<u8>> + Send + Sync;

/// A centre by hand. Each connection is served by itself.
pub struct Rough {
    pub port: u16,
    /// All commands that were read.
    pub read: Arc<Mutex<Vec<u32>>>,
}

impl Rough {
    pub fn start(reply: impl Fn(u32, u32) -> Option<Vec<u8>> + Send + Sync + 'static) -> Rough {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
        let port = listener.local_addr().expect("an address").port();
        let read = Arc::new(Mutex::new(Vec::new()));
        let (book, reply): (_, Arc<Reply>) = (read.clone(), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (book, reply) = (book.clone(), reply.clone());
                std::thread::spawn(move || serve(stream, &book, reply.as_ref()));
            }
        });
        Rough { port, read }
    }

    pub fn count(&self, command: u32) -> usize {
        self.read.lock().expect("no panic").iter().filter(|read| **read == command).count()
    }
}

fn serve(mut stream: TcpStream, book: &Mutex<Vec<u32>>, reply: &Reply) -> Option<()> {
    loop {
        let mut head = [0; 16];
        stream.read_exact(&mut head).ok()?;
        let [length, command, _, number] =
            [0, 4, 8, 12].map(|at| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]));
        let mut body = vec![0; usize::try_from(length).ok()?.checked_sub(16)?];
        stream.read_exact(&mut body).ok()?;
        book.lock().expect("no panic").push(command);
        stream.write_all(&reply(command, number)?).ok()?;
    }
}

/// One message in octets.
pub fn pdu(command: u32, status: u32, number: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).expect("short");
    let mut octets: Vec<u8> = [length, command, status, number].into_iter().flat_map(u32::to_be_bytes).collect();
    octets.extend_from_slice(body);
    octets
}
