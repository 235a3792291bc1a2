lock-hidden = Quand il n’est plus visible
lock-minute = Après une minute
lock-what = Le verrouillage ferme vos messages et oublie leur clé jusqu’à ce que vous les rouvriez. Ce que vous aviez commencé à écrire reste. Les autres onglets ne montrent alors rien.
seen-title = Ce que d’autres peuvent voir
list-texts = Afficher les messages dans la liste des discussions
list-texts-hint = Désactivé : la liste montre les noms et combien n’est pas lu, ni textes ni brouillons.
text-hidden = Texte masqué
