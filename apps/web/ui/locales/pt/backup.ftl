## A cópia de segurança do histórico
settings-backup = Cópia de segurança
backup-what = As suas mensagens, criptografadas, para que voltem em outro dispositivo. Só a senha da cópia as abre: nem quem mantém o servidor, nem o Casemate.
backup-server = No servidor
backup-server-what = Textos, reações e marcas, guardados pelo seu servidor e atualizados uma vez por dia. Fotos e arquivos só se você disser abaixo, depois de começada. O servidor sabe quanto é e quando muda, e nada mais.
backup-files = Também fotos e arquivos
backup-files-hint = Cada um até 32 MB, juntos no máximo metade do que o servidor guarda. Ao desligar, os da cópia são excluídos dela.
backup-to-server = Fazer cópia no servidor
backup-begin = Começar a cópia
backup-words-what = Estas seis palavras são a senha da sua cópia. Não são guardadas em lugar nenhum: sem elas ninguém traz as suas mensagens de volta.
backup-words = A senha da cópia
backup-words-keep = Escreva-as, ou guarde-as em um gerenciador de senhas. Não só neste dispositivo: a cópia é para o dia em que ele não estiver mais aí.
backup-words-check = Olhe o que você escreveu: quais são estas palavras?
backup-running = Fazendo a cópia… { $percent } %
backup-go-on = Você pode continuar usando o Casemate. Se for interrompida, continua de onde estava.
backup-last = Última cópia: { $when }
backup-unfinished = Este dispositivo ainda não a completou. Fará isso sozinho, ou agora mesmo com o primeiro botão.
backup-room = { $size } de { $limit } no servidor
backup-guesses = { $count ->
    [one] Pode ser tentada uma senha errada, depois uma por dia.
   *[other] Podem ser tentadas { $count } senhas erradas, depois uma por dia.
 }
backup-daily = Enquanto o Casemate está aberto, ela é atualizada uma vez por dia, sem perguntar.
backup-now = Fazer cópia agora
backup-change = Mudar a senha
backup-end = Excluir a cópia
backup-end-question = Excluir a cópia do servidor?
backup-end-body = Tudo o que há nela é excluído do servidor, e a senha dela não abre mais nada. As suas mensagens aqui ficam.
backup-ended = A cópia do servidor foi excluída.
backup-offline = Não é possível alcançar o servidor. Tente de novo quando houver conexão.
backup-elsewhere = O seu dispositivo principal pode manter uma cópia no servidor. Aqui você pode escrever uma em um arquivo.
backup-none-here = Este servidor não guarda cópias. Use um arquivo.
backup-anew = Começar uma cópia nova
backup-anew-question = Desistir da cópia do servidor?
backup-anew-body = O que há nela e não está neste dispositivo se perde para sempre. Uma cópia nova do que está aqui toma o lugar dela.
backup-passkey-what = Uma chave de acesso pode abrir a cópia em vez da senha, depois que você restaurar a conta com o kit de recuperação.
backup-passkey-holds = Uma chave de acesso abre esta cópia, depois que você restaurar a conta com o kit de recuperação. A senha também continua abrindo.
backup-passkey-name = Cópia do Casemate de { $address }
backup-passkey-set = A chave de acesso abre a cópia a partir de agora.
backup-passkey-removed = A chave de acesso não abre mais a cópia.
backup-file = Em um arquivo
backup-file-what = Todas as mensagens com as fotos e os arquivos que estão neste dispositivo, em um arquivo criptografado que você guarda. O Casemate não o atualiza sozinho.
backup-file-last = Escrito pela última vez deste navegador: { $when }
backup-to-file = Fazer cópia em um arquivo
backup-save-file = Salvar o arquivo
backup-file-done = A cópia foi escrita.
backup-place-failed = Não foi possível escrever o arquivo ali. Salve-o de novo em outro lugar.
backup-passphrase = Senha da cópia
backup-passphrase-hint = Seis palavras, como você as escreveu. Maiúsculas e espaços não importam.
backup-words-so-far = Palavras até agora: { $count } de 6
backup-words-odd = { $count ->
    [one] Isto é uma palavra
   *[other] Isto são { $count } palavras
}
backup-words-odd-body = As senhas das cópias do Casemate têm seis palavras. Cada tentativa errada conta, e depois de dez ninguém mais abre a cópia.
backup-words-try = Tentar mesmo assim
restore-there = No seu servidor há uma cópia cujas mensagens não estão neste dispositivo.
restore-messages = Recuperar mensagens
restore-passkey = Recuperar com chave de acesso
restore-running = Trazendo as mensagens de volta… { $percent } %
restore-interrupted = A recuperação das suas mensagens foi interrompida. O que veio está aqui.
restore-go-on = Continuar
restore-from-file = Recuperar de um arquivo
restore-choose = Escolher o arquivo
restored-messages = { $count ->
    [0] Nada faltava aqui.
    [one] Uma mensagem voltou.
   *[other] { $count } mensagens voltaram.
 }
restored-made = Da cópia de { $when }
restored-look = Ir para as conversas
restore-offer = As suas mensagens podem voltar
restore-offer-body = No seu servidor há uma cópia de segurança. A senha dela traz as suas mensagens de volta.
