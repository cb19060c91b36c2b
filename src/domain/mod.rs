//! Values and rules, and nothing else: no I/O, no async, no clock, no randomness, no globals.
//!
//! Read [`challenge`], [`account`] and [`tally`] for what a guess costs, [`pass`] and [`permit`] for what a right one earns,
//! [`route`] and [`path`] for what is guarded. Time and random bytes come in as arguments.

pub mod account;
pub mod address;
pub mod app_form;
pub mod bill;
pub mod challenge;
pub mod code;
pub mod contact;
pub mod conversion;
pub mod counts;
pub mod emergency;
pub mod enrolment;
pub mod event;
pub mod factor;
pub mod figure;
pub mod host;
pub mod id;
pub mod locale;
pub mod mail;
pub mod maker;
pub mod money;
pub mod notice;
pub mod pass;
pub mod path;
pub mod pattern;
pub mod permit;
pub mod phone;
pub mod quota;
pub mod refusal;
pub mod return_to;
pub mod route;
pub mod scope;
pub mod secret;
pub mod stepper;
pub mod tally;
pub mod time;
pub mod user;
