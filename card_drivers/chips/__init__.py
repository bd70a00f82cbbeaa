"""What is said to a chip: commands, channels, the eMRTD application, and how a blank becomes one."""
