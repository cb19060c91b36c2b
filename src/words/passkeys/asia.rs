//! In the languages of East Asia.

use super::super::Hole;
use super::super::page::{Passkeys, Says};

/// Japanese.
pub const JA: Passkeys = Passkeys {
    title: "パスキーで確認",
    lead: "お使いのスマートフォン、パソコン、またはセキュリティキーでご本人であることを確認します。入力は必要ありません。",
    use_one: "パスキーを使う",
    no_script: "パスキーを使うにはJavaScriptが必要ですが、このブラウザーでは無効になっています。",
    unsupported: "このブラウザーでは、ここでパスキーを使えません。",
    cancelled: "確認は行われませんでした。もう一度お試しください。",
    failed: "応答がありませんでした。しばらくしてからもう一度お試しください。",
    mine: "パスキーの管理",
    mine_lead: "パスキーを使うと、スマートフォン、パソコン、またはセキュリティキーでご本人であることを確認できます。このサイトでしか使えないため、偽のサイトに使われることはありません。",
    none: "パスキーはまだありません。",
    label: "新しいパスキーの名前（例：職場のパソコン）",
    add: "パスキーを追加",
    remove: Hole::new("削除：{}"),
    unnamed: Hole::new("パスキー {}"),
    added_on: Hole::new("追加日：{}"),
    used_on: Hole::new("最終使用日：{}"),
    not_used: "まだ使われていません",
    added: "パスキーを追加しました。ほかの場所ではすべてサインアウトしました。",
    removed: "パスキーを削除しました。ほかの場所ではすべてサインアウトしました。",
    confirm: "今すぐ本人確認をする",
    wrong: Says {
        title: "パスキーを確認できませんでした",
        detail: "失敗として数えられます。このサイト用に追加したパスキーを使い、端末で本人確認を行ってください。",
    },
    not_asked: Says {
        title: "確認の期限が切れました",
        detail: "何も判定されていません。もう一度ボタンを押してください。",
    },
    missing: Says {
        title: "ここではパスキーを使えません",
        detail: "登録されたパスキーがないか、このページでは使えません。別の方法をご利用ください。",
    },
    only: Says {
        title: "このページにはパスキーが必要です",
        detail: "このページはパスキーでのみ開けます。このサイトの別のページにサインインしてから「パスキーの管理」で追加してください。できない場合は担当窓口にお問い合わせください。",
    },
    not_taken: Says {
        title: "パスキーは追加されませんでした",
        detail: "端末が作成したものを受け付けられませんでした。もう一度試すか、別の端末をお使いください。",
    },
    full: Says {
        title: "パスキーの数が上限に達しています",
        detail: "使わなくなったものを削除してから追加してください。",
    },
    not_lately: Says {
        title: "先に本人確認をしてください", detail: "変更するには、直近5分以内の本人確認が必要です。"
    },
};

/// Chinese, simplified.
pub const ZH_HANS: Passkeys = Passkeys {
    title: "使用通行密钥确认",
    lead: "由您的手机、电脑或安全密钥确认是您本人，无需输入任何内容。",
    use_one: "使用通行密钥",
    no_script: "通行密钥需要 JavaScript，而此浏览器已将其停用。",
    unsupported: "此浏览器无法在这里使用通行密钥。",
    cancelled: "尚未确认。您可以重试。",
    failed: "没有收到回应，请稍后重试。",
    mine: "您的通行密钥",
    mine_lead: "通行密钥由您的手机、电脑或安全密钥确认是您本人。它只能用于本站，假冒网站无法索取。",
    none: "还没有通行密钥。",
    label: "新通行密钥的名称，例如“办公室电脑”",
    add: "添加通行密钥",
    remove: Hole::new("移除：{}"),
    unnamed: Hole::new("通行密钥 {}"),
    added_on: Hole::new("添加日期：{}"),
    used_on: Hole::new("上次使用：{}"),
    not_used: "尚未使用",
    added: "通行密钥已添加。您在其他地方的登录均已退出。",
    removed: "通行密钥已移除。您在其他地方的登录均已退出。",
    confirm: "立即确认是您本人",
    wrong: Says {
        title: "通行密钥未能通过确认",
        detail: "这会计为一次失败。请使用为本站添加的通行密钥，并在设备上确认是您本人。",
    },
    not_asked: Says { title: "该请求已过期", detail: "未作任何判断。请再按一次按钮。" },
    missing: Says {
        title: "此处无法使用通行密钥", detail: "您没有可用的通行密钥，或此页面不接受。请使用其他方式。"
    },
    only: Says {
        title: "此页面需要通行密钥",
        detail: "只有通行密钥能打开此页面。请先登录本站的其他页面，在“您的通行密钥”中添加；如果无法添加，请联系服务台。",
    },
    not_taken: Says {
        title: "通行密钥未添加", detail: "无法接受设备生成的内容。请重试，或使用其他设备。"
    },
    full: Says {
        title: "通行密钥数量已达上限", detail: "请先移除不再使用的通行密钥，再添加新的。"
    },
    not_lately: Says {
        title: "请先确认是您本人", detail: "要更改此项，最近一次确认不得早于五分钟前。"
    },
};

