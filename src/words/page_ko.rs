//! The pages in Korean.

use super::count::Counted;
use super::page::{CodePage, Common, No, Page, PerChannel, Says, SignIn, Sources, Tries, Unsent, Waits};
use super::span::Spans;
use super::{Hole, emergency, factors, me, passkeys};

pub static PAGE: Page = Page {
    common: Common {
        error: Hole::new("오류: {}"),
        help: Hole::new("문의: {}"),
        request: Hole::new("문의하실 때 이 번호를 알려 주세요: {}"),
        full_window: "전체 창에서 열기",
        start_again: "다시 시작",
        go_on: "계속",
        signed_in_as: Hole::new("{} 님으로 로그인됨"),
        sign_out: "로그아웃",
    },
    sign_in: SignIn {
        title: "로그인",
        lead: "이 페이지를 열려면 일회용 인증 코드가 필요합니다. 등록된 전화번호나 이메일 주소로 보내 드립니다.",
        title_again: "본인 확인",
        lead_again: "이 페이지를 열려면 새 일회용 인증 코드가 필요합니다. 등록된 전화번호나 이메일 주소로 보내 드립니다.",
        username: "사용자 이름",
        password: "비밀번호",
        send: "코드 보내기",
    },
    sources: Sources {
        with: Hole::new("{}(으)로 로그인"),
        unknown: Says {
            title: "누구인지 확인할 수 없습니다",
            detail: "이 페이지는 카드나 인증서, 또는 소속 기관의 포털로 이미 로그인한 분을 위한 것입니다. 먼저 그곳에서 로그인한 다음 이 페이지를 다시 열어 주세요.",
        },
        leaving: Says {
            title: "잠시만 기다려 주세요", detail: "로그인하는 페이지로 이동합니다."
        },
        failed: Says {
            title: "로그인되지 않았습니다",
            detail: "로그인이 중단되었거나 너무 오래 걸렸습니다. 아무것도 전송되지 않았습니다. 처음부터 다시 시작해 주세요.",
        },
    },
    code: CodePage {
        title: "인증 코드 입력",
        to: "보낸 곳",
        state: "상태",
        life: "유효 시간",
        went: PerChannel {
            sms: Hole::new("{} (문자 메시지)"),
            voice: Hole::new("{} (전화)"),
            whatsapp: Hole::new("{} (WhatsApp)"),
            email: Hole::new("{} (이메일)"),
        },
        ending_in: Hole::new("끝자리가 {}인 번호"),
        mail_at: Hole::new("{}의 이메일 주소"),
        registered: PerChannel {
            sms: "등록된 전화",
            voice: "등록된 전화",
            whatsapp: "등록된 전화",
            email: "등록된 주소",
        },
        if_registered: "이 사용자 이름에 전화번호나 이메일 주소가 등록되어 있을 때만 코드가 도착합니다.",
        queued: "보내는 중…",
        sent: "발송 서비스에 전달함",
        delivered: "전화에 도착함",
        failed: "보내지 못함",
        failed_next: "코드를 보내지 못했습니다. ‘다시 보내기’를 눌러 주세요. 그래도 되지 않으면 문의해 주세요.",
        refresh: "상태 새로 고침",
        digits: Hole::new("인증 코드(숫자 {}자리)"),
        characters: Hole::new("인증 코드(영문자와 숫자 {}자)"),
        check: "확인",
        not_arrived: "코드가 오지 않았나요?",
        resend: "다시 보내기",
        resend_in: Hole::new("{} 후에 다시 보낼 수 있습니다."),
        resend_now: "같은 코드를 한 번 더 보내 드립니다.",
        resent: "코드를 다시 보내고 있습니다.",
        start_over: "처음부터 다시 하기",
        other_ways: "다른 방법으로 코드 받기",
        send_by: PerChannel {
            sms: "문자 메시지로 받기",
            voice: "전화로 받기",
            whatsapp: "WhatsApp으로 받기",
            email: "이메일로 받기",
        },
        next: PerChannel {
            sms: Hole::new("코드가 입력되지 않으면 {} 후에 문자 메시지로 보내 드립니다."),
            voice: Hole::new("코드가 입력되지 않으면 {} 후에 전화를 드립니다."),
            whatsapp: Hole::new("코드가 입력되지 않으면 {} 후에 WhatsApp으로 보내 드립니다."),
            email: Hole::new("코드가 입력되지 않으면 {} 후에 이메일로 보내 드립니다."),
        },
        call_hint: "전화를 받은 뒤 아무 버튼이나 누르면 코드를 들을 수 있습니다.",
        weak: PerChannel {
            sms: "문자 메시지는 다른 사람이 읽거나 전화번호를 가로챌 수 있어 코드를 받는 방법으로는 덜 안전합니다. 코드는 저희를 \
                  포함해 누구에게도 알려 주지 마세요.",
            voice: "전화는 다른 곳으로 돌려지거나 전화번호를 빼앗길 수 있어 코드를 받는 방법으로는 덜 안전합니다. 코드는 저희를 \
                    포함해 누구에게도 알려 주지 마세요.",
            whatsapp: "WhatsApp은 전화번호에 연결되어 있어 번호를 가로챈 사람이 코드를 받을 수 있습니다. 코드는 저희를 포함해 \
                       누구에게도 알려 주지 마세요.",
            email: "이메일은 메일함을 열 수 있는 사람이면 누구나 읽을 수 있어 코드를 받는 방법 중 가장 덜 안전합니다. 코드는 \
                    저희를 포함해 누구에게도 알려 주지 마세요.",
        },
    },
    factors: factors::KO,
    emergency: emergency::KO,
    unsent: Unsent {
        title: "입력하신 내용이 전송되지 않았습니다",
        lead: "먼저 일회용 인증 코드가 필요합니다. 입력하신 내용은 이 브라우저에 남아 있으며 아직 전송되지 않았습니다. 다음과 같이 \
               해 주세요.",
        open: "코드 받기",
        new_tab: "(새 탭에서 열림)",
        enter: "열린 페이지에서 코드를 입력합니다.",
        reload: "이 탭으로 돌아와 새로 고칩니다. 양식을 다시 제출할지 브라우저가 물으면 확인을 누릅니다.",
        or_back: "브라우저의 ‘뒤로’ 버튼으로 돌아가 입력한 내용을 확인한 뒤 다시 보내셔도 됩니다.",
    },
    spans: Spans {
        seconds: Counted::same("{}초"),
        minutes: Counted::same("{}분"),
        hours: Counted::same("{}시간"),
        now: "(방금)",
        ago: Hole::new("({} 전)"),
        left: Hole::new("{} 남음"),
    },
    me: me::ko::ME,
    login: super::page::Login {
        not_registered: Says {
            title: "등록된 전화번호가 없습니다",
            detail: "애플리케이션이 비밀번호를 확인했지만 일회용 코드를 보낼 전화번호나 주소가 등록되어 있지 않아 로그인되지 않았습니다. 담당자에게 번호 등록을 요청한 뒤 다시 \
                     로그인해 주세요.",
        },
        answer_unfit: Says {
            title: "로그인할 수 없습니다",
            detail: "애플리케이션이 비밀번호를 확인했지만 코드를 확인할 때까지 그 응답을 보관할 수 없었습니다. 사용자의 잘못이 아닙니다. 담당자에게 문의해 주세요.",
        },
    },
    no: NO,
    passkeys: passkeys::KO,
    already_through: Says {
        title: "이미 확인되었습니다",
        detail: "코드가 확인되었습니다. 요청하신 페이지로 이동합니다.",
    },
    signed_out: Says {
        title: "로그아웃했습니다",
        detail: "다른 사람도 이 컴퓨터를 사용한다면 브라우저 창도 모두 닫아 주세요.",
    },
    stale_form: Says {
        title: "오래된 페이지입니다",
        detail: "아무것도 전송되지 않았습니다. 한 번 더 시도해 주세요. 이 안내가 다시 나오면 이 사이트의 쿠키를 허용해 주세요.",
    },
    code_needed: Says {
        title: "일회용 인증 코드가 필요합니다",
        detail: "이 scope에 대한 challenge를 시작하거나 ‘challenge’의 페이지를 사용자에게 보여 준 다음 다시 요청하세요.",
    },
};

