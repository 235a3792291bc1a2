## Photos, videos, voice, stickers, pictures of people and groups
