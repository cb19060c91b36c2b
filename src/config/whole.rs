//! Reads every section, checks them against each other, and makes each room's settings of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::delivery::settings::Provider;
use crate::domain::bill::Allowed;
use crate::domain::challenge::ChallengeRules;
use crate::domain::contact::Channel;
use crate::domain::locale::Locale;
use crate::domain::quota::Quota;
use crate::domain::route::{Route, RouteTable};
use crate::domain::scope::Scope;
use crate::proxy::settings::{Decision, HeaderNames, Upstream};
use crate::store::settings::Limits;
use crate::telemetry::settings::{Keeping, Level, LogFormat};
use crate::words::{Texts, parts};
use crate::{admin, delivery, gate, identity, pages, proxy, store, telemetry};

use super::Config;
use super::around_forms;
use super::cross::{self, Around};
use super::passkeys;
use super::reader::Placed;
use super::section::Section;
use super::sections::channel::Way;
use super::sections::limits::Messages;
use super::sections::listen::{self, Placement};
use super::sections::sms::{self, Sms};
use super::sections::text::{Gathering, Sample};
use super::sections::top::{self, Client, Top, Users};
use super::sections::{
    admin as operators, alert, challenge, channel, codes, decision, enrol, headers, ldap, limits, route, scope, source,
    state, upstream, wire,
};

/// All sections; `None` where one is wrong beyond a default.
pub struct Whole {
    data: PathBuf,
    top: Option<Top>,
    listeners: Option<Vec<Placement>>,
    client: Client,
    admin: Option<admin::Settings>,
    log: (Level, LogFormat),
    audit: (PathBuf, Keeping),
    store: state::StoreKeys,
    key_file: PathBuf,
    algorithm: gate::keys::Algorithm,
    /// Those by address, and how many failures raise the alarm.
    limits: (Limits, Quota, Messages),
    wire: proxy::settings::Limits,
    headers: HeaderNames,
    /// Off where there is none within.
    decision: Option<Option<Decision>>,
    /// The rules, and the delay of the answer.
    challenge: (ChallengeRules, Duration),
    enrol: gate::me::EnrolRules,
    users: Option<Users>,
    directories: Option<Vec<identity::ldap::Settings>>,
    sms: Sms,
    /// The other channels.
    beside: Vec<Way>,
    /// Who may be sent to, by every channel, and for how much.
    sending: Option<gate::Sending>,
    scopes: Option<BTreeMap<String, Arc<Scope>>>,
    sources: Option<BTreeMap<String, identity::sources::settings::Settings>>,
    upstreams: Option<BTreeMap<String, Upstream>>,
    routes: Vec<Arc<Route>>,
    login_pages: BTreeMap<String, String>,
    /// Brand and help.
    page: (String, String),
    texts: Texts,
    alerts: Option<Vec<telemetry::alerts::Alert>>,
    /// And how many unsent codes are too many.
    watch: (delivery::patrol::Watch, Quota),
}

