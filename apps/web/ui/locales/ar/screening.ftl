## الروابط قبل فتحها
link-reads = بحروف أخرى: { $reads }
link-unreadable = لا يفهم أي متصفح هذا الرابط.
link-scheme = هذا لا يفتح صفحة: «{ $about }» يشغّل برنامجًا آخر على جهازك.
link-hidden = فيه حروف لا تُرى، أو حروف تقلب الترتيب.
link-port = يقود إلى منفذ غير معتاد ({ $about }). الصفحات العامة لا تحتاج إليه.
link-looks-like = صُنع ليشبه { $about } وليس هو.
link-almost-like = يكاد يكون { $about } وليس هو.
link-inside = يذكر { $about } لكنه يقود إلى { $host }.
link-lure = يستعمل اسم { $about } ولا يتبعه بحسب الاسم.
link-text = النص يقول { $about } لكنه يقود إلى { $host }.
link-shortener = رابط مختصر: لا يُعرف إلى أين يقود قبل فتحه.
link-new-sender = { $name } ليس من جهات اتصالك، أو منذ أقل من أسبوع.
link-indicator = هو في قائمة «{ $about }» لما يستعمله المهاجمون. لا تفتحه.
link-anyway = فتح رغم ذلك

## الفحص
settings-checkup = فحص الأمان
checkup-what = ما يمكن تحسينه على هذا الجهاز ولماذا. ينظر Casemate هنا فقط ولا يخبر أحدًا.
checkup-looking = جارٍ الفحص…
checkup-good = لا شيء يلزم فعله. عد وانظر من حين لآخر.
checkup-unseen = ما لا يراه التطبيق: هل يُقفل هذا الجهاز نفسه، وهل تخزينه مشفّر. كلاهما في إعدادات الجهاز.
checkup-high = مهم
checkup-medium = الأفضل قريبًا
checkup-low = يستحق نظرة
checkup-known-bad = { $count ->
    [one] رسالة هنا تذكر شيئًا معروفًا بأنه لمهاجمين. إن فتحته فربما يقرأ أحد على هذا الجهاز.
   *[other] رسائل هنا تذكر شيئًا معروفًا بأنه لمهاجمين، وعددها { $count }. إن فتحته فربما يقرأ أحد على هذا الجهاز.
 }
checkup-known-bad-do = عرض الرسائل
checkup-key-in-file = مفتاح كل شيء هنا في ملف بجانبه. من ينسخ المجلد يقرأ كل شيء.
checkup-key-in-file-do = اختيار عبارة مرور
checkup-no-passphrase = من يستعمل هذا الجهاز باسمك يفتح كل شيء هنا: لا يُسأل عن شيء.
checkup-no-passphrase-do = وضع قفل
checkup-safety-changed = { $count ->
    [one] تغيّر رقم الأمان مع { $name } ولم تنظر فيه. ربما هاتف جديد، وربما أحد بينكما.
   *[other] تغيّرت أرقام أمان ولم تنظر فيها، وعددها { $count }. ربما هواتف جديدة، وربما أحد بينكم.
 }
checkup-safety-changed-do = مقارنة أرقام الأمان
checkup-kit-not-written = إن فقدت هذا الجهاز فلا شيء يعيد حسابك وجهات اتصالك.
checkup-kit-not-written-do = كتابة ورقة الاستعادة
checkup-device-unseen = { $count ->
    [one] أحد أجهزتك لم يُسمع منه منذ شهر. إن ضاع قرأ من يجده كل شيء.
   *[other] أجهزة لك لم يُسمع منها منذ شهر، وعددها { $count }. إن ضاع أحدها قرأ من يجده كل شيء.
 }
checkup-device-unseen-do = عرض أجهزتك
checkup-contacts-unverified = { $count ->
    [one] لم تقارن أرقام الأمان مع { $name }. حتى ذلك الحين الخادم وحده يقول من هو.
   *[other] جهات اتصال لم تقارن معها أرقام الأمان: { $count }. حتى ذلك الحين الخادم وحده يقول من هم.
 }
