## Polls, places, cards, later, lists, groups' management, import

## Attach menu
attach-poll = Enquete
attach-contact = Contato
attach-place = Local
send-later = Enviar mais tarde

## Polls
poll-new = Nova enquete
poll-question = Pergunta
poll-option = Opção { $number }
poll-same = Duas opções são iguais.
poll-multiple = É possível escolher várias
send-poll = Enviar enquete
poll-close = Encerrar enquete
poll-close-question = Encerrar esta enquete?
poll-close-body = Ninguém mais pode votar; o resultado continua visível para todos.
poll-closed = Encerrada

## Places
place-send = Enviar um local
place-hint = Desenhado no seu dispositivo. Nenhum serviço de mapas fica sabendo.
place-mine = Usar onde estou
place-refused = O navegador não informou onde você está. Permita nesta página ou digite as coordenadas.
place-coordinates = Coordenadas
place-coordinates-hint = Latitude e longitude, por exemplo 52.52, 13.40
place-wrong = Isto não é um lugar. Escreva latitude e longitude em graus, por exemplo 52.52, 13.40
place-label = Nome do local
place-near = a { $metres } m
place-map = O mundo com uma marca em { $place }
place-open = Abrir um mapa

## Contact cards
card-send = Enviar um contato
card-hint = Eles recebem o nome e o endereço e podem enviar um pedido.
card-question = Enviar um pedido para { $name }?
card-body = A pessoa vê o seu endereço e decide se quer conversar.

## Later
later-hint = Este dispositivo envia. Ele precisa estar ligado e conectado na hora; senão, envia assim que estiver.
later-hour = Em uma hora
later-evening = Às { $time }
later-tomorrow = Amanhã às { $time }
later-at = Data e hora
later-past = Esse horário já passou. Escolha um que ainda virá.
later-done = Será enviado: { $time }.
scheduled-title = Mensagens para mais tarde
scheduled-waiting = { $count ->
    [one] { $count } mensagem aguarda a hora
   *[other] { $count } mensagens aguardam a hora
 }
scheduled-none = Nada aguarda envio aqui.
scheduled-cancel = Não enviar
scheduled-cancel-question = Não enviar esta mensagem?
scheduled-cancel-body = Ela não será enviada, e nada dela é guardado.
send-now = Enviar agora
scheduled-change = Alterar a mensagem
scheduled-text = Texto da mensagem

## Composer
formatting = Formatação
mark-bold = Negrito
mark-italic = Itálico
mark-strike = Riscado
mark-code = Monoespaçado
mark-block = Bloco de código
mark-quote = Citação
mark-list = Lista
mark-spoiler = Oculto até tocar
mention = Mencionar alguém

## Shown once
once-choose = Ver uma vez
once-title = Ver uma vez
once-hint = Ao fechar, some de todos os seus dispositivos.
once-photo = Foto
once-video = Vídeo
once-voice = Mensagem de voz
once-file = Documento
once-message = Ver uma vez
once-open = Abrir; aparece uma única vez
once-sent = Pode ser aberto uma vez
once-opened = Aberto

## Finding
filters = Filtros
filters-clear = Sem filtros
filter-media = Fotos e vídeos
filter-links = Links
filter-documents = Documentos
filter-voice = Mensagens de voz
filter-from = De
filter-anybody = qualquer pessoa
filter-people = Encontrar pessoas
filter-after = Desde
filter-before = Até
found-older = Resultado mais antigo
found-newer = Resultado mais recente
found-place = { $place } de { $of }
found-place-more = { $place } de { $of }+
found-count = { $count ->
    [one] { $count } mensagem
   *[other] { $count } mensagens
}
found-count-more = { $count }+ mensagens
pinned-messages = Mensagens fixadas
pinned-message = Fixada: { $text }
starred-messages = Mensagens favoritas
starred-none = Favorite uma mensagem para achá-la aqui.
gallery = Mídia, links e documentos
gallery-none = Ainda não há nada deste tipo.
show-more = Mostrar mais
day-title = Ir para um dia
day-label = Dia
day-go = Ir
day-none = Nada foi escrito desde então.

