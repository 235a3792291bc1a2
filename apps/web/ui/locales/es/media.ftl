## Photos, videos, voice, stickers, pictures of people and groups
pause = Pausar
voice-new = Sin escuchar
voice-speed = Velocidad: { $speed } veces
voice-place = Posición en el mensaje de voz
sound-place = Punto de la grabación
output-choose = Elegir altavoz
output-system = Como el sistema
output-number = Altavoz { $number }
output-other = Otro…
undo = Deshacer
redo = Rehacer
edit-tools = Herramientas
edit-picture = La imagen como se enviará
edit-crop = Recortar
edit-turn = Girar
edit-flip = Voltear
edit-draw = Dibujar
edit-blur = Hacer irreconocible
edit-blur-hint = Pasa el pincel por caras y nombres. Quien reciba la imagen no podrá recuperarlos.
edit-ratio = Proporción
ratio-free = Libre
ratio-whole = Entera
edit-frame = Parte que queda. Las flechas la mueven; con Mayús cambian su tamaño.
edit-colour = Color
colour-white = Blanco
colour-black = Negro
colour-red = Rojo
colour-yellow = Amarillo
colour-green = Verde
colour-blue = Azul
colour-violet = Violeta
edit-widths = Grosor
edit-width = Grosor { $number }
picture-choose = Elegir una imagen
picture-change = Cambiar la imagen
picture-remove = Quitar la imagen
picture-cut = Elige la parte visible
portrait = Imagen de { $name }
viewer = Imágenes y vídeos
viewer-before = Anterior
viewer-after = Siguiente
viewer-wait = Preparando la imagen…
viewer-strip = Todas
viewer-number = { $number } de { $count }
preview-photo = Foto
open-video = Ver el vídeo { $name }
video-hint = Casemate reescribe el vídeo antes de dárselo al reproductor de tu sistema. El reproductor no es de Casemate: reproduce solo lo que esperabas.
video-wait = Preparando el vídeo…
video-broken = Este vídeo no se puede reproducir con seguridad.
video-unplayable = Este navegador no puede reproducir este tipo de vídeo. Puedes guardarlo.
video-not-previewed = Este navegador no puede mostrar el vídeo aquí. Se envía igualmente.
file-fetch = Recibir ({ $size })
send-title = Enviar archivos
send-to = Para { $name }
send-more = Añadir más
send-most = { $left ->
    [one] { $left } archivo quedó fuera: un mensaje admite { $count }. Envíalo en otro.
   *[other] { $left } archivos quedaron fuera: un mensaje admite { $count }. Envía el resto en otro.
}
discard-question = { $count ->
    [one] ¿Descartar este archivo?
   *[other] ¿Descartar { $count } archivos?
}
discard-body = No se envió nada. Lo que escribiste se queda en el chat.
send-unreadable = { $name } no se puede leer: es una carpeta, o se movió o cambió desde que lo elegiste. No se envió nada.
discard = Descartar
caption = Añade un texto
send-preparing = Preparando…
send-as-it-is = Se envía tal cual, con todo lo que revela.
send-clean = Quitar autor, fechas y otros datos
send-cleaned = Se envía como copia sin autor, fechas, programas ni otros datos; lo que muestra se queda. Si no es posible, no se envía nada.
send-quality = Calidad
send-small = Pequeña
trim = Recortar
trim-from = Inicio
trim-to = Fin
trim-about = unos { $size }
trim-begins = Este vídeo no puede empezar ahí: se vería desde { $time }. Míralo y envíalo de nuevo.
recording-slide = Desliza para cancelar
recording-thrown-away = Grabación descartada.
recording-hear = Escuchar la grabación
recording-pause = Pausar la grabación
recording-go-on = Seguir grabando
recording-ended = El micrófono ya no está. Lo grabado hasta entonces sigue aquí.
camera-title = Hacer una foto
camera-take = Disparar
camera-other = Otra cámara
camera-picture = Lo que ve la cámara
camera-failed = La cámara no dio ninguna imagen. Inténtalo de nuevo.
camera-refused = Esta página no puede usar la cámara. Permítelo en el navegador o haz la foto con tu app de cámara.
camera-system = Abrir la app de cámara
stickers = Stickers
stickers-mine = Mis stickers
stickers-taken = Añadido a tus stickers.
sticker-packs = Paquetes
sticker-take = Añadir a mis stickers
sticker-take-pack = Añadir este paquete
sticker-count = { $count ->
    [one] Un sticker
   *[other] { $count } stickers
}
sticker-new-pack = Nuevo paquete
sticker-make-hint = Un paquete se hace con tus propias imágenes. Está cifrado y en todos tus dispositivos.
sticker-pack-name = Nombre del paquete
sticker-choose = Elegir imágenes
sticker-send = Enviar sticker { $number }
sticker-remove = Quitar sticker { $number }
sticker-pack-menu = Qué hacer con el paquete
sticker-add = Añadir imágenes
sticker-share-pack = Enviar el paquete aquí
sticker-remove-some = Quitar stickers sueltos
sticker-remove-pack = Quitar el paquete
sticker-done = Listo
sticker-making = Creando stickers: { $done } de { $of }
sticker-unreadable = { $count ->
    [one] { $count } imagen no se pudo leer y quedó fuera.
   *[other] { $count } imágenes no se pudieron leer y quedaron fuera.
}
sticker-remove-question = ¿Quitar «{ $name }»?
sticker-remove-body = El paquete desaparece de todos tus dispositivos. Lo que enviaste se queda.
attach-files = Fotos, vídeos, archivos
moving-pause = Pausar GIF
moving-play = Reproducir GIF
send-still = Con estos cambios se envía como imagen fija.
sticker-stopped = { $count ->
    [one] Un sticker era demasiado grande para moverse: queda fijo.
   *[other] { $count } stickers eran demasiado grandes para moverse: quedan fijos.
}