/// Chinese, traditional.
pub const ZH_HANT: Passkeys = Passkeys {
    title: "使用通行金鑰確認",
    lead: "由您的手機、電腦或安全金鑰確認是您本人，不需要輸入任何內容。",
    use_one: "使用通行金鑰",
    no_script: "通行金鑰需要 JavaScript，而這個瀏覽器已將其停用。",
    unsupported: "這個瀏覽器無法在此使用通行金鑰。",
    cancelled: "尚未確認。您可以再試一次。",
    failed: "沒有收到回應，請稍後再試。",
    mine: "您的通行金鑰",
    mine_lead: "通行金鑰由您的手機、電腦或安全金鑰確認是您本人。它只能用於本站，假冒網站無法索取。",
    none: "還沒有通行金鑰。",
    label: "新通行金鑰的名稱，例如「辦公室電腦」",
    add: "新增通行金鑰",
    remove: Hole::new("移除：{}"),
    unnamed: Hole::new("通行金鑰 {}"),
    added_on: Hole::new("新增日期：{}"),
    used_on: Hole::new("上次使用：{}"),
    not_used: "尚未使用",
    added: "通行金鑰已新增。您在其他地方的登入均已登出。",
    removed: "通行金鑰已移除。您在其他地方的登入均已登出。",
    confirm: "立即確認是您本人",
    wrong: Says {
        title: "通行金鑰未能通過確認",
        detail: "這會算作一次失敗。請使用為本站新增的通行金鑰，並在裝置上確認是您本人。",
    },
    not_asked: Says { title: "這項要求已過期", detail: "未作任何判斷。請再按一次按鈕。" },
    missing: Says {
        title: "此處無法使用通行金鑰", detail: "您沒有可用的通行金鑰，或這一頁不接受。請使用其他方式。"
    },
    only: Says {
        title: "這一頁需要通行金鑰",
        detail: "只有通行金鑰能打開這一頁。請先登入本站的其他頁面，在「您的通行金鑰」中新增；如果無法新增，請洽詢服務台。",
    },
    not_taken: Says {
        title: "通行金鑰未新增", detail: "無法接受裝置產生的內容。請再試一次，或使用其他裝置。"
    },
    full: Says {
        title: "通行金鑰數量已達上限", detail: "請先移除不再使用的通行金鑰，再新增新的。"
    },
    not_lately: Says {
        title: "請先確認是您本人", detail: "要變更此項，最近一次確認不得早於五分鐘前。"
    },
};

/// Korean.
pub const KO: Passkeys = Passkeys {
    title: "패스키로 확인",
    lead: "휴대전화, 컴퓨터 또는 보안 키로 본인임을 확인합니다. 입력할 것은 없습니다.",
    use_one: "패스키 사용",
    no_script: "패스키를 사용하려면 JavaScript가 필요하지만 이 브라우저에서는 꺼져 있습니다.",
    unsupported: "이 브라우저에서는 여기에서 패스키를 사용할 수 없습니다.",
    cancelled: "확인되지 않았습니다. 다시 시도할 수 있습니다.",
    failed: "응답이 없습니다. 잠시 후 다시 시도해 주세요.",
    mine: "내 패스키",
    mine_lead: "패스키를 사용하면 휴대전화, 컴퓨터 또는 보안 키로 본인임을 확인합니다. 이 사이트에서만 사용할 수 있어 가짜 사이트가 요구할 수 없습니다.",
    none: "아직 패스키가 없습니다.",
    label: "새 패스키의 이름(예: 사무실 컴퓨터)",
    add: "패스키 추가",
    remove: Hole::new("삭제: {}"),
    unnamed: Hole::new("패스키 {}"),
    added_on: Hole::new("추가한 날짜: {}"),
    used_on: Hole::new("마지막 사용: {}"),
    not_used: "아직 사용하지 않음",
    added: "패스키를 추가했습니다. 다른 곳에서는 모두 로그아웃되었습니다.",
    removed: "패스키를 삭제했습니다. 다른 곳에서는 모두 로그아웃되었습니다.",
    confirm: "지금 본인 확인하기",
    wrong: Says {
        title: "패스키를 확인할 수 없습니다",
        detail: "실패한 시도로 계산됩니다. 이 사이트에 추가한 패스키를 사용하고 기기에서 본인 확인을 해 주세요.",
    },
    not_asked: Says {
        title: "요청이 만료되었습니다",
        detail: "아무것도 판정하지 않았습니다. 버튼을 다시 눌러 주세요.",
    },
    missing: Says {
        title: "여기에서는 패스키를 사용할 수 없습니다",
        detail: "사용할 패스키가 없거나 이 페이지에서 받지 않습니다. 다른 방법을 사용해 주세요.",
    },
    only: Says {
        title: "이 페이지에는 패스키가 필요합니다",
        detail: "이 페이지는 패스키로만 열 수 있습니다. 이 사이트의 다른 페이지에 로그인한 뒤 ‘내 패스키’에서 추가해 주세요. 할 수 없으면 담당 부서에 문의해 주세요.",
    },
    not_taken: Says {
        title: "패스키가 추가되지 않았습니다",
        detail: "기기가 만든 것을 받을 수 없습니다. 다시 시도하거나 다른 기기를 사용해 주세요.",
    },
    full: Says {
        title: "패스키가 최대 개수에 도달했습니다",
        detail: "사용하지 않는 것을 삭제한 다음 새로 추가해 주세요.",
    },
    not_lately: Says {
        title: "먼저 본인 확인을 해 주세요", detail: "변경하려면 마지막 확인이 5분 이내여야 합니다."
    },
};

