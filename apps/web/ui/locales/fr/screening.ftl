## Les liens, avant de s’ouvrir
link-reads = En d’autres lettres : { $reads }
link-unreadable = Aucun navigateur ne comprend ce lien.
link-scheme = Ceci n’ouvre pas de page : « { $about } » lance un autre programme sur votre appareil.
link-hidden = Il contient des lettres invisibles, ou qui changent l’ordre.
link-port = Il mène à une porte inhabituelle (port { $about }). Les pages publiques n’en ont pas besoin.
link-looks-like = Il est fait pour ressembler à { $about }, et ne l’est pas.
link-almost-like = C’est presque { $about }, mais ce n’est pas lui.
link-inside = Il nomme { $about }, mais mène à { $host }.
link-lure = Il utilise le nom de { $about }, mais d’après son nom ne lui appartient pas.
link-text = Le texte dit { $about }, mais il mène à { $host }.
link-shortener = Un lien court : où il mène ensuite ne se voit qu’après l’ouverture.
link-new-sender = { $name } n’est pas de vos contacts, ou depuis moins d’une semaine.
link-indicator = Il est sur la liste « { $about } » de ce qu’utilisent des attaquants. Ne l’ouvrez pas.
link-anyway = Ouvrir quand même

## Bilan
settings-checkup = Bilan de sécurité
checkup-what = Ce qui pourrait être mieux sur cet appareil, et pourquoi. Casemate ne regarde qu’ici et ne le dit à personne.
checkup-looking = Examen en cours…
checkup-good = Rien à faire. Revenez voir de temps en temps.
checkup-unseen = Ce que l’application ne voit pas : si cet appareil se verrouille seul et si son stockage est chiffré. Les deux se trouvent dans les réglages de l’appareil.
checkup-high = Important
checkup-medium = Bientôt de préférence
checkup-low = À regarder
checkup-known-bad = { $count ->
    [one] Un message ici nomme quelque chose de connu pour appartenir à des attaquants. Si vous l’avez ouvert, quelqu’un lit peut-être sur cet appareil.
   *[other] { $count } messages ici nomment quelque chose de connu pour appartenir à des attaquants. Si vous l’avez ouvert, quelqu’un lit peut-être sur cet appareil.
 }
checkup-known-bad-do = Voir les messages
checkup-key-in-file = La clé de tout ce qui est ici se trouve dans un fichier à côté. Qui copie le dossier lit tout.
checkup-key-in-file-do = Choisir une phrase secrète
checkup-no-passphrase = Quiconque utilise cet appareil sous votre nom peut tout ouvrir : rien n’est demandé.
checkup-no-passphrase-do = Mettre un verrou
checkup-safety-changed = { $count ->
    [one] Le numéro de sécurité de { $name } a changé et vous ne l’avez pas regardé. C’est peut-être un nouveau téléphone, ou quelqu’un entre vous.
   *[other] Les numéros de sécurité de { $count } contacts ont changé et vous ne les avez pas regardés. Ce sont peut-être de nouveaux téléphones, ou quelqu’un entre vous.
 }
checkup-safety-changed-do = Comparer les numéros de sécurité
checkup-kit-not-written = Si vous perdez cet appareil, rien ne ramène votre compte et vos contacts.
checkup-kit-not-written-do = Noter le kit de récupération
checkup-device-unseen = { $count ->
    [one] Un de vos appareils ne s’est pas manifesté depuis un mois. S’il est perdu, qui le trouve lit tout.
   *[other] { $count } de vos appareils ne se sont pas manifestés depuis un mois. Si l’un est perdu, qui le trouve lit tout.
 }
checkup-device-unseen-do = Voir vos appareils
checkup-contacts-unverified = { $count ->
    [one] Vous n’avez pas comparé les numéros de sécurité avec { $name }. Jusque-là, seul le serveur dit qui c’est.
   *[other] Vous n’avez pas comparé les numéros de sécurité avec { $count } contacts. Jusque-là, seul le serveur dit qui ils sont.
 }
checkup-contacts-unverified-do = Comparer les numéros de sécurité
checkup-no-backup = Si vous perdez cet appareil, ce qui a été dit part avec lui : il n’y a pas de sauvegarde sur le serveur.
checkup-no-backup-do = Faire une sauvegarde
checkup-backup-old = La dernière sauvegarde a plus d’un mois. Ce qui a été dit depuis n’est que sur cet appareil.
checkup-backup-old-do = Faire une sauvegarde
checkup-previews = Les notifications montrent noms et textes à qui voit votre écran, même verrouillé.
checkup-previews-do = Les masquer dans les notifications
checkup-old-conversations = { $count ->
    [one] Dans une discussion, rien n’a été dit depuis un an. Ce qui n’est pas ici ne peut être pris d’ici.
   *[other] Dans { $count } discussions, rien n’a été dit depuis un an. Ce qui n’est pas ici ne peut être pris d’ici.
 }
