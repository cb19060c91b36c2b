//! The pages in English.

use super::count::{Counted, Rule};
use super::page::{CodePage, Common, No, Page, PerChannel, Says, SignIn, Sources, Tries, Unsent, Waits};
use super::span::Spans;
use super::{Hole, emergency, factors, me, passkeys};

pub static PAGE: Page = Page {
    common: Common {
        error: Hole::new("Error: {}"),
        help: Hole::new("Help: {}"),
        request: Hole::new("If you ask for help, give this number: {}"),
        full_window: "Open in the full window",
        start_again: "Start again",
        go_on: "Continue",
        signed_in_as: Hole::new("Signed in as {}"),
        sign_out: "Sign out",
    },
    sign_in: SignIn {
        title: "Sign in",
        lead: "This page needs a one-time code. We send it to the phone number or address that is registered for you.",
        title_again: "Confirm that it is you",
        lead_again: "This page needs a fresh one-time code. We send it to the phone number or address that is registered for you.",
        username: "User name",
        password: "Password",
        send: "Send code",
    },
    sources: Sources {
        with: Hole::new("Sign in with {}"),
        unknown: Says {
            title: "You were not recognised",
            detail: "This page is for people who are signed in elsewhere already: with a card or certificate, or by way of your organisation’s portal. Sign in there, then open this page again.",
        },
        leaving: Says { title: "One moment", detail: "You are being taken to the page where you sign in." },
        failed: Says {
            title: "You are not signed in",
            detail: "The sign-in was stopped or took too long. Nothing was sent. Please start again.",
        },
    },
    code: CodePage {
        title: "Enter the code",
        to: "Sent to",
        state: "Status",
        life: "Valid",
        went: PerChannel {
            sms: Hole::new("{} (SMS)"),
            voice: Hole::new("{} (phone call)"),
            whatsapp: Hole::new("{} (WhatsApp)"),
            email: Hole::new("{} (e-mail)"),
        },
        ending_in: Hole::new("number ending in {}"),
        mail_at: Hole::new("e-mail address at {}"),
        registered: PerChannel {
            sms: "your registered phone",
            voice: "your registered phone",
            whatsapp: "your registered phone",
            email: "your registered address",
        },
        if_registered: "A code arrives only if a phone number or an address is registered for this user name.",
        queued: "Sending…",
        sent: "Handed over for delivery",
        delivered: "Delivered to the phone",
        failed: "Could not be sent",
        failed_next: "The message could not be sent. Press “Send again”. If that does not help either, ask for help.",
        refresh: "Update",
        digits: Hole::new("Code ({} digits)"),
        characters: Hole::new("Code ({} letters and digits)"),
        check: "Continue",
        not_arrived: "No code yet?",
        resend: "Send again",
        resend_in: Hole::new("You can send it again in {}."),
        resend_now: "You get the same code once more.",
        resent: "The code is being sent again.",
        start_over: "Start over",
        other_ways: "Other ways to get the code",
        send_by: PerChannel {
            sms: "Send by SMS",
            voice: "Call me",
            whatsapp: "Send by WhatsApp",
            email: "Send by e-mail",
        },
        next: PerChannel {
            sms: Hole::new("If no code is entered, we will send it by SMS in {}."),
            voice: Hole::new("If no code is entered, we will call you in {}."),
            whatsapp: Hole::new("If no code is entered, we will send it by WhatsApp in {}."),
            email: Hole::new("If no code is entered, we will send it by e-mail in {}."),
        },
        call_hint: "When we call, press any key to hear the code.",
        weak: PerChannel {
            sms: "SMS is a weaker way to receive a code: messages can be read by others and numbers can be taken over. \
                  Never tell anybody the code, not even us.",
            voice: "A phone call is a weaker way to receive a code: calls can be diverted and numbers can be taken over. \
                    Never tell anybody the code, not even us.",
            whatsapp: "WhatsApp depends on your phone number: whoever takes the number over can receive the code. \
                       Never tell anybody the code, not even us.",
            email: "E-mail is the weakest way to receive a code: whoever can open the mailbox can read it. \
                    Never tell anybody the code, not even us.",
        },
    },
    factors: factors::EN,
    emergency: emergency::EN,
    unsent: Unsent {
        title: "Your form was not sent",
        lead: "A one-time code is needed first. What you filled in is still in this browser and was not sent. \
               Please do this:",
        open: "Get a code",
        new_tab: "(opens in a new tab)",
        enter: "Enter the code there.",
        reload: "Come back to this tab and reload it. When the browser asks whether to send the form again, confirm.",
        or_back: "You can also press the browser’s Back button, check what you filled in, and send it again.",
    },
    spans: Spans {
        seconds: Counted::pair(Rule::OneAlone, "{} second", "{} seconds"),
        minutes: Counted::pair(Rule::OneAlone, "{} minute", "{} minutes"),
        hours: Counted::pair(Rule::OneAlone, "{} hour", "{} hours"),
        now: "just now",
        ago: Hole::new("{} ago"),
        left: Hole::new("{} left"),
    },
    me: me::en::ME,
    login: super::page::Login {
        not_registered: Says {
            title: "No phone is registered for you",
            detail: "The application accepted your password, but we know no phone number or address to send \
                     your one-time code to, so you were not signed in. Ask for help to have your number \
                     registered, then sign in again.",
        },
        answer_unfit: Says {
            title: "You could not be signed in",
            detail: "The application accepted your password, but its answer could not be kept until your code \
                     is checked. It is not your fault. Ask for help.",
        },
    },
    no: NO,
    passkeys: passkeys::EN,
    already_through: Says {
        title: "You are already through",
        detail: "The code was accepted. You are being taken to your page.",
    },
    signed_out: Says {
        title: "You are signed out",
        detail: "If other people use this computer, close all windows of the browser as well.",
    },
    stale_form: Says {
        title: "This page was out of date",
        detail: "Nothing was sent. Please try once more. If you see this again, allow cookies for this site.",
    },
    code_needed: Says {
        title: "A one-time code is needed",
        detail: "Begin a challenge for this scope, or show the person the page at “challenge”; then ask again.",
    },
};

