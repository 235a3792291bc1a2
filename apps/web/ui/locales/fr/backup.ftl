## La sauvegarde de l’historique
settings-backup = Sauvegarde
backup-what = Vos messages, chiffrés, pour qu’ils reviennent sur un autre appareil. Seule la phrase secrète de la sauvegarde les ouvre : ni la personne qui gère le serveur, ni Casemate.
backup-server = Sur le serveur
backup-server-what = Textes, réactions et marques, gardés par votre serveur et mis à jour une fois par jour. Photos et fichiers seulement si vous le dites plus bas, une fois commencée. Le serveur apprend combien il y en a et quand cela change, rien d’autre.
backup-files = Aussi les photos et fichiers
backup-files-hint = Chacun jusqu’à 32 Mo, ensemble au plus la moitié de ce que garde le serveur. Désactivé, ceux de la sauvegarde en sont supprimés.
backup-to-server = Sauvegarder sur le serveur
backup-begin = Commencer la sauvegarde
backup-words-what = Ces six mots sont la phrase secrète de votre sauvegarde. Ils ne sont gardés nulle part : sans eux, personne ne récupère vos messages.
backup-words = La phrase secrète de la sauvegarde
backup-words-keep = Notez-les, ou gardez-les dans un gestionnaire de mots de passe. Pas sur ce seul appareil : la sauvegarde sert le jour où vous ne l’aurez plus.
backup-words-check = Regardez ce que vous avez noté : quels sont ces mots ?
backup-running = Sauvegarde… { $percent } %
backup-go-on = Vous pouvez continuer à utiliser Casemate. Interrompue, elle reprend où elle en était.
backup-last = Dernière sauvegarde : { $when }
backup-unfinished = Cet appareil ne l’a pas encore complétée. Il le fera de lui-même, ou tout de suite avec « Sauvegarder maintenant ».
backup-room = { $size } sur { $limit } sur le serveur
backup-guesses = { $count ->
    [one] Une phrase erronée peut être essayée, puis une par jour.
   *[other] { $count } phrases erronées peuvent être essayées, puis une par jour.
 }
backup-disappearing = { $count ->
    [one] Un message n’est dans aucune sauvegarde : il disparaît ou n’est montré qu’une fois.
   *[other] { $count } messages ne sont dans aucune sauvegarde : ils disparaissent ou ne sont montrés qu’une fois.
 }
backup-left-out = { $count ->
    [one] Un fichier n’y est pas : il n’est pas sur cet appareil, ou la place manque.
   *[other] { $count } fichiers n’y sont pas : ils ne sont pas sur cet appareil, ou la place manque.
 }
backup-rewritten = { $count ->
    [one] Un message ou fichier était endommagé dans la sauvegarde et a été réécrit.
   *[other] { $count } messages et fichiers étaient endommagés dans la sauvegarde et ont été réécrits.
 }
backup-damaged-files = { $count ->
    [one] Un fichier est endommagé dans la sauvegarde et absent de cet appareil. Recevez-le à nouveau, puis sauvegardez à nouveau.
   *[other] { $count } fichiers sont endommagés dans la sauvegarde et absents de cet appareil. Recevez-les à nouveau, puis sauvegardez à nouveau.
 }
backup-daily = Tant que Casemate est ouvert, elle est mise à jour une fois par jour, sans rien demander.
backup-now = Sauvegarder maintenant
backup-change = Changer la phrase secrète
backup-change-passkey = Ensuite, la clé d’accès n’ouvrira plus la sauvegarde. Ajoutez-la de nouveau plus bas.
backup-end = Supprimer la sauvegarde
backup-end-question = Supprimer la sauvegarde du serveur ?
backup-end-body = Tout ce qu’elle contient est supprimé du serveur, et sa phrase secrète n’ouvre plus rien. Vos messages ici restent.
backup-ended = La sauvegarde du serveur est supprimée.
backup-offline = Le serveur est injoignable. Revenez voir quand vous serez connecté.
backup-elsewhere = Votre appareil principal peut tenir une sauvegarde sur le serveur. Ici, vous pouvez en écrire une dans un fichier.
backup-none-here = Ce serveur ne garde pas de sauvegardes. Utilisez un fichier.
backup-anew = Commencer une nouvelle sauvegarde
backup-anew-question = Renoncer à la sauvegarde du serveur ?
backup-anew-body = Ce qu’elle contient et qui n’est pas sur cet appareil est perdu pour toujours. Une nouvelle sauvegarde de ce qui est ici la remplace.
backup-passkey-what = Une clé d’accès peut ouvrir la sauvegarde à la place de sa phrase secrète, une fois votre compte restauré avec le kit de récupération.
backup-passkey-holds = Une clé d’accès ouvre cette sauvegarde, une fois votre compte restauré avec le kit de récupération. La phrase secrète l’ouvre toujours aussi.
backup-passkey-name = Sauvegarde Casemate de { $address }
backup-passkey-set = La clé d’accès ouvre désormais la sauvegarde.
backup-passkey-removed = La clé d’accès n’ouvre plus la sauvegarde.
backup-file = Dans un fichier
backup-file-what = Tous les messages avec les photos et fichiers présents sur cet appareil, dans un fichier chiffré que vous gardez. Casemate ne le met pas à jour de lui-même.
backup-file-last = Écrit pour la dernière fois depuis ce navigateur : { $when }
backup-to-file = Sauvegarder dans un fichier
backup-save-file = Enregistrer le fichier
backup-file-done = La sauvegarde est écrite.
backup-place-failed = Le fichier n’a pas pu être écrit là. Enregistrez-le de nouveau, à un autre endroit.
backup-passphrase = Phrase secrète de la sauvegarde
backup-passphrase-hint = Six mots, comme vous les avez notés. Majuscules et espaces n’ont pas d’importance.
backup-words-so-far = Mots saisis : { $count } sur 6
backup-words-odd = { $count ->
    [one] Il y a un mot
   *[other] Il y a { $count } mots
}
backup-words-odd-body = Les phrases secrètes de Casemate ont six mots. Chaque essai manqué compte, et après dix plus personne ne peut ouvrir la sauvegarde.
backup-words-try = Essayer quand même
restore-there = Votre serveur a une sauvegarde dont les messages ne sont pas sur cet appareil.
restore-messages = Récupérer les messages
restore-passkey = Récupérer avec une clé d’accès
restore-running = Récupération des messages… { $percent } %
restore-interrupted = La récupération de vos messages a été interrompue. Ce qui est arrivé est ici.
restore-go-on = Continuer
restore-from-file = Récupérer d’un fichier
restore-choose = Choisir le fichier
restored-messages = { $count ->
    [0] Rien ne manquait ici.
    [one] Un message est revenu.
   *[other] { $count } messages sont revenus.
 }
restored-made = De la sauvegarde du { $when }
restored-unsigned = Aucun appareil de votre compte n’a signé cette sauvegarde : ses messages sont marqués comme importés, car un fichier peut dire n’importe quoi.
restored-look = Aller aux discussions
restore-offer = Vos messages peuvent revenir
restore-offer-body = Votre serveur a une sauvegarde. Sa phrase secrète fait revenir vos messages.
