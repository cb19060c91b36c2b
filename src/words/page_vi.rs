//! The pages in Vietnamese.

use super::count::Counted;
use super::page::{CodePage, Common, No, Page, PerChannel, Says, SignIn, Sources, Tries, Unsent, Waits};
use super::span::Spans;
use super::{Hole, emergency, factors, me, passkeys};

pub static PAGE: Page = Page {
    common: Common {
        error: Hole::new("Lỗi: {}"),
        help: Hole::new("Trợ giúp: {}"),
        request: Hole::new("Nếu cần trợ giúp, vui lòng cung cấp số này: {}"),
        full_window: "Mở trong toàn cửa sổ",
        start_again: "Bắt đầu lại",
        go_on: "Tiếp tục",
        signed_in_as: Hole::new("Đã đăng nhập với tên {}"),
        sign_out: "Đăng xuất",
    },
    sign_in: SignIn {
        title: "Đăng nhập",
        lead: "Trang này cần mã dùng một lần. Chúng tôi gửi mã đến số điện thoại hoặc địa chỉ đã đăng ký của bạn.",
        title_again: "Xác nhận chính là bạn",
        lead_again: "Trang này cần một mã dùng một lần mới. Chúng tôi gửi mã đến số điện thoại hoặc địa chỉ đã đăng ký của bạn.",
        username: "Tên người dùng",
        password: "Mật khẩu",
        send: "Gửi mã",
    },
    sources: Sources {
        with: Hole::new("Đăng nhập bằng {}"),
        unknown: Says {
            title: "Chúng tôi không nhận ra bạn",
            detail: "Trang này dành cho người đã đăng nhập ở nơi khác: bằng thẻ hoặc chứng chỉ, hoặc qua cổng thông tin của tổ chức bạn. Hãy đăng nhập ở đó rồi mở lại trang này.",
        },
        leaving: Says {
            title: "Xin chờ một chút", detail: "Bạn đang được đưa đến trang đăng nhập."
        },
        failed: Says {
            title: "Bạn chưa đăng nhập",
            detail: "Việc đăng nhập đã bị dừng hoặc mất quá nhiều thời gian. Chưa có gì được gửi đi. Vui lòng bắt đầu lại.",
        },
    },
    code: CodePage {
        title: "Nhập mã",
        to: "Gửi đến",
        state: "Trạng thái",
        life: "Hiệu lực",
        went: PerChannel {
            sms: Hole::new("{} (SMS)"),
            voice: Hole::new("{} (cuộc gọi)"),
            whatsapp: Hole::new("{} (WhatsApp)"),
            email: Hole::new("{} (email)"),
        },
        ending_in: Hole::new("số điện thoại kết thúc bằng {}"),
        mail_at: Hole::new("địa chỉ email tại {}"),
        registered: PerChannel {
            sms: "điện thoại đã đăng ký của bạn",
            voice: "điện thoại đã đăng ký của bạn",
            whatsapp: "điện thoại đã đăng ký của bạn",
            email: "địa chỉ đã đăng ký của bạn",
        },
        if_registered: "Mã chỉ đến nếu tên người dùng này có đăng ký số điện thoại hoặc địa chỉ.",
        queued: "Đang gửi…",
        sent: "Đã chuyển cho dịch vụ gửi tin",
        delivered: "Đã đến điện thoại",
        failed: "Không gửi được",
        failed_next: "Không gửi được mã. Hãy nhấn “Gửi lại”. Nếu vẫn không được, hãy nhờ trợ giúp.",
        refresh: "Cập nhật",
        digits: Hole::new("Mã ({} chữ số)"),
        characters: Hole::new("Mã ({} chữ cái và chữ số)"),
        check: "Tiếp tục",
        not_arrived: "Chưa nhận được mã?",
        resend: "Gửi lại",
        resend_in: Hole::new("Bạn có thể gửi lại sau {}."),
        resend_now: "Bạn sẽ nhận lại đúng mã đó.",
        resent: "Mã đang được gửi lại.",
        start_over: "Làm lại từ đầu",
        other_ways: "Cách khác để nhận mã",
        send_by: PerChannel {
            sms: "Gửi qua SMS",
            voice: "Gọi cho tôi",
            whatsapp: "Gửi qua WhatsApp",
            email: "Gửi qua email",
        },
        next: PerChannel {
            sms: Hole::new("Nếu chưa có mã nào được nhập, chúng tôi sẽ gửi qua SMS sau {}."),
            voice: Hole::new("Nếu chưa có mã nào được nhập, chúng tôi sẽ gọi cho bạn sau {}."),
            whatsapp: Hole::new("Nếu chưa có mã nào được nhập, chúng tôi sẽ gửi qua WhatsApp sau {}."),
            email: Hole::new("Nếu chưa có mã nào được nhập, chúng tôi sẽ gửi qua email sau {}."),
        },
        call_hint: "Khi chúng tôi gọi, hãy nhấn một phím bất kỳ để nghe mã.",
        weak: PerChannel {
            sms: "SMS là cách nhận mã kém an toàn hơn: tin nhắn có thể bị đọc trộm và số điện thoại có thể bị chiếm. Không cho \
                  bất kỳ ai biết mã, kể cả chúng tôi.",
            voice: "Cuộc gọi là cách nhận mã kém an toàn hơn: cuộc gọi có thể bị chuyển hướng và số điện thoại có thể bị chiếm. \
                    Không cho bất kỳ ai biết mã, kể cả chúng tôi.",
            whatsapp: "WhatsApp phụ thuộc vào số điện thoại của bạn: ai chiếm được số đó đều có thể nhận mã. Không cho bất kỳ ai \
                       biết mã, kể cả chúng tôi.",
            email: "Email là cách nhận mã kém an toàn nhất: ai mở được hộp thư đều có thể đọc mã. Không cho bất kỳ ai biết mã, \
                    kể cả chúng tôi.",
        },
    },
    factors: factors::VI,
    emergency: emergency::VI,
    unsent: Unsent {
        title: "Biểu mẫu của bạn chưa được gửi",
        lead: "Trước hết cần có mã dùng một lần. Nội dung bạn đã điền vẫn còn trong trình duyệt này và chưa được gửi. Vui lòng \
               làm như sau:",
        open: "Lấy mã",
        new_tab: "(mở trong thẻ mới)",
        enter: "Nhập mã tại đó.",
        reload: "Quay lại thẻ này và tải lại trang. Khi trình duyệt hỏi có gửi lại biểu mẫu hay không, hãy xác nhận.",
        or_back: "Bạn cũng có thể nhấn nút Quay lại của trình duyệt, kiểm tra nội dung đã điền rồi gửi lại.",
    },
    spans: Spans {
        seconds: Counted::same("{} giây"),
        minutes: Counted::same("{} phút"),
        hours: Counted::same("{} giờ"),
        now: "(vừa xong)",
        ago: Hole::new("({} trước)"),
        left: Hole::new("còn {}"),
    },
    me: me::vi::ME,
    login: super::page::Login {
        not_registered: Says {
            title: "Chưa có số điện thoại nào được đăng ký cho bạn",
            detail: "Ứng dụng đã chấp nhận mật khẩu của bạn, nhưng chúng tôi không biết số điện thoại hay địa \
                     chỉ nào để gửi mã dùng một lần, nên bạn chưa được đăng nhập. Hãy nhờ trợ giúp để đăng ký \
                     số của bạn, rồi đăng nhập lại.",
        },
        answer_unfit: Says {
            title: "Không thể đăng nhập cho bạn",
            detail: "Ứng dụng đã chấp nhận mật khẩu của bạn, nhưng câu trả lời của nó không thể được giữ lại \
                     cho đến khi mã của bạn được kiểm tra. Đây không phải lỗi của bạn. Hãy nhờ trợ giúp.",
        },
    },
    no: NO,
    passkeys: passkeys::VI,
    already_through: Says {
        title: "Bạn đã được xác nhận", detail: "Mã đã được chấp nhận. Trang của bạn sắp mở ra."
    },
    signed_out: Says {
        title: "Bạn đã đăng xuất",
        detail: "Nếu có người khác dùng máy tính này, hãy đóng luôn mọi cửa sổ của trình duyệt.",
    },
    stale_form: Says {
        title: "Trang này đã cũ",
        detail: "Chưa có gì được gửi. Vui lòng thử lại một lần nữa. Nếu vẫn thấy thông báo này, hãy cho phép cookie của trang \
                 web này.",
    },
    code_needed: Says {
        title: "Cần mã dùng một lần",
        detail: "Hãy bắt đầu một challenge cho scope này, hoặc cho người dùng xem trang ghi ở “challenge”; sau đó gửi lại yêu \
                 cầu.",
    },
};

