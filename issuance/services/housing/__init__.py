"""People who move, who are housed in a centre, and who leave one."""
