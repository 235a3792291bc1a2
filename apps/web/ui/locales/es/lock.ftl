lock-hidden = Cuando no está a la vista
lock-minute = Tras un minuto
lock-what = Al bloquear se cierran tus mensajes y se olvida su clave hasta que los abras de nuevo. Lo que empezaste a escribir se conserva. Las demás pestañas no muestran nada entonces.
seen-title = Lo que otros pueden ver
list-texts = Mostrar mensajes en la lista de chats
list-texts-hint = Desactivado: la lista muestra nombres y cuánto hay sin leer, sin textos ni borradores.
text-hidden = Texto oculto
