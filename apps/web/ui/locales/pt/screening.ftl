## Links, antes de abrirem
link-reads = Em outras letras: { $reads }
link-unreadable = Nenhum navegador entende este link.
link-scheme = Isto não abre uma página: “{ $about }” inicia outro programa no seu dispositivo.
link-hidden = Contém letras invisíveis, ou que mudam a ordem.
link-port = Leva a uma porta incomum (porta { $about }). Páginas públicas não precisam disso.
link-looks-like = Foi feito para parecer { $about }, e não é.
link-almost-like = É quase { $about }, e não é.
link-inside = Cita { $about }, mas leva a { $host }.
link-lure = Usa o nome de { $about }, mas pelo nome não lhe pertence.
link-text = O texto diz { $about }, mas leva a { $host }.
link-shortener = Um link curto: para onde leva depois só se vê ao abrir.
link-new-sender = { $name } não é um contato seu, ou é há menos de uma semana.
link-indicator = Está na lista “{ $about }” do que os atacantes usam. Não abra.
link-anyway = Abrir mesmo assim

## Revisão
settings-checkup = Revisão de segurança
checkup-what = O que poderia melhorar neste dispositivo, e por quê. O Casemate só olha aqui e não conta a ninguém.
checkup-looking = Olhando…
checkup-good = Nada a fazer. Volte a olhar de vez em quando.
checkup-unseen = O que o app não vê: se este dispositivo se bloqueia sozinho e se o armazenamento é criptografado. As duas coisas estão nas configurações do dispositivo.
checkup-high = Importante
checkup-medium = Melhor em breve
checkup-low = Vale olhar
checkup-known-bad = { $count ->
    [one] Uma mensagem aqui cita algo que se sabe pertencer a atacantes. Se você abriu, talvez alguém leia neste dispositivo.
   *[other] { $count } mensagens aqui citam algo que se sabe pertencer a atacantes. Se você abriu, talvez alguém leia neste dispositivo.
 }
checkup-known-bad-do = Ver as mensagens
checkup-key-in-file = A chave de tudo está num arquivo ao lado. Quem copia a pasta lê tudo.
checkup-key-in-file-do = Escolher uma senha
checkup-no-passphrase = Quem usa este dispositivo com o seu nome pode abrir tudo: nada é pedido.
checkup-no-passphrase-do = Pôr um bloqueio
checkup-safety-changed = { $count ->
    [one] O número de segurança de { $name } mudou e você não olhou. Pode ser um telefone novo, ou alguém no meio.
   *[other] Os números de segurança de { $count } contatos mudaram e você não olhou. Podem ser telefones novos, ou alguém no meio.
 }
checkup-safety-changed-do = Comparar números de segurança
checkup-kit-not-written = Se perder este dispositivo, nada traz de volta a sua conta e os seus contatos.
checkup-kit-not-written-do = Anotar o kit de recuperação
checkup-device-unseen = { $count ->
    [one] De um dos seus dispositivos não há notícia há um mês. Se está perdido, quem o achar lê tudo.
   *[other] De { $count } dos seus dispositivos não há notícia há um mês. Se um está perdido, quem o achar lê tudo.
 }
checkup-device-unseen-do = Ver os seus dispositivos
checkup-contacts-unverified = { $count ->
    [one] Você não comparou números de segurança com { $name }. Até lá só o servidor diz quem é.
   *[other] Você não comparou números de segurança com { $count } contatos. Até lá só o servidor diz quem são.
 }
checkup-contacts-unverified-do = Comparar números de segurança
checkup-no-backup = Se perder este dispositivo, vai com ele o que foi dito: não há backup no servidor.
checkup-no-backup-do = Fazer um backup
checkup-backup-old = O último backup tem mais de um mês. O que foi dito desde então está só neste dispositivo.
checkup-backup-old-do = Fazer um backup
checkup-previews = As notificações mostram nomes e textos a quem vê a sua tela, mesmo bloqueada.
checkup-previews-do = Ocultar nas notificações
checkup-old-conversations = { $count ->
    [one] Numa conversa nada foi dito há um ano. O que não está aqui não pode ser levado daqui.
   *[other] Em { $count } conversas nada foi dito há um ano. O que não está aqui não pode ser levado daqui.
 }
