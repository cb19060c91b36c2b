//! The pages in German.

use super::count::{Counted, Rule};
use super::page::{CodePage, Common, No, Page, PerChannel, Says, SignIn, Sources, Tries, Unsent, Waits};
use super::span::Spans;
use super::{Hole, emergency, factors, me, passkeys};

pub static PAGE: Page = Page {
    common: Common {
        error: Hole::new("Fehler: {}"),
        help: Hole::new("Hilfe: {}"),
        request: Hole::new("Wenn Sie um Hilfe bitten, nennen Sie diese Nummer: {}"),
        full_window: "Im ganzen Fenster öffnen",
        start_again: "Neu beginnen",
        go_on: "Weiter",
        signed_in_as: Hole::new("Angemeldet als {}"),
        sign_out: "Abmelden",
    },
    sign_in: SignIn {
        title: "Anmelden",
        lead: "Für diese Seite brauchen Sie einen Einmalcode. Wir senden ihn an die Telefonnummer oder Adresse, die für Sie \
               hinterlegt ist.",
        title_again: "Bestätigen Sie, dass Sie es sind",
        lead_again: "Für diese Seite brauchen Sie einen neuen Einmalcode. Wir senden ihn an die Telefonnummer oder \
                     Adresse, die für Sie hinterlegt ist.",
        username: "Benutzername",
        password: "Passwort",
        send: "Code senden",
    },
    sources: Sources {
        with: Hole::new("Mit {} anmelden"),
        unknown: Says {
            title: "Sie wurden nicht erkannt",
            detail: "Diese Seite ist für Personen, die anderswo bereits angemeldet sind: mit Karte oder Zertifikat oder über das Portal Ihrer Organisation. Melden Sie sich dort an und öffnen Sie diese Seite dann erneut.",
        },
        leaving: Says { title: "Einen Moment", detail: "Sie werden zur Anmeldeseite weitergeleitet." },
        failed: Says {
            title: "Sie sind nicht angemeldet",
            detail: "Die Anmeldung wurde abgebrochen oder hat zu lange gedauert. Es wurde nichts gesendet. Bitte beginnen Sie noch einmal.",
        },
    },
    code: CodePage {
        title: "Code eingeben",
        to: "Gesendet an",
        state: "Status",
        life: "Gültig",
        went: PerChannel {
            sms: Hole::new("{} (SMS)"),
            voice: Hole::new("{} (Anruf)"),
            whatsapp: Hole::new("{} (WhatsApp)"),
            email: Hole::new("{} (E-Mail)"),
        },
        ending_in: Hole::new("Nummer mit den Endziffern {}"),
        mail_at: Hole::new("E-Mail-Adresse bei {}"),
        registered: PerChannel {
            sms: "Ihr hinterlegtes Telefon",
            voice: "Ihr hinterlegtes Telefon",
            whatsapp: "Ihr hinterlegtes Telefon",
            email: "Ihre hinterlegte Adresse",
        },
        if_registered: "Ein Code kommt nur an, wenn zu diesem Benutzernamen eine Telefonnummer oder Adresse hinterlegt ist.",
        queued: "Wird gesendet …",
        sent: "Zur Zustellung übergeben",
        delivered: "Auf dem Telefon angekommen",
        failed: "Konnte nicht gesendet werden",
        failed_next: "Der Code konnte nicht gesendet werden. Drücken Sie „Erneut senden“. Wenn auch das nicht hilft, bitten \
                      Sie um Hilfe.",
        refresh: "Aktualisieren",
        digits: Hole::new("Code ({} Ziffern)"),
        characters: Hole::new("Code ({} Buchstaben und Ziffern)"),
        check: "Weiter",
        not_arrived: "Noch kein Code?",
        resend: "Erneut senden",
        resend_in: Hole::new("Sie können ihn in {} erneut senden."),
        resend_now: "Sie erhalten denselben Code noch einmal.",
        resent: "Der Code wird erneut gesendet.",
        start_over: "Von vorn beginnen",
        other_ways: "Andere Wege, den Code zu erhalten",
        send_by: PerChannel {
            sms: "Per SMS senden",
            voice: "Mich anrufen",
            whatsapp: "Per WhatsApp senden",
            email: "Per E-Mail senden",
        },
        next: PerChannel {
            sms: Hole::new("Wird kein Code eingegeben, senden wir ihn in {} per SMS."),
            voice: Hole::new("Wird kein Code eingegeben, rufen wir Sie in {} an."),
            whatsapp: Hole::new("Wird kein Code eingegeben, senden wir ihn in {} per WhatsApp."),
            email: Hole::new("Wird kein Code eingegeben, senden wir ihn in {} per E-Mail."),
        },
        call_hint: "Wenn wir anrufen, drücken Sie eine beliebige Taste, um den Code zu hören.",
        weak: PerChannel {
            sms: "SMS ist ein weniger sicherer Weg für einen Code: Nachrichten können mitgelesen und Rufnummern übernommen \
                  werden. Geben Sie den Code niemandem weiter, auch uns nicht.",
            voice: "Ein Anruf ist ein weniger sicherer Weg für einen Code: Anrufe können umgeleitet und Rufnummern \
                    übernommen werden. Geben Sie den Code niemandem weiter, auch uns nicht.",
            whatsapp: "WhatsApp hängt an Ihrer Rufnummer: Wer die Nummer übernimmt, kann den Code erhalten. Geben Sie den \
                       Code niemandem weiter, auch uns nicht.",
            email: "E-Mail ist der unsicherste Weg für einen Code: Wer das Postfach öffnen kann, kann ihn lesen. Geben Sie \
                    den Code niemandem weiter, auch uns nicht.",
        },
    },
    factors: factors::DE,
    emergency: emergency::DE,
    unsent: Unsent {
        title: "Ihr Formular wurde nicht gesendet",
        lead: "Zuerst wird ein Einmalcode gebraucht. Ihre Eingaben sind noch in diesem Browser und wurden nicht gesendet. \
               Bitte gehen Sie so vor:",
        open: "Code anfordern",
        new_tab: "(öffnet sich in einem neuen Tab)",
        enter: "Geben Sie dort den Code ein.",
        reload: "Kehren Sie in diesen Tab zurück und laden Sie ihn neu. Bestätigen Sie, wenn der Browser fragt, ob das \
                 Formular erneut gesendet werden soll.",
        or_back: "Sie können auch mit „Zurück“ im Browser zum Formular gehen, Ihre Eingaben prüfen und es noch einmal senden.",
    },
    spans: Spans {
        seconds: Counted::pair(Rule::OneAlone, "{} Sekunde", "{} Sekunden"),
        minutes: Counted::pair(Rule::OneAlone, "{} Minute", "{} Minuten"),
        hours: Counted::pair(Rule::OneAlone, "{} Stunde", "{} Stunden"),
        now: "(gerade eben)",
        ago: Hole::new("(vor {})"),
        left: Hole::new("noch {}"),
    },
    me: me::de::ME,
    login: super::page::Login {
        not_registered: Says {
            title: "Für Sie ist kein Telefon hinterlegt",
            detail: "Die Anwendung hat Ihr Passwort angenommen, aber wir kennen keine Nummer und keine \
                     Adresse, an die wir den Einmalcode senden könnten. Sie wurden deshalb nicht angemeldet. \
                     Bitten Sie um Hilfe, damit Ihre Nummer hinterlegt wird, und melden Sie sich dann neu an.",
        },
        answer_unfit: Says {
            title: "Sie konnten nicht angemeldet werden",
            detail: "Die Anwendung hat Ihr Passwort angenommen, aber ihre Antwort ließ sich nicht \
                     aufbewahren, bis Ihr Code geprüft ist. Es liegt nicht an Ihnen. Bitten Sie um Hilfe.",
        },
    },
    no: NO,
    passkeys: passkeys::DE,
    already_through: Says {
        title: "Sie sind schon bestätigt",
        detail: "Der Code wurde angenommen. Sie werden zu Ihrer Seite weitergeleitet.",
    },
    signed_out: Says {
        title: "Sie sind abgemeldet",
        detail: "Wenn auch andere diesen Computer benutzen, schließen Sie zusätzlich alle Fenster des Browsers.",
    },
    stale_form: Says {
        title: "Diese Seite war veraltet",
        detail: "Es wurde nichts gesendet. Bitte versuchen Sie es noch einmal. Wenn Sie dies wieder sehen, erlauben Sie \
                 Cookies für diese Website.",
    },
    code_needed: Says {
        title: "Ein Einmalcode ist nötig",
        detail: "Beginnen Sie eine Challenge für diesen Scope, oder zeigen Sie der Person die Seite unter „challenge“; \
                 fragen Sie danach erneut an.",
    },
};

