//! The pages, as people, programs and other sites meet them.

mod api;
mod challenge;
mod cookies;
mod fakes;
mod flow;
mod forms;
mod house;
mod looks;
mod origin;
mod receipts;
mod refusals;
