//! Who may be sent to, what that costs, and what is only told.

use crate::domain::bill::{Allowed, Barred};
use crate::domain::contact::{Address, Channel, Mail, NumberKind, Phone, Region};
use crate::domain::locale::Locale;
use crate::domain::quota::Quota;

use super::*;

const JP: &str = "countries = [\"JP\"]";

fn with(more: &str) -> String {
    format!("{BASE}\n{more}")
}

fn number(spelling: &str) -> Address {
    Address::Phone(Phone::parse(spelling, Region::parse("JP").expect("JP")).expect("a number"))
}

#[test]
fn every_channel_has_its_own_countries_and_kinds() {
    let sending = config(&with("")).gate.sending;
    let allows = |channel, to: &str| sending.allows(channel, &number(to));
    assert_eq!(allows(Channel::Sms, "090-1234-5678"), Ok(()));
    assert_eq!(allows(Channel::Sms, "03-1234-5678"), Err(Barred::Kind(NumberKind::Fixed)));
    assert_eq!(allows(Channel::Voice, "03-1234-5678"), Ok(()), "a fixed line can be called, in the countries of [sms]");
    assert_eq!(allows(Channel::Whatsapp, "03-1234-5678"), Err(Barred::Kind(NumberKind::Fixed)));
    let us = Some(Region::parse("US").expect("US"));
    assert_eq!(allows(Channel::Voice, "+1 212 555 0123"), Err(Barred::Country(us)));
    let mail = Address::Mail(Mail::parse("alice@clinic.example").expect("an address"));
    assert_eq!(sending.allows(Channel::Email, &mail), Ok(()));
    let more = "[voice]\ncountries = [\"US\"]\nnumber_types = [\"voip\"]\n[email]\ndomains = [\"Hospital.example\"]\n";
    let sending = config(&with(more)).gate.sending;
    assert_eq!(sending.allows(Channel::Email, &mail), Err(Barred::Domain));
    assert_eq!(sending.lanes[&Channel::Email].allowed, Allowed::Mail(Some(vec!["hospital.example".to_owned()])));
    assert_eq!(
        sending.allows(Channel::Voice, &number("050-1234-5678")),
        Err(Barred::Country(Some(Region::parse("JP").expect("JP"))))
    );
}

#[test]
fn a_channel_that_may_send_nowhere_is_told() {
    let voice = |keys: &str| format!("[voice]\n{keys}\n[[voice.provider]]\nkind = \"console\"\n");
    for (text, code) in [
        (edited(JP, "countries = []"), "W203 10:13"),
        (edited(JP, "countries = [\"JP\"]\nnumber_types = []"), "W203 11:16"),
        (with(&voice("countries = []")), "W203 27:13"),
        (with(&voice("number_types = []")), "W203 27:16"),
        (with("[email]\ndomains = []\n[[email.provider]]\nkind = \"console\"\n"), "W203 27:11"),
        (with("[email]\ndomains = [\"a@b.example\"]\n"), "E106 27:12"),
        (with("[voice]\nnumber_types = [\"mobil\"]\n"), "E106 27:17"),
        (edited(JP, "countries = [\"JP\"]\nreport = [\"per_nummber\"]"), "E106 11:11"),
        (edited(JP, "countries = [\"JP\"]\nper_prefx = []"), "E103 11:1"),
        (with("[email]\ncountries = []\n"), "E103 27:1"),
    ] {
        let loaded = loaded(&text);
        assert_eq!(told(&loaded), [code], "{text}\n{}", render::human(&loaded, false));
    }
}

#[test]
fn limits_are_one_quota_or_several_and_some_of_them_only_tell() {
    let keys = "countries = [\"JP\"]\nin_all = \"7/m\"\nper_country = [\"8/m\", \"9/h\"]\nper_address = []\n\
                hourly_budget = \"3 USD\"\nreport = [\"per_country\", \"hourly_budget\"]";
    let sending = config(&edited(JP, keys)).gate.sending;
    let limits = &sending.limits;
    assert_eq!(limits.all.quotas, [Quota { limit: 7, per: std::time::Duration::from_secs(60) }]);
    assert_eq!((limits.country.quotas.len(), limits.address.quotas.len()), (2, 0));
    assert_eq!(limits.user.quotas, limits.number.quotas, "what is not said of people is as of numbers");
    assert!(limits.country.report && !limits.prefix.report && !limits.all.report);
    let budgets: Vec<_> = sending.budgets().map(|b| (b.name, b.quota.limit, b.report)).collect();
    assert_eq!(budgets, [("money per hour", 3_000_000, true)]);
}