const NO: No = No {
    malformed: Says {
        title: "Die Anfrage war nicht zu verstehen",
        detail: "Sie ist unvollständig oder hat nicht die erwartete Form. Gehen Sie zurück und versuchen Sie es noch einmal.",
    },
    path: Says {
        title: "Die Adresse war nicht zu verstehen",
        detail: "Sie kann auf mehrere Arten gelesen werden. Prüfen Sie den Link, dem Sie gefolgt sind.",
    },
    unknown_host: Says {
        title: "Diese Website gibt es hier nicht",
        detail: "Prüfen Sie den Hostnamen in der Adresse.",
    },
    unencrypted: Says {
        title: "Diese Website ist nur über https erreichbar",
        detail: "Was Sie gesendet haben, ging unverschlüsselt über das Netz und wurde nicht angenommen. Benutzen Sie die \
                 Adresse mit https.",
    },
    no_route: Says {
        title: "Unter dieser Adresse gibt es nichts",
        detail: "Prüfen Sie die Adresse, oder gehen Sie zurück zu der Seite, von der Sie kamen.",
    },
    denied: Says {
        title: "Diese Seite ist gesperrt",
        detail: "Von hier aus lässt sie sich nicht öffnen. Wenn Sie sie brauchen, bitten Sie um Hilfe.",
    },
    method: Says { title: "Das geht hier nicht", detail: "Diese Adresse nimmt diese Art von Anfrage nicht an." },
    headers_too_large: Says {
        title: "Die Anfrage ist zu groß",
        detail: "Ihr Kopf ist zu lang. Meist hilft es, die Cookies dieser Website zu löschen.",
    },
    too_slow: Says {
        title: "Die Anfrage kam nicht rechtzeitig an",
        detail: "Vielleicht ist die Verbindung schlecht. Bitte versuchen Sie es noch einmal.",
    },
    body_too_large: Says {
        title: "Das war zu viel auf einmal",
        detail: "Senden Sie weniger oder eine kleinere Datei.",
    },
    body_type: Says {
        title: "Dieses Format wird nicht angenommen",
        detail: "Senden Sie den Inhalt in der Form, die diese Adresse annimmt.",
    },
    cross_site: Says {
        title: "Die Anfrage wurde angehalten",
        detail: "Es war nicht zu erkennen, dass sie von dieser Website selbst kommt. Öffnen Sie die Seite unter ihrer eigenen \
                 Adresse und versuchen Sie es noch einmal.",
    },
    who_are_you: Says {
        title: "Es fehlt etwas",
        detail: "Füllen Sie jedes Feld aus, und versuchen Sie es dann noch einmal.",
    },
    wrong_credentials: Says {
        title: "Die Anmeldung ist fehlgeschlagen",
        detail: "Benutzername oder Passwort stimmen nicht, oder dieser Benutzer darf diese Seite nicht öffnen.",
    },
    unknown_scope: Says {
        title: "Dieser Link ist unvollständig",
        detail: "Öffnen Sie die gewünschte Seite noch einmal; sie führt Sie auf dem richtigen Weg hierher.",
    },
    unknown_challenge: Says {
        title: "Hier wird kein Code erwartet",
        detail: "Er wurde in einem anderen Browser oder schon vor einer Weile angefordert. Bitte beginnen Sie neu.",
    },
    not_a_code: Says {
        title: "Der Code ist nicht vollständig",
        detail: "Geben Sie ihn genau so ein, wie er in der Nachricht steht. Das hat keinen Versuch gekostet.",
    },
    wrong_code: Tries {
        title: "Der Code stimmt nicht",
        none: "Es ist kein Versuch mehr übrig. Bitte beginnen Sie neu.",
        left: Counted::pair(
            Rule::OneAlone,
            "Sehen Sie noch einmal in die neueste Nachricht. Es ist noch {} Versuch übrig.",
            "Sehen Sie noch einmal in die neueste Nachricht. Es sind noch {} Versuche übrig.",
        ),
    },
    expired: Says { title: "Der Code ist abgelaufen", detail: "Beginnen Sie neu, um einen neuen zu erhalten." },
    used: Says {
        title: "Der Code wurde schon benutzt",
        detail: "Ein Code gilt nur einmal. Beginnen Sie neu, um einen neuen zu erhalten.",
    },
    out_of_tries: Says {
        title: "Zu viele falsche Codes",
        detail: "Dieser Code gilt nicht mehr. Beginnen Sie neu, um einen neuen zu erhalten.",
    },
    no_such_channel: Says {
        title: "Der Code kann nicht auf diesem Weg gesendet werden",
        detail: "Bitte wählen Sie einen anderen Weg.",
    },
    no_resend_left: Says {
        title: "Keine weitere Nachricht für diesen Code",
        detail: "Benutzen Sie die neueste Nachricht, oder beginnen Sie von vorn, um einen neuen Code zu erhalten.",
    },
    cooling: Waits {
        title: "Bitte warten Sie einen Augenblick",
        detail: Hole::new("Sie können den Code in {} erneut senden."),
    },
    waiting: Waits {
        title: "Zu viele falsche Codes",
        detail: Hole::new("Dieses Konto macht zu Ihrem Schutz eine Pause. Versuchen Sie es in {} wieder."),
    },
    closed: Says {
        title: "Dieses Konto ist gesperrt",
        detail: "Es gab zu viele falsche Codes. Bitten Sie Ihren Helpdesk, es zu entsperren; in einem Browser, in dem Sie sich \
                 schon einmal angemeldet haben, geht es möglicherweise weiterhin.",
    },
    limited: Waits { title: "Zu viele Anfragen", detail: Hole::new("Bitte versuchen Sie es in {} wieder.") },
    number_swapped: Says {
        title: "Diese Nummer kann nicht verwendet werden",
        detail: "Die SIM-Karte dieser Nummer wurde vor Kurzem gewechselt. Zur Sicherheit wurde kein Code gesendet. Es braucht einen anderen Weg: Bitte lassen Sie sich helfen.",
    },
    outage: Says {
        title: "Zurzeit nicht verfügbar",
        detail: "Ein Teil, den diese Seite braucht, funktioniert gerade nicht. Bitte versuchen Sie es gleich noch einmal.",
    },
    upstream_down: Says {
        title: "Die Anwendung antwortet nicht",
        detail: "Bitte versuchen Sie es gleich noch einmal.",
    },
    upstream_slow: Says {
        title: "Die Anwendung braucht zu lange",
        detail: "Wenn Sie gerade etwas gespeichert haben, prüfen Sie, ob es angekommen ist, bevor Sie es noch einmal senden.",
    },
};