checkup-old-conversations-do = Vider d’anciennes discussions
checkup-keys-old = { $count ->
    [one] Dans une discussion, cet appareil a les mêmes clés depuis plus de huit jours. Si quelqu’un l’a copié, il peut y lire jusqu’à ce que le serveur en accepte d’autres.
   *[other] Dans { $count } discussions, cet appareil a les mêmes clés depuis plus de huit jours. Si quelqu’un l’a copié, il peut y lire jusqu’à ce que le serveur en accepte d’autres.
 }
checkup-keys-old-do = Regarder encore
checkup-members-silent = { $count ->
    [one] Dans un groupe, rien n’est venu d’aucun appareil d’un membre depuis douze semaines. Si l’un d’eux a été copié, cette copie peut y lire. Les admins peuvent retirer qui n’est plus là.
   *[other] Dans { $count } groupes, rien n’est venu d’aucun appareil d’un membre depuis douze semaines. Si l’un d’eux a été copié, cette copie peut y lire. Les admins peuvent retirer qui n’est plus là.
 }
checkup-members-silent-do = Regarder encore
checkup-keys = Âge des clés de cet appareil dans chaque discussion
checkup-keys-replaced = sont remplacées maintenant
checkup-indicators-old = Vos listes de logiciels espions connus ont plus de trois mois. Ce que les attaquants utilisent à présent n’y est pas.
checkup-indicators-old-do = Importer des listes récentes
checkup-browser-old = { $browser } { $version } a des failles que des attaquants utilisent. Les versions récentes les ferment : mettez-le à jour et relancez-le.
checkup-browser-old-do = Regarder encore
checkup-not-kept = Ce navigateur peut effacer ce qui est ici quand la place manque. Il le garde plutôt si Casemate est installé ou peut afficher des notifications. Un kit de récupération et une sauvegarde ramènent ce qui est effacé.
checkup-not-kept-do = Lui demander de tout garder
checkup-not-kept-refused = Le navigateur n’a pas accepté. Installez Casemate ou activez les notifications, puis redemandez-lui.

## Logiciels espions connus
settings-spyware = Logiciels espions connus
spyware-what = Des laboratoires publient ce qu’utilisent les logiciels espions : domaines, adresses et fichiers. Avec une telle liste, Casemate regarde ce qui arrive et ce qui est déjà ici. Personne n’est interrogé, et personne n’apprend ce qui est trouvé.
spyware-none = Aucune liste n’est encore ici.
spyware-import = Importer une liste
spyware-forms = Un fichier STIX 2.1 ou MISP, une liste simple ou une liste signée.
spyware-entries = { $count ->
    [one] Une entrée
   *[other] { $count } entrées
 }
spyware-publisher = Signée, version { $version }. Clé de qui l’a signée : { $key }
spyware-remove = Retirer cette liste
spyware-remove-question = Retirer « { $name } » ?
spyware-remove-body = Ce qu’elle a fait trouver est oublié aussi.
spyware-added = { $count ->
    [0] « { $name } » n’a rien apporté de nouveau.
    [one] « { $name } » a apporté une nouvelle entrée.
   *[other] « { $name } » a apporté { $count } nouvelles entrées.
 }
spyware-refused = { $count ->
    [one] Une entrée a été laissée de côté :
   *[other] { $count } entrées ont été laissées de côté, dont :
 }
spyware-look-back = Examiner tous les messages
spyware-nothing = { $count ->
    [one] Un message a été examiné. Rien n’a été trouvé.
   *[other] { $count } messages ont été examinés. Rien n’a été trouvé.
 }
spyware-found = { $count ->
    [one] Un message contient quelque chose de connu :
   *[other] { $count } messages contiennent quelque chose de connu :
 }
spyware-match = { $name } : { $indicator }
spyware-match-list = sur la liste « { $list } »
spyware-advice = Si vous avez ouvert l’un d’eux, quelqu’un lit peut-être sur cet appareil. Demandez à votre équipe de sécurité, ou à un laboratoire qui aide des personnes comme vous, et depuis un autre appareil.
known-bad = { $indicator } est connu pour appartenir à des attaquants (« { $list } »). Ne l’ouvrez pas.
known-bad-came = Un message de { $name } contient quelque chose de connu pour appartenir à des attaquants.