impl Whole {
    /// Gives up on nothing before everything was read, so that all mistakes are found at once.
    pub fn read(section: Section<'_>) -> Whole {
        let configured = channel::configured(&section);
        let data = top::data(&section);
        let head = top::read(&section);
        let users = top::users(&section);
        let (challenge, page) = (challenge::read(&section), top::page(&section));
        let mut texts = Gathering::read(&section, sample(head.as_ref(), &challenge.0, &page.0), &configured);
        let scopes = scope::read(&section, &configured, &mut texts);
        let sources = source::read(&section);
        let upstreams = upstream::read(&section);
        let drafts = route::read(&section, &mut texts);
        let around = Around {
            reader: section.reader,
            spot: section.spot("route"),
            top: head.as_ref(),
            scopes: &scopes,
            upstreams: &upstreams,
        };
        let routes = around.routes(&drafts);
        cross::endings(&section, &drafts);
        cross::unbound(section.reader, &drafts, &upstreams);
        cross::factors(section.reader, &drafts, &scopes, users.as_ref(), sms::no_provider(&section, &configured));
        passkeys::check(section.reader, head.as_ref(), &scopes);
        let store = state::store(&section, &data);
        let sms = sms::read(&section);
        let beside = beside(&section, &sms.way);
        let ways: Vec<&Way> = std::iter::once(&sms.way).chain(&beside).collect();
        let sending = sms.bill.sending(&section, &ways);
        let alerts = alert::alerts(&section);
        cross::emergencies(&section, &scopes, alerts.as_deref());
        let (listeners, client) = (listen::read(&section), top::client(&section));
        let around = (&client, listeners.as_deref(), users.as_ref());
        source::cross(section.reader, &sources, &scopes, around);
        let mut headers = headers::read(&section);
        headers.sources = source::fields(&sources).into_iter().map(Into::into).collect();
        let whole = Whole {
            listeners,
            client,
            admin: operators::read(&section),
            log: operators::log(&section),
            audit: state::audit(&section, &data),
            key_file: state::keys(&section, &data),
            algorithm: state::pass(&section),
            limits: limits::read(&section, Some(&store.file)),
            store,
            wire: wire::read(&section),
            headers,
            decision: decision::read(&section),
            challenge,
            enrol: enrol::read(&section),
            sms,
            beside,
            sending,
            page,
            texts: texts.texts(),
            alerts,
            watch: alert::watch(&section),
            top: head,
            directories: ldap::read(&section, users.as_ref()),
            users,
            scopes: all(scopes),
            sources: all(sources),
            upstreams: all(upstreams),
            routes,
            login_pages: around_forms::pages(&drafts),
            data,
        };
        whole.cross_listeners(&section);
        codes::refuse_letters(&section);
        codes::warn_of_names(&section, whole.users.as_ref());
        section.done();
        whole
    }

    fn cross_listeners(&self, section: &Section<'_>) {
        if let (Some(top), Some(listeners)) = (&self.top, &self.listeners) {
            let https = top.public.value.https.then_some(top.public.place);
            listen::cross(section, listeners, &self.client, https);
        }
    }

    /// Each channel's, if none is wrong.
    fn providers(&mut self) -> Option<BTreeMap<Channel, Vec<Provider>>> {
        let ways = std::iter::once(&mut self.sms.way).chain(&mut self.beside);
        ways.map(|way| Some((way.channel, way.take_providers()?))).collect()
    }

