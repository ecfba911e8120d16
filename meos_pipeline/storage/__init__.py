"""Where files live and how they are written: paths, durable writes, tables, audit log."""
