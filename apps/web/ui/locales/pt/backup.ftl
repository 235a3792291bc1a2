## O backup do histórico
settings-backup = Backup
backup-what = As suas mensagens, criptografadas, para que voltem em outro dispositivo. Só a senha do backup as abre: nem quem mantém o servidor, nem o Casemate.
backup-server = No servidor
backup-server-what = Textos, reações e marcas, guardados pelo seu servidor e atualizados uma vez por dia. Fotos e arquivos só se você disser abaixo, depois de começado. O servidor sabe quanto é e quando muda, e nada mais.
backup-files = Também fotos e arquivos
backup-files-hint = Cada um até 32 MB, juntos no máximo metade do que o servidor guarda. Ao desligar, os do backup são excluídos dele.
backup-to-server = Fazer backup no servidor
backup-begin = Começar o backup
backup-words-what = Estas seis palavras são a senha do seu backup. Não são guardadas em lugar nenhum: sem elas ninguém traz as suas mensagens de volta.
backup-words = A senha do backup
backup-words-keep = Anote-as, ou guarde-as em um gerenciador de senhas. Não só neste dispositivo: o backup é para o dia em que ele não estiver mais aí.
backup-words-check = Olhe o que você anotou: quais são estas palavras?
backup-running = Fazendo backup… { $percent } %
backup-go-on = Você pode continuar usando o Casemate. Se for interrompido, continua de onde estava.
backup-last = Último backup: { $when }
backup-unfinished = Este dispositivo ainda não o completou. Fará isso sozinho, ou agora mesmo com “Fazer backup agora”.
backup-room = { $size } de { $limit } no servidor
backup-guesses = { $count ->
    [one] Pode ser tentada uma senha errada, depois uma por dia.
   *[other] Podem ser tentadas { $count } senhas erradas, depois uma por dia.
 }
backup-disappearing = { $count ->
    [one] Uma mensagem não está em nenhum backup: ela desaparece ou é mostrada só uma vez.
   *[other] { $count } mensagens não estão em nenhum backup: elas desaparecem ou são mostradas só uma vez.
 }
backup-left-out = { $count ->
    [one] Um arquivo não está nele: não está neste dispositivo, ou não há espaço para ele.
   *[other] { $count } arquivos não estão nele: não estão neste dispositivo, ou não há espaço para eles.
 }
backup-rewritten = { $count ->
    [one] Uma mensagem ou arquivo estava danificado no backup e foi escrito de novo.
   *[other] { $count } mensagens e arquivos estavam danificados no backup e foram escritos de novo.
 }
backup-damaged-files = { $count ->
    [one] Um arquivo está danificado no backup e não está neste dispositivo. Receba-o de novo e depois faça outro backup.
   *[other] { $count } arquivos estão danificados no backup e não estão neste dispositivo. Receba-os de novo e depois faça outro backup.
 }
backup-daily = Enquanto o Casemate está aberto, ele é atualizado uma vez por dia, sem perguntar.
backup-now = Fazer backup agora
backup-change = Mudar a senha
backup-change-passkey = Depois disso, a chave de acesso não abre mais o backup. Adicione-a de novo abaixo.
backup-end = Excluir o backup
backup-end-question = Excluir o backup do servidor?
backup-end-body = Tudo o que há nele é excluído do servidor, e a senha dele não abre mais nada. As suas mensagens aqui ficam.
backup-ended = O backup do servidor foi excluído.
backup-offline = Não é possível alcançar o servidor. Tente de novo quando houver conexão.
backup-elsewhere = O seu dispositivo principal pode manter um backup no servidor. Aqui você pode gravar um em um arquivo.
backup-none-here = Este servidor não guarda backups. Use um arquivo.
backup-anew = Começar um backup novo
backup-anew-question = Desistir do backup do servidor?
backup-anew-body = O que há nele e não está neste dispositivo se perde para sempre. Um backup novo do que está aqui toma o lugar dele.
backup-passkey-what = Uma chave de acesso pode abrir o backup em vez da senha, depois que você restaurar a conta com o kit de recuperação.
backup-passkey-holds = Uma chave de acesso abre este backup, depois que você restaurar a conta com o kit de recuperação. A senha também continua abrindo.
backup-passkey-name = Backup do Casemate de { $address }
backup-passkey-set = A chave de acesso abre o backup a partir de agora.
backup-passkey-removed = A chave de acesso não abre mais o backup.
backup-file = Em um arquivo
backup-file-what = Todas as mensagens com as fotos e os arquivos que estão neste dispositivo, em um arquivo criptografado que você guarda. O Casemate não o atualiza sozinho.
backup-file-last = Gravado pela última vez deste navegador: { $when }
backup-to-file = Fazer backup em um arquivo
backup-save-file = Salvar o arquivo
backup-file-done = O backup foi gravado.
backup-place-failed = Não foi possível gravar o arquivo ali. Salve-o de novo em outro lugar.
backup-passphrase = Senha do backup
backup-passphrase-hint = Seis palavras, como você as anotou. Maiúsculas e espaços não importam.
backup-words-so-far = Palavras até agora: { $count } de 6
backup-words-odd = { $count ->
    [one] Isto é uma palavra
   *[other] Isto são { $count } palavras
}
backup-words-odd-body = As senhas dos backups do Casemate têm seis palavras. Cada tentativa errada conta, e depois de dez ninguém mais abre o backup.
backup-words-try = Tentar mesmo assim
restore-there = No seu servidor há um backup cujas mensagens não estão neste dispositivo.
restore-messages = Restaurar mensagens
restore-passkey = Restaurar com chave de acesso
restore-running = Trazendo as mensagens de volta… { $percent } %
restore-interrupted = A restauração das suas mensagens foi interrompida. O que veio está aqui.
restore-go-on = Continuar
restore-from-file = Restaurar de um arquivo
restore-choose = Escolher o arquivo
restored-messages = { $count ->
    [0] Nada faltava aqui.
    [one] Uma mensagem voltou.
   *[other] { $count } mensagens voltaram.
 }
restored-made = Do backup de { $when }
restored-unsigned = Nenhum dispositivo da sua conta assinou este backup: as mensagens dele estão marcadas como importadas, porque um arquivo pode dizer qualquer coisa.
restored-look = Ir para as conversas
restore-offer = As suas mensagens podem voltar
restore-offer-body = No seu servidor há um backup. A senha dele traz as suas mensagens de volta.
