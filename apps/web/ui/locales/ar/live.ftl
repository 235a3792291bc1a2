## Being told: notifications, typing, last seen

typing = يكتب…
typing-one = { $name } يكتب…
typing-two = { $name } و{ $other } يكتبان…
typing-many = { $count ->
    [zero] لا أحد يكتب
    [one] شخص واحد يكتب…
    [two] شخصان يكتبان…
    [few] { $count } أشخاص يكتبون…
    [many] { $count } شخصًا يكتبون…
   *[other] { $count } شخص يكتبون…
}
online = متصل الآن
last-seen = آخر ظهور { $time }
show-typing = مؤشر الكتابة
show-typing-hint = يرى الآخرون متى تكتب، وترى متى يكتبون.
show-last-seen = متصل الآن وآخر ظهور
show-last-seen-hint = جهات الاتصال التي فعّلت هذا أيضًا ترى متى تكون هنا ومتى كنت، وترى أنت ذلك عنها.

settings-notifications = الإشعارات
notify-new = رسالة جديدة
notify-reacted = تفاعل { $name } بـ { $emoji } مع «{ $text }»
notify-reacted-some = تفاعل أحدهم مع رسالة لك
notify-open = فتح Casemate
notify-explained = سيسألك متصفحك. بعد ذلك تظهر الرسائل الجديدة ما دام Casemate مفتوحًا في الخلفية.
notify-allow = تشغيل الإشعارات
notify-granted = الإشعارات مفعّلة في هذا المتصفح.
notify-denied = هذا المتصفح يحظر الإشعارات من هنا. اسمح بها في إعدادات المتصفح لهذا الموقع ثم أعد التحميل.
notify-unsupported = لا يستطيع هذا المتصفح عرض الإشعارات.
notify-previews = الأسماء والنصوص في الإشعارات
notify-previews-hint = وإلا فإن الإشعار يقول فقط إن هناك رسالة جديدة.
notify-sounds = الأصوات
notify-sounds-hint = صوت قصير عند وصول رسالة.
quiet-hours = ساعات الهدوء
quiet-hours-hint = لا أصوات ولا إشعارات في هذا الوقت، على كل أجهزتك.
quiet-from = من
quiet-to = إلى
push-closed = أيضًا عندما يكون Casemate مغلقًا
push-closed-hint = يقول فقط إن هناك رسالة جديدة. تعرف الشركة المصنّعة لمتصفحك متى يُوقَظ هذا الجهاز، لا من أيقظه ولا لماذا. المحادثات المكتومة لا توقظه، ولا المجموعات التي لا يصلك منها إلا الإشارات.
push-refused = لم يعطِ متصفحك عنوانًا لهذا. بعض المتصفحات لا تفعل إلا للتطبيقات المثبتة أو في النوافذ العادية.
push-server-off = هذا الخادم لا يوقظ الأجهزة. اسأل من يديره.
device-added = أُضيف جهاز آخر إلى حسابك.
device-added-named = أُضيف جهاز إلى حسابك: { $name }.
device-added-what = يمكنه من الآن قراءة ما يصل والكتابة. إن لم تكن أنت فأزله فورًا من جهازك الأول.
device-was-me = كنتُ أنا
devices-look = عرض الأجهزة
