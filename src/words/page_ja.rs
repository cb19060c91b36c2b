//! The pages in Japanese.

use super::count::Counted;
use super::page::{CodePage, Common, No, Page, PerChannel, Says, SignIn, Sources, Tries, Unsent, Waits};
use super::span::Spans;
use super::{Hole, emergency, factors, me, passkeys};

pub static PAGE: Page = Page {
    common: Common {
        error: Hole::new("エラー：{}"),
        help: Hole::new("お問い合わせ：{}"),
        request: Hole::new("お問い合わせの際は、この番号をお伝えください：{}"),
        full_window: "ウィンドウ全体で開く",
        start_again: "最初からやり直す",
        go_on: "続ける",
        signed_in_as: Hole::new("{} さんとしてログイン中"),
        sign_out: "ログアウト",
    },
    sign_in: SignIn {
        title: "ログイン",
        lead: "このページを開くには、ワンタイムコードが必要です。登録済みの電話番号またはメールアドレスにお送りします。",
        title_again: "本人確認",
        lead_again: "このページを開くには、新しいワンタイムコードが必要です。登録済みの電話番号またはメールアドレスにお送りします。",
        username: "ユーザー名",
        password: "パスワード",
        send: "コードを送信",
    },
    sources: Sources {
        with: Hole::new("{} でログイン"),
        unknown: Says {
            title: "ログイン状態を確認できませんでした",
            detail: "このページは、IC カードや証明書、または組織のポータルですでにログインしている方のためのものです。先にそちらでログインしてから、このページをもう一度開いてください。",
        },
        leaving: Says {
            title: "少々お待ちください", detail: "ログインするページへ移動します。"
        },
        failed: Says {
            title: "ログインできませんでした",
            detail: "ログインが中止されたか、時間がかかりすぎました。何も送信されていません。最初からやり直してください。",
        },
    },
    code: CodePage {
        title: "コードの入力",
        to: "送信先",
        state: "状況",
        life: "有効期限",
        went: PerChannel {
            sms: Hole::new("{}（SMS）"),
            voice: Hole::new("{}（電話）"),
            whatsapp: Hole::new("{}（WhatsApp）"),
            email: Hole::new("{}（メール）"),
        },
        ending_in: Hole::new("末尾が {} の番号"),
        mail_at: Hole::new("{} のメールアドレス"),
        registered: PerChannel {
            sms: "登録済みの電話",
            voice: "登録済みの電話",
            whatsapp: "登録済みの電話",
            email: "登録済みのアドレス",
        },
        if_registered: "このユーザー名に電話番号またはメールアドレスが登録されている場合にのみ、コードが届きます。",
        queued: "送信しています…",
        sent: "配信サービスに渡しました",
        delivered: "電話に届きました",
        failed: "送信できませんでした",
        failed_next: "メッセージを送信できませんでした。「もう一度送信」を押してください。それでも送信できない場合は、お問い合わせください。",
        refresh: "状況を更新",
        digits: Hole::new("コード（数字 {} 桁）"),
        characters: Hole::new("コード（英数字 {} 文字）"),
        check: "確認する",
        not_arrived: "コードが届かないとき",
        resend: "もう一度送信",
        resend_in: Hole::new("あと {}で、もう一度送信できます。"),
        resend_now: "同じコードをもう一度お送りします。",
        resent: "コードをもう一度送信しています。",
        start_over: "最初からやり直す",
        other_ways: "ほかの受け取り方法",
        send_by: PerChannel {
            sms: "SMS で受け取る",
            voice: "電話で受け取る",
            whatsapp: "WhatsApp で受け取る",
            email: "メールで受け取る",
        },
        next: PerChannel {
            sms: Hole::new("コードが入力されない場合は、{}後に SMS でお送りします。"),
            voice: Hole::new("コードが入力されない場合は、{}後にお電話します。"),
            whatsapp: Hole::new("コードが入力されない場合は、{}後に WhatsApp でお送りします。"),
            email: Hole::new("コードが入力されない場合は、{}後にメールでお送りします。"),
        },
        call_hint: "電話に出て、いずれかのキーを押すと、コードをお伝えします。",
        weak: PerChannel {
            sms: "SMS は、盗み見や電話番号の乗っ取りのおそれがあり、コードの受け取り方法としては安全性が低めです。\
                  コードは、私たちを含め、だれにも教えないでください。",
            voice: "電話は、無断での転送や電話番号の乗っ取りのおそれがあり、コードの受け取り方法としては安全性が低めです。\
                    コードは、私たちを含め、だれにも教えないでください。",
            whatsapp: "WhatsApp は電話番号を使うサービスのため、番号を乗っ取られると、コードも受け取られるおそれがあります。\
                       コードは、私たちを含め、だれにも教えないでください。",
            email: "メールは、メールボックスを開ける人ならだれでも読めるため、コードの受け取り方法の中で最も安全性が低い方法です。\
                    コードは、私たちを含め、だれにも教えないでください。",
        },
    },
    factors: factors::JA,
    emergency: emergency::JA,
    unsent: Unsent {
        title: "入力内容は送信されていません",
        lead: "先にワンタイムコードの確認が必要です。入力した内容はこのブラウザーに残っており、まだ送信されていません。次の手順で送信してください。",
        open: "コードを受け取る",
        new_tab: "（新しいタブで開きます）",
        enter: "開いたページで、コードを入力します。",
        reload: "このタブに戻り、ページを再読み込みします。フォームを再送信するかどうかをブラウザーが確認したら、再送信を選びます。",
        or_back: "ブラウザーの「戻る」ボタンで入力画面に戻り、内容を確かめてから送信し直すこともできます。",
    },
    spans: Spans {
        seconds: Counted::same("{} 秒"),
        minutes: Counted::same("{} 分"),
        hours: Counted::same("{} 時間"),
        now: "（たった今）",
        ago: Hole::new("（{}前）"),
        left: Hole::new("あと {}"),
    },
    me: me::ja::ME,
    login: super::page::Login {
        not_registered: Says {
            title: "電話番号が登録されていません",
            detail: "パスワードは確認できましたが、ワンタイムコードの送信先となる電話番号やアドレスが登録されていないため、サインインは完了していません。番号の登録を担当者に依頼し、その後もう一度サインインしてください。",
        },
        answer_unfit: Says {
            title: "サインインできませんでした",
            detail: "パスワードは確認できましたが、コードを確認するまでの間、アプリケーションの応答を保管できませんでした。お客様の操作に問題はありません。担当者にお問い合わせください。",
        },
    },
    no: NO,
    passkeys: passkeys::JA,
    already_through: Says {
        title: "確認は済んでいます", detail: "コードを確認しました。ページへ移動します。"
    },
    signed_out: Says {
        title: "ログアウトしました",
        detail: "ほかの人もこのコンピューターを使う場合は、ブラウザーのウィンドウもすべて閉じてください。",
    },
    stale_form: Says {
        title: "このページは古くなっていました",
        detail: "何も送信されていません。もう一度お試しください。同じ表示が続く場合は、このサイトの Cookie を許可してください。",
    },
    code_needed: Says {
        title: "ワンタイムコードが必要です",
        detail: "このスコープのチャレンジを開始するか、「challenge」のページを利用者に表示してから、もう一度要求してください。",
    },
};

