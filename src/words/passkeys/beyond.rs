//! In the languages of Europe, America and Arabia.

use super::super::Hole;
use super::super::page::{Passkeys, Says};

/// English.
pub const EN: Passkeys = Passkeys {
    title: "Confirm with a passkey",
    lead: "Your phone, computer or security key confirms that it is you. There is nothing to type.",
    use_one: "Use a passkey",
    no_script: "Passkeys work only with JavaScript, which is switched off in this browser.",
    unsupported: "This browser cannot use passkeys here.",
    cancelled: "Nothing was confirmed. You can try again.",
    failed: "No answer came. Please try again in a moment.",
    mine: "Your passkeys",
    mine_lead: "With a passkey your phone, computer or security key confirms that it is you. It works on this site only, so no false site can ask for it.",
    none: "There is no passkey yet.",
    label: "Name of the new passkey, such as “office computer”",
    add: "Add a passkey",
    remove: Hole::new("Remove: {}"),
    unnamed: Hole::new("Passkey {}"),
    added_on: Hole::new("Added on {}"),
    used_on: Hole::new("Last used on {}"),
    not_used: "Not used yet",
    added: "The passkey was added. You were signed out everywhere else.",
    removed: "The passkey was removed. You were signed out everywhere else.",
    confirm: "Confirm that it is you now",
    wrong: Says {
        title: "The passkey could not be confirmed",
        detail: "This counts as a failed try. Use a passkey that you added for this site, and let your device check that it is you.",
    },
    not_asked: Says { title: "The question is out of date", detail: "Nothing was judged. Press the button once more." },
    missing: Says {
        title: "No passkey can be used here",
        detail: "There is none for you, or this page does not take one. Use another way.",
    },
    only: Says {
        title: "This page needs a passkey",
        detail: "It opens with a passkey and with nothing else. Add one under “Your passkeys” after signing in to another page of this site; if you cannot, ask for help.",
    },
    not_taken: Says {
        title: "The passkey was not added",
        detail: "What the device made could not be taken. Please try again, or use another device.",
    },
    full: Says {
        title: "You have the most passkeys possible",
        detail: "Remove one that you no longer use, then add the new one.",
    },
    not_lately: Says {
        title: "Please confirm first that it is you",
        detail: "To change this, your last confirmation must not be older than five minutes.",
    },
};

/// Spanish.
pub const ES: Passkeys = Passkeys {
    title: "Confirme con una llave de acceso",
    lead: "Su teléfono, ordenador o llave de seguridad confirma que es usted. No hay que escribir nada.",
    use_one: "Usar una llave de acceso",
    no_script: "Las llaves de acceso solo funcionan con JavaScript, que está desactivado en este navegador.",
    unsupported: "Este navegador no puede usar llaves de acceso aquí.",
    cancelled: "No se confirmó nada. Puede intentarlo de nuevo.",
    failed: "No llegó ninguna respuesta. Inténtelo de nuevo en un momento.",
    mine: "Sus llaves de acceso",
    mine_lead: "Con una llave de acceso, su teléfono, ordenador o llave de seguridad confirma que es usted. Solo funciona en este sitio, así que ningún sitio falso puede pedirla.",
    none: "Todavía no hay ninguna llave de acceso.",
    label: "Nombre de la nueva llave, por ejemplo «ordenador de la oficina»",
    add: "Añadir una llave de acceso",
    remove: Hole::new("Quitar: {}"),
    unnamed: Hole::new("Llave de acceso {}"),
    added_on: Hole::new("Añadida el {}"),
    used_on: Hole::new("Usada por última vez el {}"),
    not_used: "Aún no se ha usado",
    added: "La llave de acceso se ha añadido. Se ha cerrado su sesión en los demás lugares.",
    removed: "La llave de acceso se ha quitado. Se ha cerrado su sesión en los demás lugares.",
    confirm: "Confirmar ahora que es usted",
    wrong: Says {
        title: "No se pudo confirmar la llave de acceso",
        detail: "Cuenta como intento fallido. Use una llave que haya añadido para este sitio y deje que su dispositivo compruebe que es usted.",
    },
    not_asked: Says { title: "La pregunta ha caducado", detail: "No se ha juzgado nada. Pulse el botón otra vez." },
    missing: Says {
        title: "Aquí no se puede usar una llave de acceso",
        detail: "No hay ninguna para usted, o esta página no la acepta. Use otra vía.",
    },
    only: Says {
        title: "Esta página necesita una llave de acceso",
        detail: "Solo se abre con una llave de acceso. Añada una en «Sus llaves de acceso» tras iniciar sesión en otra página de este sitio; si no puede, pida ayuda.",
    },
    not_taken: Says {
        title: "La llave de acceso no se ha añadido",
        detail: "No se pudo aceptar lo que creó el dispositivo. Inténtelo de nuevo o use otro dispositivo.",
    },
    full: Says {
        title: "Ya tiene el máximo de llaves de acceso",
        detail: "Quite una que ya no use y añada después la nueva.",
    },
    not_lately: Says {
        title: "Confirme primero que es usted",
        detail: "Para cambiar esto, su última confirmación no puede tener más de cinco minutos.",
    },
};

