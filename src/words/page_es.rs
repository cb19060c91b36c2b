//! The pages in Spanish.

use super::count::{Counted, Rule};
use super::page::{CodePage, Common, No, Page, PerChannel, Says, SignIn, Sources, Tries, Unsent, Waits};
use super::span::Spans;
use super::{Hole, emergency, factors, me, passkeys};

pub static PAGE: Page = Page {
    common: Common {
        error: Hole::new("Error: {}"),
        help: Hole::new("Ayuda: {}"),
        request: Hole::new("Si pide ayuda, indique este número: {}"),
        full_window: "Abrir en ventana completa",
        start_again: "Empezar de nuevo",
        go_on: "Continuar",
        signed_in_as: Hole::new("Sesión iniciada como {}"),
        sign_out: "Cerrar sesión",
    },
    sign_in: SignIn {
        title: "Iniciar sesión",
        lead: "Esta página requiere un código de un solo uso. Se lo enviamos al teléfono o a la dirección que tenemos \
               registrados para usted.",
        title_again: "Confirme que es usted",
        lead_again: "Esta página requiere un nuevo código de un solo uso. Se lo enviamos al teléfono o a la dirección que \
                     tenemos registrados para usted.",
        username: "Nombre de usuario",
        password: "Contraseña",
        send: "Enviar código",
    },
    sources: Sources {
        with: Hole::new("Iniciar sesión con {}"),
        unknown: Says {
            title: "No se le ha reconocido",
            detail: "Esta página es para quienes ya han iniciado sesión en otro lugar: con una tarjeta o un certificado, o a través del portal de su organización. Inicie sesión allí y vuelva a abrir esta página.",
        },
        leaving: Says { title: "Un momento", detail: "Se le lleva a la página donde se inicia sesión." },
        failed: Says {
            title: "No ha iniciado sesión",
            detail: "El inicio de sesión se interrumpió o tardó demasiado. No se ha enviado nada. Empiece de nuevo.",
        },
    },
    code: CodePage {
        title: "Introduzca el código",
        to: "Enviado a",
        state: "Estado",
        life: "Válido",
        went: PerChannel {
            sms: Hole::new("{} (SMS)"),
            voice: Hole::new("{} (llamada)"),
            whatsapp: Hole::new("{} (WhatsApp)"),
            email: Hole::new("{} (correo electrónico)"),
        },
        ending_in: Hole::new("número que termina en {}"),
        mail_at: Hole::new("dirección de correo en {}"),
        registered: PerChannel {
            sms: "su teléfono registrado",
            voice: "su teléfono registrado",
            whatsapp: "su teléfono registrado",
            email: "su dirección registrada",
        },
        if_registered: "Solo llega un código si hay un teléfono o una dirección registrados para este nombre de usuario.",
        queued: "Enviando…",
        sent: "Entregado al servicio de envío",
        delivered: "Recibido en el teléfono",
        failed: "No se pudo enviar",
        failed_next: "No se pudo enviar el código. Pulse «Enviar de nuevo». Si eso tampoco funciona, pida ayuda.",
        refresh: "Actualizar",
        digits: Hole::new("Código ({} cifras)"),
        characters: Hole::new("Código ({} letras y cifras)"),
        check: "Continuar",
        not_arrived: "¿Aún no tiene el código?",
        resend: "Enviar de nuevo",
        resend_in: Hole::new("Podrá enviarlo de nuevo dentro de {}."),
        resend_now: "Recibirá otra vez el mismo código.",
        resent: "El código se está enviando de nuevo.",
        start_over: "Volver a empezar",
        other_ways: "Otras formas de recibir el código",
        send_by: PerChannel {
            sms: "Enviar por SMS",
            voice: "Llámenme",
            whatsapp: "Enviar por WhatsApp",
            email: "Enviar por correo electrónico",
        },
        next: PerChannel {
            sms: Hole::new("Si no se introduce ningún código, lo enviaremos por SMS dentro de {}."),
            voice: Hole::new("Si no se introduce ningún código, le llamaremos dentro de {}."),
            whatsapp: Hole::new("Si no se introduce ningún código, lo enviaremos por WhatsApp dentro de {}."),
            email: Hole::new("Si no se introduce ningún código, lo enviaremos por correo electrónico dentro de {}."),
        },
        call_hint: "Cuando le llamemos, pulse cualquier tecla para oír el código.",
        weak: PerChannel {
            sms: "El SMS es un medio menos seguro para recibir un código: otros pueden leer los mensajes o apropiarse del \
                  número. No comunique el código a nadie, tampoco a nosotros.",
            voice: "La llamada es un medio menos seguro para recibir un código: las llamadas pueden desviarse y otros pueden \
                    apropiarse del número. No comunique el código a nadie, tampoco a nosotros.",
            whatsapp: "WhatsApp depende de su número de teléfono: quien se apropie de él puede recibir el código. No comunique \
                       el código a nadie, tampoco a nosotros.",
            email: "El correo electrónico es el medio menos seguro para recibir un código: quien pueda abrir el buzón puede \
                    leerlo. No comunique el código a nadie, tampoco a nosotros.",
        },
    },
    factors: factors::ES,
    emergency: emergency::ES,
    unsent: Unsent {
        title: "Su formulario no se ha enviado",
        lead: "Antes se necesita un código de un solo uso. Lo que ha escrito sigue en este navegador y no se ha enviado. Haga \
               lo siguiente:",
        open: "Obtener un código",
        new_tab: "(se abre en una pestaña nueva)",
        enter: "Introduzca allí el código.",
        reload: "Vuelva a esta pestaña y recárguela. Cuando el navegador pregunte si debe enviar de nuevo el formulario, \
                 confírmelo.",
        or_back: "También puede volver al formulario con el botón Atrás del navegador, revisar lo que escribió y enviarlo otra \
                  vez.",
    },
    spans: Spans {
        seconds: Counted::pair(Rule::OneAndMillions, "{} segundo", "{} segundos"),
        minutes: Counted::pair(Rule::OneAndMillions, "{} minuto", "{} minutos"),
        hours: Counted::pair(Rule::OneAndMillions, "{} hora", "{} horas"),
        now: "(ahora mismo)",
        ago: Hole::new("(hace {})"),
        left: Hole::new("{} más"),
    },
    me: me::es::ME,
    login: super::page::Login {
        not_registered: Says {
            title: "No hay ningún teléfono registrado a su nombre",
            detail: "La aplicación aceptó su contraseña, pero no conocemos ningún número ni dirección a donde \
                     enviar su código de un solo uso, así que no se inició la sesión. Pida ayuda para que \
                     registren su número y vuelva a iniciar sesión.",
        },
        answer_unfit: Says {
            title: "No se pudo iniciar la sesión",
            detail: "La aplicación aceptó su contraseña, pero su respuesta no se pudo guardar hasta comprobar \
                     su código. No es culpa suya. Pida ayuda.",
        },
    },
    no: NO,
    passkeys: passkeys::ES,
    already_through: Says {
        title: "Su identidad ya está confirmada",
        detail: "El código se ha aceptado. Le llevamos a su página.",
    },
    signed_out: Says {
        title: "Ha cerrado la sesión",
        detail: "Si otras personas usan este equipo, cierre también todas las ventanas del navegador.",
    },
    stale_form: Says {
        title: "Esta página había caducado",
        detail: "No se ha enviado nada. Inténtelo una vez más. Si vuelve a ver este mensaje, permita las cookies de este sitio.",
    },
    code_needed: Says {
        title: "Se necesita un código de un solo uso",
        detail: "Inicie un challenge para este scope, o muestre a la persona la página indicada en «challenge»; después, repita \
                 la petición.",
    },
};