const NO: No = No {
    malformed: Says {
        title: "内容を読み取れませんでした",
        detail: "内容が不完全か、形式が正しくありません。前のページに戻り、もう一度お試しください。",
    },
    path: Says {
        title: "アドレスを読み取れませんでした",
        detail: "アドレスが幾通りにも読み取れます。リンクが正しいかどうかをお確かめください。",
    },
    unknown_host: Says {
        title: "このホスト名のサイトはありません", detail: "アドレスのホスト名をお確かめください。"
    },
    unencrypted: Says {
        title: "このサイトは https でのみご利用いただけます",
        detail: "送信された内容は暗号化されずに届いたため、受け付けませんでした。https で始まるアドレスをお使いください。",
    },
    no_route: Says {
        title: "ページが見つかりません",
        detail: "アドレスをお確かめいただくか、前のページにお戻りください。",
    },
    denied: Says {
        title: "このページは開けません",
        detail: "ここからは開けないように設定されています。必要な場合はお問い合わせください。",
    },
    method: Says {
        title: "この操作はできません",
        detail: "このアドレスでは、その種類のリクエストを受け付けていません。",
    },
    headers_too_large: Says {
        title: "送信データが大きすぎます",
        detail: "ヘッダーが長すぎます。このサイトの Cookie を削除すると、多くの場合は解決します。",
    },
    too_slow: Says {
        title: "リクエストが時間内に届きませんでした",
        detail: "通信状態が良くない可能性があります。もう一度お試しください。",
    },
    body_too_large: Says {
        title: "送信する内容が大きすぎます",
        detail: "内容を減らすか、小さいファイルにしてお試しください。",
    },
    body_type: Says {
        title: "この形式は受け付けていません",
        detail: "このアドレスで受け付けている形式で送信してください。",
    },
    cross_site: Says {
        title: "操作を中止しました",
        detail: "このサイトからの操作であることを確認できませんでした。ページを開き直して、もう一度お試しください。",
    },
    who_are_you: Says {
        title: "入力されていない項目があります",
        detail: "すべての項目を入力して、もう一度お試しください。",
    },
    wrong_credentials: Says {
        title: "ログインできませんでした",
        detail: "ユーザー名かパスワードが正しくないか、このページを開く権限がありません。",
    },
    unknown_scope: Says {
        title: "リンクが不完全です",
        detail: "目的のページをもう一度開いてください。自動的に正しい画面へ移動します。",
    },
    unknown_challenge: Says {
        title: "確認待ちのコードがありません",
        detail: "別のブラウザーで始めたか、時間がたったようです。最初からやり直してください。",
    },
    not_a_code: Says {
        title: "コードが正しい形式ではありません",
        detail: "メッセージのとおりに入力してください。入力できる回数は減っていません。",
    },
    wrong_code: Tries {
        title: "コードが違います",
        none: "これ以上は入力できません。最初からやり直してください。",
        left: Counted::same("最新のメッセージをもう一度ご確認ください。あと {} 回入力できます。"),
    },
    expired: Says {
        title: "コードの有効期限が切れました",
        detail: "新しいコードを受け取るには、最初からやり直してください。",
    },
    used: Says {
        title: "このコードは使用済みです",
        detail: "コードは 1 回だけ使えます。新しいコードを受け取るには、最初からやり直してください。",
    },
    out_of_tries: Says {
        title: "コードの間違いが続きました",
        detail: "このコードはもう使えません。新しいコードを受け取るには、最初からやり直してください。",
    },
    no_such_channel: Says {
        title: "その方法では送信できません", detail: "別の方法をお選びください。"
    },
    no_resend_left: Says {
        title: "このコードはこれ以上送信できません",
        detail: "届いている最新のメッセージをお使いいただくか、最初からやり直してください。",
    },
    cooling: Waits {
        title: "少しお待ちください", detail: Hole::new("あと {}で、コードをもう一度送信できます。")
    },
    waiting: Waits {
        title: "コードの間違いが続きました",
        detail: Hole::new("安全のため、このアカウントを一時停止しています。{}後にもう一度お試しください。"),
    },
    closed: Says {
        title: "このアカウントはロックされています",
        detail: "間違ったコードが多数入力されました。担当窓口にロックの解除を依頼してください。以前サインインしたことのあるブラウザーからは、引き続き利用できる場合があります。",
    },
    limited: Waits {
        title: "短時間に操作が集中しています", detail: Hole::new("{}後にもう一度お試しください。")
    },
    number_swapped: Says {
        title: "この電話番号は使えません",
        detail: "この番号のSIMカードが最近変更されたため、安全のためコードを送信しませんでした。別の方法が必要です。担当窓口にお問い合わせください。",
    },
    outage: Says {
        title: "ただいまご利用いただけません",
        detail: "必要な機能の一部が動作していません。しばらくしてからもう一度お試しください。",
    },
    upstream_down: Says {
        title: "アプリケーションが応答しません", detail: "しばらくしてからもう一度お試しください。"
    },
    upstream_slow: Says {
        title: "アプリケーションの応答に時間がかかっています",
        detail: "保存などの操作をしていた場合は、もう一度送信する前に、反映されているかどうかをお確かめください。",
    },
};
