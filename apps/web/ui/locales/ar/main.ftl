nav-main = الرئيسية
nav-chats = المحادثات
nav-calls = المكالمات
nav-contacts = جهات الاتصال
nav-settings = الإعدادات
back = رجوع
close = إغلاق
toast-ok = حسنًا
cancel = إلغاء
save = حفظ
saved = تم الحفظ.
copy = نسخ
copied = تم النسخ.
copy-failed = لم يسمح المتصفح بالنسخ. حدد النص وانسخه بنفسك.
more = المزيد
next = التالي
skip = تخطٍّ
start = ابدأ
reload = إعادة التحميل
share = مشاركة
not-now = ليس الآن
try-again = حاول مجددًا
search = بحث
results = النتائج
nothing-found = لا نتائج.
search-more = يُعثر على الرسائل بدءًا من حرفين.
today = اليوم
yesterday = أمس
you = أنت
details = التفاصيل
announcements = إعلانات
announce-message = { $name }: { $text }
connection = الاتصال
connecting = جارٍ الاتصال… يمكنك القراءة والكتابة؛ سيُرسل عند عودة الاتصال.
offline = غير متصل. يمكنك القراءة والكتابة؛ سيُرسل عند عودة الاتصال.
changed-later = أنت غير متصل. سيتم التغيير فور عودة الاتصال.
starting = جارٍ الفتح…
welcome-title = مكان خاص للحديث
welcome-invited = أنت مدعو للحديث
welcome-group = أنت مدعو إلى مجموعة
welcome-invited-by = { $name } يدعوك إلى الحديث
welcome-body = على { $server }. بلا رقم هاتف ولا بريد: اختر اسمًا وابدأ.
welcome-body-native = بلا رقم هاتف ولا بريد: اختر اسمًا وابدأ.
welcome-keys = ما يقفل رسائلك يُصنع على هذا الجهاز ويبقى فيه.
your-name = اسمك
invitation-link = رابط الدعوة
invitation-link-hint = رابط، أو عنوان خادم مفتوح للجميع.
welcome-other-server = هذا خادم غير الذي جاءت منه هذه الصفحة. افتح رابطه أو عنوانه في المتصفح.
create-account = إنشاء حساب
creating = جارٍ إنشاء حسابك…
name-letters = استعمل حروفًا صغيرة من a إلى z وأرقامًا ونقطة وشرطة وشرطة سفلية.
name-length = الاسم من 2 إلى 32 حرفًا.
name-taken = هذا الاسم مستعمل. اختر اسمًا آخر.
name-needed = اكتب اسمك.
name-signs = يبدأ وينتهي بحرف أو رقم، ولا تتوالى فيه علامتان.
address-becomes = يجدك الناس باسم { $address }
address-change = تغيير العنوان
unlock-title = افتح قفل Casemate
unlock = فتح القفل
passphrase = عبارة المرور
failed-title = لا يمكن فتح Casemate
failed-storage = أفرغ مساحة على هذا الجهاز ثم أعد التحميل. لم يضع شيء مما حُفظ.
failed-browser = يحتاج Casemate إلى متصفح حديث ونافذة غير خاصة.
failed-hint = ما حُفظ على هذا الجهاز ما زال موجودًا. أعد تحميل الصفحة للمحاولة مجددًا.
elsewhere-title = مفتوح في علامة تبويب أخرى
elsewhere-body = يعمل Casemate في علامة تبويب واحدة كل مرة، حتى لا يُكتب شيء مرتين.
elsewhere-call = تجري مكالمة في علامة التبويب تلك. ستنتهي هناك، ويمكنك الانضمام إليها من جديد هنا.
elsewhere-unsent = لم تُرسَل الملفات التي كنت ترسلها. إنها تنتظر هنا: أعد استخدام علامة التبويب هذه قبل إغلاقها.
elsewhere-refused = علامة التبويب الأخرى لا تترك Casemate. أغلقها، وسيُفتح هنا.
use-here = استعمله هنا
explain-title = ما الآمن وما ليس آمنًا
explain-safe-title = أنت وهم فقط تقرؤون
explain-safe-body = تُقفل الرسائل والملفات والأسماء على جهازك وتُفتح على أجهزتهم. من يدير الخادم لا يستطيع قراءتها.
explain-strangers-title = الغرباء ينتظرون في الخارج
explain-strangers-body = يستطيع المجهول أن يرسل إليك طلبًا قصيرًا واحدًا لا غير: لا ملفات ولا مكالمات ولا روابط. ينتظر بهدوء حتى تجيب.
explain-limits-title = ما لا يعد به أحد
explain-limits-body = من يتحكم بجهازك يرى ما تراه. وصفحة الويب صادقة بقدر صدق الخادم الذي يرسلها. ومن تكتب إليهم قد ينقلون ما تكتب.
show-explanation = عرض الشاشات الثلاث
new-chat = محادثة جديدة
new-group = مجموعة جديدة
no-chats = لا محادثات بعد. اكتب لأحد أو ادعُ صديقًا.
nothing-open = اختر محادثة أو ابدأ واحدة جديدة.
requests-line = { $count ->
    [zero] لا طلبات
    [one] طلب واحد · ينتظر بهدوء
    [two] طلبان · ينتظران بهدوء
    [few] { $count } طلبات · تنتظر بهدوء
    [many] { $count } طلبًا · ينتظر بهدوء
   *[other] { $count } طلب · ينتظر بهدوء
}
unread-count = { $count ->
    [zero] لا رسائل غير مقروءة
    [one] رسالة واحدة غير مقروءة
    [two] رسالتان غير مقروءتين
    [few] { $count } رسائل غير مقروءة
    [many] { $count } رسالةً غير مقروءة
   *[other] { $count } رسالة غير مقروءة
}
notes-to-self = ملاحظات لنفسي
notes-hint = لا يراها غيرك
draft = مسودة:
requests = الطلبات
no-requests = لا أحد ينتظر.
requests-hint = حتى تقبل، لا يستطيعون الاتصال بك ولا إرسال ملفات ولا معرفة أنك قرأت هذا.
request-groups = أنتما معًا في { $groups }.
request-groups-more = { $count ->
    [one] أنتما معًا في { $groups } ومجموعة أخرى.
    [two] أنتما معًا في { $groups } ومجموعتين أخريين.
    [few] أنتما معًا في { $groups } و{ $count } مجموعات أخرى.
   *[other] أنتما معًا في { $groups } و{ $count } مجموعة أخرى.
}
sent-request = أُرسل طلب إلى { $name } · ينتظر الجواب
sent-requests-line = { $count ->
    [zero] لا طلبات مرسلة
    [one] طلب واحد مرسل · ينتظر الجواب
    [two] طلبان مرسلان · ينتظران الجواب
    [few] { $count } طلبات مرسلة · تنتظر الجواب
    [many] { $count } طلبًا مرسلًا · ينتظر الجواب
   *[other] { $count } طلب مرسل · ينتظر الجواب
}
sent-requests = طلبات أرسلتها
sent-waits = أُرسل ولم يُجب عنه بعد. تظهر المحادثة عند قبوله.
request-withdraw = سحب الطلب
request-withdrawn = سُحب الطلب.
request-words = من الطلب
accept = قبول
decline = رفض
block = حظر
unblock = إلغاء الحظر
blocked = محظور
contact-gone = حساب محذوف
block-question = حظر { $name }؟
block-body = لن يصلك منه شيء بعد الآن. ولا يُخبَر بذلك. يمكنك إلغاء الحظر لاحقًا.
blocked-line = حظرتَ { $name }. لا يصلك منه شيء.
unblock-question = إلغاء الحظر عن { $name }؟
unblock-body = سيصلك ما يرسله من جديد. ولا يُخبَر بذلك.
added-by = أضافك { $name }
knock-title = فتحت دعوة
knock-body = لديك حساب بالفعل. أرسل طلبًا إلى صاحب هذا الرابط؛ والقرار له.
address-or-name = اسم أو عنوان أو رابط
address-hint = name@server أو رابط دعوة
request-goes-to = يذهب الطلب إلى { $address }
note = كلمات قليلة عنك
note-hint = اختياري، 140 حرفًا على الأكثر
send-request = إرسال الطلب
knocked = أُرسل الطلب. تظهر المحادثة عند قبوله.
invite-friend = دعوة صديق
group-name = اسم المجموعة
group-name-missing = تحتاج المجموعة إلى اسم.
create-group = إنشاء المجموعة
no-contacts = لا أحد هنا بعد. من يقبل طلبك يظهر هنا.
conversation = المحادثة
messages = الرسائل
message = رسالة
send = إرسال
attach = إرفاق
emoji = رموز تعبيرية
emoji-title = اختر رمزًا تعبيريًا
emoji-search = بحث في الرموز
emoji-groups = مجموعات الرموز التعبيرية
emoji-smileys = وجوه
emoji-people = أشخاص
emoji-nature = حيوانات وطبيعة
emoji-food = طعام وشراب
emoji-travel = سفر وأماكن
emoji-activities = أنشطة
emoji-objects = أشياء
emoji-symbols = علامات
emoji-flags = أعلام
emoji-tone = لون البشرة
tone-none = أصفر
tone-light = فاتح
tone-medium-light = فاتح متوسط
tone-medium = متوسط
tone-medium-dark = داكن متوسط
tone-dark = داكن
no-messages = لا رسائل بعد. ألقِ التحية.
no-messages-silent = لا رسائل بعد. المشرفون وحدهم يكتبون هنا.
no-notes = لا ملاحظات بعد.
no-messages-linked = لا شيء هنا بعد. قد تكون الرسائل السابقة على أجهزتك الأخرى.
unread-line = رسائل جديدة
to-newest = إلى أحدث رسالة
to-newest-unread = { $count ->
    [zero] إلى أحدث رسالة
    [one] إلى رسالة جديدة واحدة
    [two] إلى رسالتين جديدتين
    [few] إلى { $count } رسائل جديدة
    [many] إلى { $count } رسالةً جديدة
   *[other] إلى { $count } رسالة جديدة
}
search-here = بحث في المحادثة
message-label = { $name }، { $time }
message-deleted = حُذفت هذه الرسالة.
message-deleting = حُذفت هنا. يراها الآخرون حتى يصل ذلك إلى الخادم.
change-failed = يرى الآخرون هذه الرسالة كما كانت.
message-unknown = كتبها إصدار أحدث من Casemate. حدّث لتراها.
read-more = اقرأ المزيد
read-less = عرض أقل
edited = معدّلة
editing = تعديل رسالتك
edit-empty = لا يمكن أن تكون الرسالة فارغة. اكتب شيئًا، أو ألغِ ثم احذفها.
reply-to = رد على { $name }
quote-earlier = رسالة سابقة
react = تفاعل
reply = رد
edit = تعديل
star = تمييز بنجمة
unstar = إزالة النجمة
pin = تثبيت للجميع
unpin = إلغاء التثبيت
select = تحديد
chosen-messages = الرسائل المحددة
chosen-count = { $count ->
    [0] حدد رسائل
    [one] حُددت رسالة
    [two] حُددت رسالتان
   *[other] حُدد { $count }
}
delete-chosen = حذف
delete-for-me = حذف لديّ
delete-for-me-body = تختفي من أجهزتك. وتبقى عند الآخرين.
delete-for-everyone = حذف لدى الجميع
delete-for-everyone-body = يُطلب من كل من لديه نسخة أن يمحوها. ربما قرؤوها بالفعل.
delete-question = { $count ->
    [one] حذف هذه الرسالة؟
    [two] حذف رسالتين؟
    [few] حذف { $count } رسائل؟
   *[other] حذف { $count } رسالة؟
}
reaction-label = { $emoji } من { $names }
spoiler = نص مخفي. إظهاره
you-left = غادرت هذه المجموعة. ما زلت تستطيع قراءة ما كُتب.
you-were-removed = لم تعد في هذه المجموعة. ما زلت تستطيع قراءة ما كُتب.
state-queued = في انتظار الإرسال
state-sent = أُرسلت
state-delivered = وصلت
state-read = قُرئت
state-failed = لم تُرسل
failed-unknown = لم تُرسل.
link-title = فتح رابط
link-question = فتح { $host }؟
link-hint = تعرف الصفحة أنك أتيت، لا من أين. افتحها فقط إن كنت تتوقعها.
link-plain = هذا الرابط غير مشفّر: قد يقرأ آخرون في الطريق.
link-letters = في اسمه حروف قد تشبه غيرها.
link-before = ما قبل @ ليس وجهته.
link-number = يقود إلى رقم مجرد لا إلى اسم.
open-link = فتح
drop-here = أفلت الملفات هنا لإرسالها
files-waiting = ملفات للإرسال
files-ready = يجري التجهيز للإرسال: { $names }
remove-file = إزالة { $name }
save-file = حفظ { $name }
file-queued = في انتظار الإرسال
file-waits-allowance = ينتظر حتى { $when }: استُنفدت حصة اليوم من الملفات
file-waits-server = ينتظر حتى { $when }: الخادم لا يقبل ملفات الآن
file-uploading = جارٍ الإرسال…
file-downloading = جارٍ الاستلام…
file-offered = في انتظار الاستلام
file-failed = لم يصل
file-cancelled = أُلغي
progress = التقدم
preview-photos = { $count ->
    [one] صورة
    [two] صورتان
    [few] { $count } صور
   *[other] { $count } صورة
}
preview-video = فيديو
preview-videos = { $count ->
    [one] فيديو
    [two] مقطعا فيديو
    [few] { $count } مقاطع فيديو
   *[other] { $count } مقطع فيديو
}
preview-files = { $count ->
    [one] ملف واحد
    [two] ملفان
    [few] { $count } ملفات
   *[other] { $count } ملف
}
preview-voice = رسالة صوتية
preview-sticker = ملصق
open-picture = عرض { $name }
shown-safely = عُرضت بأمان
picture-unreadable = لا يمكن عرض هذه الصورة بأمان.
members = الأعضاء
member-count = { $count ->
    [zero] لا أعضاء
    [one] عضو واحد
    [two] عضوان
    [few] { $count } أعضاء
    [many] { $count } عضوًا
   *[other] { $count } عضو
}
member-menu = المزيد عن { $name }
admin = مشرف
claimed = غير مؤكَّد
make-admin = تعيين كمشرف
no-longer-admin = إلغاء الإشراف
remove-member = إزالة
remove-question = إزالة { $name }؟
remove-body = لن يستطيع القراءة أو الكتابة هنا بعد الآن. ويبقى لديه ما عنده.
add-members = إضافة أعضاء
nobody-to-add = كل من تعرفهم هنا بالفعل.
write = كتابة رسالة
members-may = يحق للأعضاء
may-send = إرسال الرسائل
may-add = إضافة آخرين
may-edit = تغيير الاسم والمهلة
disappearing = الرسائل ذاتية الاختفاء
disappearing-hint = للرسائل الجديدة، على كل الأجهزة.
timer-off = إيقاف
timer-seconds = { $count ->
    [one] ثانية
    [two] ثانيتان
    [few] { $count } ثوانٍ
   *[other] { $count } ثانية
}
timer-minutes = { $count ->
    [one] دقيقة
    [two] دقيقتان
    [few] { $count } دقائق
   *[other] { $count } دقيقة
}
timer-hours = { $count ->
    [one] ساعة
    [two] ساعتان
    [few] { $count } ساعات
   *[other] { $count } ساعة
}
timer-days = { $count ->
    [one] يوم
    [two] يومان
    [few] { $count } أيام
   *[other] { $count } يومًا
}
timer-weeks = { $count ->
    [one] أسبوع
    [two] أسبوعان
    [few] { $count } أسابيع
   *[other] { $count } أسبوعًا
}
encryption = التشفير
encryption-lasting = من طرف إلى طرف، حتى أمام الحواسيب الكمّية
encryption-usual = من طرف إلى طرف
device-count = { $count ->
    [one] جهاز واحد
    [two] جهازان
    [few] { $count } أجهزة
   *[other] { $count } جهازًا
}
leave-group = مغادرة المجموعة
leave-question = مغادرة { $name }؟
leave-body = لن يصلك ما يُكتب بعد الآن. ويبقى ما لديك على أجهزتك.
settings-profile = الملف الشخصي
settings-privacy = الخصوصية
settings-appearance = المظهر
settings-language = اللغة
settings-keyboard = لوحة المفاتيح
settings-safety = ما الآمن وما ليس آمنًا
settings-about = حول
shown-name = الاسم الذي تراه جهات الاتصال
shown-name-hint = الغرباء يرون عنوانك فقط.
about-me = عني
address = عنوانك
who-may-knock = من يستطيع أن يرسل إليك طلبًا
who-may-knock-hint = اختر؛ يسري من الآن.
knock-anyone = كل من يعرف عنواني
knock-link = من لديه أحد روابطي
knock-nobody = لا أحد
theme = السمة
theme-system = كما في النظام
theme-light = فاتحة
theme-dark = داكنة
text-size = حجم النص
enter-sends = مفتاح Enter يرسل
enter-sends-hint = وإلا بدأ سطرًا جديدًا، وCtrl Enter يرسل.
key-palette = العثور على أي شيء
key-list = هذه القائمة
key-ctrl = Ctrl
key-shift = Shift
key-enter = Enter
key-neighbour = المحادثة التالية والسابقة
key-send = إرسال
key-line = سطر جديد
key-edit = تعديل آخر رسالة
key-escape = إغلاق أو إنهاء الرد أو التحديد
invite-body = رابط لشخص واحد، صالح سبعة أيام. سلّمه بطريقة تثقان بها كلاكما.
make-link = إنشاء رابط
invitation-qr = رابط الدعوة كرمز QR
about-version = Casemate { $version }
about-server = خادمك هو { $server }
about-licence = برنامج حر بترخيص AGPL 3.0.
key-passphrase = رسائلك مقفلة بعبارة مرورك.
key-device = رسائلك مقفلة بمفتاح يحفظه هذا الجهاز.
palette-title = العثور على أي شيء
palette-hint = أشخاص، محادثات، إعدادات، أوامر
pin-chat = تثبيت
pinned = مثبتة
mark-read = تعليم كمقروءة
mark-unread = تعليم كغير مقروءة
marked-unread = عُلّمت كغير مقروءة
mute = كتم
unmute = إلغاء الكتم
muted = مكتومة
archive = أرشفة
unarchive = إخراج من الأرشيف
delete-chat = حذف المحادثة
delete-chat-question = حذف المحادثة مع { $name }؟
delete-chat-body = تُزال رسائلها وملفاتها من هذا الجهاز، حتى المميزة بنجمة. ما ينتظر الإرسال لاحقًا لن يُرسل. يحتفظ الآخرون بما لديهم.
search-empty = مسح البحث
emoji-none = لم يُعثر على رموز تعبيرية. اكتب واحدًا من لوحة مفاتيحك.
emoji-quick = في المتناول
archived = مؤرشفة: { $count }
back-to-chats = العودة إلى المحادثات
chat-menu = المزيد عن هذه المحادثة
nickname = لقب
nickname-hint = لا يراه غيرك.
record-voice = تسجيل رسالة صوتية
recording = تسجيل { $time }
microphone-refused = لا يمكن استعمال الميكروفون. اسمح به لهذه الصفحة في المتصفح ثم حاول مجددًا.
recording-unsupported = لا يستطيع هذا المتصفح تسجيل رسائل صوتية.
play = تشغيل
voice-broken = لا يمكن تشغيل هذا التسجيل.
forward = إعادة توجيه
forward-title = إعادة التوجيه إلى
forwarded = أُعيد توجيهها
forwarded-often = أُعيد توجيهها مرات كثيرة
forwarded-done = أُعيد التوجيه.
info = معلومات
info-title = حول هذه الرسالة
info-reactions = التفاعلات
info-votes = الأصوات
earlier-versions = ما جاء فيها
poll-one = اختر واحدة
poll-several = اختر واحدة أو أكثر
forward-hint = { $count ->
    [one] إلى محادثة واحدة
   *[other] إلى { $count } محادثات على الأكثر
}
poll-voters = { $count ->
    [one] صوّت شخص واحد
   *[other] عدد المصوّتين: { $count }
}
read-receipts = إيصالات القراءة
read-receipts-hint = يرى الآخرون ما قرأته وترى ما قرؤوه.
language-missing = تعذّر تحميل هذه اللغة. حاول مرة أخرى عند الاتصال بالإنترنت.
rest-away = تعذّر تحميل هذا الجزء من Casemate. لم يُفقد شيء: حاول مرة أخرى عند الاتصال بالإنترنت.
first-loading = يجري تحميل Casemate. يمكنك اختيار اسم في هذه الأثناء.
engine-gone = توقّف محرّك هذه الصفحة. أعد تحميل الصفحة؛ ما كتبته محفوظ.
engine-gone-native = توقّف Casemate على هذا الجهاز. شغّل «casemate app» من جديد وافتح الرابط الذي يعرضه.
