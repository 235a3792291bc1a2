## Polls, places, cards, later, lists, groups' management, import

## Attach menu
attach-poll = Sondage
attach-contact = Contact
attach-place = Lieu
send-later = Envoyer plus tard

## Polls
poll-new = Nouveau sondage
poll-question = Question
poll-option = Option { $number }
poll-same = Deux options sont identiques.
poll-multiple = Plusieurs choix possibles
send-poll = Envoyer le sondage
poll-close = Clore le sondage
poll-close-question = Clore ce sondage ?
poll-close-body = Plus personne ne pourra voter ; le résultat reste visible pour tous.
poll-closed = Clos

## Places
place-send = Envoyer un lieu
place-hint = Dessiné sur votre appareil. Aucun service de cartes n’en sait rien.
place-mine = Utiliser ma position
place-refused = Le navigateur n’a pas donné votre position. Autorisez-le pour cette page ou saisissez les coordonnées.
place-coordinates = Coordonnées
place-coordinates-hint = Latitude et longitude, par exemple 52.52, 13.40
place-wrong = Ce n’est pas un lieu. Écrivez latitude et longitude en degrés, par exemple 52.52, 13.40
place-label = Nom du lieu
place-near = à { $metres } m près
place-map = Le monde avec un repère à { $place }
place-open = Ouvrir une carte

## Contact cards
card-send = Envoyer un contact
card-hint = Ils reçoivent le nom et l’adresse, et peuvent envoyer une demande.
card-question = Envoyer une demande à { $name } ?
card-body = La personne voit votre adresse et décide si elle veut parler.

## Later
later-hint = C’est cet appareil qui l’envoie. Il doit alors être allumé et connecté, sinon l’envoi se fera dès qu’il le sera.
later-hour = Dans une heure
later-evening = À { $time }
later-tomorrow = Demain à { $time }
later-at = Date et heure
later-past = Ce moment est passé. Choisissez-en un à venir.
later-done = Sera envoyé : { $time }.
scheduled-title = Messages pour plus tard
scheduled-waiting = { $count ->
    [one] { $count } message attend son heure
   *[other] { $count } messages attendent leur heure
 }
scheduled-none = Rien n’attend ici.
scheduled-cancel = Ne pas envoyer
scheduled-cancel-question = Ne pas envoyer ce message ?
scheduled-cancel-body = Il ne sera pas envoyé, et rien n’en est gardé.
send-now = Envoyer maintenant
scheduled-change = Modifier le message
scheduled-text = Texte du message

## Composer
formatting = Mise en forme
mark-bold = Gras
mark-italic = Italique
mark-strike = Barré
mark-code = Chasse fixe
mark-block = Bloc de code
mark-quote = Citation
mark-list = Liste
mark-spoiler = Masqué jusqu’au toucher
mention = Mentionner quelqu’un

## Shown once
once-choose = À voir une fois
once-title = À voir une fois
once-hint = À la fermeture, cela disparaît de tous vos appareils.
once-photo = Photo
once-video = Vidéo
once-voice = Message vocal
once-file = Document
once-message = À voir une fois
once-open = Ouvrir ; visible une seule fois
once-sent = Peut être ouvert une fois
once-opened = Ouvert

