## Polls, places, cards, later, lists, groups' management, import

## Attach menu
attach-poll = استطلاع
attach-contact = جهة اتصال
attach-place = مكان
send-later = إرسال لاحقًا

## Polls
poll-new = استطلاع جديد
poll-question = السؤال
poll-option = الخيار { $number }
poll-same = هناك خياران متماثلان.
poll-multiple = يمكن اختيار أكثر من خيار
send-poll = إرسال الاستطلاع
poll-close = إغلاق الاستطلاع
poll-close-question = إغلاق هذا الاستطلاع؟
poll-close-body = لن يستطيع أحد التصويت بعد الآن، وتبقى النتيجة ظاهرة للجميع.
poll-closed = مغلق

## Places
place-send = إرسال مكان
place-hint = يُرسم على جهازك. لا تعلم به أي خدمة خرائط.
place-mine = استخدام موقعي
place-refused = لم يخبرنا المتصفح بمكانك. اسمح بذلك لهذه الصفحة أو اكتب الإحداثيات.
place-coordinates = الإحداثيات
place-coordinates-hint = خط العرض وخط الطول، مثل 52.52, 13.40
place-wrong = هذا ليس مكانًا. اكتب خط العرض وخط الطول بالدرجات، مثل 52.52, 13.40
place-label = اسم المكان
place-near = بدقة { $metres } م
place-map = العالم مع علامة عند { $place }
place-open = فتح خريطة

## Contact cards
card-send = إرسال جهة اتصال
card-hint = يصلهم الاسم والعنوان، ويمكنهم إرسال طلب.
card-question = إرسال طلب إلى { $name }؟
card-body = سيرى عنوانك ويقرر ما إذا كان يريد التحدث.

## Later
later-hint = هذا الجهاز هو الذي يرسلها. يجب أن يكون حينها يعمل ومتصلًا، وإلا أرسلها حالما يتصل.
later-hour = بعد ساعة
later-evening = الساعة { $time }
later-tomorrow = غدًا الساعة { $time }
later-at = التاريخ والوقت
later-past = هذا الوقت مضى. اختر وقتًا لم يأت بعد.
later-done = ستُرسل في { $time }.
scheduled-title = رسائل مؤجلة
scheduled-waiting = { $count ->
    [one] رسالة واحدة تنتظر موعدها
    [two] رسالتان تنتظران موعدهما
    [few] { $count } رسائل تنتظر موعدها
    [many] { $count } رسالة تنتظر موعدها
   *[other] { $count } رسالة تنتظر موعدها
 }
scheduled-none = لا شيء ينتظر الإرسال هنا.
scheduled-cancel = عدم الإرسال
scheduled-cancel-question = ألا تُرسل هذه الرسالة؟
scheduled-cancel-body = لن تُرسل، ولن يبقى منها شيء.
send-now = إرسال الآن
scheduled-change = تعديل الرسالة
scheduled-text = نص الرسالة

## Composer
formatting = التنسيق
mark-bold = غامق
mark-italic = مائل
mark-strike = يتوسطه خط
mark-code = خط ثابت العرض
mark-block = كتلة برمجية
mark-quote = اقتباس
mark-list = قائمة
mark-spoiler = مخفي حتى اللمس
mention = الإشارة إلى شخص

## Shown once
once-choose = يُعرض مرة واحدة
once-title = يُعرض مرة واحدة
once-hint = عند الإغلاق يختفي من كل أجهزتك.
once-photo = صورة
once-video = فيديو
once-voice = رسالة صوتية
once-file = مستند
once-message = يُعرض مرة واحدة
once-open = افتح؛ يُعرض مرة واحدة
once-sent = يمكن فتحه مرة واحدة
once-opened = تم فتحه

## Finding
filters = عوامل التصفية
filters-clear = بلا تصفية
filter-media = الصور والفيديو
filter-links = الروابط
filter-documents = المستندات
filter-voice = الرسائل الصوتية
filter-from = من
filter-anybody = أي شخص
filter-people = العثور على أشخاص
filter-after = منذ
filter-before = حتى
found-older = نتيجة أقدم
found-newer = نتيجة أحدث
found-place = { $place } من { $of }
found-place-more = { $place } من { $of } أو أكثر
found-count = { $count ->
    [zero] لا رسائل
    [one] رسالة واحدة
    [two] رسالتان
    [few] { $count } رسائل
    [many] { $count } رسالة
   *[other] { $count } رسالة
}
found-count-more = { $count } رسالة أو أكثر
pinned-messages = الرسائل المثبتة
pinned-message = مثبتة: { $text }
starred-messages = الرسائل المميزة بنجمة
starred-none = ضع نجمة على رسالة لتجدها هنا مجددًا.
gallery = الوسائط والروابط والمستندات
gallery-none = لا شيء من هذا النوع بعد.
show-more = عرض المزيد
day-title = الانتقال إلى يوم
day-label = اليوم
day-go = انتقال
day-none = لم يُكتب شيء منذ ذلك الحين.

