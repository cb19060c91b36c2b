//! The life of a connection to a service centre.
//!
//! ```text
//!            ┌───────── backoff, jitter ◀────────────┐
//!            ▼                                       │
//! connect ─▶ bind ─▶ bound: submit, receipts, beat ─▶ cut, unbound, silent
//!            │                     │ stop
//!            └▶ refused            └▶ unbind
//! ```

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use super::link::{Answer, Link, Waiting, write_all};
use super::pdu::{
    ALERT_NOTIFICATION, ANSWER, BIND_TRANSCEIVER, BIND_TRANSMITTER, Brought, DATA_SM, DELIVER_SM, ENQUIRE_LINK,
    GENERIC_NACK, Pdu, SUBMIT_SM, UNBIND, Writer, message_id,
};
use super::settings::Centre;
use super::{Smpp, receipt, status};
use crate::delivery::outcome::Class;
use crate::delivery::provider::kind::Reported;
use crate::gate::seams::World;

/// How long a centre may take to let us in, to say that it is there, to say goodbye.
pub const ANSWERS_IN: Duration = Duration::from_secs(10);
const GOODBYE: Duration = Duration::from_secs(1);
/// A centre that left a message unanswered for so long has lost it; the places that it holds are needed.
const LOST_AFTER: Duration = Duration::from_secs(60);
const VERSION: u8 = 0x34;
/// Statuses that we answer with: unknown command, a body that cannot be read.
const UNKNOWN_COMMAND: u32 = 0x03;
const UNREADABLE: u32 = 0x02;

pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}
type Wire = Box<dyn Stream>;

/// Why there is no connection (any more); the text is for the operator.
#[derive(Debug)]
pub struct Trouble {
    pub class: Class,
    pub text: String,
}

fn trouble(class: Class, text: impl Into<String>) -> Trouble {
    Trouble { class, text: text.into() }
}

/// A connection to a centre that knows who we are.
pub struct Bound {
    reader: Reader,
    write: WriteHalf<Wire>,
}

struct Reader {
    read: ReadHalf<Wire>,
    buffer: BytesMut,
}

impl Reader {
    /// The next message. May be given up at any time and called again.
    async fn next(&mut self) -> Result<Pdu, Trouble> {
        loop {
            match Pdu::take(&mut self.buffer) {
                Ok(Some(pdu)) => return Ok(pdu),
                Ok(None) => {}
                Err(error) => return Err(trouble(Class::Transient, error.to_string())),
            }
            match self.read.read_buf(&mut self.buffer).await {
                Ok(0) => return Err(trouble(Class::Transient, "the centre closed the connection")),
                Ok(_) => {}
                Err(error) => return Err(trouble(Class::Transient, error.to_string())),
            }
        }
    }
}

/// Connects and binds, within [`ANSWERS_IN`].
pub async fn bind(centre: &Centre, world: &dyn World) -> Result<Bound, Trouble> {
    tokio::select! {
        bound = enter(centre) => bound,
        () = world.sleep_until(world.mono() + ANSWERS_IN) => {
            Err(trouble(Class::Transient, format!("not bound within {} s", ANSWERS_IN.as_secs())))
        }
    }
}

async fn enter(centre: &Centre) -> Result<Bound, Trouble> {
    let broken = |error: std::io::Error| trouble(Class::Transient, error.to_string());
    let tcp = TcpStream::connect((centre.host.as_str(), centre.port)).await.map_err(broken)?;
    tcp.set_nodelay(true).map_err(broken)?;
    let wire: Wire = match &centre.tls {
        None => Box::new(tcp),
        Some(tls) => {
            let unfit = |why: String| trouble(Class::Config, format!("no TLS: {why}"));
            let name = ServerName::try_from(centre.host.clone()).map_err(|error| unfit(error.to_string()))?;
            let connecting = TlsConnector::from(tls.clone()).connect(name, tcp).await;
            Box::new(connecting.map_err(|error| unfit(error.to_string()))?)
        }
    };
    let (read, mut write) = tokio::io::split(wire);
    let mut reader = Reader { read, buffer: BytesMut::new() };
    let command = if centre.receives { BIND_TRANSCEIVER } else { BIND_TRANSMITTER };
    let body = Writer::default().text(&centre.system_id).text(centre.password.expose()).text(&centre.system_type);
    let body = body.octet(VERSION).octets(&[0, 0]).text("").0;
    write.write_all(&Pdu::new(command, 1, body).octets()).await.map_err(broken)?;
    write.flush().await.map_err(broken)?;
    loop {
        let answer = reader.next().await?;
        match answer.command {
            GENERIC_NACK => return Err(refused(&answer)),
            other if other == command | ANSWER && answer.status != 0 => return Err(refused(&answer)),
            other if other == command | ANSWER => return Ok(Bound { reader, write }),
            // Some centres are eager.
            _ => {}
        }
    }
}

fn refused(answer: &Pdu) -> Trouble {
    let class = match status::failure(answer.status).class {
        Class::RecipientPermanent => Class::Config,
        class => class,
    };
    trouble(class, format!("the centre did not let us in: status {:#x}", answer.status))
}

/// Says goodbye to a centre that was only asked whether it is there.
pub async fn leave(mut bound: Bound, world: &dyn World) {
    let goodbye = async {
        bound.write.write_all(&Pdu::new(UNBIND, 2, Vec::new()).octets()).await.ok()?;
        while bound.reader.next().await.ok()?.command != UNBIND | ANSWER {}
        Some(())
    };
    tokio::select! {
        _ = goodbye => {}
        () = world.sleep_until(world.mono() + GOODBYE) => {}
    }
}

