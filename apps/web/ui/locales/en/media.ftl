## Photos, videos, voice, stickers, pictures of people and groups
pause = Pause
voice-new = Not listened to yet
voice-speed = Speed: { $speed } times
voice-place = Place in the voice message
sound-place = Place in the recording
output-choose = Choose loudspeaker
output-system = System default
output-number = Loudspeaker { $number }
output-other = Another one…
undo = Undo
redo = Redo
edit-tools = Tools
edit-picture = The picture as it will be sent
edit-crop = Crop
edit-turn = Rotate
edit-flip = Flip
edit-draw = Draw
edit-blur = Make unrecognisable
edit-blur-hint = Brush over faces and names. Whoever gets the picture cannot bring them back.
edit-ratio = Shape
ratio-free = Free
ratio-whole = Whole
edit-frame = Part that stays. Arrow keys move it, with Shift they change its size.
edit-colour = Colour
colour-white = White
colour-black = Black
colour-red = Red
colour-yellow = Yellow
colour-green = Green
colour-blue = Blue
colour-violet = Violet
edit-widths = Width
edit-width = Width { $number }
picture-choose = Choose a picture
picture-change = Change the picture
picture-remove = Remove the picture
picture-cut = Choose the part to show
portrait = Picture of { $name }
viewer = Pictures and videos
viewer-before = The one before
viewer-after = The next one
viewer-wait = Preparing the picture…
viewer-strip = All of them
viewer-number = { $number } of { $count }
preview-photo = Photo
open-video = Show the video { $name }
video-hint = Casemate writes the video anew before your system’s player gets it. The player itself is not Casemate’s: play only what you expected.
video-wait = Preparing the video…
video-broken = This video cannot be played safely.
video-unplayable = This browser cannot play this kind of video. You can save it.
video-not-previewed = This browser cannot show the video here. It is sent all the same.
file-fetch = Receive ({ $size })
send-title = Send files
send-to = To { $name }
send-more = Add more
send-most = { $left ->
    [one] { $left } file was left out: one message takes { $count }. Send it in another.
   *[other] { $left } files were left out: one message takes { $count }. Send the rest in another.
}
discard-question = { $count ->
    [one] Discard this file?
   *[other] Discard { $count } files?
}
discard-body = Nothing was sent. What you wrote stays in the chat.
send-unreadable = { $name } cannot be read: it is a folder, or was moved or changed since you chose it. Nothing was sent.
discard = Discard
caption = Add a caption
send-preparing = Preparing…
send-as-it-is = Sent as it is, with all that it tells.
send-clean = Remove author, dates and other details
send-cleaned = Sent as a copy without author, dates, programs and other details; what it shows stays. If that can’t be done, nothing is sent.
send-quality = Quality
send-small = Small
trim = Trim
trim-from = Beginning
trim-to = End
trim-about = about { $size }
trim-begins = This video cannot begin there: it would show from { $time } on. Look at it and send it again.
recording-slide = Slide to cancel
recording-thrown-away = Recording thrown away.
recording-hear = Listen to the recording
recording-pause = Pause recording
recording-go-on = Go on recording
recording-ended = The microphone went away. What was recorded until then is here.
camera-title = Take a photo
camera-take = Take the photo
camera-other = The other camera
camera-picture = What the camera sees
camera-failed = The camera gave no picture. Try again.
camera-refused = This page may not use the camera. Allow it in the browser, or take the photo with your camera app.
camera-system = Open the camera app
stickers = Stickers
stickers-mine = My stickers
stickers-taken = Added to your stickers.
sticker-packs = Packs
sticker-take = Add to my stickers
sticker-take-pack = Add this pack
sticker-count = { $count ->
    [one] One sticker
   *[other] { $count } stickers
}
sticker-new-pack = New pack
sticker-make-hint = A pack is made of your own pictures. It is encrypted and on all your devices.
sticker-pack-name = Name of the pack
sticker-choose = Choose pictures
sticker-send = Send sticker { $number }
sticker-remove = Remove sticker { $number }
sticker-pack-menu = What to do with the pack
sticker-add = Add pictures
sticker-share-pack = Send the pack here
sticker-remove-some = Remove single stickers
sticker-remove-pack = Remove the pack
sticker-done = Done
sticker-making = Making stickers: { $done } of { $of }
sticker-unreadable = { $count ->
    [one] { $count } picture could not be read and was left out.
   *[other] { $count } pictures could not be read and were left out.
}
sticker-remove-question = Remove “{ $name }”?
sticker-remove-body = The pack goes from all your devices. What you sent stays where it is.
attach-files = Photos, videos, files
moving-pause = Pause GIF
moving-play = Play GIF
send-still = Changed like this it is sent as a still picture.
sticker-stopped = { $count ->
    [one] One sticker was too large to move: it stands still.
   *[other] { $count } stickers were too large to move: they stand still.
}
