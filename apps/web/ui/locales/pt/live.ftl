## Being told: notifications, typing, last seen

typing = digitando…
typing-one = { $name } está digitando…
typing-two = { $name } e { $other } estão digitando…
typing-many = { $count ->
    [one] { $count } pessoa está digitando…
   *[other] { $count } pessoas estão digitando…
}
online = online
last-seen = visto por último { $time }
show-typing = Indicador de digitação
show-typing-hint = Os outros veem quando você está digitando, e você vê quando eles estão.
show-last-seen = Online e visto por último
show-last-seen-hint = Contatos que também ativaram isto veem quando você está e esteve aqui, e você vê o mesmo deles.

settings-notifications = Notificações
notify-new = Nova mensagem
notify-reacted = { $name } reagiu com { $emoji } a “{ $text }”
notify-reacted-some = Alguém reagiu a uma mensagem sua
notify-open = Abrir o Casemate
notify-explained = Seu navegador vai perguntar. Depois, as novas mensagens aparecem enquanto o Casemate está aberto em segundo plano.
notify-allow = Ativar notificações
notify-granted = As notificações estão ativadas neste navegador.
notify-denied = Este navegador bloqueia as notificações daqui. Permita-as nas configurações do navegador para este site e recarregue.
notify-unsupported = Este navegador não consegue mostrar notificações.
notify-previews = Nomes e textos nas notificações
notify-previews-hint = Caso contrário, uma notificação só diz que há uma nova mensagem.
notify-sounds = Sons
notify-sounds-hint = Um som curto quando chega uma mensagem.
quiet-hours = Horário de silêncio
quiet-hours-hint = Sem sons nem notificações nesse período, em todos os seus dispositivos.
quiet-from = De
quiet-to = Até
push-closed = Também com o Casemate fechado
push-closed-hint = Diz apenas que há uma nova mensagem. O fabricante do seu navegador sabe quando este dispositivo é acordado, não por quem nem para quê. Conversas silenciadas não o acordam, nem grupos dos quais você só ouve as menções.
push-refused = Seu navegador não deu um endereço para isto. Alguns só o fazem para apps instalados ou em janelas comuns.
push-server-off = Este servidor não acorda dispositivos. Pergunte a quem o administra.
device-added = Outro dispositivo foi adicionado à sua conta.
device-added-named = Um dispositivo foi adicionado à sua conta: { $name }.
device-added-what = Ele pode ler e escrever o que chegar a partir de agora. Se não foi você, remova-o agora mesmo no seu primeiro dispositivo.
device-was-me = Fui eu
devices-look = Ver dispositivos
