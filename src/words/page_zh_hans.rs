//! The pages in Chinese, in simplified characters.

use super::count::Counted;
use super::page::{CodePage, Common, No, Page, PerChannel, Says, SignIn, Sources, Tries, Unsent, Waits};
use super::span::Spans;
use super::{Hole, emergency, factors, me, passkeys};

pub static PAGE: Page = Page {
    common: Common {
        error: Hole::new("错误：{}"),
        help: Hole::new("帮助：{}"),
        request: Hole::new("寻求帮助时，请提供此编号：{}"),
        full_window: "在整个窗口中打开",
        start_again: "重新开始",
        go_on: "继续",
        signed_in_as: Hole::new("已登录：{}"),
        sign_out: "退出登录",
    },
    sign_in: SignIn {
        title: "登录",
        lead: "打开此页面需要一次性验证码。我们会将验证码发送到您登记的电话号码或邮箱。",
        title_again: "确认是您本人",
        lead_again: "打开此页面需要新的一次性验证码。我们会将验证码发送到您登记的电话号码或邮箱。",
        username: "用户名",
        password: "密码",
        send: "发送验证码",
    },
    sources: Sources {
        with: Hole::new("使用 {} 登录"),
        unknown: Says {
            title: "无法识别您的身份",
            detail: "此页面仅供已在别处登录的人员使用：通过智能卡或证书，或通过您所在组织的门户。请先在那里登录，然后重新打开此页面。",
        },
        leaving: Says { title: "请稍候", detail: "正在前往登录页面。" },
        failed: Says {
            title: "未能登录", detail: "登录被中止或耗时过长。没有发送任何内容。请重新开始。"
        },
    },
    code: CodePage {
        title: "输入验证码",
        to: "发送至",
        state: "状态",
        life: "有效期",
        went: PerChannel {
            sms: Hole::new("{}（短信）"),
            voice: Hole::new("{}（电话）"),
            whatsapp: Hole::new("{}（WhatsApp）"),
            email: Hole::new("{}（电子邮件）"),
        },
        ending_in: Hole::new("尾号为 {} 的号码"),
        mail_at: Hole::new("{} 的邮箱"),
        registered: PerChannel {
            sms: "您登记的电话",
            voice: "您登记的电话",
            whatsapp: "您登记的电话",
            email: "您登记的邮箱",
        },
        if_registered: "只有此用户名登记了电话号码或邮箱，才会收到验证码。",
        queued: "正在发送…",
        sent: "已交给发送服务",
        delivered: "已送达手机",
        failed: "未能发送",
        failed_next: "验证码未能发送。请点击“重新发送”。如果仍然不行，请寻求帮助。",
        refresh: "刷新状态",
        digits: Hole::new("验证码（{} 位数字）"),
        characters: Hole::new("验证码（{} 位字母和数字）"),
        check: "确认",
        not_arrived: "没有收到验证码？",
        resend: "重新发送",
        resend_in: Hole::new("{}后可以重新发送。"),
        resend_now: "您会再次收到同一个验证码。",
        resent: "正在重新发送验证码。",
        start_over: "从头开始",
        other_ways: "其他接收方式",
        send_by: PerChannel {
            sms: "通过短信接收",
            voice: "通过电话接收",
            whatsapp: "通过 WhatsApp 接收",
            email: "通过电子邮件接收",
        },
        next: PerChannel {
            sms: Hole::new("如果未输入验证码，我们会在{}后通过短信发送。"),
            voice: Hole::new("如果未输入验证码，我们会在{}后致电给您。"),
            whatsapp: Hole::new("如果未输入验证码，我们会在{}后通过 WhatsApp 发送。"),
            email: Hole::new("如果未输入验证码，我们会在{}后通过电子邮件发送。"),
        },
        call_hint: "接听我们的来电后，按任意键即可听到验证码。",
        weak: PerChannel {
            sms: "用短信接收验证码不够安全：短信可能被他人读取，号码也可能被冒用。请勿将验证码告诉任何人，包括我们。",
            voice: "用电话接收验证码不够安全：来电可能被转接，号码也可能被冒用。请勿将验证码告诉任何人，包括我们。",
            whatsapp: "WhatsApp 依赖您的电话号码：冒用该号码的人也可能收到验证码。请勿将验证码告诉任何人，包括我们。",
            email: "用电子邮件接收验证码最不安全：能打开邮箱的人都能看到。请勿将验证码告诉任何人，包括我们。",
        },
    },
    factors: factors::ZH_HANS,
    emergency: emergency::ZH_HANS,
    unsent: Unsent {
        title: "您的表单尚未提交",
        lead: "需要先验证一次性验证码。您填写的内容仍保留在此浏览器中，尚未提交。请按以下步骤操作：",
        open: "获取验证码",
        new_tab: "（在新标签页中打开）",
        enter: "在打开的页面中输入验证码。",
        reload: "回到此标签页并刷新。浏览器询问是否重新提交表单时，请确认。",
        or_back: "您也可以用浏览器的“后退”按钮返回表单，核对内容后再提交。",
    },
    spans: Spans {
        seconds: Counted::same("{} 秒"),
        minutes: Counted::same("{} 分钟"),
        hours: Counted::same("{} 小时"),
        now: "（刚刚）",
        ago: Hole::new("（{}前）"),
        left: Hole::new("还剩 {}"),
    },
    me: me::zh_hans::ME,
    login: super::page::Login {
        not_registered: Says {
            title: "没有为您登记电话号码",
            detail: "应用程序已接受您的密码，但没有可以发送一次性验证码的号码或地址，因此您尚未登录。请联系帮助人员登记您的号码，然后重新登录。",
        },
        answer_unfit: Says {
            title: "无法为您登录",
            detail: "应用程序已接受您的密码，但它的答复无法保留到验证码核对完成。这不是您的问题。请联系帮助人员。",
        },
    },
    no: NO,
    passkeys: passkeys::ZH_HANS,
    already_through: Says { title: "您已通过验证", detail: "验证码正确，正在转到您的页面。" },
    signed_out: Says {
        title: "您已退出登录", detail: "如果还有其他人使用这台电脑，请同时关闭所有浏览器窗口。"
    },
    stale_form: Says {
        title: "此页面已过时",
        detail: "没有提交任何内容。请再试一次。如果再次看到此提示，请允许此网站使用 Cookie。",
    },
    code_needed: Says {
        title: "需要一次性验证码",
        detail: "请为此 scope 发起 challenge，或向用户显示“challenge”所指的页面，然后重新请求。",
    },
};

