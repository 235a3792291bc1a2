## Photos, videos, voice, stickers, pictures of people and groups
pause = إيقاف مؤقت
voice-new = لم يُستمع إليها بعد
voice-speed = السرعة: { $speed } ضعف
voice-place = الموضع في الرسالة الصوتية
sound-place = الموضع في التسجيل
output-choose = اختيار مكبّر الصوت
output-system = كما في النظام
output-number = مكبّر الصوت { $number }
output-other = غيره…
undo = تراجع
redo = إعادة
edit-tools = الأدوات
edit-picture = الصورة كما ستُرسل
edit-crop = قصّ
edit-turn = تدوير
edit-flip = قلب
edit-draw = رسم
edit-blur = إخفاء الملامح
edit-blur-hint = مرّر الفرشاة فوق الوجوه والأسماء. لن يتمكن من يستلم الصورة من استعادتها.
edit-ratio = النسبة
ratio-free = حرّ
ratio-whole = كاملة
edit-frame = الجزء الباقي. الأسهم تحرّكه، ومع Shift تغيّر حجمه.
edit-colour = اللون
colour-white = أبيض
colour-black = أسود
colour-red = أحمر
colour-yellow = أصفر
colour-green = أخضر
colour-blue = أزرق
colour-violet = بنفسجي
edit-widths = السُّمك
edit-width = السُّمك { $number }
picture-choose = اختر صورة
picture-change = تغيير الصورة
picture-remove = إزالة الصورة
picture-cut = اختر الجزء الظاهر
portrait = صورة { $name }
viewer = الصور ومقاطع الفيديو
viewer-before = السابق
viewer-after = التالي
viewer-wait = يجري تحضير الصورة…
viewer-strip = الكل
viewer-number = { $number } من { $count }
preview-photo = صورة
open-video = عرض الفيديو { $name }
video-hint = يعيد Casemate كتابة الفيديو قبل أن يصل إلى مشغّل نظامك. المشغّل نفسه ليس من Casemate: شغّل فقط ما كنت تتوقعه.
video-wait = يجري تحضير الفيديو…
video-broken = لا يمكن تشغيل هذا الفيديو بأمان.
video-unplayable = لا يستطيع هذا المتصفح تشغيل هذا النوع من الفيديو. يمكنك حفظه.
video-not-previewed = لا يستطيع هذا المتصفح عرض الفيديو هنا. سيُرسل مع ذلك.
file-fetch = استلام ({ $size })
send-title = إرسال ملفات
send-to = إلى { $name }
send-more = إضافة المزيد
send-most = { $left ->
    [zero] لم يُترك أي ملف
    [one] تُرك ملف واحد: تتسع الرسالة لـ { $count }. أرسله في رسالة أخرى.
    [two] تُرك ملفان: تتسع الرسالة لـ { $count }. أرسلهما في رسالة أخرى.
    [few] تُركت { $left } ملفات: تتسع الرسالة لـ { $count }. أرسل الباقي في رسالة أخرى.
    [many] تُرك { $left } ملفًا: تتسع الرسالة لـ { $count }. أرسل الباقي في رسالة أخرى.
   *[other] تُرك { $left } ملف: تتسع الرسالة لـ { $count }. أرسل الباقي في رسالة أخرى.
}
discard-question = { $count ->
    [zero] تجاهل الملفات؟
    [one] تجاهل هذا الملف؟
    [two] تجاهل الملفين؟
    [few] تجاهل { $count } ملفات؟
    [many] تجاهل { $count } ملفًا؟
   *[other] تجاهل { $count } ملف؟
}
discard-body = لم يُرسل شيء. يبقى ما كتبته في المحادثة.
send-unreadable = تعذرت قراءة { $name }: إنه مجلد، أو نُقل أو تغيّر بعد أن اخترته. لم يُرسل شيء.
discard = تجاهل
caption = أضف تعليقًا
send-preparing = يجري التحضير…
send-as-it-is = يُرسل كما هو، بكل ما يكشفه.
send-clean = إزالة المؤلف والتواريخ والتفاصيل الأخرى
send-cleaned = تُرسل نسخة منه بلا مؤلف ولا تواريخ ولا برامج ولا تفاصيل أخرى، ويبقى ما يعرضه. وإن تعذّر ذلك فلا يُرسل شيء.
send-quality = الجودة
send-small = صغيرة
trim = اقتطاع
trim-from = البداية
trim-to = النهاية
trim-about = حوالي { $size }
trim-begins = لا يمكن أن يبدأ هذا الفيديو هناك: سيُعرض من { $time }. شاهده ثم أرسله من جديد.
recording-slide = اسحب للإلغاء
recording-thrown-away = أُلغي التسجيل.
recording-hear = الاستماع إلى التسجيل
recording-pause = إيقاف التسجيل مؤقتًا
recording-go-on = متابعة التسجيل
recording-ended = لم يعد الميكروفون متاحًا. ما سُجّل حتى ذلك الحين موجود هنا.
camera-title = التقاط صورة
camera-take = التقاط
camera-other = الكاميرا الأخرى
camera-picture = ما تراه الكاميرا
camera-failed = لم تعطِ الكاميرا صورة. حاول مجددًا.
camera-refused = لا يُسمح لهذه الصفحة باستخدام الكاميرا. اسمح بذلك في المتصفح أو التقط الصورة بتطبيق الكاميرا.
camera-system = فتح تطبيق الكاميرا
stickers = الملصقات
stickers-mine = ملصقاتي
stickers-taken = أُضيف إلى ملصقاتك.
sticker-packs = الحزم
sticker-take = إضافة إلى ملصقاتي
sticker-take-pack = إضافة هذه الحزمة
sticker-count = { $count ->
    [zero] لا ملصقات
    [one] ملصق واحد
    [two] ملصقان
    [few] { $count } ملصقات
    [many] { $count } ملصقًا
   *[other] { $count } ملصق
}
sticker-new-pack = حزمة جديدة
sticker-make-hint = تُصنع الحزمة من صورك. وهي مشفّرة وموجودة على كل أجهزتك.
sticker-pack-name = اسم الحزمة
sticker-choose = اختر صورًا
sticker-send = إرسال الملصق { $number }
sticker-remove = إزالة الملصق { $number }
sticker-pack-menu = خيارات الحزمة
sticker-add = إضافة صور
sticker-share-pack = إرسال الحزمة هنا
sticker-remove-some = إزالة ملصقات مفردة
sticker-remove-pack = إزالة الحزمة
sticker-done = تم
sticker-making = جارٍ صنع الملصقات: { $done } من { $of }
sticker-unreadable = { $count ->
    [zero] قُرئت كل الصور.
    [one] تعذّرت قراءة صورة واحدة فتُركت.
    [two] تعذّرت قراءة صورتين فتُركتا.
    [few] تعذّرت قراءة { $count } صور فتُركت.
    [many] تعذّرت قراءة { $count } صورة فتُركت.
   *[other] تعذّرت قراءة { $count } صورة فتُركت.
}
sticker-remove-question = إزالة «{ $name }»؟
sticker-remove-body = تزول الحزمة من كل أجهزتك. يبقى ما أرسلته في مكانه.
attach-files = صور ومقاطع فيديو وملفات
moving-pause = إيقاف GIF مؤقتًا
moving-play = تشغيل GIF
send-still = بهذا التعديل تُرسل كصورة ثابتة.
sticker-stopped = { $count ->
    [zero] لا ملصقات توقفت عن الحركة.
    [one] كان ملصق واحد أكبر من أن يتحرك، فبقي ثابتًا.
    [two] كان ملصقان أكبر من أن يتحركا، فبقيا ثابتين.
    [few] كانت { $count } ملصقات أكبر من أن تتحرك، فبقيت ثابتة.
    [many] كان { $count } ملصقًا أكبر من أن يتحرك، فبقيت ثابتة.
   *[other] كان { $count } ملصق أكبر من أن يتحرك، فبقيت ثابتة.
}