/// French.
pub const FR: Passkeys = Passkeys {
    title: "Confirmez avec une clé d’accès",
    lead: "Votre téléphone, votre ordinateur ou votre clé de sécurité confirme que c’est bien vous. Il n’y a rien à saisir.",
    use_one: "Utiliser une clé d’accès",
    no_script: "Les clés d’accès ne fonctionnent qu’avec JavaScript, qui est désactivé dans ce navigateur.",
    unsupported: "Ce navigateur ne peut pas utiliser de clé d’accès ici.",
    cancelled: "Rien n’a été confirmé. Vous pouvez réessayer.",
    failed: "Aucune réponse n’est arrivée. Réessayez dans un instant.",
    mine: "Vos clés d’accès",
    mine_lead: "Avec une clé d’accès, votre téléphone, votre ordinateur ou votre clé de sécurité confirme que c’est bien vous. Elle ne fonctionne que sur ce site : aucun faux site ne peut la demander.",
    none: "Il n’y a pas encore de clé d’accès.",
    label: "Nom de la nouvelle clé, par exemple « ordinateur du bureau »",
    add: "Ajouter une clé d’accès",
    remove: Hole::new("Supprimer : {}"),
    unnamed: Hole::new("Clé d’accès {}"),
    added_on: Hole::new("Ajoutée le {}"),
    used_on: Hole::new("Dernière utilisation le {}"),
    not_used: "Pas encore utilisée",
    added: "La clé d’accès a été ajoutée. Vous avez été déconnecté partout ailleurs.",
    removed: "La clé d’accès a été supprimée. Vous avez été déconnecté partout ailleurs.",
    confirm: "Confirmer maintenant que c’est vous",
    wrong: Says {
        title: "La clé d’accès n’a pas pu être confirmée",
        detail: "Cela compte comme un essai manqué. Utilisez une clé ajoutée pour ce site et laissez votre appareil vérifier que c’est bien vous.",
    },
    not_asked: Says {
        title: "La demande est périmée",
        detail: "Rien n’a été jugé. Appuyez encore une fois sur le bouton.",
    },
    missing: Says {
        title: "Aucune clé d’accès ne peut servir ici",
        detail: "Vous n’en avez pas, ou cette page n’en accepte pas. Utilisez un autre moyen.",
    },
    only: Says {
        title: "Cette page exige une clé d’accès",
        detail: "Elle ne s’ouvre qu’avec une clé d’accès. Ajoutez-en une sous « Vos clés d’accès » après vous être connecté à une autre page de ce site ; sinon, demandez de l’aide.",
    },
    not_taken: Says {
        title: "La clé d’accès n’a pas été ajoutée",
        detail: "Ce que l’appareil a créé n’a pas pu être accepté. Réessayez ou utilisez un autre appareil.",
    },
    full: Says {
        title: "Vous avez le nombre maximal de clés d’accès",
        detail: "Supprimez-en une qui ne sert plus, puis ajoutez la nouvelle.",
    },
    not_lately: Says {
        title: "Confirmez d’abord que c’est bien vous",
        detail: "Pour modifier cela, votre dernière confirmation ne doit pas dater de plus de cinq minutes.",
    },
};

