## Being told: notifications, typing, last seen

typing = escribiendo…
typing-one = { $name } está escribiendo…
typing-two = { $name } y { $other } están escribiendo…
typing-many = { $count ->
    [one] { $count } persona está escribiendo…
   *[other] { $count } personas están escribiendo…
}
online = en línea
last-seen = últ. vez { $time }
show-typing = Indicador de escritura
show-typing-hint = Los demás ven cuándo escribes, y tú ves cuándo escriben.
show-last-seen = En línea y última vez
show-last-seen-hint = Los contactos que también lo activaron ven cuándo estás y estuviste aquí, y tú ves lo mismo de ellos.

settings-notifications = Notificaciones
notify-new = Mensaje nuevo
notify-reacted = { $name } reaccionó con { $emoji } a «{ $text }»
notify-reacted-some = Alguien reaccionó a un mensaje tuyo
notify-open = Abrir Casemate
notify-explained = Tu navegador te preguntará. Después se muestran los mensajes nuevos mientras Casemate está abierto en segundo plano.
notify-allow = Activar notificaciones
notify-granted = Las notificaciones están activadas en este navegador.
notify-denied = Este navegador bloquea las notificaciones de este sitio. Permítelas en los ajustes del navegador para este sitio y vuelve a cargar.
notify-unsupported = Este navegador no puede mostrar notificaciones.
notify-previews = Nombres y textos en las notificaciones
notify-previews-hint = Si no, una notificación solo dice que hay un mensaje nuevo.
notify-sounds = Sonidos
notify-sounds-hint = Un sonido breve cuando llega un mensaje.
quiet-hours = Horas de silencio
quiet-hours-hint = Sin sonidos ni notificaciones durante ese tiempo, en todos tus dispositivos.
quiet-from = Desde
quiet-to = Hasta
push-closed = También con Casemate cerrado
push-closed-hint = Solo dice que hay un mensaje nuevo. El fabricante de tu navegador sabe cuándo se despierta este dispositivo, no por quién ni para qué. Los chats silenciados no lo despiertan, ni los grupos de los que solo oyes las menciones.
push-refused = Tu navegador no dio una dirección para esto. Algunos solo lo hacen con apps instaladas o en ventanas normales.
push-server-off = Este servidor no despierta dispositivos. Pregunta a quien lo administra.
device-added = Se añadió otro dispositivo a tu cuenta.
device-added-named = Se añadió un dispositivo a tu cuenta: { $name }.
device-added-what = Puede leer y escribir lo que llegue a partir de ahora. Si no fuiste tú, elimínalo enseguida desde tu primer dispositivo.
device-was-me = Fui yo
devices-look = Ver dispositivos
