## Linking devices, and removing them

device-link = Vincular um dispositivo
device-link-how = No dispositivo novo, escolha “Vincular a um dispositivo que você já tem”. Ele mostra um código: leia com a câmera ou digite.
device-code = Código
device-code-hint = 14 grupos de quatro letras e números, como o dispositivo novo os mostra
device-look = Continuar
device-asks = “{ $name }” pede para ser um dos seus dispositivos
device-same-network = Na mesma rede que este dispositivo
device-another-network = Em uma rede diferente da deste dispositivo. Ele está nas suas mãos?
device-compare = Compare: o dispositivo novo mostra o mesmo número
device-consequence = Ele vai ler tudo o que escreverem para você a partir de agora, escrever em seu nome e ver os seus contatos. Vincule-o só se estiver nas suas mãos.
device-agree = Vincular
device-linked = Vinculado. Em instantes estará nas suas conversas.
device-seen = Visto pela última vez { $when }
device-chats = { $count ->
    [one] em { $count } conversa
   *[other] em { $count } conversas
}
device-remove = Remover dispositivo
device-remove-question = Remover { $name }?
device-remove-body = Ele sai logo de todas as conversas e recebe o pedido de se apagar. O que leu, pode ter guardado.
device-removed = Removido: está fora de todas as conversas e recebe o pedido de se apagar.
device-removed-open = { $count ->
    [one] Removido. { $count } conversa ainda o tem; ele sai assim que alguém de lá estiver online.
   *[other] Removido. { $count } conversas ainda o têm; ele sai assim que alguém de lá estiver online.
}
device-removed-offline = Ele será removido assim que for possível alcançar o servidor.
device-had-all = Ele recebeu todas as mensagens anteriores.
device-had-30d = Ele recebeu trinta dias de mensagens anteriores.
device-read-since = Podia ler desde { $when }
device-still-open = Ainda está nela
device-told = Avisados: { $names }
device-report = O que podia alcançar
device-could-read = Conversas que podia ler
device-show-code = Mostrar o código
device-new-code = Código novo
device-code-until = Vale até { $when }, e uma só vez.
device-code-over = Este código expirou. Peça um novo.
device-check = O outro dispositivo mostra o mesmo número: { $number }
device-code-secret = Não mostre este código a nada além do seu próprio dispositivo. Quem o tiver pode vincular este navegador a uma conta sua.
device-waiting = Aguardando seu outro dispositivo…
device-wiped = Este dispositivo foi removido da sua conta. Aqui não há mais nada dela.
sign-out = Sair neste dispositivo
sign-out-question = Sair neste dispositivo?
sign-out-body = Tudo o que é desta conta é apagado aqui: conversas, fotos, arquivos e rascunhos. Os seus outros dispositivos ficam com o deles. O seu primeiro dispositivo tira este de todas as conversas assim que estiver online.
sign-out-loses = Perder estas mensagens?
sign-out-offline = O servidor não pode ser alcançado agora, por isso o seu primeiro dispositivo não fica sabendo: remova este lá, em Configurações, Dispositivos.
sign-out-verb = Sair
signing-out = Saindo…
signed-out = Você saiu. Tudo o que era da conta foi apagado aqui, e o seu primeiro dispositivo tira este de todas as conversas.
signed-out-untold = Você saiu. Tudo o que era da conta foi apagado aqui. Não foi possível avisar o seu primeiro dispositivo: remova este lá, em Configurações, Dispositivos.
link-this = Vincular a um dispositivo que você já tem
link-this-title = Vincular este dispositivo
link-body = No seu primeiro dispositivo, abra Configurações, Dispositivos, Vincular um dispositivo, e leia ou digite o código deste.
history-question = Mensagens anteriores
history-none = Nenhuma
history-30d = 30 dias
history-all = Todas
history-progress = Mensagens anteriores: { $done } de { $of }
history-through = As mensagens anteriores estão aqui: { $count }
device-words-hint = O modo estrito está ligado: as doze palavras do seu kit de recuperação.
