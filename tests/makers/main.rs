//! Codes that a provider makes and checks, through the real binary.
//!
//! | part | what |
//! |---|---|
//! | [`sim`], [`twilio`], [`vonage`], [`engagelab`] | the providers, as their documentation describes them |
//! | [`house`] | a gateway that has one of them |
//! | [`flow`] | right, wrong, used up, sent again |
//! | [`faults`] | a provider that is away, slow, or says something else |
//! | [`many`] | many at once, two clicks, two nodes, both stores |
//! | [`strangers`] | where a name is all that is asked for |

mod engagelab;
mod faults;
mod flow;
mod house;
mod many;
mod sim;
mod strangers;
#[path = "../support/mod.rs"]
mod support;
mod twilio;
mod vonage;
