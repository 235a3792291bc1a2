## Polls, places, cards, later, lists, groups' management, import

## Attach menu
attach-poll = पोल
attach-contact = संपर्क
attach-place = जगह
send-later = बाद में भेजें

## Polls
poll-new = नया पोल
poll-question = सवाल
poll-option = विकल्प { $number }
poll-same = दो विकल्प एक जैसे हैं।
poll-multiple = एक से ज़्यादा चुने जा सकते हैं
send-poll = पोल भेजें
poll-close = पोल बंद करें
poll-close-question = यह पोल बंद करें?
poll-close-body = अब कोई मत नहीं दे सकेगा; नतीजा सबको दिखता रहेगा।
poll-closed = बंद

## Places
place-send = जगह भेजें
place-hint = आपके डिवाइस पर बनता है। किसी मानचित्र सेवा को पता नहीं चलता।
place-mine = मेरी जगह लें
place-refused = ब्राउज़र ने आपकी जगह नहीं बताई। इस पेज के लिए अनुमति दें या निर्देशांक लिखें।
place-coordinates = निर्देशांक
place-coordinates-hint = अक्षांश और देशांतर, जैसे 52.52, 13.40
place-wrong = यह कोई जगह नहीं है। अक्षांश और देशांतर डिग्री में लिखें, जैसे 52.52, 13.40
place-label = जगह का नाम
place-near = { $metres } मी के भीतर
place-map = दुनिया, { $place } पर निशान के साथ
place-open = मानचित्र खोलें

## Contact cards
card-send = संपर्क भेजें
card-hint = उन्हें नाम और पता मिलता है, और वे अनुरोध भेज सकते हैं।
card-question = { $name } को अनुरोध भेजें?
card-body = उन्हें आपका पता दिखेगा और वे तय करेंगे कि बात करनी है या नहीं।

## Later
later-hint = यह डिवाइस इसे भेजता है। तब इसका चालू और जुड़ा होना ज़रूरी है, वरना जुड़ते ही भेजेगा।
later-hour = एक घंटे में
later-evening = { $time } पर
later-tomorrow = कल { $time } पर
later-at = तारीख और समय
later-past = यह समय बीत चुका है। आगे का कोई समय चुनें।
later-done = { $time } को भेजा जाएगा।
scheduled-title = बाद के संदेश
scheduled-waiting = { $count ->
    [one] { $count } संदेश अपने समय का इंतज़ार कर रहा है
   *[other] { $count } संदेश अपने समय का इंतज़ार कर रहे हैं
 }
scheduled-none = यहाँ भेजने को कुछ नहीं रुका है।
scheduled-cancel = न भेजें
scheduled-cancel-question = यह संदेश न भेजें?
scheduled-cancel-body = यह नहीं भेजा जाएगा, और इसका कुछ भी नहीं रखा जाएगा।
send-now = अभी भेजें
scheduled-change = संदेश बदलें
scheduled-text = संदेश का पाठ

## Composer
formatting = फ़ॉर्मैटिंग
mark-bold = बोल्ड
mark-italic = इटैलिक
mark-strike = काटा हुआ
mark-code = मोनोस्पेस
mark-block = कोड ब्लॉक
mark-quote = उद्धरण
mark-list = सूची
mark-spoiler = छूने तक छिपा
mention = किसी का उल्लेख करें

## Shown once
once-choose = एक बार दिखे
once-title = एक बार दिखने वाला
once-hint = इसे बंद करते ही यह आपके सभी डिवाइस से हट जाता है।
once-photo = फ़ोटो
once-video = वीडियो
once-voice = वॉइस संदेश
once-file = दस्तावेज़
once-message = एक बार दिखने वाला
once-open = खोलें; एक बार ही दिखेगा
once-sent = एक बार खोला जा सकता है
once-opened = खोला गया