checkup-old-conversations-do = Limpar conversas antigas
checkup-keys-old = { $count ->
    [one] Numa conversa, este dispositivo tem as mesmas chaves há mais de oito dias. Se alguém o copiou, pode ler ali até o servidor aceitar outras.
   *[other] Em { $count } conversas, este dispositivo tem as mesmas chaves há mais de oito dias. Se alguém o copiou, pode ler ali até o servidor aceitar outras.
 }
checkup-keys-old-do = Olhar de novo
checkup-members-silent = { $count ->
    [one] Num grupo, nada veio de nenhum dispositivo de um membro em doze semanas. Se um deles foi copiado, essa cópia pode ler ali. Os administradores podem remover quem já não está.
   *[other] Em { $count } grupos, nada veio de nenhum dispositivo de um membro em doze semanas. Se um deles foi copiado, essa cópia pode ler ali. Os administradores podem remover quem já não está.
 }
checkup-members-silent-do = Olhar de novo
checkup-keys = Há quanto tempo este dispositivo tem as suas chaves em cada conversa
checkup-keys-replaced = são trocadas agora
checkup-indicators-old = As suas listas de spyware conhecido têm mais de três meses. O que os atacantes usam agora não está nelas.
checkup-indicators-old-do = Importar listas novas
checkup-browser-old = { $browser } { $version } tem falhas que atacantes usam. Versões novas as fecham: atualize e reinicie.
checkup-browser-old-do = Olhar de novo
checkup-not-kept = Este navegador pode apagar o que está aqui quando faltar espaço. Ele tende a manter se o Casemate estiver instalado ou puder mostrar notificações. Um kit de recuperação e um backup trazem de volta o que for apagado.
checkup-not-kept-do = Pedir que mantenha tudo
checkup-not-kept-refused = O navegador não aceitou. Instale o Casemate ou ative as notificações e peça de novo.

## Spyware conhecido
settings-spyware = Spyware conhecido
spyware-what = Laboratórios publicam o que o spyware usa: domínios, endereços e arquivos. Com uma lista assim, o Casemate olha o que chega e o que já está aqui. Ninguém é perguntado, e ninguém fica sabendo o que se encontra.
spyware-none = Ainda não há nenhuma lista.
spyware-import = Importar uma lista
spyware-forms = Um arquivo STIX 2.1 ou MISP, uma lista simples ou uma assinada.
spyware-entries = { $count ->
    [one] Uma entrada
   *[other] { $count } entradas
 }
spyware-publisher = Assinada, versão { $version }. Chave de quem assinou: { $key }
spyware-remove = Remover esta lista
spyware-remove-question = Remover “{ $name }”?
spyware-remove-body = O que foi encontrado com ela também é esquecido.
spyware-added = { $count ->
    [0] “{ $name }” não trouxe nada de novo.
    [one] “{ $name }” trouxe uma entrada nova.
   *[other] “{ $name }” trouxe { $count } entradas novas.
 }
spyware-refused = { $count ->
    [one] Uma entrada ficou de fora:
   *[other] { $count } entradas ficaram de fora, entre elas:
 }
spyware-look-back = Examinar todas as mensagens
spyware-nothing = { $count ->
    [one] Uma mensagem foi examinada. Nada foi encontrado.
   *[other] { $count } mensagens foram examinadas. Nada foi encontrado.
 }
spyware-found = { $count ->
    [one] Uma mensagem contém algo conhecido:
   *[other] { $count } mensagens contêm algo conhecido:
 }
spyware-match = { $name }: { $indicator }
spyware-match-list = na lista “{ $list }”
spyware-advice = Se você abriu algo disto, talvez alguém leia neste dispositivo. Pergunte à sua equipe de segurança, ou a um laboratório que ajude pessoas como você, e de outro dispositivo.
known-bad = Sabe-se que { $indicator } pertence a atacantes (“{ $list }”). Não abra.
known-bad-came = Uma mensagem de { $name } contém algo que se sabe pertencer a atacantes.

