//! The pages in French.

use super::count::{Counted, Rule};
use super::page::{CodePage, Common, No, Page, PerChannel, Says, SignIn, Sources, Tries, Unsent, Waits};
use super::span::Spans;
use super::{Hole, emergency, factors, me, passkeys};

pub static PAGE: Page = Page {
    common: Common {
        error: Hole::new("Erreur : {}"),
        help: Hole::new("Aide : {}"),
        request: Hole::new("Si vous demandez de l’aide, indiquez ce numéro : {}"),
        full_window: "Ouvrir en pleine fenêtre",
        start_again: "Recommencer",
        go_on: "Continuer",
        signed_in_as: Hole::new("Session ouverte en tant que {}"),
        sign_out: "Se déconnecter",
    },
    sign_in: SignIn {
        title: "Connexion",
        lead: "Cette page demande un code à usage unique. Nous l’envoyons au numéro de téléphone ou à l’adresse enregistrés \
               pour vous.",
        title_again: "Confirmez votre identité",
        lead_again: "Cette page demande un nouveau code à usage unique. Nous l’envoyons au numéro de téléphone ou à l’adresse \
                     enregistrés pour vous.",
        username: "Nom d’utilisateur",
        password: "Mot de passe",
        send: "Envoyer le code",
    },
    sources: Sources {
        with: Hole::new("Se connecter avec {}"),
        unknown: Says {
            title: "Vous n’avez pas été reconnu",
            detail: "Cette page est destinée aux personnes déjà connectées ailleurs : avec une carte ou un certificat, ou par le portail de votre organisation. Connectez-vous là-bas, puis rouvrez cette page.",
        },
        leaving: Says { title: "Un instant", detail: "Vous allez être conduit à la page de connexion." },
        failed: Says {
            title: "Vous n’êtes pas connecté",
            detail: "La connexion a été interrompue ou a pris trop de temps. Rien n’a été envoyé. Veuillez recommencer.",
        },
    },
    code: CodePage {
        title: "Saisissez le code",
        to: "Envoyé à",
        state: "État",
        life: "Valable",
        went: PerChannel {
            sms: Hole::new("{} (SMS)"),
            voice: Hole::new("{} (appel)"),
            whatsapp: Hole::new("{} (WhatsApp)"),
            email: Hole::new("{} (e-mail)"),
        },
        ending_in: Hole::new("numéro se terminant par {}"),
        mail_at: Hole::new("adresse e-mail chez {}"),
        registered: PerChannel {
            sms: "votre téléphone enregistré",
            voice: "votre téléphone enregistré",
            whatsapp: "votre téléphone enregistré",
            email: "votre adresse enregistrée",
        },
        if_registered: "Un code n’arrive que si un numéro de téléphone ou une adresse est enregistré pour ce nom \
                        d’utilisateur.",
        queued: "Envoi en cours…",
        sent: "Remis pour acheminement",
        delivered: "Arrivé sur le téléphone",
        failed: "Envoi impossible",
        failed_next: "Le code n’a pas pu être envoyé. Appuyez sur « Renvoyer ». Si cela ne suffit pas, demandez de l’aide.",
        refresh: "Actualiser",
        digits: Hole::new("Code ({} chiffres)"),
        characters: Hole::new("Code ({} lettres et chiffres)"),
        check: "Continuer",
        not_arrived: "Pas encore de code ?",
        resend: "Renvoyer",
        resend_in: Hole::new("Vous pourrez le renvoyer dans {}."),
        resend_now: "Vous recevrez le même code une nouvelle fois.",
        resent: "Le code est renvoyé.",
        start_over: "Tout recommencer",
        other_ways: "Autres moyens de recevoir le code",
        send_by: PerChannel {
            sms: "Envoyer par SMS",
            voice: "M’appeler",
            whatsapp: "Envoyer par WhatsApp",
            email: "Envoyer par e-mail",
        },
        next: PerChannel {
            sms: Hole::new("Si aucun code n’est saisi, nous l’enverrons par SMS dans {}."),
            voice: Hole::new("Si aucun code n’est saisi, nous vous appellerons dans {}."),
            whatsapp: Hole::new("Si aucun code n’est saisi, nous l’enverrons par WhatsApp dans {}."),
            email: Hole::new("Si aucun code n’est saisi, nous l’enverrons par e-mail dans {}."),
        },
        call_hint: "Quand nous appelons, appuyez sur une touche quelconque pour entendre le code.",
        weak: PerChannel {
            sms: "Le SMS est un moyen moins sûr de recevoir un code : les messages peuvent être lus par d’autres et les numéros \
                  détournés. Ne communiquez le code à personne, pas même à nous.",
            voice: "L’appel est un moyen moins sûr de recevoir un code : les appels peuvent être renvoyés et les numéros \
                    détournés. Ne communiquez le code à personne, pas même à nous.",
            whatsapp: "WhatsApp dépend de votre numéro de téléphone : quiconque s’en empare peut recevoir le code. Ne \
                       communiquez le code à personne, pas même à nous.",
            email: "L’e-mail est le moyen le moins sûr de recevoir un code : quiconque peut ouvrir la boîte peut le lire. Ne \
                    communiquez le code à personne, pas même à nous.",
        },
    },
    factors: factors::FR,
    emergency: emergency::FR,
    unsent: Unsent {
        title: "Votre formulaire n’a pas été envoyé",
        lead: "Il faut d’abord un code à usage unique. Ce que vous avez saisi est encore dans ce navigateur et n’a pas été \
               envoyé. Procédez ainsi :",
        open: "Obtenir un code",
        new_tab: "(s’ouvre dans un nouvel onglet)",
        enter: "Saisissez-y le code.",
        reload: "Revenez à cet onglet et actualisez-le. Quand le navigateur demande s’il faut renvoyer le formulaire, confirmez.",
        or_back: "Vous pouvez aussi revenir au formulaire avec le bouton Précédent du navigateur, vérifier votre saisie et \
                  l’envoyer de nouveau.",
    },
    spans: Spans {
        seconds: Counted::pair(Rule::NoneLikeOne, "{} seconde", "{} secondes"),
        minutes: Counted::pair(Rule::NoneLikeOne, "{} minute", "{} minutes"),
        hours: Counted::pair(Rule::NoneLikeOne, "{} heure", "{} heures"),
        now: "(à l’instant)",
        ago: Hole::new("(il y a {})"),
        left: Hole::new("encore {}"),
    },
    me: me::fr::ME,
    login: super::page::Login {
        not_registered: Says {
            title: "Aucun téléphone n’est enregistré pour vous",
            detail: "L’application a accepté votre mot de passe, mais nous ne connaissons ni numéro ni \
                     adresse où envoyer votre code à usage unique : vous n’êtes donc pas connecté. Demandez \
                     de l’aide pour faire enregistrer votre numéro, puis connectez-vous à nouveau.",
        },
        answer_unfit: Says {
            title: "La connexion n’a pas pu aboutir",
            detail: "L’application a accepté votre mot de passe, mais sa réponse n’a pas pu être conservée \
                     jusqu’à la vérification de votre code. Vous n’y êtes pour rien. Demandez de l’aide.",
        },
    },
    no: NO,
    passkeys: passkeys::FR,
    already_through: Says {
        title: "Votre identité est déjà confirmée",
        detail: "Le code a été accepté. Votre page va s’ouvrir.",
    },
    signed_out: Says {
        title: "La session est fermée",
        detail: "Si d’autres personnes utilisent cet ordinateur, fermez aussi toutes les fenêtres du navigateur.",
    },
    stale_form: Says {
        title: "Cette page n’était plus à jour",
        detail: "Rien n’a été envoyé. Veuillez réessayer. Si ce message revient, autorisez les cookies pour ce site.",
    },
    code_needed: Says {
        title: "Un code à usage unique est nécessaire",
        detail: "Commencez un challenge pour ce scope, ou montrez à la personne la page indiquée par « challenge » ; refaites \
                 ensuite la requête.",
    },
};

