## Polls, places, cards, later, lists, groups' management, import

## Attach menu
attach-poll = Encuesta
attach-contact = Contacto
attach-place = Lugar
send-later = Enviar más tarde

## Polls
poll-new = Nueva encuesta
poll-question = Pregunta
poll-option = Opción { $number }
poll-same = Dos opciones son iguales.
poll-multiple = Se pueden elegir varias
send-poll = Enviar encuesta
poll-close = Cerrar encuesta
poll-close-question = ¿Cerrar esta encuesta?
poll-close-body = Nadie podrá votar más; el resultado queda a la vista de todos.
poll-closed = Cerrada

## Places
place-send = Enviar un lugar
place-hint = Se dibuja en tu dispositivo. Ningún servicio de mapas se entera.
place-mine = Usar dónde estoy
place-refused = El navegador no dijo dónde estás. Permítelo para esta página o escribe las coordenadas.
place-coordinates = Coordenadas
place-coordinates-hint = Latitud y longitud, por ejemplo 52.52, 13.40
place-wrong = Esto no es un lugar. Escribe latitud y longitud en grados, por ejemplo 52.52, 13.40
place-label = Nombre del lugar
place-near = a { $metres } m
place-map = El mundo con una marca en { $place }
place-open = Abrir un mapa

## Contact cards
card-send = Enviar un contacto
card-hint = Reciben el nombre y la dirección, y pueden enviar una solicitud.
card-question = ¿Enviar una solicitud a { $name }?
card-body = Verán tu dirección y decidirán si quieren hablar.

## Later
later-hint = Lo envía este dispositivo. Debe estar encendido y conectado entonces, o lo enviará en cuanto lo esté.
later-hour = En una hora
later-evening = A las { $time }
later-tomorrow = Mañana a las { $time }
later-at = Fecha y hora
later-past = Esa hora ya pasó. Elige una que esté por venir.
later-done = Se enviará: { $time }.
scheduled-title = Mensajes para más tarde
scheduled-waiting = { $count ->
    [one] { $count } mensaje espera su hora
   *[other] { $count } mensajes esperan su hora
 }
scheduled-none = Aquí no hay nada en espera.
scheduled-cancel = No enviar
scheduled-cancel-question = ¿No enviar este mensaje?
scheduled-cancel-body = No se enviará y no se guarda nada de él.
send-now = Enviar ahora
scheduled-change = Cambiar el mensaje
scheduled-text = Texto del mensaje

## Composer
formatting = Formato
mark-bold = Negrita
mark-italic = Cursiva
mark-strike = Tachado
mark-code = Monoespaciado
mark-block = Bloque de código
mark-quote = Cita
mark-list = Lista
mark-spoiler = Oculto hasta tocarlo
mention = Mencionar a alguien

## Shown once
once-choose = Ver una vez
once-title = Ver una vez
once-hint = Al cerrarlo, desaparece de todos tus dispositivos.
once-photo = Foto
once-video = Vídeo
once-voice = Mensaje de voz
once-file = Documento
once-message = Ver una vez
once-open = Abrir; se ve una sola vez
once-sent = Se puede abrir una vez
once-opened = Abierto

## Finding
filters = Filtros
filters-clear = Sin filtros
filter-media = Fotos y vídeos
filter-links = Enlaces
filter-documents = Documentos
filter-voice = Mensajes de voz
filter-from = De
filter-anybody = cualquiera
filter-people = Encontrar personas
filter-after = Desde
filter-before = Hasta
found-older = Resultado anterior
found-newer = Resultado más reciente
found-place = { $place } de { $of }
found-place-more = { $place } de { $of }+
found-count = { $count ->
    [one] { $count } mensaje
   *[other] { $count } mensajes
}
found-count-more = { $count }+ mensajes
pinned-messages = Mensajes fijados
pinned-message = Fijado: { $text }
starred-messages = Mensajes destacados
starred-none = Destaca un mensaje para encontrarlo aquí.
gallery = Multimedia, enlaces y documentos
gallery-none = Aún no hay nada de este tipo.
show-more = Mostrar más
day-title = Ir a un día
day-label = Día
day-go = Ir
day-none = No se escribió nada desde entonces.