checkup-contacts-unverified-do = مقارنة أرقام الأمان
checkup-no-backup = إن فقدت هذا الجهاز ذهب معه ما قيل: لا نسخة احتياطية على الخادم.
checkup-no-backup-do = إنشاء نسخة احتياطية
checkup-backup-old = آخر نسخة احتياطية عمرها أكثر من شهر. ما قيل بعدها على هذا الجهاز وحده.
checkup-backup-old-do = إنشاء نسخة احتياطية
checkup-previews = تُظهر الإشعارات الأسماء والنصوص لمن يرى شاشتك، حتى وهي مقفلة.
checkup-previews-do = إخفاؤها في الإشعارات
checkup-old-conversations = { $count ->
    [one] محادثة لم يُقل فيها شيء منذ سنة. ما ليس هنا لا يؤخذ من هنا.
   *[other] محادثات لم يُقل فيها شيء منذ سنة: { $count }. ما ليس هنا لا يؤخذ من هنا.
 }
checkup-old-conversations-do = إفراغ المحادثات القديمة
checkup-keys-old = { $count ->
    [one] في محادثة واحدة لهذا الجهاز المفاتيح نفسها منذ أكثر من ثمانية أيام. إن نسخه أحد فهو يقرأ هناك إلى أن يقبل الخادم غيرها.
   *[other] محادثات لهذا الجهاز فيها المفاتيح نفسها منذ أكثر من ثمانية أيام: { $count }. إن نسخه أحد فهو يقرأ هناك إلى أن يقبل الخادم غيرها.
 }
checkup-keys-old-do = الفحص مرة أخرى
checkup-members-silent = { $count ->
    [one] في مجموعة واحدة لم يصل شيء من أي جهاز لدى أحد الأعضاء منذ اثني عشر أسبوعًا. إن نُسخ أحدها فتلك النسخة تقرأ هناك. يستطيع المشرفون إزالة من لم يعد موجودًا.
   *[other] مجموعات لم يصل فيها شيء من أي جهاز لدى أحد الأعضاء منذ اثني عشر أسبوعًا: { $count }. إن نُسخ أحدها فتلك النسخة تقرأ هناك. يستطيع المشرفون إزالة من لم يعد موجودًا.
 }
checkup-members-silent-do = الفحص مرة أخرى
checkup-keys = عمر مفاتيح هذا الجهاز في كل محادثة
checkup-keys-replaced = تُستبدل الآن
checkup-indicators-old = قوائم برامج التجسس المعروفة لديك أقدم من ثلاثة أشهر. ما يستعمله المهاجمون الآن ليس فيها.
checkup-indicators-old-do = استيراد قوائم أحدث
checkup-browser-old = في { $browser } { $version } ثغرات معروف أن المهاجمين يستعملونها. الإصدارات الأحدث تسدّها: حدّثه وشغّله من جديد.
checkup-browser-old-do = الفحص مرة أخرى
checkup-not-kept = قد يمحو هذا المتصفح ما هنا حين يضيق المكان. وهو أميل إلى إبقائه إن كان Casemate مثبَّتًا أو مسموحًا له بعرض الإشعارات. ورقة الاستعادة والنسخة الاحتياطية تعيدان ما يُمحى.
checkup-not-kept-do = طلب إبقاء كل شيء
checkup-not-kept-refused = لم يوافق المتصفح. ثبّت Casemate أو شغّل الإشعارات، ثم اطلب منه مرة أخرى.

