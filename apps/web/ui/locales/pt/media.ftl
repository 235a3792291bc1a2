## Photos, videos, voice, stickers, pictures of people and groups
pause = Pausar
voice-new = Ainda não ouvida
voice-speed = Velocidade: { $speed } vezes
voice-place = Posição na mensagem de voz
sound-place = Ponto da gravação
output-choose = Escolher alto-falante
output-system = Como o sistema
output-number = Alto-falante { $number }
output-other = Outro…
undo = Desfazer
redo = Refazer
edit-tools = Ferramentas
edit-picture = A imagem como será enviada
edit-crop = Cortar
edit-turn = Girar
edit-flip = Espelhar
edit-draw = Desenhar
edit-blur = Tornar irreconhecível
edit-blur-hint = Passe o pincel sobre rostos e nomes. Quem receber a imagem não poderá recuperá-los.
edit-ratio = Proporção
ratio-free = Livre
ratio-whole = Inteira
edit-frame = Parte que fica. As setas a movem; com Shift mudam o tamanho.
edit-colour = Cor
colour-white = Branco
colour-black = Preto
colour-red = Vermelho
colour-yellow = Amarelo
colour-green = Verde
colour-blue = Azul
colour-violet = Violeta
edit-widths = Espessura
edit-width = Espessura { $number }
picture-choose = Escolher uma imagem
picture-change = Trocar a imagem
picture-remove = Remover a imagem
picture-cut = Escolha a parte visível
portrait = Imagem de { $name }
viewer = Imagens e vídeos
viewer-before = Anterior
viewer-after = Próxima
viewer-wait = Preparando a imagem…
viewer-strip = Todas
viewer-number = { $number } de { $count }
preview-photo = Foto
open-video = Ver o vídeo { $name }
video-hint = O Casemate reescreve o vídeo antes de entregá-lo ao player do seu sistema. O player não é do Casemate: reproduza só o que você esperava.
video-wait = Preparando o vídeo…
video-broken = Este vídeo não pode ser reproduzido com segurança.
video-unplayable = Este navegador não reproduz este tipo de vídeo. Você pode salvá-lo.
video-not-previewed = Este navegador não mostra o vídeo aqui. Ele é enviado mesmo assim.
file-fetch = Receber ({ $size })
send-title = Enviar arquivos
send-to = Para { $name }
send-more = Adicionar mais
send-most = { $left ->
    [one] { $left } arquivo ficou de fora: uma mensagem leva { $count }. Envie-o em outra.
   *[other] { $left } arquivos ficaram de fora: uma mensagem leva { $count }. Envie o resto em outra.
}
discard-question = { $count ->
    [one] Descartar este arquivo?
   *[other] Descartar { $count } arquivos?
}
discard-body = Nada foi enviado. O que você escreveu fica na conversa.
send-unreadable = { $name } não pode ser lido: é uma pasta, ou foi movido ou alterado desde que você o escolheu. Nada foi enviado.
discard = Descartar
caption = Adicione uma legenda
send-preparing = Preparando…
send-as-it-is = Enviado como está, com tudo o que revela.
send-clean = Remover autor, datas e outros detalhes
send-cleaned = Enviado como cópia sem autor, datas, programas e outros detalhes; o que mostra fica. Se não for possível, nada é enviado.
send-quality = Qualidade
send-small = Pequena
trim = Aparar
trim-from = Início
trim-to = Fim
trim-about = cerca de { $size }
trim-begins = Este vídeo não pode começar aí: seria mostrado a partir de { $time }. Veja-o e envie-o de novo.
recording-slide = Deslize para cancelar
recording-thrown-away = Gravação descartada.
recording-hear = Ouvir a gravação
recording-pause = Pausar a gravação
recording-go-on = Continuar gravando
recording-ended = O microfone deixou de estar disponível. O que foi gravado até aí está aqui.
camera-title = Tirar uma foto
camera-take = Fotografar
camera-other = Outra câmera
camera-picture = O que a câmera vê
camera-failed = A câmera não deu imagem. Tente de novo.
camera-refused = Esta página não pode usar a câmera. Permita no navegador ou tire a foto com seu app de câmera.
camera-system = Abrir o app de câmera
stickers = Figurinhas
stickers-mine = Minhas figurinhas
stickers-taken = Adicionado às suas figurinhas.
sticker-packs = Pacotes
sticker-take = Adicionar às minhas figurinhas
sticker-take-pack = Adicionar este pacote
sticker-count = { $count ->
    [one] { $count } figurinha
   *[other] { $count } figurinhas
}
sticker-new-pack = Novo pacote
sticker-make-hint = Um pacote é feito com suas próprias imagens. É criptografado e fica em todos os seus dispositivos.
sticker-pack-name = Nome do pacote
sticker-choose = Escolher imagens
sticker-send = Enviar figurinha { $number }
sticker-remove = Remover figurinha { $number }
sticker-pack-menu = O que fazer com o pacote
sticker-add = Adicionar imagens
sticker-share-pack = Enviar o pacote aqui
sticker-remove-some = Remover figurinhas avulsas
sticker-remove-pack = Remover o pacote
sticker-done = Concluído
sticker-making = Criando figurinhas: { $done } de { $of }
sticker-unreadable = { $count ->
    [one] { $count } imagem não pôde ser lida e ficou de fora.
   *[other] { $count } imagens não puderam ser lidas e ficaram de fora.
}
sticker-remove-question = Remover “{ $name }”?
sticker-remove-body = O pacote sai de todos os seus dispositivos. O que você enviou fica.
attach-files = Fotos, vídeos, arquivos
moving-pause = Pausar GIF
moving-play = Reproduzir GIF
send-still = Com estas alterações é enviada como imagem parada.
sticker-stopped = { $count ->
    [one] Uma figurinha era grande demais para se mover: fica parada.
   *[other] { $count } figurinhas eram grandes demais para se mover: ficam paradas.
}
