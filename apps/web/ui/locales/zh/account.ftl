## Recovery, unlocking, devices, storage, export, deleting
