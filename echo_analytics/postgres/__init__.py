"""The programs, the folder, the socket and the locks of the embedded PostgreSQL."""