const NO: No = No {
    malformed: Says {
        title: "Không hiểu được yêu cầu",
        detail: "Yêu cầu không đầy đủ hoặc không đúng dạng. Hãy quay lại và thử lần nữa.",
    },
    path: Says {
        title: "Không hiểu được địa chỉ",
        detail: "Địa chỉ có thể đọc theo nhiều cách. Hãy kiểm tra liên kết bạn đã mở.",
    },
    unknown_host: Says {
        title: "Trang web này không được phục vụ ở đây",
        detail: "Hãy kiểm tra tên máy chủ trong địa chỉ.",
    },
    unencrypted: Says {
        title: "Trang web này chỉ dùng https",
        detail: "Nội dung bạn gửi đã đi qua mạng mà không được mã hóa và không được tiếp nhận. Hãy dùng địa chỉ có https.",
    },
    no_route: Says {
        title: "Không có gì ở địa chỉ này", detail: "Hãy kiểm tra địa chỉ hoặc quay lại trang trước đó."
    },
    denied: Says {
        title: "Trang này đã đóng",
        detail: "Không thể mở trang này từ đây. Nếu bạn cần, hãy nhờ trợ giúp.",
    },
    method: Says {
        title: "Không thể làm việc đó ở đây", detail: "Địa chỉ này không nhận loại yêu cầu như vậy."
    },
    headers_too_large: Says {
        title: "Yêu cầu quá lớn",
        detail: "Phần đầu của yêu cầu quá dài. Xóa cookie của trang web này thường sẽ khắc phục được.",
    },
    too_slow: Says {
        title: "Yêu cầu không đến kịp", detail: "Có thể kết nối không tốt. Vui lòng thử lại."
    },
    body_too_large: Says {
        title: "Gửi quá nhiều cùng một lúc", detail: "Hãy gửi ít hơn hoặc dùng tệp nhỏ hơn."
    },
    body_type: Says {
        title: "Định dạng này không được chấp nhận",
        detail: "Hãy gửi nội dung theo dạng mà địa chỉ này tiếp nhận.",
    },
    cross_site: Says {
        title: "Yêu cầu đã bị chặn",
        detail: "Không có gì cho thấy yêu cầu đến từ chính trang web này. Hãy mở trang bằng địa chỉ của nó rồi thử lại.",
    },
    who_are_you: Says { title: "Còn thiếu thông tin", detail: "Hãy điền mọi ô rồi thử lại." },
    wrong_credentials: Says {
        title: "Đăng nhập không thành công",
        detail: "Tên người dùng hoặc mật khẩu không đúng, hoặc người dùng này không được mở trang này.",
    },
    unknown_scope: Says {
        title: "Liên kết này không đầy đủ",
        detail: "Hãy mở lại trang bạn cần; trang đó sẽ đưa bạn đến đây đúng cách.",
    },
    unknown_challenge: Says {
        title: "Không có mã nào đang chờ ở đây",
        detail: "Mã đã được yêu cầu trong trình duyệt khác hoặc từ trước đó khá lâu. Vui lòng bắt đầu lại.",
    },
    not_a_code: Says {
        title: "Mã chưa đầy đủ",
        detail: "Hãy nhập đúng như trong tin nhắn. Lần này không bị tính là một lần thử.",
    },
    wrong_code: Tries {
        title: "Mã không đúng",
        none: "Đã hết số lần thử. Vui lòng bắt đầu lại.",
        left: Counted::same("Hãy xem lại tin nhắn mới nhất. Bạn còn {} lần thử."),
    },
    expired: Says { title: "Mã đã hết hạn", detail: "Hãy bắt đầu lại để nhận mã mới." },
    used: Says {
        title: "Mã đã được dùng", detail: "Mỗi mã chỉ dùng được một lần. Hãy bắt đầu lại để nhận mã mới."
    },
    out_of_tries: Says {
        title: "Nhập sai mã quá nhiều lần",
        detail: "Mã này không còn dùng được. Hãy bắt đầu lại để nhận mã mới.",
    },
    no_such_channel: Says { title: "Không thể gửi mã theo cách đó", detail: "Vui lòng chọn cách khác." },
    no_resend_left: Says {
        title: "Không gửi thêm tin nhắn cho mã này",
        detail: "Hãy dùng tin nhắn mới nhất hoặc làm lại từ đầu để nhận mã mới.",
    },
    cooling: Waits {
        title: "Vui lòng đợi một chút", detail: Hole::new("Bạn có thể gửi lại mã sau {}.")
    },
    waiting: Waits {
        title: "Nhập sai mã quá nhiều lần",
        detail: Hole::new("Tài khoản này đang tạm dừng để bảo vệ bạn. Hãy thử lại sau {}."),
    },
    closed: Says {
        title: "Tài khoản này đã bị khóa",
        detail: "Đã có quá nhiều mã sai. Hãy nhờ bộ phận hỗ trợ mở khóa; trình duyệt mà bạn từng đăng nhập có thể vẫn dùng được.",
    },
    limited: Waits { title: "Quá nhiều yêu cầu", detail: Hole::new("Vui lòng thử lại sau {}.") },
    number_swapped: Says {
        title: "Không thể dùng số điện thoại này",
        detail: "Thẻ SIM của số này vừa được thay đổi gần đây; để an toàn, chúng tôi không gửi mã. Cần một cách khác: vui lòng liên hệ bộ phận hỗ trợ.",
    },
    outage: Says {
        title: "Hiện không dùng được",
        detail: "Một bộ phận mà trang này cần đang không hoạt động. Vui lòng thử lại sau ít phút.",
    },
    upstream_down: Says { title: "Ứng dụng không trả lời", detail: "Vui lòng thử lại sau ít phút." },
    upstream_slow: Says {
        title: "Ứng dụng phản hồi quá lâu",
        detail: "Nếu bạn đang lưu gì đó, hãy kiểm tra xem đã lưu được chưa trước khi gửi lại.",
    },
};
