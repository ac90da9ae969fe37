"""Many sockets that listen, and the floor that they are measured beside."""
