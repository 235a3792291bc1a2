## Linking devices, and removing them

device-link = Vincular un dispositivo
device-link-how = En el dispositivo nuevo elige «Vincular con un dispositivo que ya tienes». Muestra un código: escanéalo o escríbelo.
device-code = Código
device-code-hint = 14 grupos de cuatro letras y cifras, como los muestra el dispositivo nuevo
device-look = Continuar
device-asks = «{ $name }» pide ser uno de tus dispositivos
device-same-network = En la misma red que este dispositivo
device-another-network = En otra red que este dispositivo. ¿Lo tienes en la mano?
device-compare = Compara: el dispositivo nuevo muestra el mismo número
device-consequence = Leerá todo lo que te escriban desde ahora, escribirá en tu nombre y verá tus contactos. Vincúlalo solo si lo tienes en la mano.
device-agree = Vincular
device-linked = Vinculado. En un momento estará en tus chats.
device-seen = Visto por última vez { $when }
device-chats = { $count ->
    [one] en { $count } chat
   *[other] en { $count } chats
}
device-remove = Quitar dispositivo
device-remove-question = ¿Quitar { $name }?
device-remove-body = Sale enseguida de todos los chats y se le pide que se borre. Lo que ha leído puede haberlo guardado.
device-removed = Quitado: está fuera de todos los chats y se le pide que se borre.
device-removed-open = { $count ->
    [one] Quitado. { $count } chat aún lo tiene; saldrá en cuanto alguien de allí esté en línea.
   *[other] Quitado. { $count } chats aún lo tienen; saldrá en cuanto alguien de allí esté en línea.
}
device-removed-offline = Se quitará en cuanto se pueda llegar al servidor.
device-had-all = Había recibido todos los mensajes anteriores.
device-had-30d = Había recibido treinta días de mensajes anteriores.
device-read-since = Podía leer desde { $when }
device-still-open = Sigue dentro
device-told = Avisados: { $names }
device-report = A qué podía llegar
device-could-read = Chats que podía leer
device-show-code = Mostrar el código
device-new-code = Código nuevo
device-code-until = Vale hasta { $when }, y una sola vez.
device-code-over = Este código ha caducado. Pide uno nuevo.
device-check = El otro dispositivo muestra el mismo número: { $number }
device-code-secret = No muestres este código a nada más que a tu propio dispositivo. Quien lo tenga puede vincular este navegador con una cuenta suya.
device-waiting = Esperando a tu otro dispositivo…
device-wiped = Este dispositivo se quitó de su cuenta. Aquí ya no queda nada de ella.
sign-out = Cerrar sesión en este dispositivo
sign-out-question = ¿Cerrar sesión en este dispositivo?
sign-out-body = Aquí se borra todo lo de esta cuenta: chats, fotos, archivos y borradores. Tus otros dispositivos conservan lo suyo. Tu primer dispositivo saca este de todos los chats en cuanto esté en línea.
sign-out-loses = ¿Perder estos mensajes?
sign-out-offline = Ahora no se puede llegar al servidor, así que tu primer dispositivo no se entera: quita este allí, en Ajustes, Dispositivos.
sign-out-verb = Cerrar sesión
signing-out = Cerrando sesión…
signed-out = Has cerrado sesión. Aquí se ha borrado todo lo de la cuenta, y tu primer dispositivo saca este de todos los chats.
signed-out-untold = Has cerrado sesión. Aquí se ha borrado todo lo de la cuenta. No se pudo avisar a tu primer dispositivo: quita este allí, en Ajustes, Dispositivos.
link-this = Vincular con un dispositivo que ya tienes
link-this-title = Vincular este dispositivo
link-body = En tu primer dispositivo abre Ajustes, Dispositivos, Vincular un dispositivo, y escanea el código de este o escríbelo.
history-question = Mensajes anteriores
history-none = Ninguno
history-30d = 30 días
history-all = Todos
history-progress = Mensajes anteriores: { $done } de { $of }
history-through = Ya están los mensajes anteriores: { $count }
device-words-hint = El modo estricto está activado: las doce palabras de tu kit de recuperación.
