nav-main = मुख्य
nav-chats = चैट
nav-calls = कॉल
nav-contacts = संपर्क
nav-settings = सेटिंग
back = वापस
close = बंद करें
toast-ok = ठीक है
cancel = रद्द करें
save = सहेजें
saved = सहेजा गया।
copy = कॉपी करें
copied = कॉपी हुआ।
copy-failed = ब्राउज़र ने कॉपी नहीं करने दिया। पाठ चुनकर खुद कॉपी करें।
more = और
next = आगे
skip = छोड़ें
start = शुरू करें
reload = फिर लोड करें
share = साझा करें
not-now = अभी नहीं
try-again = फिर कोशिश करें
search = खोजें
results = परिणाम
nothing-found = कुछ नहीं मिला।
search-more = संदेश दो अक्षर लिखने पर मिलते हैं।
today = आज
yesterday = कल
you = आप
details = विवरण
announcements = सूचनाएँ
announce-message = { $name }: { $text }
connection = कनेक्शन
connecting = जुड़ रहा है… आप पढ़ और लिख सकते हैं; कनेक्शन लौटने पर भेजा जाएगा।
offline = ऑफ़लाइन। आप पढ़ और लिख सकते हैं; कनेक्शन लौटने पर भेजा जाएगा।
changed-later = आप ऑफ़लाइन हैं। कनेक्शन लौटते ही यह बदल जाएगा।
starting = खुल रहा है…
welcome-title = बात करने की निजी जगह
welcome-invited = आपको बात करने का न्योता है
welcome-group = आपको एक समूह में बुलाया गया है
welcome-invited-by = { $name } आपको बात करने का न्योता देते हैं
welcome-body = { $server } पर। न फ़ोन नंबर, न ईमेल: नाम चुनें और शुरू करें।
welcome-body-native = न फ़ोन नंबर, न ईमेल: नाम चुनें और शुरू करें।
welcome-keys = आपके संदेशों का ताला इसी डिवाइस पर बनता है और यहीं रहता है।
your-name = आपका नाम
invitation-link = न्योते का लिंक
invitation-link-hint = लिंक, या सबके लिए खुले सर्वर का पता।
welcome-other-server = यह उस सर्वर से अलग है जिससे यह पेज आया है। उसका लिंक या पता ब्राउज़र में खोलें।
create-account = खाता बनाएँ
creating = आपका खाता बन रहा है…
name-letters = छोटे अक्षर a से z, अंक, बिंदु, डैश और अंडरस्कोर लिखें।
name-length = नाम में 2 से 32 अक्षर होते हैं।
name-taken = यह नाम किसी और का है। दूसरा चुनें।
name-needed = अपना नाम लिखें।
name-signs = यह अक्षर या अंक से शुरू और ख़त्म होता है, और इसमें दो चिह्न साथ नहीं आते।
address-becomes = लोग आपको { $address } से पाएँगे
address-change = पता बदलें
unlock-title = Casemate खोलें
unlock = खोलें
passphrase = पासफ़्रेज़
failed-title = Casemate नहीं खुल सका
failed-storage = इस डिवाइस पर जगह बनाएँ, फिर लोड करें। सहेजा हुआ कुछ नहीं खोया।
failed-browser = Casemate को नया ब्राउज़र और ऐसी विंडो चाहिए जो निजी न हो।
failed-hint = इस डिवाइस पर सहेजा हुआ अब भी है। फिर कोशिश के लिए पेज लोड करें।
elsewhere-title = दूसरे टैब में खुला है
elsewhere-body = Casemate एक बार में एक टैब में चलता है, ताकि कुछ दो बार न लिखा जाए।
elsewhere-call = उस टैब में एक कॉल चल रही है। वह वहाँ समाप्त होगी; यहाँ आप फिर जुड़ सकते हैं।
elsewhere-unsent = जो फ़ाइलें आप भेज रहे थे, वे नहीं भेजी गईं। वे यहाँ प्रतीक्षा कर रही हैं: बंद करने से पहले इस टैब का फिर से उपयोग करें।
elsewhere-refused = दूसरा टैब Casemate को नहीं छोड़ रहा। उसे बंद करें, फिर यह यहाँ खुल जाएगा।
use-here = यहाँ इस्तेमाल करें
explain-title = क्या सुरक्षित है और क्या नहीं
explain-safe-title = सिर्फ़ आप और वे पढ़ सकते हैं
explain-safe-body = संदेश, फ़ाइलें और नाम आपके डिवाइस पर बंद होते हैं और उनके पर खुलते हैं। सर्वर चलाने वाला उन्हें पढ़ नहीं सकता।
explain-strangers-title = अनजान बाहर रुकते हैं
explain-strangers-body = अनजान व्यक्ति एक छोटा अनुरोध भेज सकता है, और कुछ नहीं: न फ़ाइल, न कॉल, न लिंक। आपके जवाब तक वह चुपचाप रुकता है।
explain-limits-title = जिसका वादा कोई नहीं कर सकता
explain-limits-body = जो आपका डिवाइस चलाता है, वह वही देखता है जो आप। वेब पेज उतना ही सच्चा है जितना उसे भेजने वाला सर्वर। जिन्हें आप लिखते हैं वे आगे बता सकते हैं।
show-explanation = तीनों स्क्रीन दिखाएँ
new-chat = नई चैट
new-group = नया समूह
no-chats = अभी कोई चैट नहीं। किसी को लिखें या दोस्त को बुलाएँ।
nothing-open = कोई चैट चुनें या नई शुरू करें।
requests-line = { $count ->
    [one] { $count } अनुरोध · चुपचाप रुका है
   *[other] { $count } अनुरोध · चुपचाप रुके हैं
}
unread-count = { $count ->
    [one] { $count } अपठित संदेश
   *[other] { $count } अपठित संदेश
}
notes-to-self = अपने लिए नोट
notes-hint = इसे सिर्फ़ आप देख सकते हैं
draft = ड्राफ़्ट:
requests = अनुरोध
no-requests = कोई नहीं रुका।
requests-hint = जब तक आप स्वीकार न करें, वे न कॉल कर सकते हैं, न फ़ाइल भेज सकते हैं, न देख सकते हैं कि आपने यह पढ़ा।
request-groups = आप दोनों { $groups } में हैं।
request-groups-more = { $count ->
    [one] आप दोनों { $groups } और { $count } अन्य समूह में हैं।
   *[other] आप दोनों { $groups } और { $count } अन्य समूहों में हैं।
}
sent-request = { $name } को अनुरोध भेजा गया · जवाब का इंतज़ार
sent-requests-line = { $count ->
    [one] { $count } अनुरोध भेजा गया · जवाब का इंतज़ार
   *[other] { $count } अनुरोध भेजे गए · जवाब का इंतज़ार
}
sent-requests = आपके भेजे अनुरोध
sent-waits = भेजा गया, अभी जवाब नहीं आया। स्वीकार होने पर चैट दिखेगी।
request-withdraw = वापस लें
request-withdrawn = वापस ले लिया।
request-words = अनुरोध से
accept = स्वीकार करें
decline = मना करें
block = ब्लॉक करें
unblock = अनब्लॉक करें
blocked = ब्लॉक किया गया
contact-gone = खाता मिटाया गया
block-question = { $name } को ब्लॉक करें?
block-body = उनका भेजा कुछ नहीं आएगा। उन्हें बताया नहीं जाता। बाद में अनब्लॉक कर सकते हैं।
blocked-line = आपने { $name } को ब्लॉक किया है। उनका भेजा कुछ नहीं आता।
unblock-question = { $name } को अनब्लॉक करें?
unblock-body = उनका भेजा फिर से आएगा। उन्हें बताया नहीं जाता।
added-by = { $name } ने आपको जोड़ा
knock-title = आपने एक न्योता खोला
knock-body = आपका खाता पहले से है। लिंक बनाने वाले को अनुरोध भेजें; फ़ैसला उनका है।
address-or-name = नाम, पता या लिंक
address-hint = name@server, या न्योते का लिंक
request-goes-to = अनुरोध यहाँ जाएगा: { $address }
note = अपने बारे में कुछ शब्द
note-hint = वैकल्पिक, अधिकतम 140 अक्षर
send-request = अनुरोध भेजें
knocked = अनुरोध भेजा गया। स्वीकार होने पर चैट दिखेगी।
invite-friend = दोस्त को बुलाएँ
group-name = समूह का नाम
group-name-missing = समूह का एक नाम होना चाहिए।
create-group = समूह बनाएँ
no-contacts = अभी कोई नहीं। जो आपका अनुरोध स्वीकारे, वह यहाँ दिखेगा।
conversation = बातचीत
messages = संदेश
message = संदेश
send = भेजें
attach = अटैच करें
emoji = इमोजी
emoji-title = इमोजी चुनें
emoji-search = इमोजी खोजें
emoji-groups = इमोजी के समूह
emoji-smileys = चेहरे
emoji-people = लोग
emoji-nature = जानवर और प्रकृति
emoji-food = खाना-पीना
emoji-travel = यात्रा और जगहें
emoji-activities = गतिविधियाँ
emoji-objects = वस्तुएँ
emoji-symbols = चिह्न
emoji-flags = झंडे
emoji-tone = त्वचा का रंग
tone-none = पीला
tone-light = गोरा
tone-medium-light = हल्का गेहुँआ
tone-medium = गेहुँआ
tone-medium-dark = गहरा गेहुँआ
tone-dark = साँवला
no-messages = अभी कोई संदेश नहीं। नमस्ते कहें।
no-messages-silent = अभी कोई संदेश नहीं। यहाँ केवल एडमिन लिखते हैं।
no-notes = अभी कोई नोट नहीं है।
no-messages-linked = यहाँ अभी कुछ नहीं है। पुराने संदेश आपके दूसरे डिवाइसों पर हो सकते हैं।
unread-line = नए संदेश
to-newest = सबसे नए संदेश पर
to-newest-unread = { $count ->
    [one] { $count } नए संदेश पर
   *[other] { $count } नए संदेशों पर
}
search-here = बातचीत में खोजें
message-label = { $name }, { $time }
message-deleted = यह संदेश हटाया गया।
message-deleting = यहाँ हटाया गया। सर्वर तक पहुँचने तक दूसरे इसे देखते हैं।
change-failed = दूसरे इस संदेश को वैसा ही देखते हैं जैसा वह था।
message-unknown = इसे नए Casemate ने लिखा। देखने के लिए अपडेट करें।
read-more = और पढ़ें
read-less = कम दिखाएँ
edited = बदला गया
editing = आपका संदेश बदल रहे हैं
edit-empty = संदेश खाली नहीं हो सकता। कुछ लिखें, या रद्द करके उसे मिटाएँ।
reply-to = { $name } को जवाब
quote-earlier = एक पुराना संदेश
react = प्रतिक्रिया दें
reply = जवाब दें
edit = बदलें
star = तारा लगाएँ
unstar = तारा हटाएँ
pin = सबके लिए पिन करें
unpin = पिन हटाएँ
select = चुनें
chosen-messages = चुने हुए संदेश
chosen-count = { $count ->
    [0] संदेश चुनें
   *[other] { $count } चुने गए
}
delete-chosen = हटाएँ
delete-for-me = मेरे लिए हटाएँ
delete-for-me-body = आपके डिवाइसों से हटेगा। औरों के पास रहेगा।
delete-for-everyone = सबके लिए हटाएँ
delete-for-everyone-body = जिनके पास है, सबसे मिटाने को कहा जाएगा। शायद वे पढ़ चुके हों।
delete-question = { $count ->
    [one] यह संदेश हटाएँ?
   *[other] { $count } संदेश हटाएँ?
}
reaction-label = { $names } की ओर से { $emoji }
spoiler = छिपा पाठ। दिखाएँ
you-left = आपने यह समूह छोड़ दिया। लिखा हुआ अब भी पढ़ सकते हैं।
you-were-removed = आप अब इस समूह में नहीं हैं। लिखा हुआ अब भी पढ़ सकते हैं।
state-queued = भेजने की प्रतीक्षा
state-sent = भेजा गया
state-delivered = पहुँचा
state-read = पढ़ा गया
state-failed = नहीं भेजा गया
failed-unknown = नहीं भेजा गया।
link-title = लिंक खोलें
link-question = { $host } खोलें?
link-hint = पेज जानेगा कि आप आए, कहाँ से नहीं। तभी खोलें जब आपको इसकी उम्मीद थी।
link-plain = यह लिंक एन्क्रिप्टेड नहीं है: रास्ते में और लोग पढ़ सकते हैं।
link-letters = इसके नाम में ऐसे अक्षर हैं जो दूसरों जैसे दिख सकते हैं।
link-before = @ से पहले का हिस्सा इसकी मंज़िल नहीं है।
link-number = यह नाम के बजाय सिर्फ़ संख्या पर जाता है।
open-link = खोलें
drop-here = भेजने के लिए फ़ाइलें यहाँ छोड़ें
files-waiting = भेजने की फ़ाइलें
files-ready = भेजने की तैयारी हो रही है: { $names }
remove-file = { $name } हटाएँ
save-file = { $name } सहेजें
file-queued = भेजने की प्रतीक्षा
file-waits-allowance = { $when } तक प्रतीक्षा: आज की फ़ाइल सीमा समाप्त हो गई
file-waits-server = { $when } तक प्रतीक्षा: सर्वर अभी फ़ाइलें नहीं ले रहा
file-uploading = भेजा जा रहा है…
file-downloading = आ रहा है…
file-offered = आने की प्रतीक्षा
file-failed = नहीं पहुँचा
file-cancelled = रद्द हुआ
progress = प्रगति
preview-photos = { $count ->
    [one] फ़ोटो
   *[other] { $count } फ़ोटो
}
preview-video = वीडियो
preview-videos = { $count ->
    [one] वीडियो
   *[other] { $count } वीडियो
}
preview-files = { $count ->
    [one] { $count } फ़ाइल
   *[other] { $count } फ़ाइलें
}
preview-voice = वॉइस संदेश
preview-sticker = स्टिकर
open-picture = { $name } दिखाएँ
shown-safely = सुरक्षित दिखाया
picture-unreadable = यह तस्वीर सुरक्षित नहीं दिखाई जा सकती।
members = सदस्य
member-count = { $count ->
    [one] { $count } सदस्य
   *[other] { $count } सदस्य
}
member-menu = { $name } के बारे में और
admin = एडमिन
claimed = पुष्टि नहीं हुई
make-admin = एडमिन बनाएँ
no-longer-admin = एडमिन से हटाएँ
remove-member = निकालें
remove-question = { $name } को निकालें?
remove-body = वे यहाँ पढ़ या लिख नहीं सकेंगे। जो उनके पास है, रहेगा।
add-members = सदस्य जोड़ें
nobody-to-add = जिन्हें आप जानते हैं, सब यहाँ हैं।
write = संदेश लिखें
members-may = सदस्य कर सकते हैं
may-send = संदेश भेजना
may-add = दूसरों को जोड़ना
may-edit = नाम और समय बदलना
disappearing = गायब होने वाले संदेश
disappearing-hint = नए संदेशों के लिए, सभी डिवाइसों पर।
timer-off = बंद
timer-seconds = { $count ->
    [one] { $count } सेकंड
   *[other] { $count } सेकंड
}
timer-minutes = { $count ->
    [one] { $count } मिनट
   *[other] { $count } मिनट
}
timer-hours = { $count ->
    [one] { $count } घंटा
   *[other] { $count } घंटे
}
timer-days = { $count ->
    [one] { $count } दिन
   *[other] { $count } दिन
}
timer-weeks = { $count ->
    [one] { $count } हफ़्ता
   *[other] { $count } हफ़्ते
}
encryption = एन्क्रिप्शन
encryption-lasting = एंड-टू-एंड, क्वांटम कंप्यूटर के ख़िलाफ़ भी
encryption-usual = एंड-टू-एंड
device-count = { $count ->
    [one] { $count } डिवाइस
   *[other] { $count } डिवाइस
}
leave-group = समूह छोड़ें
leave-question = { $name } छोड़ें?
leave-body = आगे लिखा हुआ आपको नहीं मिलेगा। जो है, आपके डिवाइसों पर रहेगा।
settings-profile = प्रोफ़ाइल
settings-privacy = निजता
settings-appearance = रूप
settings-language = भाषा
settings-keyboard = कीबोर्ड
settings-safety = क्या सुरक्षित है और क्या नहीं
settings-about = परिचय
shown-name = संपर्कों को दिखने वाला नाम
shown-name-hint = अनजान लोग सिर्फ़ आपका पता देखते हैं।
about-me = मेरे बारे में
address = आपका पता
who-may-knock = आपको अनुरोध कौन भेज सकता है
who-may-knock-hint = चुनें; यह अभी से लागू होगा।
knock-anyone = जो मेरा पता जानता है
knock-link = जिसके पास मेरा कोई लिंक है
knock-nobody = कोई नहीं
theme = थीम
theme-system = सिस्टम जैसी
theme-light = हल्की
theme-dark = गहरी
text-size = पाठ का आकार
enter-sends = Enter से भेजें
enter-sends-hint = नहीं तो Enter नई पंक्ति शुरू करता है और Ctrl Enter भेजता है।
key-palette = कुछ भी खोजें
key-list = यह सूची
key-ctrl = Ctrl
key-shift = Shift
key-enter = Enter
key-neighbour = अगली और पिछली चैट
key-send = भेजें
key-line = नई पंक्ति
key-edit = पिछला संदेश बदलें
key-escape = बंद करें, जवाब या चुनाव रोकें
invite-body = एक व्यक्ति के लिए लिंक, सात दिन तक। उसे ऐसे रास्ते से दें जिस पर दोनों को भरोसा हो।
make-link = लिंक बनाएँ
invitation-qr = न्योते का लिंक QR कोड में
about-version = Casemate { $version }
about-server = आपका सर्वर { $server } है
about-licence = AGPL 3.0 के तहत मुक्त सॉफ़्टवेयर।
key-passphrase = आपके संदेश आपके पासफ़्रेज़ से बंद हैं।
key-device = आपके संदेश इस डिवाइस की रखी कुंजी से बंद हैं।
palette-title = कुछ भी खोजें
palette-hint = लोग, चैट, सेटिंग, आदेश
pin-chat = पिन करें
pinned = पिन की गई
mark-read = पढ़ा हुआ करें
mark-unread = अपठित करें
marked-unread = अपठित चिह्नित
mute = म्यूट करें
unmute = अनम्यूट करें
muted = म्यूट की गई
archive = आर्काइव करें
unarchive = आर्काइव से निकालें
delete-chat = चैट हटाएँ
delete-chat-question = { $name } के साथ चैट हटाएँ?
delete-chat-body = इसके संदेश और फ़ाइलें इस डिवाइस से हटती हैं, तारांकित भी। जो बाद में भेजने के लिए रुका है, वह नहीं भेजा जाता। दूसरों के पास जो है वह रहता है।
search-empty = खोज ख़ाली करें
emoji-none = कोई इमोजी नहीं मिला। अपने कीबोर्ड से लिखें।
emoji-quick = हाथ के पास
archived = आर्काइव: { $count }
back-to-chats = चैट पर लौटें
chat-menu = इस चैट के बारे में और
nickname = उपनाम
nickname-hint = इसे सिर्फ़ आप देखते हैं।
record-voice = वॉइस संदेश रिकॉर्ड करें
recording = रिकॉर्डिंग { $time }
microphone-refused = माइक्रोफ़ोन नहीं चल सका। ब्राउज़र में इस पेज के लिए अनुमति दें, फिर कोशिश करें।
recording-unsupported = यह ब्राउज़र वॉइस संदेश रिकॉर्ड नहीं कर सकता।
play = चलाएँ
voice-broken = यह रिकॉर्डिंग नहीं चल सकती।
forward = फ़ॉरवर्ड करें
forward-title = किसे फ़ॉरवर्ड करें
forwarded = फ़ॉरवर्ड किया गया
forwarded-often = कई बार फ़ॉरवर्ड किया गया
forwarded-done = फ़ॉरवर्ड किया गया।
info = जानकारी
info-title = इस संदेश के बारे में
info-reactions = प्रतिक्रियाएँ
info-votes = मत
earlier-versions = इसमें क्या था
poll-one = एक चुनें
poll-several = एक या अधिक चुनें
forward-hint = { $count ->
    [one] { $count } चैट को
   *[other] अधिकतम { $count } चैट को
}
poll-voters = { $count ->
    [one] { $count } व्यक्ति ने मत दिया
   *[other] { $count } लोगों ने मत दिया
}
read-receipts = पढ़ने की रसीदें
read-receipts-hint = दूसरे देखते हैं आपने क्या पढ़ा, और आप उनका।
language-missing = यह भाषा लोड नहीं हो सकी। ऑनलाइन होने पर फिर कोशिश करें।
rest-away = Casemate का यह हिस्सा लोड नहीं हो सका। कुछ भी खोया नहीं है: ऑनलाइन होने पर फिर कोशिश करें।
first-loading = Casemate लोड हो रहा है। तब तक आप नाम चुन सकते हैं।
engine-gone = इस पेज का इंजन रुक गया। पेज फिर से लोड करें; आपने जो लिखा वह सुरक्षित है।
engine-gone-native = इस मशीन पर Casemate रुक गया। “casemate app” फिर से चलाएँ और जो लिंक वह दिखाए उसे खोलें।
