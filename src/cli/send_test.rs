//! `sekisho send-test`: a message without a code through the real providers, to see whether it arrives.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::{ArgGroup, Args};

use crate::app::Parts;
use crate::config::Config;
use crate::delivery::chain::Chain;
use crate::delivery::{Attempt, Message, Provider, Tally};
use crate::domain::contact::{Address, Channel, Contact, Mail, Phone};
use crate::domain::id::ChallengeId;
use crate::domain::locale::Locale;
use crate::domain::notice::NO_CODE;
use crate::domain::secret::Secret;
use crate::gate::seams::{World, random16};
use crate::net::Door;

#[derive(Args)]
#[command(group = ArgGroup::new("whom").required(true).args(["user", "to"]))]
pub struct SendTestArgs {
    #[arg(long, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    /// To the number or address of this user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// To this number or address
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// sms, voice, whatsapp or email
    #[arg(long, default_value = "sms", value_parser = channel)]
    channel: Channel,
    /// Only through this provider
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Why; it goes into the audit with who asked
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

fn channel(text: &str) -> Result<Channel, String> {
    let names = Channel::ALL.map(Channel::name).join(", ");
    Channel::parse(text).ok_or_else(|| format!("expected one of {names}"))
}

/// 0 when a provider took it.
pub fn main(args: &SendTestArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    let reason = super::pass::reason(&args.reason)?;
    let contact = contact(&config, args)?;
    let parts = Parts::build(&config)?;
    let providers = providers(&parts, args)?;
    let paid = super::wait_for(async {
        let paid = parts.gate.pay_for_test(&contact, &super::actor(), reason).await;
        paid.map_err(|no| anyhow!("nothing was sent: {no}"))
    });
    let done = paid.and_then(|()| super::wait_for(send(&config, &parts, providers, contact, out)));
    super::end_of_audit(&parts.telemetry.audit);
    done.map(|taken| i32::from(!taken))
}

fn contact(config: &Config, args: &SendTestArgs) -> Result<Contact> {
    let channel = args.channel;
    let user = match &args.user {
        Some(name) => Some(super::elsewhere::somebody(&config.identity, name)?),
        None => None,
    };
    let address = match (channel, user, &args.to) {
        (Channel::Email, Some(user), _) => user
            .email
            .as_deref()
            .and_then(Mail::parse)
            .map(Address::Mail)
            .ok_or_else(|| anyhow!("{} has no e-mail address", user.login)),
        (Channel::Email, None, Some(to)) => {
            Mail::parse(to).map(Address::Mail).ok_or_else(|| anyhow!("that is no e-mail address"))
        }
        (_, Some(user), _) => user.phone.map(Address::Phone).ok_or_else(|| anyhow!("{} has no number", user.login)),
        (_, None, Some(to)) => {
            let phone = Phone::parse(to, config.identity.phone_region);
            phone.map(Address::Phone).map_err(|error| anyhow!("that is no telephone number: {error}"))
        }
        (_, None, None) => bail!("--user or --to says whom"),
    }?;
    Ok(Contact { channel, address })
}

fn providers(parts: &Parts, args: &SendTestArgs) -> Result<Vec<Arc<Provider>>> {
    let all = parts.bureau.providers.of(args.channel);
    let named = |provider: &&Arc<Provider>| args.provider.as_ref().is_none_or(|name| *provider.name == **name);
    let chosen: Vec<_> = all.iter().filter(named).cloned().collect();
    let names: Vec<_> = all.iter().map(|provider| provider.name.as_ref()).collect();
    match (chosen.is_empty(), &args.provider) {
        (false, _) => Ok(chosen),
        (true, Some(name)) if !names.is_empty() => {
            bail!("no provider of {} is called {name}; there is {}", args.channel.name(), names.join(", "))
        }
        _ => bail!("{} has no provider", args.channel.name()),
    }
}

/// `true` when one took it.
async fn send(
    config: &Config,
    parts: &Parts,
    providers: Vec<Arc<Provider>>,
    contact: Contact,
    out: &mut dyn Write,
) -> Result<bool> {
    let world = parts.world.clone();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    for line in providers.iter().filter_map(|provider| provider.line()) {
        let (line, world, stopped) = (line.clone(), world.clone(), stopped.clone());
        tokio::spawn(async move { line.run(world, Arc::new(|_| {}), stopped).await });
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let (lines, counted) = (told.clone(), parts.bureau.tally());
    let tally: Tally = Arc::new(move |attempt| {
        counted(attempt);
        lines.lock().unwrap_or_else(PoisonError::into_inner).push(words(attempt));
    });
    writeln!(out, "a test message to {} by {}", contact.address, contact.channel.name())?;
    let chain = Chain::new(providers, Door::new(None).context("preparing outbound HTTP")?, world.clone(), tally, false);
    let delivered =
        chain.deliver(&message(config, world.as_ref(), contact), world.mono() + config.delivery.deadline).await;
    // Whoever had the lines has ended by the time that this is dropped.
    let _ = stop.send(true);
    for line in told.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        writeln!(out, "  {line}")?;
    }
    if let Err(error) = parts.bureau.ledger.flush().await {
        eprintln!("sekisho: the figures lack this message: {error}");
    }
    match &delivered {
        Ok(receipt) => writeln!(out, "{} took it; whether it arrives, the phone will tell", receipt.provider)?,
        Err(error) => writeln!(out, "nobody took it: {}", error.class.name())?,
    }
    Ok(delivered.is_ok())
}

fn message(config: &Config, world: &dyn World, contact: Contact) -> Message {
    let brand = &config.delivery.brand;
    let text = format!("{brand}: this is a test message. It has no code, and there is nothing to do.");
    Message {
        challenge: ChallengeId::from_random(random16(world)),
        send: 1,
        subject: (contact.channel == Channel::Email).then(|| format!("{brand}: test message")),
        prompt: (contact.channel == Channel::Voice).then(|| "This is a test call. Press any key.".to_owned()),
        contact,
        locale: Locale::En,
        text: Secret::new(text),
        code: Secret::new(NO_CODE.to_owned()),
        life: Duration::from_secs(300),
    }
}

fn words(attempt: &Attempt<'_>) -> String {
    match attempt.outcome {
        Ok(()) => {
            let reference = attempt.reference.map_or(String::new(), |reference| format!(", reference {reference}"));
            let price = attempt.price.map_or(String::new(), |price| format!(", price {price}"));
            format!("{}: taken{reference}{price}", attempt.provider)
        }
        Err(class) => format!("{}: not taken, {class}", attempt.provider),
    }
}
