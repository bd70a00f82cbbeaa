"""The machines: order in, result out. A station PC needs only this package."""
