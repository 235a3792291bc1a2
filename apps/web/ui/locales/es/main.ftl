nav-main = Principal
nav-chats = Chats
nav-calls = Llamadas
nav-contacts = Contactos
nav-settings = Ajustes
back = Atrás
close = Cerrar
toast-ok = Aceptar
cancel = Cancelar
save = Guardar
saved = Guardado.
copy = Copiar
copied = Copiado.
copy-failed = El navegador no permitió copiar. Selecciona el texto y cópialo a mano.
more = Más
next = Siguiente
skip = Saltar
start = Empezar
reload = Recargar
share = Compartir
not-now = Ahora no
try-again = Intentar de nuevo
search = Buscar
results = Resultados
nothing-found = No se encontró nada.
search-more = Los mensajes se encuentran a partir de dos letras.
today = Hoy
yesterday = Ayer
you = Tú
details = Detalles
announcements = Avisos
announce-message = { $name }: { $text }
connection = Conexión
connecting = Conectando… Puedes leer y escribir; saldrá cuando vuelva la conexión.
offline = Sin conexión. Puedes leer y escribir; saldrá cuando vuelva la conexión.
changed-later = No tienes conexión. Se cambiará en cuanto vuelva.
starting = Abriendo…
welcome-title = Un lugar privado para hablar
welcome-invited = Te invitan a hablar
welcome-group = Te han invitado a un grupo
welcome-invited-by = { $name } te invita a hablar
welcome-body = En { $server }. Sin teléfono ni correo: elige un nombre y empieza.
welcome-body-native = Sin teléfono ni correo: elige un nombre y empieza.
welcome-keys = Lo que cierra tus mensajes se crea en este dispositivo y aquí se queda.
your-name = Tu nombre
invitation-link = Enlace de invitación
invitation-link-hint = Un enlace, o la dirección de un servidor abierto a todos.
welcome-other-server = Es otro servidor que el de esta página. Abre su enlace o su dirección en el navegador.
create-account = Crear cuenta
creating = Creando tu cuenta…
name-letters = Usa letras minúsculas de la a a la z, cifras, punto, guion y guion bajo.
name-length = Un nombre tiene de 2 a 32 caracteres.
name-taken = Alguien ya tiene este nombre. Elige otro.
name-needed = Escribe tu nombre.
name-signs = Empieza y acaba con letra o cifra, y no lleva dos signos seguidos.
address-becomes = Te encuentran como { $address }
address-change = Cambiar la dirección
unlock-title = Desbloquear Casemate
unlock = Desbloquear
passphrase = Contraseña
failed-title = Casemate no se puede abrir
failed-storage = Libera espacio en este dispositivo y recarga. No se perdió nada de lo guardado.
failed-browser = Casemate necesita un navegador actual y una ventana que no sea privada.
failed-hint = Lo guardado en este dispositivo sigue aquí. Recarga la página para intentarlo de nuevo.
elsewhere-title = Abierto en otra pestaña
elsewhere-body = Casemate funciona en una sola pestaña, para que nada se escriba dos veces.
elsewhere-call = Hay una llamada en esa pestaña. Allí termina; aquí puedes volver a unirte.
elsewhere-unsent = Los archivos que estabas enviando no se enviaron. Esperan aquí: vuelve a usar esta pestaña antes de cerrarla.
elsewhere-refused = La otra pestaña no suelta Casemate. Ciérrala y se abrirá aquí.
use-here = Usarlo aquí
explain-title = Qué es seguro y qué no
explain-safe-title = Solo vosotros podéis leer
explain-safe-body = Mensajes, archivos y nombres se cierran en tu dispositivo y se abren en el suyo. Quien lleva el servidor no puede leerlos.
explain-strangers-title = Los desconocidos esperan fuera
explain-strangers-body = Un desconocido puede enviarte una breve solicitud y nada más: ni archivos, ni llamadas, ni enlaces. Espera en silencio hasta que respondas.
explain-limits-title = Lo que nadie puede prometer
explain-limits-body = Quien controla tu dispositivo ve lo que tú ves. Una página web es tan honesta como el servidor que la envía. Las personas a las que escribes pueden contarlo.
show-explanation = Mostrar las tres pantallas
new-chat = Nuevo chat
new-group = Nuevo grupo
no-chats = Aún no hay chats. Escribe a alguien o invita a un amigo.
nothing-open = Elige un chat o empieza uno nuevo.
requests-line = { $count ->
    [one] { $count } solicitud · espera en silencio
   *[other] { $count } solicitudes · esperan en silencio
}
unread-count = { $count ->
    [one] { $count } mensaje sin leer
   *[other] { $count } mensajes sin leer
}
notes-to-self = Notas para mí
notes-hint = Solo tú puedes ver esto
draft = Borrador:
requests = Solicitudes
no-requests = Nadie espera.
requests-hint = Hasta que aceptes, no pueden llamarte, enviar archivos ni ver si lees esto.
request-groups = Los dos estáis en { $groups }.
request-groups-more = { $count ->
    [one] Los dos estáis en { $groups } y en { $count } grupo más.
   *[other] Los dos estáis en { $groups } y en { $count } grupos más.
}
sent-request = Solicitud enviada a { $name } · espera respuesta
sent-requests-line = { $count ->
    [one] { $count } solicitud enviada · espera respuesta
   *[other] { $count } solicitudes enviadas · esperan respuesta
}
sent-requests = Solicitudes que enviaste
sent-waits = Enviada y aún sin respuesta. El chat aparece cuando la acepten.
request-withdraw = Retirar la solicitud
request-withdrawn = Solicitud retirada.
request-words = De la solicitud
accept = Aceptar
decline = Rechazar
block = Bloquear
unblock = Desbloquear
blocked = Bloqueado
contact-gone = Cuenta eliminada
block-question = ¿Bloquear a { $name }?
block-body = Ya no llegará nada de lo que envíe. No se le avisa. Puedes desbloquearlo más tarde.
blocked-line = Bloqueaste a { $name }. No llega nada de lo que envíe.
unblock-question = ¿Desbloquear a { $name }?
unblock-body = Vuelve a llegar lo que envíe. No se le avisa.
added-by = { $name } te añadió
knock-title = Has abierto una invitación
knock-body = Ya tienes una cuenta. Envía una solicitud a quien hizo este enlace; esa persona decide.
address-or-name = Nombre, dirección o enlace
address-hint = nombre@servidor, o un enlace de invitación
request-goes-to = La solicitud va a { $address }
note = Unas palabras sobre ti
note-hint = Opcional, hasta 140 caracteres
send-request = Enviar solicitud
knocked = Solicitud enviada. El chat aparece cuando la acepten.
invite-friend = Invitar a un amigo
group-name = Nombre del grupo
group-name-missing = Un grupo necesita un nombre.
create-group = Crear grupo
no-contacts = Aún no hay nadie. Quien acepte tu solicitud aparecerá aquí.
conversation = Conversación
messages = Mensajes
message = Mensaje
send = Enviar
attach = Adjuntar
emoji = Emoji
emoji-title = Elige un emoji
emoji-search = Buscar emoji
emoji-groups = Grupos de emojis
emoji-smileys = Caras
emoji-people = Personas
emoji-nature = Animales y naturaleza
emoji-food = Comida y bebida
emoji-travel = Viajes y lugares
emoji-activities = Actividades
emoji-objects = Objetos
emoji-symbols = Símbolos
emoji-flags = Banderas
emoji-tone = Tono de piel
tone-none = Amarillo
tone-light = Claro
tone-medium-light = Medio claro
tone-medium = Medio
tone-medium-dark = Medio oscuro
tone-dark = Oscuro
no-messages = Aún no hay mensajes. Saluda.
no-messages-silent = Aún no hay mensajes. Aquí solo escriben los administradores.
no-notes = Aún no hay notas.
no-messages-linked = Aquí no hay nada todavía. Los mensajes anteriores pueden estar en tus otros dispositivos.
unread-line = Mensajes nuevos
to-newest = Al mensaje más reciente
to-newest-unread = { $count ->
    [one] A { $count } mensaje nuevo
   *[other] A { $count } mensajes nuevos
}
search-here = Buscar en la conversación
message-label = { $name }, { $time }
message-deleted = Este mensaje se eliminó.
message-deleting = Eliminado aquí. Los demás lo ven hasta que esto llegue al servidor.
change-failed = Los demás ven este mensaje como estaba.
message-unknown = Lo escribió un Casemate más nuevo. Actualiza para verlo.
read-more = Leer más
read-less = Mostrar menos
edited = editado
editing = Cambiando tu mensaje
edit-empty = Un mensaje no puede estar vacío. Escribe algo, o cancela y elimínalo.
reply-to = Respuesta a { $name }
quote-earlier = Un mensaje anterior
react = Reaccionar
reply = Responder
edit = Editar
star = Destacar
unstar = Quitar destacado
pin = Fijar para todos
unpin = Desfijar
select = Seleccionar
chosen-messages = Mensajes seleccionados
chosen-count = { $count ->
    [0] Selecciona mensajes
    [one] { $count } seleccionado
   *[other] { $count } seleccionados
}
delete-chosen = Eliminar
delete-for-me = Eliminar para mí
delete-for-me-body = Desaparece de tus dispositivos. Los demás lo conservan.
delete-for-everyone = Eliminar para todos
delete-for-everyone-body = { $count ->
    [one] Se pide a todos que lo borren. Quizá ya lo han leído.
   *[other] Se pide a todos que los borren. Quizá ya los han leído.
}
delete-question = { $count ->
    [one] ¿Eliminar este mensaje?
   *[other] ¿Eliminar { $count } mensajes?
}
reaction-label = { $emoji } de { $names }
spoiler = Texto oculto. Mostrarlo
you-left = Saliste de este grupo. Aún puedes leer lo escrito.
you-were-removed = Ya no estás en este grupo. Aún puedes leer lo escrito.
state-queued = Esperando envío
state-sent = Enviado
state-delivered = Entregado
state-read = Leído
state-failed = No enviado
failed-unknown = No enviado.
link-title = Abrir un enlace
link-question = ¿Abrir { $host }?
link-hint = La página sabe que llegas, no desde dónde. Ábrela solo si la esperabas.
link-plain = Este enlace no está cifrado: otros en el camino pueden leer.
link-letters = Su nombre tiene letras que pueden parecer otras.
link-before = La parte antes de la @ no es el destino.
link-number = Lleva a un simple número en vez de a un nombre.
open-link = Abrir
drop-here = Suelta archivos para enviarlos
files-waiting = Archivos por enviar
files-ready = Preparando para enviar: { $names }
remove-file = Quitar { $name }
save-file = Guardar { $name }
file-queued = Esperando envío
file-waits-allowance = Espera hasta { $when }: se agotó el cupo de archivos de hoy
file-waits-server = Espera hasta { $when }: el servidor no acepta archivos ahora
file-uploading = Enviando…
file-downloading = Recibiendo…
file-offered = Esperando recibir
file-failed = No llegó
file-cancelled = Cancelado
progress = Progreso
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
    [one] { $count } archivo
   *[other] { $count } archivos
}
preview-voice = Mensaje de voz
preview-sticker = Sticker
open-picture = Mostrar { $name }
shown-safely = Mostrado con seguridad
picture-unreadable = Esta imagen no se puede mostrar con seguridad.
members = Miembros
member-count = { $count ->
    [one] { $count } miembro
   *[other] { $count } miembros
}
member-menu = Más sobre { $name }
admin = Admin
claimed = Sin confirmar
make-admin = Hacer admin
no-longer-admin = Quitar como admin
remove-member = Quitar
remove-question = ¿Quitar a { $name }?
remove-body = Ya no podrá leer ni escribir aquí. Lo que ya tiene, lo conserva.
add-members = Añadir miembros
nobody-to-add = Todos los que conoces ya están aquí.
write = Escribir un mensaje
members-may = Los miembros pueden
may-send = Enviar mensajes
may-add = Añadir a otros
may-edit = Cambiar nombre y plazo
disappearing = Mensajes temporales
disappearing-hint = Para mensajes nuevos, en todos los dispositivos.
timer-off = Desactivados
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
    [one] { $count } día
   *[other] { $count } días
}
timer-weeks = { $count ->
    [one] { $count } semana
   *[other] { $count } semanas
}
encryption = Cifrado
encryption-lasting = De extremo a extremo, también frente a ordenadores cuánticos
encryption-usual = De extremo a extremo
device-count = { $count ->
    [one] { $count } dispositivo
   *[other] { $count } dispositivos
}
leave-group = Salir del grupo
leave-question = ¿Salir de { $name }?
leave-body = Ya no recibirás lo que se escriba. Lo que tienes se queda en tus dispositivos.
settings-profile = Perfil
settings-privacy = Privacidad
settings-appearance = Apariencia
settings-language = Idioma
settings-keyboard = Teclado
settings-safety = Qué es seguro y qué no
settings-about = Acerca de
shown-name = Nombre que ven los contactos
shown-name-hint = Los desconocidos solo ven tu dirección.
about-me = Sobre mí
address = Tu dirección
who-may-knock = Quién puede enviarte una solicitud
who-may-knock-hint = Elige; vale desde ahora.
knock-anyone = Cualquiera que conozca mi dirección
knock-link = Quien tenga uno de mis enlaces
knock-nobody = Nadie
theme = Tema
theme-system = Como el sistema
theme-light = Claro
theme-dark = Oscuro
text-size = Tamaño del texto
enter-sends = Intro envía
enter-sends-hint = Si no, Intro empieza una línea y Ctrl Intro envía.
key-palette = Encontrar cualquier cosa
key-list = Esta lista
key-ctrl = Ctrl
key-shift = Mayús
key-enter = Intro
key-neighbour = Chat siguiente y anterior
key-send = Enviar
key-line = Nueva línea
key-edit = Cambiar el último mensaje
key-escape = Cerrar, dejar de responder o de seleccionar
invite-body = Un enlace para una persona, válido siete días. Dáselo por un medio en el que ambos confiéis.
make-link = Crear un enlace
invitation-qr = El enlace de invitación como código QR
about-version = Casemate { $version }
about-server = Tu servidor es { $server }
about-licence = Software libre bajo la AGPL 3.0.
key-passphrase = Tus mensajes están bloqueados con tu contraseña.
key-device = Tus mensajes están bloqueados con una clave que guarda este dispositivo.
palette-title = Encontrar cualquier cosa
palette-hint = Personas, chats, ajustes, comandos
pin-chat = Fijar
pinned = Fijado
mark-read = Marcar como leído
mark-unread = Marcar como no leído
marked-unread = Marcado como no leído
mute = Silenciar
unmute = Dejar de silenciar
muted = Silenciado
archive = Archivar
unarchive = Sacar del archivo
delete-chat = Eliminar chat
delete-chat-question = ¿Eliminar el chat con { $name }?
delete-chat-body = Sus mensajes y archivos se quitan de este dispositivo, también los destacados. Lo que espera para más tarde no se envía. Los demás conservan lo suyo.
search-empty = Vaciar la búsqueda
emoji-none = Ningún emoji encontrado. Escribe uno con tu teclado.
emoji-quick = A mano
archived = Archivados: { $count }
back-to-chats = Volver a los chats
chat-menu = Más sobre este chat
nickname = Apodo
nickname-hint = Solo tú lo ves.
record-voice = Grabar mensaje de voz
recording = Grabando { $time }
microphone-refused = No se puede usar el micrófono. Permítelo para esta página en el navegador e inténtalo de nuevo.
recording-unsupported = Este navegador no puede grabar mensajes de voz.
play = Reproducir
voice-broken = Esta grabación no se puede reproducir.
forward = Reenviar
forward-title = Reenviar a
forwarded = Reenviado
forwarded-often = Reenviado muchas veces
forwarded-done = Reenviado.
info = Información
info-title = Sobre este mensaje
info-reactions = Reacciones
info-votes = Votos
earlier-versions = Lo que decía
poll-one = Elige una
poll-several = Elige una o más
forward-hint = { $count ->
    [one] A { $count } chat
   *[other] A { $count } chats como máximo
}
poll-voters = { $count ->
    [one] { $count } persona votó
   *[other] { $count } personas votaron
}
read-receipts = Confirmaciones de lectura
read-receipts-hint = Los demás ven lo que leíste, y tú lo que leyeron.
language-missing = No se pudo cargar este idioma. Inténtalo de nuevo cuando tengas conexión.
rest-away = No se pudo cargar esta parte de Casemate. No se ha perdido nada: inténtalo de nuevo cuando tengas conexión.
first-loading = Casemate se está cargando. Mientras tanto, puedes elegir un nombre.
engine-gone = El motor de esta página se detuvo. Vuelve a cargar la página; lo que escribiste se conserva.
engine-gone-native = Casemate se detuvo en este equipo. Inicia «casemate app» de nuevo y abre el enlace que muestra.