const NO: No = No {
    malformed: Says {
        title: "요청을 이해할 수 없습니다",
        detail: "내용이 완전하지 않거나 형식이 올바르지 않습니다. 이전 페이지로 돌아가 다시 시도해 주세요.",
    },
    path: Says {
        title: "주소를 이해할 수 없습니다",
        detail: "주소가 여러 가지로 읽힐 수 있습니다. 링크가 올바른지 확인해 주세요.",
    },
    unknown_host: Says {
        title: "여기에는 이 사이트가 없습니다", detail: "주소의 호스트 이름을 확인해 주세요."
    },
    unencrypted: Says {
        title: "이 사이트는 https로만 이용할 수 있습니다",
        detail: "보내신 내용은 암호화되지 않은 채 전송되어 받지 않았습니다. https로 시작하는 주소를 사용해 주세요.",
    },
    no_route: Says {
        title: "이 주소에는 페이지가 없습니다", detail: "주소를 확인하거나 이전 페이지로 돌아가 주세요."
    },
    denied: Says {
        title: "이 페이지는 열 수 없습니다",
        detail: "여기에서는 열 수 없도록 설정되어 있습니다. 필요하시면 문의해 주세요.",
    },
    method: Says {
        title: "여기에서는 할 수 없는 작업입니다", detail: "이 주소는 이런 종류의 요청을 받지 않습니다."
    },
    headers_too_large: Says {
        title: "요청이 너무 큽니다",
        detail: "헤더가 너무 깁니다. 이 사이트의 쿠키를 삭제하면 대개 해결됩니다.",
    },
    too_slow: Says {
        title: "요청이 제시간에 도착하지 않았습니다",
        detail: "연결 상태가 좋지 않을 수 있습니다. 다시 시도해 주세요.",
    },
    body_too_large: Says {
        title: "한 번에 보낸 내용이 너무 많습니다",
        detail: "내용을 줄이거나 더 작은 파일을 보내 주세요.",
    },
    body_type: Says {
        title: "받을 수 없는 형식입니다", detail: "이 주소가 받는 형식으로 내용을 보내 주세요."
    },
    cross_site: Says {
        title: "요청을 중단했습니다",
        detail: "이 사이트에서 보낸 요청인지 확인할 수 없었습니다. 페이지를 원래 주소로 열어 다시 시도해 주세요.",
    },
    who_are_you: Says {
        title: "입력하지 않은 항목이 있습니다", detail: "모든 항목을 입력한 뒤 다시 시도해 주세요."
    },
    wrong_credentials: Says {
        title: "로그인하지 못했습니다",
        detail: "사용자 이름이나 비밀번호가 올바르지 않거나, 이 페이지를 열 권한이 없습니다.",
    },
    unknown_scope: Says {
        title: "링크가 완전하지 않습니다",
        detail: "원하는 페이지를 다시 열어 주세요. 올바른 화면으로 안내해 드립니다.",
    },
    unknown_challenge: Says {
        title: "확인을 기다리는 코드가 없습니다",
        detail: "다른 브라우저에서 요청했거나 시간이 꽤 지났습니다. 다시 시작해 주세요.",
    },
    not_a_code: Says {
        title: "코드가 완전하지 않습니다",
        detail: "메시지에 있는 그대로 입력해 주세요. 입력 가능 횟수는 줄지 않았습니다.",
    },
    wrong_code: Tries {
        title: "코드가 올바르지 않습니다",
        none: "더 입력할 수 없습니다. 다시 시작해 주세요.",
        left: Counted::same("가장 최근 메시지를 다시 확인해 주세요. {}번 더 입력할 수 있습니다."),
    },
    expired: Says {
        title: "코드가 만료되었습니다", detail: "새 코드를 받으려면 다시 시작해 주세요."
    },
    used: Says {
        title: "이미 사용한 코드입니다",
        detail: "코드는 한 번만 사용할 수 있습니다. 새 코드를 받으려면 다시 시작해 주세요.",
    },
    out_of_tries: Says {
        title: "코드를 너무 많이 틀렸습니다",
        detail: "이 코드는 더 이상 사용할 수 없습니다. 새 코드를 받으려면 다시 시작해 주세요.",
    },
    no_such_channel: Says {
        title: "그 방법으로는 코드를 보낼 수 없습니다", detail: "다른 방법을 선택해 주세요."
    },
    no_resend_left: Says {
        title: "이 코드는 더 보낼 수 없습니다",
        detail: "가장 최근 메시지를 사용하거나, 처음부터 다시 하여 새 코드를 받으세요.",
    },
    cooling: Waits {
        title: "잠시 기다려 주세요", detail: Hole::new("{} 후에 코드를 다시 보낼 수 있습니다.")
    },
    waiting: Waits {
        title: "코드를 너무 많이 틀렸습니다",
        detail: Hole::new("안전을 위해 이 계정을 잠시 멈추었습니다. {} 후에 다시 시도해 주세요."),
    },
    closed: Says {
        title: "이 계정은 잠겨 있습니다",
        detail: "잘못된 코드가 너무 많이 입력되었습니다. 담당 부서에 잠금 해제를 요청해 주세요. 전에 로그인한 적이 있는 \
                 브라우저에서는 계속 이용할 수도 있습니다.",
    },
    limited: Waits {
        title: "요청이 너무 많습니다", detail: Hole::new("{} 후에 다시 시도해 주세요.")
    },
    number_swapped: Says {
        title: "이 전화번호를 사용할 수 없습니다",
        detail: "이 번호의 SIM 카드가 최근에 변경되어 안전을 위해 코드를 보내지 않았습니다. 다른 방법이 필요하니 담당 부서에 문의해 주세요.",
    },
    outage: Says {
        title: "지금은 이용할 수 없습니다",
        detail: "이 페이지에 필요한 기능이 작동하지 않고 있습니다. 잠시 후 다시 시도해 주세요.",
    },
    upstream_down: Says {
        title: "애플리케이션이 응답하지 않습니다", detail: "잠시 후 다시 시도해 주세요."
    },
    upstream_slow: Says {
        title: "애플리케이션의 응답이 너무 늦습니다",
        detail: "저장 중이었다면 다시 보내기 전에 반영되었는지 확인해 주세요.",
    },
};
