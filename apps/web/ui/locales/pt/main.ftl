nav-main = Principal
nav-chats = Conversas
nav-calls = Chamadas
nav-contacts = Contatos
nav-settings = Configurações
back = Voltar
close = Fechar
toast-ok = OK
cancel = Cancelar
save = Salvar
saved = Salvo.
copy = Copiar
copied = Copiado.
copy-failed = O navegador não permitiu copiar. Selecione o texto e copie à mão.
more = Mais
next = Avançar
skip = Pular
start = Começar
reload = Recarregar
share = Compartilhar
not-now = Agora não
try-again = Tentar de novo
search = Buscar
results = Resultados
nothing-found = Nada encontrado.
search-more = As mensagens são encontradas a partir de duas letras.
today = Hoje
yesterday = Ontem
you = Você
details = Detalhes
announcements = Avisos
announce-message = { $name }: { $text }
connection = Conexão
connecting = Conectando… Você pode ler e escrever; o envio segue quando a conexão voltar.
offline = Sem conexão. Você pode ler e escrever; o envio segue quando a conexão voltar.
changed-later = Você está offline. A mudança será feita assim que a conexão voltar.
starting = Abrindo…
welcome-title = Um lugar privado para conversar
welcome-invited = Você foi convidado a conversar
welcome-group = Você foi convidado para um grupo
welcome-invited-by = { $name } convida você a conversar
welcome-body = Em { $server }. Sem telefone, sem e-mail: escolha um nome e comece.
welcome-body-native = Sem telefone, sem e-mail: escolha um nome e comece.
welcome-keys = O que tranca suas mensagens é criado neste dispositivo e fica aqui.
your-name = Seu nome
invitation-link = Link de convite
invitation-link-hint = Um link, ou o endereço de um servidor aberto a todos.
welcome-other-server = É outro servidor que não o desta página. Abra o link ou o endereço dele no navegador.
create-account = Criar conta
creating = Criando sua conta…
name-letters = Use letras minúsculas de a a z, números, ponto, hífen e sublinhado.
name-length = Um nome tem de 2 a 32 caracteres.
name-taken = Alguém já tem este nome. Escolha outro.
name-needed = Digite seu nome.
name-signs = Começa e termina com letra ou número, e não tem dois sinais seguidos.
address-becomes = Encontram você como { $address }
address-change = Mudar o endereço
unlock-title = Desbloquear o Casemate
unlock = Desbloquear
passphrase = Senha
failed-title = O Casemate não consegue abrir
failed-storage = Libere espaço neste dispositivo e recarregue. Nada do que foi salvo se perdeu.
failed-browser = O Casemate precisa de um navegador atual e de uma janela que não seja privada.
failed-hint = O que estava salvo neste dispositivo continua aqui. Recarregue a página para tentar de novo.
elsewhere-title = Aberto em outra aba
elsewhere-body = O Casemate funciona em uma aba por vez, para que nada seja escrito duas vezes.
elsewhere-call = Há uma chamada naquela aba. Ela termina lá; aqui você pode entrar de novo.
elsewhere-unsent = Os arquivos que você estava enviando não foram enviados. Eles esperam aqui: use esta aba de novo antes de fechá-la.
elsewhere-refused = A outra aba não libera o Casemate. Feche-a, e ele abre aqui.
use-here = Usar aqui
explain-title = O que é seguro e o que não é
explain-safe-title = Só vocês podem ler
explain-safe-body = Mensagens, arquivos e nomes são trancados no seu dispositivo e abertos no deles. Quem cuida do servidor não pode ler.
explain-strangers-title = Estranhos esperam lá fora
explain-strangers-body = Um desconhecido pode enviar um breve pedido e mais nada: nem arquivos, nem chamadas, nem links. Ele espera em silêncio até você responder.
explain-limits-title = O que ninguém pode prometer
explain-limits-body = Quem controla seu dispositivo vê o que você vê. Uma página é tão honesta quanto o servidor que a envia. As pessoas a quem você escreve podem passar adiante.
show-explanation = Mostrar as três telas
new-chat = Nova conversa
new-group = Novo grupo
no-chats = Ainda não há conversas. Escreva a alguém ou convide um amigo.
nothing-open = Escolha uma conversa ou comece outra.
requests-line = { $count ->
    [one] { $count } pedido · espera em silêncio
   *[other] { $count } pedidos · esperam em silêncio
}
unread-count = { $count ->
    [one] { $count } mensagem não lida
   *[other] { $count } mensagens não lidas
}
notes-to-self = Notas para mim
notes-hint = Só você vê isto
draft = Rascunho:
requests = Pedidos
no-requests = Ninguém espera.
requests-hint = Até você aceitar, não podem ligar, enviar arquivos nem ver se você lê isto.
request-groups = Vocês dois estão em { $groups }.
request-groups-more = { $count ->
    [one] Vocês dois estão em { $groups } e em mais { $count } grupo.
   *[other] Vocês dois estão em { $groups } e em mais { $count } grupos.
}
sent-request = Pedido enviado a { $name } · espera resposta
sent-requests-line = { $count ->
    [one] { $count } pedido enviado · espera resposta
   *[other] { $count } pedidos enviados · esperam resposta
}
sent-requests = Pedidos que você enviou
sent-waits = Enviado e ainda sem resposta. A conversa aparece quando for aceito.
request-withdraw = Retirar o pedido
request-withdrawn = Pedido retirado.
request-words = Do pedido
accept = Aceitar
decline = Recusar
block = Bloquear
unblock = Desbloquear
blocked = Bloqueado
contact-gone = Conta apagada
block-question = Bloquear { $name }?
block-body = Nada do que enviar chega mais. A pessoa não é avisada. Você pode desbloquear depois.
blocked-line = Você bloqueou { $name }. Nada do que enviar chega.
unblock-question = Desbloquear { $name }?
unblock-body = O que enviar volta a chegar. A pessoa não é avisada.
added-by = Adicionado por { $name }
knock-title = Você abriu um convite
knock-body = Você já tem uma conta. Envie um pedido a quem fez este link; a pessoa decide.
address-or-name = Nome, endereço ou link
address-hint = nome@servidor, ou um link de convite
request-goes-to = O pedido vai para { $address }
note = Algumas palavras sobre você
note-hint = Opcional, até 140 caracteres
send-request = Enviar pedido
knocked = Pedido enviado. A conversa aparece quando for aceito.
invite-friend = Convidar um amigo
group-name = Nome do grupo
group-name-missing = Um grupo precisa de um nome.
create-group = Criar grupo
no-contacts = Ainda ninguém. Quem aceitar seu pedido aparece aqui.
conversation = Conversa
messages = Mensagens
message = Mensagem
send = Enviar
attach = Anexar
emoji = Emoji
emoji-title = Escolha um emoji
emoji-search = Buscar emoji
emoji-groups = Grupos de emojis
emoji-smileys = Carinhas
emoji-people = Pessoas
emoji-nature = Animais e natureza
emoji-food = Comida e bebida
emoji-travel = Viagens e lugares
emoji-activities = Atividades
emoji-objects = Objetos
emoji-symbols = Símbolos
emoji-flags = Bandeiras
emoji-tone = Tom de pele
tone-none = Amarelo
tone-light = Claro
tone-medium-light = Médio claro
tone-medium = Médio
tone-medium-dark = Médio escuro
tone-dark = Escuro
no-messages = Ainda não há mensagens. Diga olá.
no-messages-silent = Ainda não há mensagens. Aqui só os administradores escrevem.
no-notes = Ainda não há notas.
no-messages-linked = Ainda não há nada aqui. As mensagens anteriores podem estar nos seus outros dispositivos.
unread-line = Mensagens novas
to-newest = Para a mensagem mais recente
to-newest-unread = { $count ->
    [one] Para { $count } mensagem nova
   *[other] Para { $count } mensagens novas
}
search-here = Buscar na conversa
message-label = { $name }, { $time }
message-deleted = Esta mensagem foi apagada.
message-deleting = Apagada aqui. Os outros veem-na até isto chegar ao servidor.
change-failed = Os outros veem esta mensagem como era.
message-unknown = Um Casemate mais novo escreveu isto. Atualize para ver.
read-more = Ler mais
read-less = Mostrar menos
edited = editada
editing = Alterando sua mensagem
edit-empty = Uma mensagem não pode ficar vazia. Escreva algo, ou cancele e apague.
reply-to = Resposta a { $name }
quote-earlier = Uma mensagem anterior
react = Reagir
reply = Responder
edit = Editar
star = Favoritar
unstar = Remover favorito
pin = Fixar para todos
unpin = Desafixar
select = Selecionar
chosen-messages = Mensagens selecionadas
chosen-count = { $count ->
    [0] Selecione mensagens
    [one] { $count } selecionada
   *[other] { $count } selecionadas
}
delete-chosen = Apagar
delete-for-me = Apagar para mim
delete-for-me-body = Some dos seus dispositivos. Os outros ficam com ela.
delete-for-everyone = Apagar para todos
delete-for-everyone-body = { $count ->
    [one] Todos recebem o pedido de apagá-la. Talvez já tenham lido.
   *[other] Todos recebem o pedido de apagá-las. Talvez já tenham lido.
}
delete-question = { $count ->
    [one] Apagar esta mensagem?
   *[other] Apagar { $count } mensagens?
}
reaction-label = { $emoji } de { $names }
spoiler = Texto oculto. Mostrar
you-left = Você saiu deste grupo. Ainda pode ler o que foi escrito.
you-were-removed = Você não está mais neste grupo. Ainda pode ler o que foi escrito.
state-queued = Aguardando envio
state-sent = Enviada
state-delivered = Entregue
state-read = Lida
state-failed = Não enviada
failed-unknown = Não enviada.
link-title = Abrir um link
link-question = Abrir { $host }?
link-hint = A página sabe que você veio, não de onde. Abra só se a esperava.
link-plain = Este link não é criptografado: outros no caminho podem ler.
link-letters = O nome tem letras que podem parecer outras.
link-before = A parte antes do @ não é o destino.
link-number = Leva a um simples número em vez de um nome.
open-link = Abrir
drop-here = Solte arquivos para enviar
files-waiting = Arquivos para enviar
files-ready = Preparando para enviar: { $names }
remove-file = Remover { $name }
save-file = Salvar { $name }
file-queued = Aguardando envio
file-waits-allowance = Espera até { $when }: o limite de ficheiros de hoje foi atingido
file-waits-server = Espera até { $when }: o servidor não aceita ficheiros agora
file-uploading = Enviando…
file-downloading = Recebendo…
file-offered = Aguardando recebimento
file-failed = Não chegou
file-cancelled = Cancelado
progress = Progresso
preview-photos = { $count ->
    [one] Foto
   *[other] { $count } fotos
}
preview-video = Vídeo
preview-videos = { $count ->
    [one] Vídeo
   *[other] { $count } vídeos
}
preview-files = { $count ->
    [one] { $count } arquivo
   *[other] { $count } arquivos
}
preview-voice = Mensagem de voz
preview-sticker = Figurinha
open-picture = Mostrar { $name }
shown-safely = Mostrado com segurança
picture-unreadable = Esta imagem não pode ser mostrada com segurança.
members = Membros
member-count = { $count ->
    [one] { $count } membro
   *[other] { $count } membros
}
member-menu = Mais sobre { $name }
admin = Admin
claimed = Não confirmado
make-admin = Tornar admin
no-longer-admin = Remover como admin
remove-member = Remover
remove-question = Remover { $name }?
remove-body = Não poderá mais ler nem escrever aqui. O que já tem, fica com a pessoa.
add-members = Adicionar membros
nobody-to-add = Todos que você conhece já estão aqui.
write = Escrever mensagem
members-may = Os membros podem
may-send = Enviar mensagens
may-add = Adicionar outras pessoas
may-edit = Mudar nome e prazo
disappearing = Mensagens temporárias
disappearing-hint = Para mensagens novas, em todos os dispositivos.
timer-off = Desativadas
timer-seconds = { $count ->
    [one] { $count } segundo
   *[other] { $count } segundos
}
timer-minutes = { $count ->
    [one] { $count } minuto
   *[other] { $count } minutos
}
timer-hours = { $count ->
    [one] { $count } hora
   *[other] { $count } horas
}
timer-days = { $count ->
    [one] { $count } dia
   *[other] { $count } dias
}
timer-weeks = { $count ->
    [one] { $count } semana
   *[other] { $count } semanas
}
encryption = Criptografia
encryption-lasting = De ponta a ponta, também contra computadores quânticos
encryption-usual = De ponta a ponta
device-count = { $count ->
    [one] { $count } dispositivo
   *[other] { $count } dispositivos
}
leave-group = Sair do grupo
leave-question = Sair de { $name }?
leave-body = Você não recebe mais o que for escrito. O que tem fica nos seus dispositivos.
settings-profile = Perfil
settings-privacy = Privacidade
settings-appearance = Aparência
settings-language = Idioma
settings-keyboard = Teclado
settings-safety = O que é seguro e o que não é
settings-about = Sobre
shown-name = Nome que os contatos veem
shown-name-hint = Estranhos veem só seu endereço.
about-me = Sobre mim
address = Seu endereço
who-may-knock = Quem pode enviar um pedido
who-may-knock-hint = Escolha; vale a partir de agora.
knock-anyone = Quem conhece meu endereço
knock-link = Quem tem um dos meus links
knock-nobody = Ninguém
theme = Tema
theme-system = Como o sistema
theme-light = Claro
theme-dark = Escuro
text-size = Tamanho do texto
enter-sends = Enter envia
enter-sends-hint = Senão Enter começa uma linha e Ctrl Enter envia.
key-palette = Encontrar qualquer coisa
key-list = Esta lista
key-ctrl = Ctrl
key-shift = Shift
key-enter = Enter
key-neighbour = Conversa seguinte e anterior
key-send = Enviar
key-line = Nova linha
key-edit = Alterar a última mensagem
key-escape = Fechar, parar de responder ou selecionar
invite-body = Um link para uma pessoa, válido por sete dias. Entregue por um meio em que ambos confiem.
make-link = Criar um link
invitation-qr = O link de convite como código QR
about-version = Casemate { $version }
about-server = Seu servidor é { $server }
about-licence = Software livre sob a AGPL 3.0.
key-passphrase = Suas mensagens estão trancadas com sua senha.
key-device = Suas mensagens estão trancadas com uma chave que este dispositivo guarda.
palette-title = Encontrar qualquer coisa
palette-hint = Pessoas, conversas, configurações, comandos
pin-chat = Fixar
pinned = Fixada
mark-read = Marcar como lida
mark-unread = Marcar como não lida
marked-unread = Marcada como não lida
mute = Silenciar
unmute = Reativar som
muted = Silenciada
archive = Arquivar
unarchive = Tirar do arquivo
delete-chat = Apagar conversa
delete-chat-question = Apagar a conversa com { $name }?
delete-chat-body = As mensagens e arquivos dela são removidos deste dispositivo, também as favoritas. O que espera para mais tarde não é enviado. Os outros ficam com o que têm.
search-empty = Limpar a busca
emoji-none = Nenhum emoji encontrado. Escreva um com o teclado.
emoji-quick = À mão
archived = Arquivadas: { $count }
back-to-chats = Voltar às conversas
chat-menu = Mais sobre esta conversa
nickname = Apelido
nickname-hint = Só você vê.
record-voice = Gravar mensagem de voz
recording = Gravando { $time }
microphone-refused = O microfone não pode ser usado. Permita-o para esta página no navegador e tente de novo.
recording-unsupported = Este navegador não grava mensagens de voz.
play = Ouvir
voice-broken = Esta gravação não pode ser tocada.
forward = Encaminhar
forward-title = Encaminhar para
forwarded = Encaminhada
forwarded-often = Encaminhada muitas vezes
forwarded-done = Encaminhado.
info = Informações
info-title = Sobre esta mensagem
info-reactions = Reações
info-votes = Votos
earlier-versions = O que dizia
poll-one = Escolha uma
poll-several = Escolha uma ou mais
forward-hint = { $count ->
    [one] Para { $count } conversa
   *[other] Para até { $count } conversas
}
poll-voters = { $count ->
    [one] { $count } pessoa votou
   *[other] { $count } pessoas votaram
}
read-receipts = Confirmações de leitura
read-receipts-hint = Os outros veem o que você leu, e você o que eles leram.
language-missing = Não foi possível carregar este idioma. Tente de novo quando estiver online.
rest-away = Não foi possível carregar esta parte do Casemate. Nada se perdeu: tente de novo quando estiver online.
first-loading = O Casemate está carregando. Enquanto isso, você pode escolher um nome.
engine-gone = O motor desta página parou. Recarregue a página; o que você escreveu está guardado.
engine-gone-native = O Casemate parou nesta máquina. Inicie “casemate app” de novo e abra o link que ele mostra.
