lock-hidden = Quando não está à vista
lock-minute = Após um minuto
lock-what = Bloquear fecha suas mensagens e esquece a chave delas até você abri-las de novo. O que você começou a escrever fica. As outras abas não mostram nada então.
seen-title = O que outros podem ver
list-texts = Mostrar mensagens na lista de conversas
list-texts-hint = Desligado: a lista mostra nomes e quanto não foi lido, sem textos e sem rascunhos.
text-hidden = Texto oculto