const NO: No = No {
    malformed: Says {
        title: "The request could not be understood",
        detail: "It is incomplete or not in the expected form. Go back and try again.",
    },
    path: Says {
        title: "The address could not be understood",
        detail: "It can be read in more than one way. Check the link that you followed.",
    },
    unknown_host: Says { title: "This site is not served here", detail: "Check the host name in the address." },
    unencrypted: Says {
        title: "This site is served over https only",
        detail: "What you sent went over the network unencrypted and was not taken. Use the address with https.",
    },
    no_route: Says {
        title: "There is nothing at this address",
        detail: "Check the address, or go back to the page that you came from.",
    },
    denied: Says {
        title: "This page is closed",
        detail: "It cannot be opened from here. If you need it, ask for help.",
    },
    method: Says { title: "That is not possible here", detail: "This address does not take this kind of request." },
    headers_too_large: Says {
        title: "The request is too large",
        detail: "Its header is too long. Deleting the cookies of this site usually helps.",
    },
    too_slow: Says {
        title: "The request did not arrive in time",
        detail: "The connection may be poor. Please try again.",
    },
    body_too_large: Says { title: "Too much was sent at once", detail: "Send less, or a smaller file." },
    body_type: Says {
        title: "This format is not accepted",
        detail: "Send the content in the form that this address takes.",
    },
    cross_site: Says {
        title: "The request was stopped",
        detail: "It did not show that it comes from this site itself. Open the page at its own address and try again.",
    },
    who_are_you: Says { title: "Something is missing", detail: "Fill in every field, then try again." },
    wrong_credentials: Says {
        title: "Sign-in failed",
        detail: "The user name or the password is not right, or this user may not open this page.",
    },
    unknown_scope: Says {
        title: "This link is incomplete",
        detail: "Open the page that you want once more; it leads you here in the right way.",
    },
    unknown_challenge: Says {
        title: "No code is waiting here",
        detail: "It was asked for in another browser, or a while ago. Please start again.",
    },
    not_a_code: Says {
        title: "The code is not complete",
        detail: "Enter it exactly as in the message. This did not use up a try.",
    },
    wrong_code: Tries {
        title: "The code is not right",
        none: "No tries are left. Please start again.",
        left: Counted::pair(
            Rule::OneAlone,
            "Look at the latest message once more. {} try is left.",
            "Look at the latest message once more. {} tries are left.",
        ),
    },
    expired: Says { title: "The code has expired", detail: "Start again to get a new one." },
    used: Says { title: "The code has been used", detail: "A code opens once only. Start again to get a new one." },
    out_of_tries: Says {
        title: "Too many wrong codes",
        detail: "This code does not open any more. Start again to get a new one.",
    },
    no_such_channel: Says { title: "The code cannot be sent that way", detail: "Please choose another way." },
    no_resend_left: Says {
        title: "No further message for this code",
        detail: "Use the latest message, or start over to get a new code.",
    },
    cooling: Waits { title: "Please wait a moment", detail: Hole::new("You can send the code again in {}.") },
    waiting: Waits {
        title: "Too many wrong codes",
        detail: Hole::new("This account is paused for your protection. Try again in {}."),
    },
    closed: Says {
        title: "This account is locked",
        detail: "There were too many wrong codes. Ask your help desk to unlock it; a browser in which you signed in before \
                 may still work.",
    },
    limited: Waits { title: "Too many requests", detail: Hole::new("Please try again in {}.") },
    number_swapped: Says {
        title: "This number cannot be used",
        detail: "The SIM card of this number was changed lately. To be safe, no code was sent. Another way is needed: please ask for help.",
    },
    outage: Says {
        title: "Not available just now",
        detail: "A part that this page needs is not working. Please try again in a moment.",
    },
    upstream_down: Says { title: "The application does not answer", detail: "Please try again in a moment." },
    upstream_slow: Says {
        title: "The application takes too long",
        detail: "If you were saving something, check whether it arrived before you send it again.",
    },
};