const NO: No = No {
    malformed: Says {
        title: "无法理解该请求", detail: "内容不完整或格式不正确。请返回后重试。"
    },
    path: Says {
        title: "无法理解该地址", detail: "该地址可以有多种读法。请检查您打开的链接。"
    },
    unknown_host: Says { title: "这里没有该网站", detail: "请检查地址中的主机名。" },
    unencrypted: Says {
        title: "此网站只能通过 https 访问",
        detail: "您发送的内容未经加密，因此未被接受。请使用以 https 开头的地址。",
    },
    no_route: Says { title: "此地址没有内容", detail: "请检查地址，或返回之前的页面。" },
    denied: Says {
        title: "此页面不开放", detail: "无法从这里打开。如果您需要此页面，请寻求帮助。"
    },
    method: Says { title: "此处无法执行该操作", detail: "该地址不接受这类请求。" },
    headers_too_large: Says {
        title: "请求过大", detail: "请求头过长。通常删除此网站的 Cookie 即可解决。"
    },
    too_slow: Says { title: "请求未能及时到达", detail: "网络连接可能不佳。请重试。" },
    body_too_large: Says {
        title: "一次发送的内容过多", detail: "请减少内容，或使用较小的文件。"
    },
    body_type: Says { title: "不接受这种格式", detail: "请按该地址接受的格式发送内容。" },
    cross_site: Says {
        title: "请求已被阻止", detail: "无法确认该请求来自本网站。请用页面自身的地址打开后重试。"
    },
    who_are_you: Says { title: "有内容尚未填写", detail: "请填写所有栏目，然后重试。" },
    wrong_credentials: Says {
        title: "登录失败", detail: "用户名或密码不正确，或者该用户无权打开此页面。"
    },
    unknown_scope: Says {
        title: "此链接不完整", detail: "请再次打开您需要的页面，它会以正确的方式带您来到这里。"
    },
    unknown_challenge: Says {
        title: "这里没有等待输入的验证码",
        detail: "验证码是在其他浏览器中或较早之前申请的。请重新开始。",
    },
    not_a_code: Says {
        title: "验证码不完整", detail: "请完全按照消息中的内容输入。这次不计入尝试次数。"
    },
    wrong_code: Tries {
        title: "验证码不正确",
        none: "已没有尝试机会。请重新开始。",
        left: Counted::same("请再看一下最新的消息。还可以尝试 {} 次。"),
    },
    expired: Says { title: "验证码已过期", detail: "请重新开始以获取新的验证码。" },
    used: Says {
        title: "验证码已被使用", detail: "每个验证码只能使用一次。请重新开始以获取新的验证码。"
    },
    out_of_tries: Says {
        title: "验证码错误次数过多", detail: "此验证码已失效。请重新开始以获取新的验证码。"
    },
    no_such_channel: Says { title: "无法通过该方式发送验证码", detail: "请选择其他方式。" },
    no_resend_left: Says {
        title: "此验证码不能再发送", detail: "请使用最新的消息，或从头开始以获取新的验证码。"
    },
    cooling: Waits { title: "请稍候", detail: Hole::new("{}后可以重新发送验证码。") },
    waiting: Waits {
        title: "验证码错误次数过多",
        detail: Hole::new("为保护您的安全，此账号已暂停使用。请在{}后重试。"),
    },
    closed: Says {
        title: "此账号已被锁定",
        detail: "输入的错误验证码过多。请联系服务台解锁；您以前登录过的浏览器可能仍可使用。",
    },
    limited: Waits { title: "请求过于频繁", detail: Hole::new("请在{}后重试。") },
    number_swapped: Says {
        title: "无法使用该电话号码",
        detail: "该号码的SIM卡最近被更换过，为了安全，我们没有发送验证码。需要使用其他方式，请联系您的服务台。",
    },
    outage: Says {
        title: "暂时无法使用", detail: "此页面所需的某个部分目前无法工作。请稍后重试。"
    },
    upstream_down: Says { title: "应用程序没有响应", detail: "请稍后重试。" },
    upstream_slow: Says {
        title: "应用程序响应时间过长",
        detail: "如果您正在保存内容，请先确认是否已保存，再重新发送。",
    },
};
