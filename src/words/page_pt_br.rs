//! The pages in the Portuguese of Brazil.

use super::count::{Counted, Rule};
use super::page::{CodePage, Common, No, Page, PerChannel, Says, SignIn, Sources, Tries, Unsent, Waits};
use super::span::Spans;
use super::{Hole, emergency, factors, me, passkeys};

pub static PAGE: Page = Page {
    common: Common {
        error: Hole::new("Erro: {}"),
        help: Hole::new("Ajuda: {}"),
        request: Hole::new("Se pedir ajuda, informe este número: {}"),
        full_window: "Abrir em janela inteira",
        start_again: "Começar de novo",
        go_on: "Continuar",
        signed_in_as: Hole::new("Sessão iniciada como {}"),
        sign_out: "Sair",
    },
    sign_in: SignIn {
        title: "Entrar",
        lead: "Esta página exige um código de uso único. Nós o enviamos para o telefone ou o endereço cadastrado para você.",
        title_again: "Confirme que é você",
        lead_again: "Esta página exige um novo código de uso único. Nós o enviamos para o telefone ou o endereço cadastrado \
                     para você.",
        username: "Nome de usuário",
        password: "Senha",
        send: "Enviar código",
    },
    sources: Sources {
        with: Hole::new("Entrar com {}"),
        unknown: Says {
            title: "Você não foi reconhecido",
            detail: "Esta página é para quem já entrou em outro lugar: com cartão ou certificado, ou pelo portal da sua organização. Entre por lá e abra esta página novamente.",
        },
        leaving: Says { title: "Um momento", detail: "Você está sendo levado à página de entrada." },
        failed: Says {
            title: "Você não entrou",
            detail: "A entrada foi interrompida ou demorou demais. Nada foi enviado. Comece de novo.",
        },
    },
    code: CodePage {
        title: "Digite o código",
        to: "Enviado para",
        state: "Situação",
        life: "Válido",
        went: PerChannel {
            sms: Hole::new("{} (SMS)"),
            voice: Hole::new("{} (ligação)"),
            whatsapp: Hole::new("{} (WhatsApp)"),
            email: Hole::new("{} (e-mail)"),
        },
        ending_in: Hole::new("número com final {}"),
        mail_at: Hole::new("endereço de e-mail em {}"),
        registered: PerChannel {
            sms: "seu telefone cadastrado",
            voice: "seu telefone cadastrado",
            whatsapp: "seu telefone cadastrado",
            email: "seu endereço cadastrado",
        },
        if_registered: "Um código só chega se houver um telefone ou um endereço cadastrado para este nome de usuário.",
        queued: "Enviando…",
        sent: "Entregue ao serviço de envio",
        delivered: "Recebido no telefone",
        failed: "Não foi possível enviar",
        failed_next: "Não foi possível enviar o código. Toque em “Enviar de novo”. Se isso também não resolver, peça ajuda.",
        refresh: "Atualizar",
        digits: Hole::new("Código ({} dígitos)"),
        characters: Hole::new("Código ({} letras e dígitos)"),
        check: "Continuar",
        not_arrived: "O código ainda não chegou?",
        resend: "Enviar de novo",
        resend_in: Hole::new("Você poderá enviá-lo de novo em {}."),
        resend_now: "Você receberá o mesmo código mais uma vez.",
        resent: "O código está sendo enviado de novo.",
        start_over: "Recomeçar do início",
        other_ways: "Outras formas de receber o código",
        send_by: PerChannel {
            sms: "Enviar por SMS",
            voice: "Ligar para mim",
            whatsapp: "Enviar por WhatsApp",
            email: "Enviar por e-mail",
        },
        next: PerChannel {
            sms: Hole::new("Se nenhum código for digitado, nós o enviaremos por SMS em {}."),
            voice: Hole::new("Se nenhum código for digitado, ligaremos para você em {}."),
            whatsapp: Hole::new("Se nenhum código for digitado, nós o enviaremos por WhatsApp em {}."),
            email: Hole::new("Se nenhum código for digitado, nós o enviaremos por e-mail em {}."),
        },
        call_hint: "Quando ligarmos, pressione qualquer tecla para ouvir o código.",
        weak: PerChannel {
            sms: "O SMS é um meio menos seguro de receber um código: outras pessoas podem ler as mensagens ou assumir o número. \
                  Não informe o código a ninguém, nem a nós.",
            voice: "A ligação é um meio menos seguro de receber um código: chamadas podem ser desviadas e outras pessoas podem \
                    assumir o número. Não informe o código a ninguém, nem a nós.",
            whatsapp: "O WhatsApp depende do seu número de telefone: quem assumir o número pode receber o código. Não informe o \
                       código a ninguém, nem a nós.",
            email: "O e-mail é o meio menos seguro de receber um código: quem conseguir abrir a caixa de entrada pode lê-lo. \
                    Não informe o código a ninguém, nem a nós.",
        },
    },
    factors: factors::PT_BR,
    emergency: emergency::PT_BR,
    unsent: Unsent {
        title: "Seu formulário não foi enviado",
        lead: "Antes é preciso um código de uso único. O que você preencheu ainda está neste navegador e não foi enviado. Faça \
               o seguinte:",
        open: "Obter um código",
        new_tab: "(abre em uma nova guia)",
        enter: "Digite o código na página aberta.",
        reload: "Volte a esta guia e recarregue-a. Quando o navegador perguntar se deve reenviar o formulário, confirme.",
        or_back: "Você também pode usar o botão Voltar do navegador, conferir o que preencheu e enviar de novo.",
    },
    spans: Spans {
        seconds: Counted::pair(Rule::NoneLikeOne, "{} segundo", "{} segundos"),
        minutes: Counted::pair(Rule::NoneLikeOne, "{} minuto", "{} minutos"),
        hours: Counted::pair(Rule::NoneLikeOne, "{} hora", "{} horas"),
        now: "(agora mesmo)",
        ago: Hole::new("(há {})"),
        left: Hole::new("por mais {}"),
    },
    me: me::pt_br::ME,
    login: super::page::Login {
        not_registered: Says {
            title: "Nenhum telefone está cadastrado para você",
            detail: "O aplicativo aceitou sua senha, mas não conhecemos nenhum número nem endereço para \
                     enviar seu código de uso único; por isso você não entrou. Peça ajuda para cadastrar seu \
                     número e entre de novo.",
        },
        answer_unfit: Says {
            title: "Não foi possível entrar",
            detail: "O aplicativo aceitou sua senha, mas a resposta dele não pôde ser guardada até que seu \
                     código seja verificado. A culpa não é sua. Peça ajuda.",
        },
    },
    no: NO,
    passkeys: passkeys::PT_BR,
    already_through: Says {
        title: "Sua identidade já foi confirmada",
        detail: "O código foi aceito. Sua página vai se abrir.",
    },
    signed_out: Says {
        title: "Você saiu",
        detail: "Se outras pessoas usam este computador, feche também todas as janelas do navegador.",
    },
    stale_form: Says {
        title: "Esta página estava desatualizada",
        detail: "Nada foi enviado. Tente mais uma vez. Se isto aparecer de novo, permita os cookies deste site.",
    },
    code_needed: Says {
        title: "É preciso um código de uso único",
        detail: "Inicie um challenge para este scope, ou mostre à pessoa a página indicada em “challenge”; depois, repita a \
                 requisição.",
    },
};

