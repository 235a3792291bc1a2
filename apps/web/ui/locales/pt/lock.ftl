lock-hidden = Quando não está à vista
lock-minute = Após um minuto
lock-what = Bloquear fecha suas mensagens e esquece a chave delas até você abri-las de novo. O que você começou a escrever fica. As outras abas não mostram nada então.
