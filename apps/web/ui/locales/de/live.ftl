## Being told: notifications, typing, last seen
