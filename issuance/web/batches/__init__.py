"""The pages of batches: chosen, run, and watched live."""
