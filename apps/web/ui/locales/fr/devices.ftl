## Linking devices, and removing them

device-link = Associer un appareil
device-link-how = Sur le nouvel appareil, choisissez « Associer à un appareil que vous avez déjà ». Il affiche un code : scannez-le ou saisissez-le.
device-code = Code
device-code-hint = 14 groupes de quatre lettres et chiffres, comme le nouvel appareil les affiche
device-look = Continuer
device-asks = « { $name } » demande à devenir l’un de vos appareils
device-same-network = Sur le même réseau que cet appareil
device-another-network = Sur un autre réseau que cet appareil. L’avez-vous en main ?
device-compare = Comparez : le nouvel appareil affiche le même nombre
device-consequence = Il lira tout ce qu’on vous écrira désormais, écrira en votre nom et verra vos contacts. Ne l’associez que si vous l’avez en main.
device-agree = Associer
device-linked = Associé. Il arrive dans vos discussions dans un instant.
device-seen = Vu pour la dernière fois { $when }
device-chats = { $count ->
    [one] dans { $count } discussion
   *[other] dans { $count } discussions
}
device-remove = Retirer l’appareil
device-remove-question = Retirer { $name } ?
device-remove-body = Il est retiré aussitôt de toutes les discussions et on lui demande de s’effacer. Ce qu’il a lu, il a pu le garder.
device-removed = Retiré : il est sorti de toutes les discussions et on lui demande de s’effacer.
device-removed-open = { $count ->
    [one] Retiré. { $count } discussion l’a encore ; il en sortira dès que quelqu’un y sera en ligne.
   *[other] Retiré. { $count } discussions l’ont encore ; il en sortira dès que quelqu’un y sera en ligne.
}
device-removed-offline = Il sera retiré dès que le serveur pourra être joint.
device-had-all = Il avait reçu tous les messages antérieurs.
device-had-30d = Il avait reçu trente jours de messages antérieurs.
device-read-since = Pouvait lire depuis { $when }
device-still-open = Il y est encore
device-told = Avertis : { $names }
device-report = Ce qu’il pouvait atteindre
device-could-read = Discussions qu’il pouvait lire
device-show-code = Afficher le code
device-new-code = Nouveau code
device-code-until = Il vaut jusqu’à { $when }, et une seule fois.
device-code-over = Ce code a expiré. Demandez-en un nouveau.
device-check = L’autre appareil affiche le même nombre : { $number }
device-code-secret = Ne montrez ce code qu’à votre propre appareil. Qui l’a peut associer ce navigateur à un compte à lui.
device-waiting = En attente de votre autre appareil…
device-wiped = Cet appareil a été retiré de son compte. Il n’en reste rien ici.
sign-out = Se déconnecter de cet appareil
sign-out-question = Se déconnecter de cet appareil ?
sign-out-body = Tout ce qui est à ce compte est effacé ici : discussions, photos, fichiers et brouillons. Vos autres appareils gardent le leur. Votre premier appareil retire celui-ci de toutes les discussions dès qu’il est en ligne.
sign-out-loses = Perdre ces messages ?
sign-out-offline = Le serveur ne peut pas être joint en ce moment, votre premier appareil n’en saura donc rien : retirez-y celui-ci, dans Réglages, Appareils.
sign-out-verb = Se déconnecter
signing-out = Déconnexion…
signed-out = Vous vous êtes déconnecté. Tout ce qui est au compte est effacé ici, et votre premier appareil retire celui-ci de toutes les discussions.
signed-out-untold = Vous vous êtes déconnecté. Tout ce qui est au compte est effacé ici. Votre premier appareil n’a pas pu être prévenu : retirez-y celui-ci, dans Réglages, Appareils.
link-this = Associer à un appareil que vous avez déjà
link-this-title = Associer cet appareil
link-body = Sur votre premier appareil, ouvrez Réglages, Appareils, Associer un appareil, et scannez le code de celui-ci ou saisissez-le.
history-question = Messages antérieurs
history-none = Aucun
history-30d = 30 jours
history-all = Tous
history-progress = Messages antérieurs : { $done } sur { $of }
history-through = Les messages antérieurs sont là : { $count }
device-words-hint = Le mode strict est activé : les douze mots de votre kit de récupération.
