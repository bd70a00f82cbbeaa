"""An eMRTD chip in software: in a simulated machine, and behind the real pcscd."""
