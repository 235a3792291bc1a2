nav-main = Principal
nav-chats = Discussions
nav-calls = Appels
nav-contacts = Contacts
nav-settings = Réglages
back = Retour
close = Fermer
toast-ok = OK
cancel = Annuler
save = Enregistrer
saved = Enregistré.
copy = Copier
copied = Copié.
copy-failed = Le navigateur n’a pas permis de copier. Sélectionnez le texte et copiez-le à la main.
more = Plus
next = Suivant
skip = Passer
start = Commencer
reload = Recharger
share = Partager
not-now = Pas maintenant
try-again = Réessayer
search = Rechercher
results = Résultats
nothing-found = Rien trouvé.
search-more = Les messages sont trouvés à partir de deux lettres.
today = Aujourd’hui
yesterday = Hier
you = Vous
details = Détails
announcements = Annonces
announce-message = { $name } : { $text }
connection = Connexion
connecting = Connexion… Vous pouvez lire et écrire ; l’envoi se fera au retour de la connexion.
offline = Hors ligne. Vous pouvez lire et écrire ; l’envoi se fera au retour de la connexion.
changed-later = Vous êtes hors ligne. Le changement se fera dès que la connexion reviendra.
starting = Ouverture…
welcome-title = Un lieu privé pour parler
welcome-invited = On vous invite à parler
welcome-group = Vous êtes invité dans un groupe
welcome-invited-by = { $name } vous invite à parler
welcome-body = Sur { $server }. Ni téléphone ni e-mail : choisissez un nom et commencez.
welcome-body-native = Ni téléphone ni e-mail : choisissez un nom et commencez.
welcome-keys = Ce qui ferme vos messages est créé sur cet appareil et y reste.
your-name = Votre nom
invitation-link = Lien d’invitation
invitation-link-hint = Un lien, ou l’adresse d’un serveur ouvert à tous.
welcome-other-server = C’est un autre serveur que celui de cette page. Ouvrez son lien ou son adresse dans le navigateur.
create-account = Créer un compte
creating = Création de votre compte…
name-letters = Utilisez des minuscules de a à z, chiffres, point, tiret et tiret bas.
name-length = Un nom a de 2 à 32 caractères.
name-taken = Quelqu’un porte déjà ce nom. Choisissez-en un autre.
name-needed = Tapez votre nom.
name-signs = Elle commence et finit par une lettre ou un chiffre, sans deux signes à la suite.
address-becomes = On vous trouve sous { $address }
address-change = Changer l’adresse
unlock-title = Déverrouiller Casemate
unlock = Déverrouiller
passphrase = Phrase secrète
failed-title = Casemate ne peut pas s’ouvrir
failed-storage = Libérez de la place sur cet appareil, puis rechargez. Rien d’enregistré n’est perdu.
failed-browser = Casemate a besoin d’un navigateur récent et d’une fenêtre non privée.
failed-hint = Ce qui était enregistré sur cet appareil est toujours là. Rechargez la page pour réessayer.
elsewhere-title = Ouvert dans un autre onglet
elsewhere-body = Casemate tourne dans un seul onglet à la fois, pour que rien ne soit écrit deux fois.
elsewhere-call = Un appel est en cours dans cet onglet-là. Il s’y terminera ; vous pourrez le rejoindre ici.
elsewhere-unsent = Les fichiers que vous envoyiez n’ont pas été envoyés. Ils attendent ici : réutilisez cet onglet avant de le fermer.
elsewhere-refused = L’autre onglet garde Casemate. Fermez-le, et il s’ouvrira ici.
use-here = L’utiliser ici
explain-title = Ce qui est sûr et ce qui ne l’est pas
explain-safe-title = Vous seuls pouvez lire
explain-safe-body = Messages, fichiers et noms sont fermés sur votre appareil et ouverts sur le leur. Qui tient le serveur ne peut pas les lire.
explain-strangers-title = Les inconnus attendent dehors
explain-strangers-body = Un inconnu peut vous envoyer une courte demande et rien d’autre : ni fichier, ni appel, ni lien. Elle attend en silence votre réponse.
explain-limits-title = Ce que personne ne peut promettre
explain-limits-body = Qui contrôle votre appareil voit ce que vous voyez. Une page web est aussi honnête que le serveur qui l’envoie. Ceux à qui vous écrivez peuvent le transmettre.
show-explanation = Montrer les trois écrans
new-chat = Nouvelle discussion
new-group = Nouveau groupe
no-chats = Pas encore de discussion. Écrivez à quelqu’un ou invitez un ami.
nothing-open = Choisissez une discussion ou commencez-en une.
requests-line = { $count ->
    [one] { $count } demande · attend en silence
   *[other] { $count } demandes · attendent en silence
}
unread-count = { $count ->
    [one] { $count } message non lu
   *[other] { $count } messages non lus
}
notes-to-self = Notes pour moi
notes-hint = Vous seul voyez ceci
draft = Brouillon :
requests = Demandes
no-requests = Personne n’attend.
requests-hint = Avant votre accord, ils ne peuvent ni appeler, ni envoyer de fichiers, ni voir si vous lisez ceci.
request-groups = Vous êtes tous les deux dans { $groups }.
request-groups-more = { $count ->
    [one] Vous êtes tous les deux dans { $groups } et dans { $count } autre groupe.
   *[other] Vous êtes tous les deux dans { $groups } et dans { $count } autres groupes.
}
sent-request = Demande envoyée à { $name } · attend une réponse
sent-requests-line = { $count ->
    [one] { $count } demande envoyée · attend une réponse
   *[other] { $count } demandes envoyées · attendent une réponse
}
sent-requests = Vos demandes
sent-waits = Envoyée, sans réponse pour l’instant. La discussion apparaît une fois acceptée.
request-withdraw = Retirer la demande
request-withdrawn = Demande retirée.
request-words = De la demande
accept = Accepter
decline = Refuser
block = Bloquer
unblock = Débloquer
blocked = Bloqué
contact-gone = Compte supprimé
block-question = Bloquer { $name } ?
block-body = Plus rien de sa part n’arrive. La personne n’en est pas informée. Vous pourrez la débloquer.
blocked-line = Vous avez bloqué { $name }. Rien de sa part n’arrive.
unblock-question = Débloquer { $name } ?
unblock-body = Ce que la personne envoie arrive de nouveau. Elle n’en est pas informée.
added-by = Ajouté par { $name }
knock-title = Vous avez ouvert une invitation
knock-body = Vous avez déjà un compte. Envoyez une demande à l’auteur de ce lien ; il décide.
address-or-name = Nom, adresse ou lien
address-hint = nom@serveur, ou un lien d’invitation
request-goes-to = La demande va à { $address }
note = Quelques mots sur vous
note-hint = Facultatif, 140 caractères au plus
send-request = Envoyer la demande
knocked = Demande envoyée. La discussion apparaît une fois acceptée.
invite-friend = Inviter un ami
group-name = Nom du groupe
group-name-missing = Un groupe a besoin d’un nom.
create-group = Créer le groupe
no-contacts = Encore personne. Qui accepte votre demande apparaît ici.
conversation = Conversation
messages = Messages
message = Message
send = Envoyer
attach = Joindre
emoji = Emoji
emoji-title = Choisir un emoji
emoji-search = Chercher un emoji
emoji-groups = Groupes d’emojis
emoji-smileys = Smileys
emoji-people = Personnes
emoji-nature = Animaux et nature
emoji-food = Nourriture et boissons
emoji-travel = Voyages et lieux
emoji-activities = Activités
emoji-objects = Objets
emoji-symbols = Symboles
emoji-flags = Drapeaux
emoji-tone = Couleur de peau
tone-none = Jaune
tone-light = Clair
tone-medium-light = Moyennement clair
tone-medium = Moyen
tone-medium-dark = Moyennement foncé
tone-dark = Foncé
no-messages = Pas encore de message. Dites bonjour.
no-messages-silent = Pas encore de message. Ici, seuls les admins écrivent.
no-notes = Aucune note pour l’instant.
no-messages-linked = Rien ici pour l’instant. Les messages précédents sont peut-être sur vos autres appareils.
unread-line = Nouveaux messages
to-newest = Au message le plus récent
to-newest-unread = { $count ->
    [one] À { $count } nouveau message
   *[other] Aux { $count } nouveaux messages
}
search-here = Rechercher dans la conversation
message-label = { $name }, { $time }
message-deleted = Ce message a été supprimé.
message-deleting = Supprimé ici. Les autres le voient jusqu’à ce que le serveur le sache.
change-failed = Les autres voient ce message tel qu’il était.
message-unknown = Écrit par un Casemate plus récent. Mettez à jour pour le voir.
read-more = Lire la suite
read-less = Afficher moins
edited = modifié
editing = Modification de votre message
edit-empty = Un message ne peut pas être vide. Écrivez quelque chose, ou annulez et supprimez-le.
reply-to = Réponse à { $name }
quote-earlier = Un message antérieur
react = Réagir
reply = Répondre
edit = Modifier
star = Ajouter aux favoris
unstar = Retirer des favoris
pin = Épingler pour tous
unpin = Détacher
select = Sélectionner
chosen-messages = Messages sélectionnés
chosen-count = { $count ->
    [0] Sélectionnez des messages
    [one] { $count } sélectionné
   *[other] { $count } sélectionnés
}
delete-chosen = Supprimer
delete-for-me = Supprimer pour moi
delete-for-me-body = Disparaît de vos appareils. Les autres le gardent.
delete-for-everyone = Supprimer pour tous
delete-for-everyone-body = { $count ->
    [one] On demande à tous de l’effacer. Ils l’ont peut-être déjà lu.
   *[other] On demande à tous de les effacer. Ils les ont peut-être déjà lus.
}
delete-question = { $count ->
    [one] Supprimer ce message ?
   *[other] Supprimer { $count } messages ?
}
reaction-label = { $emoji } de { $names }
spoiler = Texte caché. Le montrer
you-left = Vous avez quitté ce groupe. Vous pouvez encore lire ce qui a été écrit.
you-were-removed = Vous n’êtes plus dans ce groupe. Vous pouvez encore lire ce qui a été écrit.
state-queued = En attente d’envoi
state-sent = Envoyé
state-delivered = Remis
state-read = Lu
state-failed = Non envoyé
failed-unknown = Non envoyé.
link-title = Ouvrir un lien
link-question = Ouvrir { $host } ?
link-hint = La page saura que vous venez, pas d’où. Ouvrez-la seulement si vous l’attendiez.
link-plain = Ce lien n’est pas chiffré : d’autres en chemin peuvent lire.
link-letters = Son nom a des lettres qui peuvent ressembler à d’autres.
link-before = La partie avant le @ n’est pas la destination.
link-number = Il mène à un simple numéro au lieu d’un nom.
open-link = Ouvrir
drop-here = Déposez des fichiers pour les envoyer
files-waiting = Fichiers à envoyer
files-ready = Préparation de l’envoi : { $names }
remove-file = Retirer { $name }
save-file = Enregistrer { $name }
file-queued = En attente d’envoi
file-waits-allowance = Attend jusqu’à { $when } : le quota de fichiers du jour est épuisé
file-waits-server = Attend jusqu’à { $when } : le serveur n’accepte pas de fichiers
file-uploading = Envoi…
file-downloading = Réception…
file-offered = En attente de réception
file-failed = Pas arrivé
file-cancelled = Annulé
progress = Progression
preview-photos = { $count ->
    [one] Photo
   *[other] { $count } photos
}
preview-video = Vidéo
preview-videos = { $count ->
    [one] Vidéo
   *[other] { $count } vidéos
}
preview-files = { $count ->
    [one] { $count } fichier
   *[other] { $count } fichiers
}
preview-voice = Message vocal
preview-sticker = Sticker
open-picture = Montrer { $name }
shown-safely = Montré sans risque
picture-unreadable = Cette image ne peut pas être montrée sans risque.
members = Membres
member-count = { $count ->
    [one] { $count } membre
   *[other] { $count } membres
}
member-menu = Plus sur { $name }
admin = Admin
claimed = Non confirmé
make-admin = Nommer admin
no-longer-admin = Retirer des admins
remove-member = Retirer
remove-question = Retirer { $name } ?
remove-body = Cette personne ne pourra plus lire ni écrire ici. Ce qu’elle a déjà, elle le garde.
add-members = Ajouter des membres
nobody-to-add = Tous ceux que vous connaissez sont déjà ici.
write = Écrire un message
members-may = Les membres peuvent
may-send = Envoyer des messages
may-add = Ajouter d’autres personnes
may-edit = Changer nom et délai
disappearing = Messages éphémères
disappearing-hint = Pour les nouveaux messages, sur tous les appareils.
timer-off = Désactivés
timer-seconds = { $count ->
    [one] { $count } seconde
   *[other] { $count } secondes
}
timer-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
timer-hours = { $count ->
    [one] { $count } heure
   *[other] { $count } heures
}
timer-days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
}
timer-weeks = { $count ->
    [one] { $count } semaine
   *[other] { $count } semaines
}
encryption = Chiffrement
encryption-lasting = De bout en bout, même face aux ordinateurs quantiques
encryption-usual = De bout en bout
device-count = { $count ->
    [one] { $count } appareil
   *[other] { $count } appareils
}
leave-group = Quitter le groupe
leave-question = Quitter { $name } ?
leave-body = Vous ne recevrez plus ce qui s’écrit. Ce que vous avez reste sur vos appareils.
settings-profile = Profil
settings-privacy = Confidentialité
settings-appearance = Apparence
settings-language = Langue
settings-keyboard = Clavier
settings-safety = Ce qui est sûr et ce qui ne l’est pas
settings-about = À propos
shown-name = Nom que voient les contacts
shown-name-hint = Les inconnus ne voient que votre adresse.
about-me = À mon sujet
address = Votre adresse
who-may-knock = Qui peut vous envoyer une demande
who-may-knock-hint = Choisissez ; cela vaut dès maintenant.
knock-anyone = Quiconque connaît mon adresse
knock-link = Qui a l’un de mes liens
knock-nobody = Personne
theme = Thème
theme-system = Comme le système
theme-light = Clair
theme-dark = Sombre
text-size = Taille du texte
enter-sends = Entrée envoie
enter-sends-hint = Sinon Entrée va à la ligne et Ctrl Entrée envoie.
key-palette = Tout trouver
key-list = Cette liste
key-ctrl = Ctrl
key-shift = Maj
key-enter = Entrée
key-neighbour = Discussion suivante et précédente
key-send = Envoyer
key-line = Nouvelle ligne
key-edit = Modifier le dernier message
key-escape = Fermer, arrêter de répondre ou de sélectionner
invite-body = Un lien pour une personne, valable sept jours. Donnez-le par un moyen auquel vous vous fiez tous deux.
make-link = Créer un lien
invitation-qr = Le lien d’invitation en code QR
about-version = Casemate { $version }
about-server = Votre serveur est { $server }
about-licence = Logiciel libre sous AGPL 3.0.
key-passphrase = Vos messages sont verrouillés par votre phrase secrète.
key-device = Vos messages sont verrouillés par une clé que garde cet appareil.
palette-title = Tout trouver
palette-hint = Personnes, discussions, réglages, commandes
pin-chat = Épingler
pinned = Épinglée
mark-read = Marquer comme lu
mark-unread = Marquer comme non lu
marked-unread = Marqué comme non lu
mute = Mettre en sourdine
unmute = Rétablir le son
muted = En sourdine
archive = Archiver
unarchive = Sortir des archives
delete-chat = Supprimer la discussion
delete-chat-question = Supprimer la discussion avec { $name } ?
delete-chat-body = Ses messages et fichiers sont retirés de cet appareil, même les favoris. Ce qui y attend un envoi plus tard n’est pas envoyé. Les autres gardent ce qu’ils ont.
search-empty = Vider la recherche
emoji-none = Aucun emoji trouvé. Écrivez-en un avec votre clavier.
emoji-quick = À portée de main
archived = Archivées : { $count }
back-to-chats = Retour aux discussions
chat-menu = Plus sur cette discussion
nickname = Surnom
nickname-hint = Vous seul le voyez.
record-voice = Enregistrer un message vocal
recording = Enregistrement { $time }
microphone-refused = Le micro ne peut pas être utilisé. Autorisez-le pour cette page dans le navigateur, puis réessayez.
recording-unsupported = Ce navigateur ne peut pas enregistrer de messages vocaux.
play = Écouter
voice-broken = Cet enregistrement ne peut pas être lu.
forward = Transférer
forward-title = Transférer à
forwarded = Transféré
forwarded-often = Souvent transféré
forwarded-done = Transféré.
info = Infos
info-title = À propos de ce message
info-reactions = Réactions
info-votes = Votes
earlier-versions = Ce qu’il disait
poll-one = Choisissez une réponse
poll-several = Choisissez une ou plusieurs réponses
forward-hint = { $count ->
    [one] À { $count } discussion
   *[other] À { $count } discussions au plus
}
poll-voters = { $count ->
    [one] { $count } personne a voté
   *[other] { $count } personnes ont voté
}
read-receipts = Confirmations de lecture
read-receipts-hint = Les autres voient ce que vous lisez, et vous ce qu’ils lisent.
language-missing = Cette langue n’a pas pu être chargée. Réessayez une fois en ligne.
rest-away = Cette partie de Casemate n’a pas pu être chargée. Rien n’est perdu : réessayez une fois en ligne.
first-loading = Casemate se charge. En attendant, vous pouvez choisir un nom.
engine-gone = Le moteur de cette page s’est arrêté. Rechargez la page ; ce que vous avez écrit est conservé.
engine-gone-native = Casemate s’est arrêté sur cette machine. Relancez « casemate app » et ouvrez le lien affiché.