const NO: No = No {
    malformed: Says {
        title: "No se pudo entender la petición",
        detail: "Está incompleta o no tiene la forma esperada. Vuelva atrás e inténtelo de nuevo.",
    },
    path: Says {
        title: "No se pudo entender la dirección",
        detail: "Se puede leer de varias maneras. Compruebe el enlace que ha seguido.",
    },
    unknown_host: Says {
        title: "Este sitio no se ofrece aquí",
        detail: "Compruebe el nombre del servidor en la dirección.",
    },
    unencrypted: Says {
        title: "Este sitio solo se ofrece por https",
        detail: "Lo que envió viajó por la red sin cifrar y no se ha aceptado. Use la dirección con https.",
    },
    no_route: Says {
        title: "No hay nada en esta dirección",
        detail: "Compruebe la dirección o vuelva a la página de la que venía.",
    },
    denied: Says {
        title: "Esta página está cerrada",
        detail: "No se puede abrir desde aquí. Si la necesita, pida ayuda.",
    },
    method: Says { title: "Eso no es posible aquí", detail: "Esta dirección no admite este tipo de petición." },
    headers_too_large: Says {
        title: "La petición es demasiado grande",
        detail: "Su cabecera es demasiado larga. Suele bastar con borrar las cookies de este sitio.",
    },
    too_slow: Says {
        title: "La petición no llegó a tiempo",
        detail: "Puede que la conexión sea mala. Inténtelo de nuevo.",
    },
    body_too_large: Says {
        title: "Se ha enviado demasiado de una vez",
        detail: "Envíe menos o un archivo más pequeño.",
    },
    body_type: Says {
        title: "Este formato no se admite",
        detail: "Envíe el contenido en el formato que admite esta dirección.",
    },
    cross_site: Says {
        title: "Se ha detenido la petición",
        detail: "Nada mostraba que viniera de este mismo sitio. Abra la página en su propia dirección e inténtelo de nuevo.",
    },
    who_are_you: Says { title: "Falta algo", detail: "Rellene todos los campos y vuelva a intentarlo." },
    wrong_credentials: Says {
        title: "No se pudo iniciar la sesión",
        detail: "El nombre de usuario o la contraseña no son correctos, o este usuario no puede abrir esta página.",
    },
    unknown_scope: Says {
        title: "Este enlace está incompleto",
        detail: "Abra otra vez la página que desea; ella le traerá aquí de la forma correcta.",
    },
    unknown_challenge: Says {
        title: "Aquí no se espera ningún código",
        detail: "Se pidió en otro navegador o hace ya un rato. Empiece de nuevo.",
    },
    not_a_code: Says {
        title: "El código no está completo",
        detail: "Escríbalo exactamente como aparece en el mensaje. No se ha gastado ningún intento.",
    },
    wrong_code: Tries {
        title: "El código no es correcto",
        none: "No quedan intentos. Empiece de nuevo.",
        left: Counted::pair(
            Rule::OneAndMillions,
            "Mire otra vez el último mensaje. Queda {} intento.",
            "Mire otra vez el último mensaje. Quedan {} intentos.",
        ),
    },
    expired: Says { title: "El código ha caducado", detail: "Empiece de nuevo para recibir otro." },
    used: Says {
        title: "El código ya se ha usado",
        detail: "Un código solo sirve una vez. Empiece de nuevo para recibir otro.",
    },
    out_of_tries: Says {
        title: "Demasiados códigos incorrectos",
        detail: "Este código ya no sirve. Empiece de nuevo para recibir otro.",
    },
    no_such_channel: Says { title: "El código no se puede enviar de esa forma", detail: "Elija otra forma." },
    no_resend_left: Says {
        title: "No hay más mensajes para este código",
        detail: "Use el último mensaje o vuelva a empezar para recibir un código nuevo.",
    },
    cooling: Waits { title: "Espere un momento", detail: Hole::new("Podrá enviar el código de nuevo dentro de {}.") },
    waiting: Waits {
        title: "Demasiados códigos incorrectos",
        detail: Hole::new("Esta cuenta está en pausa para protegerle. Inténtelo de nuevo dentro de {}."),
    },
    closed: Says {
        title: "Esta cuenta está bloqueada",
        detail: "Hubo demasiados códigos incorrectos. Pida al servicio de asistencia que la desbloquee; puede que un navegador \
                 en el que ya inició sesión antes siga funcionando.",
    },
    limited: Waits { title: "Demasiadas peticiones", detail: Hole::new("Inténtelo de nuevo dentro de {}.") },
    number_swapped: Says {
        title: "No se puede usar este número",
        detail: "La tarjeta SIM de este número se ha cambiado hace poco; por seguridad no hemos enviado ningún código. Hace falta otra vía: pida ayuda.",
    },
    outage: Says {
        title: "No disponible en este momento",
        detail: "No funciona una parte que esta página necesita. Inténtelo de nuevo dentro de un momento.",
    },
    upstream_down: Says { title: "La aplicación no responde", detail: "Inténtelo de nuevo dentro de un momento." },
    upstream_slow: Says {
        title: "La aplicación tarda demasiado",
        detail: "Si estaba guardando algo, compruebe si llegó antes de enviarlo otra vez.",
    },
};
