lock-hidden = When it is out of sight
lock-minute = After a minute
lock-what = Locking closes your messages and forgets their key until you open them again. What you began to write stays. Other tabs show nothing then.
