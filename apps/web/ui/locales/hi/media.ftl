## Photos, videos, voice, stickers, pictures of people and groups
pause = रोकें
voice-new = अभी सुना नहीं गया
voice-speed = गति: { $speed } गुना
voice-place = वॉइस संदेश में स्थान
sound-place = रिकॉर्डिंग में जगह
output-choose = स्पीकर चुनें
output-system = सिस्टम जैसा
output-number = स्पीकर { $number }
output-other = कोई और…
undo = पूर्ववत करें
redo = फिर से करें
edit-tools = टूल
edit-picture = तस्वीर जैसी भेजी जाएगी
edit-crop = काटें
edit-turn = घुमाएँ
edit-flip = पलटें
edit-draw = चित्र बनाएँ
edit-blur = पहचान छिपाएँ
edit-blur-hint = चेहरों और नामों पर ब्रश फेरें। तस्वीर पाने वाला उन्हें वापस नहीं ला सकता।
edit-ratio = अनुपात
ratio-free = मुक्त
ratio-whole = पूरी
edit-frame = जो हिस्सा रहेगा। तीर कुंजियाँ उसे खिसकाती हैं, Shift के साथ आकार बदलती हैं।
edit-colour = रंग
colour-white = सफ़ेद
colour-black = काला
colour-red = लाल
colour-yellow = पीला
colour-green = हरा
colour-blue = नीला
colour-violet = बैंगनी
edit-widths = मोटाई
edit-width = मोटाई { $number }
picture-choose = तस्वीर चुनें
picture-change = तस्वीर बदलें
picture-remove = तस्वीर हटाएँ
picture-cut = दिखने वाला हिस्सा चुनें
portrait = { $name } की तस्वीर
viewer = तस्वीरें और वीडियो
viewer-before = पिछला
viewer-after = अगला
viewer-wait = तस्वीर तैयार हो रही है…
viewer-strip = सभी
viewer-number = { $count } में से { $number }
preview-photo = फ़ोटो
open-video = वीडियो { $name } दिखाएँ
video-hint = Casemate वीडियो को दोबारा लिखकर ही आपके सिस्टम के प्लेयर को देता है। प्लेयर Casemate का नहीं है: वही चलाएँ जिसकी आपको उम्मीद थी।
video-wait = वीडियो तैयार हो रहा है…
video-broken = यह वीडियो सुरक्षित रूप से नहीं चलाया जा सकता।
video-unplayable = यह ब्राउज़र इस तरह का वीडियो नहीं चला सकता। आप इसे सहेज सकते हैं।
video-not-previewed = यह ब्राउज़र वीडियो यहाँ नहीं दिखा सकता। फिर भी वह भेजा जाएगा।
file-fetch = प्राप्त करें ({ $size })
send-title = फ़ाइलें भेजें
send-to = { $name } को
send-more = और जोड़ें
send-most = { $left ->
    [one] { $left } फ़ाइल छूट गई: एक संदेश में { $count } आती हैं। उसे दूसरे संदेश में भेजें।
   *[other] { $left } फ़ाइलें छूट गईं: एक संदेश में { $count } आती हैं। बाकी दूसरे संदेश में भेजें।
}
discard-question = { $count ->
    [one] यह फ़ाइल छोड़ दें?
   *[other] { $count } फ़ाइलें छोड़ दें?
}
discard-body = कुछ नहीं भेजा गया। आपका लिखा चैट में रहता है।
send-unreadable = { $name } पढ़ा नहीं जा सकता: यह फ़ोल्डर है, या आपके चुनने के बाद हटाया या बदला गया। कुछ नहीं भेजा गया।
discard = छोड़ दें
caption = कैप्शन जोड़ें
send-preparing = तैयार हो रहा है…
send-as-it-is = जैसा है वैसा ही भेजा जाएगा, उसमें की सारी जानकारी के साथ।
send-clean = लेखक, तारीख़ें और दूसरी जानकारी हटाएँ
send-cleaned = लेखक, तारीख़ों, प्रोग्रामों और दूसरी जानकारी के बिना एक कॉपी भेजी जाएगी; जो दिखता है, वह बना रहेगा। ऐसा न हो सके, तो कुछ नहीं भेजा जाएगा।
send-quality = गुणवत्ता
send-small = छोटी
trim = काट-छाँट
trim-from = शुरुआत
trim-to = अंत
trim-about = लगभग { $size }
trim-begins = यह वीडियो वहाँ से शुरू नहीं हो सकता: यह { $time } से दिखेगा। इसे देखें और फिर से भेजें।
recording-slide = रद्द करने के लिए खिसकाएँ
recording-thrown-away = रिकॉर्डिंग हटा दी गई।
recording-hear = रिकॉर्डिंग सुनें
recording-pause = रिकॉर्डिंग रोकें
recording-go-on = रिकॉर्डिंग जारी रखें
recording-ended = माइक्रोफ़ोन अब नहीं है। तब तक की रिकॉर्डिंग यहाँ है।
camera-title = फ़ोटो लें
camera-take = फ़ोटो खींचें
camera-other = दूसरा कैमरा
camera-picture = कैमरा जो देख रहा है
camera-failed = कैमरे से तस्वीर नहीं मिली। फिर कोशिश करें।
camera-refused = इस पेज को कैमरे की अनुमति नहीं है। ब्राउज़र में अनुमति दें, या अपने कैमरा ऐप से फ़ोटो लें।
camera-system = कैमरा ऐप खोलें
stickers = स्टिकर
stickers-mine = मेरे स्टिकर
stickers-taken = आपके स्टिकर में जोड़ा गया।
sticker-packs = पैक
sticker-take = मेरे स्टिकर में जोड़ें
sticker-take-pack = यह पैक जोड़ें
sticker-count = { $count } स्टिकर
sticker-new-pack = नया पैक
sticker-make-hint = पैक आपकी अपनी तस्वीरों से बनता है। वह एन्क्रिप्टेड है और आपके सभी डिवाइसों पर रहता है।
sticker-pack-name = पैक का नाम
sticker-choose = तस्वीरें चुनें
sticker-send = स्टिकर { $number } भेजें
sticker-remove = स्टिकर { $number } हटाएँ
sticker-pack-menu = पैक के विकल्प
sticker-add = तस्वीरें जोड़ें
sticker-share-pack = पैक यहाँ भेजें
sticker-remove-some = अलग-अलग स्टिकर हटाएँ
sticker-remove-pack = पैक हटाएँ
sticker-done = हो गया
sticker-making = स्टिकर बन रहे हैं: { $of } में से { $done }
sticker-unreadable = { $count ->
    [one] { $count } तस्वीर पढ़ी नहीं जा सकी और छोड़ दी गई।
   *[other] { $count } तस्वीरें पढ़ी नहीं जा सकीं और छोड़ दी गईं।
}
sticker-remove-question = “{ $name }” हटाएँ?
sticker-remove-body = पैक आपके सभी डिवाइसों से हट जाएगा। जो आपने भेजा वह रहेगा।
attach-files = फ़ोटो, वीडियो, फ़ाइलें
moving-pause = GIF रोकें
moving-play = GIF चलाएँ
send-still = इस बदलाव के साथ यह स्थिर तस्वीर के रूप में भेजी जाएगी।
sticker-stopped = { $count ->
    [one] एक स्टिकर हिलने के लिए बहुत बड़ा था: वह स्थिर रहेगा।
   *[other] { $count } स्टिकर हिलने के लिए बहुत बड़े थे: वे स्थिर रहेंगे।
}
