"""Compares what a call costs on several servers; ../compare.py is the command."""
