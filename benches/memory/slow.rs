//! What a client costs that stops in the middle: reads no more of an answer, or sends no more of a body or a header.

use std::any::Any;
use std::io;
use std::time::Duration;

use clap::Args;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Runtime;

use crate::client::{Ask, Client, Line, Wire};
use crate::house::House;
use crate::process::kernel_sockets;
use crate::support::gateway::HOST;
use crate::support::wait::within;

/// Streams of one greedy HTTP/2 connection.
pub const STREAMS: u32 = 50;

#[derive(Args)]
pub struct Slow {
    /// Clients at the same time; a tenth of it for those that ask for many answers each
    #[arg(long, default_value_t = 200)]
    connections: usize,
    /// What one unfinished exchange may cost, in KiB of resident memory
    #[arg(long, default_value_t = 768.0)]
    most: f64,
}

/// Where a client stops.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    Header,
    Body,
    Answer,
    /// Asks for many answers over one connection, with windows as wide as HTTP/2 has them, and reads none.
    Answers,
}

/// What has to stay open for a client to be slow rather than gone.
type Held = Box<dyn Any>;

impl Slow {
    pub fn run(&self, runtime: &Runtime) -> bool {
        let Slow { connections, most } = self;
        println!("{connections} clients, one worker; KiB of resident memory for each client\n");
        println!(
            "{:<40}{:<16}{:>10}{:>24}{:>20}",
            "who", "wire", "KiB each", "kernel, all sockets", "in all, once gone"
        );
        let mut good = true;
        for stop in [Stop::Header, Stop::Body, Stop::Answer, Stop::Answers] {
            for wire in Wire::ALL {
                // Half a header is no frame, and several answers are not one after another.
                let applies = match stop {
                    Stop::Header => wire != Wire::Tls2,
                    Stop::Answers => wire == Wire::Tls2,
                    _ => true,
                };
                let each = if stop == Stop::Answers { f64::from(STREAMS) } else { 1.0 };
                good &= !applies || self.measure(runtime, stop, wire) <= most * each;
            }
        }
        println!("\nat most {most} KiB for each exchange: {}", if good { "held" } else { "NOT held" });
        good
    }

    /// In KiB of resident memory for each client.
    fn measure(&self, runtime: &Runtime, stop: Stop, wire: Wire) -> f64 {
        let house = House::patient(runtime);
        let count = if stop == Stop::Answers { self.connections.div_ceil(10) } else { self.connections };
        let [each, kernel] = cost(runtime, &house, stop, wire, count);
        let kept = settled(&house);
        println!("{:<40}{:<16}{each:>10.1}{kernel:>24.1}{kept:>20} KiB", stop.name(), wire.name());
        each
    }
}

/// What each of so many costs in this house. In KiB: resident, and in the kernel for the sockets of both sides and of the
/// application.
pub fn cost(runtime: &Runtime, house: &House, stop: Stop, wire: Wire, count: usize) -> [f64; 2] {
    let client = Client::new(house);
    let open = |count| {
        runtime.block_on(async {
            let mut held = Vec::new();
            for _ in 0..count {
                held.push(stop.begin(&client, wire).await.expect("the gateway takes it"));
            }
            held
        })
    };
    drop(open(2));
    house.wait_for(0);
    let empty = [settled(house), kernel_sockets()];
    let held = open(count);
    let full = [settled(house), kernel_sockets()];
    assert_eq!(house.connections(), count, "all are still served");
    drop(held);
    house.wait_for(0);
    [0, 1].map(|at| full[at].saturating_sub(empty[at]) as f64 / count as f64)
}

/// Resident memory once it has stood still for a second.
fn settled(house: &House) -> u64 {
    let mut last = house.memory().all;
    for _ in 0..30 {
        within(Duration::from_secs(1), || None::<()>);
        let now = house.memory().all;
        if now.abs_diff(last) * 200 < last {
            return now;
        }
        last = now;
    }
    last
}

impl Stop {
    fn name(self) -> String {
        match self {
            Stop::Header => "sends half a header".to_owned(),
            Stop::Body => "sends half a body".to_owned(),
            Stop::Answer => "reads no more of an answer".to_owned(),
            Stop::Answers => format!("reads none of {STREAMS} answers at a time"),
        }
    }

    async fn begin(self, client: &Client, wire: Wire) -> io::Result<Held> {
        if wire == Wire::Tls2 { self.begin2(client).await } else { self.begin1(client, wire).await }
    }

    async fn begin1(self, client: &Client, wire: Wire) -> io::Result<Held> {
        let Line::Http1(mut stream) = client.open(wire).await? else { unreachable!("asked for HTTP/1.1") };
        let begun = match self {
            Stop::Header => format!("GET /open/small HTTP/1.1\r\nhost: {HOST}\r\nx-long: {}", "y".repeat(30_000)),
            Stop::Body => {
                let head = format!("POST /open/small HTTP/1.1\r\nhost: {HOST}\r\ncontent-length: 10000000\r\n\r\n");
                head + &"y".repeat(60_000)
            }
            Stop::Answer | Stop::Answers => client.spell(&Ask::get("/open/large", &[])),
        };
        stream.write_all(begun.as_bytes()).await?;
        stream.flush().await?;
        Ok(Box::new(stream))
    }

    async fn begin2(self, client: &Client) -> io::Result<Held> {
        if self == Stop::Answers {
            return greedy(client).await;
        }
        let Line::Http2(mut requests) = client.open(Wire::Tls2).await? else { unreachable!("asked for HTTP/2") };
        if self == Stop::Answer {
            let request = client.request(&Ask::get("/open/large", &[]));
            let (answer, _) = requests.send_request(request, true).map_err(io::Error::other)?;
            return Ok(Box::new((requests, answer.await.map_err(io::Error::other)?)));
        }
        let ask = Ask { method: "POST", path: "/open/small", headers: &[("content-length", "10000000")], body: "" };
        let (answer, mut body) = requests.send_request(client.request(&ask), false).map_err(io::Error::other)?;
        body.send_data(vec![b'x'; 60_000].into(), false).map_err(io::Error::other)?;
        Ok(Box::new((requests, answer, body)))
    }
}

/// Once it is on its way nobody looks at the connection any more, and so nothing is read from it.
async fn greedy(client: &Client) -> io::Result<Held> {
    const WIDEST: u32 = i32::MAX as u32;
    let stream = client.connect2().await?;
    let mut wide = h2::client::Builder::new();
    wide.initial_window_size(WIDEST).initial_connection_window_size(WIDEST);
    let shaken: Result<(_, h2::client::Connection<_>), _> = wide.handshake(stream).await;
    let (requests, mut connection) = shaken.map_err(io::Error::other)?;
    let asking = async {
        let mut requests = requests.ready().await?;
        let mut answers = Vec::new();
        for _ in 0..STREAMS {
            answers.push(requests.send_request(client.request(&Ask::get("/open/large", &[])), true)?.0);
            requests = requests.ready().await?;
        }
        if let Some(first) = answers.pop() {
            first.await?;
        }
        Ok::<_, h2::Error>((requests, answers))
    };
    let begun = tokio::select! {
        begun = asking => begun.map_err(io::Error::other)?,
        _ = &mut connection => return Err(io::ErrorKind::UnexpectedEof.into()),
    };
    Ok(Box::new((begun, connection)))
}