/// German.
pub const DE: Passkeys = Passkeys {
    title: "Mit einem Passkey bestätigen",
    lead: "Ihr Telefon, Ihr Computer oder Ihr Sicherheitsschlüssel bestätigt, dass Sie es sind. Sie müssen nichts eingeben.",
    use_one: "Passkey verwenden",
    no_script: "Passkeys funktionieren nur mit JavaScript, das in diesem Browser abgeschaltet ist.",
    unsupported: "Dieser Browser kann hier keine Passkeys verwenden.",
    cancelled: "Es wurde nichts bestätigt. Sie können es noch einmal versuchen.",
    failed: "Es kam keine Antwort. Bitte versuchen Sie es gleich noch einmal.",
    mine: "Ihre Passkeys",
    mine_lead: "Mit einem Passkey bestätigt Ihr Telefon, Ihr Computer oder Ihr Sicherheitsschlüssel, dass Sie es sind. Er gilt nur für diese Website, daher kann keine falsche danach fragen.",
    none: "Es gibt noch keinen Passkey.",
    label: "Name des neuen Passkeys, etwa „Computer im Büro“",
    add: "Passkey hinzufügen",
    remove: Hole::new("Entfernen: {}"),
    unnamed: Hole::new("Passkey Nr. {}"),
    added_on: Hole::new("Hinzugefügt am {}"),
    used_on: Hole::new("Zuletzt verwendet am {}"),
    not_used: "Noch nicht verwendet",
    added: "Der Passkey wurde hinzugefügt. Überall sonst wurden Sie abgemeldet.",
    removed: "Der Passkey wurde entfernt. Überall sonst wurden Sie abgemeldet.",
    confirm: "Jetzt bestätigen, dass Sie es sind",
    wrong: Says {
        title: "Der Passkey konnte nicht bestätigt werden",
        detail: "Das zählt als Fehlversuch. Verwenden Sie einen Passkey, den Sie für diese Website hinzugefügt haben, und lassen Sie Ihr Gerät prüfen, dass Sie es sind.",
    },
    not_asked: Says {
        title: "Die Frage ist veraltet",
        detail: "Es wurde nichts beurteilt. Drücken Sie den Knopf noch einmal.",
    },
    missing: Says {
        title: "Hier kann kein Passkey verwendet werden",
        detail: "Es gibt keinen für Sie, oder diese Seite nimmt keinen an. Wählen Sie einen anderen Weg.",
    },
    only: Says {
        title: "Diese Seite braucht einen Passkey",
        detail: "Sie öffnet sich nur mit einem Passkey. Fügen Sie unter „Ihre Passkeys“ einen hinzu, nachdem Sie sich auf einer anderen Seite dieser Website angemeldet haben. Wenn das nicht geht, lassen Sie sich helfen.",
    },
    not_taken: Says {
        title: "Der Passkey wurde nicht hinzugefügt",
        detail: "Was das Gerät erzeugt hat, konnte nicht angenommen werden. Versuchen Sie es noch einmal oder mit einem anderen Gerät.",
    },
    full: Says {
        title: "Mehr Passkeys sind nicht möglich",
        detail: "Entfernen Sie einen, den Sie nicht mehr brauchen, und fügen Sie dann den neuen hinzu.",
    },
    not_lately: Says {
        title: "Bitte bestätigen Sie zuerst, dass Sie es sind",
        detail: "Um das zu ändern, darf Ihre letzte Bestätigung nicht älter als fünf Minuten sein.",
    },
};

/// Portuguese, as in Brazil.
pub const PT_BR: Passkeys = Passkeys {
    title: "Confirme com uma chave de acesso",
    lead: "Seu telefone, computador ou chave de segurança confirma que é você. Não é preciso digitar nada.",
    use_one: "Usar uma chave de acesso",
    no_script: "As chaves de acesso só funcionam com JavaScript, que está desativado neste navegador.",
    unsupported: "Este navegador não pode usar chaves de acesso aqui.",
    cancelled: "Nada foi confirmado. Você pode tentar de novo.",
    failed: "Nenhuma resposta chegou. Tente de novo em instantes.",
    mine: "Suas chaves de acesso",
    mine_lead: "Com uma chave de acesso, seu telefone, computador ou chave de segurança confirma que é você. Ela só funciona neste site; por isso nenhum site falso pode pedi-la.",
    none: "Ainda não há chave de acesso.",
    label: "Nome da nova chave, por exemplo “computador do escritório”",
    add: "Adicionar uma chave de acesso",
    remove: Hole::new("Remover: {}"),
    unnamed: Hole::new("Chave de acesso {}"),
    added_on: Hole::new("Adicionada em {}"),
    used_on: Hole::new("Usada pela última vez em {}"),
    not_used: "Ainda não usada",
    added: "A chave de acesso foi adicionada. Sua sessão foi encerrada nos outros lugares.",
    removed: "A chave de acesso foi removida. Sua sessão foi encerrada nos outros lugares.",
    confirm: "Confirmar agora que é você",
    wrong: Says {
        title: "A chave de acesso não pôde ser confirmada",
        detail: "Isto conta como tentativa errada. Use uma chave que você adicionou para este site e deixe o dispositivo verificar que é você.",
    },
    not_asked: Says { title: "A pergunta expirou", detail: "Nada foi julgado. Pressione o botão mais uma vez." },
    missing: Says {
        title: "Nenhuma chave de acesso pode ser usada aqui",
        detail: "Você não tem nenhuma, ou esta página não a aceita. Use outra forma.",
    },
    only: Says {
        title: "Esta página precisa de uma chave de acesso",
        detail: "Ela só abre com uma chave de acesso. Adicione uma em “Suas chaves de acesso” depois de entrar em outra página deste site; se não conseguir, peça ajuda.",
    },
    not_taken: Says {
        title: "A chave de acesso não foi adicionada",
        detail: "O que o dispositivo criou não pôde ser aceito. Tente de novo ou use outro dispositivo.",
    },
    full: Says {
        title: "Você já tem o máximo de chaves de acesso",
        detail: "Remova uma que não usa mais e depois adicione a nova.",
    },
    not_lately: Says {
        title: "Confirme primeiro que é você",
        detail: "Para mudar isto, sua última confirmação não pode ter mais de cinco minutos.",
    },
};

