"""News that stores and aggregators send, one file a system: verified, then read."""
