## Being told: notifications, typing, last seen

typing = लिख रहे हैं…
typing-one = { $name } लिख रहे हैं…
typing-two = { $name } और { $other } लिख रहे हैं…
typing-many = { $count ->
    [one] { $count } व्यक्ति लिख रहा है…
   *[other] { $count } लोग लिख रहे हैं…
}
online = ऑनलाइन
last-seen = पिछली बार { $time } पर देखा गया
show-typing = टाइपिंग संकेत
show-typing-hint = जब आप लिखते हैं तो दूसरे देखते हैं, और जब वे लिखते हैं तो आप देखते हैं।
show-last-seen = ऑनलाइन और पिछली बार देखा गया
show-last-seen-hint = जिन संपर्कों ने भी इसे चालू किया है वे देखते हैं कि आप कब यहाँ हैं और थे, और आप उनका यही देखते हैं।

settings-notifications = सूचनाएँ
notify-new = नया संदेश
notify-reacted = { $name } ने “{ $text }” पर { $emoji } प्रतिक्रिया दी
notify-reacted-some = किसी ने आपके एक संदेश पर प्रतिक्रिया दी
notify-open = Casemate खोलें
notify-explained = आपका ब्राउज़र आपसे पूछेगा। उसके बाद जब तक Casemate पृष्ठभूमि में खुला है, नए संदेश दिखाए जाते हैं।
notify-allow = सूचनाएँ चालू करें
notify-granted = इस ब्राउज़र में सूचनाएँ चालू हैं।
notify-denied = यह ब्राउज़र यहाँ की सूचनाएँ रोकता है। इस साइट के लिए ब्राउज़र की सेटिंग में अनुमति दें, फिर पेज दोबारा लोड करें।
notify-unsupported = यह ब्राउज़र सूचनाएँ नहीं दिखा सकता।
notify-previews = सूचनाओं में नाम और संदेश
notify-previews-hint = नहीं तो सूचना केवल यह बताती है कि नया संदेश है।
notify-sounds = ध्वनियाँ
notify-sounds-hint = संदेश आने पर एक छोटी ध्वनि।
quiet-hours = शांत समय
quiet-hours-hint = इस समय आपके सभी डिवाइसों पर न ध्वनि, न सूचना।
quiet-from = से
quiet-to = तक
push-closed = Casemate बंद होने पर भी
push-closed-hint = यह केवल बताता है कि नया संदेश है। आपके ब्राउज़र का निर्माता जानता है कि यह डिवाइस कब जगाया गया, किसने या किसलिए नहीं। म्यूट की गई चैट इसे नहीं जगातीं, और वे समूह भी नहीं जिनके केवल उल्लेख आपको बताए जाते हैं।
push-refused = आपके ब्राउज़र ने इसके लिए पता नहीं दिया। कुछ ऐसा केवल इंस्टॉल किए ऐप या सामान्य विंडो में करते हैं।
push-server-off = यह सर्वर डिवाइसों को नहीं जगाता। इसे चलाने वाले से पूछें।
device-added = आपके खाते में एक और डिवाइस जोड़ा गया।
device-added-named = आपके खाते में एक डिवाइस जोड़ा गया: { $name }।
device-added-what = अब से जो आएगा वह उसे पढ़ और लिख सकता है। अगर यह आप नहीं थे तो अपने पहले डिवाइस से इसे तुरंत हटाएँ।
device-was-me = यह मैंने किया
devices-look = डिवाइस देखें
