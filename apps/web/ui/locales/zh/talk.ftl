## Polls, places, cards, later, lists, groups' management, import

## Attach menu
attach-poll = 投票
attach-contact = 联系人
attach-place = 位置
send-later = 稍后发送

## Polls
poll-new = 新投票
poll-question = 问题
poll-option = 选项 { $number }
poll-same = 有两个选项相同。
poll-multiple = 可多选
send-poll = 发送投票
poll-close = 结束投票
poll-close-question = 结束此投票？
poll-close-body = 之后无人可再投票；结果所有人仍可看到。
poll-closed = 已结束

## Places
place-send = 发送位置
place-hint = 在你的设备上绘制，没有地图服务会得知。
place-mine = 使用我的位置
place-refused = 浏览器没有提供你的位置。请为此页面授权，或输入坐标。
place-coordinates = 坐标
place-coordinates-hint = 纬度和经度，例如 52.52, 13.40
place-wrong = 这不是地点。请以度数写纬度和经度，例如 52.52, 13.40
place-label = 地点名称
place-near = 误差 { $metres } 米
place-map = 世界地图，标记在 { $place }
place-open = 打开地图

## Contact cards
card-send = 发送联系人
card-hint = 对方会收到姓名和地址，并可发送请求。
card-question = 向 { $name } 发送请求？
card-body = 对方会看到你的地址，并决定是否交谈。

## Later
later-hint = 由此设备发送。届时须开机并联网，否则联网后立即发送。
later-hour = 一小时后
later-evening = { $time }
later-tomorrow = 明天 { $time }
later-at = 日期和时间
later-past = 这个时间已过。请选择一个将来的时间。
later-done = 将于 { $time } 发送。
scheduled-title = 定时消息
scheduled-waiting = { $count } 条消息等待定时发送
scheduled-none = 这里没有等待发送的内容。
scheduled-cancel = 不发送
scheduled-cancel-question = 不发送这条消息？
scheduled-cancel-body = 它不会被发送，也不会保留任何内容。
send-now = 立即发送
scheduled-change = 修改消息
scheduled-text = 消息内容

## Composer
formatting = 格式
mark-bold = 粗体
mark-italic = 斜体
mark-strike = 删除线
mark-code = 等宽
mark-block = 代码块
mark-quote = 引用
mark-list = 列表
mark-spoiler = 点按后显示
mention = 提及某人

## Shown once
once-choose = 仅可查看一次
once-title = 仅可查看一次
once-hint = 关闭后将从你的所有设备上消失。
once-photo = 照片
once-video = 视频
once-voice = 语音消息
once-file = 文件
once-message = 仅可查看一次
once-open = 打开；仅显示一次
once-sent = 可打开一次
once-opened = 已打开

## Finding
filters = 筛选
filters-clear = 清除筛选
filter-media = 照片和视频
filter-links = 链接
filter-documents = 文件
filter-voice = 语音消息
filter-from = 来自
filter-anybody = 任何人
filter-people = 查找成员
filter-after = 自
filter-before = 至
found-older = 更早的结果
found-newer = 更新的结果
found-place = 第 { $place } 条，共 { $of } 条
found-place-more = 第 { $place } 条，共 { $of }+ 条
found-count = { $count } 条消息
found-count-more = { $count }+ 条消息
pinned-messages = 置顶消息
pinned-message = 置顶：{ $text }
starred-messages = 星标消息
starred-none = 给消息加星标，便可在此找到。
gallery = 媒体、链接和文件
gallery-none = 暂无此类内容。
show-more = 显示更多
day-title = 跳转到日期
day-label = 日期
day-go = 前往
day-none = 此后没有消息。

## Lists of chats
chats-menu = 聊天的更多选项
chat-tabs = 聊天分类
tab-all = 全部
tab-unread = 未读
tab-groups = 群组
folder = 文件夹
folder-hint = 文件夹属于你；你的设备会同步，其他人看不到。
folder-new = 新文件夹
folder-put = 添加到文件夹
folder-out = 移出文件夹
folder-empty = 这里没有聊天。
folder-menu = 文件夹“{ $name }”的选项
folder-name = 文件夹名称
folder-rename = 重命名文件夹
folder-remove = 移除文件夹
folder-remove-question = 移除文件夹“{ $name }”？
folder-remove-body = 其中的聊天会保留，不再属于任何文件夹。
mute-hours = 8 小时
mute-week = 一周
mute-always = 始终
mute-hint = 这里的任何消息都不通知你，提及也不例外。来电仍会响铃。
mute-mentions = 除提及外全部
mute-mentions-hint = Casemate 打开时，提及你或回复你的消息会通知你。关闭时，此群组不会唤醒它。

## Broadcast lists
lists = 群发列表
lists-hint = 一条消息会分别发到你与列表中每个人的聊天中。没有人知道还有谁收到。
lists-none = 还没有列表。
list-new = 新列表
list-title = 群发列表
list-name = 列表名称
list-edit = 修改 { $name }
list-remove = 删除列表
list-message = 发给所有人的消息
list-send = 发送给所有人
list-remove-question = 删除列表“{ $name }”？
list-remove-body = 所有设备都会忘记其中有谁。聊天和消息会保留。
list-people = { $count } 人
list-left-out = 未发送给：{ $names }。
list-sent = 已发送给 { $count } 人。

