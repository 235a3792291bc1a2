## Being told: notifications, typing, last seen

typing = écrit…
typing-one = { $name } écrit…
typing-two = { $name } et { $other } écrivent…
typing-many = { $count ->
    [one] { $count } personne écrit…
   *[other] { $count } personnes écrivent…
}
online = en ligne
last-seen = vu { $time }
show-typing = Indicateur de saisie
show-typing-hint = Les autres voient quand vous écrivez, et vous voyez quand ils écrivent.
show-last-seen = En ligne et dernière visite
show-last-seen-hint = Les contacts qui l’ont aussi activé voient quand vous êtes et étiez là, et vous le voyez pour eux.

settings-notifications = Notifications
notify-new = Nouveau message
notify-reacted = { $name } a réagi avec { $emoji } à « { $text } »
notify-reacted-some = Quelqu’un a réagi à l’un de vos messages
notify-open = Ouvrir Casemate
notify-explained = Votre navigateur va vous demander. Ensuite, les nouveaux messages s’affichent tant que Casemate est ouvert en arrière-plan.
notify-allow = Activer les notifications
notify-granted = Les notifications sont activées dans ce navigateur.
notify-denied = Ce navigateur bloque les notifications de ce site. Autorisez-les dans les réglages du navigateur pour ce site, puis rechargez.
notify-unsupported = Ce navigateur ne peut pas afficher de notifications.
notify-previews = Noms et textes dans les notifications
notify-previews-hint = Sinon, une notification dit seulement qu’il y a un nouveau message.
notify-sounds = Sons
notify-sounds-hint = Un son bref quand un message arrive.
quiet-hours = Heures calmes
quiet-hours-hint = Ni sons ni notifications pendant ce temps, sur tous vos appareils.
quiet-from = De
quiet-to = À
push-closed = Aussi quand Casemate est fermé
push-closed-hint = Cela dit seulement qu’il y a un nouveau message. L’éditeur de votre navigateur sait quand cet appareil est réveillé, ni par qui ni pour quoi. Les discussions en sourdine ne le réveillent pas, ni les groupes dont vous n’entendez que les mentions.
push-refused = Votre navigateur n’a pas donné d’adresse pour cela. Certains ne le font que pour les applications installées ou dans une fenêtre ordinaire.
push-server-off = Ce serveur ne réveille pas les appareils. Demandez à la personne qui le gère.
device-added = Un autre appareil a été ajouté à votre compte.
device-added-named = Un appareil a été ajouté à votre compte : { $name }.
device-added-what = Il peut lire et écrire ce qui arrive désormais. Si ce n’était pas vous, retirez-le tout de suite depuis votre premier appareil.
device-was-me = C’était moi
devices-look = Voir les appareils