## برامج التجسس المعروفة
settings-spyware = برامج التجسس المعروفة
spyware-what = تنشر مختبرات ما تستعمله برامج التجسس: نطاقاتها وعناوينها وملفاتها. بقائمة كهذه ينظر Casemate فيما يصل وفيما هو هنا. لا يُسأل أحد، ولا يعرف أحد ما وُجد.
spyware-none = لا قائمة هنا بعد.
spyware-import = استيراد قائمة
spyware-forms = ملف STIX 2.1 أو MISP، أو قائمة بسيطة، أو موقّعة.
spyware-entries = { $count ->
    [one] مُدخل واحد
   *[other] المُدخلات: { $count }
 }
spyware-publisher = موقّعة، الإصدار { $version }. مفتاح من وقّعها: { $key }
spyware-remove = إزالة هذه القائمة
spyware-remove-question = إزالة «{ $name }»؟
spyware-remove-body = يُنسى أيضًا ما وُجد بها.
spyware-added = { $count ->
    [0] «{ $name }» لم تأت بجديد.
    [one] «{ $name }» أتت بمُدخل جديد.
   *[other] «{ $name }» أتت بمُدخلات جديدة: { $count }
 }
spyware-refused = { $count ->
    [one] تُرك مُدخل واحد:
   *[other] مُدخلات تُركت، منها (العدد { $count }):
 }
spyware-look-back = فحص كل الرسائل
spyware-nothing = { $count ->
    [one] فُحصت رسالة واحدة. لم يوجد شيء.
   *[other] الرسائل التي فُحصت: { $count }. لم يوجد شيء.
 }
spyware-found = { $count ->
    [one] في رسالة شيء معروف:
   *[other] رسائل فيها شيء معروف ({ $count }):
 }
spyware-match = { $name }: { $indicator }
spyware-match-list = في القائمة «{ $list }»
spyware-advice = إن فتحت شيئًا منها فربما يقرأ أحد على هذا الجهاز. اسأل فريق الأمن لديك، أو مختبرًا يساعد أمثالك، ومن جهاز آخر.
known-bad = معروف أن { $indicator } لمهاجمين («{ $list }»). لا تفتحه.
known-bad-came = في رسالة من { $name } شيء معروف بأنه لمهاجمين.