## Groups
description = 群组简介
only-admins-send = 只有管理员可以在此发送消息。
group-link = 通过链接邀请
group-link-hint = 打开链接的人会请求你添加，并等到你上线，由你逐一决定。其他可以添加成员的人可以创建自己的链接。
group-link-qr = 群组链接二维码
link-reset = 重置链接
link-reset-question = 重置链接？
link-reset-body = 旧链接无论传到哪里都将失效。
join-title = 你打开了群组链接
join-body = 请求加入。链接创建者会看到你的地址并作决定。
join-asked = 请求已发送。被添加后群组会出现。
join-asks = { $name } 请求加入 { $group }
join-approve = 添加到群组
join-approve-all = 全部添加（{ $count }）
members-search = 搜索成员
verified = 已比对安全号码
emoji-recent = 最近使用

## Bringing history
import-title = 导入 WhatsApp 聊天
import-hint = 在手机上导出聊天，然后在此选择 zip 文件。它只在此设备上读取和保存，不会发送给任何人。
import-choose = 选择文件
import-begin = 导入
import-me = 其中哪位是你？
import-nobody = 都不是
import-into = 导入到
import-new = 单独的只读聊天
import-name = 聊天名称
import-progress = { $done } / { $of } 条消息
import-reading = 正在读取文件……
import-days = { $first } 至 { $last }
import-cut = 聊天记录更长：只会导入最早的 { $count } 条消息。
import-large = 此导出过大或格式异常。请导出不含媒体的聊天。
import-unreadable = 此文件已损坏或无法读取，未导入任何内容。
import-no-chat = 此文件中没有导出的聊天。
import-order = 无法分辨此聊天中的日和月。哪一个在前？
import-order-choose = 请选择
import-order-day = 日在前：{ $first } 至 { $last }
import-order-month = 月在前：{ $first } 至 { $last }
import-wordless = 导出中没有内容、因此不显示的消息：{ $count }
import-lines-out = 第一条消息之前被略去的行：{ $count }。第一行：{ $line }
import-lines-copied = 看起来像消息、但保留在前一条消息中的行：{ $count }。第一行：{ $line }
import-encrypted = 此压缩文件有密码。请解压后重新制作不带密码的 zip 文件。
imported = 已导入
imported-closed = 从文件导入；仅你可见，只读。
import-unfinished = 导入尚未完成：已有 { $done } / { $of } 条消息。如果已中断，请再次导入同一文件。
import-files = { $count } 个文件
import-left-out = 有 { $count } 个文件无法导入，其消息已导入，但不含文件。

## What the engine says
said-about-changed = { $by } 修改了群组简介。
said-about-changed-by-you = 你修改了群组简介。
said-poll-is-closed = 此投票已结束。
said-poll-only-asker = 只有发起人可以结束投票。
said-once-opened-already = 此内容已被打开。
said-imported-only-yours = 此内容从文件导入，仅你拥有。
said-imported-file = 其文件为导入内容，仅存于此。请保存后发送。
said-import-date-order = 无法分辨此聊天中的日和月。若日在前，聊天从 { $day_first } 至 { $day_last }；若月在前，则从 { $month_first } 至 { $month_last }。请说明是哪一种。未导入任何内容。
said-import-not-understood = 此文件中没有导出的聊天。第一处无法识别的行：{ $line }
said-list-nobody = 此列表中已没有联系人。
add-question = 将 { $name } 加入 { $group }？
add-verb = 添加
share-title = 分享之前的消息
share-none = 不分享
share-last = 最近 { $count } 条
share-all = 全部
share-none-hint = 对方只能读到从现在起的消息。
share-hint = 所有成员都会看到你分享了消息。只显示一次或会消失的内容不在其中，最多分享最近 { $most } 条消息。
shared-by = 由 { $name } 分享
shared-by-hint = 这些是你加入之前说的。由谁所写，只凭分享者之言。
said-shared = { $by } 与 { $who } 分享了最近 { $count } 条消息。
said-shared-by-you = 你与 { $who } 分享了最近 { $count } 条消息。
said-shared-with-you = { $by } 与你分享了最近 { $count } 条消息。
said-call-missed = 未接来电：{ $who }。
said-video-call-missed = 未接视频通话：{ $who }。
said-call-unanswered = 你拨打了电话，但无人接听。
said-shared-unreadable = 之前的消息无法读取。
said-shared-only-read = 这是你加入之前说的，由他人分享给你：无法对它作出回应。
report = 举报
report-title = 举报 { $name }
report-what = 这里没有人阅读举报：Casemate 不会，你的服务器也不会。你把 { $name } 写的内容做成文件，交给你信任的人：朋友、援助机构或警方。
report-open = 文件未加密，也不能向他人证明什么：它只显示你的设备所显示的内容。其中没有你自己的消息。
report-lab = 交给实验室或安全团队
report-lab-hint = 已加密并签名。其中还写明由谁在何时收集，以及每条消息在对话中的位置。
report-lab-words = 要阅读它的人需要这六个词。请用别的方式告诉对方，最好当面或口头。它们只在这里显示。
report-messages = 文件内容
report-request = 此请求会写入文件：
report-note = 你自己的说明
report-before = 编辑之前，自 { $when } 起：
report-save = 保存为文件
report-hand = 交给联系人
report-to = 交给谁？
report-saved = 举报文件已保存，没有发送给任何人。
report-handed = 举报文件正在发送给 { $name }。
report-holds = 其中：名称和地址，消息：{ $messages }，文件：{ $files }。
