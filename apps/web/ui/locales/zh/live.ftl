## Being told: notifications, typing, last seen

typing = 正在输入……
typing-one = { $name }正在输入……
typing-two = { $name }和{ $other }正在输入……
typing-many = { $count ->
   *[other] { $count } 人正在输入……
}
online = 在线
last-seen = 最后上线 { $time }
show-typing = 输入状态
show-typing-hint = 别人能看到你正在输入，你也能看到别人正在输入。
show-last-seen = 在线和最后上线
show-last-seen-hint = 同样开启此项的联系人能看到你何时在线，你也能看到他们的。

settings-notifications = 通知
notify-new = 新消息
notify-reacted = { $name }对“{ $text }”回应了 { $emoji }
notify-reacted-some = 有人回应了你的一条消息
notify-open = 打开 Casemate
notify-explained = 浏览器会询问你。之后，只要 Casemate 在后台打开，就会显示新消息。
notify-allow = 开启通知
notify-granted = 此浏览器已开启通知。
notify-denied = 此浏览器阻止了本站的通知。请在浏览器设置中为本站允许通知，然后重新加载。
notify-unsupported = 此浏览器无法显示通知。
notify-previews = 通知中显示姓名和内容
notify-previews-hint = 否则通知只说明有新消息。
notify-sounds = 声音
notify-sounds-hint = 收到消息时播放一声短音。
quiet-hours = 免打扰时段
quiet-hours-hint = 在此时段内，你的所有设备都没有声音和通知。
quiet-from = 从
quiet-to = 到
push-closed = Casemate 关闭时也通知
push-closed-hint = 只说明有新消息。浏览器厂商会知道此设备何时被唤醒，但不知道是谁、为了什么。已静音的聊天不会唤醒它，只通知提及的群组也不会。
push-refused = 你的浏览器没有为此提供地址。有些浏览器只对已安装的应用或普通窗口提供。
push-server-off = 此服务器不唤醒设备。请询问其运营者。
device-added = 你的账户添加了另一台设备。
device-added-named = 你的账户添加了一台设备：{ $name }。
device-added-what = 从现在起它可以读写收到的内容。如果不是你本人，请立即从你的第一台设备将其移除。
device-was-me = 是我
devices-look = 查看设备
