"""Lets ``python -m asterisk_agent`` run the same commands as ``asterisk-agent``."""

from asterisk_agent.cli import main

main()
