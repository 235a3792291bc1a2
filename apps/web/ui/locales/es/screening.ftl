## Enlaces, antes de abrirse
link-reads = Con otras letras: { $reads }
link-unreadable = Ningún navegador entiende este enlace.
link-scheme = Esto no abre una página: «{ $about }» inicia otro programa en tu dispositivo.
link-hidden = Contiene letras invisibles, o que cambian el orden.
link-port = Lleva a una puerta poco común (puerto { $about }). Las páginas públicas no la necesitan.
link-looks-like = Está hecho para parecerse a { $about }, y no lo es.
link-almost-like = Es casi { $about }, y no lo es.
link-inside = Nombra { $about }, pero lleva a { $host }.
link-lure = Usa el nombre de { $about }, pero por su nombre no le pertenece.
link-text = El texto dice { $about }, pero lleva a { $host }.
link-shortener = Un enlace corto: adónde lleva después no se ve antes de abrirlo.
link-new-sender = { $name } no es un contacto tuyo, o lo es desde hace menos de una semana.
link-indicator = Está en la lista «{ $about }» de lo que usan los atacantes. No lo abras.
link-anyway = Abrir de todos modos

## Revisión
settings-checkup = Revisión de seguridad
checkup-what = Qué podría mejorar en este dispositivo y por qué. Casemate solo mira aquí y no lo cuenta a nadie.
checkup-looking = Mirando…
checkup-good = Nada que hacer. Vuelve a mirar de vez en cuando.
checkup-unseen = Lo que la app no puede ver: si este dispositivo se bloquea solo y si su almacenamiento está cifrado. Ambas cosas están en los ajustes del dispositivo.
checkup-high = Importante
checkup-medium = Mejor pronto
checkup-low = Vale la pena mirarlo
checkup-known-bad = { $count ->
    [one] Un mensaje aquí nombra algo que se sabe que pertenece a atacantes. Si lo abriste, quizá alguien esté leyendo en este dispositivo.
   *[other] { $count } mensajes aquí nombran algo que se sabe que pertenece a atacantes. Si lo abriste, quizá alguien esté leyendo en este dispositivo.
 }
checkup-known-bad-do = Ver los mensajes
checkup-key-in-file = La clave de todo está en un archivo al lado. Quien copie la carpeta lo lee todo.
checkup-key-in-file-do = Elegir una contraseña
checkup-no-passphrase = Quien use este dispositivo con tu nombre puede abrirlo todo: no se pide nada.
checkup-no-passphrase-do = Poner un bloqueo
checkup-safety-changed = { $count ->
    [one] El número de seguridad de { $name } cambió y no lo has mirado. Puede ser un teléfono nuevo, o alguien en medio.
   *[other] Los números de seguridad de { $count } contactos cambiaron y no los has mirado. Pueden ser teléfonos nuevos, o alguien en medio.
 }
checkup-safety-changed-do = Comparar números de seguridad
checkup-kit-not-written = Si pierdes este dispositivo, nada te devuelve tu cuenta ni tus contactos.
checkup-kit-not-written-do = Anotar el kit de recuperación
checkup-device-unseen = { $count ->
    [one] De uno de tus dispositivos no se sabe nada desde hace un mes. Si está perdido, quien lo encuentre lee todo.
   *[other] De { $count } de tus dispositivos no se sabe nada desde hace un mes. Si uno está perdido, quien lo encuentre lee todo.
 }
checkup-device-unseen-do = Ver tus dispositivos
checkup-contacts-unverified = { $count ->
    [one] No has comparado números de seguridad con { $name }. Hasta entonces solo el servidor dice quién es.
   *[other] No has comparado números de seguridad con { $count } contactos. Hasta entonces solo el servidor dice quiénes son.
 }
checkup-contacts-unverified-do = Comparar números de seguridad
checkup-no-backup = Si pierdes este dispositivo, se va con él lo que se dijo: no hay copia en el servidor.
checkup-no-backup-do = Hacer una copia
checkup-backup-old = La última copia tiene más de un mes. Lo dicho desde entonces está solo en este dispositivo.
checkup-backup-old-do = Hacer una copia
checkup-previews = Las notificaciones muestran nombres y textos a quien vea tu pantalla, también bloqueada.
checkup-previews-do = Ocultarlos en las notificaciones
checkup-old-conversations = { $count ->
    [one] En un chat no se dijo nada en un año. Lo que no está aquí no se puede llevar nadie de aquí.
   *[other] En { $count } chats no se dijo nada en un año. Lo que no está aquí no se puede llevar nadie de aquí.
 }