## Lists of chats
chats-menu = Más sobre los chats
chat-tabs = Qué chats
tab-all = Todos
tab-unread = No leídos
tab-groups = Grupos
folder = Carpeta
folder-hint = Las carpetas son tuyas; tus dispositivos las comparten y nadie más las ve.
folder-new = Nueva carpeta
folder-put = Añadir a la carpeta
folder-out = Sacar de la carpeta
folder-empty = No hay chats aquí.
folder-menu = Opciones de la carpeta { $name }
folder-name = Nombre de la carpeta
folder-rename = Cambiar el nombre de la carpeta
folder-remove = Quitar carpeta
folder-remove-question = ¿Quitar la carpeta «{ $name }»?
folder-remove-body = Sus chats se quedan, sin carpeta.
mute-hours = Durante 8 horas
mute-week = Durante una semana
mute-always = Siempre
mute-hint = No se te avisa de ningún mensaje de aquí, tampoco de las menciones. Las llamadas siguen sonando.
mute-mentions = Todo menos las menciones
mute-mentions-hint = Con Casemate abierto se te avisa de lo que te menciona o te responde. Cerrado, este grupo no lo despierta.

## Broadcast lists
lists = Listas de difusión
lists-hint = Un mensaje llega a cada persona de la lista en vuestro chat. Nadie ve quién más lo recibió.
lists-none = Aún no hay listas.
list-new = Nueva lista
list-title = Lista de difusión
list-name = Nombre de la lista
list-edit = Cambiar { $name }
list-remove = Eliminar lista
list-message = Mensaje para todos
list-send = Enviar a todos
list-remove-question = ¿Eliminar la lista «{ $name }»?
list-remove-body = Se olvida en todos tus dispositivos quién está en ella. Tus chats y mensajes se quedan.
list-people = { $count ->
    [one] { $count } persona
   *[other] { $count } personas
}
list-left-out = No a: { $names }.
list-sent = { $count ->
    [one] Enviado a { $count } persona.
   *[other] Enviado a { $count } personas.
}

## Groups
description = De qué trata el grupo
only-admins-send = Solo los administradores pueden enviar mensajes aquí.
group-link = Invitar con enlace
group-link-hint = Quien lo abra te pedirá entrar y esperará hasta que estés. Tú decides en cada caso. Otras personas que pueden añadir gente pueden crear su propio enlace.
group-link-qr = El enlace del grupo como código QR
link-reset = Restablecer enlace
link-reset-question = ¿Restablecer el enlace?
link-reset-body = El enlace actual dejará de llevar a ninguna parte, allí donde se haya compartido.
join-title = Abriste el enlace de un grupo
join-body = Pide entrar. Quien creó este enlace verá tu dirección y decidirá.
join-asked = Solicitud enviada. El grupo aparecerá cuando te añadan.
join-asks = { $name } pide entrar en { $group }
join-approve = Añadir al grupo
join-approve-all = Añadir a los { $count }
members-search = Buscar miembros
verified = Número de seguridad comparado
emoji-recent = Usados hace poco

## Bringing history
import-title = Traer un chat de WhatsApp
import-hint = Exporta el chat en tu teléfono y elige aquí el zip. Se lee en este dispositivo, se queda en él y no se envía a nadie.
import-choose = Elegir archivo
import-begin = Traer aquí
import-me = ¿Quién de ellos eres tú?
import-nobody = Ninguno
import-into = Adónde
import-new = Un chat propio, para leer
import-name = Nombre del chat
import-progress = { $done } de { $of } mensajes
import-reading = Leyendo el archivo…
import-days = Del { $first } al { $last }
import-cut = El chat es más largo: solo se traen sus primeros { $count } mensajes.
import-large = Esta exportación es demasiado grande o tiene un formato inusual. Exporta el chat sin archivos.
import-unreadable = El archivo está dañado o no se puede leer. No se trajo nada de él.
import-no-chat = No hay ningún chat exportado en este archivo.
import-order = En este chat no se distinguen el día y el mes. ¿Qué va primero?
import-order-choose = Elige una opción
import-order-day = El día: del { $first } al { $last }
import-order-month = El mes: del { $first } al { $last }
import-wordless = Mensajes sin contenido en la exportación, no se muestran: { $count }
import-lines-out = Líneas omitidas antes del primer mensaje: { $count }. La primera: { $line }
import-lines-copied = Líneas que parecen mensajes pero quedan dentro del mensaje anterior: { $count }. La primera: { $line }
import-encrypted = Este archivo tiene contraseña. Descomprímelo y crea un zip sin ella.
imported = importado
imported-closed = Traído de un archivo; solo tú lo tienes, para leer.
import-unfinished = La importación no ha terminado: hay { $done } de { $of } mensajes. Si se detuvo, trae el mismo archivo otra vez.
import-files = { $count ->
    [one] { $count } archivo
   *[other] { $count } archivos
}
import-left-out = { $count ->
    [one] No se pudo traer { $count } archivo. Su mensaje está sin él.
   *[other] No se pudieron traer { $count } archivos. Sus mensajes están sin ellos.
}