/// Vietnamese.
pub const VI: Passkeys = Passkeys {
    title: "Xác nhận bằng khóa truy cập",
    lead: "Điện thoại, máy tính hoặc khóa bảo mật của bạn xác nhận đó là bạn. Không cần nhập gì.",
    use_one: "Dùng khóa truy cập",
    no_script: "Khóa truy cập chỉ hoạt động với JavaScript, nhưng trình duyệt này đã tắt.",
    unsupported: "Trình duyệt này không dùng được khóa truy cập ở đây.",
    cancelled: "Chưa xác nhận được gì. Bạn có thể thử lại.",
    failed: "Không có phản hồi. Vui lòng thử lại sau giây lát.",
    mine: "Khóa truy cập của bạn",
    mine_lead: "Với khóa truy cập, điện thoại, máy tính hoặc khóa bảo mật xác nhận đó là bạn. Khóa chỉ dùng được trên trang này nên trang giả mạo không thể hỏi xin.",
    none: "Chưa có khóa truy cập nào.",
    label: "Tên của khóa mới, ví dụ “máy tính văn phòng”",
    add: "Thêm khóa truy cập",
    remove: Hole::new("Gỡ bỏ: {}"),
    unnamed: Hole::new("Khóa truy cập {}"),
    added_on: Hole::new("Thêm ngày {}"),
    used_on: Hole::new("Dùng lần cuối ngày {}"),
    not_used: "Chưa dùng",
    added: "Đã thêm khóa truy cập. Bạn đã được đăng xuất ở mọi nơi khác.",
    removed: "Đã gỡ khóa truy cập. Bạn đã được đăng xuất ở mọi nơi khác.",
    confirm: "Xác nhận ngay rằng đó là bạn",
    wrong: Says {
        title: "Không xác nhận được khóa truy cập",
        detail: "Lần này tính là một lần thử sai. Hãy dùng khóa bạn đã thêm cho trang này và để thiết bị kiểm tra đó là bạn.",
    },
    not_asked: Says {
        title: "Yêu cầu đã hết hạn", detail: "Chưa có gì được xét. Hãy nhấn nút một lần nữa."
    },
    missing: Says {
        title: "Không dùng được khóa truy cập ở đây",
        detail: "Bạn không có khóa nào, hoặc trang này không nhận. Hãy dùng cách khác.",
    },
    only: Says {
        title: "Trang này cần khóa truy cập",
        detail: "Trang chỉ mở bằng khóa truy cập. Hãy đăng nhập vào một trang khác của site này rồi thêm khóa trong “Khóa truy cập của bạn”; nếu không được, hãy nhờ hỗ trợ.",
    },
    not_taken: Says {
        title: "Khóa truy cập chưa được thêm",
        detail: "Không nhận được thứ mà thiết bị tạo ra. Hãy thử lại hoặc dùng thiết bị khác.",
    },
    full: Says {
        title: "Bạn đã có số khóa truy cập tối đa",
        detail: "Hãy gỡ một khóa không còn dùng rồi thêm khóa mới.",
    },
    not_lately: Says {
        title: "Trước hết hãy xác nhận đó là bạn",
        detail: "Để thay đổi mục này, lần xác nhận gần nhất phải trong vòng năm phút.",
    },
};