checkup-old-conversations-do = Vaciar chats antiguos
checkup-keys-old = { $count ->
    [one] En un chat, este dispositivo tiene las mismas claves desde hace más de ocho días. Si alguien lo copió, puede leer allí hasta que el servidor acepte otras.
   *[other] En { $count } chats, este dispositivo tiene las mismas claves desde hace más de ocho días. Si alguien lo copió, puede leer allí hasta que el servidor acepte otras.
 }
checkup-keys-old-do = Mirar otra vez
checkup-members-silent = { $count ->
    [one] En un grupo no se supo nada de ningún dispositivo de un miembro en doce semanas. Si alguno fue copiado, esa copia puede leer allí. Los administradores pueden quitar a quien ya no está.
   *[other] En { $count } grupos no se supo nada de ningún dispositivo de un miembro en doce semanas. Si alguno fue copiado, esa copia puede leer allí. Los administradores pueden quitar a quien ya no está.
 }
checkup-members-silent-do = Mirar otra vez
checkup-keys = Qué antigüedad tienen las claves de este dispositivo en cada chat
checkup-keys-replaced = se cambian ahora
checkup-indicators-old = Tus listas de spyware conocido tienen más de tres meses. Lo que los atacantes usan ahora no está en ellas.
checkup-indicators-old-do = Importar listas nuevas
checkup-browser-old = { $browser } { $version } tiene fallos que los atacantes usan. Las versiones nuevas los cierran: actualízalo y vuelve a iniciarlo.
checkup-browser-old-do = Mirar otra vez
checkup-not-kept = Este navegador puede borrar lo que hay aquí cuando falte espacio. Lo conserva más bien si Casemate está instalado o puede mostrar notificaciones. Un kit de recuperación y una copia de seguridad devuelven lo borrado.
checkup-not-kept-do = Pedirle que lo conserve todo
checkup-not-kept-refused = El navegador no aceptó. Instala Casemate o activa las notificaciones y vuelve a pedírselo.

## Spyware conocido
settings-spyware = Spyware conocido
spyware-what = Hay laboratorios que publican lo que usa el spyware: sus dominios, direcciones y archivos. Con una lista así Casemate mira lo que llega y lo que ya está aquí. No se pregunta a nadie, y nadie sabe lo que se encuentra.
spyware-none = Aún no hay ninguna lista.
spyware-import = Importar una lista
spyware-forms = Un archivo STIX 2.1 o MISP, una lista simple o una firmada.
spyware-entries = { $count ->
    [one] Una entrada
   *[other] { $count } entradas
 }
spyware-publisher = Firmada, versión { $version }. Clave de quien la firmó: { $key }
spyware-remove = Quitar esta lista
spyware-remove-question = ¿Quitar «{ $name }»?
spyware-remove-body = También se olvida lo que se encontró con ella.
spyware-added = { $count ->
    [0] «{ $name }» no trajo nada nuevo.
    [one] «{ $name }» trajo una entrada nueva.
   *[other] «{ $name }» trajo { $count } entradas nuevas.
 }
spyware-refused = { $count ->
    [one] Se dejó fuera una entrada:
   *[other] Se dejaron fuera { $count } entradas, entre ellas:
 }
spyware-look-back = Revisar todos los mensajes
spyware-nothing = { $count ->
    [one] Se revisó un mensaje. No se encontró nada.
   *[other] Se revisaron { $count } mensajes. No se encontró nada.
 }
spyware-found = { $count ->
    [one] Un mensaje contiene algo conocido:
   *[other] { $count } mensajes contienen algo conocido:
 }
spyware-match = { $name }: { $indicator }
spyware-match-list = en la lista «{ $list }»
spyware-advice = Si abriste algo de esto, quizá alguien esté leyendo en este dispositivo. Pregunta a tu equipo de seguridad, o a un laboratorio que ayude a personas como tú, y hazlo desde otro dispositivo.
known-bad = Se sabe que { $indicator } pertenece a atacantes («{ $list }»). No lo abras.
known-bad-came = Un mensaje de { $name } contiene algo que se sabe que pertenece a atacantes.