## الملفات قبل حفظها
file-listed = ما في هذه الرسالة مذكور في قائمة بما يستخدمه المهاجمون. لا تفتحه.
file-program = هو برنامج أو يشغّل برنامجًا: إذا فُتح استطاع على جهازك كل ما تستطيعه.
file-macros = فيه وحدات ماكرو: برامج صغيرة قد يشغّلها برنامج مكتبي.
file-active = قد يشغّل نصوصًا برمجية، أو يحمل ملفات أخرى في داخله.
file-page = يفعل شيئًا عند فتحه: يشغّل نصوصًا برمجية، أو يقود إلى مكان آخر، أو يرسل ما يُكتب فيه.
file-holds-programs = فيه برامج أو نصوص برمجية، أو ملفات تخفي أسماؤها ما هي.
file-leads-out = يكتب خارج المجلد الذي يُفك فيه.
file-two-in-one = ملفان في ملف: ما هو يتوقف على ما يفتحه.
file-bomb = صغير، وضخم حين يُفك.
file-unlooked = تعذّر النظر في جزء منه: كبير جدًا أو تالف أو مقفل. قد يضر ما فيه.
file-double-ending = اسمه يخفي ما هو: الامتداد الأخير وحده يُحسب.
file-turned-name = يُقرأ اسمه بترتيب غير ترتيبه.
file-hidden-letters = في اسمه محارف لا يراها أحد: قد لا يكون ما يُقرأ.
file-other-kind = اسمه اسم نوع آخر من الملفات: ليس ما يُسمّى به.
file-unread = تعذّر النظر داخل هذا الملف. ربما صُنع للأذى.
file-save-question = حفظ «{ $name }»؟
guard-crashed = فشل النظر داخل هذا الملف. ربما صُنع للأذى.
guard-too-long = استغرق النظر داخل هذا الملف وقتًا طويلًا فأُوقف.
guard-away = ما ينظر داخل الملفات يُحمَّل مع أول ملف، ولا يمكن الوصول إلى الخادم. لم يضِع شيء: حاول مجددًا حين تتصل.
guard-newer = صدر إصدار أحدث من Casemate، ولم يعد بإمكان هذه الصفحة تحميل ما ينظر داخل الملفات. أعد تحميل الصفحة.
file-held = فشل النظر داخل هذا الملف من قبل، لذلك لم يعد يُفتح تلقائيًا. ربما صُنع للأذى.
file-preview = معاينة
file-preview-of = معاينة { $name }
file-what = ما هذا؟
file-what-of = ما هو { $name }؟
file-empty = هذا الملف فارغ.
file-type = بحسب محتواه: { $type }.
kind-pdf = PDF
kind-word = مستند Word
kind-excel = جدول Excel
kind-powerpoint = عرض PowerPoint
kind-document = مستند نصي
kind-spreadsheet = جدول بيانات
kind-presentation = عرض تقديمي
kind-archive = أرشيف ملفات
kind-text = نص
kind-picture = صورة
kind-avif = صورة AVIF
kind-heic = صورة HEIC
kind-jxl = صورة JPEG XL
kind-tiff = صورة TIFF
kind-drawing = رسم
kind-disk = صورة قرص
kind-package = حزمة برمجيات: تثبّت برامج
kind-database = قاعدة بيانات
kind-old-office = مستند Office من قبل 2007
kind-sound = صوت
kind-page = صفحة ويب
kind-calendar = موعد في التقويم
kind-card = بطاقة جهة اتصال
kind-book = كتاب
kind-program = برنامج
kind-unknown = نوع ملف غير معروف
file-not-shown = لا يُعرض هنا. فتحه يجعل برنامجًا آخر يقرؤه، وربما هذا ما يريده المرسل. لا تفتحه إلا إذا كنت تتوقعه.
picture-not-decoded = { $type }: لا يمكن عرضها هنا بأمان. بعد حفظها يمكن لبرنامج آخر عرضها، وعندها يصل ما هو مخفي فيها إلى ذلك البرنامج.
file-words-alone = كلماته فقط: لا تُفتح صوره ولا روابطه ولا برامجه.
file-beginning = تُعرض البداية فقط.
file-save-anyway = حفظ رغم ذلك
file-no-words = ليس فيه كلمات يمكن قراءتها. ربما يعرض صورًا، وهي لا تُفحص هنا.

## ملفات محجوزة
settings-held = ملفات محجوزة
held-what = ملفات تعذّر النظر داخلها، وملفات عطّلت ما ينظر داخلها. يُدوَّن هنا من أرسلها ومتى، لا ما فيها. تبقى القائمة على هذا الجهاز، ولا يحذف أي مرسل منها شيئًا.
held-none = أمكن النظر داخل كل ملف وصل.
held-refused = ليس كما يبدو، أو أكبر من أن يُنظر داخله.
held-crashed = أدى إلى انهيار ما ينظر داخل الملفات.
held-too-long = استغرق النظر داخله وقتًا أطول من اللازم.
held-killed = كان يُنظر داخله حين توقف كل شيء.
held-file = ملف
held-from = من { $name }
held-times = { $count ->
    [one] مرة واحدة
    [two] مرتان
    [few] { $count } مرات
   *[other] { $count } مرة
 }
held-now = لم يعد يُفتح تلقائيًا.
link-previews = معاينة الروابط
link-previews-hint = عندما تكتب رابطًا يطلب هذا الجهاز من صفحته العنوان والصورة حتى لا يحتاج من تصله الرسالة إلى ذلك. ويعرف الموقع عنوان هذا الجهاز.
link-preview-goes = ترافق الرسالة معاينة لـ { $host }
link-preview-remove = إزالة المعاينة
link-preview-whose = العنوان والصورة ممن أرسل هذه الرسالة