## Finding
filters = फ़िल्टर
filters-clear = फ़िल्टर हटाएँ
filter-media = फ़ोटो और वीडियो
filter-links = लिंक
filter-documents = दस्तावेज़
filter-voice = वॉइस संदेश
filter-from = किसने
filter-anybody = कोई भी
filter-people = लोग खोजें
filter-after = इससे
filter-before = इस तक
found-older = पुराना परिणाम
found-newer = नया परिणाम
found-place = { $of } में से { $place }
found-place-more = { $of }+ में से { $place }
found-count = { $count ->
    [one] { $count } संदेश
   *[other] { $count } संदेश
}
found-count-more = { $count }+ संदेश
pinned-messages = पिन किए संदेश
pinned-message = पिन किया: { $text }
starred-messages = तारांकित संदेश
starred-none = किसी संदेश को तारा दें, वह यहाँ मिलेगा।
gallery = मीडिया, लिंक और दस्तावेज़
gallery-none = अभी ऐसा कुछ नहीं है।
show-more = और दिखाएँ
day-title = किसी दिन पर जाएँ
day-label = दिन
day-go = जाएँ
day-none = तब से कुछ नहीं लिखा गया।

## Lists of chats
chats-menu = चैट के बारे में और
chat-tabs = कौन सी चैट
tab-all = सभी
tab-unread = अपठित
tab-groups = समूह
folder = फ़ोल्डर
folder-hint = फ़ोल्डर आपके हैं; आपके डिवाइस उन्हें साझा करते हैं, और कोई नहीं देखता।
folder-new = नया फ़ोल्डर
folder-put = फ़ोल्डर में जोड़ें
folder-out = फ़ोल्डर से निकालें
folder-empty = यहाँ कोई चैट नहीं।
folder-menu = फ़ोल्डर { $name } के विकल्प
folder-name = फ़ोल्डर का नाम
folder-rename = फ़ोल्डर का नाम बदलें
folder-remove = फ़ोल्डर हटाएँ
folder-remove-question = फ़ोल्डर “{ $name }” हटाएँ?
folder-remove-body = उसकी चैट बनी रहती हैं, किसी फ़ोल्डर में नहीं।
mute-hours = 8 घंटे के लिए
mute-week = एक हफ़्ते के लिए
mute-always = हमेशा
mute-hint = यहाँ के किसी संदेश की सूचना नहीं मिलती, उल्लेख की भी नहीं। कॉल की घंटी फिर भी बजती है।
mute-mentions = उल्लेखों को छोड़ सब
mute-mentions-hint = Casemate खुला हो तो जो संदेश आपका उल्लेख करे या आपको उत्तर दे, वह बताया जाता है। बंद होने पर यह समूह उसे नहीं जगाता।

## Broadcast lists
lists = प्रसारण सूचियाँ
lists-hint = एक संदेश सूची के हर व्यक्ति को आपकी चैट में जाता है। कोई नहीं देखता कि और किसे मिला।
lists-none = अभी कोई सूची नहीं।
list-new = नई सूची
list-title = प्रसारण सूची
list-name = सूची का नाम
list-edit = { $name } बदलें
list-remove = सूची हटाएँ
list-message = सबके लिए संदेश
list-send = सबको भेजें
list-remove-question = सूची “{ $name }” हटाएँ?
list-remove-body = उसमें कौन है, यह आपके सभी डिवाइसों पर भुला दिया जाएगा। आपकी चैट और संदेश रहेंगे।
list-people = { $count ->
    [one] { $count } व्यक्ति
   *[other] { $count } लोग
}
list-left-out = इन्हें नहीं: { $names }।
list-sent = { $count ->
    [one] { $count } व्यक्ति को भेजा।
   *[other] { $count } लोगों को भेजा।
}