#[test]
fn a_country_costs_the_most_that_any_provider_asks() {
    let two = "kind = \"console\"\nprice = \"0.02 USD\"\nprices = { JP = \"0.07 USD\", US = \"0.01 USD\" }\n\
               [[sms.provider]]\nkind = \"file\"\npath = \"out\"\nprice = \"0.05 USD\"";
    let sending = config(&edited("kind = \"console\"", two)).gate.sending;
    let prices = &sending.lanes[&Channel::Sms].prices;
    let of = |code: &str| prices.of(Region::parse(code));
    assert_eq!([of("JP"), of("US"), of("DE")], [70_000, 50_000, 50_000]);
    let parts = |locale| sending.parts.iter().find(|(known, _)| *known == locale).expect("every language").1;
    assert_eq!((parts(Locale::En), parts(Locale::Ja)), (1, 1));
}

#[test]
fn amounts_that_do_not_fit_together_are_told() {
    let budget = "countries = [\"JP\"]\ndaily_budget = \"3 USD\"";
    let priced = |prices: &str| {
        edited(JP, budget).replacen("kind = \"console\"", &format!("kind = \"console\"\nprices = {prices}"), 1)
    };
    let voice = "[voice]\n[[voice.provider]]\nkind = \"console\"\nprice = \"30 JPY\"\n";
    for (text, code) in [
        (priced("{ JP = \"7 JPY\" }"), "E108 15:17"),
        (priced("{ JP = \"4 USD\" }"), "E107 11:16"),
        (priced("{ XX = \"0.1 USD\" }"), "E106 15:12"),
        (priced("{ JP = \"7\" }"), "E106 15:17"),
        (priced("\"0.1 USD\""), "E105 15:10"),
        (edited(JP, budget) + voice, "E108 29:9"),
        (edited(JP, &format!("{budget}\nhourly_budget = \"3 JPY\"")), "E108 12:17"),
        (edited(JP, &format!("{budget}\nhourly_budget = \"0.01 USD\"")), "E107 12:17"),
    ] {
        let loaded = loaded(&text);
        assert_eq!(told(&loaded), [code], "{text}\n{}", render::human(&loaded, false));
    }
}

#[test]
fn who_asks_about_sim_cards_says_what_follows_without_an_answer() {
    let camara = "[sms.sim_swap]\nkind = \"camara\"\non_error = \"refuse\"\nbase_url = \"https://api.operator.example\"\n\
                  token_url = \"https://auth.operator.example/t\"\nclient_id = \"us\"\nclient_secret = \"s3cret\"\n";
    let settings = config(&with(camara)).sim_swap.expect("asked");
    assert_eq!((settings.within.as_secs(), settings.remember.as_secs()), (72 * 3600, 600));
    let twilio = "[sms.sim_swap]\nkind = \"twilio\"\non_error = \"send\"\naccount = \"AC1\"\ntoken = \"s3cret\"\n";
    assert!(config(&with(twilio)).sim_swap.is_some());
    assert!(config(BASE).sim_swap.is_none());
    for (text, codes) in [
        (camara.replace("on_error = \"refuse\"\n", ""), "E104 26:1"),
        (camara.replace("refuse", "ignore"), "E106 28:12"),
        (camara.replace("https://api", "http://api"), "W207 29:12"),
        (camara.replace("client_id", "klient_id"), "E103 31:1"),
        (camara.replace("on_error", "within = \"5m\"\non_error"), "E107 28:10"),
        (twilio.replace("twilio", "twillio"), "E106 27:8"),
    ] {
        let loaded = loaded(&with(&text));
        let told = told(&loaded);
        assert_eq!(told, [codes], "{text}\n{}", render::human(&loaded, false));
    }
}

#[test]
fn what_comes_of_messages_is_watched_as_the_operator_says() {
    let of = |keys: &str| config(&with(&format!("[sms.conversion]\n{keys}\n"))).gate.sending.conversion;
    let usual = of("").expect("watched");
    assert!(usual.report && usual.least == [20, 10] && usual.below == 20);
    assert!(!of("mode = \"enforce\"").expect("watched").report);
    assert!(of("mode = \"off\"").is_none());
    for (keys, code) in [("stop = \"2h\"\nlongest = \"1h\"", "E107 28:11"), ("stop = \"4m\"", "E107 27:8")] {
        let loaded = loaded(&with(&format!("[sms.conversion]\n{keys}\n")));
        assert_eq!(told(&loaded), [code], "{keys}");
    }
}
