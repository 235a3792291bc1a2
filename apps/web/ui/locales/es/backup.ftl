## La copia de seguridad del historial
settings-backup = Copia de seguridad
backup-what = Tus mensajes, cifrados, para que vuelvan en otro dispositivo. Solo los abre la contraseña de la copia: no quien lleva el servidor, ni Casemate.
backup-server = En el servidor
backup-server-what = Textos, reacciones y marcas, guardados por tu servidor y puestos al día una vez al día. Fotos y archivos solo si lo dices abajo, una vez empezada. El servidor sabe cuánto es y cuándo cambia, y nada más.
backup-files = También fotos y archivos
backup-files-hint = Cada uno de hasta 32 MB, juntos como mucho la mitad de lo que guarda el servidor. Al desactivarlo se borran de la copia.
backup-to-server = Hacer copia en el servidor
backup-begin = Empezar la copia
backup-words-what = Estas seis palabras son la contraseña de tu copia. No se guardan en ningún sitio: sin ellas nadie recupera tus mensajes.
backup-words = La contraseña de la copia
backup-words-keep = Anótalas o guárdalas en un gestor de contraseñas. No solo en este dispositivo: la copia es para el día en que ya no lo tengas.
backup-words-check = Mira lo que has anotado: ¿qué palabras son estas?
backup-running = Haciendo la copia… { $percent } %
backup-go-on = Puedes seguir usando Casemate mientras tanto. Si se interrumpe, continúa donde estaba.
backup-last = Última copia: { $when }
backup-unfinished = Este dispositivo aún no la ha completado. Lo hará por sí solo, o ahora mismo con «Hacer copia ahora».
backup-room = { $size } de { $limit } en el servidor
backup-guesses = { $count ->
    [one] Se puede probar una contraseña equivocada, después una al día.
   *[other] Se pueden probar { $count } contraseñas equivocadas, después una al día.
 }
backup-disappearing = { $count ->
    [one] Un mensaje no está en ninguna copia: desaparece o se muestra una sola vez.
   *[other] { $count } mensajes no están en ninguna copia: desaparecen o se muestran una sola vez.
 }
backup-left-out = { $count ->
    [one] Un archivo no está en ella: no está en este dispositivo o no hay sitio para él.
   *[other] { $count } archivos no están en ella: no están en este dispositivo o no hay sitio para ellos.
 }
backup-rewritten = { $count ->
    [one] Un mensaje o archivo estaba dañado en la copia y se escribió de nuevo.
   *[other] { $count } mensajes y archivos estaban dañados en la copia y se escribieron de nuevo.
 }
backup-damaged-files = { $count ->
    [one] Un archivo está dañado en la copia y no está en este dispositivo. Recíbelo de nuevo y vuelve a hacer la copia.
   *[other] { $count } archivos están dañados en la copia y no están en este dispositivo. Recíbelos de nuevo y vuelve a hacer la copia.
 }
backup-daily = Mientras Casemate está abierto se pone al día una vez al día, sin preguntar.
backup-now = Hacer copia ahora
backup-change = Cambiar la contraseña
backup-change-passkey = Después, la clave de acceso ya no abrirá la copia. Añádela de nuevo más abajo.
backup-end = Borrar la copia
backup-end-question = ¿Borrar la copia del servidor?
backup-end-body = Todo lo que contiene se borra del servidor y su contraseña ya no abre nada. Tus mensajes aquí se quedan.
backup-ended = La copia del servidor está borrada.
backup-offline = No se puede conectar con el servidor. Vuelve a mirar cuando tengas conexión.
backup-elsewhere = Tu dispositivo principal puede llevar una copia en el servidor. Aquí puedes escribir una en un archivo.
backup-none-here = Este servidor no guarda copias. Usa un archivo.
backup-anew = Empezar una copia nueva
backup-anew-question = ¿Renunciar a la copia del servidor?
backup-anew-body = Lo que contiene y no está en este dispositivo se pierde para siempre. La sustituye una copia nueva de lo que hay aquí.
backup-passkey-what = Una clave de acceso puede abrir la copia en lugar de la contraseña, una vez que hayas restaurado tu cuenta con el kit de recuperación.
backup-passkey-holds = Una clave de acceso abre esta copia, una vez que hayas restaurado tu cuenta con el kit de recuperación. La contraseña la sigue abriendo también.
backup-passkey-name = Copia de Casemate de { $address }
backup-passkey-set = La clave de acceso abre la copia desde ahora.
backup-passkey-removed = La clave de acceso ya no abre la copia.
backup-file = En un archivo
backup-file-what = Todos los mensajes con las fotos y los archivos que hay en este dispositivo, en un archivo cifrado que guardas tú. Casemate no lo pone al día por sí mismo.
backup-file-last = Escrito por última vez desde este navegador: { $when }
backup-to-file = Hacer copia en un archivo
backup-save-file = Guardar el archivo
backup-file-done = La copia está escrita.
backup-place-failed = No se pudo escribir el archivo ahí. Guárdalo otra vez en otro lugar.
backup-passphrase = Contraseña de la copia
backup-passphrase-hint = Seis palabras, como las anotaste. Las mayúsculas y los espacios no importan.
backup-words-so-far = Palabras hasta ahora: { $count } de 6
backup-words-odd = { $count ->
    [one] Esto es una palabra
   *[other] Esto son { $count } palabras
}
backup-words-odd-body = Las contraseñas de las copias de Casemate tienen seis palabras. Cada intento fallido cuenta, y tras diez nadie podrá abrir la copia.
backup-words-try = Probar de todos modos
restore-there = En tu servidor hay una copia cuyos mensajes no están en este dispositivo.
restore-messages = Recuperar mensajes
restore-passkey = Recuperar con clave de acceso
restore-running = Recuperando mensajes… { $percent } %
restore-interrupted = La recuperación de tus mensajes se interrumpió. Lo que llegó está aquí.
restore-go-on = Continuar
restore-from-file = Recuperar de un archivo
restore-choose = Elegir el archivo
restored-messages = { $count ->
    [0] Aquí no faltaba nada.
    [one] Ha vuelto un mensaje.
   *[other] Han vuelto { $count } mensajes.
 }
restored-made = De la copia de { $when }
restored-unsigned = Ningún dispositivo de tu cuenta firmó esta copia: sus mensajes están marcados como importados, porque un archivo puede decir cualquier cosa.
restored-look = Ir a los chats
restore-offer = Tus mensajes pueden volver
restore-offer-body = En tu servidor hay una copia de seguridad. Su contraseña recupera tus mensajes.