## Lists of chats
chats-menu = Mais sobre as conversas
chat-tabs = Quais conversas
tab-all = Todas
tab-unread = Não lidas
tab-groups = Grupos
folder = Pasta
folder-hint = As pastas são suas; seus dispositivos as compartilham e ninguém mais as vê.
folder-new = Nova pasta
folder-put = Adicionar à pasta
folder-out = Tirar da pasta
folder-empty = Nenhuma conversa aqui.
folder-menu = Opções da pasta { $name }
folder-name = Nome da pasta
folder-rename = Renomear pasta
folder-remove = Remover pasta
folder-remove-question = Remover a pasta “{ $name }”?
folder-remove-body = As conversas dela ficam, sem pasta.
mute-hours = Por 8 horas
mute-week = Por uma semana
mute-always = Sempre
mute-hint = Nenhuma mensagem daqui avisa você, nem as menções. As chamadas continuam tocando.
mute-mentions = Tudo menos menções
mute-mentions-hint = Com o Casemate aberto, o que menciona ou responde a você é avisado. Fechado, este grupo não o acorda.

## Broadcast lists
lists = Listas de transmissão
lists-hint = Uma mensagem vai para cada pessoa da lista, na conversa de vocês. Ninguém vê quem mais recebeu.
lists-none = Ainda não há listas.
list-new = Nova lista
list-title = Lista de transmissão
list-name = Nome da lista
list-edit = Alterar { $name }
list-remove = Remover lista
list-message = Mensagem para todos
list-send = Enviar a todos
list-remove-question = Remover a lista “{ $name }”?
list-remove-body = Quem está nela é esquecido em todos os seus dispositivos. Conversas e mensagens ficam.
list-people = { $count ->
    [one] { $count } pessoa
   *[other] { $count } pessoas
}
list-left-out = Menos a: { $names }.
list-sent = { $count ->
    [one] Enviado a { $count } pessoa.
   *[other] Enviado a { $count } pessoas.
}

## Groups
description = Sobre o que é o grupo
only-admins-send = Só admins podem enviar mensagens aqui.
group-link = Convidar por link
group-link-hint = Quem abrir pedirá a você para entrar e esperará até você estar aqui. Você decide caso a caso. Outras pessoas que podem adicionar gente podem criar o próprio link.
group-link-qr = O link do grupo como código QR
link-reset = Redefinir link
link-reset-question = Redefinir o link?
link-reset-body = O link atual deixa de levar a qualquer lugar, onde quer que tenha sido repassado.
join-title = Você abriu o link de um grupo
join-body = Peça para entrar. Quem criou este link vê o seu endereço e decide.
join-asked = Pedido enviado. O grupo aparece quando você for adicionado.
join-asks = { $name } pede para entrar em { $group }
join-approve = Adicionar ao grupo
join-approve-all = Adicionar os { $count }
members-search = Buscar membros
verified = Número de segurança comparado
emoji-recent = Usados recentemente

## Bringing history
import-title = Trazer uma conversa do WhatsApp
import-hint = Exporte a conversa no telefone e escolha o zip aqui. Ele é lido neste dispositivo, fica nele e não é enviado a ninguém.
import-choose = Escolher arquivo
import-begin = Trazer para cá
import-me = Qual deles é você?
import-nobody = Nenhum
import-into = Para onde
import-new = Uma conversa à parte, para ler
import-name = Nome da conversa
import-progress = { $done } de { $of } mensagens
import-reading = Lendo o arquivo…
import-days = De { $first } a { $last }
import-cut = A conversa é mais longa: só são trazidas as primeiras { $count } mensagens.
import-large = Esta exportação é grande demais ou de formato incomum. Exporte a conversa sem mídia.
import-unreadable = Este arquivo está danificado ou ilegível. Nada dele foi trazido.
import-no-chat = Não há conversa exportada neste arquivo.
import-order = Nesta conversa não dá para distinguir dia e mês. O que vem primeiro?
import-order-choose = Escolha uma opção
import-order-day = O dia: de { $first } a { $last }
import-order-month = O mês: de { $first } a { $last }
import-wordless = Mensagens sem conteúdo na exportação, não exibidas: { $count }
import-lines-out = Linhas deixadas de fora antes da primeira mensagem: { $count }. A primeira: { $line }
import-lines-copied = Linhas que parecem mensagens, mas ficam na mensagem anterior: { $count }. A primeira: { $line }
import-encrypted = Este arquivo tem senha. Descompacte-o e crie um zip sem senha.
imported = importado
imported-closed = Trazido de um arquivo; só você tem, para ler.
import-unfinished = A importação não terminou: { $done } de { $of } mensagens estão aqui. Se ela parou, traga o mesmo arquivo novamente.
import-files = { $count ->
    [one] { $count } arquivo
   *[other] { $count } arquivos
}
import-left-out = { $count ->
    [one] Não foi possível trazer { $count } arquivo. A mensagem veio sem ele.
   *[other] Não foi possível trazer { $count } arquivos. As mensagens vieram sem eles.
}