/// Arabic.
pub const AR: Passkeys = Passkeys {
    title: "التأكيد بمفتاح مرور",
    lead: "يؤكد هاتفك أو حاسوبك أو مفتاح الأمان أنك أنت. لا حاجة إلى كتابة أي شيء.",
    use_one: "استخدام مفتاح مرور",
    no_script: "لا تعمل مفاتيح المرور إلا مع JavaScript، وهي متوقفة في هذا المتصفح.",
    unsupported: "لا يمكن لهذا المتصفح استخدام مفاتيح المرور هنا.",
    cancelled: "لم يتم تأكيد شيء. يمكنك المحاولة مرة أخرى.",
    failed: "لم يصل أي رد. حاول مرة أخرى بعد قليل.",
    mine: "مفاتيح المرور الخاصة بك",
    mine_lead: "بمفتاح المرور يؤكد هاتفك أو حاسوبك أو مفتاح الأمان أنك أنت. وهو يعمل في هذا الموقع فقط، فلا يستطيع موقع مزيف أن يطلبه.",
    none: "لا يوجد مفتاح مرور بعد.",
    label: "اسم المفتاح الجديد، مثل «حاسوب المكتب»",
    add: "إضافة مفتاح مرور",
    remove: Hole::new("إزالة: {}"),
    unnamed: Hole::new("مفتاح المرور {}"),
    added_on: Hole::new("أضيف في {}"),
    used_on: Hole::new("آخر استخدام في {}"),
    not_used: "لم يُستخدم بعد",
    added: "تمت إضافة مفتاح المرور. تم تسجيل خروجك من كل مكان آخر.",
    removed: "تمت إزالة مفتاح المرور. تم تسجيل خروجك من كل مكان آخر.",
    confirm: "أكد الآن أنك أنت",
    wrong: Says {
        title: "تعذر تأكيد مفتاح المرور",
        detail: "تُحسب هذه محاولة فاشلة. استخدم مفتاحًا أضفته لهذا الموقع، ودع جهازك يتحقق من أنك أنت.",
    },
    not_asked: Says {
        title: "انتهت صلاحية الطلب", detail: "لم يُحكم على شيء. اضغط الزر مرة أخرى."
    },
    missing: Says {
        title: "لا يمكن استخدام مفتاح مرور هنا",
        detail: "ليس لديك مفتاح، أو أن هذه الصفحة لا تقبله. استخدم طريقة أخرى.",
    },
    only: Says {
        title: "تحتاج هذه الصفحة إلى مفتاح مرور",
        detail: "لا تُفتح إلا بمفتاح مرور. أضف واحدًا ضمن «مفاتيح المرور الخاصة بك» بعد تسجيل الدخول إلى صفحة أخرى من هذا الموقع، وإن تعذر ذلك فاطلب المساعدة.",
    },
    not_taken: Says {
        title: "لم تتم إضافة مفتاح المرور",
        detail: "لم يمكن قبول ما أنشأه الجهاز. حاول مرة أخرى أو استخدم جهازًا آخر.",
    },
    full: Says {
        title: "لديك أكبر عدد ممكن من مفاتيح المرور", detail: "أزل مفتاحًا لم تعد تستخدمه، ثم أضف الجديد."
    },
    not_lately: Says {
        title: "أكد أولًا أنك أنت", detail: "لتغيير هذا يجب ألا يكون آخر تأكيد لك أقدم من خمس دقائق."
    },
};