const NO: No = No {
    malformed: Says {
        title: "La demande n’a pas pu être comprise",
        detail: "Elle est incomplète ou n’a pas la forme attendue. Revenez en arrière et réessayez.",
    },
    path: Says {
        title: "L’adresse n’a pas pu être comprise",
        detail: "Elle peut se lire de plusieurs façons. Vérifiez le lien que vous avez suivi.",
    },
    unknown_host: Says {
        title: "Ce site n’est pas servi ici", detail: "Vérifiez le nom d’hôte dans l’adresse."
    },
    unencrypted: Says {
        title: "Ce site n’est accessible qu’en https",
        detail: "Ce que vous avez envoyé a traversé le réseau sans chiffrement et n’a pas été accepté. Utilisez l’adresse en \
                 https.",
    },
    no_route: Says {
        title: "Il n’y a rien à cette adresse",
        detail: "Vérifiez l’adresse, ou revenez à la page d’où vous venez.",
    },
    denied: Says {
        title: "Cette page est fermée",
        detail: "Elle ne peut pas être ouverte d’ici. Si vous en avez besoin, demandez de l’aide.",
    },
    method: Says { title: "Ce n’est pas possible ici", detail: "Cette adresse n’accepte pas ce type de requête." },
    headers_too_large: Says {
        title: "La demande est trop volumineuse",
        detail: "Son en-tête est trop long. Supprimer les cookies de ce site suffit en général.",
    },
    too_slow: Says {
        title: "La demande n’est pas arrivée à temps",
        detail: "La connexion est peut-être mauvaise. Veuillez réessayer.",
    },
    body_too_large: Says {
        title: "L’envoi est trop volumineux",
        detail: "Envoyez moins de données, ou un fichier plus petit.",
    },
    body_type: Says {
        title: "Ce format n’est pas accepté",
        detail: "Envoyez le contenu dans un format que cette adresse accepte.",
    },
    cross_site: Says {
        title: "La demande a été arrêtée",
        detail: "Rien ne montrait qu’elle venait de ce site lui-même. Ouvrez la page à sa propre adresse et réessayez.",
    },
    who_are_you: Says { title: "Il manque quelque chose", detail: "Remplissez tous les champs, puis réessayez." },
    wrong_credentials: Says {
        title: "Échec de la connexion",
        detail: "Le nom d’utilisateur ou le mot de passe est incorrect, ou cet utilisateur n’a pas accès à cette page.",
    },
    unknown_scope: Says {
        title: "Ce lien est incomplet",
        detail: "Ouvrez de nouveau la page souhaitée ; elle vous conduira ici comme il faut.",
    },
    unknown_challenge: Says {
        title: "Aucun code n’est attendu ici",
        detail: "Il a été demandé dans un autre navigateur, ou il y a un certain temps. Veuillez recommencer.",
    },
    not_a_code: Says {
        title: "Le code n’est pas complet",
        detail: "Saisissez-le exactement comme dans le message. Aucun essai n’a été décompté.",
    },
    wrong_code: Tries {
        title: "Le code est incorrect",
        none: "Il ne reste aucun essai. Veuillez recommencer.",
        left: Counted::pair(
            Rule::NoneLikeOne,
            "Regardez encore une fois le dernier message. Il vous reste {} essai.",
            "Regardez encore une fois le dernier message. Il vous reste {} essais.",
        ),
    },
    expired: Says { title: "Le code a expiré", detail: "Recommencez pour en recevoir un nouveau." },
    used: Says {
        title: "Le code a déjà été utilisé",
        detail: "Un code ne sert qu’une fois. Recommencez pour en recevoir un nouveau.",
    },
    out_of_tries: Says {
        title: "Trop de codes incorrects",
        detail: "Ce code n’est plus valable. Recommencez pour en recevoir un nouveau.",
    },
    no_such_channel: Says {
        title: "Le code ne peut pas être envoyé ainsi",
        detail: "Veuillez choisir un autre moyen.",
    },
    no_resend_left: Says {
        title: "Plus aucun message pour ce code",
        detail: "Utilisez le dernier message, ou recommencez pour recevoir un nouveau code.",
    },
    cooling: Waits {
        title: "Veuillez patienter un instant",
        detail: Hole::new("Vous pourrez renvoyer le code dans {}."),
    },
    waiting: Waits {
        title: "Trop de codes incorrects",
        detail: Hole::new("Ce compte est suspendu pour votre protection. Réessayez dans {}."),
    },
    closed: Says {
        title: "Ce compte est verrouillé",
        detail: "Il y a eu trop de codes incorrects. Demandez à votre assistance de le déverrouiller ; un navigateur où \
                 vous avez déjà ouvert une session peut encore fonctionner.",
    },
    limited: Waits { title: "Trop de demandes", detail: Hole::new("Veuillez réessayer dans {}.") },
    number_swapped: Says {
        title: "Ce numéro ne peut pas être utilisé",
        detail: "La carte SIM de ce numéro a été changée récemment ; par sécurité, aucun code n’a été envoyé. Il faut un autre moyen : demandez de l’aide.",
    },
    outage: Says {
        title: "Indisponible pour le moment",
        detail: "Un élément nécessaire à cette page ne fonctionne pas. Veuillez réessayer dans un instant.",
    },
    upstream_down: Says { title: "L’application ne répond pas", detail: "Veuillez réessayer dans un instant." },
    upstream_slow: Says {
        title: "L’application met trop de temps à répondre",
        detail: "Si vous étiez en train d’enregistrer, vérifiez que c’est bien arrivé avant de renvoyer.",
    },
};
