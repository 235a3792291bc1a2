## Linking devices, and removing them

device-link = ربط جهاز
device-link-how = على الجهاز الجديد اختر «الربط بجهاز لديك بالفعل». سيعرض رمزًا: امسحه أو اكتبه.
device-code = الرمز
device-code-hint = 14 مجموعة من أربعة حروف وأرقام، كما يعرضها الجهاز الجديد
device-look = متابعة
device-asks = يطلب «{ $name }» أن يصبح أحد أجهزتك
device-same-network = في الشبكة نفسها التي فيها هذا الجهاز
device-another-network = في شبكة غير شبكة هذا الجهاز. هل هو في يدك؟
device-compare = قارن: يعرض الجهاز الجديد الرقم نفسه
device-consequence = سيقرأ كل ما يُكتب إليك من الآن، ويكتب باسمك، ويرى جهات اتصالك. لا تربطه إلا إذا كان في يدك.
device-agree = اربطه
device-linked = تم الربط. سيدخل محادثاتك بعد لحظة.
device-seen = آخر ظهور { $when }
device-chats = { $count ->
    [one] في محادثة واحدة
    [two] في محادثتين
    [few] في { $count } محادثات
   *[other] في { $count } محادثة
}
device-remove = إزالة الجهاز
device-remove-question = إزالة { $name }؟
device-remove-body = يُخرَج فورًا من كل المحادثات ويُطلب منه أن يمسح نفسه. ما قرأه قد يكون احتفظ به.
device-removed = أُزيل: خرج من كل المحادثات، ويُطلب منه أن يمسح نفسه.
device-removed-open = { $count ->
    [one] أُزيل. ما زال في محادثة واحدة؛ سيُخرَج حالما يتصل أحد هناك.
    [two] أُزيل. ما زال في محادثتين؛ سيُخرَج حالما يتصل أحد هناك.
    [few] أُزيل. ما زال في { $count } محادثات؛ سيُخرَج حالما يتصل أحد هناك.
   *[other] أُزيل. ما زال في { $count } محادثة؛ سيُخرَج حالما يتصل أحد هناك.
}
device-removed-offline = سيُزال حالما يمكن الوصول إلى الخادم.
device-had-all = كان قد حصل على كل الرسائل السابقة.
device-had-30d = كان قد حصل على رسائل سابقة لثلاثين يومًا.
device-read-since = كان يستطيع القراءة منذ { $when }
device-still-open = ما زال فيها
device-told = أُبلغ: { $names }
device-report = ما كان يستطيع الوصول إليه
device-could-read = المحادثات التي كان يستطيع قراءتها
device-show-code = عرض الرمز
device-new-code = رمز جديد
device-code-until = يصلح حتى { $when }، ولمرة واحدة.
device-code-over = انتهت صلاحية هذا الرمز. اطلب رمزًا جديدًا.
device-check = يعرض الجهاز الآخر الرقم نفسه: { $number }
device-code-secret = لا تُرِ هذا الرمز إلا لجهازك. من يملكه يستطيع ربط هذا المتصفح بحساب له.
device-waiting = في انتظار جهازك الآخر…
device-wiped = أُزيل هذا الجهاز من حسابه. لم يبقَ شيء منه هنا.
link-this = الربط بجهاز لديك بالفعل
link-this-title = ربط هذا الجهاز
link-body = على جهازك الأول افتح الإعدادات ثم الأجهزة ثم ربط جهاز، وامسح رمز هذا الجهاز أو اكتبه.
history-question = الرسائل السابقة
history-none = لا شيء
history-30d = 30 يومًا
history-all = الكل
history-progress = الرسائل السابقة: { $done } من { $of }
history-through = وصلت الرسائل السابقة: { $count }
device-words-hint = الوضع الصارم مفعّل: الكلمات الاثنتا عشرة لورقة الاستعادة.
