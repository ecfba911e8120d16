"""Optional: editions for sites without a file share, behind a proxy that knows who reads."""
