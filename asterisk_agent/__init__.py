"""A voice agent for order-tracking calls on Asterisk and FreePBX."""

__version__ = "0.1.0"