## What the engine says
said-about-changed = { $by } cambió la descripción del grupo.
said-about-changed-by-you = Cambiaste la descripción del grupo.
said-poll-is-closed = Esta encuesta está cerrada.
said-poll-only-asker = Una encuesta la cierra quien preguntó.
said-once-opened-already = Esto ya se abrió.
said-imported-only-yours = Esto se trajo de un archivo: solo tú lo tienes.
said-imported-file = Su archivo se importó y solo está aquí. Guárdalo y envíalo.
said-import-date-order = En este chat no se distinguen el día y el mes. Con el día primero va del { $day_first } al { $day_last }; con el mes primero, del { $month_first } al { $month_last }. Indica cuál. No se trajo nada.
said-import-not-understood = No hay ningún chat exportado en este archivo. La primera línea que no se entendió: { $line }
said-list-nobody = Nadie de esta lista es ya un contacto.
add-question = ¿Añadir a { $name } a { $group }?
add-verb = Añadir
share-title = Compartir mensajes anteriores
share-none = Ninguno
share-last = Últimos { $count }
share-all = Todos
share-none-hint = Solo leerá lo que se diga a partir de ahora.
share-hint = Todos los miembros ven que los compartes. Lo que se muestra una vez o desaparece no se incluye, y se comparten como mucho los últimos { $most } mensajes.
shared-by = Compartido por { $name }
shared-by-hint = Dicho antes de que llegaras. Que estas personas lo escribieron lo afirma quien lo compartió.
said-shared = { $by } compartió los últimos { $count } mensajes con { $who }.
said-shared-by-you = Compartiste los últimos { $count } mensajes con { $who }.
said-shared-with-you = { $by } compartió contigo los últimos { $count } mensajes.
said-call-missed = Llamada perdida de { $who }.
said-video-call-missed = Videollamada perdida de { $who }.
said-call-unanswered = Llamaste y nadie respondió.
said-shared-unreadable = No se pudieron leer los mensajes anteriores.
said-shared-only-read = Esto se dijo antes de que llegaras y se compartió contigo: no se puede decir nada al respecto.
report = Denunciar
report-title = Denunciar a { $name }
report-what = Aquí nadie lee denuncias: ni Casemate ni tu servidor. Creas un archivo con lo que escribió { $name } y lo llevas a quien te inspire confianza: amistades, un servicio de ayuda, la policía.
report-open = El archivo no está cifrado y no prueba nada ante otros: muestra lo que muestra tu dispositivo. Tus propios mensajes no están en él.
report-lab = Para un laboratorio o un equipo de seguridad
report-lab-hint = Cifrado y firmado. También dice quién lo recogió y cuándo, y en qué lugar de la conversación está cada mensaje.
report-lab-words = Quien deba leerlo necesita estas seis palabras. Dilas por otro medio, mejor de viva voz. Solo se muestran aquí.
report-messages = Lo que contiene
report-request = Contiene esta solicitud:
report-note = Tus propias palabras
report-before = Antes de editarse, desde { $when }:
report-save = Guardar como archivo
report-hand = Dar a un contacto
report-to = ¿Quién lo recibe?
report-saved = La denuncia se guardó. No se envió a nadie.
report-handed = La denuncia va en camino a { $name }.
report-holds = Contiene: nombre y dirección, mensajes: { $messages }, archivos: { $files }.
