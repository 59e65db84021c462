"""Processes: a child that never outlives its parent, one command at a time, clean ends by signals, heartbeats.

Imports settings and errors alone.
"""
