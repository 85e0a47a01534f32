"""Numbers, letters and identity details as callers say them, read into written form."""
