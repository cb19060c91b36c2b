//! `sekisho audit search`: lines out of all files, in the order of time.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use ipnet::IpNet;

use crate::telemetry::audit::query::{Query, Statuses};
use crate::telemetry::audit::search::{Stopped, search};

use super::moment::{Span, Zone};
use super::print::Printer;
use super::{Format, named, parts_of};

#[derive(Args)]
pub struct SearchArgs {
    #[arg(long, value_name = "FILE", default_value = crate::cli::DEFAULT_CONFIG)]
    config: PathBuf,
    #[command(flatten)]
    pub filter: Filter,
    /// From this day or moment on: 2026-03-01, or 2026-03-01T12:00
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// To this day or moment, which is included
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    /// One month: 2026-03
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["from", "to"])]
    month: Option<String>,
    /// Where days begin when no time says it itself: +09:00
    #[arg(long, value_name = "OFFSET", default_value = "Z", value_parser = Zone::parse, allow_hyphen_values = true)]
    zone: Zone,
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// These files instead of all that the configuration knows of
    #[arg(value_name = "FILES")]
    files: Vec<PathBuf>,
}

/// What lines have to be about.
#[derive(Args, Default)]
pub struct Filter {
    /// The record it was about: 4711, or id=4711
    #[arg(long)]
    object: Option<String>,
    /// The user's login name
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[arg(long, value_name = "NAME")]
    route: Option<String>,
    /// The name of a decision, such as authn_login_fail
    #[arg(long, value_name = "NAME")]
    event: Option<String>,
    /// 404, or 4xx
    #[arg(long, value_parser = statuses)]
    status: Option<Statuses>,
    /// An address, or a network such as 10.0.0.0/8
    #[arg(long, value_name = "ADDRESS", value_parser = network)]
    client: Option<IpNet>,
    /// The id that pages show and answers carry as X-Request-Id
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    request: Option<String>,
    /// The id that joins the lines of one code
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    challenge: Option<String>,
    /// Without it accesses and decisions are shown
    #[arg(long, value_parser = ["access", "decision", "start", "checkpoint", "end"])]
    kind: Option<String>,
}

impl Filter {
    pub fn query(&self) -> Query {
        Query {
            from: None,
            until: None,
            kind: self.kind.clone(),
            event: self.event.clone(),
            user: self.user.clone(),
            route: self.route.clone(),
            object: self.object.clone(),
            request: self.request.clone(),
            challenge: self.challenge.clone(),
            status: self.status,
            client: self.client,
        }
    }
}

pub fn main(args: &SearchArgs, out: &mut dyn Write) -> Result<i32> {
    let query = query(args)?;
    let parts = if args.files.is_empty() {
        parts_of(&crate::cli::load(&args.config)?.telemetry.audit_file)?
    } else {
        named(&args.files)?
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let mut printer = Printer::new(args.format, &mut out).context("writing what was found")?;
    let found = search(&parts, &query, threads, |line| printer.line(line));
    match found.map(|extent| (extent, printer.flush())) {
        Ok((_, flushed)) => quiet(flushed),
        Err(Stopped::Output(error)) => quiet(Err(error)),
        Err(Stopped::Unreadable(path, error)) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Who reads only the beginning (`| head`) has what they wanted.
pub fn quiet(written: io::Result<()>) -> Result<i32> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("writing what was found"),
        _ => Ok(0),
    }
}

fn query(args: &SearchArgs) -> Result<Query> {
    let moment = |name: &str, text: &Option<String>| {
        text.as_deref().map(|text| Span::parse(text, args.zone).map_err(|e| anyhow!("--{name}: {e}"))).transpose()
    };
    let (mut from, mut until) = (moment("from", &args.from)?.map(|s| s.from), moment("to", &args.to)?.map(|s| s.until));
    if let Some(month) = &args.month {
        let span = Span::month(month, args.zone).map_err(|e| anyhow!("--month: {e}"))?;
        (from, until) = (Some(span.from), Some(span.until));
    }
    if from.zip(until).is_some_and(|(from, until)| from >= until) {
        bail!("--to is before --from");
    }
    let text = |at: Option<crate::domain::time::Wall>| at.map(|at| at.rfc3339());
    Ok(Query { from: text(from), until: text(until), ..args.filter.query() })
}

fn statuses(text: &str) -> Result<Statuses, String> {
    let wrong = || format!("\"{text}\" is no status such as 404, nor a class such as 4xx");
    let class = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"));
    let number: u16 = class.unwrap_or(text).parse().map_err(|_| wrong())?;
    match (class, number) {
        (Some(_), 1..=5) => Ok((number * 100, number * 100 + 99)),
        (None, 100..=599) => Ok((number, number)),
        _ => Err(wrong()),
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse()
        .or_else(|_| address())
        .map_err(|_| format!("\"{text}\" is no address, nor a network such as 10.0.0.0/8"))
}