## Les fichiers, avant de les enregistrer
file-listed = Ce que contient ce message figure sur une liste de ce qu’utilisent des attaquants. Ne l’ouvrez pas.
file-program = C’est un programme, ou il en lance un : ouvert, il peut sur votre appareil tout ce que vous pouvez.
file-macros = Il a des macros : de petits programmes qu’un logiciel de bureau peut exécuter.
file-active = Il peut exécuter des scripts, ou contient d’autres fichiers.
file-page = Il fait quelque chose à l’ouverture : il exécute des scripts, mène ailleurs ou envoie ce qu’on y saisit.
file-holds-programs = Il contient des programmes ou des scripts, ou des fichiers dont le nom cache ce qu’ils sont.
file-leads-out = Il écrit en dehors du dossier où il est décompressé.
file-two-in-one = Ce sont deux fichiers en un : ce qu’il est dépend de ce qui l’ouvre.
file-bomb = Il est petit, et énorme une fois décompressé.
file-unlooked = Une partie n’a pas pu être examinée : elle est trop grande, endommagée ou verrouillée. Ce qui s’y trouve peut nuire.
file-double-ending = Son nom cache ce qu’il est : seule la dernière extension compte.
file-turned-name = Son nom se lit dans un autre ordre que celui où il est.
file-hidden-letters = Son nom a des caractères que personne ne voit : il n’est peut-être pas ce qu’on y lit.
file-other-kind = Son nom est celui d’un autre type de fichier : il n’est pas ce que son nom dit.
file-unread = Ce fichier n’a pas pu être examiné. Il est peut-être fait pour nuire.
file-save-question = Enregistrer « { $name } » ?
guard-crashed = L’examen de ce fichier a échoué. Il est peut-être fait pour nuire.
guard-too-long = L’examen de ce fichier a pris trop de temps et a été arrêté.
guard-away = Ce qui examine les fichiers se charge avec le premier, et le serveur est injoignable. Rien n’est perdu : réessayez une fois connecté.
guard-newer = Une version plus récente de Casemate est sortie : cette page ne peut plus charger ce qui examine les fichiers. Rechargez la page.
file-held = L’examen de ce fichier a déjà échoué : il ne s’ouvre plus de lui-même. Il est peut-être fait pour nuire.
file-preview = Aperçu
file-preview-of = Aperçu de { $name }
file-what = Qu’est-ce que c’est ?
file-what-of = Qu’est-ce que { $name } ?
file-empty = Ce fichier est vide.
file-type = D’après son contenu : { $type }.
kind-pdf = PDF
kind-word = Document Word
kind-excel = Feuille de calcul Excel
kind-powerpoint = Présentation PowerPoint
kind-document = Document texte
kind-spreadsheet = Feuille de calcul
kind-presentation = Présentation
kind-archive = Archive de fichiers
kind-text = Texte
kind-picture = Image
kind-avif = Image AVIF
kind-heic = Image HEIC
kind-jxl = Image JPEG XL
kind-tiff = Image TIFF
kind-drawing = Dessin
kind-disk = Image disque
kind-package = Paquet logiciel : installe des programmes
kind-database = Base de données
kind-old-office = Document Office d’avant 2007
kind-sound = Son
kind-page = Page web
kind-calendar = Entrée d’agenda
kind-card = Carte de contact
kind-book = Livre
kind-program = Programme
kind-unknown = Type de fichier inconnu
file-not-shown = Il n’est pas affiché ici. L’ouvrir, c’est le faire lire par un autre programme, ce que veut peut-être l’expéditeur. Ne le faites que si vous l’attendiez.
picture-not-decoded = { $type } : impossible à montrer ici sans risque. Une fois enregistré, un autre programme peut le montrer ; ce qui y est caché atteint alors ce programme.
file-words-alone = Ses mots seulement : ni images, ni liens, ni programmes ne sont ouverts.
file-beginning = Seul le début est affiché.
file-save-anyway = Enregistrer quand même
file-no-words = Il ne contient pas de mots lisibles. Ce qu’il montre est peut-être fait d’images, qui ne sont pas examinées ici.

## Fichiers retenus
settings-held = Fichiers retenus
held-what = Les fichiers qui n’ont pas pu être examinés, et ceux qui ont fait tomber ce qui les examine. On note qui les a envoyés et quand, pas ce qu’ils contiennent. La liste reste sur cet appareil, et aucun expéditeur n’en retire rien.
held-none = Tous les fichiers reçus ont pu être examinés.
held-refused = Il n’est pas ce qu’il semble, ou c’est trop pour être examiné.
held-crashed = Il a fait tomber ce qui examine les fichiers.
held-too-long = Son examen prenait trop de temps.
held-killed = Il était en cours d’examen quand tout s’est arrêté.
held-file = Fichier
held-from = de { $name }
held-times = { $count ->
    [one] Une fois
   *[other] { $count } fois
 }
held-now = Il ne s’ouvre plus de lui-même.
link-previews = Aperçus des liens
link-previews-hint = Quand vous écrivez un lien, cet appareil demande à sa page son titre et son image, pour que les destinataires n’aient pas à le faire. Le site apprend l’adresse de cet appareil.
link-preview-goes = Part avec le message : un aperçu de { $host }
link-preview-remove = Retirer l’aperçu
link-preview-whose = Le titre et l’image viennent de la personne qui a envoyé ceci
