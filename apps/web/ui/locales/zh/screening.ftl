## 打开前的链接
link-reads = 以其他文字显示：{ $reads }
link-unreadable = 没有浏览器能理解此链接。
link-scheme = 这不会打开网页：“{ $about }”会在你的设备上启动另一个程序。
link-hidden = 其中有看不见的字符，或会颠倒顺序的字符。
link-port = 它通向不寻常的端口（{ $about }）。公开网页不需要它。
link-looks-like = 它做得像 { $about }，但并不是。
link-almost-like = 它几乎是 { $about }，但并不是。
link-inside = 它写着 { $about }，却通向 { $host }。
link-lure = 它用了 { $about } 的名字，但从名称看并不属于它。
link-text = 文字写的是 { $about }，却通向 { $host }。
link-shortener = 短链接：打开之前看不到它通向哪里。
link-new-sender = { $name } 不是你的联系人，或不足一周。
link-indicator = 它在攻击者所用之物的列表“{ $about }”中。不要打开。
link-anyway = 仍要打开

## 检查
settings-checkup = 安全检查
checkup-what = 这台设备上有什么可以更好，以及为什么。Casemate 只在这里查看，不告诉任何人。
checkup-looking = 正在查看…
checkup-good = 无需处理。不时再来看看。
checkup-unseen = 应用看不到的：此设备是否会自动锁定，其存储是否加密。两者都在设备自己的设置里。
checkup-high = 重要
checkup-medium = 最好尽快
checkup-low = 值得一看
checkup-known-bad = 这里有 { $count } 条消息提到已知属于攻击者的东西。如果你打开过，也许有人正在此设备上窥看。
checkup-known-bad-do = 查看这些消息
checkup-key-in-file = 打开这里一切的密钥就在旁边的文件里。谁复制了文件夹，谁就能读到全部。
checkup-key-in-file-do = 选择密码短语
checkup-no-passphrase = 谁以你的名义使用此设备，谁就能打开这里的一切：什么都不会询问。
checkup-no-passphrase-do = 设置锁定
checkup-safety-changed = { $count ->
    [1] { $name } 的安全号码变了，你还没有查看。可能是新手机，也可能有人在中间。
   *[other] { $count } 位联系人的安全号码变了，你还没有查看。可能是新手机，也可能有人在中间。
 }
checkup-safety-changed-do = 比对安全号码
checkup-kit-not-written = 如果丢失此设备，没有什么能找回你的账户和联系人。
checkup-kit-not-written-do = 写下恢复工具包
checkup-device-unseen = 你有 { $count } 台设备一个月没有消息。如果丢失，捡到的人就能继续阅读。
checkup-device-unseen-do = 查看你的设备
checkup-contacts-unverified = { $count ->
    [1] 你还没有和 { $name } 比对安全号码。在那之前，只有服务器说那是对方。
   *[other] 你还没有和 { $count } 位联系人比对安全号码。在那之前，只有服务器说那是他们。
 }
checkup-contacts-unverified-do = 比对安全号码
checkup-no-backup = 如果丢失此设备，说过的话也会随之消失：服务器上没有备份。
checkup-no-backup-do = 进行备份
checkup-backup-old = 上次备份已超过一个月。此后说的只在此设备上。
checkup-backup-old-do = 进行备份
checkup-previews = 通知会向看到你屏幕的人显示名字和文字，锁屏时也是。
checkup-previews-do = 在通知中隐藏
checkup-old-conversations = 有 { $count } 个聊天一年没有消息。不在这里的，就无法从这里被拿走。
checkup-old-conversations-do = 清理旧聊天
checkup-keys-old = 在 { $count } 个聊天中，此设备的密钥已超过八天没有更换。如果有人复制了它，在服务器接受新密钥之前，那人可以在那里读到内容。
checkup-keys-old-do = 再看一次
checkup-members-silent = 在 { $count } 个群组中，某位成员的所有设备已十二周没有消息。如果其中一台被复制，那份副本可以在那里读到内容。管理员可以移除已经离开的人。
checkup-members-silent-do = 再看一次
checkup-keys = 此设备在每个聊天中的密钥已使用多久
checkup-keys-replaced = 正在更换
checkup-indicators-old = 你的已知间谍软件列表已超过三个月。攻击者现在使用的不在其中。
checkup-indicators-old-do = 导入较新的列表
checkup-browser-old = { $browser } { $version } 有已知被攻击者利用的漏洞。新版本已修补：请更新并重新启动。
checkup-browser-old-do = 再看一次
checkup-not-kept = 空间不足时，此浏览器可能会清除这里的内容。如果安装了 Casemate 或允许其显示通知，浏览器更倾向于保留。恢复工具包和备份可以找回被清除的内容。
checkup-not-kept-do = 请求浏览器全部保留
checkup-not-kept-refused = 浏览器没有同意。请安装 Casemate 或开启通知，然后再请求一次。

## 已知间谍软件
settings-spyware = 已知间谍软件
spyware-what = 一些实验室会公布间谍软件所用的域名、地址和文件。有了这样的列表，Casemate 会查看收到的和已在这里的内容。不询问任何人，也没有人知道发现了什么。
spyware-none = 这里还没有列表。
spyware-import = 导入列表
spyware-forms = STIX 2.1 或 MISP 文件、普通列表，或已签名的列表。
spyware-entries = { $count } 条
spyware-publisher = 已签名，版本 { $version }。签名者的密钥：{ $key }
spyware-remove = 移除此列表
spyware-remove-question = 移除“{ $name }”？
spyware-remove-body = 由它发现的也会被忘记。
spyware-added = { $count ->
    [0] “{ $name }”没有带来新内容。
   *[other] “{ $name }”带来 { $count } 条新内容。
 }
