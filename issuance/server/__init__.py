"""The server: one process, whose threads only ever see whole requests.

waitress reads the heads and bodies of all connections in one loop and sends their answers from there, so that a slow
sender or reader holds a connection and no thread. What it does not know stands here: how much a route takes, how long
a request may take to come, whose connection makes room when there are too many, and that strangers' requests never
stand before those of the staff.
"""

from issuance.server.limits import Limits
from issuance.server.server import Server

__all__ = ["Limits", "Server"]