## Archivos, antes de guardarlos
file-listed = Lo que hay en este mensaje está en una lista de lo que usan los atacantes. No lo abras.
file-program = Es un programa, o inicia uno: al abrirlo puede hacer en tu dispositivo todo lo que tú puedes.
file-macros = Tiene macros: pequeños programas que una aplicación de oficina puede ejecutar.
file-active = Puede ejecutar scripts, o lleva otros archivos dentro.
file-page = Hace algo al abrirse: ejecuta scripts, lleva a otro sitio o envía lo que se escribe en él.
file-holds-programs = Contiene programas o scripts, o archivos cuyos nombres ocultan lo que son.
file-leads-out = Escribe fuera de la carpeta en la que se descomprime.
file-two-in-one = Son dos archivos en uno: lo que es depende de qué lo abra.
file-bomb = Es pequeño, y enorme al descomprimirlo.
file-unlooked = No se ha podido mirar una parte: es demasiado grande, está dañada o cerrada. Lo que hay en ella puede hacer daño.
file-double-ending = Su nombre oculta lo que es: solo cuenta la última extensión.
file-turned-name = Su nombre se lee en otro orden del que tiene.
file-hidden-letters = Su nombre tiene caracteres que nadie ve: puede no ser lo que se lee.
file-other-kind = Su nombre es el de otro tipo de archivo: no es lo que dice ser.
file-unread = No se pudo mirar dentro de este archivo. Puede estar hecho para dañar.
file-save-question = ¿Guardar «{ $name }»?
guard-crashed = Falló al mirar dentro de este archivo. Puede estar hecho para dañar.
guard-too-long = Mirar dentro de este archivo tardó demasiado, así que se detuvo.
guard-away = Lo que mira dentro de los archivos se carga con el primero, y no se puede llegar al servidor. No se pierde nada: inténtalo de nuevo cuando tengas conexión.
guard-newer = Hay una versión más nueva de Casemate, y esta página ya no puede cargar lo que mira dentro de los archivos. Recarga la página.
file-held = Mirar dentro de este archivo ya falló antes, así que no se abre más por sí solo. Puede estar hecho para dañar.
file-preview = Vista previa
file-preview-of = Vista previa de { $name }
file-what = ¿Qué es?
file-what-of = ¿Qué es { $name }?
file-empty = Este archivo está vacío.
file-type = Por su contenido: { $type }.
kind-pdf = PDF
kind-word = Documento de Word
kind-excel = Hoja de cálculo de Excel
kind-powerpoint = Presentación de PowerPoint
kind-document = Documento de texto
kind-spreadsheet = Hoja de cálculo
kind-presentation = Presentación
kind-archive = Archivo comprimido
kind-text = Texto
kind-picture = Imagen
kind-avif = Imagen AVIF
kind-heic = Imagen HEIC
kind-jxl = Imagen JPEG XL
kind-tiff = Imagen TIFF
kind-drawing = Dibujo
kind-disk = Imagen de disco
kind-package = Paquete de software: instala programas
kind-database = Base de datos
kind-old-office = Documento de Office anterior a 2007
kind-sound = Sonido
kind-page = Página web
kind-calendar = Entrada de calendario
kind-card = Tarjeta de contacto
kind-book = Libro
kind-program = Programa
kind-unknown = Tipo de archivo desconocido
file-not-shown = No se muestra aquí. Al abrirlo, otro programa lo lee, y quizá sea eso lo que quiere quien lo envió. Hazlo solo si lo esperabas.
picture-not-decoded = { $type }: aquí no se puede mostrar con seguridad. Si se guarda, otro programa puede mostrarlo; lo que esconda llegará entonces a ese programa.
file-words-alone = Solo sus palabras: no se abren sus imágenes, enlaces ni programas.
file-beginning = Solo se muestra el principio.
file-save-anyway = Guardar de todos modos
file-no-words = No hay en él palabras que se puedan leer. Quizá muestre imágenes, y esas no se miran aquí.

## Archivos retenidos
settings-held = Archivos retenidos
held-what = Archivos en los que no se pudo mirar, y los que rompieron lo que mira dentro de ellos. Aquí consta quién los envió y cuándo, no lo que contienen. La lista se queda en este dispositivo y ningún remitente quita nada de ella.
held-none = Se pudo mirar en todos los archivos que llegaron.
held-refused = No es lo que parece, o es demasiado para mirar dentro.
held-crashed = Hizo fallar lo que mira dentro de los archivos.
held-too-long = Se tardó demasiado en mirar dentro.
held-killed = Se estaba mirando dentro cuando todo se cerró.
held-file = Archivo
held-from = de { $name }
held-times = { $count ->
    [one] Una vez
   *[other] { $count } veces
 }
held-now = Ya no se abre por sí solo.
link-previews = Vistas previas de enlaces
link-previews-hint = Cuando escribes un enlace, este dispositivo pide a su página el título y la imagen, para que quien recibe el mensaje no tenga que hacerlo. El sitio conoce así la dirección de este dispositivo.
link-preview-goes = Se envía también: una vista previa de { $host }
link-preview-remove = Quitar la vista previa
link-preview-whose = El título y la imagen son de quien envió esto