## Arquivos, antes de salvá-los
file-listed = O que há nesta mensagem está numa lista do que atacantes usam. Não abra.
file-program = É um programa, ou inicia um: aberto, pode fazer no seu dispositivo tudo o que você pode.
file-macros = Tem macros: pequenos programas que um programa de escritório pode executar.
file-active = Pode executar scripts, ou traz outros arquivos dentro.
file-page = Faz algo ao ser aberto: executa scripts, leva a outro lugar ou envia o que se digita nele.
file-holds-programs = Contém programas ou scripts, ou arquivos cujos nomes escondem o que são.
file-leads-out = Escreve fora da pasta em que é descompactado.
file-two-in-one = São dois arquivos em um: o que é depende do que o abre.
file-bomb = É pequeno, e enorme ao descompactar.
file-unlooked = Não foi possível examinar uma parte: é grande demais, está danificada ou trancada. O que está nela pode causar danos.
file-double-ending = O nome esconde o que é: só a última extensão conta.
file-turned-name = O nome é lido em outra ordem do que está.
file-hidden-letters = O nome tem caracteres que ninguém vê: pode não ser o que se lê.
file-other-kind = O nome é o de outro tipo de arquivo: não é o que o nome diz.
file-unread = Não foi possível olhar dentro deste arquivo. Pode ter sido feito para causar dano.
file-save-question = Salvar “{ $name }”?
guard-crashed = Falhou ao olhar dentro deste arquivo. Pode ter sido feito para causar dano.
guard-too-long = Olhar dentro deste arquivo demorou demais e foi interrompido.
guard-away = O que olha dentro dos arquivos é carregado com o primeiro, e o servidor está inacessível. Nada se perdeu: tente de novo quando tiver conexão.
guard-newer = Há uma versão mais nova do Casemate, e esta página não consegue mais carregar o que olha dentro dos arquivos. Recarregue a página.
file-held = Olhar dentro deste arquivo já falhou antes, por isso ele não se abre mais sozinho. Pode ter sido feito para causar dano.
file-preview = Prévia
file-preview-of = Prévia de { $name }
file-what = O que é?
file-what-of = O que é { $name }?
file-empty = Este arquivo está vazio.
file-type = Pelo conteúdo: { $type }.
kind-pdf = PDF
kind-word = Documento do Word
kind-excel = Planilha do Excel
kind-powerpoint = Apresentação do PowerPoint
kind-document = Documento de texto
kind-spreadsheet = Planilha
kind-presentation = Apresentação
kind-archive = Arquivo compactado
kind-text = Texto
kind-picture = Imagem
kind-avif = Imagem AVIF
kind-heic = Imagem HEIC
kind-jxl = Imagem JPEG XL
kind-tiff = Imagem TIFF
kind-drawing = Desenho
kind-disk = Imagem de disco
kind-package = Pacote de software: instala programas
kind-database = Banco de dados
kind-old-office = Documento do Office anterior a 2007
kind-sound = Som
kind-page = Página da web
kind-calendar = Item de calendário
kind-card = Cartão de contato
kind-book = Livro
kind-program = Programa
kind-unknown = Tipo de arquivo desconhecido
file-not-shown = Não é mostrado aqui. Ao abrir, outro programa o lê, e talvez seja isso que o remetente quer. Faça isso só se você o esperava.
picture-not-decoded = { $type }: aqui não pode ser mostrado com segurança. Depois de salvo, outro programa pode mostrá-lo; o que estiver escondido nele chega então a esse programa.
file-words-alone = Só as palavras: imagens, links e programas dele não são abertos.
file-beginning = Só o começo é mostrado.
file-save-anyway = Salvar mesmo assim
file-no-words = Não há nele palavras que se possam ler. O que mostra talvez sejam imagens, e essas não são vistas aqui.

## Arquivos retidos
settings-held = Arquivos retidos
held-what = Arquivos em que não foi possível olhar, e os que quebraram o que olha dentro deles. Aqui consta quem os enviou e quando, não o que há neles. A lista fica neste dispositivo, e nenhum remetente tira nada dela.
held-none = Foi possível olhar em todos os arquivos que chegaram.
held-refused = Não é o que parece, ou é demais para olhar dentro.
held-crashed = Fez falhar o que olha dentro dos arquivos.
held-too-long = Demorou demais para olhar dentro.
held-killed = Estava sendo examinado quando tudo se encerrou.
held-file = Arquivo
held-from = de { $name }
held-times = { $count ->
    [one] Uma vez
   *[other] { $count } vezes
 }
held-now = Ele não se abre mais sozinho.
link-previews = Pré-visualizações de links
link-previews-hint = Quando você escreve um link, este dispositivo pede à página o título e a imagem, para que quem recebe a mensagem não precise fazê-lo. O site fica sabendo o endereço deste dispositivo.
link-preview-goes = Vai junto: uma pré-visualização de { $host }
link-preview-remove = Retirar a pré-visualização
link-preview-whose = O título e a imagem vêm de quem enviou isto
