## Polls, places, cards, later, lists, groups' management, import