## What the engine says
said-about-changed = { $by } alterou a descrição do grupo.
said-about-changed-by-you = Você alterou a descrição do grupo.
said-poll-is-closed = Esta enquete está encerrada.
said-poll-only-asker = Quem perguntou é que pode encerrar a enquete.
said-once-opened-already = Isto já foi aberto.
said-imported-only-yours = Isto foi trazido de um arquivo: só você tem.
said-imported-file = O arquivo foi trazido e só existe aqui. Salve e envie.
said-import-date-order = Nesta conversa não dá para distinguir dia e mês. Com o dia primeiro, ela vai de { $day_first } a { $day_last }; com o mês primeiro, de { $month_first } a { $month_last }. Diga qual é o certo. Nada foi trazido.
said-import-not-understood = Não há conversa exportada neste arquivo. A primeira linha que não foi entendida: { $line }
said-list-nobody = Ninguém desta lista é mais um contato.
add-question = Adicionar { $name } a { $group }?
add-verb = Adicionar
share-title = Compartilhar mensagens anteriores
share-none = Nenhuma
share-last = Últimas { $count }
share-all = Todas
share-none-hint = Só lerá o que for dito a partir de agora.
share-hint = Todos os membros veem que você as compartilha. O que é mostrado uma só vez ou desaparece fica de fora, e são compartilhadas no máximo as últimas { $most } mensagens.
shared-by = Compartilhado por { $name }
shared-by-hint = Dito antes de você chegar. Que estas pessoas o escreveram é a palavra de quem compartilhou.
said-shared = { $by } compartilhou as últimas { $count } mensagens com { $who }.
said-shared-by-you = Você compartilhou as últimas { $count } mensagens com { $who }.
said-shared-with-you = { $by } compartilhou as últimas { $count } mensagens com você.
said-call-missed = Chamada perdida de { $who }.
said-video-call-missed = Chamada de vídeo perdida de { $who }.
said-call-unanswered = Você ligou e ninguém atendeu.
said-shared-unreadable = Não foi possível ler as mensagens anteriores.
said-shared-only-read = Isto foi dito antes de você chegar e foi compartilhado com você: não se pode dizer nada a respeito.
report = Denunciar
report-title = Denunciar { $name }
report-what = Ninguém lê denúncias aqui: nem o Casemate nem o seu servidor. Você faz um arquivo com o que { $name } escreveu e o leva a quem confia: amigos, um serviço de apoio, a polícia.
report-open = O arquivo não é criptografado e não prova nada a outros: mostra o que o seu dispositivo mostra. As suas próprias mensagens não estão nele.
report-lab = Para um laboratório ou uma equipe de segurança
report-lab-hint = Criptografado e assinado. Diz também quem o recolheu e quando, e onde está cada mensagem na conversa.
report-lab-words = Quem deve ler precisa destas seis palavras. Diga-as por outro meio, de preferência em pessoa. Elas só são mostradas aqui.
report-messages = O que contém
report-request = Contém este pedido:
report-note = As suas próprias palavras
report-before = Antes de ser editada, desde { $when }:
report-save = Salvar como arquivo
report-hand = Dar a um contato
report-to = Quem o recebe?
report-saved = A denúncia foi salva. Não foi enviada a ninguém.
report-handed = A denúncia está a caminho de { $name }.
report-holds = Contém: nome e endereço, mensagens: { $messages }, arquivos: { $files }.