## Lists of chats
chats-menu = المزيد عن المحادثات
chat-tabs = أي المحادثات
tab-all = الكل
tab-unread = غير مقروءة
tab-groups = المجموعات
folder = المجلد
folder-hint = المجلدات لك وحدك؛ تتشاركها أجهزتك ولا يراها غيرك.
folder-new = مجلد جديد
folder-put = إضافة إلى المجلد
folder-out = إخراج من المجلد
folder-empty = لا محادثات هنا.
folder-menu = خيارات المجلد { $name }
folder-name = اسم المجلد
folder-rename = إعادة تسمية المجلد
folder-remove = إزالة المجلد
folder-remove-question = إزالة المجلد «{ $name }»؟
folder-remove-body = تبقى محادثاته في مكانها بلا مجلد.
mute-hours = لمدة 8 ساعات
mute-week = لمدة أسبوع
mute-always = دائمًا
mute-hint = لا تُنبَّه إلى أي رسالة هنا، ولا إلى الإشارات. أما المكالمات فترن.
mute-mentions = كل شيء عدا الإشارات
mute-mentions-hint = ما دام Casemate مفتوحًا تُنبَّه إلى ما يشير إليك أو يردّ عليك. أما وهو مغلق فلا توقظه هذه المجموعة.

## Broadcast lists
lists = قوائم البث
lists-hint = تصل الرسالة إلى كل شخص في القائمة داخل محادثتكما. لا أحد يرى من تلقاها غيره.
lists-none = لا قوائم بعد.
list-new = قائمة جديدة
list-title = قائمة بث
list-name = اسم القائمة
list-edit = تعديل { $name }
list-remove = حذف القائمة
list-message = رسالة إلى الجميع
list-send = إرسال إلى الجميع
list-remove-question = حذف القائمة «{ $name }»؟
list-remove-body = يُنسى من فيها على كل أجهزتك. تبقى محادثاتك ورسائلك.
list-people = { $count ->
    [zero] لا أحد
    [one] شخص واحد
    [two] شخصان
    [few] { $count } أشخاص
    [many] { $count } شخصًا
   *[other] { $count } شخص
}
list-left-out = لم تُرسل إلى: { $names }.
list-sent = { $count ->
    [zero] لم تُرسل إلى أحد.
    [one] أُرسلت إلى شخص واحد.
    [two] أُرسلت إلى شخصين.
    [few] أُرسلت إلى { $count } أشخاص.
    [many] أُرسلت إلى { $count } شخصًا.
   *[other] أُرسلت إلى { $count } شخص.
}

## Groups
description = عمّ تدور المجموعة
only-admins-send = المشرفون فقط يمكنهم إرسال الرسائل هنا.
group-link = دعوة عبر رابط
group-link-hint = من يفتحه يطلب منك إضافته وينتظر حتى تحضر. أنت تقرر لكل شخص. ويمكن لغيرك ممن يحق لهم الإضافة إنشاء روابط خاصة بهم.
group-link-qr = رابط المجموعة كرمز QR
link-reset = إعادة تعيين الرابط
link-reset-question = إعادة تعيين الرابط؟
link-reset-body = لن يؤدي الرابط الحالي إلى أي مكان أينما انتشر.
join-title = فتحت رابط مجموعة
join-body = اطلب الانضمام. من أنشأ هذا الرابط يرى عنوانك ويقرر.
join-asked = أُرسل الطلب. تظهر المجموعة عند إضافتك.
join-asks = { $name } يطلب الانضمام إلى { $group }
join-approve = إضافة إلى المجموعة
join-approve-all = إضافة الجميع ({ $count })
members-search = بحث في الأعضاء
verified = تمت مقارنة رقم الأمان
emoji-recent = المستخدمة مؤخرًا

## Bringing history
import-title = جلب محادثة من واتساب
import-hint = صدّر المحادثة على هاتفك واختر ملف zip هنا. يُقرأ على هذا الجهاز ويبقى عليه ولا يُرسل إلى أحد.
import-choose = اختيار ملف
import-begin = جلبها إلى هنا
import-me = من منهم أنت؟
import-nobody = لا أحد منهم
import-into = إلى أين
import-new = محادثة مستقلة للقراءة
import-name = اسم المحادثة
import-progress = { $done } من { $of } رسالة
import-reading = جارٍ قراءة الملف…
import-days = من { $first } إلى { $last }
import-cut = المحادثة أطول من ذلك: تُجلب أول { $count } رسالة منها فقط.
import-large = هذا التصدير كبير جدًا أو بصيغة غير معتادة. صدّر المحادثة بلا وسائط.
import-unreadable = هذا الملف تالف أو لا يمكن قراءته. لم يُجلب منه شيء.
import-no-chat = لا توجد محادثة مصدّرة في هذا الملف.
import-order = لا يمكن التمييز بين اليوم والشهر في هذه المحادثة. أيهما يأتي أولًا؟
import-order-choose = يرجى الاختيار
import-order-day = اليوم: من { $first } إلى { $last }
import-order-month = الشهر: من { $first } إلى { $last }
import-wordless = رسائل بلا محتوى في التصدير ولا تُعرض: { $count }
import-lines-out = أسطر تُركت قبل أول رسالة: { $count }. أولها: { $line }
import-lines-copied = أسطر تشبه الرسائل لكنها تبقى ضمن الرسالة التي قبلها: { $count }. أولها: { $line }
import-encrypted = هذا الأرشيف محمي بكلمة مرور. فُك ضغطه وأنشئ ملف zip بلا كلمة مرور.
imported = مجلوبة
imported-closed = جُلبت من ملف؛ لديك وحدك للقراءة.
import-unfinished = لم يكتمل الجلب: { $done } من { $of } رسالة موجودة هنا. إذا توقف، فاجلب الملف نفسه مرة أخرى.
import-files = { $count ->
    [zero] لا ملفات
    [one] ملف واحد
    [two] ملفان
    [few] { $count } ملفات
    [many] { $count } ملفًا
   *[other] { $count } ملف
}
import-left-out = { $count ->
    [zero] لم يُترك أي ملف.
    [one] تعذّر جلب ملف واحد. جُلبت رسالته من دونه.
    [two] تعذّر جلب ملفين. جُلبت رسالتاهما من دونهما.
    [few] تعذّر جلب { $count } ملفات. جُلبت رسائلها من دونها.
    [many] تعذّر جلب { $count } ملفًا. جُلبت رسائلها من دونها.
   *[other] تعذّر جلب { $count } ملف. جُلبت رسائلها من دونها.
}

