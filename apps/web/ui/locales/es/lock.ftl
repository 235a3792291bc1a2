lock-hidden = Cuando no está a la vista
lock-minute = Tras un minuto
lock-what = Al bloquear se cierran tus mensajes y se olvida su clave hasta que los abras de nuevo. Lo que empezaste a escribir se conserva. Las demás pestañas no muestran nada entonces.
