"""Who gets into the back office, and how: log-in, second factor, sessions, roles."""