## Groups
description = समूह किस बारे में है
only-admins-send = यहाँ केवल एडमिन संदेश भेज सकते हैं।
group-link = लिंक से बुलाएँ
group-link-hint = जो इसे खोलेगा वह आपसे जुड़ने को कहेगा और आपके आने तक प्रतीक्षा करेगा। हर एक के लिए आप तय करते हैं। दूसरे लोग, जो सदस्य जोड़ सकते हैं, अपना लिंक बना सकते हैं।
group-link-qr = समूह का लिंक QR कोड के रूप में
link-reset = लिंक रीसेट करें
link-reset-question = लिंक रीसेट करें?
link-reset-body = अब तक का लिंक कहीं नहीं ले जाएगा, जहाँ भी वह पहुँचा हो।
join-title = आपने एक समूह का लिंक खोला
join-body = जुड़ने को कहें। जिसने लिंक बनाया वह आपका पता देखकर तय करेगा।
join-asked = अनुरोध भेजा गया। जोड़े जाने पर समूह दिखेगा।
join-asks = { $name } ने { $group } से जुड़ने का अनुरोध किया
join-approve = समूह में जोड़ें
join-approve-all = सभी { $count } को जोड़ें
members-search = सदस्य खोजें
verified = सुरक्षा नंबर मिलाया गया
emoji-recent = हाल में इस्तेमाल

## Bringing history
import-title = WhatsApp से चैट लाएँ
import-hint = अपने फ़ोन पर चैट एक्सपोर्ट करें और यहाँ zip चुनें। यह इसी डिवाइस पर पढ़ी जाती है, यहीं रहती है और किसी को नहीं भेजी जाती।
import-choose = फ़ाइल चुनें
import-begin = यहाँ लाएँ
import-me = इनमें से आप कौन हैं?
import-nobody = कोई नहीं
import-into = कहाँ
import-new = अलग चैट, पढ़ने के लिए
import-name = चैट का नाम
import-progress = { $of } में से { $done } संदेश
import-reading = फ़ाइल पढ़ी जा रही है…
import-days = { $first } से { $last } तक
import-cut = चैट इससे लंबी है: केवल पहले { $count } संदेश लाए जाते हैं।
import-large = यह एक्सपोर्ट बहुत बड़ा या असामान्य रूप का है। बिना मीडिया के चैट एक्सपोर्ट करें।
import-unreadable = यह फ़ाइल ख़राब है या पढ़ी नहीं जा सकती। इससे कुछ नहीं लाया गया।
import-no-chat = इस फ़ाइल में कोई एक्सपोर्ट की गई चैट नहीं है।
import-order = इस चैट में दिन और महीना अलग नहीं पहचाने जा सकते। पहले क्या आता है?
import-order-choose = कृपया चुनें
import-order-day = दिन: { $first } से { $last } तक
import-order-month = महीना: { $first } से { $last } तक
import-wordless = एक्सपोर्ट में बिना सामग्री वाले संदेश, नहीं दिखाए जाते: { $count }
import-lines-out = पहले संदेश से पहले छोड़ी गई पंक्तियाँ: { $count }। पहली: { $line }
import-lines-copied = पंक्तियाँ जो संदेश जैसी दिखती हैं, पर अपने से पहले के संदेश में रहती हैं: { $count }। पहली: { $line }
import-encrypted = इस आर्काइव पर पासवर्ड है। इसे खोलें और बिना पासवर्ड का zip बनाएँ।
imported = लाया गया
imported-closed = फ़ाइल से लाया गया; केवल आपके पास, पढ़ने के लिए।
import-unfinished = आयात पूरा नहीं हुआ: { $of } में से { $done } संदेश यहाँ हैं। यदि यह रुक गया हो, तो वही फ़ाइल फिर से लाएँ।
import-files = { $count ->
    [one] { $count } फ़ाइल
   *[other] { $count } फ़ाइलें
}
import-left-out = { $count ->
    [one] { $count } फ़ाइल नहीं लाई जा सकी। उसका संदेश उसके बिना लाया गया।
   *[other] { $count } फ़ाइलें नहीं लाई जा सकीं। उनके संदेश उनके बिना लाए गए।
}

