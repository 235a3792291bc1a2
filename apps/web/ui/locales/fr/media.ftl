## Photos, videos, voice, stickers, pictures of people and groups
pause = Pause
voice-new = Pas encore écouté
voice-speed = Vitesse : { $speed } fois
voice-place = Position dans le message vocal
sound-place = Position dans l’enregistrement
output-choose = Choisir le haut-parleur
output-system = Comme le système
output-number = Haut-parleur { $number }
output-other = Un autre…
undo = Annuler l’étape
redo = Rétablir
edit-tools = Outils
edit-picture = L’image telle qu’elle sera envoyée
edit-crop = Recadrer
edit-turn = Pivoter
edit-flip = Retourner
edit-draw = Dessiner
edit-blur = Rendre méconnaissable
edit-blur-hint = Passez le pinceau sur les visages et les noms. Personne ne pourra les retrouver dans l’image.
edit-ratio = Format
ratio-free = Libre
ratio-whole = Entière
edit-frame = Partie conservée. Les flèches la déplacent ; avec Maj, elles changent sa taille.
edit-colour = Couleur
colour-white = Blanc
colour-black = Noir
colour-red = Rouge
colour-yellow = Jaune
colour-green = Vert
colour-blue = Bleu
colour-violet = Violet
edit-widths = Épaisseur
edit-width = Épaisseur { $number }
picture-choose = Choisir une image
picture-change = Changer l’image
picture-remove = Retirer l’image
picture-cut = Choisissez la partie visible
portrait = Image de { $name }
viewer = Images et vidéos
viewer-before = Précédente
viewer-after = Suivante
viewer-wait = Préparation de l’image…
viewer-strip = Toutes
viewer-number = { $number } sur { $count }
preview-photo = Photo
open-video = Voir la vidéo { $name }
video-hint = Casemate réécrit la vidéo avant de la donner au lecteur de votre système. Ce lecteur n’est pas de Casemate : ne lisez que ce que vous attendiez.
video-wait = Préparation de la vidéo…
video-broken = Cette vidéo ne peut pas être lue sans risque.
video-unplayable = Ce navigateur ne peut pas lire ce type de vidéo. Vous pouvez l’enregistrer.
video-not-previewed = Ce navigateur ne peut pas afficher la vidéo ici. Elle est envoyée quand même.
file-fetch = Recevoir ({ $size })
send-title = Envoyer des fichiers
send-to = À { $name }
send-more = Ajouter
send-most = { $left ->
    [one] { $left } fichier a été laissé de côté : un message en contient { $count } au plus. Envoyez-le dans un autre.
   *[other] { $left } fichiers ont été laissés de côté : un message en contient { $count } au plus. Envoyez le reste dans un autre.
}
discard-question = { $count ->
    [one] Abandonner ce fichier ?
   *[other] Abandonner { $count } fichiers ?
}
discard-body = Rien n’a été envoyé. Ce que vous avez écrit reste dans la discussion.
send-unreadable = { $name } ne peut pas être lu : c’est un dossier, ou il a été déplacé ou modifié depuis votre choix. Rien n’a été envoyé.
discard = Abandonner
caption = Ajouter une légende
send-preparing = Préparation…
send-as-it-is = Envoyé tel quel, avec tout ce qu’il révèle.
send-clean = Retirer l’auteur, les dates et d’autres détails
send-cleaned = Envoyé comme copie sans auteur, dates, logiciels ni autres détails ; ce qu’il montre reste. Si ce n’est pas possible, rien n’est envoyé.
send-quality = Qualité
send-small = Petite
trim = Couper
trim-from = Début
trim-to = Fin
trim-about = environ { $size }
trim-begins = Cette vidéo ne peut pas commencer là : elle serait montrée à partir de { $time }. Regardez-la et envoyez-la de nouveau.
recording-slide = Glissez pour annuler
recording-thrown-away = Enregistrement abandonné.
recording-hear = Écouter l’enregistrement
recording-pause = Suspendre l’enregistrement
recording-go-on = Reprendre l’enregistrement
recording-ended = Le microphone n’est plus là. Ce qui a été enregistré jusque-là est ici.
camera-title = Prendre une photo
camera-take = Déclencher
camera-other = L’autre caméra
camera-picture = Ce que voit la caméra
camera-failed = La caméra n’a donné aucune image. Réessayez.
camera-refused = Cette page n’a pas accès à la caméra. Autorisez-la dans le navigateur ou utilisez votre application photo.
camera-system = Ouvrir l’application photo
stickers = Stickers
stickers-mine = Mes stickers
stickers-taken = Ajouté à vos stickers.
sticker-packs = Packs
sticker-take = Ajouter à mes stickers
sticker-take-pack = Ajouter ce pack
sticker-count = { $count ->
    [one] { $count } sticker
   *[other] { $count } stickers
}
sticker-new-pack = Nouveau pack
sticker-make-hint = Un pack est fait de vos propres images. Il est chiffré et présent sur tous vos appareils.
sticker-pack-name = Nom du pack
sticker-choose = Choisir des images
sticker-send = Envoyer le sticker { $number }
sticker-remove = Retirer le sticker { $number }
sticker-pack-menu = Que faire du pack
sticker-add = Ajouter des images
sticker-share-pack = Envoyer le pack ici
sticker-remove-some = Retirer des stickers
sticker-remove-pack = Retirer le pack
sticker-done = Terminé
sticker-making = Création des stickers : { $done } sur { $of }
sticker-unreadable = { $count ->
    [one] { $count } image illisible a été laissée de côté.
   *[other] { $count } images illisibles ont été laissées de côté.
}
sticker-remove-question = Retirer « { $name } » ?
sticker-remove-body = Le pack disparaît de tous vos appareils. Ce que vous avez envoyé reste.
attach-files = Photos, vidéos, fichiers
moving-pause = Mettre le GIF en pause
moving-play = Lire le GIF
send-still = Ainsi modifiée, elle est envoyée comme image fixe.
sticker-stopped = { $count ->
    [one] Un sticker était trop lourd pour bouger : il reste fixe.
   *[other] { $count } stickers étaient trop lourds pour bouger : ils restent fixes.
}
