"""Files become tables: exports in any layout, pseudonymised at the door."""
