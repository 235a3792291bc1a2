lock-hidden = 不可见时
lock-minute = 一分钟后
lock-what = 锁定会关闭你的消息并忘记其密钥，直到你再次打开。你已开始写的内容会保留。其他标签页届时不显示任何内容。
seen-title = 他人能看到什么
list-texts = 在聊天列表中显示消息
list-texts-hint = 关闭时：列表显示名称和未读数量，不显示文本和草稿。
text-hidden = 文本已隐藏
