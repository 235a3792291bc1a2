lock-hidden = Quand il n’est plus visible
lock-minute = Après une minute
lock-what = Le verrouillage ferme vos messages et oublie leur clé jusqu’à ce que vous les rouvriez. Ce que vous aviez commencé à écrire reste. Les autres onglets ne montrent alors rien.