## What the engine says
said-about-changed = { $by } ने समूह का विवरण बदला।
said-about-changed-by-you = आपने समूह का विवरण बदला।
said-poll-is-closed = यह पोल बंद है।
said-poll-only-asker = पोल वही बंद कर सकता है जिसने पूछा।
said-once-opened-already = यह पहले ही खोला जा चुका है।
said-imported-only-yours = यह फ़ाइल से लाया गया: केवल आपके पास है।
said-imported-file = इसकी फ़ाइल लाई गई थी और केवल यहीं है। सहेजकर भेजें।
said-import-date-order = इस चैट में दिन और महीना अलग नहीं पहचाने जा सकते। दिन पहले हो तो यह { $day_first } से { $day_last } तक है, महीना पहले हो तो { $month_first } से { $month_last } तक। बताएँ कि कौन सा सही है। कुछ नहीं लाया गया।
said-import-not-understood = इस फ़ाइल में कोई एक्सपोर्ट की गई चैट नहीं है। पहली पंक्ति जो समझ में नहीं आई: { $line }
said-list-nobody = इस सूची में अब कोई संपर्क नहीं।
add-question = { $name } को { $group } में जोड़ें?
add-verb = जोड़ें
share-title = पहले के संदेश साझा करें
share-none = कोई नहीं
share-last = पिछले { $count }
share-all = सभी
share-none-hint = वे केवल वही पढ़ेंगे जो अब से कहा जाएगा।
share-hint = सभी सदस्य देखते हैं कि आप इन्हें साझा करते हैं। एक बार दिखने वाली या गायब होने वाली चीज़ें इसमें नहीं हैं, और अधिक से अधिक पिछले { $most } संदेश साझा होते हैं।
shared-by = { $name } ने साझा किया
shared-by-hint = आपके आने से पहले कहा गया। इन लोगों ने ही इसे लिखा, यह साझा करने वाले का कहना है।
said-shared = { $by } ने पिछले { $count } संदेश { $who } के साथ साझा किए।
said-shared-by-you = आपने पिछले { $count } संदेश { $who } के साथ साझा किए।
said-shared-with-you = { $by } ने पिछले { $count } संदेश आपके साथ साझा किए।
said-call-missed = { $who } की कॉल छूट गई।
said-video-call-missed = { $who } की वीडियो कॉल छूट गई।
said-call-unanswered = आपने कॉल किया और किसी ने जवाब नहीं दिया।
said-shared-unreadable = पहले के संदेश पढ़े नहीं जा सके।
said-shared-only-read = यह आपके आने से पहले कहा गया था और आपके साथ साझा किया गया: इसके बारे में कुछ कहा नहीं जा सकता।
report = शिकायत करें
report-title = { $name } की शिकायत
report-what = यहाँ शिकायतें कोई नहीं पढ़ता: न Casemate, न आपका सर्वर। { $name } ने जो लिखा उसकी आप एक फ़ाइल बनाते हैं और उसे वहाँ ले जाते हैं जिस पर भरोसा हो: मित्र, सहायता केंद्र, पुलिस।
report-open = फ़ाइल एन्क्रिप्टेड नहीं है और दूसरों के लिए कुछ साबित नहीं करती: वह वही दिखाती है जो आपका डिवाइस दिखाता है। आपके अपने संदेश उसमें नहीं हैं।
report-lab = किसी प्रयोगशाला या सुरक्षा टीम के लिए
report-lab-hint = एन्क्रिप्ट किया हुआ और हस्ताक्षरित। इसमें यह भी है कि इसे किसने और कब इकट्ठा किया, और हर संदेश बातचीत में कहाँ है।
report-lab-words = जिसे यह पढ़ना है उसे ये छह शब्द चाहिए। इन्हें किसी दूसरे तरीके से बताएँ, सबसे अच्छा बोलकर। ये केवल यहीं दिखते हैं।
report-messages = उसमें क्या जाएगा
report-request = यह अनुरोध उसमें जाएगा:
report-note = इस बारे में आपके शब्द
report-before = बदले जाने से पहले, { $when } से:
report-save = फ़ाइल के रूप में सहेजें
report-hand = किसी संपर्क को दें
report-to = यह किसे मिले?
report-saved = शिकायत सहेजी गई। वह किसी को नहीं भेजी गई।
report-handed = शिकायत { $name } की ओर जा रही है।
report-holds = इसमें: नाम और पता, संदेश: { $messages }, फ़ाइलें: { $files }।
