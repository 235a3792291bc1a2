## Linking devices, and removing them

device-link = Vincular um dispositivo
device-link-how = No dispositivo novo escolha «Vincular a um dispositivo que já tem». Ele mostra um código: leia com a câmera ou digite.
device-code = Código
device-code-hint = 14 grupos de quatro letras e algarismos, como o dispositivo novo os mostra
device-look = Continuar
device-asks = «{ $name }» pede para ser um dos seus dispositivos
device-same-network = Na mesma rede que este dispositivo
device-another-network = Noutra rede que este dispositivo. Tem-no na mão?
device-compare = Compare: o dispositivo novo mostra o mesmo número
device-consequence = Vai ler tudo o que lhe escreverem a partir de agora, escrever em seu nome e ver os seus contatos. Vincule-o só se o tiver na mão.
device-agree = Vincular
device-linked = Vinculado. Dentro de um momento está nas suas conversas.
device-seen = Visto pela última vez { $when }
device-chats = { $count ->
    [one] em { $count } conversa
   *[other] em { $count } conversas
}
device-remove = Remover dispositivo
device-remove-question = Remover { $name }?
device-remove-body = Sai logo de todas as conversas e pede-se-lhe que se apague. O que leu, pode ter guardado.
device-removed = Removido: está fora de todas as conversas e pede-se-lhe que se apague.
device-removed-open = { $count ->
    [one] Removido. { $count } conversa ainda o tem; sai assim que alguém lá estiver online.
   *[other] Removido. { $count } conversas ainda o têm; sai assim que alguém lá estiver online.
}
device-removed-offline = É removido assim que o servidor puder ser alcançado.
device-had-all = Tinha recebido todas as mensagens anteriores.
device-had-30d = Tinha recebido trinta dias de mensagens anteriores.
device-read-since = Podia ler desde { $when }
device-still-open = Ainda lá está
device-told = Avisados: { $names }
device-report = O que podia alcançar
device-could-read = Conversas que podia ler
device-show-code = Mostrar o código
device-new-code = Código novo
device-code-until = Vale até { $when }, e uma só vez.
device-code-over = Este código expirou. Peça um novo.
device-check = O outro dispositivo mostra o mesmo número: { $number }
device-code-secret = Não mostre este código a nada além do seu próprio dispositivo. Quem o tiver pode vincular este navegador a uma conta sua.
device-waiting = À espera do seu outro dispositivo…
device-wiped = Este dispositivo foi removido da sua conta. Aqui já não há nada dela.
link-this = Vincular a um dispositivo que já tem
link-this-title = Vincular este dispositivo
link-body = No seu primeiro dispositivo abra Ajustes, Dispositivos, Vincular um dispositivo, e leia o código deste ou escreva-o.
history-question = Mensagens anteriores
history-none = Nenhuma
history-30d = 30 dias
history-all = Todas
history-progress = Mensagens anteriores: { $done } de { $of }
history-through = As mensagens anteriores estão aqui: { $count }
device-words-hint = O modo estrito está ligado: as doze palavras do seu kit de recuperação.