## Finding
filters = Filtres
filters-clear = Sans filtres
filter-media = Photos et vidéos
filter-links = Liens
filter-documents = Documents
filter-voice = Messages vocaux
filter-from = De
filter-anybody = tout le monde
filter-people = Trouver des personnes
filter-after = Depuis
filter-before = Jusqu’au
found-older = Résultat plus ancien
found-newer = Résultat plus récent
found-place = { $place } sur { $of }
found-place-more = { $place } sur { $of }+
found-count = { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
found-count-more = { $count }+ messages
pinned-messages = Messages épinglés
pinned-message = Épinglé : { $text }
starred-messages = Messages favoris
starred-none = Ajoutez un message aux favoris pour le retrouver ici.
gallery = Médias, liens et documents
gallery-none = Rien de ce genre pour l’instant.
show-more = Afficher plus
day-title = Aller à un jour
day-label = Jour
day-go = Y aller
day-none = Rien n’a été écrit depuis.

## Lists of chats
chats-menu = Plus sur les discussions
chat-tabs = Quelles discussions
tab-all = Toutes
tab-unread = Non lues
tab-groups = Groupes
folder = Dossier
folder-hint = Les dossiers sont à vous ; vos appareils les partagent et personne d’autre ne les voit.
folder-new = Nouveau dossier
folder-put = Ajouter au dossier
folder-out = Retirer du dossier
folder-empty = Aucune discussion ici.
folder-menu = Options du dossier { $name }
folder-name = Nom du dossier
folder-rename = Renommer le dossier
folder-remove = Supprimer le dossier
folder-remove-question = Supprimer le dossier « { $name } » ?
folder-remove-body = Ses discussions restent, sans dossier.
mute-hours = Pendant 8 heures
mute-week = Pendant une semaine
mute-always = Toujours
mute-hint = Aucun message d’ici ne vous est signalé, pas même les mentions. Les appels sonnent toujours.
mute-mentions = Tout sauf les mentions
mute-mentions-hint = Tant que Casemate est ouvert, ce qui vous mentionne ou vous répond vous est signalé. Fermé, ce groupe ne le réveille pas.

## Broadcast lists
lists = Listes de diffusion
lists-hint = Un message va à chaque personne de la liste, dans votre discussion. Personne ne voit qui d’autre l’a reçu.
lists-none = Aucune liste pour l’instant.
list-new = Nouvelle liste
list-title = Liste de diffusion
list-name = Nom de la liste
list-edit = Modifier { $name }
list-remove = Supprimer la liste
list-message = Message à tous
list-send = Envoyer à tous
list-remove-question = Supprimer la liste « { $name } » ?
list-remove-body = Sa composition est oubliée sur tous vos appareils. Vos discussions et messages restent.
list-people = { $count ->
    [one] { $count } personne
   *[other] { $count } personnes
}
list-left-out = Sauf à : { $names }.
list-sent = { $count ->
    [one] Envoyé à { $count } personne.
   *[other] Envoyé à { $count } personnes.
}

## Groups
description = À propos du groupe
only-admins-send = Seuls les admins peuvent envoyer des messages ici.
group-link = Inviter par lien
group-link-hint = Qui l’ouvre vous demande à entrer et attend que vous soyez là. Vous décidez pour chacun. D’autres personnes qui peuvent ajouter des membres peuvent créer leur propre lien.
group-link-qr = Le lien du groupe en code QR
link-reset = Réinitialiser le lien
link-reset-question = Réinitialiser le lien ?
link-reset-body = Le lien actuel ne mènera plus nulle part, où qu’il ait été partagé.
join-title = Vous avez ouvert le lien d’un groupe
join-body = Demandez à entrer. La personne qui a créé ce lien voit votre adresse et décide.
join-asked = Demande envoyée. Le groupe apparaîtra quand vous serez ajouté.
join-asks = { $name } demande à rejoindre { $group }
join-approve = Ajouter au groupe
join-approve-all = Ajouter les { $count }
members-search = Chercher des membres
verified = Numéro de sécurité comparé
emoji-recent = Utilisés récemment

## Bringing history
import-title = Importer une discussion WhatsApp
import-hint = Exportez la discussion sur votre téléphone et choisissez le zip ici. Il est lu sur cet appareil, y reste et n’est envoyé à personne.
import-choose = Choisir un fichier
import-begin = Importer
import-me = Lequel êtes-vous ?
import-nobody = Aucun
import-into = Où
import-new = Une discussion à part, à lire
import-name = Nom de la discussion
import-progress = { $done } messages sur { $of }
import-reading = Lecture du fichier…
import-days = Du { $first } au { $last }
import-cut = La discussion est plus longue : seuls ses { $count } premiers messages sont repris.
import-large = Cet export est trop grand ou d’une forme inhabituelle. Exportez la discussion sans médias.
import-unreadable = Ce fichier est endommagé ou illisible. Rien n’en a été importé.
import-no-chat = Il n’y a pas de discussion exportée dans ce fichier.
import-order = Dans cette discussion, le jour et le mois ne se distinguent pas. Lequel vient en premier ?
import-order-choose = Veuillez choisir
import-order-day = Le jour : du { $first } au { $last }
import-order-month = Le mois : du { $first } au { $last }
import-wordless = Messages sans contenu dans l’export, non affichés : { $count }
import-lines-out = Lignes ignorées avant le premier message : { $count }. La première : { $line }
import-lines-copied = Lignes qui ressemblent à des messages mais restent dans le message précédent : { $count }. La première : { $line }
import-encrypted = Cette archive a un mot de passe. Décompressez-la et créez un zip sans mot de passe.
imported = importé
imported-closed = Importé d’un fichier ; vous seul l’avez, pour lecture.
import-unfinished = Cet import n’est pas terminé : { $done } messages sur { $of } sont ici. S’il s’est arrêté, importez de nouveau le même fichier.
import-files = { $count ->
    [one] { $count } fichier
   *[other] { $count } fichiers
}
import-left-out = { $count ->
    [one] { $count } fichier n’a pas pu être importé. Son message est là sans lui.
   *[other] { $count } fichiers n’ont pas pu être importés. Leurs messages sont là sans eux.
}

## What the engine says
said-about-changed = { $by } a modifié la description du groupe.
said-about-changed-by-you = Vous avez modifié la description du groupe.
said-poll-is-closed = Ce sondage est clos.
said-poll-only-asker = Un sondage est clos par qui l’a posé.
said-once-opened-already = Cela a déjà été ouvert.
said-imported-only-yours = Ceci vient d’un fichier : vous seul l’avez.
said-imported-file = Son fichier a été importé et n’est qu’ici. Enregistrez-le et envoyez-le.
said-import-date-order = Dans cette discussion, le jour et le mois ne se distinguent pas. Avec le jour en premier, elle va du { $day_first } au { $day_last } ; avec le mois en premier, du { $month_first } au { $month_last }. Indiquez lequel. Rien n’a été importé.
said-import-not-understood = Il n’y a pas de discussion exportée dans ce fichier. La première ligne non comprise : { $line }
said-list-nobody = Plus personne sur cette liste n’est un contact.
add-question = Ajouter { $name } à { $group } ?
add-verb = Ajouter
share-title = Partager les messages antérieurs
share-none = Aucun
share-last = Les { $count } derniers
share-all = Tous
share-none-hint = Cette personne ne lira que ce qui se dit à partir de maintenant.
share-hint = Tous les membres voient que vous les partagez. Ce qui ne s’affiche qu’une fois ou disparaît n’y est pas, et au plus les { $most } derniers messages sont partagés.
shared-by = Partagé par { $name }
shared-by-hint = Dit avant votre arrivée. Que ces personnes l’ont écrit, c’est la personne qui l’a partagé qui l’affirme.
said-shared = { $by } a partagé les { $count } derniers messages avec { $who }.
said-shared-by-you = Vous avez partagé les { $count } derniers messages avec { $who }.
said-shared-with-you = { $by } a partagé les { $count } derniers messages avec vous.
said-call-missed = Appel manqué de { $who }.
said-video-call-missed = Appel vidéo manqué de { $who }.
said-call-unanswered = Vous avez appelé et personne n’a répondu.
said-shared-unreadable = Les messages antérieurs n’ont pas pu être lus.
said-shared-only-read = Ceci a été dit avant votre arrivée et partagé avec vous : on ne peut rien en dire.
report = Signaler
report-title = Signaler { $name }
report-what = Personne ne lit de signalements ici : ni Casemate ni votre serveur. Vous faites un fichier de ce que { $name } a écrit et le portez à qui vous faites confiance : proches, service d’aide, police.
report-open = Le fichier n’est pas chiffré et ne prouve rien aux autres : il montre ce que montre votre appareil. Vos propres messages n’y sont pas.
report-lab = Pour un laboratoire ou une équipe de sécurité
report-lab-hint = Chiffré et signé. On y lit aussi qui l’a recueilli et quand, et où se trouve chaque message dans la conversation.
report-lab-words = La personne qui doit le lire a besoin de ces six mots. Dites-les par un autre moyen, de préférence de vive voix. Ils ne sont affichés qu’ici.
report-messages = Ce qu’il contient
report-request = Il contient cette demande :
report-note = Vos propres mots
report-before = Avant la modification, depuis { $when } :
report-save = Enregistrer un fichier
report-hand = Donner à un contact
report-to = Qui le reçoit ?
report-saved = Le signalement est enregistré. Il n’a été envoyé à personne.
report-handed = Le signalement est en route vers { $name }.
report-holds = Contenu : nom et adresse, messages : { $messages }, fichiers : { $files }.