    /// Each room's own part; `None` where something is missing, which by then was told.
    pub fn settings(mut self) -> Option<Config> {
        let ways = std::iter::once(&self.sms.way).chain(&self.beside);
        let by_success = ways.filter(|way| way.by_success).map(|way| way.channel).collect();
        let providers = self.providers()?;
        let (top, users, sms, scopes) = (self.top?, self.users?, self.sms, self.scopes?);
        let proxy = proxy::Settings {
            listeners: self.listeners?.into_iter().map(|listener| listener.value).collect(),
            workers: top.workers,
            trusted_proxies: self.client.proxies,
            trusted_unix: self.client.unix,
            forwarding: self.client.forwarding,
            drain: top.drain.0,
            drain_delay: top.drain.1,
            headers: self.headers,
            upstreams: self.upstreams?,
            methods: top.methods,
            limits: self.wire,
            shared_networks: self.limits.0.networks.iter().flat_map(|n| n.addresses.iter().copied()).collect(),
            decision: self.decision?,
        };
        let public = top.public.value;
        let (brand, help) = self.page;
        let state::StoreKeys { file, redis, outage_grace } = self.store;
        let (challenge, answer_delay) = self.challenge;
        let (limits, failures, messages) = self.limits;
        let (watch, send_failures) = self.watch;
        let host = public.https.then_some(public.host.as_str());
        let parts = most_parts(&brand, &challenge, host, &self.texts);
        let sending = gate::Sending { networks: messages, parts, ..self.sending? };
        let own = identity::Settings::own(users.phone_region, users.password, file.clone());
        let identity = identity::Settings { ldap: self.directories?, reach: reach(&sending), ..own };
        Some(Config {
            alerts: telemetry::alerts::Settings { site: public.text.clone(), alerts: self.alerts?, send_failures },
            watch,
            delivery: delivery::Settings {
                providers,
                by_success,
                queue: sms.queue,
                workers: sms.workers,
                deadline: sms.deadline,
                next_after: challenge.next_after,
                public_url: public.text.clone(),
                receipts: format!("{}receipts/", top.prefix),
                site_host: public.https.then_some(public.host),
                brand: brand.clone(),
                texts: self.texts,
            },
            identity,
            store: store::Settings { file, redis: redis?, limits },
            telemetry: kept(self.audit, self.log),
            proxy,
            admin: self.admin?,
            pages: pages::Settings {
                brand,
                help,
                secure: public.https,
                prefix: top.prefix.clone(),
                login_pages: self.login_pages,
            },
            gate: gate::Settings {
                public_url: public.text,
                hosts: top.hosts,
                prefix: top.prefix,
                routes: RouteTable::new(self.routes),
                named_groups: named_groups(&scopes),
                scopes,
                challenge,
                answer_delay,
                outage_grace,
                failures,
                sending,
            },
            enrol: gate::me::EnrolRules { region: Some(users.phone_region), ..self.enrol },
            sim_swap: sms.sim_swap?,
            sources: self.sources?,
            key_file: self.key_file,
            pass_algorithm: self.algorithm,
            data: self.data,
        })
    }
}

/// What is written down, where and how.
fn kept((audit_file, keeping): (PathBuf, Keeping), (log_level, log_format): (Level, LogFormat)) -> telemetry::Settings {
    telemetry::Settings { audit_file, keeping, log_level, log_format }
}

/// How many SMS the longest message of each language takes.
fn most_parts(brand: &str, rules: &ChallengeRules, host: Option<&str>, texts: &Texts) -> Vec<(Locale, u64)> {
    let shape = (rules.shape.length, rules.life);
    Locale::ALL.into_iter().map(|locale| (locale, parts::of(locale, brand, shape, host, texts))).collect()
}

/// Where messages to numbers may go, the usual way first.
fn reach(sending: &gate::Sending) -> Vec<Allowed> {
    let lanes = Channel::ALL.into_iter().filter_map(|channel| sending.lanes.get(&channel));
    lanes.map(|lane| lane.allowed.clone()).filter(|allowed| matches!(allowed, Allowed::Numbers { .. })).collect()
}

/// What texts are tried with.
fn sample(top: Option<&Top>, rules: &ChallengeRules, brand: &str) -> Sample {
    let host = top.map(|top| if top.public.value.https { Ok(top.public.value.host.clone()) } else { Err(()) });
    Sample { brand: brand.to_owned(), code: rules.shape.sample(), life: rules.life, host }
}

/// Every channel is read, whatever is wrong with another one.
fn beside(top: &Section<'_>, sms: &Way) -> Vec<Way> {
    let others = Channel::ALL.into_iter().filter(|channel| *channel != Channel::Sms);
    others.map(|channel| channel::read(top, channel, sms.countries())).collect()
}

fn all<T>(named: BTreeMap<String, Placed<Option<T>>>) -> Option<BTreeMap<String, T>> {
    named.into_iter().map(|(name, placed)| Some((name, placed.value?))).collect()
}

/// Groups that a scope names, each once.
fn named_groups(scopes: &BTreeMap<String, Arc<Scope>>) -> Vec<String> {
    let all: BTreeSet<_> = scopes.values().flat_map(|scope| scope.groups.iter().cloned()).collect();
    all.into_iter().collect()
}