/// A bound connection at work.
pub struct Session<'a> {
    pub smpp: &'a Smpp,
    pub link: &'a Arc<Link>,
    pub world: &'a dyn World,
    pub reported: &'a Reported,
}

impl Session<'_> {
    /// Serves until the connection ends (`Err` says why) or `stop` turns true.
    pub async fn serve(
        &self,
        bound: Bound,
        out: tokio::sync::mpsc::Receiver<super::link::Out>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), Trouble> {
        let Bound { mut reader, write } = bound;
        let mut writer = JoinSet::new();
        writer.spawn(write_all(out, write));
        let mut beat = self.world.mono() + self.smpp.settings.beat;
        // By when something must have been heard.
        let mut silent = None;
        loop {
            let next = silent.map_or(beat, |silent: Duration| silent.min(beat));
            tokio::select! {
                pdu = reader.next() => {
                    silent = None;
                    if let Some(left) = self.take_in(pdu?)? {
                        tokio::select! {
                            _ = left => {}
                            () = self.world.sleep_until(self.world.mono() + GOODBYE) => {}
                        }
                        return Err(trouble(Class::Transient, "the centre ended the session"));
                    }
                }
                () = self.world.sleep_until(next) => {
                    let now = self.world.mono();
                    if silent.is_some_and(|silent| now >= silent) {
                        return Err(trouble(Class::Transient, "the centre is silent"));
                    }
                    self.keep_house(now)?;
                    if now >= beat {
                        self.send(Pdu::new(ENQUIRE_LINK, self.link.number(), Vec::new()))?;
                        (beat, silent) = (now + self.smpp.settings.beat, silent.or(Some(now + ANSWERS_IN)));
                    }
                }
                _ = stop.changed() => return self.goodbye(&mut reader).await,
                ended = writer.join_next() => {
                    let why = ended.and_then(Result::ok).and_then(Result::err);
                    return Err(trouble(Class::Transient, why.map_or_else(String::new, |error| error.to_string())));
                }
            }
        }
    }

    fn send(&self, pdu: Pdu) -> Result<(), Trouble> {
        let sent = self.link.send(pdu);
        sent.then_some(()).ok_or_else(|| trouble(Class::Transient, "the centre reads nothing"))
    }

    fn keep_house(&self, now: Duration) -> Result<(), Trouble> {
        for report in self.smpp.track().stale(now) {
            (self.reported)(report);
        }
        let lost = self.link.longest(now) >= LOST_AFTER;
        if lost { Err(trouble(Class::Transient, "the centre leaves messages unanswered")) } else { Ok(()) }
    }

    /// `Some` when the centre ends the session; what it waits for then is that our answer leaves.
    fn take_in(&self, pdu: Pdu) -> Result<Option<oneshot::Receiver<()>>, Trouble> {
        match pdu.command {
            GENERIC_NACK => self.answered(&pdu),
            command if command == SUBMIT_SM | ANSWER => self.answered(&pdu),
            command if command & ANSWER != 0 => {}
            DELIVER_SM | DATA_SM => self.brought(&pdu)?,
            ENQUIRE_LINK => self.send(pdu.answer(0, Vec::new()))?,
            UNBIND => return Ok(Some(self.link.send_last(pdu.answer(0, Vec::new())))),
            ALERT_NOTIFICATION => {}
            _ => self.send(Pdu { status: UNKNOWN_COMMAND, ..Pdu::new(GENERIC_NACK, pdu.sequence, Vec::new()) })?,
        }
        Ok(None)
    }

    /// An answer to a submitted part. The name is entered before whoever waits hears of it: the next thing to be read may be
    /// its receipt.
    fn answered(&self, pdu: &Pdu) {
        let Some(Waiting { answer, letter, place, .. }) = self.link.answered(pdu.sequence) else { return };
        let id = self.smpp.settings.ids.0.read(&message_id(&pdu.body));
        let taken = pdu.command == SUBMIT_SM | ANSWER && pdu.status == 0;
        let reports = if taken && !id.is_empty() { self.smpp.track().taken(letter, &id) } else { Vec::new() };
        reports.into_iter().for_each(|report| (self.reported)(report));
        let status = if taken { 0 } else { pdu.status.max(1) };
        drop(place);
        // Nobody may wait any more: their time was over.
        let _ = answer.send(Answer { status, id });
    }

    /// A receipt, or what somebody wrote to our number: that is acknowledged and forgotten.
    fn brought(&self, pdu: &Pdu) -> Result<(), Trouble> {
        let Some(brought) = Brought::read(pdu) else {
            return self.send(Pdu { status: UNREADABLE, ..Pdu::new(GENERIC_NACK, pdu.sequence, Vec::new()) });
        };
        if let Some(mut receipt) = receipt::read(&brought) {
            receipt.id = self.smpp.settings.ids.1.read(&receipt.id);
            let report = self.smpp.track().heard(receipt, self.world.mono());
            report.into_iter().for_each(|report| (self.reported)(report));
        }
        self.send(pdu.answer(0, vec![0]))
    }

    /// Lets answers come in that are still due, and unbinds.
    async fn goodbye(&self, reader: &mut Reader) -> Result<(), Trouble> {
        self.link.window.close();
        let farewell = async {
            while !self.link.is_idle() {
                self.take_in(reader.next().await?)?;
            }
            self.send(Pdu::new(UNBIND, self.link.number(), Vec::new()))?;
            loop {
                let pdu = reader.next().await?;
                if pdu.command == UNBIND | ANSWER {
                    return Ok(());
                }
                self.take_in(pdu)?;
            }
        };
        tokio::select! {
            done = farewell => done,
            () = self.world.sleep_until(self.world.mono() + GOODBYE) => Ok(()),
        }
    }
}