const NO: No = No {
    malformed: Says {
        title: "Não foi possível entender a solicitação",
        detail: "Ela está incompleta ou não tem o formato esperado. Volte e tente de novo.",
    },
    path: Says {
        title: "Não foi possível entender o endereço",
        detail: "Ele pode ser lido de mais de uma forma. Confira o link que você seguiu.",
    },
    unknown_host: Says {
        title: "Este site não é oferecido aqui", detail: "Confira o nome do servidor no endereço."
    },
    unencrypted: Says {
        title: "Este site só é oferecido por https",
        detail: "O que você enviou passou pela rede sem criptografia e não foi aceito. Use o endereço com https.",
    },
    no_route: Says {
        title: "Não há nada neste endereço",
        detail: "Confira o endereço ou volte à página de onde você veio.",
    },
    denied: Says {
        title: "Esta página está fechada",
        detail: "Ela não pode ser aberta daqui. Se precisar dela, peça ajuda.",
    },
    method: Says {
        title: "Isso não é possível aqui", detail: "Este endereço não aceita esse tipo de solicitação."
    },
    headers_too_large: Says {
        title: "A solicitação é grande demais",
        detail: "O cabeçalho é longo demais. Apagar os cookies deste site costuma resolver.",
    },
    too_slow: Says {
        title: "A solicitação não chegou a tempo", detail: "A conexão pode estar ruim. Tente de novo."
    },
    body_too_large: Says {
        title: "Foi enviado conteúdo demais de uma vez",
        detail: "Envie menos ou um arquivo menor.",
    },
    body_type: Says {
        title: "Este formato não é aceito",
        detail: "Envie o conteúdo no formato que este endereço aceita.",
    },
    cross_site: Says {
        title: "A solicitação foi interrompida",
        detail: "Nada mostrava que ela vinha deste próprio site. Abra a página em seu próprio endereço e tente de novo.",
    },
    who_are_you: Says { title: "Falta alguma coisa", detail: "Preencha todos os campos e tente de novo." },
    wrong_credentials: Says {
        title: "Não foi possível entrar",
        detail: "O nome de usuário ou a senha está incorreto, ou este usuário não pode abrir esta página.",
    },
    unknown_scope: Says {
        title: "Este link está incompleto",
        detail: "Abra mais uma vez a página desejada; ela trará você para cá da forma correta.",
    },
    unknown_challenge: Says {
        title: "Nenhum código é esperado aqui",
        detail: "Ele foi pedido em outro navegador ou há algum tempo. Comece de novo.",
    },
    not_a_code: Says {
        title: "O código não está completo",
        detail: "Digite-o exatamente como na mensagem. Isso não gastou nenhuma tentativa.",
    },
    wrong_code: Tries {
        title: "O código não está correto",
        none: "Não restam tentativas. Comece de novo.",
        left: Counted::pair(
            Rule::NoneLikeOne,
            "Veja mais uma vez a última mensagem. Resta {} tentativa.",
            "Veja mais uma vez a última mensagem. Restam {} tentativas.",
        ),
    },
    expired: Says { title: "O código expirou", detail: "Comece de novo para receber outro." },
    used: Says {
        title: "O código já foi usado",
        detail: "Um código só serve uma vez. Comece de novo para receber outro.",
    },
    out_of_tries: Says {
        title: "Códigos incorretos demais",
        detail: "Este código não serve mais. Comece de novo para receber outro.",
    },
    no_such_channel: Says { title: "O código não pode ser enviado dessa forma", detail: "Escolha outra forma." },
    no_resend_left: Says {
        title: "Não há mais mensagens para este código",
        detail: "Use a última mensagem ou recomece para receber um novo código.",
    },
    cooling: Waits { title: "Aguarde um momento", detail: Hole::new("Você poderá enviar o código de novo em {}.") },
    waiting: Waits {
        title: "Códigos incorretos demais",
        detail: Hole::new("Esta conta está em pausa para a sua proteção. Tente de novo em {}."),
    },
    closed: Says {
        title: "Esta conta está bloqueada",
        detail: "Houve códigos incorretos demais. Peça ao suporte que a desbloqueie; um navegador em que você já entrou antes \
                 talvez ainda funcione.",
    },
    limited: Waits { title: "Solicitações demais", detail: Hole::new("Tente de novo em {}.") },
    number_swapped: Says {
        title: "Este número não pode ser usado",
        detail: "O chip (SIM) deste número foi trocado há pouco tempo; por segurança, nenhum código foi enviado. É preciso outra forma: peça ajuda.",
    },
    outage: Says {
        title: "Indisponível no momento",
        detail: "Uma parte de que esta página precisa não está funcionando. Tente de novo daqui a pouco.",
    },
    upstream_down: Says { title: "O aplicativo não responde", detail: "Tente de novo daqui a pouco." },
    upstream_slow: Says {
        title: "O aplicativo está demorando demais",
        detail: "Se você estava salvando algo, verifique se chegou antes de enviar de novo.",
    },
};