## What the engine says
said-about-changed = غيّر { $by } وصف المجموعة.
said-about-changed-by-you = غيّرت وصف المجموعة.
said-poll-is-closed = هذا الاستطلاع مغلق.
said-poll-only-asker = يغلق الاستطلاع من طرحه.
said-once-opened-already = تم فتح هذا من قبل.
said-imported-only-yours = جُلب هذا من ملف: لديك وحدك.
said-imported-file = جُلب ملفه وهو هنا فقط. احفظه ثم أرسله.
said-import-date-order = لا يمكن التمييز بين اليوم والشهر في هذه المحادثة. إذا جاء اليوم أولًا فهي من { $day_first } إلى { $day_last }، وإذا جاء الشهر أولًا فمن { $month_first } إلى { $month_last }. حدد أيهما الصحيح. لم يُجلب شيء.
said-import-not-understood = لا توجد محادثة مصدّرة في هذا الملف. أول سطر لم يُفهم: { $line }
said-list-nobody = لم يعد أحد في هذه القائمة من جهات الاتصال.
add-question = إضافة { $name } إلى { $group }؟
add-verb = إضافة
share-title = مشاركة الرسائل السابقة
share-none = لا شيء
share-last = آخر { $count }
share-all = الكل
share-none-hint = لن يقرأ إلا ما يُقال من الآن فصاعدًا.
share-hint = يرى كل الأعضاء أنك تشاركها. ما يُعرض مرة واحدة أو يختفي لا يدخل فيها، وتُشارَك آخر { $most } رسالة على الأكثر.
shared-by = شاركها { $name }
shared-by-hint = قيلت قبل مجيئك. أن هؤلاء كتبوها هو قول من شاركها.
said-shared = شارك { $by } آخر { $count } من الرسائل مع { $who }.
said-shared-by-you = شاركت آخر { $count } من الرسائل مع { $who }.
said-shared-with-you = شارك { $by } معك آخر { $count } من الرسائل.
said-call-missed = مكالمة فائتة من { $who }.
said-video-call-missed = مكالمة فيديو فائتة من { $who }.
said-call-unanswered = اتصلت ولم يرد أحد.
said-shared-unreadable = تعذّرت قراءة الرسائل السابقة.
said-shared-only-read = قيل هذا قبل مجيئك وشورك معك: لا يمكن قول شيء بشأنه.
report = إبلاغ
report-title = الإبلاغ عن { $name }
report-what = لا أحد يقرأ البلاغات هنا: لا Casemate ولا خادمك. أنت تصنع ملفًا مما كتبه { $name } وتحمله إلى من تثق به: صديق أو جهة مساعدة أو الشرطة.
report-open = الملف غير مشفّر ولا يُثبت شيئًا للآخرين: يعرض ما يعرضه جهازك. رسائلك أنت ليست فيه.
report-lab = لمختبر أو فريق أمن
report-lab-hint = مشفّر وموقّع. يذكر أيضًا من جمعه ومتى، وموضع كل رسالة في المحادثة.
report-lab-words = من سيقرؤه يحتاج إلى هذه الكلمات الست. أخبره بها بطريقة أخرى، والأفضل شفهيًا. لا تظهر إلا هنا.
report-messages = ما يدخل فيه
report-request = يدخل فيه هذا الطلب:
report-note = كلماتك أنت عن ذلك
report-before = قبل التعديل، منذ { $when }:
report-save = حفظ كملف
report-hand = إعطاؤه لجهة اتصال
report-to = من يستلمه؟
report-saved = حُفظ البلاغ. لم يذهب إلى أحد.
report-handed = البلاغ في طريقه إلى { $name }.
report-holds = فيه: الاسم والعنوان، الرسائل: { $messages }، الملفات: { $files }.