spyware-refused = 有 { $count } 条被略过，例如：
spyware-look-back = 检查所有消息
spyware-nothing = 已检查 { $count } 条消息。没有发现。
spyware-found = 有 { $count } 条消息含有已知内容：
spyware-match = { $name }：{ $indicator }
spyware-match-list = 在列表“{ $list }”中
spyware-advice = 如果你打开过其中任何一个，也许有人正在此设备上窥看。请用另一台设备询问你的安全团队，或帮助像你这样的人的实验室。
known-bad = 已知 { $indicator } 属于攻击者（“{ $list }”）。不要打开。
known-bad-came = { $name } 的一条消息中有已知属于攻击者的东西。

## 保存前的文件
file-listed = 此消息中的内容列在攻击者所用内容的名单上。请勿打开。
file-program = 它是程序，或会启动程序：打开后，你能在设备上做的它都能做。
file-macros = 它含有宏：办公软件可能会运行的小程序。
file-active = 它可以运行脚本，或内含其他文件。
file-page = 它打开时会做些什么：运行脚本、转到别处，或发送在其中输入的内容。
file-holds-programs = 它含有程序或脚本，或名称隐藏了真相的文件。
file-leads-out = 它会写到解压文件夹之外。
file-two-in-one = 它是二合一的文件：是什么取决于用什么打开。
file-bomb = 它很小，解开后却非常大。
file-unlooked = 其中一部分无法查看：太大、已损坏或已加锁。里面的内容可能有害。
file-double-ending = 它的名称隐藏了真相：只有最后的扩展名算数。
file-turned-name = 它的名称读起来的顺序与实际不同。
file-hidden-letters = 它的名称含有看不见的字符：它可能不是读起来的那样。
file-other-kind = 它的名称属于另一种文件：它并不是名称所说的那种。
file-unread = 无法查看此文件的内部。它可能是为了造成伤害而做的。
file-save-question = 保存“{ $name }”？
guard-crashed = 查看此文件内部时失败。它可能是为了造成伤害而做的。
guard-too-long = 查看此文件内部用时过长，已停止。
guard-away = 查看文件内部的组件随第一个文件加载，而现在无法连接服务器。没有任何丢失：联网后请重试。
guard-newer = Casemate 已有新版本，此页面无法再加载查看文件内部的组件。请重新加载页面。
file-held = 此前查看此文件内部时失败，因此不再自动打开。它可能是为了造成伤害而做的。
file-preview = 预览
file-preview-of = 预览 { $name }
file-what = 这是什么？
file-what-of = { $name } 是什么？
file-empty = 此文件是空的。
file-type = 从内容看：{ $type }。
kind-pdf = PDF
kind-word = Word 文档
kind-excel = Excel 表格
kind-powerpoint = PowerPoint 演示文稿
kind-document = 文字文档
kind-spreadsheet = 电子表格
kind-presentation = 演示文稿
kind-archive = 压缩文件
kind-text = 文本
kind-picture = 图片
kind-avif = AVIF 图片
kind-heic = HEIC 图片
kind-jxl = JPEG XL 图片
kind-tiff = TIFF 图片
kind-drawing = 绘图
kind-disk = 磁盘映像
kind-package = 软件包：会安装程序
kind-database = 数据库
kind-old-office = 2007 年以前的 Office 文档
kind-sound = 音频
kind-page = 网页
kind-calendar = 日历条目
kind-card = 名片
kind-book = 电子书
kind-program = 程序
kind-unknown = 未知类型的文件
file-not-shown = 此处不显示它。打开它会让其他程序读取它，这也许正是发送者想要的。只有在你预期收到它时才打开。
picture-not-decoded = { $type }：无法在此安全显示。保存后可用其他程序显示；其中隐藏的内容届时会到达该程序。
file-words-alone = 只有文字：不会打开其中的图片、链接或程序。
file-beginning = 只显示开头部分。
file-save-anyway = 仍要保存
file-no-words = 其中没有可读的文字。它显示的也许是图片，此处不查看图片。

## 被拦下的文件
settings-held = 被拦下的文件
held-what = 无法查看内部的文件，以及使查看程序出错的文件。这里只记下由谁、在何时发来，不记内容。此列表只留在本设备上，发送者无法从中删去任何内容。
held-none = 收到的每个文件都能查看。
held-refused = 它并非看上去的样子，或大得无法查看。
held-crashed = 它使查看文件的程序崩溃了。
held-too-long = 查看它花的时间过长。
held-killed = 正在查看它时，一切都中断了。
held-file = 文件
held-from = 来自 { $name }
held-times = { $count ->
    [one] 一次
   *[other] { $count } 次
 }
held-now = 它不再自动打开。
link-previews = 链接预览
link-previews-hint = 你写下链接时，这台设备会向其页面获取标题和图片，这样收到消息的人就不必去访问。该网站会得知这台设备的地址。
link-preview-goes = 将一并发送：{ $host } 的预览
link-preview-remove = 去掉预览
link-preview-whose = 标题和图片来自发送者
