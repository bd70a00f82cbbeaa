"""Documents in the making: numbers, jobs, signatures, checks."""
